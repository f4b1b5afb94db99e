"""Mishaps while a scan runs: an error of ours, killed processes, Ctrl-C, a full disk, a reader that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from planting import leaks, of_kind, records
from running import after, running

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


def _broken(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`assay` with an error of ours in it; in a process of its own, so that its workers have the error, too."""
    script = Path(__file__).with_name("broken_validator.py")
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        capture_output=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("output_format", FORMATS)
def test_an_error_of_ours_is_a_gap_without_the_value(output_format: str, jobs: str, data: Path) -> None:
    done = _broken("scan", str(data), "--format", output_format, "--jobs", jobs, "--progress")
    assert done.returncode == 3, done.stderr
    told = done.stdout + done.stderr
    assert leaks(told, [SSN, "wren.halloway@posteo.de"]) == []
    assert b"Traceback" not in done.stderr
    assert b"cannot digest" not in told
    if output_format == "jsonl":
        results = records(done.stdout)
        (gap,) = of_kind(results, "gap")
        assert (gap["resource"].rsplit("/", 1)[-1], gap["reason"]) == ("a.txt", "internal error")
        assert gap["detail"].startswith("ArithmeticError at broken_validator.py:")
        assert [record["identifier"] for record in of_kind(results, "finding")] == ["EMAIL"]
        levels = {
            record["resource"].rsplit("/", 1)[-1]: record["level"] for record in of_kind(results, "classification")
        }
        assert levels == {"a.txt": "unclassified", "b.txt": "internal"}


@pytest.mark.usefixtures("data")
def test_so_it_is_for_one_file_and_for_a_text() -> None:
    one, text = _broken("scan", "data/a.txt", "--format", "jsonl"), _broken("text", LINE)
    assert (one.returncode, text.returncode) == (3, 2)
    told = one.stdout + one.stderr + text.stdout + text.stderr
    assert leaks(told, [SSN]) == []
    assert b"Traceback" not in told
    assert b"internal error" in one.stdout
    assert b"internal error" in text.stderr


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
    with running([*COMMAND, str(data), "--format", "jsonl", "--jobs", "2"]) as process:
        yield process


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
    code = scanning.wait(timeout=300)
    assert b"Traceback" not in errors
    assert of_kind(results, "gap") == []
    assert code == 0
    told = {record["resource"] for record in of_kind(results, "classification")}
    assert len(told) == len(of_kind(results, "classification")) == 3_002
    found = {record["resource"] for record in of_kind(results, "finding")}
    assert found == told
    _agrees(results)


def test_ctrl_c_leaves_a_whole_result_and_no_process(scanning: subprocess.Popen[bytes]) -> None:
    """The scan cannot be over before: there is far more to tell than a pipe holds that nobody reads."""
    assert scanning.stdout is not None
    first = scanning.stdout.readline()
    workers = _children(scanning.pid)
    os.killpg(scanning.pid, signal.SIGINT)  # as a terminal does: to all of them
    results = _read_rest(scanning, first)
    assert scanning.stderr is not None
    errors = scanning.stderr.read()
    code = scanning.wait(timeout=300)
    assert b"Traceback" not in errors, errors
    assert _gone(workers)
    summary = results[-1]
    assert summary["kind"] == "summary"
    assert code == 130
    assert summary["interrupted"] is True
    assert summary["coverage"]["complete"] is False
    assert of_kind(results, "finding")
    classified = of_kind(results, "classification")
    assert summary["findings"] == sum(sum(record["identifiers"].values()) for record in classified)
    assert len(classified) < 3_002


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_being_asked_to_end_is_as_ctrl_c(how: signal.Signals, code: int, scanning: subprocess.Popen[bytes]) -> None:
    assert scanning.stdout is not None
    first = scanning.stdout.readline()
    workers = _children(scanning.pid)
    scanning.send_signal(how)
    results = _read_rest(scanning, first)
    assert scanning.stderr is not None
    assert scanning.stderr.read().endswith(b"assay: interrupted; what was found so far was written\n")
    assert scanning.wait(timeout=300) == code
    assert results[-1]["interrupted"] is True
    _agrees(results)
    assert _gone(workers)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_no_worker_outlives_the_scan(how: signal.Signals, scanning: subprocess.Popen[bytes]) -> None:
    assert scanning.stdout is not None
    scanning.stdout.readline()
    workers = _children(scanning.pid)
    assert workers
    scanning.send_signal(how)
    scanning.stdout.close()
    scanning.wait(timeout=300)
    assert _gone(workers)


def _agrees(results: list[dict[str, Any]]) -> None:
    """The summary and the classifications count what was told, no more and no less."""
    told = Counter(record["identifier"] for record in of_kind(results, "finding"))
    by_resource = Counter((record["resource"], record["identifier"]) for record in of_kind(results, "finding"))
    summary = results[-1]
    assert summary["findings"] == told.total()
    assert summary["by_identifier"] == told
    classified = of_kind(results, "classification")
    assert len({record["resource"] for record in classified}) == len(classified) == summary["resources"]
    counted = {
        (record["resource"], name): number for record in classified for name, number in record["identifiers"].items()
    }
    assert counted == by_resource
    assert len(of_kind(results, "gap")) == summary["gaps"]


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("name", ["large.log", "large.json"])
def test_ctrl_c_within_one_large_file(name: str, unbuffered: str, jobs: str, data: Path) -> None:
    fill = "nothing to see in this line of the log " * 60
    if name == "large.json":
        (data / name).write_text("[\n" + ",\n".join(f'"{LINE.strip()} {fill}"' for _ in range(10_000)) + "]\n")
    else:
        (data / name).write_text(f"{LINE}{fill}\n" * 12_000)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with running([*COMMAND, str(data), "--format", "jsonl", "--jobs", jobs], env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = b"".join(process.stdout.readline() for _ in range(20))
        os.killpg(process.pid, signal.SIGINT)
        results = _read_rest(process, first)
        assert b"Traceback" not in process.stderr.read()
        code = process.wait(timeout=300)
    assert results[-1]["kind"] == "summary"
    assert (code, results[-1]["interrupted"]) == (130, True)
    _agrees(results)
    found = {record["resource"].rsplit("/", 1)[-1]: record for record in of_kind(results, "classification")}
    assert found[name]["level"] == "restricted"
    assert found[name]["coverage"]["complete"] is False
    assert "interrupted" in found[name]["because"]
    assert results[-1]["level"] == "restricted"
    assert [gap["reason"] for gap in of_kind(results, "gap")] == ["interrupted"]


@pytest.mark.parametrize("output_format", FORMATS)
def test_ctrl_c_while_standard_input_goes_on(output_format: str, data: Path) -> None:
    """Standard input that is not closed: there is no end that the signal could come too late for."""
    fill = "nothing to see in this line of the log " * 60
    command = [*COMMAND, "-", str(data), "--format", output_format, "--output", "out", "--progress"]
    with running(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        # It is through with most of this when it has taken all of it; more than one window, and findings in each.
        process.stdin.write(f"{LINE}{fill}\n".encode() * 8_000)
        process.stdin.flush()
        os.killpg(process.pid, signal.SIGINT)
        errors = process.stderr.read()
        code = process.wait(timeout=300)
    assert code == 130, errors
    assert b"Traceback" not in errors
    told = Path("out").read_bytes()
    assert leaks(told + errors, [SSN]) == []
    if output_format == "jsonl":
        results = records(told)
        _agrees(results)
        (standard_input,) = of_kind(results, "classification")
        assert standard_input["level"] == "restricted"
        assert "interrupted" in standard_input["because"]
        assert results[-1]["interrupted"] is True
    elif output_format == "table":
        assert b"INTERRUPTED" in told


def test_a_worker_that_is_killed_within_one_large_file(data: Path) -> None:
    """What was told of it is counted, the rest is a gap, and the other files are read."""
    fill = "nothing to see in this line of the log " * 60
    (data / "large.json").write_text("[\n" + ",\n".join(f'"{LINE.strip()} {fill}"' for _ in range(10_000)) + "]\n")
    (data / "z.txt").write_text(LINE)
    with running([*COMMAND, str(data), "--format", "jsonl", "--jobs", "2"]) as process:
        assert process.stdout is not None
        first = b""
        while b"large.json" not in first:
            line = process.stdout.readline()
            assert line
            first += line
        # Those that are idle are replaced without a word; the one that reads the large file cannot be over, since it
        # has more to say than all pipes hold.
        for worker in _children(process.pid):
            os.kill(worker, signal.SIGKILL)
        results = _read_rest(process, first)
        code = process.wait(timeout=300)
    assert code == 3
    _agrees(results)
    (gap,) = of_kind(results, "gap")
    assert (gap["resource"].rsplit("/", 1)[-1], gap["reason"]) == ("large.json", "worker died")
    found = {record["resource"].rsplit("/", 1)[-1]: record for record in of_kind(results, "classification")}
    assert set(found) == {"a.txt", "b.txt", "large.json", "z.txt"}
    assert found["large.json"]["level"] == "restricted"
    assert 0 < found["large.json"]["identifiers"]["SSN"] < 10_000
    assert "worker died" in found["large.json"]["because"]
    assert found["z.txt"]["coverage"]["complete"] is True


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("output_format", FORMATS)
def test_a_full_disk_in_the_middle(output_format: str, data: Path) -> None:
    _many(data, 400)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, str(data), "--format", output_format, "--jobs", "2"],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=300,
        )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"no space left" in done.stderr.lower() or b"disk is full" in done.stderr
    assert leaks(done.stderr, [SSN]) == []


def test_an_output_file_on_a_disk_that_fills_up(data: Path) -> None:
    """A limit on the size of files stands for the disk; what was written until then stays and is said."""
    _many(data, 400)
    limit = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))"
    )
    done = subprocess.run(
        after(limit, *COMMAND[2:], str(data), "--format", "jsonl", "--output", "out.jsonl", "--jobs", "1"),
        capture_output=True,
        timeout=300,
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
        timeout=300,
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
        done = subprocess.run([*COMMAND, str(data), *options], capture_output=True, timeout=300, env=environment)
        assert done.returncode == 0, done.stderr
        assert list(place.iterdir()) == []


def test_a_crash_leaves_no_image_of_memory() -> None:
    """Of the command, and of what it starts."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    if most == 0:
        pytest.skip("this system leaves none anyway")
    program = (
        "import resource, subprocess, sys\n"
        f"resource.setrlimit(resource.RLIMIT_CORE, ({most}, {most}))\n"
        "from assay.cli import __main__ as command\n"
        "tell = 'import resource; print(resource.getrlimit(resource.RLIMIT_CORE)[0])'\n"
        "command.run = lambda: subprocess.run([sys.executable, '-c', tell]).returncode\n"
        "command.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    assert done.stdout == b"0\n"
