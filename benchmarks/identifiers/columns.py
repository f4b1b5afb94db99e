"""Identifiers on columns of tables that others wrote: `python -m benchmarks.identifiers.columns FOLDER...`.

FOLDER holds a part of the corpus of `benchmarks/columns` (`labels.csv` and `SOURCE/TABLE.csv`); only columns of foreign tables
count here, those of generated ones do not. Each was labelled by what it holds before any rule was run. Written to columns.csv: how
many columns an identifier stands for, how many it was told of, and of how many others.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.column_quality import SAME, Column, told_of

HERE = Path(__file__).parent
NEARLY = {"COURTESY_TITLE": {"PERSON_NAME"}, "LAB_RESULT": {"LAB_TEST"}, "PROJECT_CODE": set()}
"""What is no error for a label that no identifier has the name of."""


class Counted(NamedTuple):
    """Columns of an identifier in foreign tables: labelled so, told so, and told so of something else."""

    identifier: str
    wanted: int
    found: int
    wrong: int


def foreign_labels(folder: Path) -> Iterator[tuple[Column, str, str]]:
    """The labelled columns of foreign tables that hold values, with the note of each."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["origin"] == "foreign" and "empty" not in row["note"]:
                yield (row["source"], row["table"], row["column"]), row["type"], row["note"]


def counted(folders: list[Path]) -> list[Counted]:
    """What all folders together give."""
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for folder in folders:
        told = dict(told_of(folder))
        for column, label, note in foreign_labels(folder):
            names = SAME.get(label, {label}) | NEARLY.get(label, set())
            said = told[column].type if column in told else None
            if said in names:
                wanted[said] += 1
                found[said] += 1
                continue
            wanted[label] += 1
            # Codes, keys and placeholders are no error, found or missed; nor is what is a firm's and not a person's.
            if said is not None and "quasi" not in note and not label.endswith("_ORG"):
                wrong[said] += 1
    return [Counted(name, wanted[name], found[name], wrong[name]) for name in sorted({*wanted, *found, *wrong})]


def main(folders: list[Path]) -> None:
    rows = counted(folders)
    with (HERE / "columns.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(Counted._fields)
        out.writerows(row for row in rows if row.identifier != "NONE")
    print(f"{sum(row.found for row in rows)} of {sum(r.wanted for r in rows if r.identifier != 'NONE')} columns told")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
