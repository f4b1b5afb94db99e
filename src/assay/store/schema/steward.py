"""What stewards keep beside findings: terms of a glossary, whose resources are, who signs in by whom, and messages on their way."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from assay.store.schema.base import Digest, Json, Key, Moment, metadata

NOTICE_STATUSES = ("waiting", "working", "done", "dead")

glossary_terms = Table(
    "glossary_terms",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from the name as it was first: it never changes."),
    Column("name", Text, nullable=False),
    Column("called", Text, nullable=False, comment="The name as it is looked up: in one case."),
    Column("definition", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("links", Json, nullable=False, comment="NAMES of identifiers, and globs of columns: resource#column."),
    Column("version", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Text, nullable=False),
    Unique("called"),
)

resource_owners = Table(
    "resource_owners",
    metadata,
    Column("scope", Text, primary_key=True, comment="A glob over URIs; of several the narrowest counts."),
    Column("owner", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", Text, nullable=False),
    CheckConstraint("source IN ('file', 'tag', 'person')", name="source"),
)

user_logins = Table(
    "user_logins",
    metadata,
    Column("id", Digest, primary_key=True, comment="Derived from the provider and its name for the person."),
    Column("issuer", Text, nullable=False),
    Column("user_id", Key, ForeignKey("users.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Index("ix_user_logins_user", "user_id"),
    comment="Who signs in by an identity provider. What that calls them is not kept.",
)

notices = Table(
    "notices",
    metadata,
    Column("id", Key, primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("message", Json, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("claim", Key, comment="Who sends it: only that one may say what became of it."),
    Column("until", Moment, comment="When another may take it, whatever became of the process."),
    CheckConstraint(f"status IN ({', '.join(repr(status) for status in NOTICE_STATUSES)})", name="status"),
    Index("ix_notices_due", "status", "due_at"),
    comment="Messages to people and other systems. None holds a value.",
)
