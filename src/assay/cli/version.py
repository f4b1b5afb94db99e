"""The version of this installation."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The installed distribution's version; `0+source` when run from a source tree that is not installed."""
    try:
        return metadata.version("assay")
    except metadata.PackageNotFoundError:
        return "0+source"
