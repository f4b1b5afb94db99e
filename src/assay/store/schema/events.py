"""Events that came in: each change once, whatever its messages; the order of each key; and what they ask for."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text

from assay.store.schema.base import Digest, Key, Moment, metadata

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

TASK_STATUSES = ("waiting", "working", "done", "dead")

tasks = Table(
    "tasks",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from its kind and its resource: each is there once."),
    Column("kind", String(16), nullable=False),
    Column("resource", Text, nullable=False),
    Column("account", String(32)),
    Column("region", String(32)),
    Column("because", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("asked", Integer, nullable=False, comment="How often it was asked for."),
    Column(
        "begun", Integer, nullable=False, comment="How often it had been asked for when it was begun; 0: it was not."
    ),
    Column("attempts", Integer, nullable=False, comment="How often it was begun since it was done last."),
    Column("due_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("claim", Key, comment="Who works on it: only that one may say what became of it."),
    Column("host", Text),
    Column("process", Integer),
    Column("until", Moment, comment="When another may take it, whatever became of the process."),
    Column("asked_at", Moment, nullable=False, comment="When it was asked for first since it was done last."),
    Column("finished_at", Moment),
    CheckConstraint(f"status IN ({', '.join(repr(status) for status in TASK_STATUSES)})", name="status"),
    Index("ix_tasks_due", "status", "due_at"),
    comment="What events ask for and what is not done with them: resources to be scanned, or tagged, as a whole.",
)
