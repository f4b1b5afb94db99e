"""Where results go, and what happens when they cannot."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from assay.errors import OutputError, UsageError
from assay.sinks.output import Output, open_output


class FailingStream(io.BytesIO):
    """A stream on a full disk, or whatever `error` says."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, data: object) -> int:
        raise self.error


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_bytes(b"earlier results\n")
    output = open_output(str(target))
    output.write(b"line\n")
    assert target.read_bytes() == b"earlier results\n"
    output.commit()
    assert target.read_bytes() == b"line\n"
    assert os.listdir(tmp_path) == ["out.jsonl"]


def test_after_an_error_what_was_written_is_kept_under_another_name(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    output = open_output(str(target))
    output.write(b"line\n")
    kept = output.abandon()
    assert not target.exists()
    (partial,) = tmp_path.iterdir()
    assert partial.read_bytes() == b"line\n"
    assert kept is not None
    assert str(partial) in kept


def test_an_empty_partial_file_is_removed(tmp_path: Path) -> None:
    output = open_output(str(tmp_path / "out.jsonl"))
    assert output.abandon() is None
    assert os.listdir(tmp_path) == []


def test_a_link_keeps_pointing_at_the_file(tmp_path: Path) -> None:
    target = tmp_path / "real.jsonl"
    link = tmp_path / "link.jsonl"
    link.symlink_to(target)
    output = open_output(str(link))
    output.write(b"line\n")
    output.commit()
    assert link.is_symlink()
    assert target.read_bytes() == b"line\n"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "full"), "the disk is full"),
        (OSError(errno.EDQUOT, "quota"), "the disk quota is used up"),
        (BrokenPipeError(errno.EPIPE, "pipe"), "its reader went away"),
        (OSError(errno.EIO, "io"), "Input/output error"),
    ],
)
def test_a_failure_to_write_says_where_and_why(error: OSError, words: str) -> None:
    output = Output(FailingStream(error), "results.jsonl")
    with pytest.raises(OutputError, match=rf"^results\.jsonl: .*{words}"):
        output.write(b"line\n")


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        open_output(str(tmp_path))
    with pytest.raises(UsageError, match="there is no folder"):
        open_output(str(tmp_path / "none" / "out.jsonl"))
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be used"):
        open_output(str(file / "out.jsonl"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_is_written_as_it_is() -> None:
    output = open_output("/dev/full")
    output.write(b"line\n")
    with pytest.raises(OutputError, match="/dev/full: cannot be written: the disk is full"):
        output.commit()
