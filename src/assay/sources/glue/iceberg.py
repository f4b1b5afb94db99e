"""Tables of Iceberg: which files hold their rows now, by the metadata, the list of manifests and the manifests.

Source: https://iceberg.apache.org/spec/. Rows that are deleted by files of deletions lie in the data files still, and are
read; data files that are deleted are not.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from assay.errors import ReadError
from assay.formats.content import Content
from assay.formats.kinds import Kind
from assay.formats.tabular import BrokenTable, open_tables
from assay.model import AssetRef, ColumnInfo, ValueKind
from assay.sources.glue.described import folder_of
from assay.sources.glue.places import File, Missing, object_of
from assay.sources.s3.connection import Connection
from assay.sources.s3.opener import S3Opener
from assay.sources.s3.single import ObjectSource

_FORMATS = {"PARQUET": Kind.PARQUET, "ORC": Kind.ORC, "AVRO": Kind.AVRO}
_DELETED = "2"
_DATA = ("0", "DATA", None)
_MOST_METADATA = 256 * 1024 * 1024
_KINDS = {
    "boolean": ValueKind.BOOLEAN,
    "int": ValueKind.INTEGER,
    "long": ValueKind.INTEGER,
    "float": ValueKind.FLOAT,
    "double": ValueKind.FLOAT,
    "date": ValueKind.DATE,
    "time": ValueKind.TIME,
    "timestamp": ValueKind.TIMESTAMP,
    "timestamptz": ValueKind.TIMESTAMP,
    "string": ValueKind.TEXT,
    "uuid": ValueKind.UUID,
    "binary": ValueKind.BINARY,
}

Row = Mapping[str, str | None]


class Table(NamedTuple):
    """The table as its metadata have it: columns with their numbers, and the manifests of its current snapshot."""

    columns: tuple[ColumnInfo, ...]
    names: Mapping[int, str]
    manifest_list: str | None
    manifests: Sequence[str]
    rows: int | None


class Files:
    """Reads metadata over one connection. Methods raise `ReadError`."""

    def __init__(self, connection: Connection, objects: S3Opener) -> None:
        self._connection = connection
        self._objects = objects

    def table(self, location: str) -> Table:
        """What the file of metadata at this location tells."""
        data = self._whole(location)
        if location.endswith(".gz.metadata.json") or data[:2] == b"\x1f\x8b":
            data = _unpacked(data)
        try:
            told = orjson.loads(data)
            return _table(told)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            raise ReadError("corrupt", f"{location}: is no metadata of Iceberg") from None

    def of(self, table: Table) -> Iterator[File | Missing]:
        """The files of its rows. A manifest that cannot be read leaves the others."""
        manifests = list(table.manifests)
        if table.manifest_list is not None:
            manifests += [
                str(row["manifest_path"])
                for row in self._rows(table.manifest_list)
                if row.get("content") in _DATA and row.get("manifest_path")
            ]
        for manifest in manifests:
            try:
                for row in self._rows(manifest):
                    if row.get("status") != _DELETED and row.get("data_file.content") in _DATA:
                        yield _file(row, table.names)
            except ReadError as error:
                yield Missing(manifest, error)

    def _rows(self, location: str) -> Iterator[Row]:
        """The records of a file of Avro, by the names of their fields."""
        with (
            self._objects.open(self._object(location), ahead=False) as stream,
            open_tables(Kind.AVRO, Content(file=stream), resource=location, name=location) as found,
        ):
            for reader in found:
                if isinstance(reader, BrokenTable):
                    raise reader.error
                names = [column.name for column in reader.info.columns]
                for batch in reader.read():
                    yield from (dict(zip(names, row, strict=True)) for row in zip(*batch.columns, strict=True))

    def _whole(self, location: str) -> bytes:
        asset = self._object(location)
        if (asset.size or 0) > _MOST_METADATA:
            raise ReadError("too large", f"{location}: metadata of more than {_MOST_METADATA:,} bytes are not read")
        with self._objects.open(asset, ahead=False) as stream:
            return stream.read()

    def _object(self, location: str) -> AssetRef:
        folder = folder_of(location)
        if folder is None or not folder.key:
            raise ReadError("no location", f"{location}: is not in S3")
        for item in ObjectSource(folder.bucket, folder.key, self._connection).assets():
            if isinstance(item, AssetRef):
                return item
            raise ReadError(item.reason, f"{location}: {item.detail}")
        raise ReadError("vanished", f"{location}: is not there; the catalog may name an old file of metadata")


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(data, _MOST_METADATA)
    except zlib.error:
        return b""


def _table(told: Mapping[str, Any]) -> Table:
    schemas = told.get("schemas") or [told["schema"]]
    current = told.get("current-schema-id", 0)
    schema = next((each for each in schemas if each.get("schema-id", 0) == current), schemas[-1])
    snapshot = told.get("current-snapshot-id")
    now = next((each for each in told.get("snapshots") or () if each["snapshot-id"] == snapshot), None)
    summary = (now or {}).get("summary") or {}
    rows = str(summary.get("total-records", ""))
    return Table(
        columns=tuple(map(_column, schema["fields"])),
        names={int(field["id"]): str(field["name"]) for field in schema["fields"]},
        manifest_list=None if now is None else now.get("manifest-list"),
        manifests=() if now is None else now.get("manifests") or (),
        rows=int(rows) if rows.isdigit() else None,
    )


def _column(field: Mapping[str, Any]) -> ColumnInfo:
    kind = field["type"]
    if isinstance(kind, Mapping):
        nested = ValueKind.ARRAY if kind.get("type") == "list" else ValueKind.JSON
        return ColumnInfo(
            name=str(field["name"]), kind=nested, declared=str(kind.get("type")), comment=str(field.get("doc") or "")
        )
    base = str(kind).partition("(")[0].partition("[")[0]
    found = ValueKind.DECIMAL if base == "decimal" else _KINDS.get(base, ValueKind.UNKNOWN)
    return ColumnInfo(name=str(field["name"]), kind=found, declared=str(kind), comment=str(field.get("doc") or ""))


def _file(row: Row, names: Mapping[int, str]) -> File | Missing:
    path = row.get("data_file.file_path") or ""
    layout = _FORMATS.get((row.get("data_file.file_format") or "").upper())
    size = row.get("data_file.file_size_in_bytes") or ""
    folder = folder_of(path)
    if folder is None or not folder.key or not size.isdigit():
        return Missing(path or "a file", ReadError("no location", "a manifest names it, and not as an object of S3"))
    if layout is None:
        return Missing(path, ReadError("unsupported format", "it is of a format that is not known"))
    parts = {name.rpartition(".")[2]: value for name, value in row.items() if name.startswith("data_file.partition.")}
    return File(object_of(folder.bucket, folder.key, int(size)), parts, layout, 0, names)
