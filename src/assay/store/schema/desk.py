"""Who may use the desk, and what people note beside the questions of the queue.

No column holds a password, a token or the secret of a session: passwords are hashed by argon2, secrets are random and kept
as codes that only the key of the audit log can make (`Seal.code`), so that nobody who writes to the database makes one.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from assay.store.schema.base import Digest, Json, Key, Moment, Serial, metadata

users = Table(
    "users",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("called", Text, nullable=False, comment="The name as it is looked up: in one case."),
    Column("password", Text, comment="Its argon2 hash; null until the person has chosen one."),
    Column("grants", Json, nullable=False, comment="Roles, each with the glob of resources that it holds for."),
    Column("status", String(16), nullable=False),
    Column(
        "version", Integer, nullable=False, comment="Grows with every change; sessions name the one they began with."
    ),
    Column("made_at", Moment, nullable=False),
    Column("made_by", Text, nullable=False),
    CheckConstraint("status IN ('active', 'disabled')", name="status"),
    Unique("called"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Key, primary_key=True),
    Column("user_id", Key, ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("code", Digest, nullable=False),
    Column("grants", Json, nullable=False, comment="At most those of its owner count."),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Unique("code"),
    Index("ix_api_tokens_user", "user_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("code", Digest, primary_key=True),
    Column("user_id", Key, ForeignKey("users.id"), nullable=False),
    Column("user_version", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_sessions_user", "user_id"),
    Index("ix_sessions_expires", "expires_at"),
)

one_time_links = Table(
    "one_time_links",
    metadata,
    Column("code", Digest, primary_key=True),
    Column("user_id", Key, ForeignKey("users.id"), comment="Null for the first administrator, who has no row yet."),
    Column("expires_at", Moment, nullable=False),
)

signin_failures = Table(
    "signin_failures",
    metadata,
    Column("user_id", Key, ForeignKey("users.id"), primary_key=True),
    Column("failures", Integer, nullable=False, comment="One after the other."),
    Column("last_at", Moment, nullable=False),
    Column("until", Moment, comment="Up to when no password is looked at."),
)

review_comments = Table(
    "review_comments",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("item_id", String(16), ForeignKey("review_items.id"), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_review_comments_item", "item_id", "id"),
)

review_assignments = Table(
    "review_assignments",
    metadata,
    Column("item_id", String(16), ForeignKey("review_items.id"), primary_key=True),
    Column("assignee", Text, comment="The name of a person; null: nobody's."),
    Column("due", String(10), comment="The day by which it should be decided."),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_review_assignments_assignee", "assignee"),
    Index("ix_review_assignments_due", "due"),
    comment="Whose question it is, and by when.",
)
