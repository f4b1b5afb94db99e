"""Who does what only one process at a time may do, such as watching over an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the table."""
    key, moment = sa.String(length=32), sa.String(length=27)
    op.create_table(
        "leases",
        sa.Column("id", key, nullable=False, comment="Derived from the name: each is there once."),
        sa.Column("name", sa.Text(), nullable=False, comment="What is done: protect watch 123456789012 eu-west-1."),
        sa.Column("claim", key, comment="Who has it; null where nobody has."),
        sa.Column("host", sa.Text()),
        sa.Column("process", sa.Integer()),
        sa.Column("until", moment, comment="When another may take it, whatever became of the process."),
        sa.Column("held_by", sa.Text(), nullable=False, comment="Whom the process that had it last ran for."),
        sa.Column("taken_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        comment="Who does what only one process at a time may do.",
    )
