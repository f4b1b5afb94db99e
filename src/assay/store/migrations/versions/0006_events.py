"""Events that came in, the order of each key, and what is to be scanned again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the tables."""
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    key, moment, digest = sa.String(length=32), sa.String(length=27), sa.String(length=64)
    op.create_table(
        "events",
        sa.Column("identity", digest, nullable=False, comment="The same for whatever tells of the same change."),
        sa.Column("resource", sa.Text(), comment="Null where the message could not be understood."),
        sa.Column(
            "subject", key, comment="Whose events have an order: derived from the resource; null where there is none."
        ),
        sa.Column("sequencer", sa.Text()),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("gate", sa.String(length=16), comment="What the rollout phase allows for what was concluded."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="How often its work was begun."),
        sa.Column("deliveries", sa.Integer(), nullable=False, comment="How often it was told of."),
        sa.Column("claim", key, comment="Who works on it: only that one may say what became of it."),
        sa.Column("host", sa.Text()),
        sa.Column("process", sa.Integer()),
        sa.Column("until", moment, comment="When another may take it, whatever became of the process."),
        sa.Column("event_at", moment),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("hour", sa.String(length=13), nullable=False, comment="When it was received, as 2024-05-01T12."),
        sa.Column("finished_at", moment),
        sa.CheckConstraint(
            "status IN ('working', 'applying', 'waiting', 'done', 'skipped', 'stale', 'ignored', 'refused', 'dead')",
            name=op.f("ck_events_status"),
        ),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_events")),
    )
    op.create_index("ix_events_received_at", "events", ["received_at"])
    op.create_index("ix_events_subject", "events", ["subject"])
    op.create_table(
        "event_order",
        sa.Column("subject", key, nullable=False),
        sa.Column("sequencer", sa.Text(), comment="Of the latest event that was done."),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_event_order")),
        comment="How far each key is. Its row is held while an event of the key is taken or settled.",
    )
    op.create_table(
        "rescans",
        sa.Column("id", serial, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("identity", digest, nullable=False, comment="The event that asks for it."),
        sa.Column("asked_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescans")),
        sqlite_autoincrement=True,
        comment="Resources that have to be looked at as a whole. One that was seen later needs it no more.",
    )
    op.create_index("ix_rescans_resource", "rescans", ["resource", "asked_at"])
