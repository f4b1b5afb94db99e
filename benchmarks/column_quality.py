"""How often columns of labelled tables are told right: `python -m benchmarks.column_quality FOLDER [--hidden] [--misses FILE]`.

FOLDER holds `labels.csv` (source, table, column, category, type, note) and `SOURCE/TABLE.csv`; `benchmarks/columns/build.py`
makes the two halves, and the labels say what each column holds, not what its header says. With `--hidden` the headers are
`column_1`, `column_2` and so on. Columns without values, of organisations (`…_ORG`), and quasi-identifiers are left out:
finding or missing one is no error.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

QUASI = frozenset(
    [
        "CITY",
        "STATE",
        "COUNTRY",
        "JOB_TITLE",
        "PERSON_ID",
        "POSTAL_CODE",
        "COURTESY_TITLE",
        "EMPLOYMENT_DATE",
        "PHONE_EXT",
        "PHOTO_URL",
        "AGE",
        "SALARY",
        "NATIONALITY",
        "RELIGION",
        "ETHNICITY",
        "MARITAL_STATUS",
        "GENDER",
    ]
)
# What the labels call otherwise than the identifiers.
SAME = {
    "DIAGNOSIS_TEXT": {"DIAGNOSIS"},
    "PROCEDURE_TEXT": {"MEDICAL_PROCEDURE"},
    "PASSWORD": {"PASSWORD", "PASSWORD_HASH"},
    "PATIENT_ID": {"PATIENT_ID", "MRN"},
    "MRN": {"PATIENT_ID", "MRN"},
    "CH_AHV": {"CH_AHV", "CH_SSN"},
}

Column = tuple[str, str, str]


class Told(NamedTuple):
    """What was said of a column: its type, `None` for harmless, the confidence and the reason."""

    type: str | None
    confidence: float
    reason: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hidden", action="store_true")
    parser.add_argument("--misses", type=Path)
    given = parser.parse_args()
    with (given.folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        labels = {(row["source"], row["table"], row["column"]): row for row in csv.DictReader(lines)}
    with tempfile.TemporaryDirectory() as folder:
        names = without_headers(given.folder, Path(folder)) if given.hidden else {}
        told = {names.get(key, key): found for key, found in told_of(Path(folder) if given.hidden else given.folder)}
    lines_out = list(report(labels, told))
    print("\n".join(lines_out[0]))
    if given.misses is not None:
        given.misses.write_text("\n".join(lines_out[1]) + "\n", encoding="utf-8")


def without_headers(source: Path, into: Path) -> dict[Column, Column]:
    """Copies the tables with numbered headers and names; returns what each column was called."""
    names: dict[Column, Column] = {}
    for number, file in enumerate(sorted(source.glob("*/*.csv"))):
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines))
        if not rows:
            continue
        target = into / file.parent.name / f"t{number}.csv"
        target.parent.mkdir(exist_ok=True)
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow([f"column_{at + 1}" for at in range(len(rows[0]))])
            writer.writerows(rows[1:])
        for at, column in enumerate(rows[0]):
            names[file.parent.name, target.stem, f"column_{at + 1}"] = (file.parent.name, file.stem, column)
    return names


def told_of(folder: Path) -> Iterator[tuple[Column, Told]]:
    """What a scan says of each column."""
    command = [sys.executable, "-m", "assay", "scan", str(folder), "--format", "jsonl", "--quiet", "--no-catalog"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        if record["kind"] == "column":
            source, file = record["resource"].rsplit("/", 2)[-2:]
            key = source, file.removesuffix(".csv"), record["column"]
            yield key, Told(record["detected_type"], record["confidence"], record["detection_reason"])


def report(labels: dict[Column, dict[str, str]], told: dict[Column, Told]) -> tuple[list[str], list[str]]:
    """The table, and what was wrong."""
    counts: Counter[str] = Counter()
    by_category: Counter[tuple[str, str]] = Counter()
    wrong = []
    for key, label in labels.items():
        kind, note = label["type"], label["note"].lower()
        if kind in QUASI or kind.endswith("_ORG") or "empty" in note or "quasi" in note:
            continue
        found = told.get(key, Told(None, 0.0, "not read"))
        if label["category"] == "NONE":
            counts["harmless"] += 1
            if found.type is not None:
                counts["false"] += 1
                wrong.append(f"false  {'.'.join(key)}: {found.type} ({found.reason})")
            continue
        category = label["category"]
        by_category[category, "all"] += 1
        counts["sensitive"] += 1
        right = found.type in SAME.get(kind, {kind})
        if found.type is None:
            wrong.append(f"missed {'.'.join(key)}: {kind} ({found.reason})")
            continue
        counts["found"] += 1
        by_category[category, "found"] += 1
        counts["typed"] += right
        by_category[category, "typed"] += right
        if not right:
            wrong.append(f"typed  {'.'.join(key)}: {kind} told as {found.type}")
    positive = counts["found"] + counts["false"]
    lines = [
        f"{counts['sensitive']} sensitive and {counts['harmless']} harmless columns",
        f"sensitive or not: {_scores(counts['found'], positive, counts['sensitive'])}",
        f"exact type:       {_scores(counts['typed'], positive, counts['sensitive'])}",
        f"harmless flagged: {counts['false'] / max(1, counts['harmless']):.1%}",
    ]
    for category in sorted({category for category, _ in by_category}):
        of, hit, typed = (by_category[category, what] for what in ("all", "found", "typed"))
        lines.append(f"  {category:<10} {hit} of {of} found, {typed} with the right type")
    return lines, sorted(wrong)


def _scores(right: int, told: int, of: int) -> str:
    precision, recall = right / max(1, told), right / max(1, of)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}"


if __name__ == "__main__":
    main()
