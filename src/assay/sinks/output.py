"""Where results go: a file that appears under its name only when it is whole, or a stream as it is."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import BinaryIO, NoReturn

from assay.errors import OutputError, UsageError
from assay.ports import Block
from assay.sinks.writebehind import WriteBehind

PARTIAL = ".partial"
"""How the name of an output ends until it is whole."""

_BUFFER = 1 << 16
_AT_ONCE = 1 << 20
_FLUSH_SECONDS = 0.5


class Output:
    """A byte stream that turns every failure to write into an `OutputError` that says where and what to do.

    With `target`, bytes go to `partial` beside it, and `commit` gives it its name.
    """

    def __init__(self, stream: BinaryIO, name: str, *, target: Path | None = None, partial: Path | None = None) -> None:
        self._stream = stream
        self._name = name
        self._target = target
        self._partial = partial
        self._behind = WriteBehind(stream)
        self._flushed = monotonic()
        self._failed = False

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that this output makes, so that a scan of their folder can leave them out."""
        return tuple(path for path in (self._target, self._partial) if path is not None)

    @property
    def is_terminal(self) -> bool:
        """Whether a person sees the output as it is written."""
        try:
            return self._stream.isatty()
        except ValueError:
            return False

    def write(self, data: Block) -> None:
        try:
            rest = memoryview(data)
            while rest:
                # A stream without a buffer may take a part only. The kernel takes several times as long for one large
                # write as for the same in pieces.
                taken = self._stream.write(rest[:_AT_ONCE]) or 0
                rest = rest[taken:]
                self._behind.wrote(taken)
            now = monotonic()
            if now - self._flushed > _FLUSH_SECONDS:
                # A reader of a pipe sees results while the scan goes on.
                self._flushed = now
                self._stream.flush()
        except (OSError, ValueError) as error:
            self._fail(error)

    def flush(self) -> None:
        """Has what was written so far reach its reader. Raises `OutputError`."""
        try:
            self._stream.flush()
        except (OSError, ValueError) as error:
            self._fail(error)

    def commit(self) -> None:
        """Flushes, and gives the file its name. Raises `OutputError`."""
        try:
            self._stream.flush()
            if self._target is not None and self._partial is not None:
                self._stream.close()
                self._partial.replace(self._target)
        except (OSError, ValueError) as error:
            self._fail(error)

    def abandon(self) -> str | None:
        """Gives up after an error: what was written is kept. Returns a sentence on where, if anywhere."""
        try:
            if self._partial is not None or not self._failed:
                self._stream.flush()
        except (OSError, ValueError):
            self._failed = True
        if self._partial is None:
            if self._failed:
                discard_stdout()
            return None
        try:
            self._stream.close()
        except (OSError, ValueError):
            self._failed = True
        try:
            if self._partial.stat().st_size == 0:
                self._partial.unlink()
                return None
        except OSError:
            return None
        return f"what was written until then is in {self._partial}"

    def _fail(self, error: OSError | ValueError) -> NoReturn:
        self._failed = True
        raise OutputError(f"{self._name}: {_reason(error)}") from None


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, BrokenPipeError):
        return "its reader went away before everything was written"
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOSPC:
        return "cannot be written: the disk is full; free some space, or name a file elsewhere with --output"
    if number == errno.EDQUOT:
        return "cannot be written: the disk quota is used up; name a file elsewhere with --output"
    return f"cannot be written: {os.strerror(number) if number else 'it is closed'}"


def open_output(path: str | None) -> Output:
    """The output called `path`; standard output for `None` and `-`. Raises `UsageError` where no file can be made."""
    if path is None or path == "-":
        return Output(_standard_output(), "standard output")
    if not path:
        raise UsageError("--output is empty; name a file, or - for standard output")
    target = Path(os.path.realpath(path))
    mode = None
    try:
        mode = target.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UsageError(f"--output {path}: is a folder; name a file in it")
        if not stat.S_ISREG(mode):
            return Output(target.open("wb", buffering=_BUFFER), path)
        if not os.access(target, os.W_OK):
            raise UsageError(f"--output {path}: is there already and may not be written; name another file")
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise UsageError(
                f"--output {path}: there is no folder {_shown_parent(path, target)}; make it first"
            ) from None
    except OSError as error:
        raise UsageError(f"--output {path}: cannot be used: {error.strerror}") from None
    short = os.fsencode(target.name)[:200].decode("utf-8", "ignore")
    partial = target.with_name(f".{short}.{os.getpid()}{PARTIAL}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(partial, flags, 0o666 if mode is None else mode & 0o666)
    except OSError as error:
        raise UsageError(f"--output {path}: cannot be made in {target.parent}: {error.strerror}") from None
    if mode is not None:
        with suppress(OSError):
            os.fchmod(descriptor, stat.S_IMODE(mode))  # as it would stay if the file itself were written
    return Output(os.fdopen(descriptor, "wb", buffering=_BUFFER), path, target=target, partial=partial)


def _shown_parent(path: str, target: Path) -> Path:
    return target.parent if os.path.islink(path) else Path(path).parent


def _standard_output() -> BinaryIO:
    if sys.stdout is None:
        raise UsageError("standard output is closed; name a file with --output")
    return sys.stdout.buffer


def discard_stdout() -> None:
    """Points standard output at nothing, so that the interpreter's last flush of it cannot fail a second time."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError, AttributeError):
        return
