"""The settings of a bucket, one by one, as S3 tells them. What is not set is told by error codes that are no exceptions.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from assay.aws.failures import code_of, failure_of, refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import place_of
from assay.errors import AwsError
from assay.model.policydocument import without_own
from assay.model.protection import Setting, fingerprint

UNREAD = "unread"
"""Stands for the fingerprint of a setting that could not be read."""


class Read(NamedTuple):
    """How a setting is read: the client's `method` and the operation's name, the code that says that it is not set, and
    what of the answer it is."""

    method: str
    operation: str
    absent: str
    part: Callable[[dict[str, Any]], Any]


def _policy(answer: dict[str, Any]) -> Any:
    return json.loads(answer["Policy"])


def _ownership(answer: dict[str, Any]) -> Any:
    rules = answer["OwnershipControls"]["Rules"]
    return rules[0]["ObjectOwnership"] if rules else None


def _versioning(answer: dict[str, Any]) -> Any:
    return {name: answer[name] for name in ("Status", "MFADelete") if name in answer}


def _lifecycle(answer: dict[str, Any]) -> Any:
    return {name: answer[name] for name in ("Rules", "TransitionDefaultMinimumObjectSize") if name in answer}


def _notifications(answer: dict[str, Any]) -> Any:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _website(answer: dict[str, Any]) -> Any:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


READS: Mapping[str, Read] = {
    "tags": Read(
        "get_bucket_tagging",
        "GetBucketTagging",
        "NoSuchTagSet",
        lambda answer: {str(tag["Key"]): str(tag["Value"]) for tag in answer["TagSet"]},
    ),
    "encryption": Read(
        "get_bucket_encryption",
        "GetBucketEncryption",
        "ServerSideEncryptionConfigurationNotFoundError",
        lambda answer: answer["ServerSideEncryptionConfiguration"],
    ),
    "policy": Read("get_bucket_policy", "GetBucketPolicy", "NoSuchBucketPolicy", _policy),
    "policy_status": Read(
        "get_bucket_policy_status",
        "GetBucketPolicyStatus",
        "NoSuchBucketPolicy",
        lambda answer: bool(answer["PolicyStatus"]["IsPublic"]),
    ),
    "public_access_block": Read(
        "get_public_access_block",
        "GetPublicAccessBlock",
        "NoSuchPublicAccessBlockConfiguration",
        lambda answer: answer["PublicAccessBlockConfiguration"],
    ),
    "ownership": Read(
        "get_bucket_ownership_controls", "GetBucketOwnershipControls", "OwnershipControlsNotFoundError", _ownership
    ),
    "acl": Read(
        "get_bucket_acl",
        "GetBucketAcl",
        "",
        lambda answer: {"Owner": answer["Owner"].get("ID"), "Grants": answer.get("Grants", [])},
    ),
    "versioning": Read("get_bucket_versioning", "GetBucketVersioning", "", _versioning),
    "lifecycle": Read(
        "get_bucket_lifecycle_configuration",
        "GetBucketLifecycleConfiguration",
        "NoSuchLifecycleConfiguration",
        _lifecycle,
    ),
    "logging": Read("get_bucket_logging", "GetBucketLogging", "", lambda answer: answer.get("LoggingEnabled")),
    "notifications": Read(
        "get_bucket_notification_configuration", "GetBucketNotificationConfiguration", "", _notifications
    ),
    "replication": Read(
        "get_bucket_replication",
        "GetBucketReplication",
        "ReplicationConfigurationNotFoundError",
        lambda answer: answer["ReplicationConfiguration"],
    ),
    "website": Read("get_bucket_website", "GetBucketWebsite", "NoSuchWebsiteConfiguration", _website),
    "object_lock": Read(
        "get_object_lock_configuration",
        "GetObjectLockConfiguration",
        "ObjectLockConfigurationNotFoundError",
        lambda answer: answer["ObjectLockConfiguration"],
    ),
}
"""Every setting of the pre-image."""


def calls_of(*names: str) -> Calls:
    """The operations that read these settings."""
    return frozenset(f"s3.{READS[name].operation}" for name in names)


ALL_CALLS: Calls = calls_of(*READS) | {"s3.GetBucketLocation"}


def raw_of(session: Session, resource: str, account: str, name: str) -> Any:
    """A setting as the API has it, `None` where it is not set. Raises `AwsError`."""
    return _asked(session, resource, account, name, "S3")


def _asked(session: Session, resource: str, account: str, name: str, what: str) -> Any:
    read = READS[name]
    try:
        answer = getattr(session.client("s3"), read.method)(
            Bucket=place_of(resource).bucket, ExpectedBucketOwner=account
        )
        return read.part(answer)
    except refusals() as error:
        if read.absent and code_of(error) == read.absent:
            return None
        raise told(error, what) from None
    except (ValueError, KeyError, TypeError):
        # A policy that is no JSON, an answer without what the model says is in it.
        raise AwsError(
            "not understood", f"{what}: {read.operation}: the answer is not what the service's model says"
        ) from None


def setting_of(session: Session, resource: str, account: str, name: str) -> Setting:
    """A setting as JSON has it. One that cannot be read says why: that stops nothing else."""
    try:
        return Setting(value=as_json(raw_of(session, resource, account, name)))
    except AwsError as error:
        return Setting(reason=error.reason, detail=error.detail)


def region_of(session: Session, resource: str, account: str) -> str:
    """Where a bucket is. Raises `AwsError`."""
    try:
        answer = session.client("s3").get_bucket_location(Bucket=place_of(resource).bucket, ExpectedBucketOwner=account)
    except refusals() as error:
        failure = failure_of(error)
        raise AwsError(failure.reason, f"{resource}: {failure.detail}") from None
    told_as = answer.get("LocationConstraint")
    # As the API has called these two since before regions had codes.
    return {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(told_as, str(told_as))


def fingerprint_of(name: str, setting: Setting) -> str:
    """Whether a setting is the same still: of a policy what others wrote, since protection's own statements come and go."""
    if not setting.is_known:
        return UNREAD
    return fingerprint(without_own(setting.value) if name == "policy" else setting.value)


def as_json(value: Any) -> Any:
    """The same with times as texts."""
    if isinstance(value, dict):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
