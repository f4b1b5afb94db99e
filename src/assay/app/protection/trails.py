"""Files of a trail of CloudTrail, as they lie in a bucket or in a folder: listed in the order of time, and their records read.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError, UsageError

CALLS: Calls = frozenset({"s3.ListObjectsV2", "s3.GetObject"})

_NAME = re.compile(r"(?:^|/)\d{12}_CloudTrail_[a-z0-9-]+_(?P<at>\d{8}T\d{4})Z_[A-Za-z0-9]+\.json(?:\.gz)?$")
_LONGEST = 512 * 1024 * 1024
"""Bytes of a file's records. CloudTrail writes files of 50 MB at most before they are compressed."""


class LogFile(NamedTuple):
    """A file of a trail: `at` is its moment as its name has it (`20261129T2310`), `name` what tells it from others."""

    at: str
    name: str


class UnreadError(Exception):
    """A file that could not be read: why, in a few words. It holds no content."""


@dataclass(frozen=True, kw_only=True)
class FolderTrail:
    """Files below a folder."""

    folder: Path

    def files(self) -> list[LogFile]:
        """Those of accesses, the oldest first. Raises `UsageError` where there is no such folder."""
        if not self.folder.is_dir():
            raise UsageError(f"{self.folder}: there is no such folder; check the path")
        names = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        return _ordered(names, str(self.folder))

    def records(self, file: LogFile) -> list[Mapping[str, Any]]:
        """What stands in a file. Raises `UnreadError`."""
        try:
            with (self.folder / file.name).open("rb") as stream:
                return records_of(stream)
        except OSError as error:
            raise UnreadError(error.strerror or "cannot be read") from None


@dataclass(frozen=True, kw_only=True)
class BucketTrail:
    """Files below a prefix of a bucket."""

    session: Session
    bucket: str
    prefix: str

    def files(self) -> list[LogFile]:
        """Those of accesses, the oldest first. Raises `AwsError`, `UsageError`."""
        try:
            listed = items(
                self.session.client("s3"), "list_objects_v2", "Contents", Bucket=self.bucket, Prefix=self.prefix
            )
            return _ordered((str(each["Key"]) for each in listed), f"s3://{self.bucket}/{self.prefix}")
        except refusals() as error:
            failure = told(error, f"s3://{self.bucket}")
            if failure.reason == NOT_FOUND:
                hint = "check its name, and --profile and --region"
                raise UsageError(
                    f"s3://{self.bucket}/{self.prefix}: there is no bucket '{self.bucket}'; {hint}"
                ) from None
            raise failure from None

    def records(self, file: LogFile) -> list[Mapping[str, Any]]:
        """What stands in a file. Raises `UnreadError`."""
        try:
            body = self.session.client("s3").get_object(Bucket=self.bucket, Key=file.name)["Body"]
            return records_of(body)
        except refusals() as error:
            raise UnreadError(told(error, "S3").detail) from None
        except AwsError as error:
            raise UnreadError(error.detail) from None


Trail = FolderTrail | BucketTrail


def _ordered(names: Iterator[str], place: str) -> list[LogFile]:
    """Digests and insights of a trail lie beside its logs, and are none. Raises `UsageError` where there is no log: a place that was
    mistyped would look as if nothing unusual had happened."""
    found = [LogFile(match["at"], name) for name in names if (match := _NAME.search(name))]
    if not found:
        raise UsageError(
            f"{place}: no file of a trail is there; name the place that CloudTrail writes to, such as s3://bucket/AWSLogs/"
        )
    return sorted(found)


def records_of(stream: BinaryIO) -> list[Mapping[str, Any]]:
    """The records of a file, compressed or not. Raises `UnreadError` for one that is damaged, too large, or something else."""
    start = stream.read(2)
    data = _inflated(stream, start) if start == b"\x1f\x8b" else start + stream.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise UnreadError("larger than logs of CloudTrail are")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise UnreadError("is not JSON") from None
    found = document.get("Records") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise UnreadError("has no list of Records")
    # What is none is counted as a record that is not understood.
    return [each if isinstance(each, dict) else {} for each in found]


def _inflated(stream: BinaryIO, start: bytes) -> bytes:
    inflate = zlib.decompressobj(wbits=31)
    parts, size, given = [], 0, start
    try:
        while given:
            part = inflate.decompress(given, _LONGEST + 1 - size)
            parts.append(part)
            size += len(part)
            if size > _LONGEST:
                break
            given = inflate.unconsumed_tail or stream.read(1 << 20)
            if inflate.eof:
                break
    except zlib.error:
        raise UnreadError("is damaged") from None
    if not inflate.eof and size <= _LONGEST:
        raise UnreadError("is cut off")
    return b"".join(parts)
