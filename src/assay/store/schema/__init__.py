"""Tables of the catalog. The migrations make them; these describe them to the statements."""

from __future__ import annotations

import importlib
import pkgutil

from sqlalchemy import MetaData


def whole() -> MetaData:
    """The metadata with the tables of all modules here, for what is about every table that there is."""
    from assay.store.schema.base import metadata

    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return metadata
