"""Executions of workflows that wait for what a person says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Makes the table."""
    key, moment = sa.String(length=32), sa.String(length=27)
    op.create_table(
        "asked_executions",
        sa.Column("id", key, nullable=False, comment="Derived from the token: who asks twice with one asks once."),
        sa.Column("token", sa.Text(), comment="What the execution is answered by; null once it was."),
        sa.Column("resource", sa.Text(), nullable=False, comment="What the questions are about."),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="waiting, answered, withdrawn, expired or gone."
        ),
        sa.Column("answer", sa.String(length=16), comment="approved, reclassified or rejected."),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("until_at", moment, nullable=False, comment="When nobody waits for an answer any more."),
        sa.Column("answered_at", moment),
        sa.Column("claim", key, comment="Who sends the answer; null where nobody does."),
        sa.Column("host", sa.Text()),
        sa.Column("process", sa.Integer()),
        sa.Column("until", moment, comment="When another may send it, whatever became of the process."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_executions")),
        comment="Executions of workflows that wait for what a person says.",
    )
    op.create_index("ix_asked_executions_state", "asked_executions", ["state"])
