"""Which identifiers were shown by something that this project did not write.

`seen.txt` lists those found in packages, manuals and logs (docs/false-findings.md, docs/secrets.md); `foreign.csv` has what was
counted on values that other projects make, in generated texts (docs/quality-identifiers.md).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from assay.model import Identifier, Stage

LEAST = 3
"""How many foreign values have to be found, and more often rightly than wrongly, before an identifier counts as shown."""


class Shown(NamedTuple):
    """Values of others that an identifier stands for, how many of them it found, and how often it was right and wrong."""

    wanted: int
    found: int
    right: int
    wrong: int


@cache
def seen_in_foreign_text() -> frozenset[str]:
    """Names of the identifiers that were found there at least once, rightly by form."""
    lines = Path(__file__).with_name("seen.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def shown_by_foreign_values() -> dict[str, Shown]:
    """What was counted of each identifier on values that others make."""
    with Path(__file__).with_name("foreign.csv").open(encoding="utf-8", newline="") as lines:
        return {row["identifier"]: Shown(*(int(row[name]) for name in Shown._fields)) for row in csv.DictReader(lines)}


def standing(identifier: Identifier) -> str:
    """`preview`, `proven` (found rightly in text of others, or among values that others make), or `unseen`."""
    if identifier.stage is Stage.PREVIEW:
        return "preview"
    shown = shown_by_foreign_values().get(identifier.name)
    if identifier.name in seen_in_foreign_text():
        return "proven"
    return "proven" if shown and shown.found >= LEAST and shown.right > shown.wrong else "unseen"
