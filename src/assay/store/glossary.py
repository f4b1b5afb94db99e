"""Terms of the glossary, and whose resources are, in the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from assay.errors import ConflictError
from assay.store.schema.steward import glossary_terms, resource_owners
from assay.store.texts import clean, derived, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term, what it means, whose it is, and what it is linked to: NAMES of identifiers, and `RESOURCE#COLUMN` globs."""

    id: str
    name: str
    definition: str
    owner: str
    links: tuple[str, ...]
    version: int
    changed_at: str
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose the resources of a scope are, and what says so."""

    scope: str
    owner: str
    source: str
    changed_at: str
    changed_by: str


def called(name: str) -> str:
    """A name as it is looked up."""
    return " ".join(name.split()).casefold()


def terms(connection: Connection) -> list[Term]:
    """All, by name."""
    return [_term(row) for row in connection.execute(select(glossary_terms).order_by(glossary_terms.c.called))]


def term(connection: Connection, term_id: str) -> Term | None:
    """The term of an id."""
    row = connection.execute(select(glossary_terms).where(glossary_terms.c.id == term_id)).one_or_none()
    return None if row is None else _term(row)


def put(connection: Connection, values: Mapping[str, Any], was: Term | None, *, by: str, at: datetime) -> str:
    """Writes a term. Raises `ConflictError` where somebody else changed it meanwhile, or made one of that name."""
    row = {
        "name": clean(values["name"]),
        "called": called(values["name"]),
        "definition": clean(values["definition"]),
        "owner": clean(values["owner"]),
        "links": [clean(link) for link in values["links"]],
        "changed_at": moment(at),
        "changed_by": clean(by),
    }
    same_name = select(glossary_terms.c.id).where(glossary_terms.c.called == row["called"])
    other = connection.execute(same_name).scalar_one_or_none()
    if other is not None and (was is None or other != was.id):
        raise ConflictError(f"there is a term '{values['name']}' already; change that one")
    if was is None:
        term_id = derived("term", called(values["name"]), moment(at))
        connection.execute(insert(glossary_terms), {"id": term_id, "version": 1, **row})
        return term_id
    same = (glossary_terms.c.id == was.id) & (glossary_terms.c.version == was.version)
    if connection.execute(update(glossary_terms).where(same).values(version=was.version + 1, **row)).rowcount != 1:
        raise ConflictError(f"{was.name} was changed by somebody else meanwhile; look again")
    return was.id


def remove(connection: Connection, was: Term) -> None:
    """Takes a term out. Raises `ConflictError` where somebody else changed it meanwhile."""
    same = (glossary_terms.c.id == was.id) & (glossary_terms.c.version == was.version)
    if connection.execute(delete(glossary_terms).where(same)).rowcount != 1:
        raise ConflictError(f"{was.name} was changed by somebody else meanwhile; look again")


def owners(connection: Connection) -> list[Owner]:
    """All, by scope."""
    rows = connection.execute(select(resource_owners).order_by(resource_owners.c.scope))
    return [
        Owner(scope=row.scope, owner=row.owner, source=row.source, changed_at=row.changed_at, changed_by=row.changed_by)
        for row in rows
    ]


def put_owner(connection: Connection, scope: str, owner: str | None, *, source: str, by: str, at: datetime) -> None:
    """Writes whose a scope is; with `None` nobody's."""
    connection.execute(delete(resource_owners).where(resource_owners.c.scope == scope))
    if owner is not None:
        row = {
            "scope": scope,
            "owner": clean(owner),
            "source": source,
            "changed_at": moment(at),
            "changed_by": clean(by),
        }
        connection.execute(insert(resource_owners), row)


def _term(row: Any) -> Term:
    return Term(
        id=row.id,
        name=row.name,
        definition=row.definition,
        owner=row.owner,
        links=tuple(row.links),
        version=row.version,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
