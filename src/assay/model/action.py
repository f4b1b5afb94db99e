"""Protective changes: what is planned, what may be done without a person, and what became of it (SPEC section 11).

A state is the part of a resource that an action changes, by name: tags under their keys, settings under theirs. `None` is
what is not there. What an action does not change is not in it, and stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias

State: TypeAlias = Mapping[str, Any]
"""JSON values by name."""


class Gate(StrEnum):
    """What may happen to a classification, and to what follows from it."""

    APPLY = "apply"
    APPLY_AND_WATCH = "apply_and_watch"
    REVIEW = "review"


class Outcome(StrEnum):
    """What became of an action. `intended` and `undoing` are written before a call: alone they say that it was interrupted.

    `unchanged`: it was so already. `refused`: it was not tried, for a reason. `failed`: it was tried, and is not so.
    `unknown`: whether it is so could not be seen.
    """

    INTENDED = "intended"
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNDOING = "undoing"
    UNDONE = "undone"
    UNDO_FAILED = "undo_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was read of a resource. `state` is `None` where it could not be read: `reason` and `detail` say why."""

    resource: str
    state: State | None
    found: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Action:
    """One change of one resource (a URI or an ARN).

    `account` has to own the resource. `control` names the protector that makes it, `calls` the operations of AWS that it makes (`s3.PutObjectTagging`).
    `found` holds what else was seen of the resource when it was planned and has to be so still, such as an object's
    version. `breaks` says what may stop working, `control_ids` which controls of a standard it satisfies.
    """

    resource: str
    control: str
    before: State
    after: State
    account: str = ""
    calls: frozenset[str] = frozenset()
    found: Mapping[str, str] = field(default_factory=dict)
    reversible: bool = True
    breaks: str = ""
    control_ids: tuple[str, ...] = ()
    note: str = ""
    cost: Mapping[str, Any] = field(default_factory=dict)
    """What it adds each month: `monthly` (a number as text, `None` where it is not known), `is_least`, and `told`."""

    @cached_property
    def id(self) -> str:
        """The same for the same change of the same state of the same resource. It is asked for often."""
        told = [self.resource, self.account, self.control, dict(self.before), dict(self.after), dict(self.found)]
        return _content_id("action", told)

    @property
    def inverse(self) -> Action:
        """What takes it back."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An action in a plan: what may happen to it without a person, and why."""

    action: Action
    gate: Gate
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a plan would have had to change and does not. `reason` is a short constant, `detail` a sentence."""

    resource: str
    control: str
    reason: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Actions in the order in which they are made. `notes` are sentences on resources that people should know of."""

    command: str
    targets: tuple[str, ...]
    actions: tuple[Planned, ...]
    refusals: tuple[Refusal, ...]
    notes: Mapping[str, str]
    looked_at: int
    made_at: datetime
    made_by: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 over its actions in their order, what may happen to them, and its refusals, in hexadecimal."""
        told = [_approved(planned) for planned in self.actions]
        told += [[refusal.resource, refusal.control, refusal.reason] for refusal in self.refusals]
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def id(self) -> str:
        """The same for the same plan of the same person at the same moment."""
        return _content_id("plan", [self.digest, self.command, *self.targets, self.made_at.isoformat(), self.made_by])


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An entry of the journal. `before` is what was found, `after` what was read back (`None`: not read).

    `undo` is what has to be written to take it back, `None` where there is nothing to take back. `watched` says that it
    was applied although it was not sure.
    """

    plan: str
    action: str
    outcome: Outcome
    at: datetime
    by: str
    before: State | None = None
    after: State | None = None
    undo: State | None = None
    reason: str = ""
    detail: str = ""
    watched: bool = False


def _approved(planned: Planned) -> list[Any]:
    """What of an action somebody who approves it has seen, and counts on."""
    action = planned.action
    plainly = action.reversible and not action.breaks and not action.control_ids
    more: list[Any] = [] if plainly else [action.reversible, action.breaks, list(action.control_ids)]
    if action.cost:
        more.append(dict(action.cost))
    return [action.id, planned.gate, action.note, *more]


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def _content_id(kind: str, told: list[Any]) -> str:
    text = _CANONICAL.encode([kind, *told])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


UNCHANGED = "as wanted already"
CHANGED = "changed meanwhile"
"""Reasons for which an action is not made."""

MANUAL = "by hand"
"""The reason of what a plan leaves to a person, since no call does it, or none that assay makes."""

LEFT_ALONE = "left alone"
"""The reason of what nothing is planned of, since its owner says so."""

FOR_PEOPLE = (MANUAL, LEFT_ALONE)
"""Reasons of what is not refused, but somebody's to do, or wanted so."""
