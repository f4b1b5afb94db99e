"""Allow lists: what the owner has looked at and accepts, each entry with a reason and, if wanted, an expiry date."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from assay.detect.yamlmarks import YamlError, load_with_marks
from assay.errors import ConfigError

_KEYS = ("value", "fingerprint", "path", "identifier", "reason", "expires")
_INLINE = re.compile(rb"assay:allow(?:\(([A-Z0-9_, ]*)\))?")

Allowed = Callable[[str, str, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted thing; what is given must all hold. `value` fully matches the clear value, `path` is a glob."""

    reason: str
    value: str | None = None
    fingerprint: str | None = None
    path: str | None = None
    identifier: str | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowList:
    """The entries that hold today."""

    entries: tuple[Entry, ...] = ()

    def for_path(self, path: str) -> Allowed | None:
        """What may be passed over in the file at `path`: (value, identifier, fingerprint) → allowed. `None`: nothing."""
        here = [entry for entry in self.entries if entry.path is None or _glob(entry.path)(path)]
        if not here:
            return None

        def allowed(value: str, identifier: str, fingerprint: str) -> bool:
            return any(
                (entry.identifier is None or entry.identifier == identifier)
                and (entry.fingerprint is None or entry.fingerprint == fingerprint)
                and (entry.value is None or _regex(entry.value).fullmatch(value) is not None)
                for entry in here
            )

        return allowed


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
            _regex(item["value"])
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


@cache
def _regex(pattern: str) -> Any:
    import re2  # noqa: PLC0415  # only when values are allowed by expression

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(str(error)) from None


@cache
def _glob(pattern: str) -> Callable[[str], bool]:
    import pathspec  # noqa: PLC0415  # only when paths are allowed

    return pathspec.PathSpec.from_lines("gitignore", [pattern]).match_file


def allowed_inline(data: bytes, position: int, identifier: str) -> bool:
    """Whether the line of `position` says `assay:allow`, or `assay:allow(NAME, …)` with this identifier."""
    start = data.rfind(b"\n", max(0, position - 4096), position) + 1
    stop = data.find(b"\n", position, position + 4096)
    match = _INLINE.search(data, start or max(0, position - 4096), stop if stop >= 0 else min(len(data), position + 4096))
    if match is None:
        return False
    names = match.group(1)
    return names is None or identifier in [name.strip() for name in names.decode().split(",")]
