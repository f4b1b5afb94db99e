"""Plans of protection and what became of them: for people, and as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from assay.app.protection.protectapply import Checked
from assay.aws.permissions import grant_of
from assay.model.action import Action, Gate, Plan, Planned, Receipt, Refusal
from assay.model.protection import ResourceState
from assay.protect.protection import LEVEL, Assessed, Waiting, explained, in_the_way, left_to_people
from assay.report.people import Paint
from assay.report.planpage.money import costs
from assay.report.printable import printable, wrapped

_SHOWN = 20
_LONGEST = 160
_GATES = {
    Gate.APPLY: "applied without a person",
    Gate.APPLY_AND_WATCH: "applied without a person, and watched",
    Gate.REVIEW: "waits for a person",
}
_SEVERAL = frozenset(
    {
        "alarms", "data_events", "evidence", "rds_migration", "rds_cluster_migration", "ebs_migration", "kms_statements",
        "s3_statements",
    }
)  # fmt: skip
_WORDS = {"none": "nothing", "True": "on", "False": "off"}


def as_plan(plan: Plan, columns: int, paint: Paint) -> Iterator[str]:
    """Resource by resource: its level, each change with what it breaks, what is refused, what is left to people."""
    resources = list(dict.fromkeys([*(each.action.resource for each in plan.actions), *plan.notes, *_refused(plan)]))
    for resource in resources[:_SHOWN]:
        yield from _resource(plan, resource, columns, paint)
    if len(resources) > _SHOWN:
        yield paint(f"… and {len(resources) - _SHOWN:,} more resources; --format jsonl tells of all", "faint")


def _refused(plan: Plan) -> list[str]:
    return [refusal.resource for refusal in plan.refusals]


def _resource(plan: Plan, resource: str, columns: int, paint: Paint) -> Iterator[str]:
    yield paint(printable(resource), "strong")
    if resource in plan.notes:
        yield from wrapped(printable(plan.notes[resource]), columns, first="  ", indent="  ")
    made = [planned for planned in plan.actions if planned.action.resource == resource]
    for planned in made:
        yield from _change(planned, columns, paint)
    for title, refusals in (("refused", in_the_way(plan)), ("by hand", left_to_people(plan))):
        for refusal in refusals:
            if refusal.resource == resource:
                why = "" if title == "by hand" else f" ({refusal.reason})"
                # By hand, or left alone.
                head = refusal.reason if title == "by hand" else title
                told = f"{head}: {refusal.control}{why}: {refusal.detail}"
                yield from _steps(told, columns, "  ! " if title == "refused" else "  · ")
    if not made and resource in plan.notes and resource not in _refused(plan):
        yield "  all is as wanted"
    yield ""


def _steps(told: str, columns: int, first: str) -> Iterator[str]:
    """A sentence, and what has to be done step by step below it."""
    head, *steps = told.split("\n")
    yield from wrapped(printable(head), columns, first=first, indent="    ", whole=True)
    for step in steps:
        yield from wrapped(printable(step), columns, first="      ", indent="         ", whole=True)


def called(action: Action) -> str:
    """An action in a line: of what is several of one resource, such as alarms and steps, with which of them it is."""
    named = f"{action.resource} {action.control}"
    return f"{named} ({next(iter(action.after))})" if action.control in _SEVERAL and action.after else named


def _change(planned: Planned, columns: int, paint: Paint) -> Iterator[str]:
    action = planned.action
    ids = f"  {', '.join(action.control_ids)}" if action.control_ids else ""
    yield f"  {paint('~' if action.reversible else '+', 'strong')} {action.control}{paint(ids, 'faint')}"
    for name, value in action.after.items():
        told = f"{printable(name)}: {_value(action.before.get(name))} → {_value(value)}"
        yield from wrapped(told, columns, first="      ", indent="        ")
    if action.note:
        yield from wrapped(printable(action.note), columns, first="      ", indent="      ")
    if action.breaks:
        yield from wrapped(f"may break: {printable(action.breaks)}", columns, first="      ", indent="      ")
    if action.cost:
        yield from wrapped(f"costs: {printable(costs(action.cost))}", columns, first="      ", indent="      ")
    if not action.reversible:
        yield "      cannot be taken back"
    yield from wrapped(
        f"{_GATES[planned.gate]}: {printable(planned.because)}", columns, first="      ", indent="      "
    )


def _value(value: Any) -> str:
    if value is None:
        return "–"
    text = orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
    text = _WORDS.get(text, text)
    return printable(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def plan_lines(plan_id: str, plan: Plan) -> Iterator[dict[str, Any]]:
    """Each change, each refusal, each resource's level, and last the plan as a whole."""
    for planned in plan.actions:
        yield action_line(plan_id, planned)
    for refusal in plan.refusals:
        yield refusal_line(plan_id, refusal)
    for resource, note in plan.notes.items():
        yield {"kind": "note", "plan": plan_id, "resource": resource, "note": note}
    yield {
        "kind": "plan",
        "plan": plan_id,
        "digest": plan.digest,
        "targets": list(plan.targets),
        "looked_at": plan.looked_at,
        "actions": len(plan.actions),
        "refusals": len(in_the_way(plan)),
        "by_hand": len(left_to_people(plan)),
    }


def action_line(plan_id: str, planned: Planned) -> dict[str, Any]:
    """One change, with the calls that make it and the permissions that they need."""
    action = planned.action
    return {
        "kind": "action",
        "plan": plan_id,
        "action": action.id,
        "resource": action.resource,
        "control": action.control,
        "level": action.found.get(LEVEL),
        "before": dict(action.before),
        "after": dict(action.after),
        "calls": sorted(action.calls),
        "permissions": sorted({name for call in action.calls for name in grant_of(call).actions}),
        "reversible": action.reversible,
        "breaks": action.breaks,
        "control_ids": list(action.control_ids),
        "gate": str(planned.gate),
        "because": planned.because,
        "note": action.note,
        "cost": dict(action.cost) or None,
    }


def refusal_line(plan_id: str, refusal: Refusal) -> dict[str, Any]:
    """What a plan does not change."""
    return {
        "kind": "refusal",
        "plan": plan_id,
        "resource": refusal.resource,
        "control": refusal.control,
        "reason": refusal.reason,
        "detail": refusal.detail,
    }


def as_waiting(waiting: Sequence[Waiting], columns: int, paint: Paint) -> Iterator[str]:
    """What of a plan is not made now, and why."""
    for each in waiting[:_SHOWN]:
        told = f"{called(each.planned.action)}: {each.because}"
        yield from wrapped(printable(told), columns, first=f"{paint('waits', 'strong')}: ", indent="  ")
    if len(waiting) > _SHOWN:
        yield paint(f"… and {len(waiting) - _SHOWN:,} more wait", "faint")


def as_receipts(
    receipts: Sequence[Receipt], actions: Mapping[str, Action], columns: int, paint: Paint
) -> Iterator[str]:
    """What became of each action, those that went well a line each, the others with why."""
    for receipt in receipts:
        action = actions[receipt.action]
        why = ": ".join(part for part in (receipt.reason, receipt.detail) if part)
        told = called(action) + (f": {why}" if why else "")
        yield from wrapped(printable(told), columns, first=f"{paint(str(receipt.outcome), 'strong')}: ", indent="  ")


def receipt_line(receipt: Receipt, action: Action) -> dict[str, Any]:
    """The same as a JSON line."""
    return {
        "kind": "receipt",
        "plan": receipt.plan,
        "action": receipt.action,
        "resource": action.resource,
        "control": action.control,
        "outcome": str(receipt.outcome),
        "before": None if receipt.before is None else dict(receipt.before),
        "after": None if receipt.after is None else dict(receipt.after),
        "reason": receipt.reason,
        "detail": receipt.detail,
        "at": receipt.at.isoformat(),
        "by": receipt.by,
    }


def as_checked(checked: Sequence[Checked], columns: int, paint: Paint) -> Iterator[str]:
    """How what was made stands, a line each."""
    for each in checked:
        told = called(each.action) + (f": {each.detail}" if each.detail else "")
        yield from wrapped(printable(told), columns, first=f"{paint(str(each.check), 'strong')}: ", indent="  ")


def check_line(each: Checked) -> dict[str, Any]:
    """The same as a JSON line."""
    return {
        "kind": "check",
        "plan": each.plan,
        "action": each.action.id,
        "resource": each.action.resource,
        "control": each.action.control,
        "check": str(each.check),
        "wanted": dict(each.action.after),
        "now": None if each.now is None else dict(each.now),
        "detail": each.detail,
    }


def as_state(state: ResourceState, columns: int, paint: Paint) -> Iterator[str]:
    """Every setting of a resource."""
    yield f"{paint(printable(state.resource), 'strong')}  {state.region}"
    for name, setting in state.settings.items():
        told = _value(setting.value) if setting.is_known else f"unknown: {setting.detail or setting.reason}"
        yield from wrapped(f"{name}: {printable(told)}", columns, first="  ", indent="    ")
    yield ""


def state_line(state: ResourceState) -> dict[str, Any]:
    """The same as a JSON line: settings that are known, and why others are not."""
    return {
        "kind": "state",
        "resource": state.resource,
        "type": str(state.type),
        "account": state.account,
        "region": state.region,
        "settings": {name: each.value for name, each in state.settings.items() if each.is_known},
        "unknown": {
            name: {"reason": each.reason, "detail": each.detail}
            for name, each in state.settings.items()
            if not each.is_known
        },
    }


def as_explained(each: Assessed, columns: int, paint: Paint) -> Iterator[str]:
    """Every control that is asked of a resource: by which entry, instead of what, and how it stands."""
    level = "no level is known" if each.effective.level is None else str(each.effective.level)
    yield f"{paint(printable(each.subject.resource), 'strong')}  {level}"
    yield from wrapped(printable(each.effective.because), columns, first="  ", indent="  ")
    for name, asked, point in explained(each):
        yield f"  {paint(name, 'strong')}: {_value(asked.value)}"
        yield from wrapped(printable(f"'{asked.entry.name}' ({asked.entry.place}) asks for it"), columns, first="    ")
        for value, entry in reversed(asked.instead_of):
            if value != asked.value:
                told = f"instead of {_value(value)} of '{entry.name}' ({entry.place})"
                yield from wrapped(printable(told), columns, first="    ", indent="    ")
        if point is not None:
            yield from _steps(f"{point.verdict}: {point.detail}", columns, "    ")


def explained_lines(each: Assessed) -> Iterator[dict[str, Any]]:
    """The same as JSON lines."""
    for name, asked, point in explained(each):
        yield {
            "kind": "control",
            "resource": each.subject.resource,
            "level": each.subject.level_name,
            "level_because": each.effective.because,
            "control": name,
            "value": asked.value,
            "policy": asked.entry.name,
            "place": asked.entry.place,
            "instead_of": [
                {"value": value, "policy": entry.name, "place": entry.place} for value, entry in asked.instead_of
            ],
            "verdict": None if point is None else str(point.verdict),
            "detail": "" if point is None else point.detail,
        }
