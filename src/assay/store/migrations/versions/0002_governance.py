"""The governance configuration: its rows, and every change of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables; no row is stored yet, so that what ships with assay holds."""
    state = op.create_table(
        "governance_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Counts the changes; one change may be of many rows."
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_governance_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_governance_state")),
    )
    op.create_table(
        "governance_rows",
        sa.Column(
            "table_name", sa.String(length=32), nullable=False, comment="SENSITIVITY_WEIGHTS, SENSITIVE_KEYWORDS …"
        ),
        sa.Column("row_id", sa.String(length=255), nullable=False),
        sa.Column("row", sa.JSON(), nullable=False, comment="All columns of the row."),
        sa.Column("version", sa.Integer(), nullable=False, comment="The change that wrote it."),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "row_id", name=op.f("pk_governance_rows")),
    )
    op.create_table(
        "governance_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=32), nullable=False),
        sa.Column("row_id", sa.String(length=255), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True, comment="The row in effect before; null where there was none."),
        sa.Column("after", sa.JSON(), nullable=True, comment="Null where the stored row was taken away."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_governance_versions")),
        sa.UniqueConstraint(
            "version", "table_name", "row_id", name=op.f("uq_governance_versions_version_table_name_row_id")
        ),
    )
    op.create_index(
        "ix_governance_versions_row", "governance_versions", ["table_name", "row_id", "version"], unique=False
    )
    op.bulk_insert(state, [{"id": 1, "version": 0}])
