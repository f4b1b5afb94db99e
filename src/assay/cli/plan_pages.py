"""Stored plans for people, and as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from assay.cli import tag_pages
from assay.cli.grid import grid
from assay.model.action import Plan, Receipt
from assay.report.people import Paint
from assay.report.plainly.plans import plan_in_words
from assay.report.printable import counted, printable, wrapped
from assay.store.plans import Approval, Listed

_ID = 8
_ENTRIES = 40


def as_list(found: Sequence[Listed], columns: int) -> Iterator[str]:
    """The newest plans, a line each."""
    if not found:
        yield "No plans yet; 'assay aws tag s3://bucket' makes one."
        return
    rows = [
        (
            each.id[:_ID],
            f"{each.made_at:%Y-%m-%d %H:%M}",
            each.actions,
            each.refusals,
            each.by_hand,
            tag_pages.in_words(each.outcomes) or "not applied",
            ", ".join(each.targets),
        )
        for each in found
    ]
    heads = ("plan", "made (UTC)", "changes", "refused", "by hand", "became", "targets")
    yield from grid(heads, rows, columns, cut=(6,))


def listed_lines(found: Sequence[Listed]) -> Iterator[str]:
    """The same, as JSON lines."""
    for each in found:
        yield _json({"kind": "plan", "plan": each.id, **{n: v for n, v in each._asdict().items() if n != "id"}})


def as_whole(
    plan_id: str, plan: Plan, agreed: Sequence[Approval], entries: Sequence[Receipt], columns: int, paint: Paint
) -> Iterator[str]:
    """One plan: its changes, who approved it, and its journal."""
    yield f"{paint(f'Plan {plan_id[:_ID]}', 'strong')}  {plan.command} {printable(' '.join(plan.targets))}"
    yield f"made {plan.made_at:%Y-%m-%d %H:%M:%S} UTC by {printable(plan.made_by)}, {counted(plan.looked_at, 'resource')} looked at"
    for each in agreed:
        reason = f": {printable(each.reason)}" if each.reason else ""
        yield f"approved {each.at:%Y-%m-%d %H:%M:%S} UTC by {printable(each.by)}{reason}"
    yield ""
    yield from plainly(plan_in_words(plan), columns, paint)
    yield ""
    yield from tag_pages.as_plan(plan, columns, paint)
    resources = {planned.action.id: planned.action.resource for planned in plan.actions}
    yield from ("", paint("Journal", "strong"))
    if not entries:
        yield "Nothing of it was applied."
        return
    rows = [
        (
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            str(each.outcome),
            resources.get(each.action, each.action),
            ": ".join(part for part in (each.reason, each.detail) if part) or None,
        )
        for each in entries[-_ENTRIES:]
    ]
    if len(entries) > _ENTRIES:
        yield paint(f"… {len(entries) - _ENTRIES:,} entries before; --format jsonl tells of all", "faint")
    yield from grid(("at (UTC)", "step", "resource", "why"), rows, columns, cut=(2, 3))


def plainly(told: Sequence[str], columns: int, paint: Paint, *, indent: str = "") -> Iterator[str]:
    """Sentences in plain words, each a paragraph."""
    yield f"{indent}{paint('In plain words', 'strong')}"
    for each in told:
        yield from wrapped(printable(each), columns, first=f"{indent}  ", indent=f"{indent}    ")


def whole_lines(plan_id: str, plan: Plan, entries: Sequence[Receipt]) -> Iterator[str]:
    """One plan as JSON lines."""
    resources = {planned.action.id: planned.action.resource for planned in plan.actions}
    for planned in plan.actions:
        yield _json(tag_pages.action_line(plan_id, planned))
    for refusal in plan.refusals:
        yield _json(tag_pages.refusal_line(plan_id, refusal))
    for resource, note in plan.notes.items():
        yield _json(tag_pages.note_line(plan_id, resource, note))
    for entry in entries:
        yield _json(tag_pages.receipt_line(entry, resources.get(entry.action, "")))


def _json(document: dict[str, Any]) -> str:
    return orjson.dumps(document).decode()
