"""What people say of documents, what they are best asked next, and why a document was taken for what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assay.app.learning.training import in_use
from assay.app.learning.versions import Versions
from assay.errors import UsageError
from assay.learn.kinds import DOCUMENT_TYPE
from assay.learn.linear import LinearModel
from assay.learn.phrasing import sentence
from assay.learn.propose import Proposal, proposals
from assay.model.learning import Attribution
from assay.store import learning
from assay.store.engine import Catalog

_NAME = re.compile(r"[a-z][a-z_]{1,39}")
_MOST = 10


_NOTHING = (
    "nothing is kept of it: it was not scanned with this catalog, or is no text whose kind is told "
    "(source code, data, archives, a few words)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why a document was taken for a type."""

    resource: str
    label: str
    confidence: float
    attributions: list[Attribution]
    sentence: str


def label_document(catalog: Catalog, given: str, name: str, *, by: str) -> str:
    """Notes what kind of document a resource is; returns its URI. Raises `UsageError` for one that was never read."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no type; write it in small letters and underscores, such as delivery_note")
    resource = uri_of(given)
    with catalog.transaction() as connection:
        if not learning.label(connection, resource, name, by=by, at=datetime.now(UTC)):
            raise UsageError(f"{given}: {_NOTHING}")
    return resource


def proposed(catalog: Catalog, versions: Versions, most: int) -> list[Proposal]:
    """Documents without a label that the model in use is least sure of."""
    model = _model(versions)
    with catalog.reading() as connection:
        waiting = [
            (one.resource, one.features) for one in learning.documents(connection) if one.features and one.label is None
        ]
    return proposals(model, waiting, most)


def explained(catalog: Catalog, versions: Versions, given: str) -> Explained:
    """Why a document is taken for what it is by the model in use. Raises `UsageError` for one that was never read."""
    model, resource = _model(versions), uri_of(given)
    with catalog.reading() as connection:
        found = learning.document(connection, resource)
    if found is None or not found.features:
        raise UsageError(f"{given}: {_NOTHING}")
    told = model.predict(found.features)
    attributions = model.why(found.features, told.label, _MOST)
    return Explained(
        resource=resource,
        label=told.label,
        confidence=told.confidence,
        attributions=attributions,
        sentence=sentence(told, attributions),
    )


def uri_of(given: str) -> str:
    """The URI of a path or a URI."""
    return given if "://" in given else Path(given).absolute().as_uri()


def _model(versions: Versions) -> LinearModel:
    model = in_use(versions, DOCUMENT_TYPE)[1]
    assert model is not None  # one ships
    return model
