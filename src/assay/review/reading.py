"""How to read one finding: what it would be without a signal, and how often findings like it were right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from assay.detect.calibration import CORPORA, calibrated
from assay.detect.score import MAX_SCORE, WITHOUT_CONTEXT
from assay.model import Evidence, Finding, Identifier, Pattern

NO_WORD = "no context word near"
CERTAIN = "no single finding is certain"
"""Of the part that keeps a sum below 1."""
_CELL = "fills its whole cell"
_WHERE = {
    "generated": "generated texts",
    "packages": "packages of others",
}


class Counterfactual(NamedTuple):
    """What is taken away, and the confidence that is left; `None` where the value would not even be looked for."""

    without: str
    confidence: float | None


def counterfactuals(finding: Finding, identifier: Identifier | None) -> tuple[Counterfactual, ...]:
    """The finding without each word, field or judgement that speaks for it. It follows from the evidence and the identifier's patterns.

    Another word that also stands near would still count: the answer is for a place without any. Nothing is told of test values, and of
    patterns that an owner's configuration added.
    """
    if finding.test_value or identifier is None:
        return ()
    raw = sum(item.weight for item in finding.evidence if item.detail != CERTAIN)
    return tuple(
        Counterfactual(_named(item), left)
        for item in finding.evidence
        for left in _left(item, raw, finding, identifier)
    )


def _left(item: Evidence, raw: float, finding: Finding, identifier: Identifier) -> Iterator[float | None]:
    """The confidence without one signal, if it can be told."""
    if item.signal == "learned" and item.weight > 0:
        yield _bounded(raw - item.weight)
        return
    if item.signal not in ("context", "name") or item.detail in (NO_WORD, _CELL):
        return
    pattern = _pattern(finding, identifier)
    if pattern is None:
        return
    if pattern.anchor != "value":
        # Tried beside words and in fields alone: without them nobody looks.
        yield None
    elif pattern.context_required:
        yield WITHOUT_CONTEXT
    else:
        yield _bounded(raw - item.weight)


def _pattern(finding: Finding, identifier: Identifier) -> Pattern | None:
    """The pattern that the evidence names (`us/ssn#dashed`); none where an owner's configuration added it."""
    for item in finding.evidence:
        path, _, name = item.detail.rpartition("#")
        if item.signal == "pattern" and path == identifier.path:
            return next((pattern for pattern in identifier.patterns if pattern.id == name), None)
    return None


def _bounded(score: float) -> float:
    return round(max(0.0, min(MAX_SCORE, score)), 4)


def _named(item: Evidence) -> str:
    """`'passport' within 50 characters` → `the word 'passport' near`."""
    if item.signal == "learned":
        return "what the model says"
    word = item.detail.partition("' within ")[0]
    if word != item.detail:
        return f"the word {word}' near"
    return "a field" + item.detail.removeprefix("in a field") if item.detail.startswith("in a field") else item.detail


def likelihoods(finding: Finding) -> dict[str, float]:
    """The share of findings of its kind and confidence that was right, by where that was measured."""
    if finding.test_value:
        return {}
    steps = {corpus: calibrated(corpus, finding.category, finding.evidence, finding.confidence) for corpus in CORPORA}
    return {corpus: step.right for corpus, step in steps.items() if step is not None}


def lines(finding: Finding, identifiers: Mapping[str, Identifier]) -> Iterator[str]:
    """Both for people, a line each."""
    for told in counterfactuals(finding, identifiers.get(finding.identifier)):
        left = "not looked for" if told.confidence is None else f"{told.confidence:.2f}"
        hidden = ", not told" if told.confidence is not None and told.confidence < 0.5 <= finding.confidence else ""
        yield f"without {told.without}: {left}{hidden}"
    shares = [f"{_share(share)} in {_WHERE[corpus]}" for corpus, share in likelihoods(finding).items()]
    if shares:
        yield f"like it, right: {', '.join(shares)}"


def _share(share: float) -> str:
    return "over 99%" if share > 0.99 else f"{share:.0%}"


def document(finding: Finding, identifiers: Mapping[str, Identifier]) -> dict[str, Any]:
    """Both as data, to stand beside a finding's other fields."""
    found = counterfactuals(finding, identifiers.get(finding.identifier))
    return {"counterfactuals": [told._asdict() for told in found], "measured": likelihoods(finding)}
