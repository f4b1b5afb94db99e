"""Descriptions of resources for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assay.enrich.rules import sentence
from assay.model.enrichment import Enrichment
from assay.report.people import Paint
from assay.report.printable import counted, printable, wrapped
from assay.report.spelling import Named, spelled

_MOST_COLUMNS = 12


def page(told: Enrichment, columns: int, paint: Paint) -> Iterator[str]:
    """One description."""
    said = told.description
    yield paint(spelled(Named(told.resource)), "strong")
    yield from wrapped(f"{said.document_type.value.replace('_', ' ')}: {printable(said.summary)}", columns, indent="  ")
    for title, text in (
        ("context", said.business_context),
        ("terms", ", ".join(said.business_terms)),
        ("about", ", ".join(each.value for each in said.data_subjects)),
        ("kept for", _retention(said.retention_years, said.retention_because)),
        ("law of", ", ".join(said.jurisdictions)),
        ("place", said.residency),
        ("tags", ", ".join(f"{name}={value}" for name, value in said.tags.items())),
    ):
        if text:
            yield from wrapped(printable(text), columns, first=f"  {title:<9} ", indent=" " * 12)
    for each in said.refined:
        yield from wrapped(printable(each.title), columns, first=f"  {each.identifier} is ", indent=" " * 12)
    for described in said.described[:_MOST_COLUMNS]:
        name = ".".join(part for part in (described.table, described.column) if part)
        yield from wrapped(printable(described.text), columns, first=f"  {printable(name)}: ", indent=" " * 12)
    if len(said.described) > _MOST_COLUMNS:
        yield f"  and {counted(len(said.described) - _MOST_COLUMNS, 'more column')}"
    for advice in said.advice:
        yield from wrapped(sentence(advice), columns, first="  → ", indent="    ")
    for missed in said.suspected:
        where = f" in {missed.where}" if missed.where else ""
        text = f"may have been missed{where}, asked of people: {missed.why}"
        yield from wrapped(printable(text), columns, first=f"  ? {missed.identifier} ", indent="    ")
    yield from wrapped(_source(told), columns, first="  ", indent="    ")


def _retention(years: int | None, because: str) -> str:
    return f"{counted(years, 'year')}. {because}" if years is not None else because


def _source(told: Enrichment) -> str:
    if told.source == "rules":
        why = f"; {told.provider} was not heard: {', '.join(told.problems)}" if told.problems else ""
        return f"by rules, confidence {told.description.confidence:.2f}{printable(why)}"
    took = "answered before" if told.source == "cache" else f"{told.used.seconds:.1f} s"
    took += f", {told.used.tokens_in:,} + {told.used.tokens_out:,} tokens"
    if told.used.cost:
        took += f", {told.used.cost:.4f}"
    left = f"; left out: {', '.join(told.problems)}" if told.problems else ""
    return f"by {printable(told.model)} ({told.provider}), its confidence {told.description.confidence:.2f}; {took}{printable(left)}"


def total(told: Sequence[Enrichment]) -> str:
    """What all of them took, in one line."""
    by: dict[str, int] = {}
    for each in told:
        by[each.source] = by.get(each.source, 0) + 1
    fresh = [each.used for each in told if each.source != "cache"]
    tokens = sum(each.tokens_in + each.tokens_out for each in fresh)
    cost = sum(each.cost for each in fresh)
    words: dict[str, str] = {"model": "by the model", "cache": "as answered before", "rules": "by rules"}
    parts = [f"{by[name]:,} {words[name]}" for name in words if name in by]
    line = f"{counted(len(told), 'resource')} described: {', '.join(parts)}" if told else "nothing to describe"
    if tokens:
        line += f"; {tokens:,} tokens" + (f", {cost:.4f}" if cost else "")
    return line


def document(told: Enrichment) -> dict[str, Any]:
    """One description as data."""
    found = told.document()
    found["description"]["recommended_actions"] = [sentence(each) for each in told.description.advice]
    return {"kind": "enrichment", **found}
