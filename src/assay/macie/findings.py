"""A finding as Macie's API answers it → what the catalog keeps of it. Values are in none of it.

Source: https://docs.aws.amazon.com/macie/latest/APIReference/findings-describe.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from assay.events.uris import of_object
from assay.model.macie import Detection, MacieFinding

CLASSIFICATION = "CLASSIFICATION"
_CUSTOM = "CUSTOM_IDENTIFIER"


def finding_of(told: Mapping[str, Any]) -> MacieFinding | None:
    """The finding; `None` for what is about no object: policy findings, and what lacks its bucket, its key or its id."""
    affected = told.get("resourcesAffected") or {}
    bucket = (affected.get("s3Bucket") or {}).get("name")
    found = affected.get("s3Object") or {}
    key, number = found.get("key"), told.get("id")
    if told.get("category", CLASSIFICATION) != CLASSIFICATION or not (bucket and key and number):
        return None
    details = told.get("classificationDetails") or {}
    result = details.get("result") or {}
    updated = told.get("updatedAt") or told.get("createdAt")
    return MacieFinding(
        id=str(number),
        account=str(told.get("accountId", "")),
        region=str(told.get("region", "")),
        resource=of_object(str(bucket), str(key)),
        bucket=str(bucket),
        detections=tuple(_detections(result)),
        updated_at=updated if isinstance(updated, datetime) else datetime.now(UTC),
        created_at=told.get("createdAt"),
        etag=str(found.get("eTag") or "").strip('"'),
        version=str(found.get("versionId") or ""),
        severity=str((told.get("severity") or {}).get("description") or ""),
        job=str(details.get("jobId") or ""),
        archived=bool(told.get("archived")),
        sample=bool(told.get("sample")),
        more=bool(result.get("additionalOccurrences")),
    )


def _detections(result: Mapping[str, Any]) -> Iterator[Detection]:
    """Of each type one, with all its occurrences."""
    for item in result.get("sensitiveData") or ():
        for each in item.get("detections") or ():
            yield Detection(
                type=str(each.get("type") or "UNNAMED"),
                category=str(item.get("category") or ""),
                occurrences=int(each.get("count") or 0),
                place=_place(each.get("occurrences") or {}),
            )
    for each in (result.get("customDataIdentifiers") or {}).get("detections") or ():
        yield Detection(
            type=str(each.get("name") or "UNNAMED"),
            category=_CUSTOM,
            occurrences=int(each.get("count") or 0),
            custom=True,
            place=_place(each.get("occurrences") or {}),
        )


def _place(occurrences: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the first stands: Macie tells of fifteen at most."""
    for kind, told in (
        ("lineRanges", {"start": "line", "startColumn": "column"}),
        ("cells", {"row": "row", "columnName": "field"}),
        ("records", {"jsonPath": "json_path"}),
        ("pages", {"pageNumber": "page"}),
    ):
        first = next(iter(occurrences.get(kind) or ()), None)
        if first:
            return {ours: first[theirs] for theirs, ours in told.items() if first.get(theirs) is not None}
    return None
