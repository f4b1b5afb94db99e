"""The streams between an archive and what reads its members: counted, limited, watched."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from assay.errors import LimitError, ReadError
from assay.formats.windows import Readable

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may unfold to. `ratio` is checked once more than `floor` bytes have come out.

    `ocr` are the languages in which pictures are read, as tesseract names them (`deu+eng`); without, they are left out.
    """

    depth: int = 8
    ratio: int = 200
    member_bytes: int = 4 * 1024**3
    members: int = 100_000
    floor: int = 64 * 1024 * 1024
    ocr: str = ""


_BYTES_A_MEMBER = 4096
"""A large file may have more members than `Limits.members`: a mailbox of 2 GB has some hundred thousand files attached. Its
own size pays for them, so that what a small one unfolds to stays bounded."""


class Budget:
    """What has been read of the outermost file and what came out of it."""

    def __init__(self, limits: Limits, size: int | None) -> None:
        self.limits = limits
        self.size = size
        self.read = 0
        self.made = 0
        self.count = 0
        self.broken: LimitError | None = None

    def source(self, stream: Readable) -> Readable:
        return Counted(stream, self) if self.size is None and not seekable(stream) else stream

    def member(self, path: str) -> None:
        self.count += 1
        if self.count <= self.limits.members:
            return
        most = max(self.limits.members, (self.size if self.size is not None else self.read) // _BYTES_A_MEMBER)
        if self.count > most:
            self.fail("too many members", f"more than {most:,} members, at {path!r}; unpack it to have all of it read")

    def made_bytes(self, count: int, path: str, *, whole: int) -> None:
        """`count` more bytes came out; `whole` is how many the member at `path` has by now."""
        limits = self.limits
        self.made += count
        if whole > limits.member_bytes:
            self.fail(
                "member too large",
                f"{path!r} holds more than {limits.member_bytes:,} bytes; raise the setting max_member_bytes to read on",
                stop=False,
            )
        base = self.size if self.size is not None else self.read
        if self.made > limits.floor and base and self.made > limits.ratio * base:
            self.fail(
                "compression ratio",
                f"{self.made:,} bytes came out of {base:,} (more than {limits.ratio} to 1), at {path!r}; "
                "raise the setting max_ratio to read on",
            )

    def fail(self, reason: str, detail: str, *, stop: bool = True) -> None:
        error = LimitError(reason, detail)
        if stop:
            self.broken = error
        raise error


class Counted(io.RawIOBase):
    """The outermost stream; what is read of it is the base of the ratio."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        super().__init__()
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._budget.read += len(data)
        return data


class Limited(io.RawIOBase):
    """A member's bytes, counted against the budget, the errors of its container turned into ours."""

    def __init__(
        self, stream: Readable, path: str, budget: Budget, errors: tuple[type[Exception], ...], *, unpacks: bool = True
    ) -> None:
        super().__init__()
        self._stream = stream
        self._path = path
        self._budget = budget
        self._errors = errors
        self._whole = 0
        self._unpacks = unpacks
        self.is_file = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        if self._budget.broken is not None:
            raise self._budget.broken
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        try:
            data = self._stream.read(size)
        except ReadError:
            raise
        except self._errors as error:
            raise corrupt(self._path, error, self._whole) from error
        self._whole += len(data)
        self._budget.made_bytes(len(data) * self._unpacks, self._path, whole=self._whole * self.is_file)
        return data


def corrupt(path: str, error: Exception, after: int | None = None) -> ReadError:
    """The error of a damaged member (or of the archive itself: an empty path)."""
    where = f"{path!r}" if path else "the archive"
    place = "" if after is None else f" after {after} bytes"
    return ReadError(
        "corrupt", f"{where} is damaged or cut short{place} ({type(error).__name__}); restore it from a copy"
    )


def seekable(stream: Readable) -> bool:
    """Whether a stream can be read at random."""
    asked = getattr(stream, "seekable", None)
    return bool(asked and asked())


class Rest(io.RawIOBase):
    """A stream whose head was read already; the error that ended the head comes after it."""

    def __init__(self, head: bytes, stream: Readable, error: ReadError | None) -> None:
        super().__init__()
        self._head = head
        self._stream = stream
        self._error = error

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._head:
            if size is None or size < 0:
                size = len(self._head)
            data, self._head = self._head[:size], self._head[size:]
            return data
        if self._error is not None:
            raise self._error
        return self._stream.read(size)


class Complete(io.RawIOBase):
    """A member that must have as many bytes as its header says."""

    def __init__(self, stream: Readable, size: int, path: str) -> None:
        super().__init__()
        self._stream = stream
        self._left = size
        self._size = size
        self._path = path

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if not data and size and self._left > 0:
            detail = (
                f"{self._path!r} has {self._size - self._left} of {self._size} bytes; restore the archive from a copy"
            )
            raise ReadError("corrupt", detail)
        return data


class Watched(io.RawIOBase):
    """Remembers the error that ended a stream (tarfile takes it for a plain end) and the last bytes."""

    def __init__(self, stream: Readable) -> None:
        super().__init__()
        self._stream = stream
        self.error: ReadError | None = None
        self._count = 0
        self._tail = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        try:
            data = self._stream.read(size)
        except ReadError as error:
            self.error = error
            raise
        self._count += len(data)
        self._tail = (self._tail + data)[-1024:]
        return data

    def complete(self, offset: int) -> bool:
        """Whether the archive's end mark, two blocks of zeros, was seen: the stream ran on to it."""
        return self.error is None and self._count >= offset and not self._tail.strip(b"\0") and bool(self._tail)
