"""Plans of protective changes, their actions, and the journal of what became of each.

`receipts` is the journal: triggers refuse changes of it (`0005_actions`). An action is written there before it is made and
after; what was written before alone was interrupted. States are the parts that an action changes, as JSON: other people's
tags, for one, are not among them.
"""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy import ForeignKeyConstraint as Foreign

from assay.store.schema.base import Digest, Json, Key, Moment, Serial, metadata

STEPS = ("intended", "applied", "unchanged", "refused", "failed", "unknown", "undoing", "undone", "undo_failed")
GATES = ("apply", "apply_and_watch", "review")
_ONCE = text("outcome IN ('applied', 'undone')")

plans = Table(
    "plans",
    metadata,
    Column("id", Key, primary_key=True),
    Column("digest", Digest, nullable=False, comment="Of its actions: what is approved is what was shown."),
    Column("command", Text, nullable=False, comment="Which command made it: aws tag."),
    Column("targets", Json, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("looked_at", Integer, nullable=False, comment="How many resources."),
    Column("notes", Json, nullable=False, comment="What people are told besides, by resource."),
    Index("ix_plans_made_at", "made_at"),
    Index("ix_plans_digest", "digest"),
)

plan_approvals = Table(
    "plan_approvals",
    metadata,
    Column("plan_id", Key, ForeignKey("plans.id"), primary_key=True),
    Column("approved_by", Text, primary_key=True),
    Column("digest", Digest, nullable=False),
    Column("approved_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)

plan_refusals = Table(
    "plan_refusals",
    metadata,
    Column("plan_id", Key, ForeignKey("plans.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("resource", Text, nullable=False),
    Column("control", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    comment="What a plan would have had to change and does not, and why.",
)

actions = Table(
    "actions",
    metadata,
    Column("plan_id", Key, ForeignKey("plans.id"), primary_key=True),
    Column("id", Key, primary_key=True, comment="Derived from resource, control, before and after."),
    Column("position", Integer, nullable=False),
    Column("resource", Text, nullable=False),
    Column("control", String(64), nullable=False, comment="The protector that makes it."),
    Column("gate", String(16), nullable=False),
    Column("because", Text, nullable=False, comment="Why that gate."),
    Column("record", Json, nullable=False),
    CheckConstraint(f"gate IN ({', '.join(repr(gate) for gate in GATES)})", name="gate"),
    Index("ix_actions_position", "plan_id", "position"),
    Index("ix_actions_resource", "resource"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("plan_id", Key, nullable=False),
    Column("action_id", Key, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("before", Json, comment="What was found before."),
    Column("after", Json, comment="What was read back."),
    Column("undo", Json, comment="What has to be written to take it back; null where that cannot be done."),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("watched", Boolean, nullable=False, comment="It was applied although it was not sure."),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    CheckConstraint(f"outcome IN ({', '.join(repr(step) for step in STEPS)})", name="outcome"),
    Foreign(["plan_id", "action_id"], ["actions.plan_id", "actions.id"], name="fk_receipts_action"),
    Index("ix_receipts_action", "plan_id", "action_id", "id"),
    Index("ix_receipts_at", "at"),
    # The same action of a plan is applied, and undone, once.
    Index(
        "uq_receipts_once", "plan_id", "action_id", "outcome", unique=True, sqlite_where=_ONCE, postgresql_where=_ONCE
    ),
    sqlite_autoincrement=True,
    comment="The journal: each action before it is made, and what became of it. Append-only.",
)

action_claims = Table(
    "action_claims",
    metadata,
    Column("id", Key, primary_key=True, comment="Derived from resource and control: one at a time changes it."),
    Column("plan_id", Key, nullable=False),
    Column("action_id", Key, nullable=False),
    Column("claim", Key, nullable=False, comment="Who has it."),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("until", Moment, nullable=False, comment="When another may take it, whatever became of the process."),
    Foreign(["plan_id", "action_id"], ["actions.plan_id", "actions.id"], name="fk_action_claims_action"),
    Index("ix_action_claims_action", "plan_id", "action_id"),
)

plan_runs = Table(
    "plan_runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("plan_id", Key, ForeignKey("plans.id"), nullable=False),
    Column("verb", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("until", Moment, nullable=False, comment="When its server is taken to have ended without a word."),
    Column("ended_at", Moment),
    Column("is_whole", Boolean, comment="Whether all is as it was asked for; null until it has ended."),
    Column("told", Text, nullable=False, comment="How it ended, in words."),
    CheckConstraint("verb IN ('apply', 'rollback')", name="verb"),
    Index("ix_plan_runs_plan", "plan_id", "begun_at"),
    comment="Plans that servers of the desk apply and take back, and how that ended.",
)
