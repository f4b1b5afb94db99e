"""Baselines: what was known of some files at a time, so that only what is new is told.

A file of JSON lines: the first says which fingerprint key it was made with and what was looked for, each other is one entry,
in order, so that two branches that add entries seldom meet in one line. It holds neither values nor lines of files. A column of
a table is known by its name and what it holds, so that other rows, or other rows of a sample, are nothing new.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from assay.detect.allow import Allowed
from assay.errors import ConfigError

VERSION = 1
VERDICTS = ("open", "real", "false", "accepted")
"""What a person has said of an entry; `open`: nobody has."""

K_ANONYMITY = "K_ANONYMITY"
"""The identifier of an entry of a table as a whole: its level is raised because few of its rows are alike."""

_KEYS = ("place", "table", "column", "identifier", "fingerprint", "verdict", "reason", "expires")
_VERSION = "?versionId="
_HEADER = ("baseline", "key", "identifiers", "categories", "min_confidence")


Key: TypeAlias = tuple[str, str, str, str, str]
"""Place, table, column, identifier, fingerprint; what an entry does not have is empty."""

KnownColumns: TypeAlias = frozenset[tuple[str, str, str]]
"""Table, column and identifier of what is known of the tables of one resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A value in a file, wherever in it; or a column of a table, whatever values it has; or a table as a whole.

    `place` is the path from the baseline's folder on, or the URI elsewhere. A value has a `fingerprint`, a column has its name
    and that of its `table`, and a table its name alone. What `expires` is told again from the day after on.
    """

    place: str
    table: str = ""
    column: str = ""
    identifier: str
    fingerprint: str = ""
    verdict: str = "open"
    reason: str = ""
    expires: date | None = None

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.place, self.table, self.column, self.identifier, self.fingerprint

    @property
    def is_value(self) -> bool:
        """Whether it is a single value; else it is a column or a table."""
        return bool(self.fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Entries by their keys, and the id of the key of their fingerprints. `file` is where it lies, for places."""

    file: Path
    key_id: str
    entries: Mapping[Key, Entry]
    identifiers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    min_confidence: float = 0.5

    def text(self) -> str:
        """The file's lines."""
        head = {
            "baseline": VERSION,
            "key": self.key_id,
            "identifiers": list(self.identifiers),
            "categories": list(self.categories),
            "min_confidence": self.min_confidence,
        }
        return "".join(f"{line}\n" for line in (_line(head), *map(line_of, sorted(self.entries.values(), key=_key))))

    @property
    def made_with(self) -> tuple[object, ...]:
        """What has to be the same of two baselines whose entries are to be told from each other."""
        return self.key_id, self.identifiers, self.categories, self.min_confidence

    def decided(self, key: Key, verdict: str, reason: str, expires: date | None) -> Baseline:
        """The same with a person's word on one entry."""
        told = replace(self.entries[key], verdict=verdict, reason=reason, expires=expires)
        return replace(self, entries={**self.entries, key: told})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a baseline holds back today, by place; picklable."""

    bases: tuple[str, ...]
    known: Mapping[str, frozenset[tuple[str, str]]]
    columns: Mapping[str, KnownColumns] = field(default_factory=dict)

    def of(self, uri: str) -> Allowed | None:
        """What is passed over in a resource; `None`: nothing."""
        here = self.known.get(place_of(uri, *self.bases))
        return None if here is None else lambda _value, identifier, fingerprint: (identifier, fingerprint) in here

    def columns_of(self, uri: str) -> KnownColumns:
        """What is known of the tables of a resource."""
        return self.columns.get(place_of(uri, *self.bases), frozenset()) if self.columns else frozenset()


def bases_of(file: Path) -> tuple[str, ...]:
    """The URIs of the folder that a baseline lies in, which places begin from: as it is named, and where links lead."""
    folder = os.path.dirname(os.path.abspath(file))
    return tuple(dict.fromkeys(_folder_uri(each) for each in (folder, os.path.realpath(folder))))


def _folder_uri(folder: str) -> str:
    return f"file://{quote(os.fsencode(folder)).rstrip('/')}/"


def place_of(uri: str, *bases: str) -> str:
    """Where a resource lies from one of the folders `bases` on. A blob of a repository's history lies where its file does, a
    version of an object where the object does.

    >>> place_of("file:///srv/app/src/a%20b.py", "file:///srv/app/")
    'src/a b.py'
    >>> place_of("git:///srv/app/src/a.py?commit=3f2a", "file:///srv/app/"), place_of("s3://b/k?versionId=1", "file:///srv/app/")
    ('src/a.py', 's3://b/k')
    """
    if uri.startswith("git:///"):
        plain = f"file:{uri[4:].partition('?')[0]}"
    else:
        plain = uri.partition(_VERSION)[0] if uri.startswith("s3://") else uri
    for base in bases:
        if plain.startswith(base):
            return unquote_to_bytes(plain[len(base) :]).decode("utf-8", "surrogateescape")
    return plain


def held(baseline: Baseline, today: date) -> Held:
    """What is held back today: all but what has expired."""
    known: dict[str, set[tuple[str, str]]] = {}
    columns: dict[str, set[tuple[str, str, str]]] = {}
    for entry in baseline.entries.values():
        if entry.expires is not None and entry.expires < today:
            continue
        if entry.is_value:
            known.setdefault(entry.place, set()).add((entry.identifier, entry.fingerprint))
        else:
            columns.setdefault(entry.place, set()).add((entry.table, entry.column, entry.identifier))
    return Held(
        bases=bases_of(baseline.file),
        known={place: frozenset(those) for place, those in known.items()},
        columns={place: frozenset(those) for place, those in columns.items()},
    )


def expired_lines(file: Path, today: date) -> tuple[int, ...]:
    """The numbers of the lines of a baseline that hold no more, so that what depends on it changes with the day, too.

    Of what is no baseline nothing: no scan begins with it.
    """
    found = []
    try:
        for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), start=1):
            if '"expires"' in line:
                until = json.loads(line).get("expires")
                if isinstance(until, str) and date.fromisoformat(until) < today:
                    found.append(number)
    except (OSError, ValueError, AttributeError):
        return ()
    return tuple(found)


def both(first: Allowed | None, second: Allowed | None) -> Allowed | None:
    """What one or the other passes over."""
    if first is None or second is None:
        return first or second
    return lambda *asked: first(*asked) or second(*asked)


def read_baseline(file: Path, *, key_id: str | None) -> Baseline:
    """The baseline in a file. Raises `ConfigError` with the line for one that is none, or was made with another key than
    `key_id` (`None`: any, where nothing has to be recognised)."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file; 'assay baseline create {file} .' makes a baseline") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is no baseline: it is not UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    head = _object(lines[0] if lines else "", f"{file}:1")
    if head.get("baseline") != VERSION or set(head) != set(_HEADER):
        raise ConfigError(f"{file}:1: is no baseline of version {VERSION}; make it with 'assay baseline create'")
    if not isinstance(head["key"], str) or key_id not in (None, head["key"]):
        raise ConfigError(
            f"{file}:1: was made with another fingerprint key ({head['key']}, not {key_id}), so nothing in it can be "
            "recognised; use that key (ASSAY_FINGERPRINT_KEY), or make the baseline again"
        )
    entries: dict[Key, Entry] = {}
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            entry = _entry(_object(line, f"{file}:{number}"), f"{file}:{number}")
            before = entries.get(entry.key)
            # Two branches may both have it: what a person said of it counts.
            if before is None or before.verdict == "open":
                entries[entry.key] = entry
    return Baseline(
        file=file,
        key_id=head["key"],
        entries=entries,
        identifiers=_names(head["identifiers"], f"{file}:1"),
        categories=_names(head["categories"], f"{file}:1"),
        min_confidence=_share(head["min_confidence"], f"{file}:1"),
    )


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        hint = "; a merge is not resolved" if line.startswith(("<<<<<<<", "=======", ">>>>>>>")) else ""
        raise ConfigError(f"{where}: is no line of a baseline{hint}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: is no line of a baseline")
    return found


def _entry(found: dict[str, Any], where: str) -> Entry:
    names = {name: found.get(name, "") for name in _KEYS[:5]}
    if not all(isinstance(name, str) for name in names.values()) or not (names["place"] and names["identifier"]):
        raise ConfigError(f"{where}: an entry needs place, identifier, and fingerprint or table and column")
    if bool(names["fingerprint"]) == bool(names["table"] or names["column"]):
        raise ConfigError(f"{where}: an entry needs place, identifier, and fingerprint or table and column")
    if set(found) - set(_KEYS):
        raise ConfigError(f"{where}: an entry has nothing but {', '.join(_KEYS)}")
    verdict, reason, expires = found.get("verdict", "open"), found.get("reason", ""), found.get("expires")
    if verdict not in VERDICTS:
        raise ConfigError(f"{where}: verdict must be one of {', '.join(VERDICTS)}")
    if not isinstance(reason, str) or (verdict != "open" and not reason.strip()):
        raise ConfigError(f"{where}: a verdict needs a reason")
    try:
        day = None if expires is None else date.fromisoformat(expires)
    except (TypeError, ValueError):
        raise ConfigError(f"{where}: expires must be a date such as 2027-01-31") from None
    return Entry(
        place=_as_named(names["place"]),
        table=_as_named(names["table"]),
        column=_as_named(names["column"]),
        identifier=names["identifier"],
        fingerprint=names["fingerprint"],
        verdict=verdict,
        reason=reason,
        expires=day,
    )


def _as_named(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def _names(found: Any, where: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise ConfigError(f"{where}: identifiers and categories must be lists of names")
    return tuple(found)


def _share(found: Any, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 1:
        raise ConfigError(f"{where}: min_confidence must be a number from 0 to 1")
    return float(found)


def _key(entry: Entry) -> Key:
    return entry.key


def line_of(entry: Entry) -> str:
    """An entry as it is written."""
    told: dict[str, Any] = {name: value for name in _KEYS[:6] if (value := getattr(entry, name))}
    if entry.reason:
        told["reason"] = entry.reason
    if entry.expires is not None:
        told["expires"] = entry.expires.isoformat()
    return _line(told)


def _line(told: Mapping[str, Any] | Iterable[Any]) -> str:
    # Characters beyond ASCII are escaped, so that bytes that are no UTF-8 can be written, too.
    return json.dumps(told, ensure_ascii=True)
