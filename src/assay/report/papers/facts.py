"""What reports are made of: facts that the catalog has, and those of an account that were put beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from assay.model import Identifier, Level
from assay.review.precision import Precision

MET = frozenset({"applied", "unchanged"})
"""Outcomes after which a control is as it has to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A resource and what is concluded of it. `store` is the bucket, database or folder that it lies in; `region`, `account` and
    `owner` are `None` where nothing tells them; `written_at` is when it was last written, as far as something tells that."""

    uri: str
    store: str
    level: Level
    confidence: float
    categories: tuple[str, ...]
    identifiers: Mapping[str, int]
    frameworks: tuple[str, ...]
    policies: tuple[str, ...]
    needs_review: bool
    is_complete: bool
    bytes_total: int
    rows_total: int | None
    because: str
    first_seen_at: datetime
    seen_at: datetime
    written_at: datetime | None = None
    owner: str | None = None
    region: str | None = None
    account: str | None = None
    gaps: int = 0
    events: int = 0

    @property
    def is_sensitive(self) -> bool:
        return bool(self.identifiers)

    @property
    def is_protectable(self) -> bool:
        """Whether plans of protection can be about it: buckets, tables and databases of AWS."""
        return self.store.startswith(("s3://", "dynamodb://", "rds://"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What protection asked of a store and what became of it: `outcome` is the last step, `planned` where there was none."""

    store: str
    name: str
    ids: tuple[str, ...]
    plan: str
    outcome: str
    at: datetime
    approved_by: tuple[str, ...]
    reason: str = ""

    @property
    def is_met(self) -> bool:
        return self.outcome in MET


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A resource of an account as `assay aws discover` told it."""

    uri: str
    type: str
    name: str
    account: str | None
    region: str | None
    state: str | None
    because: str
    created: str | None
    size_bytes: int | None
    public: bool | None
    encrypted: bool | None
    owner: str | None
    is_lineage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An incident, or somebody who had a value shown."""

    kind: str
    at: datetime
    state: str
    who: str
    what: str
    resources: tuple[str, ...]
    why: str
    plan: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A reviewer: answers that hold, and the median of hours that they took."""

    name: str
    answers: int
    rejected: int
    hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that was trained."""

    kind: str
    at: datetime
    outcome: str
    version: str
    told: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A standard and what it asks for where data of a category, or of one identifier, is held."""

    standard: str
    category: str
    identifier: str | None
    policy: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it, of one moment. `estate` is `None` where nobody said what the account holds; `since` begins the period that numbers
    of change are of. `compared` are the stores that a plan of protection looked at. `terms` are the days that a level is kept, `None` without an end."""

    made_at: datetime
    about: str
    since: datetime | None
    held: tuple[Held, ...]
    controls: tuple[Control, ...] = ()
    compared: frozenset[str] = frozenset()
    asked: tuple[Asked, ...] = ()
    happened: tuple[Happened, ...] = ()
    gaps: Mapping[str, int] = field(default_factory=dict)
    raised: int = 0
    lowered: int = 0
    waiting: int = 0
    precision: tuple[Precision, ...] = ()
    together: Precision | None = None
    judges: tuple[Judge, ...] = ()
    models: tuple[Model, ...] = ()
    phases: Mapping[str, str] = field(default_factory=dict)
    estate: tuple[Store, ...] | None = None
    identifiers: Mapping[str, Identifier] = field(default_factory=dict)
    terms: Mapping[Level, int | None] = field(default_factory=dict)
    checkpoint: str = ""

    @cached_property
    def _latest(self) -> Mapping[str, Mapping[str, Control]]:
        latest: dict[str, dict[str, Control]] = {}
        for each in self.controls:
            of = latest.setdefault(each.store, {})
            if each.name not in of or of[each.name].at <= each.at:
                of[each.name] = each
        return latest

    def of_store(self, store: str) -> list[Control]:
        """The latest of each control of a store."""
        return list(self._latest.get(store, {}).values())
