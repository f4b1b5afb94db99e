"""Allow lists as YAML files."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any

from assay.detect.allow import AllowList, Entry, glob, linear_regex
from assay.detect.written import WrittenError, read_written
from assay.detect.yamlmarks import YamlError, load_with_marks
from assay.errors import ConfigError

_WORD = re.compile("[A-Za-z_]{1,16}")
_FINGERPRINT = re.compile("[0-9a-f]{64}")
_KEYS = ("value", "fingerprint", "path", "identifier", "reason", "expires")


def read_allow_list(file: Path, *, today: date, known: Collection[str] = ()) -> AllowList:
    """The list in a YAML file (a sequence of entries) without what has expired.

    `known` are the names of all identifiers; without them any may be named. Raises `ConfigError` with file, line and key.
    """
    try:
        document, marks = load_with_marks(read_written(file))
    except YamlError as error:
        raise ConfigError(f"{file}:{error.line}: {error}") from None
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file; name an existing allow list") from None
    except WrittenError as error:
        raise ConfigError(f"{file}: the allow list {error}") from None
    if document is None:
        return AllowList()
    if not isinstance(document, list):
        raise ConfigError(f"{file}:1: an allow list is a sequence of entries, each with a reason")
    entries = []
    for index, item in enumerate(document):
        entry = _entry(item, f"{file}:{marks.get((index,), 1)}", known)
        if entry.expires is None or entry.expires >= today:
            entries.append(entry)
    return AllowList(entries=tuple(entries))


def _entry(item: Any, where: str, known: Collection[str]) -> Entry:
    if not isinstance(item, dict):
        raise ConfigError(f"{where}: an entry is a mapping of {', '.join(_KEYS)}")
    for key, value in item.items():
        if key not in _KEYS:
            # A value written as a key (`- 536-90-4399: our own`) is not repeated.
            named = f"unknown key '{key}'" if isinstance(key, str) and _WORD.fullmatch(key) else "a key that is no name"
            raise ConfigError(f"{where}: {named}; known are {', '.join(_KEYS)}")
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
    if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
        raise ConfigError(f"{where}: expires must be a date such as 2027-01-31")
    if item.get("value") is not None:
        try:
            linear_regex(item["value"])
        except ValueError as error:
            raise ConfigError(f"{where}: value cannot be run as a linear-time expression: {error}") from None
    if item.get("fingerprint") is not None and not _FINGERPRINT.fullmatch(item["fingerprint"]):
        raise ConfigError(f"{where}: fingerprint must be that of a finding: 64 digits from 0 to f")
    if item.get("path") is not None:
        _check_path(item["path"], where)
    name = item.get("identifier")
    if name is not None and known and name not in known:
        import difflib  # only errors need it

        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else "see 'assay identifiers list'"
        raise ConfigError(f"{where}: no identifier named '{name}'; {hint}")
    return Entry(
        reason=item["reason"],
        value=item.get("value"),
        fingerprint=item.get("fingerprint"),
        path=item.get("path"),
        identifier=item.get("identifier"),
        expires=expires,
    )


def _check_path(path: str, where: str) -> None:
    """Raises `ConfigError` for a glob that is none, would accept every file, or can match no file."""
    if path.startswith(("!", "#")):
        raise ConfigError(
            f"{where}: path '{path}' can match no file: it is a pattern as in .gitignore, without ! and #"
        )
    if path.strip("/ ") == "":
        raise ConfigError(f"{where}: path '{path}' names no file; write '*' for every file")
    if any(part in (".", "..") for part in path.split("/")):
        raise ConfigError(f"{where}: path '{path}' can match no file: paths begin at the target, without . and ..")
    try:
        glob(path)
    except ValueError as error:
        raise ConfigError(f"{where}: path '{path}' is no pattern: {error}") from None
