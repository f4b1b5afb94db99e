"""A trail of assay's own, where an account has none that logs: with a bucket for it that CloudTrail alone may write into, for all regions.

A trail is refused before the policy of its bucket lets it in, and logs nothing before it is started: the order counts.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

from __future__ import annotations

import json
from typing import Any

from assay.aws import s3settings, trails
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, code_of, failure_of, refusals
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, Action, State
from assay.model.policydocument import plain, statements_of
from assay.protectors.means import Making, MeansProtector

CONTROL = "cloudtrail_trail"
READS: Calls = frozenset(
    {"cloudtrail.GetTrail", "cloudtrail.GetTrailStatus", "s3.GetBucketLocation"}
) | s3settings.calls_of("policy")
CALLS: Calls = READS | {
    "s3.CreateBucket", "s3.PutBucketPolicy", "s3.PutPublicAccessBlock", "cloudtrail.CreateTrail", "cloudtrail.StartLogging",
}  # fmt: skip
BUCKET, STATEMENTS, TRAIL, LOGGING = "bucket", "lets CloudTrail in", "trail", "logging"
_HOME = "us-east-1"
_GONE = "TrailNotFoundException"
_OURS = "BucketAlreadyOwnedByYou"
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def protector(session: Session, account: str) -> MeansProtector:  # noqa: ARG001  # the ARN names the account
    """Makes trails of the account."""
    return MeansProtector(session, _MAKING)


def bucket_of(trail: str) -> str:
    """The bucket of a trail of assay's own."""
    arn = parse(trail)
    return f"assay-trail-{arn.account}-{arn.region}"


def observe(session: Session, trail: str) -> dict[str, Any]:
    """What there is of a trail and its bucket. Raises `AwsError`."""
    arn = parse(trail)
    found: dict[str, Any] = {BUCKET: None, STATEMENTS: False, TRAIL: None, LOGGING: False}
    uri = f"s3://{bucket_of(trail)}"
    try:
        found[BUCKET] = s3settings.region_of(session, uri, arn.account)
        policy = s3settings.raw_of(session, uri, arn.account, "policy")
        there = [plain(each) for each in statements_of(policy)]
        found[STATEMENTS] = all(plain(each) in there for each in _statements(trail))
    except AwsError as error:
        if error.reason != NOT_FOUND:
            raise
    client = session.client("cloudtrail", arn.region)
    try:
        found[TRAIL] = client.get_trail(Name=trail)["Trail"].get("S3BucketName")
        found[LOGGING] = trails.is_logging(session, trail)
    except refusals() as error:
        if code_of(error) != _GONE and failure_of(error).reason != NOT_FOUND:
            raise told(error, "CloudTrail") from None
    return found


def wanted(trail: str) -> dict[str, Any]:
    """What there has to be."""
    return {BUCKET: parse(trail).region, STATEMENTS: True, TRAIL: bucket_of(trail), LOGGING: True}


def _observe(session: Session, action: Action) -> State:
    return observe(session, action.resource)


def _statements(trail: str) -> list[dict[str, Any]]:
    arn, bucket = parse(trail), bucket_of(trail)
    who = {"Service": "cloudtrail.amazonaws.com"}
    whole = f"arn:{arn.partition}:s3:::{bucket}"
    only = {"aws:SourceArn": trail}
    return [
        {"Sid": "AssayTrailCheck", "Effect": "Allow", "Principal": who, "Action": "s3:GetBucketAcl", "Resource": whole,
         "Condition": {"StringEquals": only}},
        {"Sid": "AssayTrailWrite", "Effect": "Allow", "Principal": who, "Action": "s3:PutObject",
         "Resource": f"{whole}/AWSLogs/{arn.account}/*",
         "Condition": {"StringEquals": {**only, "s3:x-amz-acl": "bucket-owner-full-control"}}},
    ]  # fmt: skip


def _make(session: Session, action: Action, now: State) -> None:
    trail, arn = action.resource, parse(action.resource)
    bucket = bucket_of(trail)
    s3 = session.client("s3", arn.region)
    owned = {"Bucket": bucket, "ExpectedBucketOwner": arn.account}
    if now[BUCKET] is None:
        where = {} if arn.region == _HOME else {"CreateBucketConfiguration": {"LocationConstraint": arn.region}}
        try:
            s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced", **where)
        except refusals() as error:
            if code_of(error) != _OURS:
                raise
        s3.put_public_access_block(PublicAccessBlockConfiguration=dict.fromkeys(_FLAGS, True), **owned)
    elif now[BUCKET] != arn.region:
        raise ActionError(CHANGED, f"bucket {bucket} is in {now[BUCKET]}")
    if not now[STATEMENTS]:
        policy = s3settings.raw_of(session, f"s3://{bucket}", arn.account, "policy")
        own = _statements(trail)
        sids = {each["Sid"] for each in own}
        kept = [each for each in statements_of(policy) if each.get("Sid") not in sids]
        document = {**(policy or {"Version": "2012-10-17"}), "Statement": [*kept, *own]}
        s3.put_bucket_policy(Policy=json.dumps(document), **owned)
    client = session.client("cloudtrail", arn.region)
    if now[TRAIL] is None:
        client.create_trail(
            Name=arn.name,
            S3BucketName=bucket,
            IsMultiRegionTrail=True,
            IncludeGlobalServiceEvents=True,
            EnableLogFileValidation=True,
        )
    if not now[LOGGING]:
        client.start_logging(Name=trail)


_MAKING = Making(
    called="the trail",
    service="CloudTrail",
    calls=CALLS,
    observe=_observe,
    make=_make,
    final="a trail and its bucket are not deleted: they hold logs",
)
