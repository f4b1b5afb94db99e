"""Scans that people and programs ask the desk for, and answers that are kept for calls which come again."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table, Text

from assay.store.schema.base import Digest, Key, Moment, metadata

SCAN_STATUSES = ("waiting", "working", "done", "failed", "cancelled")

desk_scans = Table(
    "desk_scans",
    metadata,
    Column("id", Key, primary_key=True, comment="Begins with the time, so that ids are in order."),
    Column("targets", JSON, nullable=False, comment="As they were asked for; without any credentials."),
    Column("covers", JSON, nullable=False, comment="The URIs below which everything that is read lies."),
    Column("options", JSON, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("user_id", Key, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("status", String(16), nullable=False),
    Column("version", Integer, nullable=False, comment="Grows with every change."),
    Column("attempts", Integer, nullable=False, comment="How often it was begun."),
    Column("due_at", Moment, nullable=False),
    Column("claim", Key, comment="Who works on it: only that one may say what became of it."),
    Column("host", Text),
    Column("process", Integer),
    Column("until", Moment, comment="When another may take it, whatever became of the process."),
    Column("begun_at", Moment),
    Column("ended_at", Moment),
    Column("cancelled_by", Text, comment="Who asked for it to end."),
    Column("progress", JSON, comment="How far it is."),
    Column("run_id", Text, comment="The run of the catalog that it became."),
    Column("summary", JSON),
    Column("gaps", JSON, comment="The first of what could not be read."),
    Column("notes", JSON, comment="What follows from it for people."),
    Column("reason", Text, nullable=False),
    CheckConstraint(f"status IN ({', '.join(repr(status) for status in SCAN_STATUSES)})", name="status"),
    Index("ix_desk_scans_due", "status", "due_at"),
    comment="The queue and the history of scans that the desk was asked for.",
)

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("code", Digest, primary_key=True, comment="Of who called what, with which idempotency key."),
    Column("asked", Digest, nullable=False, comment="Of the body: another one under the same key is a mistake."),
    Column("status", Integer, comment="Null while the first call goes on."),
    Column("headers", JSON),
    Column("body", LargeBinary),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_kept_answers_expires", "expires_at"),
    comment="Answers to calls that named an idempotency key, told again to whoever repeats the call.",
)
