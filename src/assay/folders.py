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
    home = _home()
    if sys.platform == "darwin":
        return home / "Library" / ("Caches" if purpose == "cache" else "Application Support") / "assay"
    return home / f".{purpose}" / "assay"


def _home() -> Path:
    """The user's home folder. An empty HOME, as some services set, is none, and does not mean the root of the system."""
    if os.environ.get("HOME") == "":
        import pwd  # Unix alone, where that variable counts

        try:
            return Path(pwd.getpwuid(os.getuid()).pw_dir)
        except KeyError:
            return Path("/nonexistent")
    return Path(os.path.expanduser("~"))
