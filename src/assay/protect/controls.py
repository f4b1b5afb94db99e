"""What a policy can ask for, by name: what values it takes, and which controls of standards it satisfies.

Ids are those of AWS Security Hub's controls, and of the CIS AWS Foundations Benchmark 3.0.
https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assay.model.protection import ResourceType

LONGEST_DAYS = 36_500
LONGEST_BACKUP = 35
_LONGEST_TEXT = 2_048
# What may stand behind aws:PrincipalTag/ and be no pattern.
_TAG_KEY = re.compile(r"[A-Za-z0-9_.:/=+@-]{1,128}")


class Kind(StrEnum):
    """What a control's value is."""

    FLAG = "true or false"
    CHOICE = "one of"
    DAYS = "a number of days"
    RECOVERY = "1 to 35 days"
    BACKUPS = "0 to 35 days"
    TEXT = "a text"
    TAG = "the key of a tag"
    MONEY = "an amount of money"
    LIST = "a list of texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One thing that a policy can ask for. `made_by` is the protector that does it; without one a person does."""

    name: str
    kind: Kind
    help: str
    types: frozenset[ResourceType] = frozenset(ResourceType)
    choices: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    ids_of: Mapping[ResourceType, tuple[str, ...]] = field(default_factory=dict)
    """Of kinds of resources for which standards have ids of their own."""
    made_by: str = ""

    def ids_for(self, kind: ResourceType) -> tuple[str, ...]:
        """Which controls of standards it satisfies on a resource of this kind."""
        return self.ids_of.get(kind, self.ids)

    def problem(self, value: Any) -> str:
        """Why a value is none of this control; empty where it is one."""
        if self.kind is Kind.FLAG:
            return "" if isinstance(value, bool) else "must be true or false"
        if self.kind is Kind.DAYS:
            good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_DAYS
            return "" if good else f"must be a whole number of days from 0 (never) to {LONGEST_DAYS}"
        if self.kind in (Kind.RECOVERY, Kind.BACKUPS):
            least = 1 if self.kind is Kind.RECOVERY else 0
            good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= LONGEST_BACKUP
            return "" if good else f"must be a whole number of days from {least} to {LONGEST_BACKUP}"
        if self.kind is Kind.MONEY:
            good = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
            return "" if good else "must be an amount that is not negative"
        if self.kind is Kind.CHOICE:
            return (
                "" if value in self.choices and isinstance(value, str) else f"must be one of {', '.join(self.choices)}"
            )
        if self.kind is Kind.LIST:
            good = isinstance(value, list) and all(isinstance(each, str) and each for each in value)
            return "" if good else "must be a list of texts"
        if self.kind is Kind.TAG:
            good = (
                isinstance(value, str)
                and _TAG_KEY.fullmatch(value) is not None
                and not value.lower().startswith("aws:")
            )
            return "" if good else "must be the key of a tag: 1 to 128 letters, digits and _ . : / = + - @"
        return "" if isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT else "must be a text"


_S3 = frozenset({ResourceType.S3_BUCKET})
_TABLE = frozenset({ResourceType.DYNAMODB_TABLE})
_INSTANCE, _CLUSTER, _SNAPSHOT = ResourceType.RDS_INSTANCE, ResourceType.RDS_CLUSTER, ResourceType.RDS_SNAPSHOT
_DATABASE = frozenset({_INSTANCE, _CLUSTER})
_VOLUMES = frozenset({ResourceType.EBS_ACCOUNT})
ENCRYPTIONS = ("sse-s3", "aws-owned", "aws-kms", "customer-key")
"""From what every bucket (`sse-s3`) and every table (`aws-owned`) has anyway to a key whose policy is one's own; the later serves where the earlier is asked for."""

_ALL = (
    Control(
        name="tls_only",
        kind=Kind.FLAG,
        types=_S3 | _DATABASE,
        help="Requests and connections without TLS are denied.",
        ids=("S3.5", "CIS 2.1.1"),
        made_by="s3_tls_only",
    ),
    Control(
        name="public_access_block",
        kind=Kind.FLAG,
        types=_S3,
        help="All four flags of the public access block are on.",
        ids=("S3.8", "S3.2", "S3.3", "CIS 2.1.4"),
        made_by="s3_public_access_block",
    ),
    Control(
        name="tag_access",
        kind=Kind.TAG,
        types=_S3,
        help="The key of a tag that users and roles need, of the level that an object is tagged with or a higher one, to read it.",
        made_by="s3_statements",
    ),
    Control(
        name="mfa_to_delete",
        kind=Kind.FLAG,
        types=_S3,
        help="Versions and the bucket (without versions objects, too) are deleted by whoever signed in with a second factor only.",
        made_by="s3_statements",
    ),
    Control(
        name="key_tag_access",
        kind=Kind.TAG,
        types=_S3,
        help="The key of a tag that users and roles need, of the bucket's level or a higher one, to decrypt with its key of one's own.",
        made_by="kms_statements",
    ),
    Control(
        name="acls_off",
        kind=Kind.FLAG,
        types=_S3,
        help="Access control lists are off: the bucket's owner owns every object.",
        ids=("S3.12",),
        made_by="s3_acls_off",
    ),
    Control(
        name="encryption",
        kind=Kind.CHOICE,
        choices=ENCRYPTIONS,
        help="What it is encrypted with: the service's own keys (sse-s3, aws-owned), AWS's key in KMS, or a key of one's own.",
        ids_of={
            ResourceType.S3_BUCKET: ("S3.17",),
            _INSTANCE: ("RDS.3", "CIS 2.3.1"),
            _CLUSTER: ("RDS.27",),
            _SNAPSHOT: ("RDS.4",),
            ResourceType.EBS_VOLUME: ("EC2.3",),
        },
        made_by="s3_encryption",
    ),
    Control(
        name="kms_key", kind=Kind.TEXT, help="The key of one's own: an ARN, or alias/name in the resource's region."
    ),
    Control(
        name="key_rotation",
        kind=Kind.FLAG,
        help="The key of one's own is rotated.",
        ids=("KMS.4", "CIS 3.6"),
        made_by="kms_rotation",
    ),
    Control(
        name="point_in_time_recovery",
        kind=Kind.FLAG,
        types=_TABLE,
        help="A table can be brought back to any moment of its last days.",
        ids=("DynamoDB.2",),
        made_by="dynamodb_recovery",
    ),
    Control(name="recovery_days", kind=Kind.RECOVERY, types=_TABLE, help="Of how many days, 1 to 35."),
    Control(
        name="deletion_protection",
        kind=Kind.FLAG,
        types=_TABLE | _DATABASE,
        help="It cannot be deleted until that is switched off.",
        ids_of={ResourceType.DYNAMODB_TABLE: ("DynamoDB.6",), _INSTANCE: ("RDS.8",), _CLUSTER: ("RDS.7",)},
        made_by="dynamodb_deletion_protection",
    ),
    Control(
        name="backup_days",
        kind=Kind.BACKUPS,
        types=_DATABASE,
        help="RDS keeps backups of so many days; 0 asks for nothing, and nothing lowers what is there.",
        ids_of={_INSTANCE: ("RDS.11",)},
        made_by="rds_backups",
    ),
    Control(
        name="copy_tags",
        kind=Kind.FLAG,
        types=_DATABASE,
        help="Snapshots get the tags of what they are of.",
        ids_of={_INSTANCE: ("RDS.17",), _CLUSTER: ("RDS.16",)},
        made_by="rds_copy_tags",
    ),
    Control(
        name="private",
        kind=Kind.FLAG,
        types=frozenset({_INSTANCE, _SNAPSHOT}) | _VOLUMES,
        help="An instance has no public address; not everybody may restore a snapshot, or make volumes of one.",
        ids_of={_INSTANCE: ("RDS.2", "CIS 2.3.3"), _SNAPSHOT: ("RDS.1",), ResourceType.EBS_ACCOUNT: ("EC2.1",)},
        made_by="rds_private",
    ),
    Control(
        name="log_exports",
        kind=Kind.FLAG,
        types=_DATABASE,
        help="Logs of a database go to CloudWatch.",
        ids=("RDS.9",),
        made_by="rds_log_exports",
    ),
    Control(
        name="iam_authentication",
        kind=Kind.FLAG,
        types=_DATABASE,
        help="Users can sign in to a database with tokens of IAM.",
        ids_of={_INSTANCE: ("RDS.10",), _CLUSTER: ("RDS.12",)},
        made_by="rds_iam_authentication",
    ),
    Control(name="multi_az", kind=Kind.FLAG, types=_DATABASE, help="A database is kept in several zones."),
    Control(
        name="default_encryption",
        kind=Kind.FLAG,
        types=_VOLUMES,
        help="New volumes are encrypted, whoever makes them; with which key `encryption` says.",
        ids=("EC2.7", "CIS 2.2.1"),
        made_by="ebs_default_encryption",
    ),
    Control(
        name="snapshot_block",
        kind=Kind.FLAG,
        types=_VOLUMES,
        help="No snapshot of a volume is shared with everybody.",
        ids=("EC2.1",),
        made_by="ebs_snapshot_block",
    ),
    Control(
        name="versioning",
        kind=Kind.FLAG,
        types=_S3,
        help="Versions of objects are kept.",
        ids=("S3.14",),
        made_by="s3_versioning",
    ),
    Control(
        name="abort_uploads_days",
        kind=Kind.DAYS,
        types=_S3,
        help="Parts of uploads that never ended are deleted after so many days.",
        ids=("S3.13",),
        made_by="s3_lifecycle",
    ),
    Control(
        name="noncurrent_days",
        kind=Kind.DAYS,
        types=_S3,
        help="Versions that were replaced are deleted after so many days; a legal hold keeps them.",
        ids=("S3.10",),
        made_by="s3_lifecycle",
    ),
    Control(
        name="expire_days",
        kind=Kind.DAYS,
        types=_S3,
        help="Objects are deleted after so many days, for good; never sooner than retention_days, and not under a legal hold.",
        made_by="s3_lifecycle",
    ),
    Control(
        name="transition_days",
        kind=Kind.DAYS,
        types=_S3,
        help="Objects move to another storage class (transition_class) after so many days, and never back.",
        made_by="s3_lifecycle",
    ),
    Control(
        name="transition_class",
        kind=Kind.CHOICE,
        types=_S3,
        choices=("INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"),
        help="To which; STANDARD_IA where none is named.",
    ),
    Control(
        name="access_logs",
        kind=Kind.FLAG,
        types=_S3,
        help="Who asked what is logged into a bucket of logs, one for each account and region.",
        ids=("S3.9",),
        made_by="s3_logging",
    ),
    Control(name="log_bucket", kind=Kind.TEXT, types=_S3, help="The name of that bucket, where it is one of your own."),
    Control(
        name="event_notifications",
        kind=Kind.FLAG,
        types=_S3,
        help="Changes of objects are told to EventBridge.",
        ids=("S3.11",),
        made_by="s3_events",
    ),
    Control(
        name="data_events",
        kind=Kind.CHOICE,
        choices=("none", "write", "all"),
        types=_S3 | _TABLE,
        help="CloudTrail logs who wrote, or read and wrote.",
        ids_of={ResourceType.S3_BUCKET: ("CIS 3.8", "CIS 3.9")},
        made_by="data_events",
    ),
    Control(
        name="backup",
        kind=Kind.CHOICE,
        choices=("none", "weekly", "daily", "hourly", "continuous"),
        help="How often AWS Backup takes a copy; what cannot be copied continuously is copied hourly.",
        ids_of={
            ResourceType.DYNAMODB_TABLE: ("DynamoDB.4",),
            _INSTANCE: ("RDS.26",),
            ResourceType.EBS_VOLUME: ("EC2.28",),
        },
        made_by="backup_join",
    ),
    Control(
        name="backup_role",
        kind=Kind.TEXT,
        help="The ARN of the role by which AWS Backup copies, where it is one of your own.",
    ),
    Control(name="retention_days", kind=Kind.DAYS, help="How long backups are kept; 0 asks for nothing."),
    Control(name="cross_region", kind=Kind.FLAG, help="Copies of backups are kept in another region, too."),
    Control(
        name="copy_region",
        kind=Kind.TEXT,
        help="In which; without it no copy is made, since data must not go just anywhere.",
    ),
    Control(
        name="object_lock", kind=Kind.FLAG, types=_S3, help="Objects cannot be deleted for a time.", ids=("S3.15",)
    ),
    Control(
        name="mfa_delete",
        kind=Kind.FLAG,
        types=_S3,
        help="Versions are deleted with a second factor only.",
        ids=("S3.20", "CIS 2.1.2"),
    ),
    Control(
        name="monitoring",
        kind=Kind.CHOICE,
        choices=("none", "standard", "enhanced", "comprehensive"),
        help="Which metrics and alarms there are; what of a level is not made is said.",
        made_by="alarms",
    ),
    Control(name="alarm_topic", kind=Kind.TEXT, help="The ARN of the topic of SNS that alarms are told to."),
    Control(name="legal_hold", kind=Kind.FLAG, help="Nothing may be deleted, whatever else is asked for."),
    Control(
        name="cost_ceiling",
        kind=Kind.MONEY,
        help="The most that a control may add each month, in USD, by list prices; what is estimated at more is refused, what is not known waits for a person.",
    ),
    Control(name="frameworks", kind=Kind.LIST, help="What the resource falls under where nothing is known of it."),
)

CONTROLS: Mapping[str, Control] = {control.name: control for control in _ALL}
