"""Indexes by code points, for ranges of addresses in databases of PostgreSQL whose texts are in the order of a language."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"

# Where texts are in the order of code points already, the indexes that are there do.
_MAKE = """
DO $$ BEGIN
    IF NOT ('s/x' < 's0' AND 'Z' < 'a' AND 'a:z' < 'aZ' AND 'a-z' < 'aA' AND 'é' > 'z') THEN
        CREATE INDEX ix_resources_uri_by_code ON resources (uri COLLATE "C");
        CREATE INDEX ix_review_items_resource_by_code ON review_items (resource COLLATE "C");
    END IF;
END $$
"""


def upgrade() -> None:
    """Makes them where they are needed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_MAKE)
