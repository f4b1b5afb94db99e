"""Events that came in: each change once, whatever its messages; the order of each key; and what is to be scanned again."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text

from assay.store.schema.base import Digest, Key, Moment, Serial, metadata

STATUSES = ("working", "applying", "waiting", "done", "skipped", "stale", "ignored", "refused", "dead")

events = Table(
    "events",
    metadata,
    Column("identity", Digest, primary_key=True, comment="The same for whatever tells of the same change."),
    Column("resource", Text, comment="Null where the message could not be understood."),
    Column("subject", Key, comment="Whose events have an order: derived from the resource; null where there is none."),
    Column("sequencer", Text),
    Column("source", String(32), nullable=False),
    Column("type", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("gate", String(16), comment="What the rollout phase allows for what was concluded."),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False, comment="How often its work was begun."),
    Column("deliveries", Integer, nullable=False, comment="How often it was told of."),
    Column("claim", Key, comment="Who works on it: only that one may say what became of it."),
    Column("host", Text),
    Column("process", Integer),
    Column("until", Moment, comment="When another may take it, whatever became of the process."),
    Column("event_at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("hour", String(13), nullable=False, comment="When it was received, as 2024-05-01T12."),
    Column("finished_at", Moment),
    CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", name="status"),
    Index("ix_events_received_at", "received_at"),
    Index("ix_events_subject", "subject"),
)

event_order = Table(
    "event_order",
    metadata,
    Column("subject", Key, primary_key=True),
    Column("sequencer", Text, comment="Of the latest event that was done."),
    comment="How far each key is. Its row is held while an event of the key is taken or settled.",
)

rescans = Table(
    "rescans",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("resource", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("identity", Digest, nullable=False, comment="The event that asks for it."),
    Column("asked_at", Moment, nullable=False),
    Index("ix_rescans_resource", "resource", "asked_at"),
    sqlite_autoincrement=True,
    comment="Resources that have to be looked at as a whole. One that was seen later needs it no more.",
)
