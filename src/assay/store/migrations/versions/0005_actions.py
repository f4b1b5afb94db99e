"""Plans of protective changes, their actions, and the append-only journal of what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SQLITE = (
    """
    CREATE TRIGGER receipts_no_update BEFORE UPDATE ON receipts
    BEGIN SELECT RAISE(ABORT, 'the journal of actions is append-only'); END
    """,
    """
    CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts
    BEGIN SELECT RAISE(ABORT, 'the journal of actions is append-only'); END
    """,
    # REPLACE deletes without a DELETE trigger.
    """
    CREATE TRIGGER receipts_no_replace BEFORE INSERT ON receipts
    WHEN EXISTS (SELECT 1 FROM receipts WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the journal of actions is append-only'); END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION receipts_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the journal of actions is append-only'; END $$
    """,
    """
    CREATE TRIGGER receipts_no_change BEFORE UPDATE OR DELETE ON receipts
    FOR EACH ROW EXECUTE FUNCTION receipts_refuse()
    """,
    """
    CREATE TRIGGER receipts_no_truncate BEFORE TRUNCATE ON receipts
    FOR EACH STATEMENT EXECUTE FUNCTION receipts_refuse()
    """,
)
_ONCE = sa.text("outcome IN ('applied', 'undone')")


def upgrade() -> None:
    """Makes everything."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    key, moment, digest = sa.String(length=32), sa.String(length=27), sa.String(length=64)
    json = sa.JSON(none_as_null=True)
    op.create_table(
        "plans",
        sa.Column("id", key, nullable=False),
        sa.Column("digest", digest, nullable=False, comment="Of its actions: what is approved is what was shown."),
        sa.Column("command", sa.Text(), nullable=False, comment="Which command made it: aws tag."),
        sa.Column("targets", json, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False, comment="How many resources."),
        sa.Column("notes", json, nullable=False, comment="What people are told besides, by resource."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_made_at", "plans", ["made_at"])
    op.create_index("ix_plans_digest", "plans", ["digest"])
    op.create_table(
        "plan_approvals",
        sa.Column("plan_id", key, nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("digest", digest, nullable=False),
        sa.Column("approved_at", moment, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_approvals_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "approved_by", name=op.f("pk_plan_approvals")),
    )
    op.create_table(
        "plan_refusals",
        sa.Column("plan_id", key, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("control", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_refusals_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_plan_refusals")),
        comment="What a plan would have had to change and does not, and why.",
    )
    op.create_table(
        "actions",
        sa.Column("plan_id", key, nullable=False),
        sa.Column("id", key, nullable=False, comment="Derived from resource, control, before and after."),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("control", sa.String(length=64), nullable=False, comment="The protector that makes it."),
        sa.Column("gate", sa.String(length=16), nullable=False),
        sa.Column("because", sa.Text(), nullable=False, comment="Why that gate."),
        sa.Column("record", json, nullable=False),
        sa.CheckConstraint("gate IN ('apply', 'apply_and_watch', 'review')", name=op.f("ck_actions_gate")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_actions_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "id", name=op.f("pk_actions")),
    )
    op.create_index("ix_actions_position", "actions", ["plan_id", "position"])
    op.create_index("ix_actions_resource", "actions", ["resource"])
    op.create_table(
        "receipts",
        sa.Column("id", serial, nullable=False),
        sa.Column("plan_id", key, nullable=False),
        sa.Column("action_id", key, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("before", json, comment="What was found before."),
        sa.Column("after", json, comment="What was read back."),
        sa.Column("undo", json, comment="What has to be written to take it back; null where that cannot be done."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False, comment="It was applied although it was not sure."),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('intended', 'applied', 'unchanged', 'refused', 'failed', 'unknown', 'undoing', 'undone', "
            "'undo_failed')",
            name=op.f("ck_receipts_outcome"),
        ),
        sa.ForeignKeyConstraint(["plan_id", "action_id"], ["actions.plan_id", "actions.id"], name="fk_receipts_action"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sqlite_autoincrement=True,
        comment="The journal: each action before it is made, and what became of it. Append-only.",
    )
    op.create_index("ix_receipts_action", "receipts", ["plan_id", "action_id", "id"])
    op.create_index("ix_receipts_at", "receipts", ["at"])
    op.create_index(
        "uq_receipts_once",
        "receipts",
        ["plan_id", "action_id", "outcome"],
        unique=True,
        sqlite_where=_ONCE,
        postgresql_where=_ONCE,
    )
    op.create_table(
        "action_claims",
        sa.Column("id", key, nullable=False, comment="Derived from resource and control: one at a time changes it."),
        sa.Column("plan_id", key, nullable=False),
        sa.Column("action_id", key, nullable=False),
        sa.Column("claim", key, nullable=False, comment="Who has it."),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("until", moment, nullable=False, comment="When another may take it, whatever became of the process."),
        sa.ForeignKeyConstraint(
            ["plan_id", "action_id"], ["actions.plan_id", "actions.id"], name="fk_action_claims_action"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_claims")),
    )
    op.create_index("ix_action_claims_action", "action_claims", ["plan_id", "action_id"])
    statements = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    for statement in statements:
        op.execute(statement)
