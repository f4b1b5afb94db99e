"""Where assay keeps what is its own, by the customs of the system."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_folder(purpose: str) -> Path:
    """Folder of assay for `cache` or `config`: XDG base directories, and Library on macOS."""
    given = os.environ.get(f"XDG_{purpose.upper()}_HOME", "")
    if os.path.isabs(given):
        return Path(given) / "assay"
    home = Path(os.path.expanduser("~"))
    if sys.platform == "darwin":
        return home / "Library" / ("Caches" if purpose == "cache" else "Application Support") / "assay"
    return home / f".{purpose}" / "assay"
