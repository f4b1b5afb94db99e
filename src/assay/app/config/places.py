"""Where settings are looked for, and what they say of where something is."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from assay.errors import ConfigError

FILE_NAME = "assay.toml"
_PASSWORD = re.compile(r"(://[^:/?#@]*:)(?:[^/?#]*@|.*@)", re.DOTALL)
"""A password before the host. One with a stroke, a question mark or a hash that nobody has encoded is taken by drivers all the same."""
_OPTION = re.compile(
    r"([?&;#][^=&;#]*(?:pass|pwd|secret|token|credential|authmechanismproperties|odbc_connect|(?:private|access|api|account)_?key)[^=&;#]*=)[^&]*",
    re.IGNORECASE,
)
"""An option that holds a secret, or that leads to one. Who writes a semicolon for an ampersand has its driver take both for one."""


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


@dataclass(frozen=True, slots=True)
class Address:
    """Where a catalog is. It shows itself without the password."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        shown = _PASSWORD.sub(r"\1***@", self.url)
        return _OPTION.sub(r"\1***", shown)


def without_path(url: str) -> str:
    """Which server a webhook is of: its path, as often as its options, is what lets somebody send there."""
    parts = urlsplit(url)
    rest = "…" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{rest}"
