"""What becomes of one control of one resource, and of all of them as actions of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from assay.model.action import MANUAL, State
from assay.model.protection import Setting

NOT_SETTLED = "not settled"
"""The reason of what takes no change yet: it is being made, or changed."""


class Verdict(StrEnum):
    """How a control stands."""

    OK = "as wanted"
    CHANGE = "will change"
    REFUSED = "refused"
    MANUAL = "by hand"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How one control of a resource stands. A change has what it is made by (`protector`), `before` and `after`.

    `reason` is the short constant of what is refused or unknown, `breaks` what may stop working and for whom, `person` why nobody
    but a person may decide it. `sees` are the settings that it was judged by and that must be the same when it is made.
    `of` is whose level counts for it where `resource` is another.
    `ids` are those of standards where they are not all of the control's. `resource` is another one than that whose control it is where means are made for it first.
    """

    control: str
    verdict: Verdict
    detail: str
    reason: str = ""
    protector: str = ""
    before: State = field(default_factory=dict)
    after: State = field(default_factory=dict)
    breaks: str = ""
    person: str = ""
    sees: tuple[str, ...] = ()
    reversible: bool = True
    note: str = ""
    resource: str = ""
    of: str = ""
    ids: tuple[str, ...] = ()
    cost: Mapping[str, Any] = field(default_factory=dict)


def ok(control: str, detail: str) -> Point:
    """It is as wanted."""
    return Point(control=control, verdict=Verdict.OK, detail=detail)


def unknown(control: str, setting: Setting, what: str) -> Point:
    """It could not be seen how it is: that is no change, and not as wanted."""
    detail = f"{what} could not be read" + (f": {setting.detail}" if setting.detail else "")
    return Point(control=control, verdict=Verdict.UNKNOWN, detail=detail, reason=setting.reason)


def refused(control: str, reason: str, detail: str) -> Point:
    """It has to change, and must not be changed as things are."""
    return Point(control=control, verdict=Verdict.REFUSED, detail=detail, reason=reason)


def manual(control: str, detail: str) -> Point:
    """A person has to do it."""
    return Point(control=control, verdict=Verdict.MANUAL, detail=detail, reason=MANUAL)


def changed(control: str, protector: str, before: Mapping[str, Any], after: Mapping[str, Any], **more: Any) -> Point:
    """An action: `before` and `after` name what changes and nothing else."""
    names = sorted(after)
    told = more.pop("detail", "") or ", ".join(names)
    return Point(
        control=control,
        verdict=Verdict.CHANGE,
        detail=told,
        protector=protector,
        before={name: before.get(name) for name in names},
        after={name: after[name] for name in names},
        **more,
    )
