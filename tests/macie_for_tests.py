"""What tests of Macie share: findings as Macie tells them, and a bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from awsservers import ACCOUNT, REGION, Aws

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = {"LocationConstraint": REGION}


def told(number: int, key: str, *, bucket: str = "lake", **more: Any) -> dict[str, Any]:
    """A finding as GetFindings tells it: twelve SSN and three names, unless something else is said."""
    sensitive = more.pop(
        "sensitive", {"PERSONAL_INFORMATION": {"USA_SOCIAL_SECURITY_NUMBER": 12, "NAME": 3}}
    )  # fmt: skip
    custom = more.pop("custom", {})
    etag = more.pop("etag", "")
    result: dict[str, Any] = {
        "status": {"code": "COMPLETE"},
        "mimeType": "text/csv",
        "sensitiveData": [
            {
                "category": category,
                "totalCount": sum(types.values()),
                "detections": [
                    {
                        "type": name,
                        "count": count,
                        "occurrences": {"lineRanges": [{"start": 2, "end": 2, "startColumn": 5}]},
                    }
                    for name, count in types.items()
                ],
            }
            for category, types in sensitive.items()
        ],
    }
    if custom:
        detections = [{"name": name, "arn": f"arn:{name}", "count": count} for name, count in custom.items()]
        result["customDataIdentifiers"] = {"totalCount": sum(custom.values()), "detections": detections}
    kinds = [*sensitive, *(["CUSTOM_IDENTIFIER"] if custom else [])]
    name = {"PERSONAL_INFORMATION": "Personal", "FINANCIAL_INFORMATION": "Financial", "CREDENTIALS": "Credentials"}
    kind = "Multiple" if len(kinds) > 1 else name.get(kinds[0], "CustomIdentifier")
    at = more.pop("at", START + timedelta(minutes=number))
    return {
        "id": f"{number:032x}",
        "accountId": ACCOUNT,
        "region": REGION,
        "category": "CLASSIFICATION",
        "type": f"SensitiveData:S3Object/{kind}",
        "severity": {"description": "High", "score": 3},
        "createdAt": at,
        "updatedAt": at,
        "archived": False,
        "sample": False,
        "classificationDetails": {"jobId": "job-1", "result": result},
        "resourcesAffected": {
            "s3Bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "s3Object": {"key": key, "path": f"{bucket}/{key}", "eTag": etag, "size": 10},
        },
    } | more


def policy_finding(number: int) -> dict[str, Any]:
    """A finding that is about a bucket's policy."""
    made = told(number, "x")
    del made["classificationDetails"], made["resourcesAffected"]["s3Object"]
    return made | {"category": "POLICY", "type": "Policy:IAMUser/S3BucketPublic"}


def enabled(aws: Aws) -> Any:
    """Macie, enabled; its client."""
    client = aws.client("macie2")
    client.enable_macie()
    return client


def bucket(aws: Aws, name: str = "lake", **objects: str) -> Any:
    """A bucket with objects; names with `_` for the dot before the extension."""
    client = aws.client("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    for key, body in objects.items():
        client.put_object(Bucket=name, Key=key.replace("_", "."), Body=body.encode())
    return client
