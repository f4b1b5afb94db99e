"""Classes of rows that are alike in some columns of a table that was read: counted where it lies, or in what was drawn of it.

All rows are counted where that costs next to nothing (of tables of at most `COUNTED_ROWS`), where all were asked for, or
where the count was. Else what is told is of the rows that were drawn.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from assay.errors import ReadError
from assay.model import AssetRef, ClassSizes, Gap
from assay.model.anonymity import class_sizes
from assay.ports import Grouping, TableOpener
from assay.scanning.opened import Objects
from assay.scanning.report import DrawnRows, TableSketch

COUNTED_ROWS = 100_000
"""Rows of a table that are counted without being asked for: a fraction of a second on any engine."""

_ASK = "--k-anonymity counts all of them"
_FEWEST = 2

Columns = Sequence[Sequence[str | None]]


class Classes(NamedTuple):
    """What was counted. `is_exact` says that it is of all rows; `why` why there are no `sizes`, or no exact ones."""

    sizes: ClassSizes | None = None
    is_exact: bool = False
    why: str = ""
    gap: Gap | None = None


class Counting(NamedTuple):
    """How rows are counted. `always` says that large tables are, too; `all_rows` that tables of databases were read whole;
    `openers` and `objects` are those of the scan's sources; `safe_name` makes names of tables and columns as they are shown."""

    always: bool
    all_rows: bool
    openers: Sequence[TableOpener | None]
    safe_name: Callable[[str], str]
    objects: Objects = ()


def count_classes(table: TableSketch, places: Sequence[int], below: int, incomplete: str, *, how: Counting) -> Classes:
    """Classes of a table's rows by its columns at `places`; classes of fewer rows than `below` are small.

    `incomplete` says why not all of a file was read, empty where it was. What fails is a gap.
    """
    asset = table.asset
    if asset is None:
        return count_drawn(table, places, below, "what it was read of cannot be read again")
    try:
        if asset.is_table:
            return _by_engine(table, places, below, asset, how)
        return _by_rereading(table, places, below, asset, incomplete, how)
    except ReadError as error:
        reason, detail = error.reason, error.detail or error.reason
    except OSError as error:
        reason, detail = "unreadable", error.strerror or "input/output error"
    told = f"table {table.table}: its rows that are alike were not counted: {detail}"
    return Classes(why=f"{reason}: {detail}", gap=Gap(resource=asset.uri, reason=reason, detail=told))


def count_again(
    table: TableSketch,
    below: int,
    read: Callable[[], Iterator[Columns]],
    *,
    always: bool,
    blank: Callable[[], int] = int,
) -> Classes:
    """The same of a table whose rows `read` gives again. It raises what that raises.

    `blank` says how many of those that were read before are no rows.
    """
    from assay.tables.classes import counted_rows  # loads numpy: only for tables

    rows = max((column.rows for column in table.columns), default=0)
    if rows > COUNTED_ROWS and not always:
        return Classes(why=f"it has {rows:,} rows; {_ASK}")
    sizes = counted_rows(read, rows=rows, below=below)
    if sizes.rows + blank() != rows:
        return Classes(why="its rows are others than were read; scan it again when nobody changes it")
    return Classes(sizes=sizes, is_exact=True)


def _by_engine(table: TableSketch, places: Sequence[int], below: int, asset: AssetRef, how: Counting) -> Classes:
    opener = how.openers[asset.source]
    if opener is None:
        raise ValueError("a table's source has an opener")
    with opener.open(asset) as reader:
        rows = reader.info.rows
        if not (how.always or how.all_rows or (rows is not None and rows <= COUNTED_ROWS)):
            return count_drawn(table, places, below, _ASK)
        named: dict[str, list[str]] = {}
        for column in reader.info.columns:
            named.setdefault(how.safe_name(column.name), []).append(column.name)
        found = [named.get(table.columns[place].name, []) for place in places]
        if not all(found):
            return count_drawn(table, places, below, "some of these columns lie within documents")
        if any(len(names) > 1 for names in found) or not isinstance(reader, Grouping):
            return count_drawn(table, places, below, "its engine cannot be asked by these columns")
        return Classes(sizes=reader.class_sizes([names[0] for names in found], below), is_exact=True)


def _by_rereading(
    table: TableSketch, places: Sequence[int], below: int, asset: AssetRef, incomplete: str, how: Counting
) -> Classes:
    if incomplete:
        return count_drawn(table, places, below, f"not everything was read: {incomplete}")
    if table.kind == "documents":
        return count_drawn(table, places, below, "its rows are documents")
    from assay.scanning.reread import OnceOnlyError, opened

    try:
        columns = [table.columns[place].index for place in places]
        with opened(asset, table.table, columns, how.safe_name, how.objects) as read:
            return count_again(table, below, read, always=how.always, blank=lambda: read.blank)
    except OnceOnlyError as error:
        return count_drawn(table, places, below, str(error))


def count_drawn(table: TableSketch, places: Sequence[int], below: int, why: str) -> Classes:
    """Classes among the rows that were drawn, where there are some; `why` no more is counted."""
    drawn = table.drawn
    if drawn is None or drawn.rows < _FEWEST:
        return Classes(why=why)
    if any(len(drawn.codes[place]) != drawn.rows for place in places):
        # Of fields of documents, whose values are not those of rows.
        return Classes(why="some of these columns lie within documents")
    rows = zip(*(drawn.codes[place] for place in places), strict=True)
    return Classes(sizes=class_sizes(Counter(Counter(rows).values()).items(), below=below), why=why)


def drawn_rows(columns: Sequence[Sequence[str | None]], rows: int) -> DrawnRows:
    """The rows such that only who is like whom can be told: of each column its different values are numbered as they come."""
    codes = []
    for values in columns:
        numbers: dict[str | None, int] = {}
        codes.append(array("I", (numbers.setdefault(value, len(numbers)) for value in values)))
    return DrawnRows(rows=rows, codes=codes)
