"""Manifests of S3 Batch Operations, and the requests for jobs that tag what they list. Nothing is sent.

A job writes the same tags to all objects of its manifest, in place of all that they have: so there is one for each whole set
of tags, others' among them, and one that takes it back.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-put-object-tagging.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/specify-batchjob-manifest.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from assay.errors import OutputError, UsageError, unwritable

_MANIFEST = "S3BatchOperations_CSV_20180820"
_REPORT = "Report_CSV_20180820"
_PRIORITY = 10
TAG, BACK = "tag", "back"


class Row(NamedTuple):
    """An object, its version where it has some, and all its tags: as they are, and as they have to be."""

    bucket: str
    key: str
    version: str | None
    before: Mapping[str, str]
    after: Mapping[str, str]


class Place(NamedTuple):
    """Where manifests will lie and reports are written, for whom, and with which role jobs work."""

    bucket: str
    prefix: str
    account: str
    partition: str
    role: str


class Job(NamedTuple):
    """A manifest that was written, the request that is for it, and how many objects it lists. `kind` is `tag` or `back`."""

    kind: str
    manifest: Path
    request: Path
    objects: int


class _Group(NamedTuple):
    kind: str
    has_versions: bool
    tags: tuple[tuple[str, str], ...]


def write(folder: Path, rows: Iterable[Row], place: Place) -> list[Job]:
    """Writes a manifest (`NAME.csv`) and a request (`NAME.json`) for each set of tags. Raises `UsageError` for a folder that is not
    empty, `OutputError` where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(
                f"{folder}: is not empty; give a folder that is, so that no job of another plan is among these"
            )
        groups = _grouped(rows)
        return [_written(folder, number, group, listed, place) for number, group, listed in _numbered(groups)]
    except OSError as error:
        raise OutputError(unwritable(folder, error)) from None


def _grouped(rows: Iterable[Row]) -> dict[_Group, list[Row]]:
    groups: dict[_Group, list[Row]] = {}
    for row in rows:
        for kind, tags in ((TAG, row.after), (BACK, row.before)):
            group = _Group(kind, row.version is not None, tuple(sorted(tags.items())))
            groups.setdefault(group, []).append(row)
    return groups


def _numbered(groups: Mapping[_Group, list[Row]]) -> Iterator[tuple[int, _Group, list[Row]]]:
    counts = {TAG: 0, BACK: 0}
    for group, rows in groups.items():
        counts[group.kind] += 1
        yield counts[group.kind], group, rows


def _written(folder: Path, number: int, group: _Group, rows: list[Row], place: Place) -> Job:
    name = f"{group.kind}-{number:04}"
    manifest, request = folder / f"{name}.csv", folder / f"{name}.json"
    body = "".join(_line(row) for row in rows).encode()
    manifest.write_bytes(body)
    told = _request(name, group, body, place)
    request.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return Job(group.kind, manifest, request, len(rows))


def _line(row: Row) -> str:
    """Keys are percent-encoded in manifests, so that no mark of CSV is in them.

    >>> _line(Row("lake", "in/a,b\\nc.csv", None, {}, {}))
    'lake,in/a%2Cb%0Ac.csv\\n'
    """
    fields = [row.bucket, quote(row.key), *([] if row.version is None else [row.version])]
    return ",".join(fields) + "\n"


def _request(name: str, group: _Group, body: bytes, place: Place) -> dict[str, Any]:
    """What `aws s3control create-job --cli-input-json` takes. The job waits until somebody confirms it."""
    digest = hashlib.sha256(body + repr(group.tags).encode()).hexdigest()
    tags = [{"Key": key, "Value": value} for key, value in group.tags]
    operation: dict[str, Any] = {"S3PutObjectTagging": {"TagSet": tags}} if tags else {"S3DeleteObjectTagging": {}}
    fields = ["Bucket", "Key", *(["VersionId"] if group.has_versions else [])]
    prefix = f"{place.prefix}/" if place.prefix else ""
    return {
        "AccountId": place.account,
        "ClientRequestToken": digest[:64],
        "ConfirmationRequired": True,
        "Description": f"assay {name}",
        "Manifest": {
            "Spec": {"Format": _MANIFEST, "Fields": fields},
            "Location": {
                "ObjectArn": f"arn:{place.partition}:s3:::{place.bucket}/{prefix}{name}.csv",
                # That of an object that was put as a whole, and is not encrypted with a key of KMS.
                "ETag": hashlib.md5(body, usedforsecurity=False).hexdigest(),
            },
        },
        "Operation": operation,
        "Priority": _PRIORITY,
        "Report": {
            "Bucket": f"arn:{place.partition}:s3:::{place.bucket}",
            "Enabled": True,
            "Format": _REPORT,
            "Prefix": f"{prefix}reports",
            "ReportScope": "AllTasks",
        },
        "RoleArn": place.role,
    }
