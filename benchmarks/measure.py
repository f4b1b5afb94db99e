"""Running commands: wall time, processor time and memory, in rounds that take turns, so that a busy moment hits all."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class BenchmarkError(Exception):
    """A measured command failed, or did not do what it was to be measured for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run: seconds of wall and of processor time (of all processes)."""

    wall: float
    cpu: float
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """Something to be timed. `core` pins the process, and what it starts, to one core (where there is `taskset`).

    `good` are the exit codes of success; `timer` may replace the times by those that the command itself reports.
    """

    name: str
    command: Sequence[str]
    core: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    good: frozenset[int] = frozenset({0})
    timer: Callable[[Sample], Sample] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """All runs of a contestant."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def wall(self) -> float:
        """Median wall seconds."""
        return statistics.median(sample.wall for sample in self.samples)

    @property
    def cpu(self) -> float:
        """Median processor seconds."""
        return statistics.median(sample.cpu for sample in self.samples)

    @property
    def spread(self) -> float:
        """Slowest run over fastest, in wall time."""
        walls = [sample.wall for sample in self.samples]
        return max(walls) / max(min(walls), 1e-9)


def run(contestant: Contestant) -> Sample:
    """One run. Raises `BenchmarkError` when the command fails."""
    pin = shutil.which("taskset") if contestant.core is not None else None
    command = [*([pin, "-c", str(contestant.core)] if pin else []), *contestant.command]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **contestant.environment}
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[bytes] = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read() if process.stderr else b""))
    reader.start()
    output = process.stdout.read()
    reader.join()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if process.returncode not in contestant.good:
        tail = b"".join(errors).decode(errors="replace").strip().splitlines()[-3:]
        raise BenchmarkError(f"{contestant.name}: exit code {process.returncode}: {' | '.join(tail)}")
    sample = Sample(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        output=output.decode(errors="replace"),
    )
    return contestant.timer(sample) if contestant.timer else sample


def rounds(contestants: Sequence[Contestant], count: int) -> dict[str, Timing]:
    """`count` rounds in which each contestant runs once, after one run of each that is not counted."""
    for contestant in contestants:
        run(contestant)
    samples: dict[str, list[Sample]] = {contestant.name: [] for contestant in contestants}
    for _ in range(count):
        for contestant in contestants:
            samples[contestant.name].append(run(contestant))
    return {name: Timing(name=name, samples=tuple(taken)) for name, taken in samples.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Bytes: what all processes held at one moment at most, pages that they share counted once (`together`) or for each
    process (`counted_twice`), and the high-water mark of the largest process."""

    together: int
    counted_twice: int
    largest: int


def peak_memory(contestant: Contestant, *, interval: float = 0.05) -> tuple[Peak, Sample]:
    """Resident memory of the process and all below it, sampled from `/proc` (Linux), with the run itself.

    Forked processes share pages, so a sum of resident sets is more than there is; proportional sets add up. What `wait4`
    reports is of no use: it counts what the child had before it became the command, which is as much as this process has.
    """
    together = counted_twice = largest = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal together, counted_twice, largest
        while not stop.wait(interval):
            below = _memory_below(os.getpid())
            together = max(together, sum(each.proportional for each in below))
            counted_twice = max(counted_twice, sum(each.resident for each in below))
            largest = max([largest, *(each.mark for each in below)])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        sample = run(contestant)
    finally:
        stop.set()
        watcher.join()
    return Peak(together=together, counted_twice=counted_twice, largest=largest), sample


def first_line(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Seconds until the command has written its first line."""
    started = time.perf_counter()
    with subprocess.Popen(
        list(command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **environment}
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - started
        process.stdout.read()
    if not line:
        raise BenchmarkError(f"{command[0]}: wrote nothing")
    return seconds


def machine() -> dict[str, str]:
    """The shape of this machine."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    models = [line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{pages / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_version()}, {_made()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _made() -> str:
    """Whose Python this is: one that somebody compiled may lack what makes the system's a tenth faster (profile-guided optimization)."""
    return "the system's" if sys.base_prefix == "/usr" else "compiled apart from the system"


class _Memory(NamedTuple):
    """Bytes of one process: resident, resident with each shared page split among its processes, and the high-water mark."""

    resident: int
    proportional: int
    mark: int


def _memory_below(root: int) -> list[_Memory]:
    """Memory of each descendant of the process `root`."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (status := _pairs(Path("/proc", entry, "status"))):
            parents[int(entry)] = int(status["PPid"])
    found = []
    for process, parent in parents.items():
        above = parent
        while above not in (root, 0) and above in parents:
            above = parents[above]
        if above != root:
            continue
        status, shares = (_pairs(Path("/proc", str(process), file)) for file in ("status", "smaps_rollup"))
        if "VmRSS" in status and "Pss" in shares:
            kilobytes = (status["VmRSS"], shares["Pss"], status["VmHWM"])
            found.append(_Memory(*(int(each.split()[0]) * 1024 for each in kilobytes)))
    return found


def _pairs(file: Path) -> dict[str, str]:
    """The lines `key: value` of a file of `/proc`; none where the process has ended."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    return dict(line.split(":", 1) for line in lines if ":" in line)
