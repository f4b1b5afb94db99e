"""What is said of a file that cannot be written: what, where, and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from assay.errors import unwritable


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOENT, "there is no folder out; make it first"),
        (errno.EISDIR, "it is a folder; name a file in it"),
        (errno.EACCES, "this user may not; change the rights, or name another place"),
        (errno.EROFS, "the file system is read-only; name another place"),
        (errno.ENOSPC, "the disk is full; free some space, or name another place"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_why_it_cannot_be_written(number: int, said: str) -> None:
    assert unwritable(Path("out/a.db"), OSError(number, os.strerror(number))) == f"out/a.db: cannot be written: {said}"


def test_an_error_without_words_has_some() -> None:
    assert (
        unwritable(Path("a.db"), OSError("a value that nobody may see"))
        == "a.db: cannot be written: an error of the system"
    )
