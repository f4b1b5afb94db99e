"""What `assay aws tag` is asked to tag, and where the catalog keeps what is known of it."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from assay.aws.arn import Arn, parse
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.store.engine import Catalog

_CONTROLS = {
    ("rds", "db"): "rds_tags",
    ("rds", "cluster"): "rds_tags",
    ("dynamodb", "table"): "dynamodb_tags",
    ("ec2", "volume"): "ebs_tags",
    ("glue", "table"): "glue_tags",
}
_OF_BUCKETS = frozenset(string.ascii_letters + string.digits + "._-")
_S3, _DYNAMODB, _GLUE = "s3://", "dynamodb://", "glue://"
BY_NAME = (_DYNAMODB, _GLUE)
"""How targets begin that have an ARN once region and account are known."""
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
    if control is None or arn.name.count("/") != (control == "glue_tags"):
        known = "S3 buckets and objects, RDS instances and clusters, DynamoDB and Glue tables and EBS volumes"
        raise UsageError(f"{text}: cannot be tagged; {known} can")
    if not arn.region or not arn.account:
        raise UsageError(f"{text}: lacks its region or account; write the whole ARN")
    return Target(text=text, arn=arn, control=control)


def holder_of(catalog: Catalog, text: str) -> str:
    """What is tagged for a name as any command tells it: of a column the object or the table that holds it. What the catalog
    does not know by a table or column stays as it is. Raises `UsageError` for what is in nothing that can be tagged."""
    from assay.app.reviews.naming import search  # the catalog's: only where one is open
    from assay.report.spelling import Named, spelled

    is_uri = text.startswith((_S3, _DYNAMODB))
    if text.startswith(_GLUE):
        return text
    if text.startswith("arn:") or (is_uri and ":" not in text.partition("://")[2]):
        return text
    with catalog.reading() as connection:
        found = search(connection, text)
    if not found or (is_uri and found[0].table is None):
        return text
    if len({each.resource for each in found}) > 1:
        raise UsageError(f"{text}: may be of several resources; give the whole of it, as a command tells it")
    uri = found[0].resource
    if uri.startswith(_S3):
        return uri.partition("?versionId=")[0]
    if uri.startswith(_DYNAMODB):
        return uri
    is_server = "://" in uri and not uri.startswith("file:")
    hint = "what holds a database is tagged by its ARN" if is_server else "files of this machine have no tags"
    raise UsageError(f"{text}: {spelled(Named(uri))} cannot be tagged: {hint}; give s3://…, dynamodb://TABLE or an ARN")


def arn_of(text: str, *, partition: str, region: str | None, account: str) -> str:
    """A table of DynamoDB or Glue by its URI as its ARN; all else as it is. Raises `UsageError` where its region is not known."""
    if not text.startswith(BY_NAME):
        return text
    if region is None:
        raise UsageError(f"{text}: in which region is not known; give --region, or the table's ARN")
    if text.startswith(_GLUE):
        names = text.removeprefix(_GLUE).split("/")
        if len(names) != 2 or not all(names):
            raise UsageError(f"{text}: names no table; write glue://database/table")
        return f"arn:{partition}:glue:{region}:{account}:table/{unquote(names[0])}/{unquote(names[1])}"
    return f"arn:{partition}:dynamodb:{region}:{account}:table/{unquote(text.removeprefix(_DYNAMODB))}"


def as_lf_tags(target: Target) -> Target:
    """The same, by LF-tags. Raises `UsageError` for what has none."""
    if target.control != "glue_tags":
        raise UsageError(f"{target.text}: has no LF-tags; Glue tables have: give glue://database/table or its ARN")
    return replace(target, control="lf_tags")


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


def held_by(target: Target, hosts: list[str], places: Sequence[str] = ()) -> Where:
    """Where that is which lies in a database, a table or a volume; `hosts` are those of a database, `places` are URIs."""
    assert target.arn is not None
    exact = [target.text]
    below = [f"{scheme}://{host.lower()}{end}" for host in hosts for scheme in DATABASES for end in (":", "/")]
    if target.control == "dynamodb_tags":
        exact.append(f"dynamodb://{target.arn.name}")
        below.append(f"dynamodb://{target.arn.name}/")
    return Where([*exact, *places], [*below, *(f"{place}/" for place in places)])
