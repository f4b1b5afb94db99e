"""People who use the desk, their tokens and sessions, and what they note beside questions of the queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

_KEY, _MOMENT, _DIGEST = sa.String(length=32), sa.String(length=27), sa.String(length=64)
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "users",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("called", sa.Text(), nullable=False, comment="The name as it is looked up: in one case."),
        sa.Column("password", sa.Text(), comment="Its argon2 hash; null until the person has chosen one."),
        sa.Column(
            "grants", sa.JSON(), nullable=False, comment="Roles, each with the glob of resources that it holds for."
        ),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="Grows with every change; sessions name the one they began with.",
        ),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'disabled')", name=op.f("ck_users_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("called", name=op.f("uq_users_called")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", _DIGEST, nullable=False),
        sa.Column("grants", sa.JSON(), nullable=False, comment="At most those of its owner count."),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id_users")),
        sa.UniqueConstraint("code", name=op.f("uq_api_tokens_code")),
    )
    op.create_index("ix_api_tokens_user", "api_tokens", ["user_id"])
    op.create_table(
        "sessions",
        sa.Column("code", _DIGEST, nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("user_version", sa.Integer(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sessions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users")),
    )
    op.create_index("ix_sessions_user", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires", "sessions", ["expires_at"])
    op.create_table(
        "one_time_links",
        sa.Column("code", _DIGEST, nullable=False),
        sa.Column("user_id", _KEY, comment="Null for the first administrator, who has no row yet."),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_one_time_links")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id_users")),
    )
    op.create_table(
        "signin_failures",
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, comment="One after the other."),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, comment="Up to when no password is looked at."),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_signin_failures")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signin_failures_user_id_users")),
    )
    op.create_table(
        "review_comments",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comments")),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name=op.f("fk_review_comments_item_id_review_items")),
    )
    op.create_index("ix_review_comments_item", "review_comments", ["item_id", "id"])
    op.create_table(
        "review_assignments",
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("assignee", sa.Text(), comment="The name of a person; null: nobody's."),
        sa.Column("due", sa.String(length=10), comment="The day by which it should be decided."),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_review_assignments")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["review_items.id"], name=op.f("fk_review_assignments_item_id_review_items")
        ),
        comment="Whose question it is, and by when.",
    )
    op.create_index("ix_review_assignments_assignee", "review_assignments", ["assignee"])
    op.create_index("ix_review_assignments_due", "review_assignments", ["due"])
    # A page of resources is read in their order, whatever their number.
    op.create_index("ix_resources_uri", "resources", ["uri"])
    op.drop_index("ix_classifications_level", "classifications")
    op.create_index("ix_classifications_level", "classifications", ["level", "resource_id"])
    op.create_index("ix_classifications_changed", "classifications", ["changed_at"])
