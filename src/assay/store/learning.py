"""Documents by what is learned of them, in the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from assay.model.learning import DocumentType, Features, LearnedLevel
from assay.store import audit
from assay.store.schema.learning import learn_documents
from assay.store.texts import clean, derived, moment
from assay.store.upserts import upsert


class Seen(NamedTuple):
    """A document as it was read: its features, and the type and the level that were told."""

    resource: str
    features: Features
    told: DocumentType | None
    level: LearnedLevel | None = None


class Kept(NamedTuple):
    """What is kept of a document. `label` is what a person said it is."""

    resource: str
    features: Mapping[str, float] | None
    told: str | None
    confidence: float | None
    label: str | None
    level: str | None
    seen_at: str | None
    labelled_at: str | None


_WANTED = select(*(learn_documents.c[name] for name in Kept._fields))


def see(connection: Connection, documents: Sequence[Seen], at: datetime) -> None:
    """Keeps documents as they were read; what people said of them stays."""
    upsert(
        connection,
        learn_documents,
        [
            {
                "id": _id(seen.resource),
                "resource": clean(seen.resource),
                "features": dict(seen.features),
                "told": None if seen.told is None else seen.told.name,
                "confidence": None if seen.told is None else seen.told.confidence,
                "level": None if seen.level is None else str(seen.level.level),
                "seen_at": moment(at),
            }
            for seen in documents
        ],
    )


def label(connection: Connection, resource: str, name: str, *, by: str, at: datetime) -> bool:
    """Notes what a person says a document is, and audits it. False where the document was never read."""
    row = connection.execute(select(learn_documents).where(learn_documents.c.id == _id(resource))).one_or_none()
    if row is None:
        return False
    upsert(
        connection,
        learn_documents,
        [
            {
                "id": _id(resource),
                "resource": clean(resource),
                "label": name,
                "labelled_by": clean(by),
                "labelled_at": moment(at),
            }
        ],
    )
    audit.append(
        connection,
        actor=by,
        action="FEEDBACK_APPLIED",
        resource=resource,
        details={"document_type": name},
        before={"document_type": row.label or row.told},
        after={"document_type": name},
    )
    return True


def documents(connection: Connection) -> Iterator[Kept]:
    """Every document whose features are kept, by resource."""
    for row in connection.execute(_WANTED.order_by(learn_documents.c.resource)):
        yield Kept(*row)


def read_between(
    connection: Connection, since: str | None, until: str | None, most: int | None = None
) -> Iterator[Kept]:
    """Documents that were read last from `since` on and before `until`, stored moments; at most the newest so many."""
    seen = learn_documents.c.seen_at
    wanted = _WANTED.where(seen.is_not(None)).order_by(seen.desc(), learn_documents.c.id)
    wanted = wanted if since is None else wanted.where(seen >= since)
    wanted = wanted if until is None else wanted.where(seen < until)
    for row in connection.execute(wanted if most is None else wanted.limit(most)):
        yield Kept(*row)


def _id(resource: str) -> str:
    return derived("learn", clean(resource))


def document(connection: Connection, resource: str) -> Kept | None:
    """What is kept of one document."""
    row = connection.execute(_WANTED.where(learn_documents.c.id == _id(resource))).one_or_none()
    return None if row is None else Kept(*row)


def labelled(connection: Connection) -> int:
    """How many documents have a label of a person."""
    wanted = select(func.count()).select_from(learn_documents).where(learn_documents.c.label.is_not(None))
    return int(connection.execute(wanted).scalar_one())
