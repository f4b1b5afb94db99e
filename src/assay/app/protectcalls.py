"""The calls that looking again at what protection made needs: those that read, and none that writes."""

from __future__ import annotations

from assay.aws.s3settings import calls_of
from assay.aws.session import Calls

CALLS: Calls = calls_of(
    "policy",
    "public_access_block",
    "ownership",
    "encryption",
    "versioning",
    "lifecycle",
    "logging",
    "notifications",
    "tags",
) | {
    "s3.GetBucketLocation",
    "kms.DescribeKey",
    "kms.GetKeyRotationStatus",
    "kms.ListKeys",
    "kms.ListResourceTags",
    "dynamodb.DescribeTable",
    "dynamodb.DescribeContinuousBackups",
}
