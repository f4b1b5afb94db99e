"""The contract between formats and detection.

A format turns bytes into windows of UTF-8 text and says, for given offsets, which value, key or cell they lie in.
Detection scans each window as a whole; structure is worked out only around candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from assay.formats.written import blank_text


class Window(NamedTuple):
    """A piece of decoded text as UTF-8 `data`.

    Only findings that begin in `[core_start, core_end)` belong to this window; the margins around it are there for
    context and for values that cross the cut. `byte`, `char` and `line` are the position of `data[0]` in the decoded
    file (bytes of UTF-8, code points, lines; all 0-based).
    """

    data: bytes
    core_start: int
    core_end: int
    byte: int
    char: int
    line: int
    last: bool


class Place(NamedTuple):
    """The value (cell, scalar, element text) that an offset lies in, as offsets of the window's data.

    `names` are the names that govern it, nearest first: the column header, or the key and its parents. `governs` is set
    when the offset lies in a name: the span of the value that it names. With `beside` that has a field of its own.
    """

    start: int
    end: int
    names: tuple[str, ...] = ()
    field: str | None = None
    json_path: str | None = None
    row: int | None = None
    governs: tuple[int, int] | None = None
    beside: bool = False


class Decoded(NamedTuple):
    """Text as it is meant, without its escapes or markup. `offsets[i]` is the raw offset of byte `i`; one more at the end.

    All of it is one value, unless there are `values`: the parts of a free text that something beside them names, such
    as cells under a header, as ascending spans of `data`, each with its place in the window. What they are named is
    `declared` where a standard says it (see `Declared`).
    """

    data: bytes
    offsets: Sequence[int]
    values: Sequence[tuple[int, int, Place]] | None = None
    declared: bool = False


class Structure(Protocol):
    """What a structured text format knows. One object reads one document, its windows in order.

    `places` gets ascending offsets into `window.data` and returns one `Place` each, `None` where the text is free
    (comments, prose). It is called once per window, before the next window is shown; offsets may lie in the margins.
    """

    def places(self, window: Window, offsets: Sequence[int], /) -> Sequence[Place | None]: ...

    def view(self, window: Window, /) -> bytes:
        """The window's data with simple escapes blanked out, of exactly the same length; `window.data` when there are none."""
        ...

    def decoded(self, window: Window, /) -> Iterator[Decoded]:
        """Values whose text changes length by unescaping; they are scanned besides the view."""
        ...


@runtime_checkable
class Columned(Protocol):
    """A structure whose values stand far from the names of their columns, as in the statements of an SQL dump."""

    def values(self, window: Window, wanted: Callable[[str], bool]) -> Iterator[Place]:
        """Values of the columns whose names are `wanted`, by start: those that reach into the window's core."""
        ...


@runtime_checkable
class Declared(Columned, Protocol):
    """A structure of which a standard says what its fields hold: a name says as much as that of a table's column."""

    def standard(self) -> str:
        """What it is a message of."""
        ...


@runtime_checkable
class Escaped(Protocol):
    """A structure whose scalars have delimiters, and escapes or quotes within them."""

    def meant(self, data: bytes, start: int, end: int, /) -> Decoded | None:
        """The text of the scalar at `[start, end)` of a window's data; `None` where that is no single delimited scalar."""
        ...


@dataclass(frozen=True, slots=True)
class PlainText:
    """Free text: no structure at all."""

    def places(self, _window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        return [None] * len(offsets)

    def view(self, window: Window) -> bytes:
        return blank_text(window.data)

    def decoded(self, _window: Window) -> Iterator[Decoded]:
        return iter(())
