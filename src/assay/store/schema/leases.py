"""Who does what only one process at a time may do."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from assay.store.schema.base import Key, Moment, metadata

leases = Table(
    "leases",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from the name: each is there once."),
    Column("name", Text, nullable=False, comment="What is done: protect watch 123456789012 eu-west-1."),
    Column("claim", Key, comment="Who has it; null where nobody has."),
    Column("host", Text),
    Column("process", Integer),
    Column("until", Moment, comment="When another may take it, whatever became of the process."),
    Column("held_by", Text, nullable=False, comment="Whom the process that had it last ran for."),
    Column("taken_at", Moment, nullable=False),
    comment="Who does what only one process at a time may do.",
)
