"""Which frameworks a policy may name: those that data can fall under, as this configuration has it."""

from __future__ import annotations

from assay.app.config.settings import Settings
from assay.model import DEFAULT_FRAMEWORKS, Governance


def frameworks_of(governance: Governance) -> frozenset[str]:
    """The standards of the configuration, and those that the shipped policies name."""
    usual = (name for names in DEFAULT_FRAMEWORKS.values() for name in names)
    return frozenset((*usual, *(row.standard for row in governance.compliance)))


def frameworks_in(settings: Settings) -> frozenset[str]:
    """Those of the settings: of their catalog where they name one, else of their file, else what ships. Raises `ConfigError`,
    `CatalogError`."""
    if settings.catalog is None:
        from assay.app.governing.governance import in_effect
        from assay.detect.cache import read_all

        identifiers, _ = read_all(
            settings.identifiers, cache=settings.cache_dir, builtin=True, examples=False, broken=[]
        )
        return frameworks_of(in_effect(identifiers, file=settings.governance, catalog=None))
    from assay.app.catalogs import open_needed
    from assay.app.reviews.desk import Desk

    with open_needed(settings, None) as catalog:
        return frameworks_of(Desk(catalog=catalog, settings=settings).governance)
