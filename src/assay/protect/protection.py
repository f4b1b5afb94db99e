"""What is wanted of resources minus what was observed: the actions of a plan in safe order, what it refuses, what is left to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assay.model import Level
from assay.model.action import FOR_PEOPLE, Action, Gate, Plan, Planned, Refusal
from assay.model.protection import ResourceState, ResourceType
from assay.protect import (
    backups,
    dataevents,
    dynamodbtable,
    ebs,
    external,
    keyusers,
    ownkeys,
    rdsdatabase,
    s3bucket,
    watching,
)  # fmt: skip
from assay.protect.ceilings import within
from assay.protect.controls import CONTROLS
from assay.protect.means import Means
from assay.protect.points import Point, Verdict
from assay.protect.policy import Asked, Effective, Subject

COMMAND = "protect"
ORDER = (
    *ownkeys.ORDER,
    *backups.ORDER,
    *dataevents.ORDER,
    *s3bucket.ORDER,
    *dynamodbtable.ORDER,
    *ebs.ORDER,
    *rdsdatabase.ORDER,
    *watching.ORDER,
    *dataevents.LAST,
    *backups.LAST,
    "kms_statements",
    "iam_quarantine",
)
"""Protectors, as they are applied; they are taken back the other way round."""
_POINTS = {
    ResourceType.S3_BUCKET: s3bucket.points_of,
    ResourceType.DYNAMODB_TABLE: dynamodbtable.points_of,
    ResourceType.RDS_INSTANCE: rdsdatabase.points_of,
    ResourceType.RDS_CLUSTER: rdsdatabase.points_of,
    ResourceType.RDS_SNAPSHOT: rdsdatabase.points_of,
    ResourceType.EBS_ACCOUNT: ebs.points_of,
    ResourceType.EBS_VOLUME: ebs.points_of,
}
LEVEL, HOSTS, BESIDE = "level", "hosts", "hosts_beside"
"""What in `Action.found` says by which level it was planned, and at which addresses the catalog knows what lies in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """A resource as it is, what is asked of it and why, and how each control stands. `gate` says what may happen without a person."""

    subject: Subject
    state: ResourceState
    effective: Effective
    asked: Mapping[str, Asked]
    points: tuple[Point, ...]
    gate: Gate
    because: str


def assess(
    subject: Subject, state: ResourceState, effective: Effective, asked: Mapping[str, Asked], means: Means,
    *, gate: Gate, because: str,
) -> Assessed:  # fmt: skip
    """How each control of a resource stands."""
    level = key_level(subject.level)
    points = (
        *_POINTS[state.type](state, asked, means, level),
        *watching.points_of(state, asked),
        *dataevents.points_of(state, asked, means),
        *backups.points_of(state, asked, means, level),
    )
    priced = [
        _named(keyusers.named(point, state, means), means.lately.get(state.resource, ()), means.lately_until)
        for point in within(points, state, asked, means)
    ]
    return Assessed(
        subject=subject, state=state, effective=effective, asked=asked, points=tuple(priced), gate=gate, because=because
    )


def _named(point: Point, lately: Sequence[str], until: str) -> Point:
    """What may break, with those who accessed it lately: whether it is them nobody knows, and they are the ones to ask."""
    if point.verdict is not Verdict.CHANGE or not point.breaks or not lately:
        return point
    more = f" and {len(lately) - _NAMED:,} more" if len(lately) > _NAMED else ""
    told = f"accessed lately, by logs until {until}, by {', '.join(lately[:_NAMED])}{more}"
    return replace(point, breaks=f"{point.breaks}; {told}")


def key_level(level: Level | None) -> str:
    """The level whose key is used: what is unclassified or unknown has that of internal."""
    return str(Level.INTERNAL if level in (None, Level.UNCLASSIFIED) else level)


def plan_of(
    found: Sequence[Assessed | Refusal],
    calls: Mapping[str, frozenset[str]],
    *,
    targets: Sequence[str],
    at: datetime,
    by: str,
) -> Plan:
    """The plan for these resources: step by step over all of them, so that the least breaking come first everywhere."""
    told: dict[str, Planned] = {}
    means: dict[tuple[str, str], Planned] = {}
    refusals: list[Refusal] = []
    notes: dict[str, str] = {}
    for each in found:
        if isinstance(each, Refusal):
            refusals.append(each)
            continue
        resource = each.subject.resource
        level = "no level is known" if each.effective.level is None else str(each.effective.level)
        outside = external.noted(each.state)
        notes[resource] = f"{level}: {each.effective.because}" + (f"; {outside}" if outside else "")
        for point in each.points:
            if point.verdict is Verdict.CHANGE:
                # Means are the same for thousands of resources, and told once.
                shared = means.get((point.protector, point.resource)) if point.resource and not point.of else None
                if (
                    shared is not None
                    and (shared.action.before, shared.action.after) == (point.before, point.after)
                    and _gate_of(each, point)[0] is shared.gate
                ):
                    continue
                planned = _planned(each, point, calls)
                number = planned.action.id
                if point.resource and not point.of:
                    means[point.protector, point.resource] = planned
                known = told.get(number)
                # Means that several need are made where one of them may be.
                if known is None or _RANK[planned.gate] < _RANK[known.gate]:
                    told[number] = planned
            elif point.verdict is not Verdict.OK:
                refusals.append(
                    Refusal(resource=resource, control=point.control, reason=point.reason, detail=point.detail)
                )
    order = {name: number for number, name in enumerate(ORDER)}
    ordered = sorted(told.values(), key=lambda planned: (order[planned.action.control], planned.action.resource))
    return Plan(
        command=COMMAND,
        targets=tuple(targets),
        actions=tuple(ordered),
        refusals=tuple(refusals),
        notes=notes,
        looked_at=sum(isinstance(each, Assessed) for each in found),
        made_at=at,
        made_by=by,
    )


def hosts_of(state: ResourceState) -> list[str]:
    """At which addresses the catalog knows what lies in a resource, as far as they could be read."""
    return [host for name in (HOSTS, BESIDE) for host in state.get(name).value or ()]


_NAMED = 5
_RANK = {Gate.APPLY: 0, Gate.APPLY_AND_WATCH: 1, Gate.REVIEW: 2}


def _planned(each: Assessed, point: Point, calls: Mapping[str, frozenset[str]]) -> Planned:
    found = {name: each.state.fingerprints[name] for name in point.sees}
    if not point.resource or point.of:
        found[LEVEL] = each.subject.level_name
        hosts = hosts_of(each.state)
        if hosts:
            found[HOSTS] = " ".join(hosts)
    action = Action(
        resource=point.resource or each.subject.resource,
        control=point.protector,
        before=point.before,
        after=point.after,
        account=each.state.account,
        calls=calls.get(point.protector, frozenset()),
        found=found,
        reversible=point.reversible,
        breaks=point.breaks,
        control_ids=_ids(point, each.state.type),
        note="; ".join(part for part in (point.detail, point.note) if part),
        cost=point.cost,
    )
    gate, because = _gate_of(each, point)
    return Planned(action=action, gate=gate, because=because)


def _gate_of(each: Assessed, point: Point) -> tuple[Gate, str]:
    """What may happen to a change without a person, and why."""
    return (Gate.REVIEW, point.person) if point.person else (each.gate, each.because)


def _ids(point: Point, kind: ResourceType) -> tuple[str, ...]:
    """Of one call that makes several controls, those of all of them."""
    if point.ids:
        return point.ids
    if point.protector == "kms_key":
        return CONTROLS["key_rotation"].ids
    if point.resource and point.protector != "kms_rotation":
        # What others stand on satisfies nothing by itself.
        return ()
    if point.protector != "s3_lifecycle":
        return CONTROLS[point.control].ids_for(kind)
    own = {"rule assay-uploads": "abort_uploads_days", "rule assay-versions": "noncurrent_days"}
    return tuple(sorted({id_ for name in point.after if name in own for id_ in CONTROLS[own[name]].ids}))


def left_to_people(plan: Plan) -> list[Refusal]:
    """What of a plan somebody has to do by hand, or wants to: what is left alone."""
    return [refusal for refusal in plan.refusals if refusal.reason in FOR_PEOPLE]


def in_the_way(plan: Plan) -> list[Refusal]:
    """What of a plan is refused, or not known."""
    return [refusal for refusal in plan.refusals if refusal.reason not in FOR_PEOPLE]


def resources_of(actions: Sequence[Planned]) -> list[str]:
    """The resources that actions change, each once."""
    return list(dict.fromkeys(planned.action.resource for planned in actions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An action that may not be made now, and why."""

    planned: Planned
    because: str


def may_be_made(plan: Plan, approvers: int, *, second: Level | None) -> tuple[list[Planned], list[Waiting]]:
    """Which actions may be made now, after so many different people approved the plan; and which wait.

    Nobody's approval is needed for what the phase lets through; where a level needs two people (`second`), it needs them whatever
    the phase.
    """
    ready: list[Planned] = []
    waiting: list[Waiting] = []
    for planned in plan.actions:
        if _needs_two(planned, second):
            if approvers >= 2:
                ready.append(planned)
            else:
                told = "nobody has approved it" if not approvers else "one person has approved it"
                waiting.append(Waiting(planned=planned, because=f"needs two people, and {told}"))
        elif approvers or planned.gate is not Gate.REVIEW:
            ready.append(planned)
        else:
            waiting.append(Waiting(planned=planned, because=planned.because))
    return ready, waiting


def _needs_two(planned: Planned, second: Level | None) -> bool:
    if second is None:
        return False
    told = planned.action.found.get(LEVEL, "")
    return told in list(Level) and Level(told).rank >= second.rank


def explained(each: Assessed) -> Iterator[tuple[str, Asked, Point | None]]:
    """Every control that is asked for, why, and how it stands."""
    by_control: dict[str, Point] = {point.control: point for point in reversed(each.points)}
    for name, asked in each.asked.items():
        yield name, asked, by_control.get(name)
