"""Single identifiers on values that other projects make: none falls below what was measured (docs/quality-identifiers.md)."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import pytest

from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.detect.seen import seen_in_foreign_text, shown_by_foreign_values, standing
from benchmarks.identifiers import measure
from benchmarks.identifiers.measure import Found, Measured, Row

LEAST = {
    "dev": (0.80, 0.99),
    "final": (0.57, 0.985),
    "examples": (0.50, 0.98),
    "sealed": (0.50, 0.97),
    "more": (0.54, 0.96),
}
"""Recall and precision over all identifiers."""
NEGATIVES = {"dev": (600, 0.03), "final": (600, 0.03), "sealed": (300, 0.07)}
"""How many hard negatives a part has at least, and in which share of them something may be found."""
MORE_WRONG = 2
"""An identifier may be wrong so much more often than measured, before somebody has to look: findings compete for values."""
LOOKED_AT = {("sealed", "API_KEY"): 4}
"""Where somebody looked: since names beside values are read (`name: …`, `value: …`), keys with a `$` in them are told there, too, in part."""


@pytest.fixture(scope="module", params=[*LEAST])
def judged(request: pytest.FixtureRequest, rules: RuleSet) -> tuple[str, list[Row], list[Found], list[Measured]]:
    texts = measure.rows(request.param)
    found = list(measure.findings(Detector(rules, Fingerprinter(b"quality"), floor=0.5), texts))
    return request.param, texts, found, measure.measured(texts, found)


def test_recall_and_precision_hold(judged: tuple[str, list[Row], list[Found], list[Measured]]) -> None:
    half, _, _, table = judged
    recall, precision = LEAST[half]
    assert sum(item.found for item in table) / sum(item.wanted for item in table) >= recall
    right = sum(item.right for item in table)
    assert right / (right + sum(item.wrong for item in table)) >= precision


def test_no_identifier_falls_below_what_was_measured(
    judged: tuple[str, list[Row], list[Found], list[Measured]],
) -> None:
    half, _, _, table = judged
    now = {item.identifier: item for item in table}
    fewer = {
        floor.identifier: (floor.found, now[floor.identifier].found if floor.identifier in now else 0)
        for floor in measure.published(half)
        if floor.found > (now[floor.identifier].found if floor.identifier in now else 0)
    }
    assert not fewer
    before = {item.identifier: item.wrong for item in measure.published(half)}
    worse = {
        item.identifier: item.wrong
        for item in table
        if item.wrong > before.get(item.identifier, 0) + LOOKED_AT.get((half, item.identifier), MORE_WRONG)
    }
    assert not worse


def test_next_to_nothing_is_found_in_hard_negatives(judged: tuple[str, list[Row], list[Found], list[Measured]]) -> None:
    half, texts, found, _ = judged
    if half not in NEGATIVES:
        return
    least, share = NEGATIVES[half]
    negatives = [number for number, row in enumerate(texts) if row.kind.startswith("none:")]
    told = {item.row for item in found} & set(negatives)
    assert len(negatives) >= least
    assert len(told) <= share * len(negatives), _kinds(texts, told)


def test_what_the_list_says_is_what_was_measured() -> None:
    shown = shown_by_foreign_values()
    for name, counts in shown.items():
        halves = [item for half in LEAST for item in measure.published(half) if item.identifier == name]
        assert counts.wanted == sum(item.wanted for item in halves)
        assert counts.found == sum(item.found for item in halves)
        assert counts.wrong == sum(item.wrong for item in halves)
        assert counts.said == sum(item.said for item in halves)


def test_most_identifiers_are_proven_by_something_foreign(all_rules: RuleSet) -> None:
    stands = [standing(rule.identifier) for rule in all_rules.rules]
    assert stands.count("proven") >= 655
    proven = [str(rule.identifier.category) for rule in all_rules.rules if standing(rule.identifier) == "proven"]
    assert proven.count("SECRETS") >= 350
    assert sum(proven.count(category) for category in ("PII", "PHI", "PCI")) >= 300


def test_what_was_seen_somewhere_has_its_source_beside_it(all_rules: RuleSet) -> None:
    names = {rule.identifier.name for rule in all_rules.rules}
    with (measure.HERE / "seen.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    for row in rows:
        assert row["identifier"] in seen_in_foreign_text() & names
        assert row["registry"] in {"npm", "pypi", "github"}
        assert all(row[field] for field in ("package", "version", "file"))


def _kinds(texts: Sequence[Row], told: set[int]) -> list[str]:
    return sorted({texts[number].kind for number in told})
