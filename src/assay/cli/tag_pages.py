"""Plans of changes and what became of them: for people, and as JSON lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.model.action import FOR_PEOPLE, Action, Outcome, Plan, Planned, Receipt, Refusal
from assay.report.people import Paint
from assay.report.printable import counted, printable, shorten, wrapped

_SHOWN = 20
"""Resources whose changes are shown; JSON lines tell all."""
_GOOD = (Outcome.APPLIED, Outcome.UNDONE, Outcome.UNCHANGED)
_WORDS = {
    Outcome.APPLIED: "applied",
    Outcome.UNDONE: "undone",
    Outcome.UNCHANGED: "as wanted already",
    Outcome.REFUSED: "refused",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
    Outcome.UNDO_FAILED: "not undone",
    Outcome.INTENDED: "interrupted",
    Outcome.UNDOING: "interrupted",
}
_GATES = {"apply": "will be applied", "apply_and_watch": "will be applied and watched", "review": "waits for a person"}


def as_plan(plan: Plan, columns: int, paint: Paint, *, approved: bool = False) -> Iterator[str]:
    """Each change of a plan, tag by tag, then what it refuses and what else people should know."""
    for planned in plan.actions[:_SHOWN]:
        yield from _change(planned, columns, paint, approved=approved)
    if len(plan.actions) > _SHOWN:
        left = counted(len(plan.actions) - _SHOWN, "more resource")
        yield paint(f"… and {left}; --format jsonl tells of all", "faint")
    before = bool(plan.actions)
    for title, is_for_people in (("Refused", False), ("By hand", True)):
        refusals = [each for each in plan.refusals if (each.reason in FOR_PEOPLE) is is_for_people]
        if not refusals:
            continue
        yield from ([""] if before else [])
        before = True
        yield paint(title, "strong")
        for refusal in refusals[:_SHOWN]:
            yield from _said(refusal.resource, refusal.reason, refusal.detail, columns)
        if len(refusals) > _SHOWN:
            yield paint(f"… and {len(refusals) - _SHOWN:,} more", "faint")
    planned_for = {planned.action.resource for planned in plan.actions}
    told = [(resource, note) for resource, note in plan.notes.items() if resource not in planned_for]
    if told:
        yield from ([""] if plan.actions or plan.refusals else [])
        yield paint("Left as they are", "strong")
    for resource, note in told[:_SHOWN]:
        yield from _said(resource, "", note, columns)
    if len(told) > _SHOWN:
        yield paint(f"… and {len(told) - _SHOWN:,} more", "faint")


def as_undo(actions: Sequence[Action], columns: int, paint: Paint) -> Iterator[str]:
    """What is taken back, tag by tag."""
    for action in actions[:_SHOWN]:
        yield from _difference(action.inverse, columns, paint)
    if len(actions) > _SHOWN:
        yield paint(f"… and {counted(len(actions) - _SHOWN, 'more resource')}", "faint")


def _change(planned: Planned, columns: int, paint: Paint, *, approved: bool) -> Iterator[str]:
    action = planned.action
    yield from _difference(action, columns, paint)
    if action.note:
        yield from wrapped(printable(action.note), columns, first="  ", indent="  ")
    if not approved:
        yield from wrapped(f"{_GATES[planned.gate]}: {printable(planned.because)}", columns, first="  ", indent="  ")


def _difference(action: Action, columns: int, paint: Paint) -> Iterator[str]:
    yield paint(printable(action.resource), "strong")
    keys = max(len(key) for key in action.after)
    room = max(columns - keys - 8, 20)
    for key, value in action.after.items():
        before, after = _value(action.before.get(key)), _value(value)
        if isinstance(value, list | tuple) and len(before) + len(after) > room:
            yield from _listed(f"  {key:<{keys}}  {paint(before, 'faint')} →", value, columns)
            continue
        if len(before) + len(after) > room:
            before = shorten(before, max(room // 2, 8))
            after = shorten(after, max(room - len(before), 8))
        yield f"  {key:<{keys}}  {paint(before, 'faint')} → {after}"


def _listed(begin: str, values: Sequence[Any], columns: int) -> Iterator[str]:
    """A list that has no room beside what was there before, below it and whole."""
    yield begin
    yield from wrapped(_value(values), columns, first="    ", indent="    ")


def _value(value: Any) -> str:
    if value is None:
        return "–"
    told = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return printable(told) or "''"


def _said(resource: str, reason: str, detail: str, columns: int) -> Iterator[str]:
    yield f"{printable(resource)}"
    told = f"{reason}: {detail}" if reason and detail else reason or detail
    yield from wrapped(printable(told), columns, first="  ", indent="  ")


def as_receipts(
    receipts: Sequence[Receipt], actions: Mapping[str, Action], columns: int, paint: Paint
) -> Iterator[str]:
    """What did not go as planned, each with why."""
    bad = [receipt for receipt in receipts if receipt.outcome not in _GOOD]
    for receipt in bad[:_SHOWN]:
        resource = actions[receipt.action].resource if receipt.action in actions else receipt.action
        word = paint(_WORDS[receipt.outcome], "strong")
        yield f"{word}: {printable(resource)}"
        yield from wrapped(
            printable(": ".join(part for part in (receipt.reason, receipt.detail) if part)),
            columns,
            first="  ",
            indent="  ",
        )
    if len(bad) > _SHOWN:
        yield paint(f"… and {len(bad) - _SHOWN:,} more; --format jsonl tells of all", "faint")


def tally(receipts: Sequence[Receipt]) -> str:
    """`12 applied, 1 refused`."""
    counts = Counter(_WORDS[receipt.outcome] for receipt in receipts)
    return ", ".join(f"{count:,} {word}" for word, count in counts.items())


def in_words(outcomes: Mapping[str, int]) -> str:
    """The same of counts that were stored."""
    counts: Counter[str] = Counter()
    for name, count in outcomes.items():
        counts[_WORDS[Outcome(name)]] += count
    return ", ".join(f"{count:,} {word}" for word, count in counts.items())


def action_line(plan: str, planned: Planned) -> dict[str, Any]:
    """One change as it is planned."""
    action = planned.action
    return {
        "kind": "action",
        "plan": plan,
        "action": action.id,
        "resource": action.resource,
        "control": action.control,
        "before": dict(action.before),
        "after": dict(action.after),
        "gate": str(planned.gate),
        "because": planned.because,
        "calls": sorted(action.calls),
        "reversible": action.reversible,
        "note": action.note,
    }


def refusal_line(plan: str, refusal: Refusal) -> dict[str, Any]:
    """What a plan does not do."""
    return {
        "kind": "refusal",
        "plan": plan,
        "resource": refusal.resource,
        "control": refusal.control,
        "reason": refusal.reason,
        "detail": refusal.detail,
    }


def note_line(plan: str, resource: str, note: str) -> dict[str, Any]:
    """What people should know of a resource."""
    return {"kind": "note", "plan": plan, "resource": resource, "note": note}


def receipt_line(receipt: Receipt, resource: str) -> dict[str, Any]:
    """What became of an action."""
    return {
        "kind": "receipt",
        "plan": receipt.plan,
        "action": receipt.action,
        "resource": resource,
        "outcome": str(receipt.outcome),
        "before": None if receipt.before is None else dict(receipt.before),
        "after": None if receipt.after is None else dict(receipt.after),
        "reason": receipt.reason,
        "detail": receipt.detail,
        "watched": receipt.watched,
        "at": receipt.at.isoformat(),
        "by": receipt.by,
    }


def plan_line(plan_id: str, plan: Plan, *, applied: bool, outcomes: Mapping[str, int]) -> dict[str, Any]:
    """The plan as a whole, last."""
    return {
        "kind": "plan",
        "plan": plan_id,
        "digest": plan.digest,
        "targets": list(plan.targets),
        "looked_at": plan.looked_at,
        "actions": len(plan.actions),
        "refusals": len(plan.refusals),
        "applied": applied,
        "outcomes": dict(outcomes),
    }
