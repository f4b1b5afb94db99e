"""What the shipped model of columns adds: `python -m benchmarks.learning.ablation PART… [--hidden] [--sketches FILE]`.

PARTs are folders of `benchmarks/columns/build.py` or `natural/build.py`, scanned once without any learned model; their columns are judged
without it and with it. Printed are F1 of sensitive or not, of the exact type (micro, over all columns, and macro, the mean over types with
at least `FEWEST` columns), harmless columns flagged, the difference in F1 with its interval (95 %, bootstrap of sources, paired), and what judging costs.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from assay.app.learning.learner import Learner
from assay.learn.untold import shipped_untold
from assay.tables.judge import named
from benchmarks.column_quality import SAME
from benchmarks.learning.labelled import HARMLESS, Labelled
from benchmarks.learning.untold import judge_of, tables_of

FEWEST = 3
_DRAWS = 1_000
_NAMES = ("no model", "model")


class Told(NamedTuple):
    """A column that counts: its source, what its label says, what is told of it without the model and with it."""

    source: str
    says: str
    without: str | None
    with_it: str | None


class Scores(NamedTuple):
    """F1 of sensitive or not, of the exact type (micro and macro); found of sensitive, flagged of harmless columns."""

    f1: float
    typed: float
    macro: float
    found: int
    sensitive: int
    flagged: int
    harmless: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", type=Path, nargs="+")
    parser.add_argument("--hidden", action="store_true")
    parser.add_argument("--sketches", type=Path)
    given = parser.parse_args()
    columns = told(tables_of(given.parts, given.sketches, hidden=given.hidden))
    before = scores((each.says, each.without) for each in columns)
    after = scores((each.says, each.with_it) for each in columns)
    for name, found in zip(_NAMES, (before, after), strict=True):
        print(
            f"{name:<9} F1 {found.f1:.3f}, exact type {found.typed:.3f}, macro {found.macro:.3f}; "
            f"{found.found} of {found.sensitive} found, {found.flagged} of {found.harmless} harmless flagged "
            f"({found.flagged / max(1, found.harmless):.1%})"
        )
    for at, name in enumerate(("F1", "exact type", "macro")):
        low, high = interval(columns, at)
        print(f"{name}: {after[at] - before[at]:+.3f} ({low:+.3f} to {high:+.3f})")
    new = Counter((each.says, each.with_it) for each in columns if each.with_it != each.without)
    print("told by the model:", ", ".join(f"{says} as {told} {number}" for (says, told), number in new.most_common()))


def told(tables: Iterable[Labelled]) -> list[Told]:
    """Every column that counts, judged without the model and with it."""
    plain = judge_of()
    asked = type(plain)(
        identifiers=plain.identifiers,
        names=plain.names,
        governance=plain.governance,
        semantic=plain.semantic,
        learned=Learner(),
    )
    found: list[Told] = []
    number, seconds = 0, [0.0, 0.0]
    shipped_untold()  # loaded once in a process
    for table in tables:
        number += len(table.sketches)
        sketches = list(table.sketches)
        meanings = plain.meanings(named(sketches), table.table)
        both = []
        for at, judge in enumerate((plain, asked)):
            began = time.process_time()
            both.append(judge.records(sketches, resource="", table=table.table, meanings=meanings)[0])
            seconds[at] += time.process_time() - began
        found += [
            Told(table.source, says, one.detected_type, other.detected_type)
            for says, one, other in zip(table.says, *both, strict=True)
            if says is not None
        ]
    told_in = ", ".join(f"{name} {each / number * 1e6:,.0f}" for name, each in zip(_NAMES, seconds, strict=True))
    print(f"judging {number:,} columns, microseconds of a processor for each: {told_in}")
    return found


def scores(pairs: Iterable[tuple[str, str | None]]) -> Scores:
    """Of what labels say and what is told."""
    counts: Counter[str] = Counter()
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for says, told_as in pairs:
        if says == HARMLESS:
            counts["harmless"] += 1
            counts["flagged"] += told_as is not None
        else:
            counts["sensitive"] += 1
            counts["found"] += told_as is not None
            said[says] += 1
        if told_as is not None:
            is_right = says != HARMLESS and told_as in SAME.get(says, {says})
            counts["right"] += is_right
            # Of two names for the same, that of the label counts.
            name = says if is_right else told_as
            right[name] += is_right
            given[name] += 1
    total = counts["found"] + counts["flagged"] + counts["sensitive"]
    each = [2 * right[name] / (said[name] + given[name]) for name, number in said.items() if number >= FEWEST]
    return Scores(
        f1=2 * counts["found"] / max(1, total),
        typed=2 * counts["right"] / max(1, total),
        macro=sum(each) / max(1, len(each)),
        found=counts["found"],
        sensitive=counts["sensitive"],
        flagged=counts["flagged"],
        harmless=counts["harmless"],
    )


def interval(columns: Sequence[Told], at: int) -> tuple[float, float]:
    """Of the difference, over sources drawn again and again."""
    by_source: defaultdict[str, list[Told]] = defaultdict(list)
    for each in columns:
        by_source[each.source].append(each)
    sources = sorted(by_source)
    drawing = random.Random(0)
    found = []
    for _ in range(_DRAWS):
        drawn = [each for source in drawing.choices(sources, k=len(sources)) for each in by_source[source]]
        one = scores((each.says, each.without) for each in drawn)
        found.append(scores((each.says, each.with_it) for each in drawn)[at] - one[at])
    found.sort()
    return found[round(0.025 * _DRAWS)], found[round(0.975 * _DRAWS) - 1]


if __name__ == "__main__":
    main()
