"""Desired minus observed: which actions bring resources to what is asked, which are refused, and how many are too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from assay.errors import ActionError
from assay.model.action import Action, Gate, Observed, Plan, Planned, Refusal
from assay.model.tagging import RULES
from assay.protect.columntags import glue_tagging, lf_tagging
from assay.protect.judged import Judged
from assay.protect.tags import Tagging, tagging
from assay.protect.tagscheme import Scheme

UNREAD = "could not be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """A resource whose protection follows from what is known of it; `gate` says what may happen without a person,
    `found` what has to be so still for that to hold. `columns` is what is known of a table's columns, by name."""

    resource: str
    control: str
    judged: Judged
    gate: Gate
    because: str
    found: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Judged] = field(default_factory=dict)


class Change(NamedTuple):
    """What becomes of one resource: an action, a refusal, or neither where all is well; `note` is for people. `present` are
    all tags that it has."""

    planned: Planned | None = None
    refusal: Refusal | None = None
    note: str = ""
    present: Mapping[str, str] | None = None


class Limit(NamedTuple):
    """How many resources one plan may change: a number, or a share (0–100) of those that were looked at."""

    number: int | None = None
    percent: float | None = None

    def allows(self, count: int, looked_at: int) -> bool:
        """Whether so many changes of so many resources keep to it."""
        if self.number is not None and count > self.number:
            return False
        return self.percent is None or count * 100 <= self.percent * looked_at

    def __str__(self) -> str:
        return f"{self.number}" if self.percent is None else f"{self.percent:g}%"


def tag_change(
    desired: Desired, observed: Observed, scheme: Scheme, *, account: str = "", calls: frozenset[str] = frozenset()
) -> Change:
    """What the tags of a resource of an account need, and which calls write them. Tags that could not be read are not taken for none: it is refused then."""

    def refused(reason: str, detail: str) -> Change:
        return Change(refusal=Refusal(resource=desired.resource, control=desired.control, reason=reason, detail=detail))

    if observed.state is None:
        return refused(observed.reason or UNREAD, observed.detail)
    try:
        before, after, note = _tagging(desired, observed.state, scheme)
    except ActionError as error:
        return refused(error.reason, error.detail)
    if not after:
        return Change(note=note)
    action = Action(
        resource=desired.resource,
        control=desired.control,
        before=before,
        after=after,
        account=account,
        calls=calls,
        found={**desired.found, **observed.found},
        note=note,
    )
    planned = Planned(action=action, gate=desired.gate, because=desired.because)
    return Change(planned=planned, present=observed.state)


def _tagging(desired: Desired, present: Mapping[str, str], scheme: Scheme) -> Tagging:
    rules = RULES[desired.control]
    if desired.control == "glue_tags":
        return glue_tagging(desired.judged, desired.columns, present, rules, scheme)
    if desired.control == "lf_tags":
        return lf_tagging(desired.judged, desired.columns, present, rules, scheme)
    return tagging(desired.judged, present, rules, scheme)


def plan_of(
    changes: Iterable[tuple[str, Change]], *, command: str, targets: Iterable[str], at: datetime, by: str
) -> Plan:
    """The plan of changes, each with its resource, in their order."""
    actions: list[Planned] = []
    refusals: list[Refusal] = []
    notes: dict[str, str] = {}
    looked_at = 0
    for resource, change in changes:
        looked_at += 1
        if change.planned is not None:
            actions.append(change.planned)
        if change.refusal is not None:
            refusals.append(change.refusal)
        if change.note:
            notes[resource] = change.note
    return Plan(
        command=command,
        targets=tuple(targets),
        actions=tuple(actions),
        refusals=tuple(refusals),
        notes=notes,
        looked_at=looked_at,
        made_at=at,
        made_by=by,
    )


def chosen(plan: Plan, *, approved: bool) -> list[Planned]:
    """The actions that may be made now: all where a person approved the plan, else those that their gate lets through."""
    return [planned for planned in plan.actions if approved or planned.gate is not Gate.REVIEW]
