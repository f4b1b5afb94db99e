"""What the catalog knows of itself."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from assay.errors import CatalogError
from assay.store.schema.catalog import catalog_info


def agree(connection: Connection, name: str, value: str) -> None:
    """Notes what a catalog has one of; raises `CatalogError` where it has another already."""
    known = connection.execute(select(catalog_info.c.value).where(catalog_info.c.name == name)).scalar()
    if known is None:
        connection.execute(insert(catalog_info).values(name=name, value=value))
    elif known != value:
        what = name.replace("_", " ")
        raise CatalogError(
            f"the catalog was made with another {what} ({known}) than this one ({value}), so that equal values would not "
            "be known as equal; use the other, or another catalog"
        )


def noted(connection: Connection, name: str) -> str | None:
    """What was noted last under a name of at most 64 characters."""
    return connection.execute(select(catalog_info.c.value).where(catalog_info.c.name == name)).scalar()


def note(connection: Connection, name: str, value: str) -> None:
    """Notes it in the place of what was noted before."""
    changed = connection.execute(update(catalog_info).where(catalog_info.c.name == name).values(value=value))
    if not changed.rowcount:
        connection.execute(insert(catalog_info).values(name=name, value=value))
