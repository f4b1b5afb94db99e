"""What events ask for and what is not done with them, in place of the list of rescans, which nothing worked on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from assay.store.texts import derived

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the table; what was asked for and not seen since waits in it."""
    key, moment = sa.String(length=32), sa.String(length=27)
    tasks = op.create_table(
        "tasks",
        sa.Column("id", key, nullable=False, comment="Derived from its kind and its resource: each is there once."),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("account", sa.String(length=32)),
        sa.Column("region", sa.String(length=32)),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False, comment="How often it was asked for."),
        sa.Column(
            "begun",
            sa.Integer(),
            nullable=False,
            comment="How often it had been asked for when it was begun; 0: it was not.",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="How often it was begun since it was done last."),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("claim", key, comment="Who works on it: only that one may say what became of it."),
        sa.Column("host", sa.Text()),
        sa.Column("process", sa.Integer()),
        sa.Column("until", moment, comment="When another may take it, whatever became of the process."),
        sa.Column("asked_at", moment, nullable=False, comment="When it was asked for first since it was done last."),
        sa.Column("finished_at", moment),
        sa.CheckConstraint("status IN ('waiting', 'working', 'done', 'dead')", name=op.f("ck_tasks_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        comment="What events ask for and what is not done with them: resources to be scanned, or tagged, as a whole.",
    )
    op.create_index("ix_tasks_due", "tasks", ["status", "due_at"])
    waiting = op.get_bind().execute(
        sa.text(
            "SELECT resource, MIN(because) AS because, COUNT(*) AS asked, MAX(asked_at) AS at FROM rescans r "
            "WHERE NOT EXISTS (SELECT 1 FROM resources s WHERE s.uri = r.resource AND s.seen_at > r.asked_at) "
            "GROUP BY resource"
        )
    )
    rows = [
        {
            "id": derived("task", "rescan", row.resource),
            "kind": "rescan",
            "resource": row.resource,
            "because": row.because,
            "status": "waiting",
            "asked": row.asked,
            "begun": 0,
            "attempts": 0,
            "due_at": row.at,
            "reason": "",
            "asked_at": row.at,
        }
        for row in waiting
    ]
    if rows:
        op.bulk_insert(tasks, rows)
    op.drop_index("ix_rescans_resource", "rescans")
    op.drop_table("rescans")
