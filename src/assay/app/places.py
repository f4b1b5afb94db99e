"""Where settings are looked for, and where assay keeps what is its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from assay.errors import ConfigError

FILE_NAME = "assay.toml"


def find_file(folder: Path) -> Path | None:
    """The `assay.toml` in `folder` or, inside a Git repository, in the nearest parent up to the repository's root.

    Raises `ConfigError` for one that is no file: what it was to say must not be passed over.
    """
    parents = [folder, *folder.parents]
    root = next((index for index, parent in enumerate(parents) if os.path.exists(parent / ".git")), 0)
    found = next((parent / FILE_NAME for parent in parents[: root + 1] if os.path.lexists(parent / FILE_NAME)), None)
    if found is not None and not os.path.isfile(found):
        kind = "a link that leads to no file" if os.path.islink(found) else "no file"
        raise ConfigError(f"{found}: is {kind}; mend it, or take it away")
    return found


def current_folder() -> Path:
    """Where this process is. Raises `ConfigError` where that is gone."""
    try:
        return Path.cwd()
    except OSError as error:
        raise ConfigError(f"the current folder cannot be used: {error.strerror}; change to another one") from None


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
