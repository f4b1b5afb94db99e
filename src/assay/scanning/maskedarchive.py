"""A masked copy of an archive, or of a compressed file: the same members in the same order, nested ones too, each masked by itself.

What no scan reads of an archive is not passed on: comments, extra fields, names of owners.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from assay.errors import LimitError, ReadError
from assay.formats import Kind, sniff
from assay.formats.archive import TAR_ERRORS, ZIP_ERRORS, head_of, join, plain_name
from assay.formats.decompress import decompressed
from assay.formats.parts import Member, Unread, Within
from assay.formats.streams import Budget, Complete, Limited, Rest, Watched
from assay.formats.windows import Readable

ARCHIVES = frozenset({Kind.ZIP, Kind.TAR, Kind.SEVENZIP, Kind.GZIP, Kind.BZIP2, Kind.XZ, Kind.ZSTD})
"""Of what copies are made, member by member."""

_PIECE = 1024 * 1024
_LINK = 0xA
_WRITTEN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_LARGE = 1 << 31
_LONGEST = 4096
_SIGNED = re.compile(r"META-INF/[^/]+\.(?:SF|RSA|DSA|EC)", re.IGNORECASE)
_EARLIEST = (1980, 1, 1, 0, 0, 0)

MaskedOf = Callable[[Readable, Kind, str, str], IO[bytes]]
"""What stands in the copy for a file of that kind, name and path: its content, which can be read at random. Raises `ReadError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """How an archive is written anew: what stands there for each file, and how names are shown. `left` is told of a file at a path that
    its copy is without, and why; `spool` gives files without a name, in which nested archives are kept meanwhile."""

    masked: MaskedOf
    left: Callable[[str, ReadError], None]
    named: Callable[[str], str]
    spool: Callable[[], IO[bytes]]
    budget: Budget

    def path(self, path: str) -> str:
        """A path as it may be told: each of its names may be a value."""
        return "/".join(step if step in ("", ".", "..") else self.named(step) for step in path.split("/"))


def copy_archive(
    source: IO[bytes], target: IO[bytes], kind: Kind, name: str, how: Rewriting, *, path: str = "", depth: int = 1
) -> int:
    """Copies the archive of that kind and name, which lies at a path within the outermost one, and tells how many files its
    copy has. Raises `ReadError` for one that cannot be read to its end, or cannot be written."""
    source.seek(0)
    copy = _Copy(how, path, depth)
    if kind is Kind.ZIP:
        kept = copy.zip(source, target)
    elif kind is Kind.TAR:
        kept = copy.tar(source, target)
    elif kind is Kind.SEVENZIP:
        kept = copy.sevenzip(source, target)
    else:
        kept = copy.compressed(source, target, kind, name)
    if copy.lost and not kept:
        raise ReadError("not copied", "of nothing in it a copy can be made")
    return kept


class _Copy:
    """One archive that is written anew."""

    def __init__(self, how: Rewriting, path: str, depth: int) -> None:
        self._how = how
        self._path = path
        self._depth = depth
        self.lost = 0

    def zip(self, source: IO[bytes], target: IO[bytes]) -> int:
        """A zip (APPNOTE 6.3.10)."""
        kept = 0
        try:
            with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as copy:
                entries = archive.infolist()
                self._judge(entries)
                for entry in entries:
                    self._how.budget.member(join(self._path, entry.filename))
                    kept += self._entry(archive, entry, copy)
        except (*ZIP_ERRORS, NotImplementedError) as error:
            raise _broken(error) from None
        return kept

    def _judge(self, entries: list[zipfile.ZipInfo]) -> None:
        names = [entry.filename for entry in entries]
        if len(set(names)) < len(names):
            raise ReadError("not copied", "has members of one name")
        if min((entry.header_offset for entry in entries), default=0):
            raise ReadError("not copied", "begins with a program that unpacks it; unpack it, and scan what it holds")
        if any(_SIGNED.fullmatch(name) for name in names):
            raise ReadError("not copied", "is signed; its copy would not be what was signed")

    def _entry(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, copy: zipfile.ZipFile) -> int:
        made = zipfile.ZipInfo(self._how.path(entry.filename), max(entry.date_time, _EARLIEST))
        made.compress_type = entry.compress_type if entry.compress_type in _WRITTEN else zipfile.ZIP_DEFLATED
        made.external_attr, made.create_system = entry.external_attr, entry.create_system
        if entry.filename.endswith("/"):
            copy.writestr(made, b"")
            return 0
        if entry.external_attr >> 28 == _LINK and not entry.flag_bits & 1:
            with archive.open(entry) as link:
                leads = link.read(_LONGEST).decode("utf-8", "surrogateescape")
            copy.writestr(made, self._how.path(leads).encode("utf-8", "surrogateescape"))
            return 0
        with self._opened(archive, entry) as stream, self._file(stream, entry.filename) as content:
            if content is None:
                return 0
            with copy.open(made, "w", force_zip64=_size(content) >= _LARGE) as written:
                _pass_on(content, written)
        return 1

    def _opened(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Any:
        full = join(self._path, entry.filename)
        if entry.flag_bits & 1:
            return closing(_Unreadable(ReadError("encrypted", "needs a password")))
        try:
            opened = archive.open(entry)
        except NotImplementedError:
            return closing(_Unreadable(ReadError("unsupported format", "is compressed by a method that is not known")))
        return Limited(opened, full, self._how.budget, ZIP_ERRORS)

    def tar(self, source: Readable, target: IO[bytes]) -> int:
        """A tar (POSIX ustar and pax), read to its end mark."""
        watched = Watched(source)
        kept = 0
        gone: set[str] = set()
        try:
            with (
                tarfile.open(fileobj=cast("IO[bytes]", watched), mode="r|", errorlevel=0) as archive,
                tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as copy,
            ):
                while (entry := archive.next()) is not None:
                    self._how.budget.member(join(self._path, entry.name))
                    made = self._header(entry)
                    opened = archive.extractfile(entry) if entry.isreg() else None
                    if opened is None:
                        # A hard link to what is left out would lead nowhere.
                        if not (entry.islnk() and entry.linkname in gone):
                            copy.addfile(made)
                        continue
                    full = join(self._path, entry.name)
                    limited = Limited(cast("Readable", opened), full, self._how.budget, TAR_ERRORS, unpacks=False)
                    with self._file(Complete(limited, entry.size, full), entry.name) as content:
                        if content is None:
                            gone.add(entry.name)
                            continue
                        made.size = _size(content)
                        copy.addfile(made, content)
                        kept += 1
                if not watched.complete(archive.offset):
                    raise watched.error or ReadError("not copied", "ends without its end mark")
        except ReadError:
            raise
        except TAR_ERRORS as error:
            raise watched.error or _broken(error) from None
        return kept

    def _header(self, entry: tarfile.TarInfo) -> tarfile.TarInfo:
        made = tarfile.TarInfo(self._how.path(entry.name))
        made.type = tarfile.REGTYPE if entry.isreg() else entry.type
        made.mode, made.mtime, made.uid, made.gid = entry.mode, entry.mtime, entry.uid, entry.gid
        made.devmajor, made.devminor = entry.devmajor, entry.devminor
        made.linkname = self._how.path(entry.linkname)
        return made

    def sevenzip(self, source: IO[bytes], target: IO[bytes]) -> int:
        """A 7z: its files, without what is said of them besides their names."""
        import py7zr  # only where there is one

        from assay.formats.sevenzip import opened

        kept = 0
        with py7zr.SevenZipFile(target, "w") as copy:

            def entry(stream: Readable, called: str) -> Iterator[Member | Unread]:
                nonlocal kept
                full = join(self._path, called)
                self._how.budget.member(full)
                with self._file(Limited(stream, full, self._how.budget, ZIP_ERRORS), called) as content:
                    if content is not None:
                        content.seek(0)
                        copy.writef(content, self._how.path(called))
                        kept += 1
                yield from ()

            within = Within("", self._path, self._depth, self._how.budget, entry)
            for unread in opened(source, within):
                if isinstance(unread, Unread):
                    raise unread.error
        return kept

    def compressed(self, source: IO[bytes], target: IO[bytes], kind: Kind, name: str) -> int:
        """One compressed stream: a file, or a tar whose members then seem to lie in the compressed file itself."""
        called = plain_name(name, kind)
        inner = Limited(decompressed(source, kind), self._path or name, self._how.budget, (OSError,))
        head, error = head_of(inner)
        rest = Rest(head, inner, error)
        with self._how.spool() as made:
            if sniff(head, called) is Kind.TAR:
                inner.is_file = False
                kept = self.tar(rest, made)
            else:
                with self._file(rest, called, head=(head, sniff(head, called))) as content:
                    kept = int(content is not None)
                    if content is not None:
                        _pass_on(content, made)
            made.seek(0)
            with _compressing(target, kind) as written:
                _pass_on(made, written)
        return kept

    @contextmanager
    def _file(self, stream: Readable, name: str, head: tuple[bytes, Kind] | None = None) -> Iterator[IO[bytes] | None]:
        """What stands there for a file: the copy of what is an archive itself, what `masked` has of all else; `None` where it is left out."""
        full = join(self._path, name)
        try:
            if head is None:
                begin, error = head_of(stream)
                kind = sniff(begin, name)
                stream = Rest(begin, stream, error)
            else:
                kind = head[1]
            content = (
                self._nested(stream, kind, name, full)
                if kind in ARCHIVES
                else self._how.masked(stream, kind, name, full)
            )
        except ReadError as error:
            if self._how.budget.broken is not None:
                raise
            self.lost += 1
            self._how.left(full, error)
            yield None
            return
        with content:
            yield content

    def _nested(self, stream: Readable, kind: Kind, name: str, path: str) -> IO[bytes]:
        most = self._how.budget.limits.depth
        if self._depth >= most:
            raise LimitError("nesting", f"is nested more than {most} deep")
        made = self._how.spool()
        try:
            with self._how.spool() as whole:
                while piece := stream.read(_PIECE):
                    whole.write(piece)
                copy_archive(whole, made, kind, name, self._how, path=path, depth=self._depth + 1)
        except BaseException:
            made.close()
            raise
        return made


class _Unreadable(io.RawIOBase):
    """A file that cannot be read, and why."""

    def __init__(self, error: ReadError) -> None:
        super().__init__()
        self._error = error

    def read(self, _size: int = -1, /) -> bytes:
        raise self._error


def _broken(error: BaseException) -> BaseException:
    """Why an archive is not written; what is no fault of it stays what it is."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return ReadError("not copied", f"its members could not be read again: {type(error).__name__}")


def _size(content: IO[bytes]) -> int:
    size = content.seek(0, 2)
    content.seek(0)
    return size


def _pass_on(source: IO[bytes], target: Any) -> None:
    source.seek(0)
    while piece := source.read(_PIECE):
        target.write(piece)


def _compressing(target: IO[bytes], kind: Kind) -> Any:
    if kind is Kind.GZIP:
        # Without a name or a time, which are those of the original.
        return gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0)
    if kind is Kind.BZIP2:
        return bz2.BZ2File(target, "wb")
    if kind is Kind.XZ:
        return lzma.LZMAFile(target, "wb")
    import zstandard  # as for reading

    return zstandard.ZstdCompressor(write_checksum=True).stream_writer(target, closefd=False)
