"""Numbers of the events that came in, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.cli.when import shown
from assay.report.printable import counted, printable
from assay.store.eventcounts import Received

_WIDEST = 40
_RESCANS = 20


def events_page(received: Received, rescans: Sequence[tuple[str, str, str]], since: str) -> Iterator[str]:
    """The page."""
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
    if rescans:
        yield ""
        yield f"To be scanned as a whole: {counted(len(rescans), 'resource')}"
        for resource, because, _ in rescans[:_RESCANS]:
            yield f"  {printable(resource)}: {printable(because)}"
        if len(rescans) > _RESCANS:
            yield f"  and {len(rescans) - _RESCANS:,} more"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{printable(name).replace('_', ' ')} {number:,}" for name, number in counts.items())
