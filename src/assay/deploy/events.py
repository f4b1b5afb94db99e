"""Which events go to the queues of stacks: those that `assay.events` understands, and asks something of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.events.shapes import cloudtrail

_CALLS = "AWS API Call via CloudTrail"
_SOURCES = ("aws.s3", "aws.dynamodb", "aws.rds", "aws.ec2")
Pattern = tuple[str, dict[str, Any]]
"""What a rule is for, and the pattern of its events."""

CREATIONS: Mapping[str, Pattern] = {
    "NewResourceCalls": (
        "Calls that make buckets, tables, databases and volumes, or change who may read a bucket",
        {
            "source": list(_SOURCES),
            "detail-type": [_CALLS],
            "detail": {"eventName": sorted(cloudtrail.LOOKED_AT)},
        },
    ),
    "NewVolumes": (
        "Volumes, those of new instances included",
        {"source": ["aws.ec2"], "detail-type": ["EBS Volume Notification"], "detail": {"event": ["createVolume"]}},
    ),
    "DatabaseEvents": (
        "Databases that were made, restored or changed",
        {"source": ["aws.rds"], "detail-type": ["RDS DB Instance Event", "RDS DB Cluster Event"]},
    ),
}
RULES: Mapping[str, Pattern] = {
    "ObjectEvents": (
        "Objects that are written, deleted, restored or tagged",
        {
            "source": ["aws.s3"],
            "detail-type": [
                "Object Created",
                "Object Deleted",
                "Object Restore Completed",
                "Object Tags Added",
                "Object Tags Deleted",
            ],
        },
    ),
    "MacieFindings": ("What Macie finds", {"source": ["aws.macie"], "detail-type": ["Macie Finding"]}),
    "GlueRuns": (
        "Jobs and crawlers of Glue that came to their end",
        {
            "source": ["aws.glue"],
            "detail-type": ["Glue Job State Change", "Glue Crawler State Change"],
            # Jobs say SUCCEEDED, crawlers Succeeded.
            "detail": {"state": ["SUCCEEDED", "Succeeded"]},
        },
    ),
    "PendingTags": (
        "Resources that are tagged to be classified",
        {
            "source": ["aws.tag"],
            "detail-type": ["Tag Change on Resource"],
            "detail": {"changed-tag-keys": ["classification-pending"]},
        },
    ),
    **CREATIONS,
}
