"""Raises what is concluded of a resource by what came in since, without reading it again."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, select

from assay.model import Classification
from assay.store.nouns import classification_of
from assay.store.schema.catalog import classifications
from assay.store.units import Verdict, resource_id
from assay.store.writing import write


class Concluded(NamedTuple):
    """What is concluded of a resource, the reading it comes of, and with what that was made."""

    classification: Classification
    reading: str
    change: str | None
    made_with: str


def known_of(connection: Connection, resource: str) -> Concluded | None:
    """What is concluded of a resource. The row is held until the transaction ends."""
    wanted = select(classifications).where(classifications.c.resource_id == resource_id(resource)).with_for_update()
    row = connection.execute(wanted).first()
    if row is None:
        return None
    return Concluded(classification_of(row.record), row.reading_id, row.change, row.made_with)


def changed_since(connection: Connection, resource: str, at: str) -> bool:
    """Whether something else is concluded of a resource than before a moment of this process's clock."""
    wanted = select(classifications.c.changed_at).where(classifications.c.resource_id == resource_id(resource))
    changed = connection.execute(wanted).scalar_one_or_none()
    return changed is not None and str(changed) >= at


def raised(known: Classification, seen: Classification) -> Classification | None:
    """What is known with what was seen besides; `None` where that adds nothing. Nothing is lowered or taken out.

    What is new is counted as it was seen; more of what is known already is no news, nor is what holds nothing.
    """
    if not seen.identifiers:
        return None
    new = {name: number for name, number in seen.identifiers.items() if name not in known.identifiers}
    if not new and seen.level.rank <= known.level.rank:
        return None
    higher = seen if seen.level.rank > known.level.rank else known
    return replace(
        known,
        level=higher.level,
        confidence=higher.confidence,
        because=higher.because,
        identifiers=dict(sorted({**known.identifiers, **new}.items())),
        categories=tuple(dict.fromkeys((*known.categories, *seen.categories))),
        frameworks=tuple(dict.fromkeys((*known.frameworks, *seen.frameworks))),
        recommended_policies=tuple(dict.fromkeys((*known.recommended_policies, *seen.recommended_policies))),
        needs_review=known.needs_review or seen.needs_review,
        coverage=replace(known.coverage, complete=False),
    )


def keep(connection: Connection, known: Concluded, now: Classification, *, run: str) -> None:
    """Writes what is concluded now: a version of its own, and where the level changed a change of level."""
    verdict = Verdict(now, known.reading, known.change)
    write(connection, run=run, made_with=known.made_with, units=(), verdicts=[verdict])
