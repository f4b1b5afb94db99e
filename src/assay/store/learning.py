"""Documents by what is learned of them, in the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from assay.model.learning import DocumentType, Features
from assay.store import audit
from assay.store.schema.learning import learn_documents
from assay.store.texts import clean, derived, moment
from assay.store.upserts import upsert


class Seen(NamedTuple):
    """A document as it was read: its features, and the type that was told."""

    resource: str
    features: Features
    told: DocumentType | None


class Kept(NamedTuple):
    """What is kept of a document. `label` is what a person said it is."""

    resource: str
    features: Mapping[str, float] | None
    told: str | None
    confidence: float | None
    label: str | None
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


def _id(resource: str) -> str:
    return derived("learn", clean(resource))


def document(connection: Connection, resource: str) -> Kept | None:
    """What is kept of one document."""
    row = connection.execute(_WANTED.where(learn_documents.c.id == _id(resource))).one_or_none()
    return None if row is None else Kept(*row)
