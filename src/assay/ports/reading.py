"""What is read and what is told of it: sources, tables, recognisers, learned models, results and their sinks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn, Protocol, TypeAlias, runtime_checkable

from assay.model import (
    AssetRef,
    Classification,
    ColumnInfo,
    ColumnRecord,
    ColumnSketch,
    Finding,
    Gap,
    Skip,
    Summary,
    TableInfo,
    TableRecord,
)

if TYPE_CHECKING:
    from assay.model import ClassSizes
    from assay.model.learning import ColumnOpinion, DocumentType, Features, LearnedLevel


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
    """What a scan would read: files, bytes, and about how many seconds it would take.

    `objects` are how many of the files are objects of S3, which `gets` requests would read and `lists` requests listed.
    """

    files: int
    bytes: int
    seconds: float
    objects: int = 0
    gets: int = 0
    lists: int = 0


Result: TypeAlias = Finding | ColumnRecord | TableRecord | Classification | Gap | Skip | Summary
"""One result. What was found in a resource comes before its classification, and the summary comes last."""

Record: TypeAlias = Result | Rendered
"""What a scan yields: results, and findings that are encoded already when its caller asked for that."""

AddedLines: TypeAlias = Mapping[str, tuple[tuple[int, int], ...]]
"""Of resources of which only some lines are told, by URI: the first and the last of each piece, 1-based."""

OnProgress: TypeAlias = Callable[[Progress], None]


class Listed(NamedTuple):
    """Names of which a source has told every one that is there: the one that is `uri`, and those that begin with `below`;
    of objects those of `versions`, or those without one."""

    uri: str
    below: str
    versions: bool


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
    of columns (by index) with values that were longer how many characters of each were read. `infos` says which columns
    these are where rows have columns of their own (documents), else `None`: they are the table's; a column of documents may
    have more or fewer values than there are rows. The values are clear: it refuses to be printed or pickled.
    """

    __slots__ = ("columns", "cut", "first_row", "infos", "rows")

    def __init__(
        self,
        columns: Sequence[Sequence[str | None]],
        rows: int,
        first_row: int | None = None,
        cut: Mapping[int, int] | None = None,
        infos: Sequence[ColumnInfo] | None = None,
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.first_row = first_row
        self.cut = cut or {}
        self.infos = infos

    def __repr__(self) -> str:
        return f"<{self.rows} rows of {len(self.columns)} columns>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("rows of a table cannot be pickled or copied")


class TableReader(Protocol):
    """A table that is open. Both methods raise `ReadError` (with the reason of the gap) when it cannot be read on.

    What reading it tells of it besides (how many rows there are at most, what was left out) is in `info` afterwards.
    """

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


class ObjectOpener(Protocol):
    """Opens objects of one source as files are opened, in any process: it is picklable, and connects when it is first used."""

    def open(self, asset: AssetRef, *, ahead: bool = True) -> AbstractContextManager[IO[bytes]]:
        """A seekable stream from the object's beginning, whose `read` gives all that was asked for, to the end.

        With `ahead` other threads may fetch what comes next. Opening it and reading it raise `ReadError`: also where the
        object is another one than was listed.
        """
        ...

    def ahead(self, assets: Sequence[AssetRef]) -> None:
        """Objects that are to be opened soon, in this order: some may be fetched meanwhile. Never fails."""
        ...


class Entity(NamedTuple):
    """A datum that a recogniser sees in a text, in code points of it: the identifier of ours that means the same."""

    identifier: str
    start: int
    end: int
    confidence: float


class Recognised(NamedTuple):
    """What a recogniser says of a text. `unknown` are kinds of data that no identifier of ours stands for."""

    entities: tuple[Entity, ...]
    unknown: tuple[str, ...] = ()


class Recogniser(Protocol):
    """Finds data in clear text, elsewhere: only where that is asked for. It is picklable.

    `longest` is how many bytes of UTF-8 one text may have, `most` how many of one resource are sent.
    """

    name: str
    longest: int
    most: int

    def entities(self, text: str) -> Recognised:
        """Raises `ReadError`."""
        ...


class PictureReader(Protocol):
    """Reads the text of pictures, elsewhere: only where that is asked for. It is picklable. `largest` is in bytes."""

    name: str
    largest: int

    def reads(self, head: bytes) -> bool:
        """Whether what begins so is of a format that it reads."""
        ...

    def lines(self, picture: bytes) -> Sequence[str]:
        """Raises `ReadError`."""
        ...


class DocumentReading(Protocol):
    """Takes the beginning of one resource's text, in pieces, and says what kind of document it is."""

    def add(self, text: bytes | bytearray | memoryview, found: Sequence[tuple[int, int]]) -> None:
        """A piece of text in UTF-8, with the spans of values that were found in it."""
        ...

    def done(self, found: Mapping[str, int]) -> DocumentReport | None:
        """What is told of the text, of which so many values of each identifier were found. Holds no value."""
        ...


class DocumentReport(NamedTuple):
    """What is told of a text: its type and its level, where that is sure enough, and its features, where they are to be kept."""

    type: DocumentType | None
    features: Features | None
    level: LearnedLevel | None = None


class Learned(Protocol):
    """Learned models, in any process: it is picklable, and loads a model when that is first needed."""

    def reading(self) -> DocumentReading:
        """Takes the text of one resource."""
        ...

    def columns(self, sketches: Sequence[ColumnSketch], table: str) -> list[Mapping[str, float]]:
        """For each column: identifier's NAME → how probable it is. What the model abstains on is absent."""
        ...

    def opinions(
        self, sketches: Sequence[ColumnSketch], records: Sequence[ColumnRecord], asked: Sequence[int]
    ) -> Mapping[int, ColumnOpinion]:
        """Of the columns at the places `asked` of a table, those that it takes for something though nothing else tells; by place."""
        ...


class TableOpener(Protocol):
    """Opens tables of one source, in any process: it is picklable, and connects when the first table is opened."""

    def open(self, asset: AssetRef) -> AbstractContextManager[TableReader]:
        """Raises `ReadError` for a table that cannot be opened."""
        ...
