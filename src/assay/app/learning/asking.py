"""Which columns it would help most to decide, put into the review queue: what the model of columns takes for something else,
what it is not sure of, and spot checks of what is told with certainty, spread over all words and identifiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from assay.app.learning.training import in_use
from assay.app.learning.versions import Versions
from assay.app.reviews import queueing
from assay.app.reviews.desk import Desk
from assay.learn.columns import HARMLESS, features_of_columns
from assay.learn.kinds import COLUMN_TYPE
from assay.learn.linear import LinearModel
from assay.model import ColumnRecord, TableRecord
from assay.model.learning import Features
from assay.model.review import State
from assay.store import reviews
from assay.store.sketches import stored_tables

_ANOTHER = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A column that is asked about, why, and how much there is to learn of it: from 0 to 1, 2 and more where the model disagrees."""

    column: ColumnRecord
    table: TableRecord
    why: str
    worth: float

    @property
    def kind(self) -> tuple[str, str]:
        """Columns of which one says as much as the other."""
        record = self.column
        return record.detected_type or HARMLESS, (record.token_hits or ("",))[0] or record.column


def ask(desk: Desk, versions: Versions, most: int) -> list[Asked]:
    """Puts so many questions into the queue, and returns them."""
    _, model = in_use(versions, COLUMN_TYPE)
    chosen = spread(list(_candidates(desk, model)), most)
    filling = queueing.begin(desk.catalog, identifiers=desk.identifiers, governance=desk.governance)
    for each in chosen:
        filling.check_column(each.column, each.table, each.why)
    filling.flush()
    return chosen


def spread(found: list[Asked], most: int) -> list[Asked]:
    """Those worth most; of columns of one kind another one counts half as much as the one before."""
    found = sorted(found, key=lambda each: (-each.worth, each.column.resource, each.column.table, each.column.column))
    seen: Counter[tuple[str, str]] = Counter()
    worth: list[tuple[float, int]] = []
    for at, each in enumerate(found):
        worth.append((each.worth / 2.0 ** min(seen[each.kind], 60), at))
        seen[each.kind] += 1
    return [found[at] for _, at in sorted(worth, key=lambda item: (-item[0], item[1]))[:most]]


def _candidates(desk: Desk, model: LinearModel | None) -> Iterator[Asked]:
    states = [state for state in State if state is not State.WITHDRAWN]
    with desk.catalog.reading() as connection:
        known = {
            (item.question.subject.resource, item.question.subject.table, item.question.subject.column)
            for item in reviews.items(connection, states=states, kinds=("column",))
        }
        for stored in stored_tables(connection):
            sketches = [sketch for _, sketch in stored.columns if sketch is not None]
            complete = len(sketches) == len(stored.columns)
            features: list[Features | None] = (
                [*features_of_columns(sketches, stored.table)] if complete else [None] * len(stored.columns)
            )
            for (record, _), told in zip(stored.columns, features, strict=True):
                if (stored.resource, stored.table, record.column) in known:
                    continue
                why, worth = _worth(record, told, model)
                if worth > 0:
                    yield Asked(column=record, table=stored.record, why=why, worth=worth)


def _worth(record: ColumnRecord, features: Features | None, model: LinearModel | None) -> tuple[str, float]:
    """Why a column would be asked about, and how much that is worth."""
    told = record.detected_type or HARMLESS
    if features is not None and model is not None:
        said = model.predict(features)
        if said.label != told and said.confidence >= _ANOTHER and (told in model.labels or told == HARMLESS):
            name = "nothing sensitive" if said.label == HARMLESS else said.label
            return f"the learned model takes it for {name} ({said.confidence:.0%})", 1 + said.confidence
        if said.confidence < _ANOTHER:
            return f"the learned model is not sure of it ({said.confidence:.0%})", 1 - said.confidence
    if record.detected_type is None:
        return "", 0.0
    return f"spot check: columns told as {record.detected_type} were not decided here yet", 0.5
