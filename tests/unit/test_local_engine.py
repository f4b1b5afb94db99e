"""The local engine: the same results in the same order whatever the number of workers, and what is lost is told."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from planting import KEY
from test_scan_anywhere import text_of

from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.engines import channel, pool
from assay.engines.channel import Message
from assay.engines.local import DetectorRecipe, Job, scan
from assay.engines.outcomes import LostReport, Settled, SoFar
from assay.errors import AssayError
from assay.formats.windows import CORE
from assay.model import AssetRef, Split
from assay.ports import Blocks, Lines
from assay.scanning import cut
from assay.scanning.report import SplitReport
from assay.scanning.split import ScanSetup
from assay.sources.file import FileSource


@pytest.fixture
def job(rules: RuleSet, compiled: Path) -> Job:
    recipe = DetectorRecipe(key=KEY.encode(), cache=compiled, made=Detector(rules, Fingerprinter(KEY.encode())))
    return Job(recipe=recipe, setup=ScanSetup())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Many small files and some that are cut."""
    dice = random.Random(3)
    for number in range(150):
        place = tmp_path / f"d{number % 7}"
        place.mkdir(exist_ok=True)
        length = 60_000 if number % 50 == 7 else dice.randint(0, 3_000)
        name = dice.choice(["a.txt", "b.log", "c.md"])
        (place / f"{number:03}{name}").write_bytes(text_of(number, length).encode())
    rows = "".join(f"u{number}@posteo.de,536-90-{1000 + number}\n" for number in range(1_500))
    (tmp_path / "people.csv").write_text("email,ssn\n" + rows)
    return tmp_path


def splits(folder: Path) -> Iterator[Split]:
    for asset in FileSource(target=str(folder)).assets():
        assert isinstance(asset, AssetRef)
        yield from cut.splits_of(asset)


@pytest.fixture
def _parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LARGE", "PART", "TABLE_PART"):
        monkeypatch.setattr(cut, name, 20_000)


def joined(outcomes: Iterator[Any]) -> list[Any]:
    """Outcomes with neighbouring pieces put together: how they are bundled on the way is not part of the contract."""
    out: list[Any] = []
    for item in outcomes:
        if isinstance(item, SoFar):
            continue
        if out and not isinstance(item, SplitReport) and type(item) is type(out[-1]):
            out[-1] = out[-1] + item
        else:
            out.append(item)
    return out


@pytest.mark.usefixtures("_parts")
@pytest.mark.parametrize("render", [False, True])
def test_one_worker_or_many(render: bool, folder: Path, job: Job) -> None:
    job = Job(recipe=job.recipe, setup=job.setup, render=render)
    single = joined(scan(splits(folder), job, jobs=1))
    reports = [item for item in single if isinstance(item, SplitReport)]
    assert len(reports) > 155
    assert sum(report.findings for report in reports) > 3_000
    assert joined(scan(splits(folder), job, jobs=3)) == single


@pytest.mark.usefixtures("_parts")
def test_each_resource_is_told_once_and_in_order(folder: Path, job: Job) -> None:
    told: list[tuple[str, int]] = []
    waiting: set[str] = set()
    for item in scan(splits(folder), job, jobs=2):
        if isinstance(item, SplitReport):
            told.append((item.resource, item.part))
            assert waiting <= {item.resource}, "findings stand before the report of their own resource"
            waiting = set()
        elif isinstance(item, list):
            waiting |= {finding.resource for finding in item}
    assert told == [(split.asset.uri, split.part) for split in splits(folder)]
    assert len({resource for resource, _ in told}) == 151


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_told_of_a_large_file_is_counted_before_its_report(jobs: int, tmp_path: Path, job: Job) -> None:
    count = 9_000
    fill = "and other words " * (3 * CORE // count // 16)
    (tmp_path / "large.md").write_text("".join(f"mail ada{number}@posteo.de {fill}\n" for number in range(count)))
    job = Job(recipe=job.recipe, setup=job.setup, render=True)
    *told, lines, report = scan(splits(tmp_path), job, jobs=jobs)
    assert isinstance(report, SplitReport)
    assert isinstance(lines, bytes | Blocks)
    parts = list(zip(told[::2], told[1::2], strict=False))
    assert len(parts) > 1
    counted = 0
    for part, written in parts:
        assert isinstance(part, SoFar)
        assert isinstance(written, bytes | Blocks)
        assert whole(written).count(b"\n") == part.counts["EMAIL"][0]
        counted += part.counts["EMAIL"][0]
    assert counted + whole(lines).count(b"\n") == report.counts["EMAIL"][0] == count


def whole(lines: Lines) -> bytes:
    return b"".join(lines) if isinstance(lines, Blocks) else lines


class Dying:
    """What `dying_workers.py` tells."""

    def __init__(self, folder: Path, cache: Path, how: signal.Signals, batch: int = 8, **limits: int | None) -> None:
        script = Path(__file__).with_name("dying_workers.py")
        done = subprocess.run(
            [sys.executable, str(script), str(folder), str(cache), str(int(how)), str(batch)],
            capture_output=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                **{key.upper(): str(most or "") for key, most in limits.items()},
            },
        )
        assert done.returncode == 0, done.stderr[-2_000:]
        told = json.loads(done.stdout)
        assert told["forks"] or not sys.platform.startswith("linux")
        self.resources = [name.rsplit("/", 1)[-1] for name in told["resources"]]
        self.gaps = {resource.rsplit("/", 1)[-1]: (reason, detail) for resource, reason, detail in told["gaps"]}
        assert len(self.gaps) == len(told["gaps"])
        self.found = [name.rsplit("/", 1)[-1] for name in told["found"]]
        self.forks, self.shelved, self.digest = told["forks"], told["shelved"], told["digest"]
        self.so_far = {name.rsplit("/", 1)[-1]: number for name, number in told["so_far"].items()}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGABRT])
@pytest.mark.parametrize("poisons", [1, 5, 12])
def test_only_the_file_that_kills_a_worker_is_lost(
    how: signal.Signals, poisons: int, tmp_path: Path, compiled: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number:04}.txt").write_text(f"write to ada{number}@posteo.de\n")
    for number in range(poisons):
        # Twelve: two of a batch, and neighbours.
        (folder / f"{number * 80 if poisons < 12 else 100 + number:04}poison.txt").write_text("SSN 536-90-4399\n")
    dying = Dying(folder, compiled, how, batch=64 if poisons == 1 else 8)
    assert len(dying.resources) == len(set(dying.resources)) == 400 + poisons
    assert dying.resources == sorted(dying.resources)
    assert sorted(dying.gaps) == sorted(name for name in dying.resources if "poison" in name)
    assert {reason for reason, _ in dying.gaps.values()} == {"worker died"}
    assert all(str(-how) in detail for _, detail in dying.gaps.values())
    assert dying.found == [name for name in dying.resources if "poison" not in name]


def test_a_file_that_kills_once_is_no_gap(tmp_path: Path, compiled: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02}{'poison-once' if number % 7 == 3 else ''}.txt").write_text("write to ada@posteo.de\n")
    dying = Dying(folder, compiled, signal.SIGKILL)
    assert dying.gaps == {}
    assert dying.found == dying.resources == sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize("held", [None, 1])
def test_dense_tables_are_told_the_same_by_two_and_where_results_pile_up(
    held: int | None, tmp_path: Path, compiled: Path
) -> None:
    """`held`: nothing of what is early may wait in memory."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in "abcd":
        rows = "".join(f"u{number}@posteo.de,{name},536-90-{1000 + number % 9000}\n" for number in range(3_000))
        (folder / f"{name}.csv").write_text("email,note,ssn\n" + rows)
    two = Dying(folder, compiled, signal.SIGKILL, held=held, batch_bytes=1)
    made = DetectorRecipe(key=b"key", cache=compiled)
    one = Job(recipe=made, setup=ScanSetup(), render=True)
    lines = b"".join(whole(item) for item in scan(splits(folder), one, jobs=1) if isinstance(item, bytes | Blocks))
    assert lines.count(b"\n") == 24_000
    assert two.digest == hashlib.sha256(lines).hexdigest()
    assert two.shelved > 0 or not two.forks


def test_what_was_told_of_a_file_is_not_told_again_when_its_worker_dies(tmp_path: Path, compiled: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.txt").write_text("write to ada@posteo.de\n")
    line = "write to ada@posteo.de " + "and to nobody else, please " * 30 + "\n"
    (folder / "b-poison-midway.txt").write_text(line * (3 * CORE // len(line)))
    (folder / "c.txt").write_text("write to ada@posteo.de\n")
    dying = Dying(folder, compiled, signal.SIGKILL)
    assert dying.resources == sorted(file.name for file in folder.iterdir())
    assert set(dying.gaps) == {"b-poison-midway.txt"}
    told = dying.found.count("b-poison-midway.txt")
    assert 0 < told < 3 * CORE // len(line)
    assert dying.so_far["b-poison-midway.txt"] == told
    assert dying.found.count("a.txt") == dying.found.count("c.txt") == 1


def test_of_a_table_that_kills_its_worker_what_lies_on_the_shelf_is_told_once(tmp_path: Path, compiled: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [
        f"u{number}@posteo.de,{number % 27 + 1:02}.12.1980,536-90-{number % 9000 + 1000}\n" for number in range(16_000)
    ]
    (folder / "a-poison-midway.csv").write_text("email,born,ssn\n" + "".join(rows))
    (folder / "b.csv").write_text("email,born,ssn\n" + "".join(rows))
    dying = Dying(folder, compiled, signal.SIGKILL, batch_bytes=1)
    assert set(dying.gaps) == {"a-poison-midway.csv"}
    assert dying.shelved > 0
    told = dying.found.count("a-poison-midway.csv")
    assert 0 < told <= 48_000
    assert dying.so_far["a-poison-midway.csv"] == told
    assert dying.found.count("b.csv") == 48_000


_DEADLY = """
import os, signal, sys

def hook(event, arguments):
    if event == "open" and str(arguments[0]).endswith("poison.txt"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
"""


def test_a_worker_of_its_own_interpreter_that_is_killed_twice(
    tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreters die as soon as they open a certain file; a thread rules out copies of this process."""
    start_up = tmp_path / "start-up"
    start_up.mkdir()
    (start_up / "sitecustomize.py").write_text(_DEADLY)
    monkeypatch.syspath_prepend(str(start_up))
    names = ("a.txt", "poison.txt", "c.txt")
    for name in names:
        (tmp_path / name).write_text("write to ada@posteo.de\n")
    given = [
        Split(asset=AssetRef(kind="file", uri=f"file://{tmp_path}/{name}", path=f"{tmp_path}/{name}", size=23))
        for name in names
    ]
    over = threading.Event()
    other = threading.Thread(target=over.wait, daemon=True)
    other.start()
    try:
        told = list(scan(iter(given), job, jobs=2))
    finally:
        over.set()
        other.join(timeout=300)
    reports = [item for item in told if isinstance(item, SplitReport)]
    assert [report.resource for report in reports] == [split.asset.uri for split in given]
    assert [isinstance(report, LostReport) for report in reports] == [False, True, False]
    assert [gap.reason for gap in reports[1].gaps] == ["worker died"]
    assert sum(len(item) for item in told if isinstance(item, list)) == 2


def test_units_larger_than_any_pipe_block_nobody(tmp_path: Path, job: Job) -> None:
    """Both sides send at once, more than a socket holds: long paths one way, findings the other."""
    folder = tmp_path
    for _ in range(14):
        folder = folder / ("d" * 250)
        folder.mkdir()
    for number in range(600):
        (folder / f"{number:04}.txt").write_text("write to ada@posteo.de or bob@posteo.de\n" * 30)
    reports = [item for item in scan(splits(tmp_path), job, jobs=2) if isinstance(item, SplitReport)]
    assert len(reports) == 600
    assert sum(report.findings for report in reports) == 600 * 60


def test_workers_that_cannot_start_end_the_scan(tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("write to ada@posteo.de\n")
    before = children()
    monkeypatch.setattr(pool, "may_fork", lambda: False)
    monkeypatch.setattr("assay.engines.process._ENTRY", "raise SystemExit(7)")
    with pytest.raises(AssayError, match=r"end as soon as they start \(exit code 7\); try --jobs 1"):
        list(scan(splits(tmp_path), job, jobs=2))
    assert not _children_that_live(before)


def test_a_machine_that_has_no_room_for_processes(tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("write to ada@posteo.de\n")

    def refuse(*_given: Any, **_options: Any) -> Any:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(pool, "start", refuse)
    with pytest.raises(AssayError, match="no worker process can be started: Resource temporarily unavailable"):
        list(scan(splits(tmp_path), job, jobs=2))


def test_idle_time_is_given_away(tmp_path: Path, job: Job) -> None:
    (tmp_path / "a.txt").write_text("write to ada@posteo.de\n")
    calls: list[int] = []

    def idle() -> bool:
        calls.append(1)
        return len(calls) < 3

    assert [type(part).__name__ for part in scan(splits(tmp_path), job, jobs=2, idle=idle)] == [
        "SoFar",
        "list",
        "SplitReport",
    ]
    assert len(calls) >= 3


def test_messages_come_whole_however_they_are_cut() -> None:
    import socket

    here, there = socket.socketpair()
    with there:
        parent = channel.Channel(here)
        blocks = Blocks([b"line\n", b"", bytes(150_000), b"l" * 150_000, b"end\n"])
        sent: list[Message] = [
            Message(channel.READY),
            channel.pack(1, [b"few\n"]),
            channel.pack(2, [SoFar(resource="r", bytes_total=7), blocks]),
            channel.pack(3, [[], bytes(200_000)]),
            channel.pack(4, [Settled(lines=[b"z" * 90_000, b"y"])]),
            channel.pack_done(4),
        ]
        bodies = [b"".join(message.pieces) for message in sent]
        assert [len(body) for body in bodies] == [message.size + 4 * len(message.blocks) for message in sent]
        stream = b"".join(len(body).to_bytes(8, "little") + body for body in bodies)
        got: list[Message] = []
        for start in range(0, len(stream), 7_001):
            there.sendall(stream[start : start + 7_001])
            got += parent.read()
        assert [b"".join(message.pieces) for message in got] == bodies
        assert [channel.head_of(message) for message in got[1:]] == [channel.head_of(message) for message in sent[1:]]
        assert channel.outcomes_of(got[1]) == [b"few\n"]
        so_far, lines = channel.outcomes_of(got[2])
        assert so_far == SoFar(resource="r", bytes_total=7)
        assert isinstance(lines, Blocks)
        assert list(map(bytes, lines)) == list(blocks)
        assert channel.outcomes_of(channel.message_of(bodies[2])) == [so_far, lines]
        assert parent.read() == []
        assert not parent.ended
    assert parent.read() == []
    assert parent.ended
    parent.close()


def test_stopping_early_ends_the_workers(tmp_path: Path, job: Job) -> None:
    for number in range(200):
        (tmp_path / f"{number:04}.txt").write_text("write to ada@posteo.de\n" * 500)
    others = children()
    results = scan(splits(tmp_path), job, jobs=2)
    next(results)
    begun = children() - others
    assert len(begun) >= 2
    results.close()  # type: ignore[attr-defined]
    assert not (begun & children())


def _children_that_live(others: set[int]) -> set[int]:
    """Those besides `others`, which may be servers of other tests."""
    for _ in range(1_200):
        if not (left := children() - others):
            return left
        time.sleep(0.05)
    return left


def children() -> set[int]:
    """Processes that this one has begun, in whichever thread."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            found |= {int(number) for number in (task / "children").read_text().split()}
        except OSError:
            continue
    return found


def test_a_recipe_travels_without_its_detector(job: Job) -> None:
    import pickle

    again = pickle.loads(pickle.dumps(job.recipe))
    assert again.made is None
    assert again.key == job.recipe.key
    assert KEY not in repr(job.recipe)
