"""The review queue, overrides with their append-only log, and rollout phases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SQLITE = (
    """
    CREATE TRIGGER sensitive_feedback_log_no_update BEFORE UPDATE ON sensitive_feedback_log
    BEGIN SELECT RAISE(ABORT, 'the feedback log is append-only'); END
    """,
    """
    CREATE TRIGGER sensitive_feedback_log_no_delete BEFORE DELETE ON sensitive_feedback_log
    BEGIN SELECT RAISE(ABORT, 'the feedback log is append-only'); END
    """,
    # REPLACE deletes without a DELETE trigger.
    """
    CREATE TRIGGER sensitive_feedback_log_no_replace BEFORE INSERT ON sensitive_feedback_log
    WHEN EXISTS (SELECT 1 FROM sensitive_feedback_log WHERE log_id = NEW.log_id)
    BEGIN SELECT RAISE(ABORT, 'the feedback log is append-only'); END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION sensitive_feedback_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the feedback log is append-only'; END $$
    """,
    """
    CREATE TRIGGER sensitive_feedback_log_no_change BEFORE UPDATE OR DELETE ON sensitive_feedback_log
    FOR EACH ROW EXECUTE FUNCTION sensitive_feedback_log_refuse()
    """,
    """
    CREATE TRIGGER sensitive_feedback_log_no_truncate BEFORE TRUNCATE ON sensitive_feedback_log
    FOR EACH STATEMENT EXECUTE FUNCTION sensitive_feedback_log_refuse()
    """,
)


def upgrade() -> None:
    """Makes everything."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "review_items",
        sa.Column("id", sa.String(length=16), nullable=False, comment="Derived from what is asked about."),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text()),
        sa.Column("column_name", sa.Text()),
        sa.Column("identifier", sa.Text()),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False, comment="0 to 1."),
        sa.Column("priority", sa.Float(), nullable=False),
        sa.Column(
            "evidence",
            sa.String(length=64),
            nullable=False,
            comment="Digest of what made the question; another one asks anew.",
        ),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="Grows with every move; a move names the one it is based on.",
        ),
        sa.Column("two_step", sa.Boolean(), nullable=False),
        sa.Column("proposal", sa.JSON()),
        sa.Column("expires", sa.String(length=10), comment="Up to which day the decision holds."),
        sa.Column("queued_at", sa.String(length=27), nullable=False),
        sa.Column("decided_at", sa.String(length=27)),
        sa.Column("run_id", sa.String(length=32)),
        sa.CheckConstraint("kind IN ('column', 'table', 'finding', 'resource')", name=op.f("ck_review_items_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'awaiting_second', 'approved', 'rejected', 'reclassified', 'suppressed', 'withdrawn')",
            name=op.f("ck_review_items_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_items")),
        comment="What a person should look at.",
    )
    op.create_index("ix_review_items_state", "review_items", ["state", "priority"])
    op.create_index("ix_review_items_resource", "review_items", ["resource"])
    op.create_table(
        "review_decisions",
        sa.Column("id", serial, nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("move", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state_before", sa.String(length=16), nullable=False),
        sa.Column("state_after", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="The item's version that the move made."),
        sa.Column("queued_at", sa.String(length=27), nullable=False),
        sa.Column("identifier", sa.Text(), comment="What had been detected."),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("decision", sa.JSON(), comment="The verdict and what it sets; null where there is none."),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name=op.f("fk_review_decisions_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decisions")),
        comment="Every move of every item, by whom and why.",
    )
    op.create_index("ix_review_decisions_item", "review_decisions", ["item_id", "id"])
    op.create_index("ix_review_decisions_at", "review_decisions", ["at"])
    op.create_table(
        "sensitive_feedback",
        sa.Column("feedback_id", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.Text()),
        sa.Column("identifier", sa.Text()),
        sa.Column("override", sa.JSON(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires", sa.String(length=10)),
        sa.Column("item_id", sa.String(length=16)),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("revoked_at", sa.String(length=27)),
        sa.Column("revoked_by", sa.Text()),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "action IN ('suppress', 'set_categories', 'set_confidence', 'reclassify')",
            name=op.f("ck_sensitive_feedback_action"),
        ),
        sa.CheckConstraint(
            "scope IN ('finding', 'value', 'column', 'table', 'pattern', 'identifier', 'resource')",
            name=op.f("ck_sensitive_feedback_scope"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name=op.f("fk_sensitive_feedback_item_id")),
        sa.PrimaryKeyConstraint("feedback_id", name=op.f("pk_sensitive_feedback")),
        comment="Overrides that later runs obey.",
    )
    op.create_index("ix_sensitive_feedback_is_active", "sensitive_feedback", ["is_active"])
    op.create_index("ix_sensitive_feedback_item", "sensitive_feedback", ["item_id"])
    op.create_table(
        "sensitive_feedback_log",
        sa.Column("log_id", serial, nullable=False),
        sa.Column("feedback_id", sa.String(length=16), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("override", sa.JSON(), nullable=False),
        sa.CheckConstraint("event IN ('created', 'revoked')", name=op.f("ck_sensitive_feedback_log_event")),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_sensitive_feedback_log")),
        sqlite_autoincrement=True,
        comment="Every override that was made or revoked. Append-only.",
    )
    op.create_index("ix_sensitive_feedback_log_feedback", "sensitive_feedback_log", ["feedback_id"])
    op.create_table(
        "rollout_phases",
        sa.Column("scope", sa.Text(), nullable=False, comment="A glob over resource URIs."),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("phase IN ('pilot', 'supervised', 'automated')", name=op.f("ck_rollout_phases_phase")),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_rollout_phases")),
        comment="What may be applied without a person, by scope. What lies in none is in pilot.",
    )
    statements = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    for statement in statements:
        op.execute(statement)
