"""Archives and compressed files, nested: their members as streams, within limits, never extracted to disk.

Members are read in order and once. Only a zip that comes as a stream (in another archive) is spooled, in memory up to
8 MiB and beyond that in a nameless temporary file. Formats: APPNOTE 6.3.10 (zip), POSIX ustar and pax (tar).
"""

from __future__ import annotations

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, cast

from assay.errors import LimitError, ReadError
from assay.formats.decompress import decompressed
from assay.formats.kinds import Kind, is_readable_picture
from assay.formats.parts import Member, Opened, Unread, Within, at_random
from assay.formats.salvage import Part, salvage
from assay.formats.sniff import sniff, zip_entry
from assay.formats.streams import Budget, Complete, Limited, Limits, Rest, Watched, corrupt
from assay.formats.windows import Readable

_HEAD = 64 * 1024
ZIP_ERRORS = (
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
"""What reading a zip may raise, whatever is in it."""
TAR_ERRORS = (tarfile.TarError, OSError, EOFError, ValueError, IndexError, OverflowError, struct.error)
"""The same of a tar."""
_SUFFIXES = {
    Kind.GZIP: (".gz", ".gzip", ".z"),
    Kind.BZIP2: (".bz2", ".bz"),
    Kind.XZ: (".xz",),
    Kind.ZSTD: (".zst", ".zstd"),
}
_TAR_SHORT = {Kind.GZIP: ".tgz", Kind.BZIP2: ".tbz2", Kind.XZ: ".txz", Kind.ZSTD: ".tzst"}


def members(
    stream: Readable, kind: Kind, name: str = "", *, limits: Limits | None = None, size: int | None = None
) -> Iterator[Member | Unread]:
    """The files in the container `stream` of `kind`, those in nested containers included; nothing is raised.

    `name` is the container's own file name, from which a compressed file's content is named; `size` its length in
    bytes, where known. What cannot be read is an `Unread`, and the rest goes on. Reading a member's stream raises
    `ReadError` where it is damaged, and `LimitError` where it passes a limit.
    """
    budget = Budget(limits or Limits(), size)
    try:
        yield from _open(budget.source(stream), kind, name, "", 1, budget)
    except LimitError as error:
        yield Unread("", error)


def _open(stream: Readable, kind: Kind, name: str, path: str, depth: int, budget: Budget) -> Iterator[Member | Unread]:
    """Members of one container; `path` is its own, empty for the outermost."""
    if kind is Kind.ZIP:
        yield from _zip(stream, name, path, depth, budget)
    elif kind is Kind.TAR:
        yield from _tar(stream, path, depth, budget)
    elif kind.is_compressed:
        inner = Limited(decompressed(stream, kind), path or name, budget, (OSError,))
        yield from _content(inner, kind, name, path, depth, budget)
    elif kind.is_document or kind in (Kind.SPREADSHEET, Kind.IMAGE):
        yield from _document(stream, kind, name, path, depth, budget)


def _document(
    stream: Readable, kind: Kind, name: str, path: str, depth: int, budget: Budget
) -> Iterator[Member | Unread]:
    """What a document holds: texts of its pages and parts, and files, which are opened as members of archives are.

    Of a workbook that is what it holds besides its cells.
    """

    def entry(file: Readable, called: str) -> Opened:
        # `within` holds this function, which therefore must not hold it: nobody looks for such circles for a long time.
        full = join(path, called)
        budget.member(full)
        return _entry(Limited(file, full, budget, ZIP_ERRORS), called, path, depth, budget)

    within = Within(name, path, depth, budget, entry)
    from assay.formats.unfold import STREAMED, reader_of  # only where there is a document

    if kind in STREAMED:
        yield from reader_of(kind)(stream, within)
        return
    with at_random(stream, path) as (source, unread):
        if unread is not None:
            yield unread
        if source is not None:
            yield from reader_of(kind)(source, within)


def _content(
    stream: Limited, kind: Kind, name: str, path: str, depth: int, budget: Budget
) -> Iterator[Member | Unread]:
    """What a compressed stream holds: a file, or a tar whose members then seem to lie in the compressed file itself."""
    inner_name = plain_name(name, kind)
    head, error = head_of(stream)
    if not head and error is not None:
        yield Unread(path, error)
        return
    inner = sniff(head, inner_name)
    rest = Rest(head, stream, error)
    if inner is Kind.TAR:
        stream.is_file = False
        yield from _tar(rest, path, depth, budget)
        return
    yield from _member(rest, head, inner, inner_name, join(path, inner_name), depth, budget)


def plain_name(name: str, kind: Kind) -> str:
    """What the content of a compressed file of that name is called."""
    base = name.rsplit("/", 1)[-1]
    lower = base.lower()
    for suffix in _SUFFIXES[kind]:
        if lower.endswith(suffix) and len(base) > len(suffix):
            return base[: -len(suffix)]
    short = _TAR_SHORT[kind]
    return base[: -len(short)] + ".tar" if lower.endswith(short) else base or "content"


def join(path: str, name: str) -> str:
    """The path of a member of what lies at `path`."""
    return f"{path}!/{name}" if path else name


def head_of(stream: Readable) -> tuple[bytes, ReadError | None]:
    """The beginning of a member, by which its kind is told, and the error that ended it early. Raises `LimitError`."""
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


def _member(
    rest: Rest, head: bytes, kind: Kind, name: str, path: str, depth: int, budget: Budget
) -> Iterator[Member | Unread]:
    """One file of a container: itself, or its own members if it is a container too."""
    if kind is Kind.SPREADSHEET and depth < budget.limits.depth:
        with at_random(rest, path) as (source, unread):
            if unread is not None:
                yield unread
            if source is not None:
                yield Member(path, kind, b"", source)
                yield from _document(source, kind, name, path, depth + 1, budget)
    elif kind is Kind.IMAGE and budget.limits.ocr and is_readable_picture(head):
        # A picture holds nothing else, however deep it lies.
        yield from _document(rest, kind, name, path, depth, budget)
    elif not kind.is_container:
        rest.read(len(head))
        yield Member(path, kind, head, rest)
    elif depth >= budget.limits.depth:
        detail = f"{path!r} is nested more than {budget.limits.depth} deep; raise the setting max_depth to read on"
        yield Unread(path, LimitError("nesting", detail))
    else:
        yield from _open(rest, kind, name, path, depth + 1, budget)


def _entry(stream: Readable, name: str, path: str, depth: int, budget: Budget) -> Iterator[Member | Unread]:
    """A member of a zip or tar, from its stream."""
    full = join(path, name)
    try:
        head, error = head_of(stream)
    except LimitError as limit:
        yield Unread(full, limit)
        return
    if not head and error is not None:
        yield Unread(full, error)
        return
    kind = sniff(head, name)
    yield from _member(Rest(head, stream, error), head, kind, name, full, depth, budget)


def _zip(stream: Readable, name: str, path: str, depth: int, budget: Budget) -> Iterator[Member | Unread]:
    with at_random(stream, path) as (source, unread):
        if unread is not None:
            yield unread
        if source is None:
            return
        try:
            archive = zipfile.ZipFile(source)
            entries = archive.infolist()
        except (*ZIP_ERRORS, NotImplementedError) as error:
            source.seek(0)
            yield from _script(source, zip_entry(source.read(_HEAD)), name, path)
            for inner_name, part in salvage(source):
                budget.member(join(path, inner_name))
                inner = Limited(part, join(path, inner_name), budget, ZIP_ERRORS)
                yield from _entry(inner, inner_name, path, depth, budget)
            yield Unread(path, corrupt(path, error))
            return
        yield from _script(source, min((entry.header_offset for entry in entries), default=0), name, path)
        with archive:
            for entry in entries:
                if entry.filename.endswith("/") or entry.external_attr >> 28 == 0xA:
                    continue
                budget.member(join(path, entry.filename))
                yield from _zip_entry(archive, entry, path, depth, budget)
                if budget.broken is not None:
                    return


def _script(source: IO[bytes], length: int, name: str, path: str) -> Iterator[Member]:
    """The text that stands before a zip's first entry: it is what the file itself says."""
    if length <= 0:
        return
    part = Part(source, 0, length)
    head = part.read(_HEAD)
    kind = sniff(head, name)
    if kind.is_text:
        yield Member(path, kind, head, part)


def _zip_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, depth: int, budget: Budget
) -> Iterator[Member | Unread]:
    full = join(path, entry.filename)
    if entry.flag_bits & 0x1:
        yield Unread(full, ReadError("encrypted", f"{full!r} needs a password; decrypt it and scan the result"))
        return
    try:
        opened = archive.open(entry)
    except NotImplementedError:
        detail = f"{full!r} has the unsupported compression method {entry.compress_type}; unpack it and scan the result"
        yield Unread(full, ReadError("unsupported format", detail))
        return
    except ZIP_ERRORS as error:
        yield Unread(full, corrupt(full, error))
        return
    with opened:
        yield from _entry(Limited(opened, full, budget, ZIP_ERRORS), entry.filename, path, depth, budget)


def _tar(stream: Readable, path: str, depth: int, budget: Budget) -> Iterator[Member | Unread]:
    watched = Watched(stream)
    try:
        archive = tarfile.open(fileobj=cast("IO[bytes]", watched), mode="r|", bufsize=_HEAD, errorlevel=0)  # noqa: SIM115
    except ReadError as error:
        yield Unread(path, error)
        return
    except TAR_ERRORS as error:
        yield Unread(path, watched.error or corrupt(path, error))
        return
    with archive:
        while True:
            try:
                entry = archive.next()
                if entry is None:
                    break
                budget.member(join(path, entry.name))
                opened = archive.extractfile(entry) if entry.isreg() else None
            except LimitError:
                raise
            except ReadError as error:
                yield Unread(path, error)
                return
            except TAR_ERRORS as error:
                yield Unread(path, watched.error or corrupt(path, error))
                return
            if opened is not None:
                full = join(path, entry.name)
                limited = Limited(cast("Readable", opened), full, budget, TAR_ERRORS, unpacks=False)
                yield from _entry(Complete(limited, entry.size, full), entry.name, path, depth, budget)
                if budget.broken is not None:
                    return
        if not watched.complete(archive.offset):
            detail = (
                f"{path or 'the archive'!r} ends without its end mark; members may be missing: restore it from a copy"
            )
            yield Unread(path, watched.error or ReadError("corrupt", detail))
