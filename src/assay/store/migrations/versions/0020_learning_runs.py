"""What workers trained by themselves, and the level that a learned model takes a document for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Makes the table and the column."""
    op.add_column(
        "learn_documents",
        sa.Column("level", sa.String(length=16), comment="The level that the model in use took it for."),
    )
    op.create_index("ix_learn_documents_seen", "learn_documents", ["seen_at"])
    op.create_table(
        "learn_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind", sa.String(length=32), nullable=False, comment="document_type, document_level or column_type."
        ),
        sa.Column("began_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), comment="Null while it goes on, and where its process went."),
        sa.Column("decisions", sa.Integer(), nullable=False, comment="How many decisions of people there were."),
        sa.Column("outcome", sa.String(length=16), comment="promoted, proposed, not_better or failed."),
        sa.Column("version", sa.String(length=32), comment="What was trained."),
        sa.Column("told", sa.Text(), comment="How good it is, or why it failed."),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learn_runs")),
        comment="What workers trained by themselves.",
    )
    op.create_index("ix_learn_runs_kind", "learn_runs", ["kind", "began_at"])
