"""Policies: which controls hold for a resource, and why. Data, read by `protect.policyfile`; nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from assay.model import Level
from assay.model.protection import ResourceType

UNKNOWN = "unknown"
"""Stands for the level of a resource of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What of a resource decides which policies hold. `level` is the effective one, `None` where none is known; `name` is that of
    the bucket or the table, without what it lies in."""

    resource: str
    type: ResourceType
    name: str
    account: str
    region: str
    level: Level | None
    tags: Mapping[str, str] = field(default_factory=dict)
    frameworks: tuple[str, ...] = ()

    @property
    def level_name(self) -> str:
        return UNKNOWN if self.level is None else str(self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where an entry applies: in each part that is not empty the resource must be among what is named. Names, regions and
    values of tags are globs."""

    types: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_of_kinds_only(self) -> bool:
        """Whether a resource's type and level alone say whether it lies in it."""
        return not (self.accounts or self.regions or self.names or self.frameworks or self.tags)

    def may_hold(self, subject: Subject) -> bool:
        """Whether a resource of that type and level may lie in it."""
        if self.types and subject.type not in self.types:
            return False
        return not self.levels or subject.level_name in self.levels

    def holds(self, subject: Subject) -> bool:
        """Whether a resource lies in it."""
        if not self.may_hold(subject):
            return False
        if self.accounts and subject.account not in self.accounts:
            return False
        if self.regions and not any(fnmatchcase(subject.region, glob) for glob in self.regions):
            return False
        if self.names and not any(fnmatchcase(subject.name, glob) for glob in self.names):
            return False
        if self.frameworks and not set(self.frameworks) & set(subject.frameworks):
            return False
        return all(key in subject.tags and fnmatchcase(subject.tags[key], glob) for key, glob in self.tags.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is asked for somewhere. `place` is its file and line."""

    name: str
    where: Scope
    controls: Mapping[str, Any]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """A resource whose owner says that it is public: `by` whom, and why."""

    resource: str
    by: str
    reason: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All entries in the order in which they count, and what is attested public."""

    entries: tuple[Entry, ...]
    attested: Mapping[str, Attested] = field(default_factory=dict)
    answers: dict[tuple[str, str], Mapping[str, Asked] | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What holds for all resources of a type and level alike, as `asked_of` has worked it out; `None` where it is not alike."""


class Asked(NamedTuple):
    """What is asked for of a control, by which entry, and by which it was asked for otherwise before."""

    value: Any
    entry: Entry
    instead_of: tuple[tuple[Any, Entry], ...] = ()


def asked_of(policy: Policy, subject: Subject) -> Mapping[str, Asked]:
    """What holds for a resource, by control: the last entry that applies wins."""
    kind = (str(subject.type), subject.level_name)
    if kind not in policy.answers:
        applying = [entry for entry in policy.entries if entry.where.may_hold(subject)]
        alike = all(entry.where.is_of_kinds_only for entry in applying)
        policy.answers[kind] = _asked(applying) if alike else None
    # There are many resources of few kinds: most are asked for the same.
    answer = policy.answers[kind]
    if answer is not None:
        return answer
    return _asked([entry for entry in policy.entries if entry.where.holds(subject)])


def _asked(applying: Sequence[Entry]) -> Mapping[str, Asked]:
    found: dict[str, Asked] = {}
    for entry in applying:
        for name, value in entry.controls.items():
            before = found.get(name)
            replaced = () if before is None else (*before.instead_of, (before.value, before.entry))
            found[name] = Asked(value, entry, replaced)
    return found


def wants(asked: Mapping[str, Asked], name: str) -> bool:
    """Whether something is asked for of a control: what says none, 0 or no asks for nothing."""
    return name in asked and asked[name].value not in ("none", 0, False)


class Effective(NamedTuple):
    """The level that a resource is protected by, and why; `None` where nothing is known."""

    level: Level | None
    because: str


def effective_level(
    known: Level | None, tagged: Sequence[tuple[str, str, Level]], *, attested: Attested | None, all_public: bool
) -> Effective:
    """The higher of what the catalog says and what the owner's tags say (key, value, level).

    Public is only what its owner attests, where nothing that was found in it says otherwise (`all_public`).
    """
    levels = [(known, "the catalog")] if known is not None else []
    levels += [(level, f"its tag {key}={value}") for key, value, level in tagged]
    highest = max(levels, key=lambda each: each[0].rank, default=None)
    if highest is None:
        return Effective(None, "nothing in the catalog is of it, and no tag says a level")
    said = max((level.rank for _, _, level in tagged), default=Level.PUBLIC.rank)
    if attested is not None and known is not None and all_public and said == Level.PUBLIC.rank:
        return Effective(Level.PUBLIC, f"{attested.by} attests it ({attested.place}), and nothing was found in it")
    level, why = highest
    if level is Level.PUBLIC:
        return Effective(Level.UNCLASSIFIED, f"{why} says public, which its owner has not attested")
    return Effective(level, f"{why} says so")
