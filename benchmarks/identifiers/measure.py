"""How often each identifier is right, and how much of what it stands for it finds.

    python -m benchmarks.identifiers.measure dev                      # the table
    python -m benchmarks.identifiers.measure dev --write              # and measured-dev.csv, misses-dev.csv
    python -m benchmarks.identifiers.measure --publish                # all parts into src/assay/detect/foreign.csv

A finding is right where it covers half of a labelled value and its identifier is among the right ones. Tolerated, that is
neither right nor wrong, is a more general identifier on a labelled value (`API_KEY` for a provider's key), and what stands within an
address. Any other finding is wrong.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from assay.detect import ruleset
from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.folders import user_folder

HERE = Path(__file__).parent
GENERAL = frozenset(
    (
        "API_KEY", "SERVICE_TOKEN", "PASSWORD", "BEARER_TOKEN", "NATIONAL_ID", "EU_VAT", "DRIVERS_LICENSE", "PASSPORT",
        "BANK_ACCOUNT", "JWT",
    )
)  # fmt: skip
"""Identifiers that say less of a value than its own one."""
WITHIN_ADDRESS = frozenset(("POSTAL_CODE", "CITY", "COUNTY", "ADDRESS"))
SHOWN = ("wanted", "found", "right", "wrong")
MORE = ("said", "columns", "wrong_columns")
"""Besides: how many of the found ones stand in texts of others, and in how many columns of foreign tables it was told, and told wrongly."""
PARTS = ("dev", "final", "examples", "sealed", "more")
FOREIGN = HERE.parent.parent / "src" / "assay" / "detect" / "foreign.csv"
_Z = 1.96


class Row(NamedTuple):
    """A text, what is labelled in it, and which identifiers are right for that.

    In a text that others wrote only a part is labelled (`part`): what is found elsewhere in it is nobody's to judge.
    """

    kind: str
    right: tuple[str, ...]
    text: str
    span: tuple[int, int] | None
    part: bool = False


class Found(NamedTuple):
    """One finding, judged: `right`, `tolerated` or `wrong`."""

    row: int
    identifier: str
    confidence: float
    verdict: str


class Measured(NamedTuple):
    """What was counted of one identifier; `general` of what was missed was told by a more general one."""

    identifier: str
    makers: int
    wanted: int
    found: int
    right: int
    wrong: int
    general: int
    said: int = 0
    """How many of those found stand in texts that others wrote."""

    @property
    def recall(self) -> float:
        return self.found / self.wanted if self.wanted else math.nan

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else math.nan


def rows(half: str) -> list[Row]:
    """The texts of one half."""
    with gzip.open(HERE / f"{half}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [
            Row(
                item["kind"],
                tuple(item["right"]),
                item["text"],
                tuple(item["span"]) if item["span"] else None,
                item.get("part", False),
            )
            for item in map(json.loads, lines)
        ]


def findings(detector: Detector, texts: list[Row]) -> Iterator[Found]:
    """What is found in each text."""
    for number, row in enumerate(texts):
        data = row.text.encode()
        for hit in hits_in(detector, data):
            if hit.test:
                continue
            start, end = (
                len(data[: hit.start].decode("utf-8", "ignore")),
                len(data[: hit.end].decode("utf-8", "ignore")),
            )
            name = hit.rule.identifier.name
            yield Found(number, name, hit.confidence, verdict(row, name, start, end))


def verdict(row: Row, name: str, start: int, end: int) -> str:
    """`right`, `tolerated` or `wrong`: what a finding of an identifier from `start` to `end` is."""
    if row.span is None:
        return "wrong"
    low, high = row.span
    covered = min(end, high) - max(start, low)
    if covered <= 0:
        return "tolerated" if row.part else "wrong"
    if "ADDRESS" in row.right and name in WITHIN_ADDRESS:
        return "right" if name in row.right else "tolerated"
    if 2 * covered < high - low:
        return "wrong"
    if name in row.right:
        return "right"
    return "tolerated" if name in GENERAL and row.right else "wrong"


def measured(texts: list[Row], found: list[Found]) -> list[Measured]:
    """Counts of each identifier that is labelled somewhere or was found. Of several right ones, the found one counts."""
    by_row: dict[int, set[str]] = defaultdict(set)
    general = {item.row for item in found if item.verdict == "tolerated"}
    loosely: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for item in found:
        if item.verdict == "right":
            by_row[item.row].add(item.identifier)
            right[item.identifier] += 1
        elif item.verdict == "wrong":
            wrong[item.identifier] += 1
    wanted: Counter[str] = Counter()
    met: Counter[str] = Counter()
    said: Counter[str] = Counter()
    makers: dict[str, set[str]] = defaultdict(set)
    for number, row in enumerate(texts):
        if not row.right or row.span is None:
            continue
        # Where one of several names is told, it is the one that counts; where none is, the first is missed.
        names = by_row[number] & set(row.right) or {row.right[0]}
        for name in names:
            wanted[name] += 1
            met[name] += name in by_row[number]
            said[name] += row.part and name in by_row[number]
            loosely[name] += name not in by_row[number] and number in general
            makers[name].add(row.kind.partition(":")[0])
    return [
        Measured(name, len(makers[name]), wanted[name], met[name], right[name], wrong[name], loosely[name], said[name])
        for name in sorted({*wanted, *wrong})
    ]


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("half", nargs="?", choices=PARTS, default="dev")
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", help="misses and wrong findings of one identifier, or of `all`")
    asked = parser.parse_args()
    if asked.publish:
        publish()
        return
    texts = rows(asked.half)
    detector = Detector(ruleset.load(cache=user_folder("cache")), Fingerprinter(b"quality"), floor=0.5)
    found = list(findings(detector, texts))
    table = measured(texts, found)
    if asked.write:
        write(asked.half, texts, found, table)
    if asked.show:
        for line in told(texts, found):
            if asked.show in ("all", line[1]):
                print("\t".join(line))
        return
    for item in table:
        low, high = wilson(item.found, item.wanted)
        print(
            f"{item.identifier:28} {item.wanted:4} wanted, recall {item.recall:5.2f} [{low:.2f} {high:.2f}], "
            f"{item.wrong:3} wrong, precision {item.precision:5.2f}"
        )
    print(summary(table))


def summary(table: list[Measured]) -> str:
    """All identifiers together."""
    wanted, met = sum(item.wanted for item in table), sum(item.found for item in table)
    right, wrong = sum(item.right for item in table), sum(item.wrong for item in table)
    return f"all: recall {met / wanted:.3f} of {wanted}, precision {right / (right + wrong):.3f} of {right + wrong}"


def told(texts: list[Row], found: list[Found]) -> Iterator[tuple[str, str, str, str]]:
    """What was missed and what was wrong: which, identifier, kind, text."""
    hit = {item.row for item in found if item.verdict == "right"}
    for number, row in enumerate(texts):
        if row.right and row.span and number not in hit:
            yield "missed", row.right[0], row.kind, shown(row)
    for item in found:
        if item.verdict == "wrong":
            row = texts[item.row]
            yield "wrong", item.identifier, row.kind, shown(row)


def shown(row: Row) -> str:
    """The text in a line; of one that others wrote its digest, since its value may be somebody's."""
    if row.part:
        return f"sha256:{hashlib.sha256(row.text.encode()).hexdigest()[:16]}"
    return row.text.replace("\n", "⏎")


def write(half: str, texts: list[Row], found: list[Found], table: list[Measured]) -> None:
    """The counts, and what was missed or wrong."""
    with (HERE / f"measured-{half}.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(Measured._fields)
        out.writerows(table)
    with (HERE / f"misses-{half}.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("what", "identifier", "kind", "text"))
        out.writerows(told(texts, found))


def published(half: str) -> list[Measured]:
    """What was written of one half."""
    with (HERE / f"measured-{half}.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Measured(row["identifier"], *(int(row.get(name) or 0) for name in Measured._fields[1:]))
            for row in csv.DictReader(lines)
        ]


def publish() -> None:
    """All parts that were measured, and the columns of foreign tables, together, for `assay identifiers list`."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for part in PARTS:
        if not (HERE / f"measured-{part}.csv").exists():
            continue
        for item in published(part):
            counts[item.identifier].update({name: getattr(item, name) for name in SHOWN})
            counts[item.identifier]["said"] += item.said
    with (HERE / "columns.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            counts[row["identifier"]].update(columns=int(row["found"]), wrong_columns=int(row["wrong"]))
    with FOREIGN.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("identifier", *SHOWN, *MORE))
        known = {rule.identifier.name for rule in ruleset.load(cache=user_folder("cache"), preview=True).rules}
        out.writerows(
            (name, *(counts[name][field] for field in (*SHOWN, *MORE))) for name in sorted(counts) if name in known
        )


if __name__ == "__main__":
    sys.exit(main())
