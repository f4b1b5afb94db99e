"""Fit and measure calibration: how often findings of a confidence are right.

    python -m benchmarks.identifiers.calibrate fit                   # src/assay/detect/calibration.csv, from the half for development
    python -m benchmarks.identifiers.calibrate measure                # reliability.csv: final half, and secrets judged in packages

The curve of a family is isotonic: pools of adjacent violators, and of fewer than `POOL` findings, with one right and one wrong finding
added to each. Foreign text is what tests/quality/secrets_in_packages.csv has judged: the files that are on this machine are
scanned again. Only findings of credentials are judged there.
"""

from __future__ import annotations

import csv
import sys
import sysconfig
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from assay.api import scan
from assay.detect import ruleset
from assay.detect.calibration import calibrated, family
from assay.detect.document import hits_in
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.folders import user_folder
from assay.model import Finding
from benchmarks.identifiers.measure import HERE, Row, rows, verdict

TABLE = HERE.parent.parent / "src" / "assay" / "detect" / "calibration.csv"
JUDGED = HERE.parent.parent / "tests" / "quality" / "secrets_in_packages.csv"
RELIABILITY = HERE / "reliability.csv"
FOLDERS = {
    "site-packages": Path(sysconfig.get_path("purelib")),
    "python 3.11.7 library": Path(sysconfig.get_path("stdlib")),
    "debian 12 /usr/share": Path("/usr/share"),
}
POOL = 40
TOLD = 0.5
"""Where findings begin to be told; what lies below is another kind of thing and in no pool with what lies above."""
BINS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)
_LEAST = 0.3


class Scored(NamedTuple):
    """A finding: its family, its confidence, what the table says of it, and whether it was right."""

    family: str
    confidence: float
    calibrated: float
    right: bool


def scored(texts: list[Row]) -> list[Scored]:
    """Findings from 0.3 on, those that miss a word included. A more general identifier on a labelled value is right."""
    rules = ruleset.load(cache=user_folder("cache"), candidates=True)
    detector = Detector(rules, Fingerprinter(b"quality"), floor=_LEAST)
    found = []
    for row in texts:
        data = row.text.encode()
        for hit in hits_in(detector, data):
            if hit.test:
                continue
            span = len(data[: hit.start].decode("utf-8", "ignore")), len(data[: hit.end].decode("utf-8", "ignore"))
            item = hit.rule.identifier
            told = calibrated("generated", item.category, hit.evidence, hit.confidence) if TABLE.exists() else None
            right = verdict(row, item.name, *span) != "wrong"
            found.append(
                Scored(family(item.category, hit.evidence), hit.confidence, told.right if told else 0.0, right)
            )
    return found


def fit() -> None:
    """One isotonic curve for each family: of the half for development, and of credentials in packages."""
    by_family: dict[tuple[str, str], list[Scored]] = defaultdict(list)
    for item in scored(rows("dev")):
        by_family["generated", item.family].append(item)
    by_family["packages", "secrets"] = foreign()
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("corpus", "family", "since", "right", "findings"))
        for (corpus, name), items in sorted(by_family.items()):
            below, above = ([item for item in items if (item.confidence >= TOLD) is told] for told in (False, True))
            for since, right, count in [*_isotonic(below), *_isotonic(above)]:
                out.writerow((corpus, name, round(since, 4), round((right + 1) / (count + 2), 3), count))


def _isotonic(items: list[Scored]) -> list[tuple[float, int, int]]:
    """Pools of `(least confidence, right, all)`, their shares rising."""
    tallies: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for item in items:
        tallies[round(item.confidence, 2)][0] += item.right
        tallies[round(item.confidence, 2)][1] += 1
    pools: list[tuple[float, int, int]] = []
    for since in sorted(tallies):
        right, count = tallies[since]
        pools.append((since, right, count))
        while len(pools) > 1 and (pools[-2][2] < POOL or _share(pools[-2]) >= _share(pools[-1])):
            last, before = pools.pop(), pools.pop()
            pools.append((before[0], before[1] + last[1], before[2] + last[2]))
    if len(pools) > 1 and pools[-1][2] < POOL:
        last, before = pools.pop(), pools.pop()
        pools.append((before[0], before[1] + last[1], before[2] + last[2]))
    return pools


def _share(pool: tuple[float, int, int]) -> float:
    return (pool[1] + 1) / (pool[2] + 2)


def foreign() -> list[Scored]:
    """Credentials in packages, with the verdict that a person gave on their kind in their file. Files that are not here are left out."""
    with JUDGED.open(encoding="utf-8", newline="") as lines:
        verdicts = {(row["corpus"], row["file"], row["identifier"]): row["verdict"] for row in csv.DictReader(lines)}
    found = []
    for corpus, name in sorted({(corpus, name) for corpus, name, _ in verdicts}):
        path = FOLDERS[corpus] / name if corpus in FOLDERS else None
        if path is None or not path.is_file():
            continue
        for record in scan(path, jobs=1, categories=("SECRETS",), gitignore=False, min_confidence=_LEAST):
            judged = verdicts.get((corpus, name, record.identifier)) if isinstance(record, Finding) else None
            if judged is not None and isinstance(record, Finding) and not record.test_value:
                told = calibrated("generated", record.category, record.evidence, record.confidence)
                found.append(Scored("secrets", record.confidence, told.right if told else 0.0, judged != "false"))
    return found


def measure() -> None:
    """Counts for each corpus, family and band of confidence, for the page."""
    corpora = {"generated": scored(rows("final")), "packages": foreign()}
    with RELIABILITY.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("corpus", "family", "low", "high", "findings", "right", "mean_confidence", "mean_calibrated"))
        for corpus, items in corpora.items():
            for name in sorted({item.family for item in items}):
                for low, high in pairwise(BINS):
                    chosen = [item for item in items if item.family == name and low <= item.confidence < high]
                    if chosen:
                        means = [
                            sum(values) / len(chosen)
                            for values in zip(*((i.confidence, i.calibrated) for i in chosen), strict=True)
                        ]
                        right = sum(item.right for item in chosen)
                        out.writerow(
                            (corpus, name, low, min(high, 1.0), len(chosen), right, *(round(mean, 3) for mean in means))
                        )


if __name__ == "__main__":
    if sys.argv[1] == "fit":
        fit()
    else:
        measure()
