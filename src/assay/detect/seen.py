"""Which identifiers were shown by something that this project did not write.

`seen.txt` lists those found in packages, manuals and logs (docs/false-findings.md, docs/secrets.md); `foreign.csv` has what was
counted on values that other projects make or show, in generated texts and in their own, and on columns of tables that others
wrote (docs/quality-identifiers.md).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from assay.model import Identifier, Stage

LEAST = 3
"""How many foreign values in texts of ours have to be found, more often rightly than wrongly, before an identifier counts as shown."""


class Shown(NamedTuple):
    """Values of others that an identifier stands for, how many of them it found, and how often it was right and wrong.

    `said` of them stand in texts that others wrote and labelled; `columns` and `wrong_columns` count labelled columns of their tables.
    """

    wanted: int
    found: int
    right: int
    wrong: int
    said: int = 0
    columns: int = 0
    wrong_columns: int = 0

    @property
    def enough(self) -> bool:
        """One text or column of others shows an identifier; of values in texts of ours `LEAST` do."""
        told = self.right > self.wrong and (self.found >= LEAST or self.said > 0)
        return told or self.columns > self.wrong_columns


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
    """`preview`, `proven` (found rightly in text or tables of others, or among values that others make), or `unseen`."""
    if identifier.stage is Stage.PREVIEW:
        return "preview"
    shown = shown_by_foreign_values().get(identifier.name)
    if identifier.name in seen_in_foreign_text():
        return "proven"
    return "proven" if shown and shown.enough else "unseen"
