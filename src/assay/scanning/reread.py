"""A table of a file read once more, some of its columns only."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import IO

from assay.errors import ReadError
from assay.formats import Kind, detect, sniff
from assay.formats.content import Content
from assay.formats.delimited import Dialect, sniff_dialect
from assay.formats.encoding import Transcoder
from assay.formats.tabular import BrokenTable, open_tables
from assay.model import AssetRef
from assay.scanning.document import DELIMITED_NAMES
from assay.scanning.opened import Objects, open_asset

_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
_ROWS = 8192

Columns = Sequence[Sequence[str | None]]


class OnceOnlyError(Exception):
    """A table that cannot be read again; what it says is why."""


class Again:
    """Reads some columns of a table, each time it is called. `blank` lines of the last time were no rows."""

    def __init__(self, read: Callable[[Again], Iterator[Columns]]) -> None:
        self._read = read
        self.blank = 0

    def __call__(self) -> Iterator[Columns]:
        self.blank = 0
        return self._read(self)


@contextlib.contextmanager
def opened(
    asset: AssetRef, table: str, places: Sequence[int], safe_name: Callable[[str], str], objects: Objects = ()
) -> Iterator[Again]:
    """What reads the columns at `places` (0-based) of the table of a file or an object that is shown as `table`.

    Raises `OnceOnlyError`, and `ReadError` where the file cannot be read; so does what it gives.
    """
    with open_asset(asset, objects) as stream:
        head = stream.read(_HEAD) or b""
        kind = sniff(head, asset.label)
        if kind is Kind.DELIMITED:
            yield Again(lambda again: _delimited(again, stream, head, asset.label, places))
        elif kind.is_tabular:
            content = Content(path=asset.path) if asset.path is not None else Content(file=stream)
            yield Again(lambda _: _tabular(kind, content, asset.label, table, places, safe_name))
        elif kind.is_container:
            raise OnceOnlyError("tables within archives and compressed files are read once; unpack it")
        else:
            raise OnceOnlyError(f"{kind} is read once")


def _delimited(again: Again, stream: IO[bytes], head: bytes, path: str, places: Sequence[int]) -> Iterator[Columns]:
    encoding = detect(head)
    first = Transcoder(encoding).feed(head)
    dialect = sniff_dialect(first, named=path.lower().endswith(DELIMITED_NAMES))
    if dialect is None:
        raise OnceOnlyError("it is no table any more: it was changed while it was read")
    stream.seek(0)
    rows = csv.reader(_lines(stream, Transcoder(encoding)), delimiter=dialect.delimiter)
    try:
        yield from _columns(again, rows, dialect, places)
    except csv.Error as error:
        raise OnceOnlyError("it has values too long to be compared, or line ends within them without quotes") from error


def _lines(stream: IO[bytes], transcoder: Transcoder) -> Iterator[str]:
    """Lines as the reader of CSV wants them, whose cells may hold line ends."""
    rest = ""
    while raw := stream.read(_CHUNK):
        text = rest + transcoder.feed(raw).decode("utf-8", "replace")
        cut = text.rfind("\n") + 1
        yield from io.StringIO(text[:cut], newline="\n")
        rest = text[cut:]
    yield from io.StringIO(rest + transcoder.feed(b"", final=True).decode("utf-8", "replace"), newline="\n")


def _columns(again: Again, rows: Iterator[list[str]], dialect: Dialect, places: Sequence[int]) -> Iterator[Columns]:
    for _ in range(dialect.preamble + (dialect.header is not None)):
        next(rows, None)
    while some := list(islice(rows, _ROWS)):
        # A line without anything is nobody; a row that is shorter than others has no values there.
        filled = [row for row in some if row]
        again.blank += len(some) - len(filled)
        yield [[row[place] if place < len(row) else "" for row in filled] for place in places]


def _tabular(
    kind: Kind, content: Content, name: str, table: str, places: Sequence[int], safe_name: Callable[[str], str]
) -> Iterator[Columns]:
    with open_tables(kind, content, resource="", name=os.path.basename(name)) as tables:
        for found in tables:
            if isinstance(found, BrokenTable) or safe_name(found.info.table) != table:
                continue
            if max(places) >= len(found.info.columns):
                raise OnceOnlyError("some of these columns lie within documents")
            for batch in found.read():
                yield [batch.columns[place] for place in places]
            return
    raise ReadError("vanished", "the table was there when the file was read")
