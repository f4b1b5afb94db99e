"""Who changed a resource, and when: the calls of the last 90 days that CloudTrail keeps for every account.

Sources: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html and, for what each service's calls
are named in it, https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from assay.aws import ebssettings
from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.model import backing

CALLS: Calls = frozenset({"cloudtrail.LookupEvents"})
_MOST = 500
"""Events that are looked through for one change: ten requests, of which two a second are let through."""

# What CloudTrail calls the calls that change what a protector has made. Of others every call that writes may be it.
_CHANGES: Mapping[str, str] = {
    "s3_tls_only": "PutBucketPolicy DeleteBucketPolicy",
    "s3_statements": "PutBucketPolicy DeleteBucketPolicy",
    "kms_statements": "PutKeyPolicy",
    "s3_public_access_block": "PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock",
    "s3_acls_off": "PutBucketOwnershipControls DeleteBucketOwnershipControls",
    "s3_encryption": "PutBucketEncryption DeleteBucketEncryption",
    "s3_versioning": "PutBucketVersioning",
    "s3_lifecycle": "PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle",
    "s3_logging": "PutBucketLogging",
    "s3_log_bucket": "PutBucketPolicy DeleteBucketPolicy PutBucketTagging DeleteBucketTagging DeleteBucket "
    "PutBucketEncryption PutBucketLifecycle PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock",
    "s3_events": "PutBucketNotification PutBucketNotificationConfiguration",
    "dynamodb_recovery": "UpdateContinuousBackups",
    "dynamodb_deletion_protection": "UpdateTable",
    "dynamodb_encryption": "UpdateTable",
    "rds_snapshot_private": "ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute",
    "ebs_snapshot_private": "ModifySnapshotAttribute ResetSnapshotAttribute",
    "kms_rotation": "DisableKeyRotation EnableKeyRotation",
    "ebs_default_encryption": "DisableEbsEncryptionByDefault EnableEbsEncryptionByDefault",
    "ebs_default_key": "ModifyEbsDefaultKmsKeyId ResetEbsDefaultKmsKeyId",
    "backup_plan": "UpdateBackupPlan DeleteBackupPlan CreateBackupSelection DeleteBackupSelection",
    "backup_vault": "DeleteBackupVault",
    "backup_join": "TagResource UntagResource PutBucketTagging DeleteBucketTagging AddTagsToResource RemoveTagsFromResource "
    "CreateTags DeleteTags",
    "cloudtrail_trail": "StopLogging UpdateTrail DeleteTrail",
    "data_events": "PutEventSelectors",
    "s3_request_metrics": "PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration",
    "dynamodb_insights": "UpdateContributorInsights",
    "alarms": "PutMetricAlarm DeleteAlarms",
    "ebs_snapshot_block": "DisableSnapshotBlockPublicAccess EnableSnapshotBlockPublicAccess",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A call that changed something: who made it (an ARN, else a name), when, from where, and with what."""

    by: str
    at: datetime
    call: str
    address: str = ""
    agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Looks up calls with a session."""

    session: Session

    def last(self, resource: str, control: str, *, after: datetime, region: str | None = None) -> Changed | None:
        """The last call since `after` that changed what a control has made of a resource; `None` where CloudTrail tells of none,
        which it does of a call within about a quarter of an hour. `region` is that of a bucket, whose name does not tell it.
        Raises `AwsError`."""
        names = frozenset(_CHANGES.get(control, "").split())
        client = self.session.client("cloudtrail", region or _region_of(resource))
        try:
            for attribute in _attributes(resource, names):
                # The newest come first.
                found = items(client, "lookup_events", "Events", LookupAttributes=[attribute], StartTime=after)
                for event in islice(found, _MOST):
                    changed = _changed(event, names)
                    if changed is not None and changed.at > after:
                        return changed
        except refusals() as error:
            raise told(error, "CloudTrail") from None
        return None


def _region_of(resource: str) -> str | None:
    if resource.startswith(ebssettings.SCHEME):
        return ebssettings.place_of(resource).region
    if resource.startswith(backing.SCHEME):
        return backing.place_of(resource).region
    return parse(resource).region or None if resource.startswith("arn:") else None


def _attributes(resource: str, names: frozenset[str]) -> Iterator[dict[str, str]]:
    if resource.startswith(ebssettings.SCHEME):
        # Settings of an account are of no resource.
        yield from ({"AttributeKey": "EventName", "AttributeValue": name} for name in sorted(names))
        return
    if resource.startswith(backing.SCHEME):
        # Plans of AWS Backup are told by ids, and which one is meant is not known: nobody is named rather than somebody else.
        return
    name = resource.removeprefix("s3://") if resource.startswith("s3://") else parse(resource).name
    yield {"AttributeKey": "ResourceName", "AttributeValue": name}
    if resource.startswith("arn:"):
        # Some services name their resources by ARN.
        yield {"AttributeKey": "ResourceName", "AttributeValue": resource}


def _changed(event: Mapping[str, Any], names: frozenset[str]) -> Changed | None:
    """The change that an event tells of; `None` for one that is another, only read, or failed."""
    call = str(event.get("EventName", ""))
    if (call not in names) if names else (str(event.get("ReadOnly")).lower() != "false"):
        return None
    try:
        record = json.loads(event.get("CloudTrailEvent") or "{}")
    except ValueError:
        record = {}
    if not isinstance(record, dict) or record.get("errorCode"):
        return None
    identity = record.get("userIdentity")
    identity = identity if isinstance(identity, dict) else {}
    by = (
        identity.get("arn")
        or identity.get("invokedBy")
        or event.get("Username")
        or "someone that CloudTrail does not name"
    )
    return Changed(
        by=str(by),
        at=event["EventTime"],
        call=call,
        address=str(record.get("sourceIPAddress") or ""),
        agent=str(record.get("userAgent") or ""),
    )
