"""Small text files that people write: settings, allow lists, identifiers."""

from __future__ import annotations

import os
import select
import stat
import time
from pathlib import Path

MOST_BYTES = 16 * 1024 * 1024
_HEAD = 4096
_PIECE = 64 * 1024
_PATIENCE = 2.0
_TICK = 0.2


class WrittenError(ValueError):
    """A file that cannot be used as text; the message completes 'FILE: …'."""


def read_written(file: Path) -> str:
    """The text of `file`: UTF-8 with or without a byte order mark, at most 16 MiB.

    Raises `FileNotFoundError` where it is not there, and `WrittenError`.
    """
    try:
        if is_waiting(file):
            data = _piped(file)
        else:
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
    except WrittenError:
        raise
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


def _piped(file: Path) -> bytes:
    """What comes through a pipe, such as a shell's `<(…)`. One that no program writes to is not waited for."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    try:
        data = b""
        patience = time.monotonic() + _PATIENCE
        while len(data) <= MOST_BYTES:
            try:
                piece = os.read(descriptor, _PIECE)
            except BlockingIOError:
                # Its writer is there and takes its time; a signal is noticed between two waits.
                select.select([descriptor], [], [], _TICK)
                continue
            data += piece
            if not piece and (data or time.monotonic() > patience):
                break
            if not piece:
                time.sleep(_TICK / 4)
    finally:
        os.close(descriptor)
    if not data:
        raise WrittenError("is a pipe that nothing came through; name a file")
    return data


def is_waiting(file: str | os.PathLike[str]) -> bool:
    """Whether to open `file` would wait for another process: a pipe in a folder has no writer that anyone promised."""
    try:
        mode = os.stat(file).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
