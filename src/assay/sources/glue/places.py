"""The places where a table's files lie, by its partitions, and the files in them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.errors import AwsError, ReadError
from assay.model import AssetRef
from assay.sources.glue.described import Described, Folder, Layout, folder_of, layout_of, skip_of
from assay.sources.glue.failures import of_table
from assay.sources.s3.address import token_of, uri_of
from assay.sources.s3.connection import Connection
from assay.sources.s3.failures import ARCHIVED, of_listing
from assay.sources.s3.listing import Entry, Pages, Unlisted, listed

# What Hive leaves a partition's value out by.
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_MARKER = "_$folder$"
_AT_ONCE = 64
"""Places whose files are shuffled together."""

Values = Mapping[str, str | None]


class Place(NamedTuple):
    """A folder of files that are written alike, and the values of the partition's columns in it."""

    folder: Folder
    values: Values
    layout: Layout
    skip: int
    inferred: bool = False


class File(NamedTuple):
    """A file of a table, to be opened, and what its rows have besides what it holds."""

    asset: AssetRef
    values: Values
    layout: Layout
    skip: int
    names: Mapping[int, str] = {}
    """Columns by their numbers in files of Iceberg; empty for all others, where they go by their names."""


class Missing(NamedTuple):
    """What of a table could not be read, and why."""

    uri: str
    error: ReadError


def places(client: Any, table: Described) -> list[Place]:
    """All partitions, or the table's own folder. Raises `ReadError`."""
    own = None if table.folder is None else Place(table.folder, {}, table.layout, table.skip)
    if not table.keys:
        return _all(table, [] if own is None else [own])
    names = [key.name for key in table.keys]
    found: list[Place] = []
    try:
        for told in items(
            client,
            "get_partitions",
            "Partitions",
            DatabaseName=table.database,
            TableName=table.name,
            ExcludeColumnSchema=True,
        ):
            found += _partition(told, names, table)
    except refusals() as error:
        raise of_table(error) from None
    except AwsError as error:
        raise ReadError(error.reason, error.detail) from None
    # Partitions may be projected, or not registered yet: their files are there all the same.
    return found or _all(table, [] if own is None else [own._replace(inferred=True)])


def _all(table: Described, found: list[Place]) -> list[Place]:
    if not found:
        raise ReadError("no location", f"{table.database}.{table.name} does not say where its files lie")
    return found


def _partition(told: Mapping[str, Any], names: list[str], table: Described) -> Iterator[Place]:
    stored: Mapping[str, Any] = told.get("StorageDescriptor") or {}
    folder = folder_of(str(stored.get("Location") or "")) or table.folder
    if folder is None:
        return
    given = [str(value) for value in told.get("Values") or ()]
    values = {name: None if value == _NO_VALUE else value for name, value in zip(names, given, strict=False)}
    parameters = told.get("Parameters") or {}
    layout = (
        layout_of(stored, parameters) if (stored.get("SerdeInfo") or {}).get("SerializationLibrary") else table.layout
    )
    yield Place(folder, values, layout, skip_of(stored, parameters) or table.skip)


def files(connection: Connection, place: Place, names: frozenset[str]) -> Iterator[File | Missing]:
    """The files of a place, without those whose names Hive takes for hidden. `names` are the partition's columns."""
    folder = place.folder
    pages = Pages(connection=connection, bucket=folder.bucket)
    below = f"{folder.key}/" if folder.key else ""
    is_empty = True
    try:
        for entry in listed(pages, below, pages.page(below)):
            is_empty = False
            yield from _file(entry, place, below, names)
        if is_empty and folder.key:
            # A crawler may have made a table of one object.
            for entry in pages.page(folder.key, MaxKeys=1).entries:
                if entry.key == folder.key:
                    yield from _file(entry, place, folder.key.rpartition("/")[0] + "/", names)
    except refusals() as error:
        yield Missing(uri_of(folder.bucket, below), of_listing(error))
    except ReadError as error:
        yield Missing(uri_of(folder.bucket, below), error)
    except AwsError as error:
        yield Missing(uri_of(folder.bucket, below), ReadError(error.reason, error.detail))


def _file(entry: Entry | Unlisted, place: Place, below: str, names: frozenset[str]) -> Iterator[File | Missing]:
    bucket = place.folder.bucket
    if isinstance(entry, Unlisted):
        yield Missing(uri_of(bucket, entry.prefix), entry.error)
        return
    parts = entry.key[len(below) :].split("/")
    if not entry.size or entry.key.endswith(_MARKER) or any(part.startswith(("_", ".")) for part in parts):
        return
    uri = uri_of(bucket, entry.key)
    if entry.storage in _ARCHIVES and not entry.restored:
        yield Missing(uri, ReadError(ARCHIVED, f"storage class {entry.storage}; restore it to have it read"))
        return
    values = _inferred(parts[:-1], names) if place.inferred else place.values
    yield File(object_of(bucket, entry.key, entry.size, entry.etag), values, place.layout, place.skip)


def object_of(bucket: str, key: str, size: int, etag: str = "") -> AssetRef:
    """An object as its opener takes it; without an ETag it is not asked whether it is the one that was listed."""
    return AssetRef(
        kind="object", uri=uri_of(bucket, key), size=size, name=(bucket, key), change=token_of(size, None, etag)
    )


def _inferred(folders: list[str], names: frozenset[str]) -> Values:
    """Values of partitions as Hive writes them into paths: `year=2026/month=03`."""
    found: dict[str, str | None] = {}
    for folder in folders:
        name, equals, value = folder.partition("=")
        if equals and name.lower() in names:
            found[name.lower()] = None if value == _NO_VALUE else unquote(value)
    return found


class Folders:
    """Files by the folders that they lie in. With `draw` folders come in random order, and some of them are mixed."""

    def __init__(self, connection: Connection, found: Sequence[Place], table: Described) -> None:
        self._connection = connection
        self._places = found
        self._keys = frozenset(key.name for key in table.keys)

    def listed(self, draw: random.Random | None) -> Iterator[File | Missing]:
        if draw is None:
            for place in self._places:
                yield from files(self._connection, place, self._keys)
            return
        shuffled = draw.sample(self._places, len(self._places))
        for start in range(0, len(shuffled), _AT_ONCE):
            some = [
                item
                for place in shuffled[start : start + _AT_ONCE]
                for item in files(self._connection, place, self._keys)
            ]
            draw.shuffle(some)
            yield from some
