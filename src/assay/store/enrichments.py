"""Descriptions of resources, as they were given last, and what they ask people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from assay.model.enrichment import (
    Advice,
    DataSubject,
    Described,
    Description,
    DocumentType,
    Enrichment,
    Refined,
    Suspected,
    Used,
)
from assay.store import audit
from assay.store.schema.catalog import classifications, resources
from assay.store.schema.enrichment import enrichments
from assay.store.texts import clean, moment
from assay.store.units import resource_id
from assay.store.upserts import upsert

ACTION = "ENRICHED"


def keep(connection: Connection, told: Enrichment, *, actor: str) -> None:
    """Keeps a description of a resource that the catalog knows; what a model was asked is in the audit log, with its cost."""
    row = {
        "resource_id": resource_id(told.resource),
        "key": told.key,
        "source": told.source,
        "provider": told.provider,
        "model": clean(told.model),
        "prompt": told.prompt,
        "description": asdict(told.description),
        "problems": list(told.problems),
        "suspected": len(told.description.suspected),
        "at": moment(),
        **asdict(told.used),
    }
    upsert(connection, enrichments, [row])
    if told.used.requests:
        details: dict[str, Any] = {"source": told.source, "provider": told.provider, "model": told.model}
        details |= {"prompt": told.prompt, **asdict(told.used), "problems": list(told.problems)}
        audit.append(connection, actor=actor, action=ACTION, resource=told.resource, details=details)


def of(connection: Connection, resource: str) -> Enrichment | None:
    """The description of a resource."""
    wanted = select(enrichments).where(enrichments.c.resource_id == resource_id(resource))
    row = connection.execute(wanted).mappings().first()
    return None if row is None else _enrichment(resource, row)


def suspicions(connection: Connection) -> dict[str, tuple[Suspected, ...]]:
    """What descriptions name for people to look at, by resource."""
    wanted = (
        select(resources.c.uri, enrichments.c.description)
        .join(resources, resources.c.id == enrichments.c.resource_id)
        .where(enrichments.c.suspected > 0)
    )
    return {str(row.uri): _description(row.description).suspected for row in connection.execute(wanted)}


def without(connection: Connection, *, levels: tuple[str, ...], again: bool, limit: int) -> list[str]:
    """The resources of these levels (all, if none is named) that have no description, or with `again` also those that
    have; the highest level first, then by URI."""
    wanted = (
        select(resources.c.uri)
        .join(classifications, classifications.c.resource_id == resources.c.id)
        .outerjoin(enrichments, enrichments.c.resource_id == resources.c.id)
        .order_by(resources.c.uri)
    )
    if levels:
        wanted = wanted.where(classifications.c.level.in_(levels))
    if not again:
        wanted = wanted.where(enrichments.c.resource_id.is_(None))
    return [str(uri) for uri in connection.execute(wanted.limit(limit)).scalars()]


def totals(connection: Connection) -> dict[str, dict[str, float]]:
    """How many descriptions there are by source, and what they took together."""
    found: dict[str, dict[str, float]] = {}
    wanted = select(*(enrichments.c[name] for name in ("source", "tokens_in", "tokens_out", "cost", "seconds")))
    for row in connection.execute(wanted):
        total = found.setdefault(
            row.source, dict.fromkeys(("resources", "tokens_in", "tokens_out", "cost", "seconds"), 0.0)
        )
        total["resources"] += 1
        for name in ("tokens_in", "tokens_out", "cost", "seconds"):
            total[name] += getattr(row, name)
    return found


def _enrichment(resource: str, row: RowMapping) -> Enrichment:
    return Enrichment(
        resource=resource,
        key=row["key"],
        source=row["source"],
        provider=row["provider"],
        model=row["model"],
        prompt=row["prompt"],
        description=_description(row["description"]),
        problems=tuple(row["problems"]),
        used=Used(**{name: row[name] for name in ("tokens_in", "tokens_out", "cost", "seconds", "requests")}),
        at=row["at"],
    )


def _description(given: Mapping[str, Any]) -> Description:
    return Description(
        **{
            **given,
            "document_type": DocumentType(given["document_type"]),
            "business_terms": tuple(given["business_terms"]),
            "data_subjects": tuple(map(DataSubject, given["data_subjects"])),
            "jurisdictions": tuple(given["jurisdictions"]),
            "refined": tuple(Refined(**each) for each in given["refined"]),
            "described": tuple(Described(**each) for each in given["described"]),
            "advice": tuple(map(Advice, given["advice"])),
            "suspected": tuple(Suspected(**each) for each in given["suspected"]),
        }
    )
