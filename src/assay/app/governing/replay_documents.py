"""What a change of the configuration would do, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.app.governing.replay import ColumnChange, Replayed
    from assay.model import ColumnRecord, TableRecord


def replayed_document(found: Replayed) -> dict[str, Any]:
    """What a change would do, as data."""

    def column(record: ColumnRecord) -> dict[str, Any]:
        return {
            "detected_type": record.detected_type,
            "categories": list(record.categories),
            "level": record.level,
            "confidence": record.confidence,
            "confidence_level": record.confidence_level,
            "need_review": record.need_review,
        }

    def changed(change: ColumnChange) -> dict[str, Any]:
        return {
            "resource": change.before.resource,
            "table": change.before.table,
            "column": change.before.column,
            "before": column(change.before),
            "after": column(change.after),
            "certain": change.certain,
        }

    def table(record: TableRecord) -> dict[str, Any]:
        return {"level": record.level, "sensitive_columns": list(record.sensitive_columns)}

    return {
        "columns": found.looked_at,
        "changes": [changed(change) for change in found.columns],
        "moves": [changed(change) for change in found.moved],
        "tables": [
            {
                "resource": change.before.resource,
                "table": change.before.table_name,
                "before": table(change.before),
                "after": table(change.after),
                "certain": change.certain,
            }
            for change in found.tables
        ],
        "contradicted": [
            {
                "item": item.item,
                "resource": item.resource,
                "table": item.table,
                "column": item.column,
                "said": item.said,
                "before": item.before,
                "after": item.after,
            }
            for item in found.contradicted
        ],
        "agreed": found.agreed,
        "read_again": [
            {"resource": item.resource, "table": item.table, "columns": list(item.columns), "because": item.because}
            for item in found.reread
        ],
    }
