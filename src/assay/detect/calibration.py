"""How often findings of a kind and a confidence were right, on labelled values of others (docs/quality-calibration.md).

A confidence is the sum of its evidence, and stays what thresholds, bands and phases are about. What is told here stands beside it: how
often a finding so scored was right in the texts that it was measured on, which have another mix of values than any store.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from assay.model import Evidence

CORPORA = ("generated", "packages")


class Step(NamedTuple):
    """From a confidence on, the share that was right, and of how many."""

    since: float
    right: float
    findings: int


def family(category: str, evidence: Sequence[Evidence]) -> str:
    """`secrets`; `checked` where a check of the value held; else `form`: shape, words and lists."""
    if category == "SECRETS":
        return "secrets"
    return "checked" if any(item.signal == "validator" and item.weight > 0 for item in evidence) else "form"


def calibrated(corpus: str, category: str, evidence: Sequence[Evidence], confidence: float) -> Step | None:
    """What was measured of findings like this one in `generated` texts or in `packages`; `None` where nothing was.

    In packages only credentials were judged.
    """
    steps = _steps().get((corpus, family(category, evidence)), [])
    # Confidences are told with four digits.
    at = bisect_right(steps, (round(confidence, 4), 2.0, 0)) - 1
    return steps[at] if at >= 0 else None


@cache
def _steps() -> dict[tuple[str, str], list[Step]]:
    steps: dict[tuple[str, str], list[Step]] = {}
    with Path(__file__).with_name("calibration.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            step = Step(float(row["since"]), float(row["right"]), int(row["findings"]))
            steps.setdefault((row["corpus"], row["family"]), []).append(step)
    return {key: sorted(found) for key, found in steps.items()}
