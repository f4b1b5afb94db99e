"""How well the semantic method tells what columns hold by their names alone, and how its curves are fitted.

    python -m benchmarks.semantic            # precision, recall and types on each half, time and memory
    python -m benchmarks.semantic --fit      # the curves for src/assay/tables/semantic.yaml, from the first half
    python -m benchmarks.semantic --errors   # which names of the first half are judged wrong

`semantic_names.csv` holds labelled names: of Sakila, Northwind and Chinook, of the models of packages on PyPI (django-oscar,
pretix, django-ledger, weblate, indico, mayan-edms, django-crm-admin, django-helpdesk, dj-stripe, openimis-be-*, edc-*,
gnuhealth-*, trytond-* and others), of public layouts (Synthea, CMS claims, OMOP, NPPES, MIMIC), and names made up to be
hard (`app`, `bank`, `crm`, `eclinic`, `hr`). Columns that only link tables, and those that could be labelled either way,
are left out.

The curves are fitted on the first half; which half a name is in follows from a checksum of it. The descriptions were
written while looking at the errors in both, so both halves flatter the method. What it gave for packages when they were
seen for the first time, with the descriptions as they were then: of 1,747 names (82 sensitive) of ten packages precision
0.80, recall 0.76, 1.0 % of harmless names flagged; of 497 names (104 sensitive, 40 of them of surgery and lifestyle) of
fifteen others precision 0.85, recall 0.60 (PII 0.84, secrets 0.91, PHI 0.18), 2.8 % flagged. What was missed then is
described now.
"""

from __future__ import annotations

import csv
import resource
import sys
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assay.tables.semantic import Semantic, load

_NAMES = Path(__file__).with_name("semantic_names.csv")
_RIDGE = 0.05
_STEPS = 60


class Label(NamedTuple):
    """A column, and what it holds; `type` is an identifier's name or "" where none is labelled."""

    source: str
    table: str
    column: str
    category: str
    type: str

    @property
    def half(self) -> int:
        """0 for what the curves are fitted on, 1 for the rest. Names that recur are in the same half."""
        return zlib.crc32("".join(sign for sign in self.column.lower() if sign.isalnum()).encode()) % 2


def labels() -> list[Label]:
    """All labelled names."""
    with _NAMES.open(encoding="utf-8", newline="") as file:
        return [Label(**row) for row in csv.DictReader(file)]


def fit(semantic: Semantic, rows: list[Label]) -> dict[str, tuple[float, float, float]]:
    """Category → base, nearness, lead: a logistic regression with common slopes, a base for each category."""
    near = semantic.similarities([semantic.wording.of(row.column, row.table) for row in rows])
    count = len(semantic.categories)
    blocks, truth = [], []
    for at, name in enumerate(semantic.categories):
        block = np.zeros((len(rows), count + 2))
        block[:, at] = 1
        block[:, count] = near.categories[:, at]
        block[:, count + 1] = near.categories[:, at] - near.harmless
        blocks.append(block)
        truth.append([row.category == name for row in rows])
    features, wanted = np.concatenate(blocks), np.concatenate(truth).astype(float)
    weights = np.zeros(count + 2)
    penalty = np.eye(count + 2) * _RIDGE
    for _ in range(_STEPS):
        chances = 1 / (1 + np.exp(-(features @ weights)))
        slope = features.T @ (wanted - chances) - penalty @ weights
        curvature = (features * (chances * (1 - chances))[:, None]).T @ features + penalty
        weights += np.linalg.solve(curvature, slope)
    return {
        name: (round(weights[at], 2), round(weights[count], 2), round(weights[count + 1], 2))
        for at, name in enumerate(semantic.categories)
    }


def measure(semantic: Semantic, rows: list[Label]) -> dict[str, float]:
    """Precision, recall and F1 of sensitive or not, the share of harmless names flagged, categories and types right."""
    said = semantic.meanings([(row.column, "", row.table) for row in rows])
    flagged = [bool(meaning.categories) for meaning in said]
    sensitive = [row.category != "NONE" for row in rows]
    right = sum(a and b for a, b in zip(flagged, sensitive, strict=True))
    precision, recall = right / max(1, sum(flagged)), right / max(1, sum(sensitive))
    both = [
        (row, meaning) for row, meaning in zip(rows, said, strict=True) if row.category != "NONE" and meaning.categories
    ]
    typed = [(row, meaning) for row, meaning in zip(rows, said, strict=True) if row.type in _known(semantic)]
    first = [min(meaning.types, key=lambda name: (-meaning.types[name], name), default="") for _, meaning in typed]
    return {
        "names": len(rows),
        "sensitive": sum(sensitive),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
        "harmless flagged": (sum(flagged) - right) / max(1, len(rows) - sum(sensitive)),
        "category right": sum(meaning.top == row.category for row, meaning in both) / max(1, len(both)),
        "type right of labelled": sum(a == row.type for a, (row, _) in zip(first, typed, strict=True))
        / max(1, len(typed)),
        "type right where told": sum(a == row.type for a, (row, _) in zip(first, typed, strict=True))
        / max(1, sum(map(bool, first))),
    }


def calibration(semantic: Semantic, rows: list[Label]) -> list[tuple[str, int, float, float]]:
    """For bands of the score: how many names, their mean score, and the share of them that are sensitive."""
    said = semantic.meanings([(row.column, "", row.table) for row in rows])
    found = []
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 0.98), (0.98, 1.01)):
        band = [
            (max(meaning.categories.values()), row.category != "NONE")
            for row, meaning in zip(rows, said, strict=True)
            if meaning.categories and low <= max(meaning.categories.values()) < high
        ]
        if band:
            scores, truth = zip(*band, strict=True)
            found.append((f"{low:.2f}-{min(high, 1):.2f}", len(band), sum(scores) / len(band), sum(truth) / len(band)))
    return found


def _known(semantic: Semantic) -> set[str]:
    return {name for _, name in semantic.identifiers}


def _errors(semantic: Semantic, rows: list[Label]) -> None:
    for row, meaning in zip(rows, semantic.meanings([(r.column, "", r.table) for r in rows]), strict=True):
        if (row.category != "NONE") != bool(meaning.categories) or (meaning.top and meaning.top != row.category):
            words = " ".join(semantic.wording.of(row.column, row.table))
            print(f"{row.category:<8} {row.table}.{row.column} [{words}] {dict(meaning.categories)}")


def main(arguments: list[str]) -> None:
    """Print what was asked for."""
    begun = time.process_time()
    semantic = load("wordllama")
    if semantic is None:
        sys.exit("the model is missing: pip install 'assay[nlp]'")
    loaded = time.process_time() - begun
    rows = labels()
    halves = [[row for row in rows if row.half == half] for half in (0, 1)]
    if "--fit" in arguments:
        for name, curve in fit(semantic, halves[0]).items():
            print(f"    {name}: {list(map(float, curve))}")
        return
    if "--errors" in arguments:
        _errors(semantic, halves[0])
        return
    for title, half in zip(("first half (fitted on)", "second half"), halves, strict=True):
        print(title, {key: round(value, 3) for key, value in measure(semantic, half).items()})
        print("  score band, names, mean score, share sensitive:", calibration(semantic, half))
        print("  missed by category:", _missed(semantic, half))
    fresh = [(f"{row.column}_{number}x{word}", "", row.table) for number in range(4) for row in rows for word in "q"]
    begun = time.process_time()
    semantic.meanings(fresh)
    spent = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"load {loaded:.2f} s; {1000 * spent / len(fresh):.3f} ms a column over {len(fresh)}; peak {peak:.0f} MB")


def _missed(semantic: Semantic, rows: list[Label]) -> dict[str, str]:
    said = semantic.meanings([(row.column, "", row.table) for row in rows])
    total = Counter(row.category for row in rows)
    missed = Counter(row.category for row, meaning in zip(rows, said, strict=True) if not meaning.categories)
    return {name: f"{missed[name]}/{total[name]}" for name in semantic.categories}


if __name__ == "__main__":
    main(sys.argv[1:])
