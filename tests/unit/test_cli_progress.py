"""The progress line: what it tells, that it fits, and that it goes away."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import running

from assay.cli.progress import ProgressLine, Rate, describe
from assay.ports import Progress
from assay.report.printable import width

DONE = Progress(
    bytes_done=250_000_000, bytes_total=1_000_000_000, files_done=1_200, files_total=4_000, findings=31, listing=False
)
RATE = Rate(50_000_000, 240)


def test_all_there_is_to_tell_where_there_is_room() -> None:
    assert describe(DONE, RATE, 120) == (
        "[#####...............]  25%  250 MB of 1.0 GB  50.0 MB/s  240 files/s  15 s left  1,200/4,000 files  31 findings"
    )


def test_at_80_and_50_columns_the_rates_and_the_time_left_come_first() -> None:
    assert describe(DONE, RATE, 79) == "[##........]  25%  250 MB of 1.0 GB  50.0 MB/s  240 files/s  15 s left"
    assert describe(DONE, RATE, 49) == "[#.....]  25%  50.0 MB/s  15 s left"


def test_while_the_listing_goes_on_totals_grow_and_there_is_no_bar() -> None:
    line = describe(DONE._replace(listing=True), RATE, 120)
    assert line == "listing  250 MB of 1.0 GB+  50.0 MB/s  240 files/s  1,200/4,000+ files  31 findings"


def test_before_there_is_a_rate_nothing_is_said_of_the_time() -> None:
    assert "left" not in describe(DONE, None, 120)
    assert "/s" not in describe(DONE, None, 120)


counts = st.integers(0, 10**15)


@given(counts, counts, counts, counts, counts, st.booleans(), st.integers(24, 200), st.floats(0, 1e12))
def test_it_always_fits(
    done: int, total: int, files: int, of: int, found: int, listing: bool, cells: int, rate: float
) -> None:
    for given_rate in (None, Rate(rate, rate)):
        line = describe(Progress(done, total, files, of, found, listing), given_rate, cells)
        assert width(line) <= cells
        assert line


def test_it_draws_over_itself_and_goes_away() -> None:
    now = [0.0]
    stream = io.StringIO()
    line = ProgressLine(stream, clock=lambda: now[0], columns=lambda: 80)
    line(DONE)
    line.clear()
    assert stream.getvalue() == ""
    for moment in (0.5, 0.55, 1.5):
        now[0] = moment
        line(DONE)
    drawn = stream.getvalue()
    assert drawn.count("\r") == 2
    assert "\n" not in drawn
    line.clear()
    line.clear()
    assert stream.getvalue() == drawn + "\r\x1b[K"


def test_the_rate_is_that_of_the_last_seconds() -> None:
    now = [0.0]
    stream = io.StringIO()
    line = ProgressLine(stream, clock=lambda: now[0], columns=lambda: 120)
    for second in range(1, 61):
        now[0] = float(second)
        line(DONE._replace(bytes_done=min(second, 30) * 1_000_000 + max(second - 30, 0) * 10_000_000))
        if second in (29, 60):
            speed = "1.0 MB/s" if second == 29 else "10.0 MB/s"
            assert f"  {speed}" in stream.getvalue().rsplit("\r", 1)[-1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number:03}.txt").write_text("write to ada@posteo.de and to nobody else\n" * 400)
    return folder


def on_a_terminal(arguments: Sequence[str], output: Path | None = None) -> bytes:
    """What a terminal of 50 columns is sent; standard output goes there too, or to a file."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    command = [sys.executable, "-m", "assay.cli", "scan", *arguments]
    seen = b""
    with (
        open(output or os.devnull, "wb") as file,
        running(command, stdout=file if output else theirs, stderr=theirs) as process,
    ):
        os.close(theirs)
        try:
            while more := os.read(ours, 65_536):
                seen += more
        except OSError:
            pass  # so Linux says that nobody is left at the other end
        finally:
            os.close(ours)
        assert process.wait(timeout=300) == 0, seen[-2_000:]
    return seen


def test_on_a_terminal_it_fits_and_vanishes(tree: Path, tmp_path: Path) -> None:
    seen = on_a_terminal([str(tree), "--format", "jsonl"], tmp_path / "results")
    drawn, _, closing = seen.rpartition(b"\r\x1b[K")
    assert b"%" in drawn
    assert b"\n" not in drawn
    for line in re.split(rb"\r|\x1b\[K", drawn):
        assert len(line) < 50
    assert closing.startswith(b"assay: ")
    lines = (tmp_path / "results").read_bytes()
    assert lines.count(b'"kind":"finding"') == 120 * 400
    assert b"\x1b" not in lines


@pytest.mark.slow
def test_results_on_the_same_terminal_have_no_line_between_them(tree: Path) -> None:
    seen = on_a_terminal([str(tree), "--format", "jsonl"])
    assert b"\x1b" not in seen
    assert seen.count(b'"kind":"finding"') == 120 * 400


def test_there_is_none_without_a_terminal(tree: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assay.cli", "scan", str(tree), "--format", "jsonl"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
    assert done.returncode == 0
    assert b"\r" not in done.stderr
    assert b"\x1b" not in done.stderr
