"""What `assay aws tag` is asked to tag, and where the catalog keeps what is known of it."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, unquote

from assay.aws.arn import Arn, parse
from assay.errors import UsageError

_CONTROLS = {
    ("rds", "db"): "rds_tags",
    ("rds", "cluster"): "rds_tags",
    ("dynamodb", "table"): "dynamodb_tags",
    ("ec2", "volume"): "ebs_tags",
}
_OF_BUCKETS = frozenset(string.ascii_letters + string.digits + "._-")
DATABASES = ("postgresql", "mysql", "mariadb", "redshift")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target as it was written. `bucket` and `key` are of S3; `is_whole` says that the bucket itself is meant, too. With
    `is_open` all keys that begin so are meant, else the object and what lies below it. All others have an `arn` and the
    `control` that tags them."""

    text: str
    bucket: str | None = None
    key: str = ""
    is_open: bool = False
    is_whole: bool = False
    arn: Arn | None = None
    control: str = ""


def target_of(text: str) -> Target:
    """Raises `UsageError` for what cannot be tagged."""
    if text.startswith("s3://"):
        return _s3(text, text.removeprefix("s3://"))
    if not text.startswith("arn:"):
        raise UsageError(f"{text}: cannot be tagged; give s3://bucket, s3://bucket/prefix or an ARN")
    try:
        arn = parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if arn.service == "s3":
        bucket, slash, key = arn.resource.partition("/")
        # An ARN has the key as it is, a URI has it percent-encoded.
        return _s3(text, f"{bucket}{slash}{quote(key.removesuffix('*'))}{'*' if key.endswith('*') else ''}")
    control = _CONTROLS.get((arn.service, arn.kind))
    if control is None or "/" in arn.name:
        known = "S3 buckets and objects, RDS instances and clusters, DynamoDB tables and EBS volumes"
        raise UsageError(f"{text}: cannot be tagged; {known} can")
    if not arn.region or not arn.account:
        raise UsageError(f"{text}: lacks its region or account; write the whole ARN")
    return Target(text=text, arn=arn, control=control)


def _s3(text: str, rest: str) -> Target:
    bucket, _, path = rest.partition("/")
    if not bucket or not set(bucket) <= _OF_BUCKETS:
        raise UsageError(f"{text}: names no bucket; write s3://bucket, s3://bucket/prefix/ or s3://bucket/key")
    if "?" in path:
        raise UsageError(f"{text}: in a key write '?' as %3F; versions are tagged with the object that they are of")
    key = unquote(path.removesuffix("*"))
    is_open = not path or path.endswith(("/", "*"))
    return Target(text=text, bucket=bucket, key=key, is_open=is_open, is_whole=not path)


class Where(NamedTuple):
    """Resources of the catalog: those of these URIs, and those whose URIs begin so."""

    exact: list[str]
    below: list[str]


def objects_of(target: Target) -> Where:
    """Where the objects are that are meant, each version that was scanned by itself among them."""
    start = f"s3://{target.bucket}/{quote(target.key)}"
    if target.is_open:
        return Where([], [start])
    return Where([start], [f"{start}/", f"{start}?versionId="])


def held_by(target: Target, hosts: list[str]) -> Where:
    """Where that is which lies in a database, a table or a volume; `hosts` are those of a database."""
    assert target.arn is not None
    exact = [target.text]
    below = [f"{scheme}://{host.lower()}{end}" for host in hosts for scheme in DATABASES for end in (":", "/")]
    if target.control == "dynamodb_tags":
        exact.append(f"dynamodb://{target.arn.name}")
        below.append(f"dynamodb://{target.arn.name}/")
    return Where(exact, below)
