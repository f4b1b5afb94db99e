"""What a learned model takes columns for of which names, values and meanings tell nothing: an opinion, on which a person decides.

It makes a column reported, and has it reviewed. It raises no level above what was found in the table, and `internal` where nothing was;
it takes nothing away from what was found, and nothing else follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from assay.detect.phrases import is_telling
from assay.model import ColumnRecord, ColumnSketch, Governance, Identifier, Level
from assay.model.learning import ColumnOpinion
from assay.tables.composite import METHODS, PRESENT
from assay.tables.governed import cia, frameworks, policies
from assay.tables.standing import stood

METHOD = "ml"


class OpinionMethod(Protocol):
    """Tells what columns may be of which nothing else tells anything."""

    def opinions(
        self, sketches: Sequence[ColumnSketch], records: Sequence[ColumnRecord], asked: Sequence[int]
    ) -> Mapping[int, ColumnOpinion]:
        """Of the columns at the places `asked` of a table those that it takes for something, by place."""
        ...


def opined(
    columns: Sequence[ColumnRecord],
    sketches: Sequence[ColumnSketch],
    method: OpinionMethod,
    *,
    by_name: Mapping[str, Identifier],
    governance: Governance,
    table: str,
) -> list[ColumnRecord]:
    """The records of the columns of `table` with opinions on those that nothing is told of, where their names tell nothing either."""
    if governance.weights.get(METHOD, 0.0) <= 0:
        return list(columns)
    asked = [
        at
        for at, (record, sketch) in enumerate(zip(columns, sketches, strict=True))
        if record.detected_type is None and _has_values(sketch) and not is_telling(sketch.name, table)
    ]
    if not asked:
        return list(columns)
    found = list(columns)
    most = max((record.level for record in columns), key=lambda level: level.rank)
    for at, opinion in method.opinions(sketches, columns, asked).items():
        identifier = by_name.get(opinion.type)
        if identifier is None or governance.detection(identifier.name, identifier.category) >= PRESENT:
            continue  # it is not looked for, or more is asked than an opinion
        found[at] = _opined(columns[at], opinion, identifier, governance, most)
    return found


def _has_values(sketch: ColumnSketch) -> bool:
    return bool(sketch.filled and sketch.features.cells and not sketch.fields and not sketch.test_values)


def _opined(
    record: ColumnRecord, opinion: ColumnOpinion, identifier: Identifier, governance: Governance, most: Level
) -> ColumnRecord:
    categories = (str(identifier.category),)
    bound = max(most, Level.INTERNAL, key=lambda level: level.rank)
    by = f", by {opinion.said}" if opinion.said else ""
    told = replace(
        record,
        level=min(identifier.level, bound, key=lambda level: level.rank),
        categories=categories,
        dominant_category=categories[0],
        detected_type=identifier.name,
        confidence=round(PRESENT * 100, 2),
        composite_score=PRESENT,
        suggested_cia=cia(categories, governance),
        rule_score=None,
        pattern_score=0.0,
        semantic_score=None,
        ml_score=opinion.confidence,
        regex_hits=0,
        detection_methods=(METHODS[METHOD],),
        detection_reason=f"only the learned model takes it for {identifier.name} ({opinion.confidence:.0%}){by}",
        compliance_frameworks=frameworks([identifier], categories, governance),
        recommended_policies=policies(categories, governance),
        need_review=True,
    )
    return stood(told, governance)
