"""Classifications in a catalog, as a scan would have left them, and what is tagged in an emulated account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from awsservers import ACCOUNT, REGION, Aws
from unit import records_for_tests as made

from assay.app.recording import begin
from assay.model import Classification, Level
from assay.store.engine import Catalog

ASKED = {"ruleset": "r1", "governance": "g1", "sampling": "all", "options": {}}
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def known(level: Level = Level.RESTRICTED, **changes: Any) -> Classification:
    """What is concluded of a resource."""
    values: dict[str, Any] = {
        "level": level,
        "confidence": 0.97,
        "identifiers": {"SSN": 3, "EMAIL": 1},
        "frameworks": ("HIPAA", "GDPR"),
    }
    if level in (Level.PUBLIC, Level.UNCLASSIFIED):
        values |= {"identifiers": {}, "frameworks": (), "categories": ()}
    return made.classification(**{**values, **changes})


def classify(catalog: Catalog, given: Mapping[str, Classification], changes: Mapping[str, str] | None = None) -> None:
    """Keeps these classifications, by URI; `changes` are tokens of change."""
    from dataclasses import replace

    recording = begin(catalog, list(given), **ASKED)
    for uri, classification in given.items():
        assert recording.unchanged(uri, None, (changes or {}).get(uri)) is None
        recording.take(replace(classification, resource=uri))
    recording.finish(made.summary())


@dataclass(kw_only=True)
class Lake:
    """A bucket with objects."""

    aws: Aws
    bucket: str = "lake"
    s3: Any = field(init=False)

    def __post_init__(self) -> None:
        self.s3 = self.aws.client("s3")
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put(self, key: str, tags: Mapping[str, str] | None = None, body: bytes = b"x") -> str:
        """An object with tags. Returns its token of change, as a scan has it."""
        answer = self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        if tags is not None:
            self.tag(key, tags)
        return f"s3:{len(body)}::{answer['ETag']}"

    def tag(self, key: str, tags: Mapping[str, str]) -> None:
        """What somebody else does."""
        self.s3.put_object_tagging(Bucket=self.bucket, Key=key, Tagging=as_set(tags))

    def tag_bucket(self, tags: Mapping[str, str]) -> None:
        self.s3.put_bucket_tagging(Bucket=self.bucket, Tagging=as_set(tags))

    def tags(self, key: str, version: str | None = None) -> dict[str, str]:
        which = {} if version is None else {"VersionId": version}
        return plain(self.s3.get_object_tagging(Bucket=self.bucket, Key=key, **which)["TagSet"])

    def bucket_tags(self) -> dict[str, str]:
        from botocore.exceptions import ClientError

        try:
            return plain(self.s3.get_bucket_tagging(Bucket=self.bucket)["TagSet"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchTagSet":
                raise
            return {}


def as_set(tags: Mapping[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


def plain(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"
