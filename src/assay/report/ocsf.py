"""Classifications as Data Security Findings (class 2006) of the Open Cybersecurity Schema Framework, version 1.3.

Source: https://schema.ocsf.io/1.3.0/classes/data_security_finding
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assay.model import Level, Standing

_CLASS = 2006
_ACTIVITIES = {"Create": 1, "Update": 2, "Close": 3}
_SEVERITIES = {
    Level.RESTRICTED: (4, "High"),
    Level.CONFIDENTIAL: (3, "Medium"),
    Level.INTERNAL: (2, "Low"),
    Level.UNCLASSIFIED: (1, "Informational"),
    Level.PUBLIC: (1, "Informational"),
}
_CONFIDENTIALITY = {
    Level.RESTRICTED: (6, "Restricted"),
    Level.CONFIDENTIAL: (2, "Confidential"),
    Level.INTERNAL: (5, "Private"),
    Level.UNCLASSIFIED: (0, "Unknown"),
    Level.PUBLIC: (1, "Not Confidential"),
}
_CATEGORIES = {"PII": (1, "Personal"), "PHI": (1, "Personal"), "PCI": (3, "Financial"), "SECRETS": (6, "Security")}
_OTHER = (99, "Other")
_AT_REST = (1, "Data at-Rest")


def ocsf(standing: Standing, *, version: str, account: str | None = None, region: str | None = None) -> dict[str, Any]:
    """The finding of one resource. `version` is that of assay. Times are milliseconds since 1970, as the schema has them."""
    found = standing.classification
    activity = "Create" if standing.version <= 1 else "Update"
    severity_id, severity = _SEVERITIES[found.level]
    confidentiality_id, confidentiality = _CONFIDENTIALITY[found.level]
    category_id, category = _CATEGORIES.get(next(iter(found.categories), ""), _OTHER)
    at = _milliseconds(standing.changed_at)
    event: dict[str, Any] = {
        "activity_id": _ACTIVITIES[activity],
        "activity_name": activity,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Data Security Finding",
        "type_uid": _CLASS * 100 + _ACTIVITIES[activity],
        "type_name": f"Data Security Finding: {activity}",
        "time": at,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 1,
        "status": "New",
        "confidence_score": round(found.confidence * 100),
        "message": found.because,
        "finding_info": {
            "uid": f"{found.resource}#{standing.version}",
            "title": f"{str(found.level).capitalize()} data",
            "desc": found.because,
            "created_time": _milliseconds(standing.first_seen_at),
            "modified_time": at,
            "types": list(found.categories),
        },
        "data_security": {
            "category_id": category_id,
            "category": category,
            "confidentiality_id": confidentiality_id,
            "confidentiality": confidentiality,
            "data_lifecycle_state_id": _AT_REST[0],
            "data_lifecycle_state": _AT_REST[1],
            "detection_system_id": 99,
            "detection_system": "assay",
        },
        "resources": [{"uid": standing.arn or found.resource, "name": found.resource, "data": {
            "level": str(found.level),
            "identifiers": dict(found.identifiers),
            "frameworks": list(found.frameworks),
            "needs_review": found.needs_review,
            "complete": found.coverage.complete,
        }}],
        "metadata": {"version": "1.3.0", "product": {"name": "assay", "vendor_name": "assay", "version": version}},
    }  # fmt: skip
    if account is not None:
        event["metadata"]["profiles"] = ["cloud"]
        event["cloud"] = {"provider": "AWS", "account": {"uid": account}, "region": region}
    return event


def _milliseconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000)
