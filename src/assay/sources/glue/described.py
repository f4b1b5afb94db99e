"""A table as the catalog describes it: its columns, how its files are written, and where they lie.

Sources: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html and
https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from assay.errors import ReadError
from assay.formats.kinds import Kind
from assay.model import ColumnInfo, ValueKind

Told = Mapping[str, Any]

_SCHEMES = ("s3", "s3a", "s3n")
_TABULAR = {
    "parquethiveserde": Kind.PARQUET,
    "orcserde": Kind.ORC,
    "avroserde": Kind.AVRO,
}
# What crawlers call the format of files, where a table says nothing of how its rows are read.
_CLASSES = {"parquet": Kind.PARQUET, "orc": Kind.ORC, "avro": Kind.AVRO}
_TEXT_INPUT = ("textinputformat", "")
_ESCAPES = {"\\t": "\t", "\\001": "\x01", "\\u0001": "\x01", "\\002": "\x02", "\\n": "\n", "\\\\": "\\"}
_KINDS = {
    "boolean": ValueKind.BOOLEAN,
    "tinyint": ValueKind.INTEGER,
    "smallint": ValueKind.INTEGER,
    "int": ValueKind.INTEGER,
    "integer": ValueKind.INTEGER,
    "bigint": ValueKind.INTEGER,
    "long": ValueKind.INTEGER,
    "float": ValueKind.FLOAT,
    "double": ValueKind.FLOAT,
    "decimal": ValueKind.DECIMAL,
    "date": ValueKind.DATE,
    "timestamp": ValueKind.TIMESTAMP,
    "string": ValueKind.TEXT,
    "varchar": ValueKind.TEXT,
    "char": ValueKind.TEXT,
    "binary": ValueKind.BINARY,
    "array": ValueKind.ARRAY,
    "list": ValueKind.ARRAY,
    "map": ValueKind.JSON,
    "struct": ValueKind.JSON,
    "uuid": ValueKind.UUID,
}


class Text(NamedTuple):
    """Lines of values. `quote` is empty where quotation marks are values like others."""

    delimiter: str
    quote: str = ""
    escape: str = ""
    null: str | None = None
    encoding: str = "utf-8"


class Json(NamedTuple):
    """Lines that are JSON objects. `aliases` are columns by the keys that they have there."""

    aliases: Mapping[str, str]


class Iceberg(NamedTuple):
    """A table whose files are named by its metadata."""

    metadata: str


Layout = Kind | Text | Json | Iceberg


class Folder(NamedTuple):
    """What keys of a bucket begin with."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is known of a table before a file of it is opened. `rows` is what a crawler or an engine counted once."""

    database: str
    name: str
    columns: tuple[ColumnInfo, ...]
    keys: tuple[ColumnInfo, ...]
    layout: Layout
    folder: Folder | None
    skip: int = 0
    rows: int | None = None
    comment: str = ""


def described(told: Told) -> Described:
    """Raises `ReadError` for a table whose files are in a form that cannot be read."""
    stored: Told = told.get("StorageDescriptor") or {}
    parameters: Mapping[str, str] = told.get("Parameters") or {}
    return Described(
        database=str(told.get("DatabaseName") or ""),
        name=str(told["Name"]),
        columns=tuple(map(_column, stored.get("Columns") or ())),
        keys=tuple(map(_column, told.get("PartitionKeys") or ())),
        layout=layout_of(stored, parameters),
        folder=folder_of(str(stored.get("Location") or "")),
        skip=skip_of(stored, parameters),
        rows=_number(parameters, "recordCount", "numRows"),
        comment=str(told.get("Description") or parameters.get("comment") or ""),
    )


def metadata_of(told: Told) -> str | None:
    """Where the metadata of an Iceberg table are, `None` for all other tables."""
    parameters: Mapping[str, str] = told.get("Parameters") or {}
    is_iceberg = str(parameters.get("table_type", "")).upper() == "ICEBERG"
    return parameters.get("metadata_location", "") if is_iceberg else None


def folder_of(location: str) -> Folder | None:
    """Where data lie; `None` for what is not in S3. Locations are not percent-encoded.

    >>> folder_of("s3a://lake/orders/2026/")
    Folder(bucket='lake', key='orders/2026')
    """
    scheme, _, rest = location.partition("://")
    bucket, _, key = rest.partition("/")
    return Folder(bucket, key.rstrip("/")) if scheme.lower() in _SCHEMES and bucket else None


def skip_of(stored: Told, parameters: Mapping[str, str]) -> int:
    """How many lines at the beginning of each file are no rows."""
    serde = (stored.get("SerdeInfo") or {}).get("Parameters") or {}
    given = ({**serde, **(stored.get("Parameters") or {}), **parameters}).get("skip.header.line.count", "0")
    return int(given) if str(given).isdigit() else 0


def layout_of(stored: Told, parameters: Mapping[str, str]) -> Layout:
    """How files are written. Raises `ReadError` for what cannot be read."""
    metadata = metadata_of({"Parameters": parameters})
    if metadata is not None:
        if folder_of(metadata) is None:
            raise ReadError("no location", "it says it is of Iceberg, and not where its metadata are")
        return Iceberg(metadata)
    provider = str(parameters.get("spark.sql.sources.provider") or parameters.get("table_type") or "").lower()
    if provider in ("delta", "hudi"):
        # Rows that were deleted or replaced lie in their files still, and which ones these are is said in logs of their own.
        raise _unread(f"it is of {provider.capitalize()}")
    info: Told = stored.get("SerdeInfo") or {}
    serde = _last(info.get("SerializationLibrary"))
    given: Mapping[str, str] = {**(info.get("Parameters") or {})}
    source = _last(stored.get("InputFormat"))
    if serde in _TABULAR:
        return _TABULAR[serde]
    if source.startswith("symlink"):
        raise _unread("its files are lists of other files")
    if serde == "jsonserde":
        named = {key[len("mapping.") :]: value for key, value in given.items() if key.startswith("mapping.")}
        return Json({value.lower(): column.lower() for column, value in named.items()})
    if serde == "opencsvserde":
        return Text(
            delimiter=_mark(given, "separatorChar", ","),
            quote=_mark(given, "quoteChar", '"')[:1],
            escape=_mark(given, "escapeChar", "\\")[:1],
        )
    if serde in ("lazysimpleserde", "multidelimitserde") and source in _TEXT_INPUT:
        default = _mark(given, "serialization.format", "\x01")
        return Text(
            delimiter=_mark(given, "field.delim", "\x01" if default == "1" else default),
            escape=_mark(given, "escape.delim", "")[:1],
            null=given.get("serialization.null.format", "\\N"),
            encoding=given.get("serialization.encoding", "utf-8"),
        )
    if not serde:
        return _by_class(parameters, given)
    raise _unread(f"its rows are read by {info.get('SerializationLibrary')}")


def _by_class(parameters: Mapping[str, str], given: Mapping[str, str]) -> Layout:
    told = str(parameters.get("classification") or "").lower()
    if told in _CLASSES:
        return _CLASSES[told]
    if told == "json":
        return Json({})
    if told == "csv":
        delimiter = parameters.get("delimiter") or given.get("field.delim") or ","
        return Text(delimiter=delimiter, quote='"', escape="\\")
    raise _unread("it does not say how its rows are written")


def _unread(what: str) -> ReadError:
    return ReadError("unsupported format", f"{what}, which cannot be read as a table; scan its objects by s3://…")


def _last(name: Any) -> str:
    return str(name or "").rpartition(".")[2].lower()


def _mark(given: Mapping[str, str], name: str, otherwise: str) -> str:
    found = given.get(name) or otherwise
    return _ESCAPES.get(found, found)


def _column(told: Told) -> ColumnInfo:
    declared = str(told.get("Type") or "")
    base = declared.partition("<")[0].partition("(")[0].lower().strip()
    return ColumnInfo(
        name=str(told["Name"]),
        kind=_KINDS.get(base, ValueKind.UNKNOWN),
        declared=declared if len(declared) <= 80 else f"{declared[:79]}…",
        comment=str(told.get("Comment") or ""),
    )


def _number(parameters: Mapping[str, str], *names: str) -> int | None:
    found = (str(parameters.get(name, "")) for name in names)
    return next((int(text) for text in found if text.isascii() and text.isdigit()), None)
