"""Mishaps while a scan runs: an error of ours, killed processes, Ctrl-C, a full disk, a reader that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from planting import leaks, of_kind, records

from assay.cli.__main__ import run
from assay.detect import validators

SSN = "512-44-7731"
LINE = f"write to wren.halloway@posteo.de, SSN {SSN}\n"
COMMAND = [sys.executable, "-m", "assay.cli", "scan"]
FORMATS = ["jsonl", "json", "table", "sarif"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.txt").write_text(LINE)
    (folder / "b.txt").write_text("write to wren.halloway@posteo.de\n")
    return folder


@pytest.fixture
def _broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A validator that raises, its message quoting the value, as careless code does."""
    original = validators.get

    def get(name: str) -> Callable[[str], bool]:
        def fail(value: str) -> bool:
            held = value
            raise ArithmeticError(f"cannot digest {held!r}")

        return fail if name == "ssn" else original(name)

    monkeypatch.setattr(validators, "get", get)


@pytest.mark.usefixtures("_broken")
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("output_format", FORMATS)
def test_an_error_of_ours_is_a_gap_without_the_value(
    output_format: str, jobs: str, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = run(["scan", str(data), "--format", output_format, "--jobs", jobs, "--progress"])
    out, err = capfd.readouterr()
    assert code == 3, err
    assert leaks((out + err).encode(), [SSN, "wren.halloway@posteo.de"]) == []
    assert "Traceback" not in err
    assert "cannot digest" not in out + err
    if output_format == "jsonl":
        results = records(out)
        (gap,) = of_kind(results, "gap")
        assert (gap["resource"].rsplit("/", 1)[-1], gap["reason"]) == ("a.txt", "internal error")
        assert gap["detail"].startswith("ArithmeticError at test_mishaps.py:")
        assert [record["identifier"] for record in of_kind(results, "finding")] == ["EMAIL"]
        levels = {
            record["resource"].rsplit("/", 1)[-1]: record["level"] for record in of_kind(results, "classification")
        }
        assert levels == {"a.txt": "unclassified", "b.txt": "internal"}


@pytest.mark.usefixtures("_broken", "data")
def test_so_it_is_for_one_file_and_for_a_text(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "data/a.txt", "--format", "jsonl"]) == 3
    assert run(["text", LINE]) == 2
    out, err = capfd.readouterr()
    assert leaks((out + err).encode(), [SSN]) == []
    assert "Traceback" not in err
    assert "internal error" in err


def _many(folder: Path, count: int = 3_000) -> None:
    for number in range(count):
        (folder / f"{number:05}.txt").write_text(LINE * 10)


def _children(of: int) -> set[int]:
    """Processes below the process `of`, whatever their depth."""
    found: set[int] = set()
    try:
        lines = Path(f"/proc/{of}/task/{of}/children").read_text()
    except FileNotFoundError:
        return found
    for number in map(int, lines.split()):
        found |= {number, *_children(number)}
    return found


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def _gone(processes: set[int]) -> bool:
    """Whether all of them end; they get as long as a busy machine may need."""
    for _ in range(600):
        if not any(_alive(process) for process in processes):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def scanning(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A scan of many files by two workers that has begun to give results."""
    _many(data)
    with subprocess.Popen(
        [*COMMAND, str(data), "--format", "jsonl", "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as running:
        yield running
        if running.poll() is None:
            running.kill()


def _read_rest(running: subprocess.Popen[bytes], first: bytes) -> list[dict[str, Any]]:
    assert running.stdout is not None
    return records(first + running.stdout.read())


def test_a_worker_that_is_killed(scanning: subprocess.Popen[bytes]) -> None:
    assert scanning.stdout is not None
    first = scanning.stdout.readline()
    workers = _children(scanning.pid)
    assert len(workers) == 2
    os.kill(min(workers), signal.SIGKILL)
    results = _read_rest(scanning, first)
    assert scanning.stderr is not None
    errors = scanning.stderr.read()
    code = scanning.wait(timeout=60)
    assert b"Traceback" not in errors
    gaps = of_kind(results, "gap")
    assert {gap["reason"] for gap in gaps} <= {"worker died"}
    assert code == (3 if gaps else 0)
    told = {record["resource"] for record in of_kind(results, "classification")}
    assert len(told) == len(of_kind(results, "classification")) == 3_002
    lost = {gap["resource"] for gap in gaps}
    found = {record["resource"] for record in of_kind(results, "finding")}
    assert found | lost == told
    levels = {record["resource"]: record["level"] for record in of_kind(results, "classification")}
    assert all(levels[resource] in ("unclassified", "restricted") for resource in lost)
    assert results[-1]["findings"] == sum(
        sum(record["identifiers"].values()) for record in of_kind(results, "classification")
    )


def test_ctrl_c_leaves_a_whole_result_and_no_process(scanning: subprocess.Popen[bytes]) -> None:
    assert scanning.stdout is not None
    first = scanning.stdout.readline()
    workers = _children(scanning.pid)
    os.killpg(scanning.pid, signal.SIGINT)  # as a terminal does: to all of them
    results = _read_rest(scanning, first)
    assert scanning.stderr is not None
    errors = scanning.stderr.read()
    code = scanning.wait(timeout=60)
    assert b"Traceback" not in errors, errors
    assert _gone(workers)
    summary = results[-1]
    assert summary["kind"] == "summary"
    if code == 0:
        pytest.skip("the scan was over before it could be interrupted")
    assert code == 130
    assert summary["interrupted"] is True
    assert summary["coverage"]["complete"] is False
    assert of_kind(results, "finding")
    classified = of_kind(results, "classification")
    assert summary["findings"] == sum(sum(record["identifiers"].values()) for record in classified)
    assert len(classified) < 3_002


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_no_worker_outlives_the_scan(how: signal.Signals, scanning: subprocess.Popen[bytes]) -> None:
    assert scanning.stdout is not None
    scanning.stdout.readline()
    workers = _children(scanning.pid)
    assert workers
    scanning.send_signal(how)
    scanning.stdout.close()
    scanning.wait(timeout=60)
    assert _gone(workers)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_ctrl_c_within_one_large_file(unbuffered: str, data: Path) -> None:
    (data / "large.log").write_text((LINE + "nothing to see in this line of the log\n" * 60) * 12_000)
    with subprocess.Popen(
        [*COMMAND, str(data), "--format", "jsonl", "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        first = b"".join(running.stdout.readline() for _ in range(20))
        os.killpg(running.pid, signal.SIGINT)
        results = _read_rest(running, first)
        assert b"Traceback" not in running.stderr.read()
        code = running.wait(timeout=60)
    assert results[-1]["kind"] == "summary"
    if code == 0:
        pytest.skip("the scan was over before it could be interrupted")
    assert (code, results[-1]["interrupted"]) == (130, True)
    levels = {record["resource"].rsplit("/", 1)[-1]: record for record in of_kind(results, "classification")}
    if "large.log" in levels:
        assert levels["large.log"]["coverage"]["complete"] is False


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output_format", FORMATS)
def test_a_full_disk_in_the_middle(output_format: str, data: Path) -> None:
    _many(data, 400)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, str(data), "--format", output_format, "--jobs", "2"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=120,
        )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"no space left" in done.stderr.lower() or b"disk is full" in done.stderr
    assert leaks(done.stderr, [SSN]) == []


def test_an_output_file_on_a_disk_that_fills_up(data: Path) -> None:
    """A limit on the size of files stands for the disk; what was written until then stays and is said."""
    import resource

    _many(data, 400)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    done = subprocess.run(
        [*COMMAND, str(data), "--format", "jsonl", "--output", "out.jsonl", "--jobs", "1"],
        capture_output=True,
        timeout=120,
        preexec_fn=limit,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert leaks(done.stderr, [SSN]) == []
    assert not Path("out.jsonl").exists()
    kept = [file for file in Path().iterdir() if file.is_file()]
    assert len(kept) == 1
    assert kept[0].name.encode() in done.stderr
    whole = kept[0].read_bytes()
    assert len(of_kind(records(whole[: whole.rfind(b"\n") + 1]), "finding")) > 100


def test_a_reader_that_wants_only_the_beginning(data: Path) -> None:
    _many(data, 400)
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(COMMAND)} {data} --format jsonl --jobs 2 | head -n 3; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        timeout=120,
    )
    *lines, code = done.stdout.splitlines()
    assert len(records(b"\n".join(lines))) == 3
    assert code != b"0"
    assert b"Traceback" not in done.stderr


def test_nothing_is_left_in_the_temporary_folder(data: Path, tmp_path: Path) -> None:
    _many(data, 300)
    place = tmp_path / "temporary"
    place.mkdir()
    environment = {**os.environ, "TMPDIR": str(place)}
    for options in (
        ["--format", "jsonl"],
        ["--format", "sarif"],
        ["--format", "table"],
        ["--format", "json", "--output", "x"],
    ):
        done = subprocess.run([*COMMAND, str(data), *options], capture_output=True, timeout=120, env=environment)
        assert done.returncode == 0, done.stderr
        assert list(place.iterdir()) == []
