"""What tests of Macie share: findings as Macie tells them, and a bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from awsservers import ACCOUNT, REGION, Aws

from assay.model.review import Action, Override, Scope, Verdict, content_id
from assay.store import reviews
from assay.store.engine import Catalog, open_catalog
from assay.store.plans import listed

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = {"LocationConstraint": REGION}
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f4a2b7e-1111-2222-3333-444455556666"


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


def allow_list(name: str) -> dict[str, Any]:
    """An allow list as it is listed."""
    number = "abcdefghijklmnopqrstuv"
    return {"id": number, "name": name, "arn": f"arn:aws:macie2:{REGION}:{ACCOUNT}:allow-list/{number}"}


def exception(identifier: str | None, path: str, **more: Any) -> Override:
    """What a reviewer has accepted."""
    values: dict[str, Any] = {
        "id": content_id("exception", identifier, path)[:32],
        "action": Action.SUPPRESS,
        "scope": Scope.IDENTIFIER,
        "author": "stella@desk",
        "reason": "agreed with the owner",
        "at": START,
        "identifier": identifier,
        "path": path,
        "verdict": Verdict.SUPPRESS,
    }
    return Override(**{**values, **more})


def accept(catalog: Catalog, identifier: str | None, path: str, **more: Any) -> Override:
    """The same, kept in a catalog."""
    override = exception(identifier, path, **more)
    with catalog.transaction() as connection:
        reviews._add_override(connection, override)
    return override


def take_back(catalog: Catalog, override: Override) -> None:
    """What was accepted no longer is."""
    with catalog.transaction() as connection:
        reviews.revoke_one(connection, override.id, by="stella@desk", at=START, reason="no longer so")


def newest_plan(url: str) -> str:
    """The plan that was made last in a catalog."""
    with open_catalog(url) as catalog, catalog.reading() as connection:
        return listed(connection, limit=1)[0].id
