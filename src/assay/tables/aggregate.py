"""Column records → the table's record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import fsum

from assay.model import ColumnRecord, Level, TableRecord

Policies = Callable[[Iterable[str]], tuple[str, ...]]


def table_record(
    columns: Sequence[ColumnRecord], *, resource: str, table: str, rows: int, policies: Policies
) -> TableRecord:
    """Mean and maximum of its sensitive columns, dominant category, and the highest level among them."""
    sensitive = [record for record in columns if record.detected_type is not None]
    if not sensitive:
        return TableRecord(
            resource=resource,
            table_name=table,
            level=Level.PUBLIC,
            rows_read=rows,
            need_review=any(record.need_review for record in columns),
        )
    sums: dict[str, tuple[float, int]] = {}
    # Opinions take nothing away from what was found.
    scored = [record for record in sensitive if not record.is_opinion] or sensitive
    for record in scored:
        for category in record.categories:
            total, count = sums.get(category, (0.0, 0))
            sums[category] = (total + record.confidence, count + 1)
    order = sorted(sums, key=lambda category: (-sums[category][0], -sums[category][1], category))
    order += dict.fromkeys(item for record in sensitive for item in record.categories if item not in sums)
    return TableRecord(
        resource=resource,
        table_name=table,
        level=max((record.level for record in sensitive), key=lambda item: item.rank),
        table_sensitivity_score=round(fsum(record.confidence for record in scored) / len(scored), 2),
        max_column_score=max(record.confidence for record in sensitive),
        sensitive_share=round(len(sensitive) / len(columns), 4),
        dominant_table_category=order[0],
        table_categories=tuple(order),
        sensitive_columns=tuple(record.column for record in sensitive),
        compliance_frameworks=tuple(
            dict.fromkeys(item for record in sensitive for item in record.compliance_frameworks)
        ),
        recommended_policies=policies(order),
        need_review=any(record.need_review for record in columns),
        rows_read=rows,
    )
