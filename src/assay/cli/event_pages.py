"""Numbers of the events that came in, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.cli.when import shown
from assay.report.printable import counted, printable
from assay.store.eventcounts import Received
from assay.store.tasks import Told

_WIDEST = 40
_MOST = 20
_TITLES = {
    "rescan": "To be scanned as a whole (assay worker --rescans)",
    "tags": "Buckets and tables to be tagged again",
    "protect": "Protection to be looked at (assay worker --protect, or assay protect watch)",
}


def events_page(
    received: Received, waiting: Sequence[Told], numbers: Mapping[str, Mapping[str, int]], since: str
) -> Iterator[str]:
    """The page. `waiting` are tasks that are not done, `numbers` of all by kind and status."""
    again = f", told of again {counted(received.repeated, 'time')}" if received.repeated else ""
    yield f"Events since {shown(since)} (UTC): {received.number:,}{again}"
    for title, counts in (
        ("by source", received.by_source),
        ("by type", received.by_type),
        ("by status", received.by_status),
        ("by decision", received.by_gate),
    ):
        if counts:
            yield f"  {title}: {_listed(counts)}"
    if received.by_hour:
        yield ""
        yield "By hour:"
        most = max(received.by_hour.values())
        for hour, number in received.by_hour.items():
            yield f"  {hour.replace('T', ' ')}:00  {number:>9,}  {'█' * max(1, round(_WIDEST * number / most))}"
    if received.reasons:
        yield ""
        yield "Left out, refused, given up or tried again, because:"
        for reason, number in received.reasons.items():
            yield f"  {number:>9,}  {printable(reason)}"
    for kind, title in _TITLES.items():
        yield from _tasks(title, numbers.get(kind, {}), [each for each in waiting if each.kind == kind])


def _tasks(title: str, numbers: Mapping[str, int], waiting: Sequence[Told]) -> Iterator[str]:
    if not numbers:
        return
    yield ""
    yield f"{title}: {_listed(numbers)}"
    for each in waiting[:_MOST]:
        tried = f"tried {counted(each.attempts, 'time')}: " if each.attempts and each.status == "waiting" else ""
        failed = f"; {tried}{printable(each.reason)}" if each.reason else ""
        status = {"dead": "given up: ", "working": "at work: "}.get(each.status, "")
        yield f"  {status}{printable(each.resource)}: {printable(each.because)}{failed}"
    if len(waiting) > _MOST:
        yield f"  and {len(waiting) - _MOST:,} more"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{printable(name).replace('_', ' ')} {number:,}" for name, number in counts.items())
