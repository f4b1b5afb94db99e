"""Findings of Macie: listed page by page, told by fifty. They hold no value, and samples of values are never asked for.

https://docs.aws.amazon.com/macie/latest/APIReference/findings.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from assay.aws.failures import refusals
from assay.aws.macie import SERVICE, macie_error
from assay.aws.paging import items
from assay.aws.session import Calls, Session

CALLS: Calls = frozenset({"macie2.ListFindings", "macie2.GetFindings"})
_AT_ONCE = 50


class Told(NamedTuple):
    """Findings as Macie tells them, and the ids of those that it listed and did not tell."""

    findings: Sequence[dict[str, Any]]
    missing: Sequence[str]


def findings(session: Session, *, since: datetime | None = None, buckets: Sequence[str] = ()) -> Iterator[Told]:
    """All sensitive data findings that were updated at `since` or later, fifty at a time, those that are archived last.

    What is archived while this goes on may be told twice, the second time as it is then. Raises `AwsError`.
    """
    client = session.client(SERVICE)
    for archived in ("false", "true"):
        criterion = _criterion(since, buckets, archived)
        order = {"attributeName": "updatedAt", "orderBy": "ASC"}
        listed = items(
            client, "list_findings", "findingIds", findingCriteria={"criterion": criterion}, sortCriteria=order
        )
        try:
            while ids := list(islice(listed, _AT_ONCE)):
                told = client.get_findings(findingIds=ids)["findings"]
                known = {each.get("id") for each in told}
                yield Told(told, [each for each in ids if each not in known])
        except refusals() as error:
            raise macie_error(error, session) from None


def _criterion(since: datetime | None, buckets: Sequence[str], archived: str) -> dict[str, Any]:
    found: dict[str, Any] = {"category": {"eq": ["CLASSIFICATION"]}, "archived": {"eq": [archived]}}
    if since is not None:
        # Macie's times in criteria are milliseconds since 1970.
        found["updatedAt"] = {"gte": int(since.timestamp() * 1000)}
    if buckets:
        found["resourcesAffected.s3Bucket.name"] = {"eq": list(buckets)}
    return found
