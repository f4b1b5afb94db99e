"""Features of documents that a scan reads, kept in the catalog in batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from assay.ports import DocumentReport
from assay.store import learning
from assay.store.engine import Catalog

_BATCH = 500


@dataclass(slots=True, kw_only=True)
class Documents:
    """Documents that are to be kept."""

    catalog: Catalog
    _waiting: dict[str, learning.Seen] = field(default_factory=dict)

    def take(self, resource: str, report: DocumentReport) -> None:
        """One document."""
        if report.features is None:
            return
        self._waiting[resource] = learning.Seen(resource, report.features, report.type, report.level)
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Writes what is pending."""
        if self._waiting:
            with self.catalog.transaction() as connection:
                learning.see(connection, list(self._waiting.values()), datetime.now(UTC))
            self._waiting = {}
