"""The page of how often each identifier is right, from the counts that `benchmarks.identifiers.measure --write` keeps."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from assay.detect.seen import seen_in_foreign_text, shown_by_foreign_values, standing
from assay.model import Identifier

COUNTS = Path(__file__).parent.parent / "benchmarks" / "identifiers"
_Z = 1.96
_INTRO = """\
# Quality of single identifiers

How often each identifier is right, and how much it finds, on **values that other projects make or show**: in texts that a seeded
generator writes (templates × what the makers call the number, in the language of its country × noise, with hard
negatives between), and in texts that others wrote. The names of identifiers were read for the labels, their rules and
examples were not. The makers, how the texts are made, and what they do not show, is in
[`benchmarks/identifiers`](../benchmarks/identifiers/README.md).

- The **sealed part** has makers that no rule was made with, and templates of its own; it was opened once, when the rules were done.
  Since names beside values are read (`name: …`, `value: …`; 2026-12-01) its recall is 0.51 and its precision 0.97: 48 more right, 8 more wrong
  (four keys told in part, four numbers that another library refuses). The figures below are those of the day it was opened.
- The **former final half** was opened once as well, before the sealed part was made; its figures are kept as of that time.
- The **half for development**, the **examples of others** and the **later examples** were used to mend rules: read their figures as an upper bound. Of the
  examples, many are stand-ins (`abcdefghij1234567890`), which are not reported on purpose and count as missed.
- *Recall* is of labelled values, *precision* of findings; both with the 95 % interval of Wilson. *Told generally* counts values that
  only a more general identifier found, such as `API_KEY` for a provider's key; they are missed here, but not by a scan.
- A credential of a rule is a random string that another scanner's expression matches. Such expressions are wider than the
  keys they stand for (many let any case and any letters pass where a provider issues hexadecimal digits or a checksum), so
  that low recall of a provider's key says first that two projects disagree about its form.
- Everything missed or wrong: [sealed](../benchmarks/identifiers/misses-sealed.csv), [former final](../benchmarks/identifiers/misses-final.csv),
  [development](../benchmarks/identifiers/misses-dev.csv), [examples](../benchmarks/identifiers/misses-examples.csv),
  [later examples](../benchmarks/identifiers/misses-more.csv).
"""


PARTS = (
    ("sealed", "**sealed**", "Sealed part"),
    ("final", "former final half", "Former final half"),
    ("dev", "for development", "Half for development"),
    ("examples", "examples of others", "Examples of others"),
    ("more", "later examples", "Later examples"),
)
"""The measured parts, by what they are called in the summary and above their tables."""


class Count(NamedTuple):
    """What was counted of one identifier in one half."""

    makers: int
    wanted: int
    found: int
    right: int
    wrong: int
    general: int


def quality_page(made: str, identifiers: Sequence[Identifier]) -> str:
    """The summary, a table for each half, and which identifiers no foreign value or text has shown yet."""
    halves = {name: _read(name) for name, _, _ in PARTS}
    lines = [
        made,
        "",
        _INTRO,
        "| part | identifiers | values | recall | findings | precision | F1 |",
        "|---|---:|---:|---|---:|---|---|",
    ]
    for name, title, _ in PARTS:
        lines.append(_total(title, halves[name]))
    by_name = {item.name: item for item in identifiers}
    for name, _, title in PARTS:
        lines += ["", f"## {title}", ""]
        lines += [
            "| identifier | makers | values | recall | told generally | findings | precision | F1 |",
            "|---|---:|---:|---|---:|---:|---|---|",
        ]
        lines += [_row(key, count) for key, count in halves[name].items() if key in by_name]
    lines += ["", "## Not shown by anything foreign", "", *_unseen(identifiers)]
    return "\n".join([*lines, ""])


def _read(half: str) -> dict[str, Count]:
    with (COUNTS / f"measured-{half}.csv").open(encoding="utf-8", newline="") as lines:
        return {row["identifier"]: Count(*(int(row[name]) for name in Count._fields)) for row in csv.DictReader(lines)}


def _total(title: str, counts: dict[str, Count]) -> str:
    total = Count(*(sum(column) for column in zip(*counts.values(), strict=True)))
    named = sum(count.wanted > 0 for count in counts.values())
    return (
        f"| {title} | {named} | {total.wanted} | {_share(total.found, total.wanted)} | {total.right + total.wrong} | "
        f"{_share(total.right, total.right + total.wrong)} | {_harmonic(total)} |"
    )


def _row(name: str, count: Count) -> str:
    told = count.right + count.wrong
    return (
        f"| [{name}](identifiers.md#{name.lower()}) | {count.makers} | {count.wanted} | {_share(count.found, count.wanted)} | "
        f"{count.general or ''} | {told} | {_share(count.right, told)} | {_harmonic(count)} |"
    )


def _share(hits: int, of: int) -> str:
    if not of:
        return ""
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return f"{share:.2f} ({max(0.0, middle - half):.2f}–{min(1.0, middle + half):.2f})"


def _harmonic(count: Count) -> str:
    wanted, told = count.wanted, count.right + count.wrong
    if not wanted or not told:
        return ""
    recall, precision = count.found / wanted, count.right / told
    return f"{2 * recall * precision / (recall + precision):.2f}" if recall + precision else "0.00"


def _unseen(identifiers: Sequence[Identifier]) -> Iterator[str]:
    stands = {item.name: standing(item) for item in identifiers}
    values = shown_by_foreign_values()
    proven = sum(stand == "proven" for stand in stands.values())
    yield (
        f"{proven} of {len(stands)} identifiers are *proven*: found rightly in a text of others or in a labelled column of their tables, or at "
        "least three times among their values in texts of ours; always more often rightly than wrongly. The rest of those that run by "
        "default are *unseen*; their examples hold, and that is all."
    )
    for title, chosen in (
        (
            "Values of others were there, and fewer than three were found",
            [n for n, s in stands.items() if s == "unseen" and n in values],
        ),
        ("No value of others was there", [n for n, s in stands.items() if s == "unseen" and n not in values]),
        ("In preview", [n for n, s in stands.items() if s == "preview"]),
        (
            "Found in text of others, without values here",
            [n for n in stands if n in seen_in_foreign_text() and n not in values],
        ),
    ):
        yield ""
        yield f"{title} ({len(chosen)}): {', '.join(f'`{name}`' for name in sorted(chosen))}."
