"""The catalog that a command is about: named on its command line, else by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.app.config.settings import Settings
from assay.errors import UsageError

if TYPE_CHECKING:
    from assay.store.engine import Catalog


def catalog_url(settings: Settings, given: str | None) -> str | None:
    """The URL of the catalog, password and all; `None` where there is none."""
    if given is not None:
        return given
    return settings.catalog.url if settings.catalog is not None else None


def needed_url(settings: Settings, given: str | None) -> str:
    """The URL of the catalog. Raises `UsageError` where there is none."""
    url = catalog_url(settings, given)
    if url is None:
        raise UsageError(
            "no catalog is named; give --catalog PATH, or set 'catalog' in assay.toml or ASSAY_CATALOG "
            "(make one with 'assay catalog init')"
        )
    return url


def open_needed(settings: Settings, given: str | None) -> Catalog:
    """The catalog, open. Raises `UsageError` where none is named, `CatalogError` where it cannot be used."""
    from assay.store.engine import open_catalog  # loads SQLAlchemy: only what has a catalog pays for it

    return open_catalog(needed_url(settings, given))
