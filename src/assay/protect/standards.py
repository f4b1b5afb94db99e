"""What becomes of each control of AWS Security Hub and of the CIS benchmark that is about what is protected: an action of a plan, a
runbook, or neither, and why. Those that plans name are said by `controls`; this tells of all.

https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class How(StrEnum):
    """What assay does for a control."""

    ACTION = "action"
    RUNBOOK = "runbook"
    OUT_OF_SCOPE = "out of scope"


class Standing(NamedTuple):
    """How a control is answered: by which control of a policy, and what there is to say of it."""

    how: How
    by: str = ""
    note: str = ""


_A, _R, _O = How.ACTION, How.RUNBOOK, How.OUT_OF_SCOPE

STANDARDS: Mapping[str, tuple[str, Standing]] = {
    "S3.1": ("the account blocks public access", Standing(_O, "", "it would change every bucket of the account; it is read, and told where it blocks a step")),
    "S3.2": ("buckets block public reading", Standing(_A, "public_access_block")),
    "S3.3": ("buckets block public writing", Standing(_A, "public_access_block")),
    "S3.5": ("requests need TLS", Standing(_A, "tls_only")),
    "S3.7": ("buckets are replicated to another region", Standing(_O, "", "replication is read and not made; copies of backups (`cross_region`) are no replication")),
    "S3.8": ("the bucket blocks public access", Standing(_A, "public_access_block")),
    "S3.9": ("access is logged", Standing(_A, "access_logs")),
    "S3.10": ("buckets with versions have lifecycle rules", Standing(_A, "noncurrent_days")),
    "S3.11": ("events are told", Standing(_A, "event_notifications", "where a policy asks for it")),
    "S3.12": ("access control lists are off", Standing(_A, "acls_off")),
    "S3.13": ("buckets have lifecycle rules", Standing(_A, "abort_uploads_days")),
    "S3.14": ("versions are kept", Standing(_A, "versioning")),
    "S3.15": ("Object Lock is on", Standing(_R, "object_lock", "it can never be switched off")),
    "S3.17": ("encrypted with a key in KMS", Standing(_A, "encryption", "confidential and restricted; lower levels keep S3's keys")),
    "S3.20": ("a second factor is needed to delete", Standing(_R, "mfa_delete", "the root user alone can")),
    "S3.22": ("a trail logs all writing of objects", Standing(_O, "", "it asks for all buckets of the account; `data_events` logs those that need it")),
    "S3.23": ("a trail logs all reading of objects", Standing(_O, "", "likewise")),
    "CIS 2.1.1": ("requests need TLS", Standing(_A, "tls_only")),
    "CIS 2.1.2": ("a second factor is needed to delete", Standing(_R, "mfa_delete", "the root user alone can")),
    "CIS 2.1.4": ("public access is blocked", Standing(_A, "public_access_block")),
    "CIS 2.2.1": ("new volumes are encrypted", Standing(_A, "default_encryption")),
    "CIS 2.3.1": ("instances are encrypted", Standing(_R, "encryption", "a replacement")),
    "CIS 2.3.3": ("instances are not public", Standing(_A, "private")),
    "CIS 3.6": ("keys are rotated", Standing(_A, "key_rotation")),
    "CIS 3.8": ("writing of objects is logged", Standing(_A, "data_events", "of confidential and restricted buckets")),
    "CIS 3.9": ("reading of objects is logged", Standing(_A, "data_events", "of restricted buckets")),
    "RDS.1": ("snapshots are private", Standing(_A, "private")),
    "RDS.2": ("instances are not public", Standing(_A, "private")),
    "RDS.3": ("instances are encrypted", Standing(_R, "encryption", "a replacement")),
    "RDS.4": ("snapshots are encrypted", Standing(_R, "encryption", "by a copy")),
    "RDS.5": ("instances are in several zones", Standing(_R, "multi_az", "it doubles what they cost")),
    "RDS.6": ("Enhanced Monitoring is on", Standing(_R, "monitoring")),
    "RDS.7": ("clusters have deletion protection", Standing(_A, "deletion_protection")),
    "RDS.8": ("instances have deletion protection", Standing(_A, "deletion_protection")),
    "RDS.9": ("instances send their logs to CloudWatch", Standing(_A, "log_exports")),
    "RDS.10": ("instances let users sign in by IAM", Standing(_A, "iam_authentication")),
    "RDS.11": ("instances have backups", Standing(_A, "backup_days")),
    "RDS.12": ("clusters let users sign in by IAM", Standing(_A, "iam_authentication")),
    "RDS.13": ("minor upgrades are made by themselves", Standing(_O, "", "when a database may be upgraded is no question of what is in it")),
    "RDS.15": ("clusters are in several zones", Standing(_R, "multi_az", "it doubles what they cost")),
    "RDS.16": ("clusters give snapshots their tags", Standing(_A, "copy_tags")),
    "RDS.17": ("instances give snapshots their tags", Standing(_A, "copy_tags")),
    "RDS.26": ("instances are in a plan of AWS Backup", Standing(_A, "backup")),
    "RDS.27": ("clusters are encrypted", Standing(_R, "encryption", "a replacement")),
    "DocumentDB.1": ("clusters of DocumentDB are encrypted", Standing(_R, "encryption", "a replacement")),
    "Neptune.1": ("clusters of Neptune are encrypted", Standing(_R, "encryption", "a replacement")),
    "RDS.34": ("Aurora MySQL sends audit logs", Standing(_A, "log_exports", "that they are written at all is said in the parameter group, by hand")),
    "RDS.35": ("clusters make minor upgrades by themselves", Standing(_O, "", "as RDS.13")),
    "RDS.36": ("PostgreSQL instances send their logs", Standing(_A, "log_exports")),
    "RDS.37": ("Aurora PostgreSQL sends its logs", Standing(_A, "log_exports")),
    "RDS.38": ("PostgreSQL enforces TLS", Standing(_R, "tls_only", "parameter groups are not read")),
    "RDS.39": ("MySQL enforces TLS", Standing(_R, "tls_only", "parameter groups are not read")),
    "EC2.1": ("snapshots are not public", Standing(_A, "private", "one by one; in accounts with restricted volumes `snapshot_block` blocks it for all")),
    "EC2.3": ("attached volumes are encrypted", Standing(_R, "encryption", "a replacement")),
    "EC2.7": ("new volumes are encrypted", Standing(_A, "default_encryption")),
    "EC2.28": ("volumes are in a plan of AWS Backup", Standing(_A, "backup")),
    "DynamoDB.2": ("tables can be brought back to any moment", Standing(_A, "point_in_time_recovery")),
    "DynamoDB.4": ("tables are in a plan of AWS Backup", Standing(_A, "backup")),
    "DynamoDB.6": ("tables have deletion protection", Standing(_A, "deletion_protection")),
    "KMS.3": ("keys are not deleted by mistake", Standing(_O, "", "assay never asks for a key's deletion, and refuses keys that wait for it")),
    "KMS.4": ("keys are rotated", Standing(_A, "key_rotation", "those that data is encrypted with")),
    "KMS.5": ("keys are not public", Standing(_O, "", "policies of keys that are there are not read")),
}  # fmt: skip
"""By id: what it asks for, and what becomes of it."""
NOT_NAMED = frozenset(
    {"DocumentDB.1", "Neptune.1", "RDS.34", "RDS.36", "RDS.37", "RDS.5", "RDS.15", "RDS.6", "RDS.38", "RDS.39"}
)
"""Answered, and named by no plan, since they hold for some engines only."""
