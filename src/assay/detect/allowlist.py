"""Allow lists as YAML files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from assay.detect.allow import AllowList, Entry, linear_regex
from assay.detect.yamlmarks import YamlError, load_with_marks
from assay.errors import ConfigError

_KEYS = ("value", "fingerprint", "path", "identifier", "reason", "expires")


def read_allow_list(file: Path, *, today: date) -> AllowList:
    """The list in a YAML file (a sequence of entries). Raises `ConfigError` with file, line and key."""
    try:
        document, marks = load_with_marks(file.read_text(encoding="utf-8"))
    except YamlError as error:
        raise ConfigError(f"{file}:{error.line}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: the allow list cannot be read: {error}") from None
    if document is None:
        return AllowList()
    if not isinstance(document, list):
        raise ConfigError(f"{file}:1: an allow list is a sequence of entries, each with a reason")
    entries = []
    for index, item in enumerate(document):
        entry = _entry(item, f"{file}:{marks.get((index,), 1)}")
        if entry.expires is None or entry.expires >= today:
            entries.append(entry)
    return AllowList(entries=tuple(entries))


def _entry(item: Any, where: str) -> Entry:
    if not isinstance(item, dict):
        raise ConfigError(f"{where}: an entry is a mapping of {', '.join(_KEYS)}")
    for key, value in item.items():
        if key not in _KEYS:
            raise ConfigError(f"{where}: unknown key '{key}'; known are {', '.join(_KEYS)}")
        if key != "expires" and not isinstance(value, str):
            raise ConfigError(f"{where}: {key} must be text; put it in quotes")
    if not item.get("reason"):
        raise ConfigError(f"{where}: an entry needs a reason")
    if not any(item.get(key) for key in ("value", "fingerprint", "path", "identifier")):
        raise ConfigError(f"{where}: an entry needs at least one of value, fingerprint, path, identifier")
    expires = item.get("expires")
    if isinstance(expires, str):
        try:
            expires = date.fromisoformat(expires)
        except ValueError:
            raise ConfigError(f"{where}: expires must be a date such as 2027-01-31") from None
    if expires is not None and not isinstance(expires, date):
        raise ConfigError(f"{where}: expires must be a date such as 2027-01-31")
    if item.get("value") is not None:
        try:
            linear_regex(item["value"])
        except ValueError as error:
            raise ConfigError(f"{where}: value cannot be run as a linear-time expression: {error}") from None
    return Entry(
        reason=item["reason"],
        value=item.get("value"),
        fingerprint=item.get("fingerprint"),
        path=item.get("path"),
        identifier=item.get("identifier"),
        expires=expires,
    )
