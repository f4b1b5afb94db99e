"""Small text files that people write: settings, allow lists, identifiers."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST_BYTES = 16 * 1024 * 1024
_HEAD = 4096


class WrittenError(ValueError):
    """A file that cannot be used as text; the message completes 'FILE: …'."""


def read_written(file: Path) -> str:
    """The text of `file`: UTF-8 with or without a byte order mark, at most 16 MiB.

    Raises `FileNotFoundError` where it is not there, and `WrittenError`.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(_HEAD)
            if b"\0" not in data:
                data += stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        raise WrittenError("is a folder; name a file") from None
    except OSError as error:
        raise WrittenError(f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise WrittenError("cannot be read: it is no valid path") from None
    if len(data) > MOST_BYTES:
        raise WrittenError(f"is larger than {MOST_BYTES // 2**20} MiB; name another file, or divide it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WrittenError(f"is not UTF-8 text (line {line}); save it as UTF-8") from None
    if "\0" in text:
        raise WrittenError("is no text: it holds null characters; name another file")
    return text


def is_waiting(file: str | os.PathLike[str]) -> bool:
    """Whether to open `file` would wait for another process: a pipe in a folder has no writer that anyone promised."""
    try:
        mode = os.stat(file).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
