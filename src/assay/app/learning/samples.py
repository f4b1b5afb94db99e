"""What the catalog has to learn from, with how far each label is trusted and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, select

from assay.errors import UsageError
from assay.learn.columns import HARMLESS, features_of_columns
from assay.learn.kinds import COLUMN_TYPE, DOCUMENT_LEVEL, DOCUMENT_TYPE
from assay.learn.split import AUTOMATIC, capped, distinct
from assay.model.learning import Sample
from assay.model.review import JUDGED, QueueItem, State
from assay.store import learning, reviews
from assay.store.engine import Catalog
from assay.store.schema.catalog import classifications, findings, resources
from assay.store.sketches import stored_tables
from assay.store.texts import moment

REVIEW, MACIE = "review", "macie"
WEIGHTS = {REVIEW: 1.0, MACIE: 0.9, AUTOMATIC: 0.5}
SURE = 0.8
_FEW_GROUPS = 5


def samples_of(catalog: Catalog, kind: str, since: datetime | None = None) -> tuple[list[Sample], int]:
    """The samples for a kind of model, each content once, and how many contents were labelled in two ways alike. With `since` only
    what people decided then or later, and documents that were read then or later."""
    with catalog.reading() as connection:
        if kind == DOCUMENT_TYPE:
            found = list(_types(connection, since))
        elif kind == DOCUMENT_LEVEL:
            found = list(_levels(connection, since))
        elif kind == COLUMN_TYPE:
            found = list(_columns(connection, since))
        else:
            raise UsageError(f"there is no kind of model {kind!r}")
    if len({sample.group for sample in found}) < _FEW_GROUPS:
        # So few folders cannot be parted; then what is alike in content alone is kept together.
        found = [
            Sample(features=one.features, label=one.label, weight=one.weight, provenance=one.provenance)
            for one in found
        ]
    kept, contradicted = distinct(found)
    return capped(kept), contradicted


def _sample(features: Mapping[str, float], label: str, provenance: str, group: str) -> Sample:
    return Sample(features=features, label=label, weight=WEIGHTS[provenance], group=group, provenance=provenance)


def _folder(resource: str) -> str:
    return resource.rsplit("/", 1)[0]


def _types(connection: Connection, since: datetime | None) -> Iterator[Sample]:
    first = "" if since is None else moment(since)
    for one in learning.documents(connection):
        if not one.features or ((one.seen_at or "") if one.label is None else (one.labelled_at or "")) < first:
            continue
        if one.label is not None:
            yield _sample(one.features, one.label, REVIEW, _folder(one.resource))
        elif one.told is not None and (one.confidence or 0.0) > SURE:
            yield _sample(one.features, one.told, AUTOMATIC, _folder(one.resource))


def _levels(connection: Connection, since: datetime | None) -> Iterator[Sample]:
    first = "" if since is None else moment(since)
    said: dict[str, str] = {}
    for item in _decided(connection, since, ("resource", "finding")):
        level = _level(item)
        if level is not None:
            said[item.question.subject.resource] = level
    asked = select(resources.c.uri, classifications.c.level, classifications.c.record).join_from(
        classifications, resources
    )
    levels = {uri: (level, record) for uri, level, record in connection.execute(asked)}
    by_macie = set(
        connection.execute(
            select(resources.c.uri)
            .join_from(findings, resources, findings.c.resource_id == resources.c.id)
            .where(cast(findings.c.evidence, Text).like('%"macie"%'))
        ).scalars()
    )
    for one in learning.documents(connection):
        if not one.features:
            continue
        known = levels.get(one.resource)
        if one.resource in said:
            yield _sample(one.features, said[one.resource], REVIEW, _folder(one.resource))
        elif known is not None and known[0] != "unclassified" and (one.seen_at or "") >= first:
            if one.resource in by_macie:
                yield _sample(one.features, known[0], MACIE, _folder(one.resource))
            elif _object(known[1]).get("confidence", 0.0) > SURE:
                yield _sample(one.features, known[0], AUTOMATIC, _folder(one.resource))


def _object(record: Any) -> Mapping[str, Any]:
    loaded = json.loads(record) if isinstance(record, str) else record
    return loaded or {}


def _level(item: QueueItem) -> str | None:
    if item.state is State.APPROVED:
        return str(item.question.level)
    if item.state is State.RECLASSIFIED and item.proposal is not None and item.proposal.level is not None:
        return str(item.proposal.level)
    return None


def column_said(items: Iterable[QueueItem]) -> dict[tuple[str, str | None, str | None], str | None]:
    """What reviewers said that columns hold, by resource, table and column; `None` where they said another thing of it."""
    return {
        (item.question.subject.resource, item.question.subject.table, item.question.subject.column): _type(item)
        for item in items
    }


def _decided(connection: Connection, since: datetime | None, kinds: tuple[str, ...]) -> Iterator[QueueItem]:
    for item in reviews.items(connection, states=JUDGED, kinds=kinds):
        if since is None or (item.decided_at is not None and item.decided_at >= since):
            yield item


def _columns(connection: Connection, since: datetime | None) -> Iterator[Sample]:
    decided = column_said(_decided(connection, since, ("column",)))
    for stored in stored_tables(connection):
        sketches = [sketch for _, sketch in stored.columns if sketch is not None]
        if len(sketches) < len(stored.columns):
            continue
        features = features_of_columns(sketches, stored.table)
        for (record, _), told in zip(stored.columns, features, strict=True):
            place = stored.resource, stored.table, record.column
            said = decided.get(place)
            if said is not None:
                yield _sample(told, said, REVIEW, f"{stored.resource} {stored.table}")
            elif place not in decided and not record.need_review:
                sure = record.detected_type is None or record.confidence > 100 * SURE
                if sure:
                    yield _sample(
                        told, record.detected_type or HARMLESS, AUTOMATIC, f"{stored.resource} {stored.table}"
                    )


def _type(item: QueueItem) -> str | None:
    """What a reviewer said that a column holds."""
    if item.state is State.APPROVED:
        return item.question.subject.identifier
    if item.state is State.REJECTED:
        return HARMLESS
    return item.proposal.identifier if item.proposal is not None else None
