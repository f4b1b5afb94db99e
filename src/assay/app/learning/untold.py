"""Why the shipped model takes a column for what it does, by what the catalog keeps of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.app.learning.labelling import Explained
from assay.app.reviews.desk import Desk
from assay.app.reviews.naming import meant
from assay.app.scan.comparing import Side
from assay.errors import UsageError
from assay.learn.columns import HARMLESS
from assay.learn.untold import shipped_untold
from assay.model import ColumnRecord, ColumnSketch
from assay.model.learning import ColumnOpinion
from assay.report.spelling import spelled
from assay.store.sketches import Sketches
from assay.tables.judge import named


def explained_column(desk: Desk, given: str) -> Explained | None:
    """Why a column is taken for what it is; `None` where what is named is none. Raises `UsageError` for one that the model is not
    asked of, and for what is not known."""
    with desk.catalog.reading() as connection:
        places = meant(connection, given)
    place = places[0]
    if place.column is None:
        return None
    where = spelled(place)
    stored = Sketches(desk.catalog).of(place.resource, place.table) if len(places) == 1 else None
    if stored is None:
        raise UsageError(f"{given}: several tables have such a column; name one, as in {where}")
    sketches = [sketch for _, sketch in stored.columns if sketch is not None]
    if len(sketches) < len(stored.columns):
        raise UsageError(f"{where}: too little is kept of its table; scan it with this catalog again")
    noting = _Noting()
    judge = Side.of(desk.governance, desk.identifiers, noting).judge
    records, _ = judge.records(
        sketches,
        resource=stored.resource,
        table=stored.table,
        meanings=judge.meanings(named(sketches), stored.table),
    )
    at = next(at for at, record in enumerate(records) if record.column == place.column)
    if at not in noting.asked:
        raise UsageError(f"{where}: the model is not asked of it: {_why_not(records[at])}")
    told = shipped_untold().look(noting.sketches, noting.records, at)
    label = told.opinion.type if told.is_sure else HARMLESS
    holds = f"({told.opinion.confidence:.0%})"
    return Explained(
        resource=where,
        label=label,
        confidence=told.opinion.confidence,
        attributions=told.why,
        sentence=f"Only the learned model takes it for {label} {holds}, by {told.opinion.said}."
        if told.is_sure
        else f"The learned model takes it for nothing: that it is sensitive is not probable enough {holds}.",
    )


def _why_not(record: ColumnRecord) -> str:
    if record.detected_type is not None:
        return f"without it, it is {record.detected_type}; {record.detection_reason}"
    return "its name tells what it is about, it has no values to look at, or the method 'ml' is switched off"


@dataclass(slots=True)
class _Noting:
    """Stands in the model's place, and notes what it would be asked."""

    sketches: Sequence[ColumnSketch] = ()
    records: Sequence[ColumnRecord] = ()
    asked: Sequence[int] = field(default=())

    def columns(self, sketches: Sequence[ColumnSketch], table: str) -> list[Mapping[str, float]]:
        del table  # no model is asked
        return [{} for _ in sketches]

    def opinions(
        self, sketches: Sequence[ColumnSketch], records: Sequence[ColumnRecord], asked: Sequence[int]
    ) -> Mapping[int, ColumnOpinion]:
        self.sketches, self.records, self.asked = sketches, records, asked
        return {}
