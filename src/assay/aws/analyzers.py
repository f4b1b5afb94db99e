"""What IAM Access Analyzer finds: who outside of the account gets at what is in it. Analyzers are of a region.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindings.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.s3settings import as_json
from assay.aws.session import Calls, Session, told

CALLS: Calls = frozenset({"accessanalyzer.ListAnalyzers", "accessanalyzer.ListFindings"})
ACTIVE, RESOLVED = "ACTIVE", "RESOLVED"
_EXTERNAL = "ACCOUNT"
_KEPT = (
    "id",
    "principal",
    "action",
    "resource",
    "isPublic",
    "condition",
    "createdAt",
    "updatedAt",
    "analyzedAt",
    "status",
    "error",
)


def findings_of(session: Session, region: str, statuses: Sequence[str] = (ACTIVE,)) -> list[dict[str, Any]] | None:
    """The findings of external access in a region, to the last page; `None` where no analyzer of the account looks there.
    Raises `AwsError`."""
    client = session.client("accessanalyzer", region)
    try:
        found = [
            each
            for each in items(client, "list_analyzers", "analyzers", type=_EXTERNAL)
            if each["status"] == ACTIVE and each["type"] == _EXTERNAL
        ]
        if not found:
            return None
        wanted = {"status": {"eq": list(statuses)}}
        listed = items(client, "list_findings", "findings", analyzerArn=found[0]["arn"], filter=wanted)
        return [as_json({name: each[name] for name in _KEPT if name in each}) for each in listed]
    except refusals() as error:
        raise told(error, "Access Analyzer") from None
