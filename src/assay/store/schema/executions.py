"""Executions of workflows that wait for what a person says."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from assay.store.schema.base import Key, Moment, metadata

asked_executions = Table(
    "asked_executions",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from the token: who asks twice with one asks once."),
    Column("token", Text, comment="What the execution is answered by; null once it was."),
    Column("resource", Text, nullable=False, comment="What the questions are about."),
    Column("state", String(16), nullable=False, comment="waiting, answered, withdrawn, expired or gone."),
    Column("answer", String(16), comment="approved, reclassified or rejected."),
    Column("asked_at", Moment, nullable=False),
    Column("until_at", Moment, nullable=False, comment="When nobody waits for an answer any more."),
    Column("answered_at", Moment),
    Column("claim", Key, comment="Who sends the answer; null where nobody does."),
    Column("host", Text),
    Column("process", Integer),
    Column("until", Moment, comment="When another may send it, whatever became of the process."),
    Index("ix_asked_executions_state", "state"),
    comment="Executions of workflows that wait for what a person says.",
)
