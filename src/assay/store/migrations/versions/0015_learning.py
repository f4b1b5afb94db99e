"""What is kept of documents to learn from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Makes the table."""
    moment = sa.String(length=27)
    op.create_table(
        "learn_documents",
        sa.Column("id", sa.String(length=32), nullable=False, comment="Derived from the URI."),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column(
            "features",
            sa.JSON(none_as_null=True),
            comment="Public words, counts and identifiers; null for one that was not read yet.",
        ),
        sa.Column("told", sa.String(length=64), comment="The type that the model in use told."),
        sa.Column("confidence", sa.Float()),
        sa.Column("seen_at", moment),
        sa.Column("label", sa.String(length=64), comment="The type that a person said it is."),
        sa.Column("labelled_by", sa.Text()),
        sa.Column("labelled_at", moment),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learn_documents")),
        comment="Documents by what is learned of them.",
    )
    op.create_index("ix_learn_documents_labelled", "learn_documents", ["labelled_at"])
