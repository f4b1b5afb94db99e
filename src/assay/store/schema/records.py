"""The seal of the catalog's rows: a code of each, and their sums, signed with the key of the audit log."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table, Text

from assay.store.schema.base import Digest, Serial, metadata

record_codes = Table(
    "record_codes",
    metadata,
    Column("kind", String(32), primary_key=True, comment="The table."),
    Column("key", Text, primary_key=True),
    Column("code", Digest, nullable=False, comment="HMAC of the row with the key of the audit log."),
)

record_touched = Table(
    "record_touched",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("key", Text, nullable=False),
    Column("was", Digest, comment="The digest of the row before; null where there was none."),
    Column("tx", BigInteger, comment="The transaction, in PostgreSQL."),
    Index("ix_record_touched_tx", "tx"),
    sqlite_autoincrement=True,
    comment="Rows that the transaction has written, noted by triggers. What is left here was not written by assay.",
)

record_seal = Table(
    "record_seal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sums", Text, nullable=False, comment="By table: how many rows, and the sum of their codes."),
    Column("tables", Digest, nullable=False, comment="Of the definitions of the tables, in SQLite; else empty."),
    Column("seq", BigInteger, nullable=False, comment="The end of the audit log then."),
    Column("signature", Digest, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
