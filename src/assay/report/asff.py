"""Classifications in the AWS Security Finding Format.

Source: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from assay.model import Level, Standing

GENERATOR = "assay"
_SEVERITIES = {
    Level.RESTRICTED: "HIGH",
    Level.CONFIDENTIAL: "MEDIUM",
    Level.INTERNAL: "LOW",
    Level.UNCLASSIFIED: "INFORMATIONAL",
    Level.PUBLIC: "INFORMATIONAL",
}
_TYPES = {"PII": "PII", "PHI": "PII", "PCI": "Financial", "SECRETS": "Passwords"}
_TITLE, _DESCRIPTION, _FIELD, _ID = 256, 1024, 2048, 512


class Hub(NamedTuple):
    """Where findings are sent: one account in one region has its own."""

    account: str
    region: str
    partition: str = "aws"

    @property
    def product(self) -> str:
        """The ARN under which an account sends findings of its own."""
        return f"arn:{self.partition}:securityhub:{self.region}:{self.account}:product/{self.account}/default"


def finding_id(resource: str, hub: Hub) -> str:
    """The id of a resource's finding: the same for as long as it is the same resource, so that it is updated in place."""
    return f"{GENERATOR}/{hub.account}/{hub.region}/{hashlib.sha256(resource.encode()).hexdigest()[:32]}"


def asff(standing: Standing, hub: Hub, *, archived: bool = False) -> dict[str, Any]:
    """The finding of one resource. `archived` is one that no longer holds. What is too long for a field ends with `…`."""
    found = standing.classification
    categories = ", ".join(found.categories) or "no category"
    named = standing.arn or found.resource
    fields = {
        "assay/level": str(found.level),
        "assay/identifiers": ", ".join(f"{name}:{count}" for name, count in found.identifiers.items()),
        "assay/frameworks": ", ".join(found.frameworks),
        "assay/needs_review": str(found.needs_review).lower(),
        "assay/complete": str(found.coverage.complete).lower(),
        "assay/resource": found.resource,
    }
    return {
        "SchemaVersion": "2018-10-08",
        "Id": finding_id(found.resource, hub),
        "ProductArn": hub.product,
        "GeneratorId": GENERATOR,
        "AwsAccountId": hub.account,
        "Types": sorted({f"Sensitive Data Identifications/{_TYPES.get(name, 'Internal')}" for name in found.categories})
        or ["Sensitive Data Identifications/Internal"],
        "CreatedAt": standing.first_seen_at,
        "UpdatedAt": standing.changed_at,
        "Severity": {"Label": _SEVERITIES[found.level], "Original": str(found.level)},
        "Confidence": round(found.confidence * 100),
        "Title": _cut(f"{str(found.level).capitalize()} data ({categories})", _TITLE),
        "Description": _cut(found.because or f"The resource is {found.level}.", _DESCRIPTION),
        "ProductFields": {name: _cut(value, _FIELD) for name, value in fields.items() if value},
        "Resources": [
            {
                "Type": _resource_type(standing.arn),
                "Id": _cut(named, _ID),
                "Partition": hub.partition,
                "Region": hub.region,
            }
        ],
        "RecordState": "ARCHIVED" if archived else "ACTIVE",
    }


def _resource_type(arn: str | None) -> str:
    """As Security Hub names it; what it has no name for is `Other`."""
    service, _, rest = (arn or "").partition(":::")
    if service.endswith(":s3"):
        return "AwsS3Object" if "/" in rest else "AwsS3Bucket"
    parts = (arn or "").split(":", 5)
    if len(parts) == 6:
        if parts[2] == "dynamodb" and parts[5].startswith("table/"):
            return "AwsDynamoDbTable"
        if parts[2] == "rds" and parts[5].startswith("db:"):
            return "AwsRdsDbInstance"
        if parts[2] == "rds" and parts[5].startswith("cluster:"):
            return "AwsRdsDbCluster"
        if parts[2] == "redshift" and parts[5].startswith("cluster:"):
            return "AwsRedshiftCluster"
    return "Other"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
