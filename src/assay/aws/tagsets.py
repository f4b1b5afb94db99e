"""All tags of a resource, as its service tells them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote

from assay.aws import catalogtags
from assay.aws.arn import parse
from assay.aws.failures import code_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.aws.tagset import TagSet

_NONE = "NoSuchTagSet"


Read = Callable[[Session, str, str], TagSet]
"""Of a session, a resource and the account that has to own it. Raises `AwsError`."""

S3_OBJECT: Calls = frozenset({"s3.GetObjectTagging"})
S3_BUCKET: Calls = frozenset({"s3.GetBucketTagging"})
RDS: Calls = frozenset({"rds.ListTagsForResource"})
DYNAMODB: Calls = frozenset({"dynamodb.ListTagsOfResource"})
EBS: Calls = frozenset({"ec2.DescribeTags"})


class Place(NamedTuple):
    """What `s3://bucket/percent-encoded-key?versionId=…` names; the key of a bucket is empty."""

    bucket: str
    key: str
    version: str | None


def place_of(resource: str) -> Place:
    """
    >>> place_of("s3://lake/in/Q1%20report")
    Place(bucket='lake', key='in/Q1 report', version=None)
    """
    rest, _, version = resource.removeprefix("s3://").partition("?versionId=")
    bucket, _, key = rest.partition("/")
    return Place(bucket, unquote(key), unquote(version) or None)


def s3_object(session: Session, resource: str, owner: str) -> TagSet:
    """Of the version that is named, or the current one."""
    bucket, key, named = place_of(resource)
    which = {} if named is None else {"VersionId": named}
    try:
        answer = session.client("s3").get_object_tagging(Bucket=bucket, Key=key, ExpectedBucketOwner=owner, **which)
    except refusals() as error:
        raise told(error, "S3") from None
    version = answer.get("VersionId")
    return TagSet(_plain(answer["TagSet"]), {"version": str(version)} if version else {})


def s3_bucket(session: Session, resource: str, owner: str) -> TagSet:
    """A bucket without tags answers with an error, which is no failure."""
    try:
        answer = session.client("s3").get_bucket_tagging(Bucket=place_of(resource).bucket, ExpectedBucketOwner=owner)
    except refusals() as error:
        if code_of(error) == _NONE:
            return TagSet({}, {})
        raise told(error, "S3") from None
    return TagSet(_plain(answer["TagSet"]), {})


def rds(session: Session, resource: str, owner: str) -> TagSet:  # noqa: ARG001  # the ARN names the account
    """Of an instance or a cluster; they come in one page."""
    try:
        answer = session.client("rds", parse(resource).region).list_tags_for_resource(ResourceName=resource)
    except refusals() as error:
        raise told(error, "RDS") from None
    return TagSet(_plain(answer["TagList"]), {})


def dynamodb(session: Session, resource: str, owner: str) -> TagSet:  # noqa: ARG001  # the ARN names the account
    """Of a table, in pages of ten."""
    client = session.client("dynamodb", parse(resource).region)
    try:
        return TagSet(_plain(items(client, "list_tags_of_resource", "Tags", ResourceArn=resource)), {})
    except refusals() as error:
        raise told(error, "DynamoDB") from None


def ebs(session: Session, resource: str, owner: str) -> TagSet:  # noqa: ARG001  # the ARN names the account
    """Of a volume."""
    arn = parse(resource)
    wanted = [{"Name": "resource-id", "Values": [arn.name]}]
    try:
        return TagSet(_plain(items(session.client("ec2", arn.region), "describe_tags", "Tags", Filters=wanted)), {})
    except refusals() as error:
        raise told(error, "EC2") from None


def _plain(tags: Any) -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}


READS: dict[str, tuple[Read, Calls]] = {
    "s3_object_tags": (s3_object, S3_OBJECT),
    "s3_bucket_tags": (s3_bucket, S3_BUCKET),
    "rds_tags": (rds, RDS),
    "dynamodb_tags": (dynamodb, DYNAMODB),
    "ebs_tags": (ebs, EBS),
    "glue_tags": (catalogtags.glue_tags, catalogtags.GLUE),
    "lf_tags": (catalogtags.lf_tags, catalogtags.LAKE_FORMATION),
}
"""How tags are read, by the control that writes them."""
