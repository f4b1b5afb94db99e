"""Zip packages that documents are (ECMA-376 part 2, ODF 1.3 part 2, EPUB 3.3): their entries as streams, within limits."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from assay.errors import ReadError
from assay.formats.parts import Unread, Within
from assay.formats.salvage import salvage
from assay.formats.streams import Limited, corrupt

ERRORS = (
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


class Entry(NamedTuple):
    """A file of a package: read it before asking for the next one."""

    name: str
    stream: Limited


def entries(source: IO[bytes], within: Within) -> Iterator[Entry | Unread]:
    """Files of the package in their order; of a damaged one those that can still be told apart."""
    try:
        archive = zipfile.ZipFile(source)
        listed = archive.infolist()
    except (*ERRORS, NotImplementedError) as error:
        source.seek(0)
        for name, part in salvage(source):
            within.budget.member(within.join(name))
            yield Entry(name, Limited(part, within.join(name), within.budget, ERRORS))
        yield Unread(within.path, corrupt(within.path, error))
        return
    with archive:
        for info in listed:
            if info.filename.endswith("/"):
                continue
            path = within.join(info.filename)
            within.budget.member(path)
            if info.flag_bits & 0x1:
                yield Unread(path, ReadError("encrypted", f"{path!r} needs a password; decrypt it and scan the result"))
                continue
            try:
                opened = archive.open(info)
            except (*ERRORS, NotImplementedError) as error:
                yield Unread(path, corrupt(path, error))
                continue
            with opened:
                yield Entry(info.filename, Limited(opened, path, within.budget, ERRORS))
            if within.budget.broken is not None:
                return


def first_of(source: IO[bytes], name: str, most: int) -> bytes:
    """The beginning of one file of a package, nothing where it is not there or cannot be read."""
    try:
        with zipfile.ZipFile(source) as archive, archive.open(name) as stream:
            return stream.read(most)
    except (*ERRORS, NotImplementedError):
        return b""
