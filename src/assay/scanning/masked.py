"""A masked copy of a file of text: findings and the cells of sensitive columns are replaced, all else is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from assay.errors import ReadError
from assay.formats import Kind, Readable, Transcoder, detect, sniff, windows
from assay.formats.delimited import DelimitedText, Dialect, sniff_dialect
from assay.formats.encoding import UTF8, Encoding
from assay.formats.stateful import STATEFUL
from assay.formats.structure import Window
from assay.scanning.coverjson import copy_json
from assay.scanning.covers import Cell, Cover, Spelling, Writable, apart, copy_covered
from assay.scanning.document import DELIMITED_NAMES, TABLE_CORE
from assay.scanning.locate import Positions

HEAD = 64 * 1024
_QUOTE = b'"'
# Whose bytes of quotes, brackets and backslashes are nothing else.
_SIGNS_ALONE = frozenset({"utf-8", "cp1252", "cp1250", "cp1251", "cp1253", "koi8_r"})

ShownOf = Callable[[str, str], str]
"""What is shown of a value of the identifier of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a file is written, as far as a copy has to be written likewise."""

    kind: Kind
    encoding: Encoding
    dialect: Dialect | None = None

    @property
    def is_recoded(self) -> bool:
        """Whether nothing can be replaced in its own bytes: it is masked as UTF-8, and written in its encoding again."""
        if self.encoding.name in STATEFUL:
            return True
        return self.kind in (Kind.JSON, Kind.JSONL) and self.encoding.name not in _SIGNS_ALONE

    @property
    def spelling(self) -> Spelling:
        """How what is replaced is written in it."""
        return Spelling(self.kind, self.encoding.name, self.dialect.delimiter if self.dialect is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The sensitive columns of a file: names, as they may be shown, to identifiers, and how names and values are shown."""

    sensitive: Mapping[str, str] = field(default_factory=dict)
    name: Callable[[str], str] = str
    value: ShownOf = lambda _identifier, _value: ""


class _Span(NamedTuple):
    start: int
    end: int


def shape_of(head: bytes, name: str) -> Shape:
    """How a file of that name is written that begins with `head`. Raises `ReadError` for what no copy can be made of."""
    kind = sniff(head, name)
    if not kind.is_text:
        raise ReadError("not copied", f"copies of {kind} with values replaced cannot be made")
    encoding = detect(head)
    dialect = None
    if kind is Kind.DELIMITED:
        text = head if encoding == UTF8 else Transcoder(encoding).feed(head)
        dialect = sniff_dialect(text, named=name.lower().endswith(DELIMITED_NAMES))
    return Shape(kind=kind, encoding=encoding, dialect=dialect)


def copy_masked(
    source: Readable, again: Readable, target: Writable, shape: Shape, covers: Iterable[Cover], columns: Columns
) -> None:
    """Copies `source`; `again` is the same file, opened once more. `covers` come by start. Raises `ReadError`."""
    spelling = shape.spelling
    if shape.kind in (Kind.JSON, Kind.JSONL):
        shown = _by_path(columns) if columns.sensitive else None
        by_line = shape.kind is Kind.JSONL
        copy_json(source, target, apart(covers), spelling, by_line=by_line, shown=shown)
        return
    if not columns.sensitive:
        copy_covered(source, target, apart(covers), spelling)
    elif shape.dialect is None:
        raise ReadError("not copied", "has sensitive columns whose cells cannot be told apart")
    else:
        cells = _cells(again, shape, shape.dialect, columns)
        copy_covered(source, target, apart(covers, cells), spelling)


def _by_path(columns: Columns) -> Callable[[str, str], str | None]:
    known: dict[str, str | None] = {}

    def shown(path: str, value: str) -> str | None:
        if path not in known:
            known[path] = columns.sensitive.get(columns.name(path))
        identifier = known[path]
        return None if identifier is None else columns.value(identifier, value)

    return shown


def _cells(stream: Readable, shape: Shape, dialect: Dialect, columns: Columns) -> Iterator[Cell]:
    """The cells of sensitive columns that hold something."""
    transcoder = Transcoder(shape.encoding)
    structure = DelimitedText(dialect, first_row=-dialect.preamble)
    positions = Positions(transcoder)
    named: dict[int, str | None] = {}
    for window in windows(stream, transcoder, core=TABLE_CORE):
        positions.enter(window)
        grid = structure.grid(window)
        filled = grid.filled(window.data)
        body = filled & (grid.starts < window.core_end)
        if dialect.header is not None:
            body &= grid.rows > 0
        spans, identifiers = [], []
        for start, end, column in zip(
            grid.starts[body].tolist(), grid.ends[body].tolist(), grid.columns[body].tolist(), strict=True
        ):
            if column not in named:
                named[column] = columns.sensitive.get(columns.name(structure.name(column)))
            identifier = named[column]
            if identifier is not None and end > start:
                spans.append(_Span(start, end))
                identifiers.append(identifier)
        for span, (first, last), identifier in zip(spans, _places(window, spans, positions), identifiers, strict=True):
            value = partial(_shown, columns.value, identifier, window.data, span)
            yield Cell(first, last, value)


def _places(window: Window, spans: Sequence[_Span], positions: Positions) -> Iterator[tuple[int, int]]:
    """Where they begin and end in the file, in bytes."""
    encoding = positions.transcoder.encoding
    if encoding.name == "utf-8":
        before = window.byte + encoding.bom
        yield from ((before + start, before + end) for start, end in spans)
        return
    for at in positions.of(window, spans):
        assert at.byte_start is not None
        assert at.byte_end is not None
        yield at.byte_start, at.byte_end


def _shown(shown: ShownOf, identifier: str, data: bytes, span: _Span) -> str:
    return shown(identifier, _value(data[span.start : span.end]))


def _value(cell: bytes) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell.startswith(_QUOTE) and cell.endswith(_QUOTE):
        cell = cell[1:-1].replace(b'""', _QUOTE)
    return cell.decode("utf-8", "replace")
