"""What containers and documents hold: members, those that cannot be read, and texts that were taken out of a document."""

from __future__ import annotations

import contextlib
import io
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, NamedTuple, cast

from assay.errors import LimitError, ReadError
from assay.formats.encoding import UTF8, Encoding
from assay.formats.kinds import Kind
from assay.formats.streams import Budget, seekable
from assay.formats.structure import Decoded, Place, Structure, Window
from assay.formats.windows import Readable
from assay.formats.written import blank_text
from assay.model import Locator
from assay.ports import TableReader

_CHUNK = 64 * 1024
_PERSONS = frozenset({"author", "creator", "initial-creator", "lastmodifiedby", "manager", "printed-by"})
_SPOOL = 8 * 1024 * 1024


class Member(NamedTuple):
    """A file within an archive, or a part of a document. `head` is its beginning, `stream` what follows: read it before
    asking for the next one.

    `path` starts within the outermost archive, e.g. `inner/b.csv` or `more.zip!/inner/b.csv`. It is empty for the text
    that the outermost archive itself begins with, as archives do that unpack themselves, and for pages and bodies of the
    outermost document. `located` tells where a finding of this member stands, of where it stands in its text;
    `structure` is what is known of that text besides its kind. `table` is set instead for a table of a document,
    `encoding` where it need not be guessed.
    """

    path: str
    kind: Kind
    head: bytes
    stream: Readable
    structure: Structure | None = None
    located: Callable[[Locator], Locator] | None = None
    table: TableReader | None = None
    encoding: Encoding | None = None


class Unread(NamedTuple):
    """A member, or the rest of an archive, that could not be read. `path` is empty for the outermost archive itself."""

    path: str
    error: ReadError


Opened = Iterator[Member | Unread]


class Within(NamedTuple):
    """A document that is opened: its file name, its path within the outermost file, its depth there, and the budget.

    `entry` opens a file that it holds, from its stream and its name, the usual way: what it is is told from its content.
    """

    name: str
    path: str
    depth: int
    budget: Budget
    entry: Callable[[Readable, str], Opened]

    def join(self, name: str) -> str:
        """The path of what is called `name` in this document."""
        return f"{self.path}!/{name}" if self.path else name


def extracted(
    path: str, text: bytes, *, page: int | None = None, structure: Structure | None = None, kind: Kind = Kind.TEXT
) -> Member:
    """A text that a reader made of a page or a part: offsets are of this text, and there are none of bytes."""

    def located(at: Locator) -> Locator:
        return replace(at, byte_start=None, byte_end=None, page=page)

    return Member(path, kind, text, io.BytesIO(), structure, located, None, UTF8)


class Labelled:
    """Text in which some stretches are values that have a name: fields of forms, metadata, headers of mail."""

    def __init__(self, spans: Sequence[tuple[int, int, str]]) -> None:
        self._spans = spans
        self._starts = [start for start, _, _ in spans]

    def places(self, window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        return [self._place(window, offset) for offset in offsets]

    def _place(self, window: Window, offset: int) -> Place | None:
        index = bisect_right(self._starts, window.byte + offset) - 1
        if index < 0:
            return None
        start, end, name = self._spans[index]
        start, end = start - window.byte, end - window.byte
        if offset >= end or start < 0 or end > len(window.data):
            return None
        return Place(start, end, ("full name",) if name.lower() in _PERSONS else (name,), name)

    def view(self, window: Window) -> bytes:
        return blank_text(window.data)

    def decoded(self, _window: Window) -> Iterator[Decoded]:
        return iter(())


def labelled(path: str, values: Iterable[tuple[str, str]], *, page: int | None = None) -> Member:
    """Values with their names, a line each; what has an empty name is free text."""
    lines: list[bytes] = []
    spans = []
    at = 0
    for name, value in values:
        shown = " ".join(name.split())
        # Whoever made or changed a document is a person, which the names of these properties alone do not say.
        shown += ", full name" if name.lower() in _PERSONS else ""
        before = f"{shown}: ".encode("utf-8", "replace") if name else b""
        line = value.strip().encode("utf-8", "replace")
        if not line:
            continue
        if name:
            spans.append((at + len(before), at + len(before) + len(line), name))
        lines.append(before + line + b"\n")
        at += len(lines[-1])
    return extracted(path, b"".join(lines), page=page, structure=Labelled(spans))


@contextlib.contextmanager
def at_random(stream: Readable, path: str) -> Iterator[tuple[IO[bytes] | None, Unread | None]]:
    """The stream as a file that can be read at random (`None` where it is larger than it may be), and why it is not whole."""
    if seekable(stream):
        yield cast("IO[bytes]", stream), None
        return
    unread = None
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        try:
            while piece := stream.read(_CHUNK):
                spool.write(piece)
        except LimitError as error:
            yield None, Unread(path, error)
            return
        except ReadError as error:
            # What arrived is still read.
            unread = Unread(path, error)
        spool.seek(0)
        yield cast("IO[bytes]", spool), unread
