"""Numbers of the catalog over a period, for people and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from assay.app.governing.measuring import Compared, Measured
from assay.cli.learn_pages import drift_numbers
from assay.cli.review_pages import as_precision
from assay.cli.when import shown
from assay.learn import drift as documents
from assay.model import Level
from assay.report.printable import counted, printable, size, wrapped
from assay.review.drift import SHIFTED, STABLE, Drift
from assay.store.activity import Events
from assay.store.eventcounts import Received
from assay.store.metrics import Judged

_SHOWN = 8
_LEVELS = tuple(level.value for level in Level)
_VERDICTS = {
    "stable": f"stable (below {STABLE:g})",
    "moderate": f"moderate (below {SHIFTED:g}): look at what has changed",
    "shifted": f"shifted ({SHIFTED:g} or more): look at what has changed",
}


def metrics_document(measured: Measured) -> dict[str, Any]:
    """The numbers as an object."""
    found, queue = measured.found, measured.queue
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    compared = measured.compared
    return {
        **told,
        "resources": _judged_document(found.resources),
        "columns": _judged_document(found.columns),
        "review": {
            "asked": queue.asked,
            "waiting": queue.waiting,
            "waiting_by_level": _in_order(queue.waiting_by_level),
            "waiting_since": None if queue.since is None else queue.since.isoformat(),
            "answered": measured.answers.number,
            "by_verdict": dict(measured.answers.by_verdict),
            "median_hours": measured.answers.median_hours,
            "p90_hours": measured.answers.p90_hours,
        },
        "precision": [asdict(each) for each in (*measured.precision, measured.together)],
        "drift": None if compared is None else asdict(compared),
        "documents": None
        if measured.documents is None
        else {**asdict(measured.documents), "said": measured.documents.said},
        "events": {**asdict(measured.events), "by_level": _in_order(measured.events.by_level)},
        "received": asdict(measured.received),
    }


def _judged_document(judged: Judged) -> dict[str, Any]:
    return {
        "number": judged.number,
        "by_level": _in_order(judged.by_level),
        "by_band": dict(judged.by_band),
        "by_framework": dict(judged.by_framework.most_common()),
        "by_type": dict(judged.by_type.most_common()),
        "waiting_for_review": judged.waiting_for_review,
        "average_confidence": None if judged.average_confidence is None else round(judged.average_confidence, 4),
        "scores": judged.scores,
    }


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return {level: counts[level] for level in _LEVELS if counts.get(level)}


def metrics_page(measured: Measured, columns: int) -> Iterator[str]:
    """The numbers for people."""
    for line in _lines(measured):
        indent = len(line) - len(line.lstrip())
        yield from wrapped(line, columns, first=" " * indent, indent=" " * (indent + 2)) if line else ("",)
    if measured.together.judged or measured.together.unjudged:
        yield ""
        yield "Precision, as judged by reviewers:"
        yield from (f"  {line}" for line in as_precision(measured.precision, measured.together, columns - 2))


def _lines(measured: Measured) -> Iterator[str]:
    found = measured.found
    since = "ever" if found.since is None else shown(found.since)
    until = "now" if found.until is None else shown(found.until)
    yield f"From {since} until {until} (UTC)"
    told = ", ".join(f"{number:,} {status}" for status, number in found.runs.items()) or "none"
    yield f"Runs: {told}"
    yield (
        f"Resources: {found.resources_seen:,} read or found unchanged, of {found.resources_known:,} known; "
        f"{found.read_completely:,} completely"
    )
    yield f"Read: {size(found.bytes_read)} of {size(found.bytes_total)}; {found.rows_read:,} of {found.rows_total:,} rows"
    for title, judged in (("Resources", found.resources), ("Columns", found.columns)):
        yield ""
        yield from _judged(title, judged)
    yield ""
    yield from _review(measured)
    yield from _drift(measured.compared)
    if measured.documents is not None:
        yield from _documents(measured.documents)
    yield from _events(measured.events)
    yield from _received(measured.received)
    for title, counts in (("Gaps", found.gaps), ("Left out by policy", found.skips)):
        if counts:
            yield ""
            yield f"{title}: {_listed(counts)}"


def _judged(title: str, judged: Judged) -> Iterator[str]:
    yield f"{title}: {judged.number:,}"
    if not judged.number:
        return
    yield f"  by level: {_listed(_in_order(judged.by_level))}"
    if judged.average_confidence is not None:
        bands = {name: judged.by_band[name] for name in ("high", "medium", "low", "candidate") if judged.by_band[name]}
        yield f"  by confidence of what is sensitive: {_listed(bands)}"
        yield f"  average confidence: {judged.average_confidence:.2f}"
    for name, counts in (("framework", judged.by_framework), ("type", judged.by_type)):
        if counts:
            shown_first = dict(counts.most_common(_SHOWN))
            more = len(counts) - len(shown_first)
            yield f"  by {name}: {_listed(shown_first)}{f' and {more} more' if more else ''}"
    yield f"  needing review: {counted(judged.waiting_for_review, title.lower()[:-1])}"


def _review(measured: Measured) -> Iterator[str]:
    queue, answers, found = measured.queue, measured.answers, measured.found
    yield f"Review: {counted(queue.asked, 'question')} asked, {counted(answers.number, 'answer')} given"
    if answers.number:
        yield f"  by verdict: {_listed(answers.by_verdict)}"
        yield (
            f"  from question to answer: median {_hours(answers.median_hours)}, "
            f"nine of ten within {_hours(answers.p90_hours)}"
        )
    at = "now" if found.until is None else "then"
    if queue.waiting:
        yield f"  waiting {at}: {_listed(_in_order(queue.waiting_by_level))}"
    else:
        yield f"  waiting {at}: none"
    if queue.since is not None:
        end = datetime.now(UTC) if found.until is None else datetime.fromisoformat(found.until)
        yield f"  waiting longest: for {_hours((end - queue.since).total_seconds() / 3_600)}"


def _drift(compared: Compared | None) -> Iterator[str]:
    yield ""
    if compared is None:
        yield "Drift: give --since, and its period is compared with the one before"
        return
    yield f"Drift of confidences against the period before, from {shown(compared.since)}:"
    for name, each in (("columns", compared.columns), ("resources", compared.resources)):
        yield f"  {name}: {_drifted(each)}"


def _documents(found: documents.Drift) -> Iterator[str]:
    """Whether documents are others than those that were read last before the period."""
    if found.outcome is None:
        yield f"  documents: cannot be told: {found.before:,} before, {found.now:,} now"
        return
    yield f"  documents: {drift_numbers(found)} of {found.before:,} and {found.now:,}, {found.said}"


def _drifted(each: Drift) -> str:
    if each.index is None:
        return f"cannot be told: {each.before:,} before, {each.after:,} now"
    verdict = _VERDICTS.get(each.verdict, f"no more than chance gives for so few (up to {each.chance:.2f})")
    return f"population stability index {each.index:.3f} of {each.before:,} and {each.after:,}, {verdict}"


def _events(events: Events) -> Iterator[str]:
    yield ""
    yield f"Changes of level: {events.number:,}"
    if not events.number:
        return
    yield f"  by kind: {_listed({name: number for name, number in events.by_type.items() if number})}"
    yield f"  by new level: {_listed(_in_order(events.by_level))}"
    hour, most = max(events.by_hour.items(), key=lambda each: each[1])
    yield f"  busiest hour: {hour.replace('T', ' ')}:00 UTC with {most:,}"
    for name, consumer in events.by_consumer.items():
        yield (
            f"  taken by {printable(name)}: {consumer.done:,} done, {consumer.taken:,} in work, "
            f"{consumer.waiting:,} waiting"
        )
    if not events.by_consumer:
        yield "  taken by nobody: no consumer has asked for them"


def _received(received: Received) -> Iterator[str]:
    """Events that came in; with none there is nothing to tell, as where nothing listens for them."""
    if not received.number:
        return
    yield ""
    yield f"Events that came in: {received.number:,}"
    for title, counts in (
        ("source", received.by_source),
        ("type", received.by_type),
        ("status", received.by_status),
    ):
        yield f"  by {title}: {_listed(counts)}"
    hour, most = max(received.by_hour.items(), key=lambda each: each[1])
    yield f"  busiest hour: {hour.replace('T', ' ')}:00 UTC with {most:,}; all of them: assay worker --statistics"


def _hours(hours: float | None) -> str:
    if hours is None:
        return "–"
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{printable(name)} {number:,}" for name, number in counts.items())
