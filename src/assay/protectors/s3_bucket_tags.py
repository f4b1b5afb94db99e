"""Tags of S3 buckets. `PutBucketTagging` replaces all of them, AWS's own among them, which it wants back as they were; a bucket
whose tags decide on access (ABAC) refuses it, and takes single tags instead.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import S3_BUCKET, place_of
from assay.protectors.tagging import TagProtector, Write

CONTROL = "s3_bucket_tags"
WRITES: Calls = frozenset(
    {"s3.GetBucketAbac", "s3.PutBucketTagging", "s3control.TagResource", "s3control.UntagResource"}
)
CALLS: Calls = S3_BUCKET | WRITES


def protector(session: Session, account: str) -> TagProtector:
    """Writes the tags of buckets of the account."""
    return TagProtector(session, account, control=CONTROL, calls=CALLS, write=_write)


def _write(write: Write) -> None:
    bucket = place_of(write.resource).bucket
    client = write.session.client("s3")
    try:
        if _has_abac(client, bucket, write.account):
            _write_each(write, bucket)
            return
        client.put_bucket_tagging(
            Bucket=bucket,
            Tagging={"TagSet": [{"Key": name, "Value": value} for name, value in sorted(write.whole.items())]},
            ExpectedBucketOwner=write.account,
        )
    except refusals() as error:
        raise told(error, "S3") from None


def _has_abac(client: Any, bucket: str, account: str) -> bool:
    """Where that cannot be seen it counts as off: the call for buckets without it is refused by those that have it."""
    ask = getattr(client, "get_bucket_abac", None)  # of boto3 since 1.41
    if ask is None:
        return False
    try:
        answer = ask(Bucket=bucket, ExpectedBucketOwner=account)
    except refusals():
        return False
    return bool(answer.get("AbacStatus", {}).get("Status") == "Enabled")


def _write_each(write: Write, bucket: str) -> None:
    client = write.session.client("s3control")
    arn = f"arn:{write.session.partition}:s3:::{bucket}"
    if write.sets:
        tags = [{"Key": name, "Value": value} for name, value in sorted(write.sets.items())]
        client.tag_resource(AccountId=write.account, ResourceArn=arn, Tags=tags)
    if write.takes:
        client.untag_resource(AccountId=write.account, ResourceArn=arn, TagKeys=write.takes)
