"""What the calls about the audit log and numbers for dashboards answer, for their description alone, as in `told`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assay.web.api.told import Told


class EntryTold(Told):
    """An entry of the audit log."""

    seq: int
    at: datetime
    actor: str
    action: str
    resource: str | None
    run: str | None
    details: Any
    before: Any
    after: Any
    previous: str
    hash: str


class ProofProblemTold(Told):
    """Something that was changed past assay."""

    entry: int | None
    what: str


class ProofTold(Told):
    """Whether the audit log holds; of what does not the first 100."""

    holds: bool
    entries: int
    problems: list[ProofProblemTold]


class MetricsTold(Told):
    """Numbers for dashboards."""

    resources: dict[str, int]
    places: dict[str, dict[str, int]]
    review_waiting: dict[str, int]
    review_decided_30_days: dict[str, int]
    documents_drift_30_days: dict[str, float] | None
    requests_without_connection: int
