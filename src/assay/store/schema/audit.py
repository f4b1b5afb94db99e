"""The audit log, and the one row that says where it ends. Triggers refuse changes of the log (`0001_catalog`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, String, Table, Text

from assay.store.schema.base import Digest, Moment, metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("resource", Text),
    Column("run", Text),
    Column("details", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("previous", Digest, nullable=False),
    Column("hash", Digest, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Digest, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("signature", Digest, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    comment="The last entry of the log, signed; without the key nobody can write another end.",
)
