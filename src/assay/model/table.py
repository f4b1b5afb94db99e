"""Tables as their owner declares them: names, types and comments of columns, no values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ValueKind(StrEnum):
    """What kind of values a column is declared to hold, whatever the engine calls its type."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    TEXT = "text"
    ENUM = "enum"
    UUID = "uuid"
    JSON = "json"
    ARRAY = "array"
    BINARY = "binary"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnInfo:
    """A column as declared. `declared` is the engine's own name of its type (`varchar(40)`), `unique` whether a key says so."""

    name: str
    kind: ValueKind = ValueKind.UNKNOWN
    declared: str = ""
    comment: str = ""
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """A table as declared. `table` is its name as shown (`sales.orders`, or a sheet's), `kind` table, view or sheet.

    `rows` is how many there are, exactly or (`rows_exact` false) as the engine estimates, `None` if unknown. `change` is a
    token that differs whenever the table's data or columns may have changed, `None` where the engine has none.
    `unreadable` are columns that are there and cannot be read, or not wholly, each with why. `left_out` counts values of rows
    that were read and are not looked at, by the reason of the skip. `missed` are gaps, as reason and sentence: parts of it that
    could not be read while others could; `narrowed` what of the table was not asked for, as a sentence. `cut_short` says that
    a sample of fewer rows than were asked for is not all that there is.
    """

    resource: str
    table: str
    columns: tuple[ColumnInfo, ...]
    kind: str = "table"
    comment: str = ""
    rows: int | None = None
    rows_exact: bool = False
    change: str | None = None
    unreadable: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    missed: tuple[tuple[str, str], ...] = ()
    narrowed: str = ""
    cut_short: bool = False
