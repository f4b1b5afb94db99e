"""Terms of a glossary, whose resources are, who signs in by an identity provider, and messages on their way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_KEY, _MOMENT, _DIGEST = sa.String(length=32), sa.String(length=27), sa.String(length=64)


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "glossary_terms",
        sa.Column("id", _KEY, nullable=False, comment="Derived from the name as it was first: it never changes."),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("called", sa.Text(), nullable=False, comment="The name as it is looked up: in one case."),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column(
            "links", sa.JSON(), nullable=False, comment="NAMES of identifiers, and globs of columns: resource#column."
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_terms")),
        sa.UniqueConstraint("called", name=op.f("uq_glossary_terms_called")),
    )
    op.create_table(
        "resource_owners",
        sa.Column("scope", sa.Text(), nullable=False, comment="A glob over URIs; of several the narrowest counts."),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("source IN ('file', 'tag', 'person')", name=op.f("ck_resource_owners_source")),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_resource_owners")),
    )
    op.create_table(
        "user_logins",
        sa.Column("id", _DIGEST, nullable=False, comment="Derived from the provider and its name for the person."),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_logins")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_logins_user_id_users")),
        comment="Who signs in by an identity provider. What that calls them is not kept.",
    )
    op.create_index("ix_user_logins_user", "user_logins", ["user_id"])
    op.create_table(
        "notices",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.Column("claim", _KEY, comment="Who sends it: only that one may say what became of it."),
        sa.Column("until", _MOMENT, comment="When another may take it, whatever became of the process."),
        sa.CheckConstraint("status IN ('waiting', 'working', 'done', 'dead')", name=op.f("ck_notices_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        comment="Messages to people and other systems. None holds a value.",
    )
    op.create_index("ix_notices_due", "notices", ["status", "due_at"])
