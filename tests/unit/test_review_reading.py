"""How a finding reads: what it would be without a signal, and how often such findings were right."""

from __future__ import annotations

import pytest

from assay.detect.cache import read_all
from assay.detect.calibration import calibrated, family
from assay.model import Evidence, Finding, Identifier, Level, Locator, Sensitivity
from assay.review.reading import Counterfactual, counterfactuals, document, lines


@pytest.fixture(scope="module")
def identifiers() -> dict[str, Identifier]:
    return {item.name: item for item in read_all((), cache=None, builtin=True, examples=False)[0]}


def finding(*evidence: Evidence, name: str = "SSN", test: bool = False) -> Finding:
    return Finding(
        resource="memory:text",
        identifier=name,
        category="PII",
        sensitivity=Sensitivity.CRITICAL,
        level=Level.RESTRICTED,
        confidence=min(0.99, sum(item.weight for item in evidence)),
        redacted="*",
        fingerprint="0",
        location=Locator(),
        evidence=evidence,
        ruleset="r",
        test_value=test,
    )


WORD = Evidence("context", "'ssn' within 50 characters", 0.1)
CHECK = Evidence("validator", "ssn", 0.25)


@pytest.mark.parametrize(
    ("pattern", "weight", "word", "left"),
    [
        # With hyphens it is told without any word, too.
        ("us/ssn#dashed", 0.7, WORD, 0.95),
        # Nine bare digits need one.
        ("us/ssn#bare", 0.6, WORD, 0.35),
        # This pattern is tried in fields alone.
        ("us/ssn#field", 0.7, Evidence("name", "in a field named like 'ssn'", 0.0), None),
    ],
)
def test_without_the_word(
    identifiers: dict[str, Identifier], pattern: str, weight: float, word: Evidence, left: float | None
) -> None:
    (told,) = counterfactuals(finding(Evidence("pattern", pattern, weight), CHECK, word), identifiers["SSN"])
    assert told.confidence == left
    assert told.without in ("the word 'ssn' near", "a field named like 'ssn'")


def test_what_the_highest_score_cuts_off_is_no_loss(identifiers: dict[str, Identifier]) -> None:
    cut = Evidence("pattern", "no single finding is certain", -0.16)
    given = finding(Evidence("pattern", "us/ssn#dashed", 0.8), CHECK, WORD, cut)
    assert counterfactuals(given, identifiers["SSN"])[0].confidence == 0.99


def test_the_models_word_can_be_taken_away(identifiers: dict[str, Identifier]) -> None:
    given = finding(
        Evidence("learned", "reads like the name of a person", 0.7), Evidence("context", "x", 0.1), name="PERSON_NAME"
    )
    assert counterfactuals(given, identifiers["PERSON_NAME"])[0] == Counterfactual("what the model says", 0.1)


def test_nothing_is_told_of_what_is_not_known(identifiers: dict[str, Identifier]) -> None:
    evidence = (Evidence("pattern", "us/ssn#dashed", 0.7), CHECK, WORD)
    assert counterfactuals(finding(*evidence), None) == ()
    assert counterfactuals(finding(*evidence, test=True), identifiers["SSN"]) == ()
    added = (Evidence("pattern", "governance#ours", 0.7), WORD)
    assert counterfactuals(finding(*added), identifiers["SSN"]) == ()
    alone = Evidence("context", "no context word near", -0.35), Evidence("context", "fills its whole cell", 0.05)
    assert counterfactuals(finding(Evidence("pattern", "us/ssn#bare", 0.6), *alone), identifiers["SSN"]) == ()


def test_lines_for_people(identifiers: dict[str, Identifier]) -> None:
    given = finding(Evidence("pattern", "us/ssn#bare", 0.6), CHECK, WORD)
    told = list(lines(given, identifiers))
    assert told[0] == "without the word 'ssn' near: 0.35, not told"
    assert told[1].startswith("like it, right: over 99% in generated texts")


def test_as_data(identifiers: dict[str, Identifier]) -> None:
    told = document(finding(Evidence("pattern", "us/ssn#bare", 0.6), CHECK, WORD), identifiers)
    assert told["counterfactuals"] == [{"without": "the word 'ssn' near", "confidence": 0.35}]
    assert set(told["measured"]) == {"generated"}
    assert document(finding(CHECK, test=True), identifiers) == {"counterfactuals": [], "measured": {}}


def test_families() -> None:
    assert family("SECRETS", (CHECK,)) == "secrets"
    assert family("PII", (CHECK,)) == "checked"
    assert family("PII", (WORD, Evidence("validator", "documented test value", -0.8))) == "form"


def test_curves_rise_and_say_nothing_below_what_was_measured() -> None:
    for corpus, category, evidence in (("generated", "PII", (CHECK,)), ("packages", "SECRETS", ())):
        steps = [calibrated(corpus, category, evidence, at / 100) for at in range(30, 100)]
        shares = [step.right for step in steps if step is not None]
        assert shares == sorted(shares)
        assert steps[0] is None
    assert calibrated("packages", "PII", (CHECK,), 0.9) is None
    lowest = calibrated("generated", "PII", (CHECK,), 0.35)
    assert lowest is not None
    assert lowest.right < 0.1
    highest = calibrated("generated", "PII", (CHECK,), 0.9)
    assert highest is not None
    assert highest.right > 0.95
