"""What a later run needs to answer without reading: how much of a table was read, and what a run's results depend on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the columns. What was written before has no value there, and is read once more."""
    op.add_column(
        "tables",
        sa.Column("extent", sa.JSON(none_as_null=True), nullable=True, comment="How much of it was read, and how."),
    )
    op.add_column(
        "runs",
        sa.Column(
            "recipe",
            sa.String(length=64),
            nullable=True,
            comment="Digest of all that its results depend on but the data.",
        ),
    )
    op.create_index("ix_runs_recipe", "runs", ["recipe", "started_at"], unique=False)
