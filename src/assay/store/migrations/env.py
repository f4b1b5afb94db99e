"""How Alembic runs a migration: on the connection that it is given, within that connection's transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData

from assay.store.schema.base import NAMING

context.configure(
    connection=context.config.attributes["connection"],
    # For the names of constraints only: what a migration makes is written in the migration.
    target_metadata=MetaData(naming_convention=NAMING),
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
