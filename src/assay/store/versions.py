"""Versions of the catalog's tables: which there are, which a database has, and how it gets to the newest."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FOLDER = Path(__file__).parent / "migrations"


@cache
def known() -> tuple[str, ...]:
    """The revisions that this assay knows, oldest first. They are told by their files' names, so nothing is imported."""
    return tuple(sorted(path.stem.split("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py")))


def current(connection: Connection) -> str | None:
    """The revision of the database, `None` if it is no catalog."""
    from sqlalchemy import inspect, text  # which versions there are is told without it

    names = inspect(connection)
    if not (names.has_table("alembic_version") and names.has_table("catalog_info")):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_empty(connection: Connection) -> bool:
    """Whether nothing is in the database that somebody made."""
    from sqlalchemy import inspect

    names = inspect(connection)
    return not (names.get_table_names() or names.get_view_names())


def upgrade(connection: Connection, to: str = "head") -> None:
    """Makes or changes the tables, within the connection's transaction; up to the version `to`."""
    from alembic import command  # an ordinary start needs none of it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
