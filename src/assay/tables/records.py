"""Records of one table, for callers that judge tables now and then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.detect.names import NameIndex
from assay.model import ColumnRecord, ColumnSketch, Governance, Identifier, TableRecord
from assay.tables.defaults import defaults
from assay.tables.judge import TableJudge
from assay.tables.meaning import Meaning


def records_of(
    sketches: Sequence[ColumnSketch],
    *,
    resource: str,
    table: str,
    identifiers: Sequence[Identifier],
    names: NameIndex,
    governance: Governance | None = None,
    meanings: Sequence[Meaning] | None = None,
    learned: Sequence[Mapping[str, float]] | None = None,
) -> tuple[list[ColumnRecord], TableRecord]:
    """`TableJudge.records` for one table; with no `governance`, by the shipped defaults."""
    judge = TableJudge(
        identifiers=identifiers, names=names, governance=governance if governance is not None else defaults(identifiers)
    )
    return judge.records(sketches, resource=resource, table=table, meanings=meanings, learned=learned)
