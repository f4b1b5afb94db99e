"""Scans that the desk is asked for, and answers that are kept for calls which come again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_KEY, _MOMENT, _DIGEST = sa.String(length=32), sa.String(length=27), sa.String(length=64)


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "desk_scans",
        sa.Column("id", _KEY, nullable=False, comment="Begins with the time, so that ids are in order."),
        sa.Column("targets", sa.JSON(), nullable=False, comment="As they were asked for; without any credentials."),
        sa.Column("covers", sa.JSON(), nullable=False, comment="The URIs below which everything that is read lies."),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Grows with every change."),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="How often it was begun."),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("claim", _KEY, comment="Who works on it: only that one may say what became of it."),
        sa.Column("host", sa.Text()),
        sa.Column("process", sa.Integer()),
        sa.Column("until", _MOMENT, comment="When another may take it, whatever became of the process."),
        sa.Column("begun_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("cancelled_by", sa.Text(), comment="Who asked for it to end."),
        sa.Column("progress", sa.JSON(), comment="How far it is."),
        sa.Column("run_id", sa.Text(), comment="The run of the catalog that it became."),
        sa.Column("summary", sa.JSON()),
        sa.Column("gaps", sa.JSON(), comment="The first of what could not be read."),
        sa.Column("notes", sa.JSON(), comment="What follows from it for people."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'working', 'done', 'failed', 'cancelled')", name=op.f("ck_desk_scans_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_scans")),
        comment="The queue and the history of scans that the desk was asked for.",
    )
    op.create_index("ix_desk_scans_due", "desk_scans", ["status", "due_at"])
    op.create_table(
        "kept_answers",
        sa.Column("code", _DIGEST, nullable=False, comment="Of who called what, with which idempotency key."),
        sa.Column(
            "asked", _DIGEST, nullable=False, comment="Of the body: another one under the same key is a mistake."
        ),
        sa.Column("status", sa.Integer(), comment="Null while the first call goes on."),
        sa.Column("headers", sa.JSON()),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_kept_answers")),
        comment="Answers to calls that named an idempotency key, told again to whoever repeats the call.",
    )
    op.create_index("ix_kept_answers_expires", "kept_answers", ["expires_at"])
