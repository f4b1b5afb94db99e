"""The review queue, what was decided, the overrides that follow, and rollout phases.

The overrides bear the names that governance teams know (SENSITIVE_FEEDBACK and its log); triggers refuse changes of the
log (`0003_review`).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from assay.store.schema.base import Key, Moment, Serial, metadata

_WAITING = text("state IN ('open', 'awaiting_second')")

review_items = Table(
    "review_items",
    metadata,
    Column("id", String(16), primary_key=True, comment="Derived from what is asked about."),
    Column("kind", String(16), nullable=False),
    Column("resource", Text, nullable=False),
    Column("table_name", Text),
    Column("column_name", Text),
    Column("identifier", Text),
    Column("level", String(16), nullable=False),
    Column("confidence", Float, nullable=False, comment="0 to 1."),
    Column("priority", Float, nullable=False),
    Column("evidence", String(64), nullable=False, comment="Digest of what made the question; another one asks anew."),
    Column("question", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False, comment="Grows with every move; a move names the one it is based on."),
    Column("two_step", Boolean, nullable=False),
    Column("proposal", JSON(none_as_null=True)),
    Column("expires", String(10), comment="Up to which day the decision holds."),
    Column("queued_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("run_id", Key),
    CheckConstraint("kind IN ('column', 'table', 'finding', 'resource')", name="kind"),
    CheckConstraint(
        "state IN ('open', 'awaiting_second', 'approved', 'rejected', 'reclassified', 'suppressed', 'withdrawn')",
        name="state",
    ),
    Index("ix_review_items_state", "state", "priority"),
    Index("ix_review_items_resource", "resource"),
    # Of the most that a queue ever held nearly all is decided; pages and counts are of what waits.
    Index("ix_review_items_waiting", "priority", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("ix_review_items_level", "level", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("ix_review_items_decided", "decided_at", "id"),
    comment="What a person should look at.",
)

review_decisions = Table(
    "review_decisions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("item_id", String(16), ForeignKey("review_items.id"), nullable=False),
    Column("move", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state_before", String(16), nullable=False),
    Column("state_after", String(16), nullable=False),
    Column("version", Integer, nullable=False, comment="The item's version that the move made."),
    Column("queued_at", Moment, nullable=False),
    Column("identifier", Text, comment="What had been detected."),
    Column("resource", Text, nullable=False),
    Column("decision", JSON(none_as_null=True), comment="The verdict and what it sets; null where there is none."),
    Index("ix_review_decisions_item", "item_id", "id"),
    Index("ix_review_decisions_at", "at"),
    comment="Every move of every item, by whom and why.",
)

sensitive_feedback = Table(
    "sensitive_feedback",
    metadata,
    Column("feedback_id", String(16), primary_key=True),
    Column("action", String(16), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("resource", Text),
    Column("identifier", Text),
    Column("override", JSON, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("expires", String(10)),
    Column("item_id", String(16), ForeignKey("review_items.id")),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("revoked_by", Text),
    Column("is_active", Boolean, nullable=False),
    CheckConstraint("action IN ('suppress', 'set_categories', 'set_confidence', 'reclassify')", name="action"),
    CheckConstraint(
        "scope IN ('finding', 'value', 'column', 'table', 'pattern', 'identifier', 'resource')", name="scope"
    ),
    Index("ix_sensitive_feedback_is_active", "is_active"),
    Index("ix_sensitive_feedback_item", "item_id"),
    comment="Overrides that later runs obey.",
)

sensitive_feedback_log = Table(
    "sensitive_feedback_log",
    metadata,
    Column("log_id", Serial, primary_key=True),
    Column("feedback_id", String(16), nullable=False),
    Column("event", String(16), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("override", JSON, nullable=False),
    CheckConstraint("event IN ('created', 'revoked')", name="event"),
    Index("ix_sensitive_feedback_log_feedback", "feedback_id"),
    sqlite_autoincrement=True,
    comment="Every override that was made or revoked. Append-only.",
)

rollout_phases = Table(
    "rollout_phases",
    metadata,
    Column("scope", Text, primary_key=True, comment="A glob over resource URIs."),
    Column("phase", String(16), nullable=False),
    Column("since", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("phase IN ('pilot', 'supervised', 'automated')", name="phase"),
    comment="What may be applied without a person, by scope. What lies in none is in pilot.",
)
