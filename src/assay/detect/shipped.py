"""Documents that ship with assay, kept in the user's cache as JSON: to read their YAML or TOML takes thirty times as long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.detect.cache import kept_or_made
from assay.detect.files import state_of

_FORMAT = b"assay shipped 1\n"
# By file, once in a process; whatever the cache, they are the same.
_READ: dict[Path, Any] = {}


def shipped(file: Path, cache: Path | None = None) -> Any:
    """The document of a YAML or TOML file that ships with assay; it is everybody's, and not to be changed."""
    if file not in _READ:
        _READ[file] = kept_or_made(cache and cache / f"shipped-{state_of(file, _FORMAT)}.json", lambda: _read(file))
    return _READ[file]


def _read(file: Path) -> Any:
    if file.suffix == ".toml":
        import tomllib  # as below

        return tomllib.loads(file.read_text(encoding="utf-8"))
    from assay.detect.yamlmarks import load_shipped  # YAML loads only where there is some to read

    return load_shipped(file)
