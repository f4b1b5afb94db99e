"""Protocols between the core and its edges, and the small tuples that cross them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, NoReturn, Protocol, TypeAlias, runtime_checkable

from assay.model import (
    AssetRef,
    Classification,
    ClassSizes,
    ColumnRecord,
    Finding,
    Gap,
    Skip,
    Summary,
    TableInfo,
    TableRecord,
)


class Progress(NamedTuple):
    """How far a scan is. While `listing` goes on, the totals are those of what has been listed so far, and grow."""

    bytes_done: int
    bytes_total: int
    files_done: int
    files_total: int
    findings: int
    listing: bool = False


Block: TypeAlias = bytes | bytearray | memoryview


class Blocks(tuple[Block, ...]):
    """JSON Lines in pieces of whole lines. Where they are many, putting them together would cost as much as writing them."""

    __slots__ = ()

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(map(len, self))


Lines: TypeAlias = bytes | Blocks
"""Whole JSON Lines, each with its line feed."""


class Rendered(NamedTuple):
    """Findings that a worker has encoded already."""

    lines: Lines


class Estimate(NamedTuple):
    """What a scan would read: files, bytes, and about how many seconds it would take."""

    files: int
    bytes: int
    seconds: float


Result: TypeAlias = Finding | ColumnRecord | TableRecord | Classification | Gap | Skip | Summary
"""One result. What was found in a resource comes before its classification, and the summary comes last."""

Record: TypeAlias = Result | Rendered
"""What a scan yields: results, and findings that are encoded already when its caller asked for that."""

OnProgress: TypeAlias = Callable[[Progress], None]


class Source(Protocol):
    """Lists what is to be read."""

    def assets(self) -> Iterator[AssetRef | Gap | Skip]: ...


class Sink(Protocol):
    """Takes results one at a time and appends them to an output. `write` and `close` raise `OutputError`."""

    def write(self, result: Result) -> None: ...

    def close(self) -> None:
        """Ends the output: footers are written and everything is flushed. Nothing may be written after."""
        ...


@runtime_checkable
class LineSink(Sink, Protocol):
    """A sink whose output is JSON Lines, so that lines encoded by a worker go straight through."""

    def write_lines(self, lines: Lines) -> None: ...


class TableBatch:
    """Some rows of a table: `columns` holds the values of each column as text (`None`: null), in the table's order.

    `first_row` is the 1-based number of the first row where rows have numbers that stay (files), else `None`. `cut` says
    of columns (by index) with values that were longer how many characters of each were read. The values are clear: it
    refuses to be printed or pickled.
    """

    __slots__ = ("columns", "cut", "first_row", "rows")

    def __init__(
        self,
        columns: Sequence[Sequence[str | None]],
        rows: int,
        first_row: int | None = None,
        cut: Mapping[int, int] | None = None,
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.first_row = first_row
        self.cut = cut or {}

    def __repr__(self) -> str:
        return f"<{self.rows} rows of {len(self.columns)} columns>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("rows of a table cannot be pickled or copied")


class TableReader(Protocol):
    """A table that is open. Both methods raise `ReadError` (with the reason of the gap) when it cannot be read on."""

    info: TableInfo

    def sample(self, rows: int, seed: int) -> TableBatch:
        """About `rows` random rows, of a large table from all over it; all rows where there are no more than that.

        Another seed draws other rows, and may draw some again.
        """
        ...

    def read(self) -> Iterator[TableBatch]:
        """Every row, in batches that are bounded in bytes."""
        ...


@runtime_checkable
class Grouping(Protocol):
    """A table that is open, and whose engine tells how many of all its rows are alike."""

    def class_sizes(self, columns: Sequence[str], below: int) -> ClassSizes:
        """Classes of rows that are alike in `columns`. Raises `ReadError`, and `ValueError` without columns."""
        ...


class TableOpener(Protocol):
    """Opens tables of one source, in any process: it is picklable, and connects when the first table is opened."""

    def open(self, asset: AssetRef) -> AbstractContextManager[TableReader]:
        """Raises `ReadError` for a table that cannot be opened."""
        ...
