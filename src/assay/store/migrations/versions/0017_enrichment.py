"""Descriptions of resources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"


def upgrade() -> None:
    """Makes the table."""
    key, moment, digest = sa.String(length=32), sa.String(length=27), sa.String(length=64)
    op.create_table(
        "enrichments",
        sa.Column("resource_id", key, nullable=False),
        sa.Column("key", digest, nullable=False, comment="What was asked, and of whom: the same is not asked twice."),
        sa.Column("source", sa.String(length=16), nullable=False, comment="model or rules."),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.String(length=64), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("suspected", sa.Integer(), nullable=False, comment="What it names for people to look at."),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("resource_id", name=op.f("pk_enrichments")),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name=op.f("fk_enrichments_resource_id_resources")),
        comment="What a language model, or rules, say of a resource besides its classification.",
    )
    op.create_index("ix_enrichments_suspected", "enrichments", ["suspected"])
