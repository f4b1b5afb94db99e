"""Findings of Macie."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Makes the table."""
    key, moment = sa.String(length=32), sa.String(length=27)
    op.create_table(
        "macie_findings",
        sa.Column("id", sa.String(length=64), nullable=False, comment="Macie's own."),
        sa.Column("account", sa.String(length=16), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("subject", key, nullable=False, comment="Derived from the resource."),
        sa.Column("bucket", sa.String(length=64), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False, comment="Of the object that Macie looked at."),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False, comment="Made up by Macie itself."),
        sa.Column("more", sa.Boolean(), nullable=False, comment="It has more occurrences than it tells places of."),
        sa.Column("detections", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", moment),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("imported_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macie_findings")),
        comment="Sensitive data findings of Macie, as they were told last.",
    )
    op.create_index("ix_macie_findings_subject", "macie_findings", ["subject"])
    op.create_index("ix_macie_findings_bucket", "macie_findings", ["bucket"])
