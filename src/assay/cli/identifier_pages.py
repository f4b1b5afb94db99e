"""Identifiers as a table, as a page and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from assay.detect.seen import seen_in_foreign_text, shown_by_foreign_values, standing
from assay.model import Category, Example, Identifier
from assay.report.printable import pad, printable, shorten, wrapped

_MINIMUM_TITLE = 14
_REGION_CELLS = 12


def as_table(identifiers: Sequence[Identifier], columns: int) -> Iterator[str]:
    """One line for each, at most `columns` wide: the title is cut first, and left out where there is no room for it."""
    rows: list[tuple[str, ...]] = [
        (item.name, str(item.category), str(item.sensitivity), str(item.level), standing(item), _regions(item))
        for item in identifiers
    ]
    heads: tuple[str, ...] = ("NAME", "CATEGORY", "SENSITIVITY", "LEVEL", "STANDING", "REGIONS")
    widths = [max(len(row[index]) for row in (heads, *rows)) for index in range(len(heads))]
    if sum(widths) + 2 * len(widths) > columns:
        # At 80 columns the regions go last to first; the title never fits beside them.
        heads, rows, widths = heads[:5], [row[:5] for row in rows], widths[:5]
    room = columns - sum(widths) - 2 * len(widths)
    titled = room >= _MINIMUM_TITLE
    yield _row((*heads, "TITLE") if titled else heads, widths, room)
    for item, row in zip(identifiers, rows, strict=True):
        yield _row((*row, printable(item.title)) if titled else row, widths, room)
    yield ""
    yield from wrapped(_counts(identifiers), columns, indent="")


def _counts(identifiers: Sequence[Identifier]) -> str:
    """How many are proven on what others wrote, how many are not yet, how many are in preview; secrets and the rest."""
    stands = Counter(standing(item) for item in identifiers)
    secrets = sum(item.category is Category.SECRETS for item in identifiers)
    note = f"{len(identifiers)} identifiers, {secrets} of them of secrets: {stands['proven']} proven on text or values of others"
    if stands["unseen"]:
        note += f", {stands['unseen']} unseen (proven by their examples alone, never yet seen in text of others)"
    if stands["preview"]:
        note += f", {stands['preview']} in preview (run only when named with -i or with --preview)"
    return note + "."


def _row(cells: Sequence[str], widths: Sequence[int], room: int) -> str:
    padded = [pad(cell, width) for cell, width in zip(cells, widths, strict=False)]
    if len(cells) > len(widths):
        padded.append(shorten(cells[-1], room))
    return "  ".join(padded).rstrip()


def _regions(identifier: Identifier) -> str:
    return shorten(printable(" ".join(identifier.regions)) or "-", _REGION_CELLS)


def as_page(identifier: Identifier, columns: int) -> Iterator[str]:
    """Everything about one identifier; what is prose is at most `columns` wide, expressions and examples stay whole."""
    yield f"{identifier.name}: {printable(identifier.title)}"
    if identifier.description:
        yield from wrapped(printable(identifier.description), columns, indent="")
    yield ""
    facts = (
        ("id", identifier.path),
        ("category", identifier.category),
        ("sensitivity", identifier.sensitivity),
        ("level", identifier.level),
        ("frameworks", ", ".join(identifier.frameworks)),
        ("regions", ", ".join(identifier.regions)),
        ("stage", f"{identifier.stage}{f', since {identifier.since}' if identifier.since else ''}"),
        ("standing", _standing(identifier)),
        ("redaction", identifier.redaction),
        ("keywords", ", ".join(identifier.keywords)),
        ("names", ", ".join(identifier.names)),
        ("context", f"within {identifier.distance} characters, adds {identifier.context_weight}"),
        ("ignored", ", ".join((*identifier.ignore_values, *identifier.ignore_regexes, *identifier.ignore_words))),
        ("not fields", ", ".join(identifier.ignore_names)),
        ("test values", ", ".join((*identifier.test_values, *identifier.test_regexes))),
        ("source", ", ".join(identifier.source)),
    )
    for name, value in facts:
        if value:
            yield from wrapped(printable(str(value)), columns, first=f"{name:<12} ", indent=" " * 13)
    yield ""
    yield "Patterns"
    for pattern in identifier.patterns:
        notes = [f"confidence {pattern.confidence}"]
        if pattern.anchor == "keyword":
            notes.append("only near a keyword" if not pattern.field_required else "only in a field of that name")
        if pattern.anchor == "column":
            notes.append("only in a table's column of that name")
        if pattern.anchor == "standard":
            notes.append("only where the standard of a message has it")
        if pattern.context_required:
            notes.append("only with context")
        notes.extend(f"{name} {weight:+g}" for name, weight in pattern.validators)
        yield f"  {pattern.id}: {', '.join(notes)}"
        yield f"    {printable(pattern.regex)}"
    for heading, examples in (
        ("Finds", identifier.finds),
        ("Ignores", identifier.ignores),
        ("Known misses", identifier.known_misses),
    ):
        if examples:
            yield ""
            yield heading
            for example in examples:
                yield from _example(example)


def _standing(identifier: Identifier) -> str:
    """What text and values of others have shown of it."""
    told = standing(identifier)
    if identifier.name in seen_in_foreign_text():
        told += ", found in text of others"
    if shown := shown_by_foreign_values().get(identifier.name):
        told += f"; {shown.found} of {shown.wanted} values that others make found, {shown.wrong} times wrong"
    return told


def _example(example: Example) -> Iterator[str]:
    yield f"  {printable(example.text)}"
    if example.because:
        yield f"    because {printable(example.because)}"


def as_document(identifier: Identifier, *, examples: bool) -> dict[str, Any]:
    """The identifier as data; `examples` adds its patterns and examples."""
    document: dict[str, Any] = {
        "name": identifier.name,
        "id": identifier.path,
        "title": identifier.title,
        "category": identifier.category,
        "sensitivity": identifier.sensitivity,
        "level": identifier.level,
        "stage": identifier.stage,
        "since": identifier.since,
        "regions": identifier.regions,
        "frameworks": identifier.frameworks,
        "seen_in_foreign_text": identifier.name in seen_in_foreign_text(),
        "standing": standing(identifier),
    }
    if examples:
        document |= {
            "description": identifier.description,
            "source": identifier.source,
            "redaction": identifier.redaction,
            "keywords": identifier.keywords,
            "names": identifier.names,
            "distance": identifier.distance,
            "patterns": [
                {
                    "id": pattern.id,
                    "regex": pattern.regex,
                    "confidence": pattern.confidence,
                    "anchor": pattern.anchor,
                    "context_required": pattern.context_required,
                    "validators": dict(pattern.validators),
                }
                for pattern in identifier.patterns
            ],
            "finds": [_plain(example) for example in identifier.finds],
            "ignores": [_plain(example) for example in identifier.ignores],
            "known_misses": [_plain(example) for example in identifier.known_misses],
        }
    return document


def _plain(example: Example) -> dict[str, str | None]:
    return {"text": example.text, "value": example.value, "because": example.because}
