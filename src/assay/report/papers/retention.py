"""Retention: what is kept beyond its term, as far as it is known how old it is."""

from __future__ import annotations

from datetime import datetime

from assay.report.papers.facts import Facts, Held
from assay.report.papers.paper import Cell, Grid, Number, Paper, Part
from assay.report.printable import counted

COLUMNS = (
    "resource",
    "level",
    "term in days",
    "at least so old, in days",
    "known from",
    "beyond by days",
    "verdict",
    "owner",
)
BEYOND, WITHIN, NO_TERM = "beyond its term", "within, as far as is known", "no term"
_ORDER = (BEYOND, WITHIN, NO_TERM)


def retention(facts: Facts) -> Paper:
    """The paper."""
    rows = [_row(facts, each) for each in facts.held]
    bytes_beyond = sum(each.bytes_total for each, row in zip(facts.held, rows, strict=True) if row[6] == BEYOND)
    rows.sort(key=lambda row: (_ORDER.index(str(row[6])), -int(row[5] or 0), -int(row[3] or 0), str(row[0])))
    beyond = sum(row[6] == BEYOND for row in rows)
    terms = ", ".join(
        f"{level.value} {'no end' if days is None else f'{days:,} days'}" for level, days in facts.terms.items()
    )
    return Paper(
        name="retention",
        title="Retention",
        about=facts.about,
        made_at=facts.made_at,
        numbers=(
            Number(title="Beyond their term", number=f"{beyond:,}", of=f"of {counted(len(rows), 'resource')}", is_bad=bool(beyond)),
            Number(title="Bytes beyond it", number=f"{bytes_beyond:,}", of="that nobody may need any more"),
        ),
        parts=(
            Part(
                title="What is kept, and how long",
                said=(f"Terms: {terms}.",),
                grid=Grid(name="retention", columns=COLUMNS, rows=tuple(rows)) if rows else None,
                is_bad=bool(beyond),
            ),
        ),
        limits=(
            "An age is the least that is known: since it was last written, else since assay saw it first. It may be older.",
            "A legal basis of your own counts more than a term by level; --term LEVEL=DAYS says it. Nothing is deleted here.",
        ),
    )  # fmt: skip


def _row(facts: Facts, each: Held) -> tuple[Cell, ...]:
    since, known_from = _since(each)
    age = max(0, (facts.made_at - since).days)
    term = facts.terms.get(each.level)
    verdict = NO_TERM if term is None else BEYOND if age > term else WITHIN
    over = age - term if term is not None and age > term else None
    return (each.uri, each.level, term, age, known_from, over, verdict, each.owner)


def _since(each: Held) -> tuple[datetime, str]:
    if each.written_at is not None and each.written_at <= each.first_seen_at:
        return each.written_at, "last written"
    if each.written_at is not None:
        return each.written_at, "last written, after it was seen first"
    return each.first_seen_at, "first seen"
