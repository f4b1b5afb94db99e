"""The review queue as data, for scripts and for programs."""

from __future__ import annotations

from typing import Any

from assay.model.review import QueueItem
from assay.report.printable import printable
from assay.store.reviewjson import as_object
from assay.store.reviews import Moved


def item_document(item: QueueItem) -> dict[str, Any]:
    """An item as data."""
    asked, subject = item.question, item.question.subject
    return {
        "kind": "review",
        "id": item.id,
        "state": str(item.state),
        "version": item.version,
        "subject": "candidates" if subject.is_candidate else subject.kind,
        "resource": printable(subject.resource),
        "table": subject.table,
        "column": subject.column,
        "identifier": subject.identifier,
        "level": str(asked.level),
        "categories": list(asked.categories),
        "confidence": asked.confidence,
        "reasons": list(asked.reasons),
        "priority": asked.priority,
        "risk": asked.risk,
        "uncertainty": asked.uncertainty,
        "reach": asked.reach,
        "because": asked.because,
        "details": dict(asked.details),
        "two_step": item.two_step,
        "queued_at": item.queued_at.isoformat(),
        "decided_at": None if item.decided_at is None else item.decided_at.isoformat(),
        "decision": None if item.proposal is None else as_object(item.proposal),
        "run": item.run,
    }


def move_document(move: Moved) -> dict[str, Any]:
    """One move of an item's history as data."""
    return {
        "move": move.move,
        "by": move.by,
        "at": move.at.isoformat(),
        "reason": move.reason,
        "before": str(move.before),
        "after": str(move.after),
        "decision": None if move.decision is None else as_object(move.decision),
    }
