"""Delimited text (RFC 4180 and its relatives): dialects, headers, and cells as arrays of offsets."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.formats.structure import Decoded, Place, Window

if TYPE_CHECKING:
    from assay.formats.grid import Grid, State

DELIMITERS = (",", ";", "\t", "|", "\x01")
_SNIFF_LINES = 60
_FIRST_ROWS = 400
_LONG_NAME = 80
_LONGEST_NAME = 400
_NUMBERLIKE = re.compile(r"[\s\d.,:/+()%$€£-]*\d[\s\d.,:/+()%$€£-]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SEPARATOR = re.compile(r"\"?sep=([,;\t|\x01])\"?(?:\r\n|\r|\n)", re.IGNORECASE)
_HEADER_WORD = re.compile(r"[^\W\d_]")
# Words that column names are made of; a first row of plain words is a header only if it has one of them.
_COLUMN_WORDS = frozenset(
    [
        "id",
        "key",
        "uuid",
        "name",
        "first",
        "last",
        "full",
        "given",
        "family",
        "middle",
        "date",
        "time",
        "created",
        "updated",
        "type",
        "code",
        "number",
        "no",
        "num",
        "nr",
        "status",
        "state",
        "city",
        "country",
        "region",
        "zip",
        "postal",
        "address",
        "street",
        "mail",
        "email",
        "phone",
        "tel",
        "mobile",
        "fax",
        "dob",
        "birth",
        "ssn",
        "tax",
        "gender",
        "sex",
        "age",
        "title",
        "description",
        "notes",
        "comment",
        "value",
        "amount",
        "price",
        "total",
        "quantity",
        "qty",
        "count",
        "currency",
        "account",
        "card",
        "iban",
        "user",
        "username",
        "login",
        "password",
        "role",
        "url",
        "ip",
        "host",
        "department",
        "company",
        "customer",
        "employee",
        "patient",
        "order",
        "product",
        "category",
        "rank",
        "year",
        "month",
        "day",
        "lat",
        "lon",
        "latitude",
        "longitude",
        "start",
        "end",
        "version",
        "level",
        "score",
        "text",
        "label",
        "nombre",
        "apellido",
        "fecha",
        "direccion",
        "vorname",
        "nachname",
        "strasse",
        "stadt",
        "plz",
        "ort",
        "land",
        "nom",
        "prenom",
        "adresse",
        "ville",
        "telefon",
        "email_address",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a delimited file is written. `header` names its columns, `None` when the first row is data.

    `preamble` lines come before both: Excel's `sep=;`, which names the delimiter.
    """

    delimiter: str = ","
    header: tuple[str, ...] | None = None
    width: int = 1
    preamble: int = 0


def sniff_dialect(head: bytes, *, named: bool = False) -> Dialect | None:
    """The dialect of a file that begins with `head`, or `None` if it is not delimited.

    `named` says that the file's name promises a delimited file, so one column and few rows are enough.
    """
    text = head.decode("utf-8", "ignore").removeprefix("\ufeff")
    told = _SEPARATOR.match(text)
    if told is not None:
        rows = _rows("".join(text[told.end() :].splitlines(keepends=True)[:_SNIFF_LINES]), told[1])
        width = max((len(row) for row in rows), default=1)
        return Dialect(delimiter=told[1], header=header_of(rows) if rows else None, width=width, preamble=1)
    complete = len(head) < 32_768 or text.endswith("\n")
    lines = text.splitlines(keepends=True)
    sample = "".join((lines if complete or len(lines) < 2 else lines[:-1])[:_SNIFF_LINES])
    best: tuple[float, int, str, list[list[str]]] | None = None
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        rows = _rows(sample, delimiter)
        if len(rows) < 2:
            continue
        # The last row of a sample may be cut inside a quoted cell.
        widths = Counter(len(row) for row in (rows[:-1] if len(rows) > 3 else rows))
        width, often = widths.most_common(1)[0]
        share = often / sum(widths.values())
        if width < 2 or share < 0.9 or not (named or _table_like(rows, width)):
            continue
        if best is None or (share, width) > best[:2]:
            best = (share, width, delimiter, rows)
    if best is None:
        if not named or not sample.strip():
            return None
        delimiter = next((item for item in DELIMITERS if item in sample), ",")
        rows = _rows(sample, delimiter)
        if not rows:
            return None
        return Dialect(delimiter=delimiter, header=header_of(rows), width=max(len(row) for row in rows))
    _, width, delimiter, rows = best
    return Dialect(delimiter=delimiter, header=header_of(rows), width=width)


def first_rows(head: bytes, dialect: Dialect) -> list[list[str]]:
    """The first rows below the header of a file that begins with `head`; the last one may be cut."""
    lines = head.decode("utf-8", "ignore").removeprefix("\ufeff").splitlines(keepends=True)
    lines = lines[dialect.preamble : dialect.preamble + _FIRST_ROWS + 1]
    return _rows("".join(lines), dialect.delimiter)[1:]


def _rows(sample: str, delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return []


def _table_like(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Not prose or code that happens to have a comma a line: short cells, and two columns only with a table's signs."""
    cells = [cell.strip() for row in rows[:_SNIFF_LINES] for cell in row]
    if not cells or sum(len(cell) > 200 for cell in cells) > len(cells) // 10:
        return False
    if any(cell.startswith(("{", "<", "#!", "//", "/*")) for cell in cells[:width]):
        return False
    endings = Counter(row[-1].strip()[-1:] for row in rows if row)
    if sum(count for sign, count in endings.items() if sign in ("{", "}", ";", ")", ",", "\\", ":")) > len(rows) // 3:
        return False
    header = header_of(rows)
    if width == 2:
        named = header is not None and all(cell.count(" ") <= 2 for cell in header)
        return named and sum(cell.count(" ") > 4 for cell in cells) * 10 < len(cells)
    return header is not None or len(rows) >= 3


def header_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """The first row if it names the columns of those below it, or `None`: at least half of its cells are words.

    What is no word among them (an empty cell, as before the index of a data frame or behind a last comma, or `#`) is
    `column_N`, a name that comes again is numbered, and a year stays as it is.
    """
    first = [cell.strip() for cell in rows[0]]
    words = [cell for cell in first if _HEADER_WORD.search(cell)]
    years = [cell for cell in first if _YEAR.fullmatch(cell)]
    blank = [cell for cell in first if cell not in words and cell not in years]
    if len(words) * 2 < len(first) or any(any(map(str.isalnum, cell)) for cell in blank):
        return None
    if any("@" in cell for cell in first) or any(
        len(cell) > _LONG_NAME and not _names_column(cell, rows, index) for index, cell in enumerate(first)
    ):
        return None
    parts = {word.lower() for cell in words for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", cell)}
    if parts & _COLUMN_WORDS:
        return _different(first)
    if years or len(set(words)) < len(words):
        return None  # as likely to be a row like all others
    body = [row for row in rows[1:] if len(row) == len(first)]
    for index, cell in enumerate(first):
        cells = [row[index].strip() for row in body if row[index].strip()] if cell in words else []
        if cells and sum(bool(_NUMBERLIKE.fullmatch(cell)) for cell in cells) * 2 > len(cells):
            return _different(first)
    return None


def _names_column(cell: str, rows: Sequence[Sequence[str]], index: int) -> bool:
    """Whether a long cell of the first row may name its column, as a question of a form does: what is below is mostly shorter by half."""
    below = [len(row[index].strip()) for row in rows[1:] if len(row) > index and row[index].strip()]
    return len(cell) <= _LONGEST_NAME and bool(below) and sum(size * 2 < len(cell) for size in below) * 2 > len(below)


def _different(cells: Sequence[str]) -> tuple[str, ...]:
    """Names that differ: `ssn`, `ssn_2`."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = called = cell if any(map(str.isalnum, cell)) else f"column_{place}"
        number = 1
        while name in names or (number > 1 and name in cells):
            number += 1
            name = f"{called}_{number}"
        names.append(name)
    return tuple(names)


class DelimitedText:
    """Structure of one delimited document, its windows shown in order."""

    def __init__(self, dialect: Dialect, *, first_row: int = 0) -> None:
        self.dialect = dialect
        self.names = tuple(
            dialect.header[index] if dialect.header and index < len(dialect.header) else f"column_{index + 1}"
            for index in range(max(dialect.width, len(dialect.header or ())))
        )
        self.called = self.names
        """What the columns are called where a name is context: the names, or phrases that say more."""
        self._first_row = first_row
        self._window: tuple[int, int] | None = None
        self._grid: Grid | None = None
        self._after: State | None = None

    def view(self, window: Window) -> bytes:
        return window.data

    def decoded(self, _window: Window) -> Iterator[Decoded]:
        return iter(())

    def name(self, column: int) -> str:
        """Header of a column, or `column_N` (1-based) where there is none."""
        return self.names[column] if column < len(self.names) else f"column_{column + 1}"

    def call(self, column: int) -> str:
        """What a column is called for the purpose of context."""
        return self.called[column] if column < len(self.called) else f"column_{column + 1}"

    def places(self, window: Window, offsets: Sequence[int]) -> list[Place | None]:
        grid = self.grid(window)
        found: list[Place | None] = []
        has_header = self.dialect.header is not None
        indexes = self.cell_indexes(window, offsets)
        if not indexes or not len(grid.starts):
            return [None] * len(indexes)
        # What is outside (-1) has those of the last cell, which are not looked at.
        each = (part[indexes].tolist() for part in (grid.rows, grid.columns, grid.starts, grid.ends))
        for index, row, column, start, end in zip(indexes, *each, strict=True):
            if index < 0:
                found.append(None)
            elif has_header and row == 0:
                found.append(Place(start, end))
            else:
                names = (self.call(column),) if has_header else ()
                found.append(Place(start, end, names, self.name(column), None, row if has_header else row + 1))
        return found

    def cell_indexes(self, window: Window, offsets: Sequence[int]) -> list[int]:
        """For each offset the index of its cell in the window's grid, -1 outside of all."""
        grid = self.grid(window)
        if not offsets or not len(grid.starts):
            return [-1] * len(offsets)
        return grid.indexes(offsets)

    def grid(self, window: Window) -> Grid:
        """The cells of the window; computed once, then the state moves on to the next window."""
        key = (window.byte, window.core_end)
        if self._window != key or self._grid is None:
            # numpy takes longer to load than most files to read.
            from assay.formats.grid import cells, start

            before = self._after or start(self._first_row)
            self._grid, self._after = cells(window, self.dialect.delimiter, before)
            self._window = key
        return self._grid
