"""Indexes for pages of large catalogs, and runs of plans that every server of the desk knows of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_KEY, _MOMENT = sa.String(length=32), sa.String(length=27)


def upgrade() -> None:
    """Makes them."""
    op.drop_index("ix_classifications_changed", "classifications")
    op.create_index("ix_classifications_changed", "classifications", ["changed_at", "resource_id"])
    op.create_index(
        "ix_classifications_review",
        "classifications",
        ["level", "resource_id"],
        sqlite_where=sa.text("needs_review = 1"),
        postgresql_where=sa.text("needs_review"),
    )
    op.create_index("ix_columns_resource", "columns", ["resource_id", "id"])
    waiting = sa.text("state IN ('open', 'awaiting_second')")
    for name, columns in (("ix_review_items_waiting", ["priority", "id"]), ("ix_review_items_level", ["level"])):
        op.create_index(name, "review_items", columns, sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_review_items_decided", "review_items", ["decided_at", "id"])
    op.create_table(
        "plan_runs",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("plan_id", _KEY, nullable=False),
        sa.Column("verb", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False, comment="When its server is taken to have ended without a word."),
        sa.Column("ended_at", _MOMENT),
        sa.Column("is_whole", sa.Boolean(), comment="Whether all is as it was asked for; null until it has ended."),
        sa.Column("told", sa.Text(), nullable=False, comment="How it ended, in words."),
        sa.CheckConstraint("verb IN ('apply', 'rollback')", name=op.f("ck_plan_runs_verb")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_runs")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_runs_plan_id_plans")),
        comment="Plans that servers of the desk apply and take back, and how that ended.",
    )
    op.create_index("ix_plan_runs_plan", "plan_runs", ["plan_id", "begun_at"])
