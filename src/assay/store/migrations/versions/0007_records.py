"""The seal of the catalog's rows. Its triggers are made with it (`assay.store.touching`)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the tables."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    digest = sa.String(length=64)
    op.create_table(
        "record_codes",
        sa.Column("kind", sa.String(length=32), nullable=False, comment="The table."),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", digest, nullable=False, comment="HMAC of the row with the key of the audit log."),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_record_codes")),
    )
    op.create_table(
        "record_touched",
        sa.Column("id", serial, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("was", digest, comment="The digest of the row before; null where there was none."),
        sa.Column("tx", sa.BigInteger(), comment="The transaction, in PostgreSQL."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_touched")),
        sqlite_autoincrement=True,
        comment="Rows that the transaction has written, noted by triggers. What is left here was not written by assay.",
    )
    op.create_index("ix_record_touched_tx", "record_touched", ["tx"])
    op.create_table(
        "record_seal",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sums", sa.Text(), nullable=False, comment="By table: how many rows, and the sum of their codes."),
        sa.Column("tables", digest, nullable=False, comment="Of the definitions of the tables, in SQLite; else empty."),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="The end of the audit log then."),
        sa.Column("signature", digest, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_record_seal_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_seal")),
    )
    # Findings that were purged are not missing: the digest of their reading says nothing of them any more.
    op.execute(
        "UPDATE readings SET digest = NULL WHERE NOT EXISTS (SELECT 1 FROM findings WHERE reading_id = readings.id) "
        "AND NOT EXISTS (SELECT 1 FROM omissions WHERE reading_id = readings.id) "
        "AND id NOT IN (SELECT reading_id FROM tables) AND id NOT IN (SELECT reading_id FROM classifications)"
    )
