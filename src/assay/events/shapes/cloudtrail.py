"""Calls that CloudTrail has recorded, by EventBridge: objects written, and resources that came into being.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from assay.events.fields import Fields, Malformed
from assay.events.items import CREATED, DELETED, TAGS_CHANGED, VERSION_DELETED, Ignored, Parsed, RescanItem, identity_of
from assay.events.shapes.eventbridge import Told, told
from assay.events.shapes.objects import object_item
from assay.events.uris import of_bucket, of_table

_KIND = "AWS API Call via CloudTrail"
_OBJECT = {
    "PutObject": CREATED,
    "CopyObject": CREATED,
    "CompleteMultipartUpload": CREATED,
    "PostObject": CREATED,
    "UploadPartCopy": None,
    "DeleteObject": DELETED,
    "PutObjectTagging": TAGS_CHANGED,
    "DeleteObjectTagging": TAGS_CHANGED,
}
_Named: TypeAlias = Callable[[Fields, Fields, Told], str]


def _bucket(asked: Fields, _answered: Fields, _around: Told) -> str:
    return of_bucket(asked.text("bucketName"))


def _table(asked: Fields, _answered: Fields, _around: Told) -> str:
    return of_table(asked.text("tableName"))


def _restored(asked: Fields, _answered: Fields, _around: Told) -> str:
    return of_table(asked.text("targetTableName"))


def _instance(asked: Fields, answered: Fields, around: Told) -> str:
    # What is restored to a point in time is called the target.
    name = asked.text_or_none("targetDBInstanceIdentifier")
    return answered.text_or_none("dBInstanceArn") or around.arn(
        "rds", f"db:{name or asked.text('dBInstanceIdentifier')}"
    )


def _cluster(asked: Fields, answered: Fields, around: Told) -> str:
    return answered.text_or_none("dBClusterArn") or around.arn("rds", f"cluster:{asked.text('dBClusterIdentifier')}")


def _volume(_asked: Fields, answered: Fields, around: Told) -> str:
    return around.arn("ec2", f"volume/{answered.text('volumeId')}")


_RESCAN: Mapping[str, tuple[str, _Named]] = {
    "CreateBucket": ("s3", _bucket),
    "PutBucketPolicy": ("s3", _bucket),
    "PutBucketAcl": ("s3", _bucket),
    "CreateTable": ("dynamodb", _table),
    "RestoreTableFromBackup": ("dynamodb", _restored),
    "RestoreTableToPointInTime": ("dynamodb", _restored),
    "CreateDBInstance": ("rds", _instance),
    "RestoreDBInstanceFromDBSnapshot": ("rds", _instance),
    "RestoreDBInstanceFromS3": ("rds", _instance),
    "RestoreDBInstanceToPointInTime": ("rds", _instance),
    "CreateDBCluster": ("rds", _cluster),
    "RestoreDBClusterFromSnapshot": ("rds", _cluster),
    "RestoreDBClusterFromS3": ("rds", _cluster),
    "RestoreDBClusterToPointInTime": ("rds", _cluster),
    "CreateVolume": ("ebs", _volume),
}
LOOKED_AT = frozenset(_RESCAN)
"""Calls after which a resource has to be looked at as a whole."""
# S3's own events tell each of them; of this call CloudTrail keeps no keys.
_UNNAMED = "DeleteObjects"
_POLICIES = ("PutBucketPolicy", "PutBucketAcl")


def matches(event: Fields) -> bool:
    """Whether it is a call that was recorded."""
    return event.has("detail-type", _KIND)


def items(event: Fields) -> Iterator[Parsed]:
    """The object that was written, or the resource to be looked at. Raises `Malformed`."""
    around = told(event)
    detail = event.under("detail")
    name = detail.text("eventName")
    if "errorCode" in detail:
        yield Ignored("is a call that failed")
        return
    if name in _OBJECT:
        yield _object(detail, name, around)
    elif name == _UNNAMED:
        yield Ignored("deletes objects that it does not name")
    elif name in _RESCAN:
        source, named = _RESCAN[name]
        answered = detail.under("responseElements") if "responseElements" in detail else Fields({}, detail.where)
        event_id = detail.text_or_none("eventID") or around.id
        policy = name in _POLICIES
        resource = named(detail.under("requestParameters"), answered, around)
        yield RescanItem(
            identity=identity_of("cloudtrail", event_id),
            resource=resource,
            source=source,
            type="policy changed" if policy else CREATED,
            at=detail.moment("eventTime") or around.at,
            account=around.account,
            region=around.region,
            because="who may read it changed" if policy else "it is new",
        )
    else:
        yield Ignored("is a call that changes no data")


def _object(detail: Fields, name: str, around: Told) -> Parsed:
    kind = _OBJECT[name]
    if kind is None:
        return Ignored("is a part of an object that is not complete")
    asked = detail.under("requestParameters")
    if "key" not in asked:
        raise Malformed("is missing", asked.place("key"))
    answered = detail.under("responseElements") if "responseElements" in detail else Fields({}, detail.where)
    return object_item(
        type=VERSION_DELETED if kind == DELETED and "versionId" in asked else kind,
        bucket=asked.text("bucketName"),
        key=asked.text("key"),
        version=answered.text_or_none("x-amz-version-id") or asked.text_or_none("versionId"),
        event=detail.text_or_none("eventID") or around.id,
        at=detail.moment("eventTime") or around.at,
        account=around.account,
        region=around.region,
    )
