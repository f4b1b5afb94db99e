"""An S3 inventory as the list of a bucket's objects: its manifest, and the lists that it names, as CSV or Parquet.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, NamedTuple, cast
from urllib.parse import unquote_plus

from assay.aws.failures import refusals
from assay.errors import ReadError, UsageError
from assay.sources.s3.address import Address, is_s3, parse
from assay.sources.s3.connection import Connection
from assay.sources.s3.failures import of_object
from assay.sources.s3.listing import Entry, Unlisted

_LARGEST_MANIFEST = 64 * 1024 * 1024
_IN_MEMORY = 32 * 1024 * 1024
_ROWS = 4_096
_CHUNK = 1024 * 1024
_TRUE = "true"
_WORD = re.compile(r"[^a-z]")


class _Manifest(NamedTuple):
    """`schema` are the names of the columns of a CSV list, in small letters without anything else."""

    bucket: str
    format: str
    schema: list[str]
    files: list[str]
    place: str


def inventory(connection: Connection, address: Address) -> Iterator[Entry | Unlisted]:
    """The objects of the inventory that lie at an address, in the inventory's order.

    A list that cannot be read is told as such, and the others go on. Raises `UsageError` for a manifest that cannot be
    used, or is one of another bucket.
    """
    manifest = _manifest(connection, connection.options.inventory or "")
    if manifest.bucket != address.bucket:
        raise UsageError(
            f"--inventory {connection.options.inventory}: is of the bucket '{manifest.bucket}', not of '{address.bucket}'"
        )
    return _entries(connection, manifest, address)


def _entries(connection: Connection, manifest: _Manifest, address: Address) -> Iterator[Entry | Unlisted]:
    for name in manifest.files:
        try:
            with _opened(connection, manifest, name) as stream:
                rows = _csv_rows(stream, manifest.schema) if manifest.format == "CSV" else _parquet_rows(stream)
                for row in rows:
                    entry = _entry(row)
                    if entry is not None and _lies_at(entry, address):
                        yield entry
        except ReadError as error:
            told = f"a list of the inventory cannot be read: {error.detail or error.reason}"
            yield Unlisted(address.key, ReadError(error.reason, told))
        except (OSError, ValueError, EOFError, zlib.error, csv.Error) as error:
            told = f"a list of the inventory is damaged or not there ({type(error).__name__}): fetch it again"
            yield Unlisted(address.key, ReadError("unreadable", told))


def _lies_at(entry: Entry, address: Address) -> bool:
    if address.version is not None:
        return entry.key == address.key and entry.version == address.version
    named = bool(address.key) and not address.is_open and entry.key == address.key
    return named or entry.key.startswith(address.below)


def _entry(row: Mapping[str, Any]) -> Entry | None:
    """The object that a row is of; none of a delete marker."""
    if _is_true(row.get("isdeletemarker")):
        return None
    etag = str(row.get("etag") or "").strip('"')
    # Without a size nothing can be read by ranges; without an ETag, whatever is there is read.
    return Entry(
        key=str(row["key"]),
        size=int(row["size"] or 0),
        etag=f'"{etag}"' if etag else "",
        storage=str(row.get("storageclass") or "STANDARD"),
        version=str(row["versionid"]) if row.get("versionid") and not _is_true(row.get("islatest", _TRUE)) else None,
    )


def _is_true(value: Any) -> bool:
    return str(value).lower() == _TRUE


def _csv_rows(stream: IO[bytes], schema: list[str]) -> Iterator[dict[str, str]]:
    with gzip.GzipFile(fileobj=stream) as unpacked, io.TextIOWrapper(unpacked, "utf-8", newline="") as text:
        for values in csv.reader(text):
            row = dict(zip(schema, values, strict=True))
            row["key"] = unquote_plus(row["key"], errors="strict")
            yield row


def _parquet_rows(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        detail = "an inventory in Parquet is read with pyarrow; pip install 'assay[tables]'"
        raise ReadError("unsupported format", detail) from None
    try:
        file = pq.ParquetFile(stream)
        for batch in file.iter_batches(batch_size=_ROWS):
            columns = {
                _word(name): values.to_pylist() for name, values in zip(batch.schema.names, batch.columns, strict=True)
            }
            for number in range(batch.num_rows):
                yield {name: values[number] for name, values in columns.items()}
    except pa.ArrowException as error:
        raise ReadError("corrupt", f"it is damaged ({type(error).__name__}); fetch it again") from None


def _word(name: str) -> str:
    return _WORD.sub("", name.lower())


def _manifest(connection: Connection, place: str) -> _Manifest:
    try:
        with _at(connection, place) as stream:
            told = json.loads(stream.read(_LARGEST_MANIFEST))
        found = _Manifest(
            bucket=str(told["sourceBucket"]).rpartition(":")[2],
            format=str(told["fileFormat"]).upper(),
            schema=[_word(name) for name in str(told.get("fileSchema", "")).split(",")],
            files=[str(item["key"]) for item in told["files"]],
            place=place,
        )
    except OSError as error:
        raise UsageError(f"--inventory {place}: {error.strerror or 'cannot be read'}; name its manifest.json") from None
    except ReadError as error:
        raise UsageError(f"--inventory {place}: {error.detail or error.reason}") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"--inventory {place}: is no manifest of an inventory; name its manifest.json") from None
    if found.format not in ("CSV", "PARQUET"):
        raise UsageError(f"--inventory {place}: its lists are {found.format}; CSV and Parquet can be read")
    if found.format == "CSV" and not {"key", "size"} <= set(found.schema):
        raise UsageError(f"--inventory {place}: its lists have no size; add Size (and ETag) to the inventory")
    return found


@contextmanager
def _opened(connection: Connection, manifest: _Manifest, name: str) -> Iterator[IO[bytes]]:
    """A list that a manifest names: in the manifest's own bucket, or near a manifest that was copied here."""
    if is_s3(manifest.place):
        with _object(connection, parse(manifest.place).bucket, name) as stream:
            yield stream
        return
    folder = os.path.dirname(os.path.abspath(manifest.place))
    base = os.path.basename(name)
    near = [os.path.join(folder, base), os.path.join(folder, "data", base), os.path.join(folder, "..", "data", base)]
    with open(next(filter(os.path.isfile, near), near[0]), "rb") as file:
        yield file


@contextmanager
def _at(connection: Connection, place: str) -> Iterator[IO[bytes]]:
    if not is_s3(place):
        with open(place, "rb") as file:
            yield file
        return
    address = parse(place)
    with _object(connection, address.bucket, address.key) as stream:
        yield stream


@contextmanager
def _object(connection: Connection, bucket: str, key: str) -> Iterator[IO[bytes]]:
    """An object kept first, as a list is read at random: in memory, beyond 32 MiB in a nameless temporary file.

    The bucket of inventories may belong to another account than the one that is scanned.
    """
    said = {name: value for name, value in connection.always().items() if name != "ExpectedBucketOwner"}
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        try:
            body = connection.client().get_object(Bucket=bucket, Key=key, **said)["Body"]
            while piece := body.read(_CHUNK):
                spool.write(piece)
        except refusals() as error:
            raise of_object(error) from None
        spool.seek(0)
        yield cast("IO[bytes]", spool)
