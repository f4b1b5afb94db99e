"""What it would help most to decide, put into the review queue: columns or documents that the model takes for something else,
those that it is not sure of, and spot checks of what is told with certainty, spread over all kinds of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from assay.app.learning.training import in_use
from assay.app.learning.versions import Versions
from assay.app.reviews import queueing
from assay.app.reviews.desk import Desk
from assay.errors import UsageError
from assay.learn.columns import HARMLESS, features_of_columns
from assay.learn.kinds import COLUMN_TYPE, DOCUMENT_LEVEL
from assay.learn.linear import LinearModel
from assay.model import Classification, ColumnRecord, TableRecord
from assay.model.learning import Features
from assay.model.review import State
from assay.store import learning, lookups, reviews
from assay.store.sketches import stored_tables

_ANOTHER = 0.6
_OF_KIND = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked about, why, and how much there is to learn of it: from 0 to 1, 2 and more where the model disagrees. Of those of
    one `kind` one says something of the other, of those that are `alike` nearly all; `place` is resource, table and column."""

    place: tuple[str, str, str]
    kind: tuple[str, str]
    alike: tuple[str, str]
    why: str
    worth: float
    put: Callable[[queueing.Filling], None] = field(repr=False, compare=False)


def ask(desk: Desk, versions: Versions, most: int, kind: str = COLUMN_TYPE) -> list[Asked]:
    """Puts so many questions into the queue, and returns them. Raises `UsageError` for a kind of which none are asked."""
    _, model = in_use(versions, kind)
    if kind == COLUMN_TYPE:
        found = list(_columns(desk, model))
    elif kind == DOCUMENT_LEVEL:
        found = list(_documents(desk, model))
    else:
        raise UsageError("types of documents are no questions of the queue: 'assay learn propose' lists what to label")
    chosen = spread(found, most)
    filling = queueing.begin(desk.catalog, identifiers=desk.identifiers, governance=desk.governance)
    for each in chosen:
        each.put(filling)
    filling.flush()
    return chosen


def spread(found: list[Asked], most: int) -> list[Asked]:
    """Those worth most; of those that are alike another one counts half as much as the one before, of one kind a bit less."""
    found = sorted(found, key=lambda each: (-each.worth, each.place))
    seen: Counter[tuple[str, tuple[str, str]]] = Counter()
    worth: list[tuple[float, int]] = []
    for at, each in enumerate(found):
        before = seen["alike", each.alike] + _OF_KIND * seen["kind", each.kind]
        worth.append((each.worth / 2.0 ** min(before, 60), at))
        seen.update([("alike", each.alike), ("kind", each.kind)])
    return [found[at] for _, at in sorted(worth, key=lambda item: (-item[0], item[1]))[:most]]


def _columns(desk: Desk, model: LinearModel | None) -> Iterator[Asked]:
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
                    yield Asked(
                        place=(stored.resource, stored.table, record.column),
                        kind=(record.detected_type or HARMLESS, (record.token_hits or ("",))[0] or record.column),
                        # One word that is written in several ways may mean another thing in each.
                        alike=(record.detected_type or HARMLESS, record.column),
                        why=why,
                        worth=worth,
                        put=partial(_put_column, record, stored.record, why),
                    )


def _put_column(record: ColumnRecord, table: TableRecord, why: str, filling: queueing.Filling) -> None:
    filling.check_column(record, table, why)


def _documents(desk: Desk, model: LinearModel | None) -> Iterator[Asked]:
    states = [state for state in State if state is not State.WITHDRAWN]
    with desk.catalog.reading() as connection:
        known = {
            item.question.subject.resource for item in reviews.items(connection, states=states, kinds=("resource",))
        }
        kept = {
            one.resource: one for one in learning.documents(connection) if one.features and one.resource not in known
        }
        for standing in lookups.standings(connection):
            classification = standing.classification
            one = kept.get(classification.resource)
            if one is None or one.features is None:
                continue
            why, worth = _worth_of_level(classification, one.features, model)
            yield Asked(
                place=(classification.resource, "", ""),
                kind=(str(classification.level), one.told or ""),
                alike=(str(classification.level), classification.resource.rsplit("/", 1)[0]),
                why=why,
                worth=worth,
                put=partial(_put_document, classification, why),
            )


def _put_document(classification: Classification, why: str, filling: queueing.Filling) -> None:
    filling.check_resource(classification, why)


def _worth_of_level(classification: Classification, features: Features, model: LinearModel | None) -> tuple[str, float]:
    """Why a document would be asked about, and how much that is worth."""
    level = str(classification.level)
    if model is not None:
        said = model.predict(features)
        if said.label != level and said.confidence >= _ANOTHER:
            return f"the learned model takes it for {said.label} ({said.confidence:.0%})", 1 + said.confidence
        if said.confidence < _ANOTHER:
            return f"the learned model is not sure of its level ({said.confidence:.0%})", 1 - said.confidence
    return f"spot check: no document like it that is {level} was decided here yet", 0.3


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
