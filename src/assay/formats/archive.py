"""Archives and compressed files, nested: their members as streams, within limits, never extracted to disk.

Members are read in order and once. Only a zip that comes as a stream (in another archive) is spooled, in memory up to
8 MiB and beyond that in a nameless temporary file. Formats: APPNOTE 6.3.10 (zip), POSIX ustar and pax (tar).
"""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, NamedTuple, cast

from assay.errors import LimitError, ReadError
from assay.formats.decompress import decompressed
from assay.formats.kinds import Kind
from assay.formats.salvage import salvage
from assay.formats.sniff import sniff
from assay.formats.windows import Readable

_HEAD = 64 * 1024
_SPOOL = 8 * 1024 * 1024
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    IndexError,
    KeyError,
    OverflowError,
    MemoryError,
)
_TAR_ERRORS = (tarfile.TarError, OSError, EOFError, ValueError, IndexError, OverflowError, struct.error)
_SUFFIXES = {
    Kind.GZIP: (".gz", ".gzip", ".z"),
    Kind.BZIP2: (".bz2", ".bz"),
    Kind.XZ: (".xz",),
    Kind.ZSTD: (".zst", ".zstd"),
}
_TAR_SHORT = {Kind.GZIP: ".tgz", Kind.BZIP2: ".tbz2", Kind.XZ: ".txz", Kind.ZSTD: ".tzst"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may unfold to. `ratio` is checked once more than `floor` bytes have come out."""

    depth: int = 8
    ratio: int = 200
    member_bytes: int = 4 * 1024**3
    members: int = 100_000
    floor: int = 64 * 1024 * 1024


class Member(NamedTuple):
    """A file within an archive. Read `stream` before asking for the next one; `head` is its beginning, to be read first.

    `path` starts within the outermost archive, e.g. `inner/b.csv` or `more.zip!/inner/b.csv`.
    """

    path: str
    kind: Kind
    head: bytes
    stream: Readable


class Unread(NamedTuple):
    """A member, or the rest of an archive, that could not be read. `path` is empty for the outermost archive itself."""

    path: str
    error: ReadError


def members(
    stream: Readable, kind: Kind, name: str = "", *, limits: Limits | None = None, size: int | None = None
) -> Iterator[Member | Unread]:
    """The files in the container `stream` of `kind`, those in nested containers included; nothing is raised.

    `name` is the container's own file name, from which a compressed file's content is named; `size` its length in bytes,
    where known. What cannot be read is an `Unread`, and the rest goes on. Reading a member's stream raises `ReadError`
    where it is damaged, and `LimitError` where it passes a limit.
    """
    budget = _Budget(limits or Limits(), size)
    try:
        yield from _open(budget.source(stream), kind, name, "", 1, budget)
    except LimitError as error:
        yield Unread("", error)


class _Budget:
    """What has been read of the outermost file and what came out of it."""

    def __init__(self, limits: Limits, size: int | None) -> None:
        self.limits = limits
        self.size = size
        self.read = 0
        self.made = 0
        self.count = 0
        self.broken: LimitError | None = None

    def source(self, stream: Readable) -> Readable:
        return _Counted(stream, self) if self.size is None and not _seekable(stream) else stream

    def member(self, path: str) -> None:
        self.count += 1
        if self.count > self.limits.members:
            self.fail(
                "too many members", f"more than {self.limits.members} members, at {path!r}; raise the limit to read on"
            )

    def made_bytes(self, count: int, path: str, *, whole: int) -> None:
        """`count` more bytes came out; `whole` is how many the member at `path` has by now."""
        limits = self.limits
        self.made += count
        if whole > limits.member_bytes:
            self.fail(
                "member too large",
                f"{path!r} holds more than {limits.member_bytes} bytes; raise the limit to read on",
                stop=False,
            )
        base = self.size if self.size is not None else self.read
        if self.made > limits.floor and base and self.made > limits.ratio * base:
            self.fail(
                "compression ratio",
                f"{self.made} bytes came out of {base} (more than {limits.ratio} to 1), at {path!r}; raise the limit to read on",
            )

    def fail(self, reason: str, detail: str, *, stop: bool = True) -> None:
        error = LimitError(reason, detail)
        if stop:
            self.broken = error
        raise error


class _Counted(io.RawIOBase):
    def __init__(self, stream: Readable, budget: _Budget) -> None:
        super().__init__()
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._budget.read += len(data)
        return data


class _Limited(io.RawIOBase):
    """A member's bytes, counted against the budget, the errors of its container turned into ours."""

    def __init__(
        self, stream: Readable, path: str, budget: _Budget, errors: tuple[type[Exception], ...], *, unpacks: bool = True
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
            return b"".join(iter(lambda: self.read(_HEAD), b""))
        try:
            data = self._stream.read(size)
        except ReadError:
            raise
        except self._errors as error:
            raise _corrupt(self._path, error, self._whole) from error
        self._whole += len(data)
        self._budget.made_bytes(len(data) * self._unpacks, self._path, whole=self._whole * self.is_file)
        return data


def _corrupt(path: str, error: Exception, after: int | None = None) -> ReadError:
    where = f"{path!r}" if path else "the archive"
    place = "" if after is None else f" after {after} bytes"
    return ReadError(
        "corrupt", f"{where} is damaged or cut short{place} ({type(error).__name__}); restore it from a copy"
    )


def _seekable(stream: Readable) -> bool:
    seekable = getattr(stream, "seekable", None)
    return bool(seekable and seekable())


def _open(stream: Readable, kind: Kind, name: str, path: str, depth: int, budget: _Budget) -> Iterator[Member | Unread]:
    """Members of one container; `path` is its own, empty for the outermost."""
    if kind is Kind.ZIP:
        yield from _zip(stream, path, depth, budget)
    elif kind is Kind.TAR:
        yield from _tar(stream, path, depth, budget)
    elif kind.is_compressed:
        inner = _Limited(decompressed(stream, kind), path or name, budget, (OSError,))
        yield from _content(inner, kind, name, path, depth, budget)


def _content(
    stream: _Limited, kind: Kind, name: str, path: str, depth: int, budget: _Budget
) -> Iterator[Member | Unread]:
    """What one compressed stream holds: a file, or a tar whose members then seem to lie in the compressed file itself."""
    inner_name = _plain_name(name, kind)
    head, error = _head(stream)
    if not head and error is not None:
        yield Unread(path, error)
        return
    inner = sniff(head, inner_name)
    rest = _Rest(head, stream, error)
    if inner is Kind.TAR:
        stream.is_file = False
        yield from _tar(rest, path, depth, budget)
        return
    yield from _member(rest, head, inner, inner_name, _join(path, inner_name), depth, budget)


def _plain_name(name: str, kind: Kind) -> str:
    base = name.rsplit("/", 1)[-1]
    lower = base.lower()
    for suffix in _SUFFIXES[kind]:
        if lower.endswith(suffix) and len(base) > len(suffix):
            return base[: -len(suffix)]
    short = _TAR_SHORT[kind]
    return base[: -len(short)] + ".tar" if lower.endswith(short) else base or "content"


def _join(path: str, name: str) -> str:
    return f"{path}!/{name}" if path else name


def _head(stream: Readable) -> tuple[bytes, ReadError | None]:
    pieces = []
    have = 0
    try:
        while have < _HEAD:
            piece = stream.read(_HEAD - have)
            if not piece:
                break
            pieces.append(piece)
            have += len(piece)
    except LimitError:
        raise
    except ReadError as error:
        return b"".join(pieces), error
    return b"".join(pieces), None


class _Rest(io.RawIOBase):
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


def _member(
    rest: _Rest, head: bytes, kind: Kind, name: str, path: str, depth: int, budget: _Budget
) -> Iterator[Member | Unread]:
    """One file of a container: itself, or its own members if it is a container too."""
    if not kind.is_container:
        rest.read(len(head))
        yield Member(path, kind, head, rest)
    elif depth >= budget.limits.depth:
        detail = f"{path!r} is nested more than {budget.limits.depth} deep; raise the limit to read on"
        yield Unread(path, LimitError("nesting", detail))
    else:
        yield from _open(rest, kind, name, path, depth + 1, budget)


def _entry(stream: Readable, name: str, path: str, depth: int, budget: _Budget) -> Iterator[Member | Unread]:
    """A member of a zip or tar, from its stream."""
    full = _join(path, name)
    try:
        head, error = _head(stream)
    except LimitError as limit:
        yield Unread(full, limit)
        return
    if not head and error is not None:
        yield Unread(full, error)
        return
    kind = sniff(head, name)
    yield from _member(_Rest(head, stream, error), head, kind, name, full, depth, budget)


def _zip(stream: Readable, path: str, depth: int, budget: _Budget) -> Iterator[Member | Unread]:
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        source: IO[bytes]
        if _seekable(stream):
            source = cast("IO[bytes]", stream)
        else:
            source = cast("IO[bytes]", spool)
            try:
                while piece := stream.read(_HEAD):
                    spool.write(piece)
            except LimitError as error:
                yield Unread(path, error)
                return
            except ReadError as error:
                # What arrived is still searched for members.
                yield Unread(path, error)
            spool.seek(0)
        try:
            archive = zipfile.ZipFile(source)
            entries = archive.infolist()
        except (*_ZIP_ERRORS, NotImplementedError) as error:
            source.seek(0)
            for name, part in salvage(source):
                budget.member(_join(path, name))
                inner = _Limited(part, _join(path, name), budget, _ZIP_ERRORS)
                yield from _entry(inner, name, path, depth, budget)
            yield Unread(path, _corrupt(path, error))
            return
        with archive:
            for entry in entries:
                if entry.is_dir() or entry.external_attr >> 28 == 0xA:
                    continue
                budget.member(_join(path, entry.filename))
                yield from _zip_entry(archive, entry, path, depth, budget)
                if budget.broken is not None:
                    return


def _zip_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, depth: int, budget: _Budget
) -> Iterator[Member | Unread]:
    full = _join(path, entry.filename)
    if entry.flag_bits & 0x1:
        yield Unread(full, ReadError("encrypted", f"{full!r} needs a password; decrypt it and scan the result"))
        return
    try:
        opened = archive.open(entry)
    except NotImplementedError:
        detail = f"{full!r} is compressed by method {entry.compress_type}, which is not supported; unpack it and scan the result"
        yield Unread(full, ReadError("unsupported format", detail))
        return
    except _ZIP_ERRORS as error:
        yield Unread(full, _corrupt(full, error))
        return
    with opened:
        yield from _entry(_Limited(opened, full, budget, _ZIP_ERRORS), entry.filename, path, depth, budget)


def _tar(stream: Readable, path: str, depth: int, budget: _Budget) -> Iterator[Member | Unread]:
    watched = _Watched(stream)
    try:
        archive = tarfile.open(fileobj=cast("IO[bytes]", watched), mode="r|", bufsize=_HEAD, errorlevel=0)  # noqa: SIM115
    except ReadError as error:
        yield Unread(path, error)
        return
    except _TAR_ERRORS as error:
        yield Unread(path, watched.error or _corrupt(path, error))
        return
    with archive:
        while True:
            try:
                entry = archive.next()
                if entry is None:
                    break
                budget.member(_join(path, entry.name))
                opened = archive.extractfile(entry) if entry.isreg() else None
            except LimitError:
                raise
            except ReadError as error:
                yield Unread(path, error)
                return
            except _TAR_ERRORS as error:
                yield Unread(path, watched.error or _corrupt(path, error))
                return
            if opened is not None:
                full = _join(path, entry.name)
                limited = _Limited(cast("Readable", opened), full, budget, _TAR_ERRORS, unpacks=False)
                yield from _entry(_Complete(limited, entry.size, full), entry.name, path, depth, budget)
                if budget.broken is not None:
                    return
        if not watched.complete(archive.offset):
            detail = (
                f"{path or 'the archive'!r} ends without its end mark; members may be missing: restore it from a copy"
            )
            yield Unread(path, watched.error or ReadError("corrupt", detail))


class _Complete(io.RawIOBase):
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


class _Watched(io.RawIOBase):
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
