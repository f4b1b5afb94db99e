"""The calls that looking again at what protection made needs: those that read, and none that writes."""

from __future__ import annotations

from assay.aws import alarms, analyzers, backups, ebssettings, presence, rdssettings, tagsets, trails
from assay.aws.s3settings import calls_of
from assay.aws.session import Calls
from assay.protectors import cloudtrail_trail, ebs_migration, evidence, rds_cluster_migration, rds_migration

_OF_BUCKETS = (
    "policy", "public_access_block", "ownership", "encryption", "versioning", "lifecycle", "logging", "notifications", "tags",
)  # fmt: skip
_OF_DATABASES = rdssettings.DATABASE | rdssettings.SHARING
_OF_VOLUMES = ebssettings.DEFAULT | ebssettings.KEY | ebssettings.BLOCK | ebssettings.SHARING
CALLS: Calls = (
    calls_of(*_OF_BUCKETS)
    | _OF_DATABASES
    | _OF_VOLUMES
    | backups.PLANS
    | backups.VAULTS
    | backups.ROLE
    | tagsets.RDS
    | trails.SELECTORS
    | alarms.ALARMS
    | alarms.METRICS
    | alarms.INSIGHTS
    | cloudtrail_trail.READS
    | tagsets.DYNAMODB
    | tagsets.EBS
    | analyzers.CALLS
    | rds_migration.READS
    | rds_cluster_migration.READS
    | ebs_migration.READS
    | evidence.READS
    | presence.CALLS
    | {
        "iam.GetRolePolicy",
        "iam.GetUserPolicy",
        "s3.GetBucketLocation",
        "kms.DescribeKey",
        "kms.GetKeyPolicy",
        "kms.GetKeyRotationStatus",
        "kms.ListKeys",
        "kms.ListResourceTags",
        "dynamodb.DescribeTable",
        "dynamodb.DescribeContinuousBackups",
    }
)
