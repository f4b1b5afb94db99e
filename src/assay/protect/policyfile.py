"""Policies as they are written: YAML that is checked whole before anything of it counts, with file and line of what is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from assay.detect.written import WrittenError, read_written
from assay.errors import ConfigError
from assay.model import Level
from assay.model.protection import ResourceType
from assay.protect.controls import CONTROLS
from assay.protect.policy import UNKNOWN, Attested, Entry, Policy, Scope

SHIPPED = Path(__file__).parent / "policies.yaml"
_TOP = ("policies", "attested_public")
_ENTRY = ("name", "where", "set")
_ATTESTED = ("resource", "by", "reason")
_WHERE = {"type": "types", "level": "levels", "account": "accounts", "region": "regions", "name": "names",
          "framework": "frameworks"}  # fmt: skip
_LEVELS = (*(str(level) for level in Level), UNKNOWN)
_TYPES = tuple(str(kind) for kind in ResourceType)
_SHOWN = 50

_Marks = Mapping[tuple[str | int, ...], int]


def policy_of(file: Path | None = None) -> Policy:
    """What ships, and the entries of a file after it. Raises `ConfigError` that tells of all that is wrong in the file."""
    shipped = _shipped()
    if file is None:
        return shipped
    own = read_policy(file)
    return Policy(entries=(*shipped.entries, *own.entries), attested=own.attested)


def check_frameworks(policy: Policy, known: Iterable[str]) -> None:
    """Raises `ConfigError` where an entry names a framework that nothing can fall under: it would hold for nothing, unnoticed.

    What policies that ship ask for may be asked for, though nothing that is found falls under it: SOX is about accounts.
    """
    names = set(known)
    asked = names.union(*(entry.controls.get("frameworks", ()) for entry in _shipped().entries))
    problems = []
    for entry in policy.entries:
        wrong = [
            *(name for name in entry.where.frameworks if name not in names),
            *(name for name in entry.controls.get("frameworks", ()) if name not in asked),
        ]
        problems += [
            f"{entry.place}: there is no framework '{name}'; {_framework_hint(name, names)}"
            for name in dict.fromkeys(wrong)
        ]
    if problems:
        raise ConfigError("\n".join(problems[:_SHOWN]))


def _framework_hint(name: str, known: Iterable[str]) -> str:
    """They are too many to be told all."""
    written = {each.upper(): each for each in known}
    close = difflib.get_close_matches(name.upper(), sorted(written), n=1)
    listed = "'assay governance list COMPLIANCE_MAPPING' tells which there are"
    return f"did you mean '{written[close[0]]}'?" if close else listed


@cache
def _shipped() -> Policy:
    return _checked(read_written(SHIPPED), SHIPPED.name)


def read_policy(file: Path) -> Policy:
    """The entries of a file alone. Raises `ConfigError`."""
    try:
        return _checked(read_written(file), str(file))
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file; name a file of policies") from None
    except WrittenError as error:
        raise ConfigError(f"{file}: {error}") from None


def _checked(text: str, name: str) -> Policy:
    from assay.detect.yamlmarks import YamlError, load_with_marks  # only where policies are read

    try:
        document, marks = load_with_marks(text)
    except YamlError as error:
        raise ConfigError(f"{name}:{error.line}: {error}") from None
    reading = _Reading(name, marks)
    policy = reading.policy(document)
    problems = reading.problems
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise ConfigError("\n".join([*problems[:_SHOWN], *more]))
    return policy


class _Reading:
    """One document: what is in it, and what is wrong with it."""

    def __init__(self, file: str, marks: _Marks) -> None:
        self.file, self.marks = file, marks
        self.problems: list[str] = []

    def policy(self, document: Any) -> Policy:
        if document is None:
            return Policy(entries=())
        if not isinstance(document, dict):
            self._wrong((), f"must map {' and '.join(_TOP)} to lists")
            return Policy(entries=())
        self._known((), document, _TOP)
        entries = [entry for path, each in self._items(document, "policies") if (entry := self._entry(path, each))]
        attested = [
            one for path, each in self._items(document, "attested_public") if (one := self._attested(path, each))
        ]
        names: dict[str, Entry] = {}
        for entry in entries:
            if entry.name in names:
                self.problems.append(f"{entry.place}: name '{entry.name}' is that of {names[entry.name].place} already")
            names[entry.name] = entry
        return Policy(entries=tuple(entries), attested={each.resource: each for each in attested})

    def _items(self, document: dict[Any, Any], key: str) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        found = document.get(key)
        if found is None:
            return
        if not isinstance(found, list):
            self._wrong((key,), f"{key} must be a list")
            return
        for number, each in enumerate(found):
            yield (key, number), each

    def _entry(self, path: tuple[str | int, ...], told: Any) -> Entry | None:
        before = len(self.problems)
        if not isinstance(told, dict):
            self._wrong(path, f"must have {', '.join(_ENTRY)}")
            return None
        self._known(path, told, _ENTRY)
        name = told.get("name")
        if not isinstance(name, str) or not name.strip():
            self._wrong((*path, "name"), "name must be a text: it is what people are told when this entry holds")
        where = self._where((*path, "where"), told.get("where"))
        controls = self._controls((*path, "set"), told.get("set"), where)
        if len(self.problems) > before:
            return None
        return Entry(name=str(name), where=where, controls=controls, place=self._place(path))

    def _where(self, path: tuple[str | int, ...], told: Any) -> Scope:
        if told is None:
            return Scope()
        if not isinstance(told, dict):
            self._wrong(path, f"where must map {', '.join((*_WHERE, 'tag'))} to what they have to be")
            return Scope()
        self._known(path, told, (*_WHERE, "tag"))
        values: dict[str, Any] = {}
        for key, name in _WHERE.items():
            if key not in told:
                continue
            given = told[key] if isinstance(told[key], list) else [told[key]]
            if not given or not all(isinstance(each, str) and each for each in given):
                hint = "; put quotes around a number" if any(isinstance(each, int) for each in given) else ""
                self._wrong((*path, key), f"{key} must be a text or a list of texts{hint}")
                continue
            for each in given:
                self._among((*path, key), key, each)
            values[name] = tuple(given)
        tags = told.get("tag")
        if tags is not None:
            good = isinstance(tags, dict) and all(isinstance(k, str) and isinstance(v, str) for k, v in tags.items())
            if not good:
                self._wrong((*path, "tag"), "tag must map keys to values, both texts: {Team: hr}; * is any value")
            else:
                values["tags"] = dict(tags)
        return Scope(**values)

    def _among(self, path: tuple[str | int, ...], key: str, value: str) -> None:
        known = {"type": _TYPES, "level": _LEVELS}.get(key)
        if known is not None and value not in known:
            self._wrong(path, f"there is no {key} '{value}'; {_hint(value, known)}")
        if key == "account" and not (len(value) == 12 and value.isascii() and value.isdigit()):
            self._wrong(path, f"account '{value}' must be 12 digits in quotes")

    def _controls(self, path: tuple[str | int, ...], told: Any, where: Scope) -> dict[str, Any]:
        if not isinstance(told, dict) or not told:
            self._wrong(path, "set must map controls to what is asked for: {versioning: true}")
            return {}
        for name, value in told.items():
            control = CONTROLS.get(str(name))
            if control is None:
                self._wrong((*path, name), f"there is no control '{name}'; {_hint(str(name), CONTROLS)}")
                continue
            problem = control.problem(value)
            if problem:
                self._wrong((*path, name), f"{name} {problem}")
            elif where.types and not set(where.types) & {str(kind) for kind in control.types}:
                self._wrong((*path, name), f"{name} is nothing that {', '.join(where.types)} has")
        return {str(name): value for name, value in told.items()}

    def _attested(self, path: tuple[str | int, ...], told: Any) -> Attested | None:
        if not isinstance(told, dict):
            self._wrong(path, f"must have {', '.join(_ATTESTED)}")
            return None
        self._known(path, told, _ATTESTED)
        wrong = [key for key in _ATTESTED if not isinstance(told.get(key), str) or not told[key].strip()]
        for key in wrong:
            self._wrong((*path, key), f"{key} must be a text: who attests that what is public, and why")
        if wrong:
            return None
        return Attested(resource=told["resource"], by=told["by"], reason=told["reason"], place=self._place(path))

    def _known(self, path: tuple[str | int, ...], told: dict[Any, Any], known: Iterable[str]) -> None:
        names = tuple(known)
        for key in told:
            if key not in names:
                self._wrong((*path, key), f"unknown key '{key}'; {_hint(str(key), names)}")

    def _wrong(self, path: tuple[str | int, ...], problem: str) -> None:
        self.problems.append(f"{self._place(path)}: {problem}")

    def _place(self, path: tuple[str | int, ...]) -> str:
        while path and path not in self.marks:
            path = path[:-1]
        return f"{self.file}:{self.marks.get(path, 1)}"


def _hint(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"there are {', '.join(names)}"
