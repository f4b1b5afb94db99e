"""Names wait until nothing changes at them any more."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from assay.app.watch.settling import Settling, is_unfinished

LONG_AGO = 1_600_000_000


def still(settling: Settling, now: float, wall: float | None = None) -> list[str]:
    return [path for path, _ in settling.still(now, time.time() if wall is None else wall, 1_000)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "a.txt"
    made.write_text("text")
    os.utime(made, (LONG_AGO, LONG_AGO))
    return made


def test_a_name_waits_since_the_last_thing_that_happened(file: Path) -> None:
    settling = Settling(seconds=2)
    settling.note(str(file), 10.0)
    settling.note(str(file), 11.5)
    assert still(settling, 13.4) == []
    assert settling.next_due() == 13.5
    assert still(settling, 13.5) == [str(file)]
    assert len(settling) == 0


def test_a_file_that_was_written_just_now_waits_though_nobody_told_of_it(file: Path) -> None:
    settling = Settling(seconds=2)
    settling.note(str(file), 0.0)
    assert still(settling, 2.0, wall=LONG_AGO + 1) == []
    file.write_text("longer than before")
    assert still(settling, 4.0, wall=LONG_AGO + 3) == []
    assert still(settling, 6.0, wall=LONG_AGO + 5) == [str(file)]


def test_a_file_of_the_future_is_still_once_it_was_seen_twice(file: Path) -> None:
    settling = Settling(seconds=2)
    settling.note(str(file), 0.0)
    assert still(settling, 2.0, wall=LONG_AGO - 9_000) == []
    assert still(settling, 4.0, wall=LONG_AGO - 9_000) == [str(file)]


def test_what_is_gone_is_told_with_no_state(tmp_path: Path) -> None:
    settling = Settling(seconds=0)
    settling.note(str(tmp_path / "gone"), 0.0)
    assert list(settling.still(0.0, 0.0, 10)) == [(str(tmp_path / "gone"), None)]


def test_more_names_than_are_remembered_are_lost_and_it_says_so(tmp_path: Path) -> None:
    settling = Settling(seconds=1, most=3)
    for number in range(4):
        settling.note(str(tmp_path / str(number)), 0.0)
    assert settling.lost
    assert len(settling) == 0


def test_at_most_so_many_are_told_at_once(tmp_path: Path) -> None:
    settling = Settling(seconds=1)
    for number in range(5):
        settling.note(str(tmp_path / str(number)), 0.0)
    assert len(list(settling.still(5.0, 0.0, 2))) == 2
    assert len(settling) == 3


def test_what_changes_all_the_time_is_restless(file: Path) -> None:
    settling = Settling(seconds=1)
    for now in range(0, 100, 10):
        settling.note(str(file), float(now))
    assert list(settling.restless(59.0)) == []
    assert list(settling.restless(90.5)) == [str(file)]
    # Nobody has asked for it since it came to rest: that is not its own doing.
    assert list(settling.restless(95.0)) == []


@pytest.mark.parametrize(
    "name",
    [
        "film.mkv.part", "a.crdownload", "Unconfirmed 1.CRDOWNLOAD", ".a.txt.swp", "a.txt~", "a.tmp", ".#a.txt",
        "~$report.docx", ".~lock.a.odt#", "x.filepart", ".goutputstream-AB12", ".nfs0001",
    ],
)  # fmt: skip
def test_names_of_what_is_not_finished(name: str) -> None:
    assert is_unfinished(f"/in/{name}")


@pytest.mark.parametrize("name", ["a.txt", "partial.csv", "part", "tmp", "a.part.txt", "download.csv", ".env"])
def test_other_names(name: str) -> None:
    assert not is_unfinished(f"/in.tmp/{name}")
