"""Where results go, and what happens when they cannot."""

from __future__ import annotations

import errno
import io
import os
import random
import threading
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


MIB = 1024 * 1024


def _large(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def test_a_large_file_is_whole_and_given_to_the_disk_as_it_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advised: list[tuple[int, int]] = []
    real = os.posix_fadvise

    def record(descriptor: int, offset: int, length: int, advice: int) -> None:
        assert advice == os.POSIX_FADV_DONTNEED
        assert offset + length <= os.fstat(descriptor).st_size
        advised.append((offset, offset + length))
        real(descriptor, offset, length, advice)

    monkeypatch.setattr(os, "posix_fadvise", record)
    output = open_output(str(tmp_path / "large.jsonl"))
    pieces = [_large(seed, 3 * MIB + seed) for seed in range(15)]
    for piece in pieces:
        output.write(piece)
    output.commit()
    assert (tmp_path / "large.jsonl").read_bytes() == b"".join(pieces)
    assert any(begin == 0 for begin, _ in advised)
    reached = 0
    for begin, end in advised:
        assert begin <= reached, "a part was never told of"
        reached = max(reached, end)
    assert reached > 32 * MIB


def test_a_file_system_without_advice_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def refuse(*arguments: int) -> None:
        calls.append(arguments)
        raise OSError(errno.ENOSYS, "not there")

    monkeypatch.setattr(os, "posix_fadvise", refuse)
    output = open_output(str(tmp_path / "large.jsonl"))
    data = _large(1, 20 * MIB)
    output.write(data)
    output.commit()
    assert (tmp_path / "large.jsonl").read_bytes() == data
    assert len(calls) == 1


def test_nothing_is_told_of_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise AssertionError("advice on a pipe")

    monkeypatch.setattr(os, "posix_fadvise", refuse)
    reader, writer = os.pipe()
    taken: list[int] = []

    def drain() -> None:
        while data := os.read(reader, MIB):
            taken.append(len(data))

    thread = threading.Thread(target=drain)
    thread.start()
    with os.fdopen(writer, "wb") as stream:
        output = Output(stream, "a pipe")
        for _ in range(20):
            output.write(bytes(MIB))
        output.commit()
    thread.join()
    os.close(reader)
    assert sum(taken) == 20 * MIB
