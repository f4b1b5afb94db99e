"""Explanations for people, at most so many columns wide, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from assay.model import Classification, Finding, Gap, Identifier, Measure, Skip, TableRecord, band
from assay.report.people import Paint
from assay.report.printable import counted, pad, printable, shorten, width, wrapped
from assay.report.spelling import Named, spelled, within
from assay.review import reading
from assay.review.explain import asked_of

if TYPE_CHECKING:
    from assay.app.scan.explaining import Gathered
    from assay.review.explain import Explanation

_NAME_CELLS = 9
_SIZES = 10
_BECAUSE = {
    "view": "; what a view shows is in the tables that it reads (of servers, 'views=1' in the URL has it read, too)",
    "foreign table": "; its rows are kept by another server: scan that one",
    "excluded": "; an exclusion names it",
}


def column_page(told: Explanation, columns: int, paint: Paint) -> Iterator[str]:
    """Why one column is called what it is, and why not something else."""
    yield paint(spelled(Named(told.resource, told.table, told.column)), "strong")
    yield from _wrapped(told.verdict, columns, told.level, paint)
    yield ""
    yield "method     score  weight   adds"
    for method in told.methods:
        score = "-" if method.score is None else f"{method.score:.2f}"
        weight = "-" if method.weight is None else f"{method.weight:.0%}"
        adds = "-" if method.adds is None else f"{method.adds:.2f}"
        head = f"{pad(method.method, _NAME_CELLS)}  {score:>5}  {weight:>6}  {adds:>5}  "
        yield from wrapped(method.says, columns, first=head, indent=" " * width(head))
    boost = f", of it {told.boost:.2f} by bundles" if told.boost else ""
    yield f"composite  {told.composite:.2f}{boost}"
    yield ""
    for threshold, value, reached in told.thresholds:
        yield f"{threshold:<14}  {value:.2f}  {'reached' if reached else 'not reached'}"
    for title, lines in (
        ("why", told.evidence),
        ("why not", told.why_not),
        ("decided by people", told.overrides),
        ("asked of people", () if told.question is None else (told.question,)),
    ):
        if lines:
            yield ""
            yield title
            for line in lines:
                yield from wrapped(printable(line), columns, first="  - ", indent="    ")


def resource_page(
    gathered: Gathered,
    told: Sequence[Explanation],
    hidden: Sequence[str],
    columns: int,
    paint: Paint,
    identifiers: Mapping[str, Identifier],
) -> Iterator[str]:
    """Why one resource has its level: what was found, with the evidence of a few, its columns, and what was not read."""
    asked = "" if gathered.asked is None else f":{printable(gathered.asked)}"
    yield paint(spelled(gathered.named or Named(gathered.resource)) + asked, "strong")
    known = gathered.classification
    if gathered.asked is not None:
        yield "not classified: it was not read"
    elif gathered.named is not None:
        for table in gathered.tables:
            told_of = f"{table.level}, {counted(len(table.sensitive_columns), 'sensitive column')} of {len(told):,}"
            yield from _wrapped(told_of, columns, table.level, paint)
    elif known is None:
        yield "not classified: nothing is known of it as a whole"
    else:
        yield from _wrapped(f"{known.level}, confidence {known.confidence:.2f}", columns, known.level, paint)
        yield from wrapped(printable(known.because), columns, indent="  ")
        yield from _learned_level(known, columns)
    if gathered.findings:
        yield ""
        yield "found"
        for finding in sorted(gathered.findings, key=lambda each: (-each.level.rank, each.identifier)):
            yield from _finding(finding, gathered.counts[finding.identifier], columns, paint, identifiers)
    if told:
        yield ""
        yield "columns"
        for each in told:
            mark = "+" if each.detected_type is not None else "-"
            first = each.why_not[0] if each.detected_type is None and each.why_not else each.verdict
            reason = each.evidence[0] if each.evidence else first
            name = within(Named(each.resource, each.table, each.column))
            text = f"{printable(name)}: {each.verdict}; {printable(reason)}"
            yield from wrapped(text, columns, first=f"  {mark} ", indent="      ")
    counted_tables = [table for table in gathered.tables if table.k_anonymity is not None]
    if counted_tables:
        yield ""
        yield "quasi-identifiers"
        for table in counted_tables:
            yield from _k_anonymity(table, columns)
    yield from _why_not(gathered, columns)
    questions = [item for item in gathered.items.values() if item.question.subject.column is None]
    if questions:
        yield ""
        yield "asked of people"
        for item in questions:
            of = item.question.subject.identifier or item.question.subject.table
            text = f"{f'{printable(of)}: ' if of else ''}{printable(asked_of(item))}"
            yield from wrapped(text, columns, first="  - ", indent="    ")
    if hidden:
        yield ""
        yield "decided by people"
        for line in hidden:
            yield from wrapped(printable(line), columns, first="  - ", indent="    ")


def _learned_level(known: Classification, columns: int) -> Iterator[str]:
    """What the learned model takes it for, and what each feature adds to that."""
    told = known.learned_level
    if told is None:
        return
    yield ""
    yield "learned"
    follows = (
        ("a person is asked" if known.needs_review else "people have decided")
        if known.is_suspected
        else "it says the same"
        if told.level is known.level
        else "no level is lowered by that"
    )
    yield from wrapped(printable(f"{told.said} {follows}"), columns, indent="  ")
    for feature, adds in told.why:
        yield from wrapped(printable(feature), columns, first=f"    {adds:+z.2f}  ", indent=" " * 11)


def _finding(
    finding: Finding, count: int, columns: int, paint: Paint, identifiers: Mapping[str, Identifier]
) -> Iterator[str]:
    at = finding.location
    place = f" line {at.line}" if at.line is not None else ""
    place += f" in '{printable(at.field)}'" if at.field is not None else ""
    head = f"  {paint(finding.identifier, finding.level)} {finding.confidence:.2f} ({band(finding.confidence)})"
    yield shorten(f"{head}, one of {count:,}:{place} {printable(finding.redacted)}", columns)
    for evidence in finding.evidence:
        text = f"{evidence.signal}: {printable(evidence.detail)}"
        yield from wrapped(text, columns, first=f"    {evidence.weight:+z.2f}  ", indent=" " * 11)
    for line in reading.lines(finding, identifiers):
        yield from wrapped(printable(line), columns, first="    ", indent=" " * 11)


def _k_anonymity(table: TableRecord, columns: int) -> Iterator[str]:
    found = table.k_anonymity
    if found is None:
        return
    said = f"{printable(table.table_name)}: {printable(found.because)}"
    if found.smallest_classes:
        some = ", ".join(f"{size:,}" for size in found.smallest_classes[:_SIZES])
        among = "" if found.measure is Measure.EXACT else " among the rows drawn"
        more = ", …" if (found.classes or 0) > _SIZES else ""
        said += f"; rows in the smallest of {counted(found.classes or 0, 'class', 'classes')}{among}: {some}{more}"
    yield from wrapped(said, columns, first="  - ", indent="    ")


def _why_not(gathered: Gathered, columns: int) -> Iterator[str]:
    lines = [
        f"{item.reason}{f': {printable(item.detail)}' if item.detail else ''}{_BECAUSE.get(item.reason, '')}"
        for item in gathered.omitted
        if isinstance(item, Gap | Skip)
    ]
    if gathered.test_values:
        lines.append(f"{counted(gathered.test_values, 'documentation or test value')} do not count")
    known = gathered.classification
    if known is not None and not known.identifiers:
        lines.append("no identifier that is run was found with enough confidence")
    if known is not None and known.coverage.missed_upper_bound is not None:
        lines.append(f"it was sampled: up to {known.coverage.missed_upper_bound:.1%} of it may hold something")
    for finding in gathered.candidates:
        at = "" if finding.location.line is None else f" at line {finding.location.line}"
        doubts = "; ".join(printable(each.detail) for each in finding.evidence if each.weight < 0)
        doubt = f": {doubts}" if doubts else ""
        lines.append(
            f"{finding.identifier} {printable(finding.redacted)}{at} has {finding.confidence:.2f}, "
            f"below {gathered.least:.2f}{doubt}"
        )
    if lines:
        yield ""
        yield "why not more"
        for line in lines:
            yield from wrapped(line, columns, first="  - ", indent="    ")


def _wrapped(text: str, columns: int, style: str, paint: Paint) -> Iterator[str]:
    for line in wrapped(printable(text), columns):
        yield paint(line, style)


def column_document(told: Explanation) -> dict[str, Any]:
    """An explanation as data."""
    document = asdict(told)
    document["thresholds"] = {name: {"value": value, "reached": reached} for name, value, reached in told.thresholds}
    return {"kind": "explanation", **document}


def resource_document(
    gathered: Gathered, told: Sequence[Explanation], hidden: Sequence[str], identifiers: Mapping[str, Identifier]
) -> dict[str, Any]:
    """All that is known of a resource as data."""
    known = gathered.classification
    return {
        "kind": "explanation",
        "resource": printable(gathered.resource),
        **({} if gathered.asked is None else {"asked": printable(gathered.asked)}),
        "from": gathered.source,
        "level": None if known is None else str(known.level),
        "confidence": None if known is None else known.confidence,
        "because": None if known is None else known.because,
        **({} if known is None or known.learned_level is None else {"learned_level": asdict(known.learned_level)}),
        "identifiers": dict(gathered.counts),
        "findings": [_finding_document(finding, identifiers) for finding in gathered.findings],
        "candidates": [_finding_document(finding, identifiers) for finding in gathered.candidates],
        "columns": [column_document(each) for each in told],
        "k_anonymity": [
            {"table": printable(table.table_name), **asdict(table.k_anonymity)}
            for table in gathered.tables
            if table.k_anonymity is not None
        ],
        "not_read": [{"reason": item.reason, "detail": item.detail} for item in gathered.omitted],
        "test_values": gathered.test_values,
        "questions": [asked_of(item) for item in gathered.items.values()],
        "overrides": list(hidden),
    }


def _finding_document(finding: Finding, identifiers: Mapping[str, Identifier]) -> dict[str, Any]:
    return {
        "identifier": finding.identifier,
        "level": str(finding.level),
        "confidence": round(finding.confidence, 4),
        "redacted": finding.redacted,
        "line": finding.location.line,
        "field": finding.location.field,
        "evidence": [each._asdict() for each in finding.evidence],
        **reading.document(finding, identifiers),
    }
