"""The methods' scores → one score, by configured weights (SPEC section 4, 7.)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.model import Governance
from assay.tables.values import ValueVote

METHODS = {"rule": "RULE_BASED", "pattern": "PATTERN_BASED", "semantic": "AI_BASED", "ml": "ML_BASED"}

PRESENT = 0.51
"""What one value that surely proves itself gives a column at least, however rare it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is held of one identifier (or, with user's words, of one category) in a column."""

    name: str
    category: str
    score: float
    scores: Mapping[str, float]
    vote: ValueVote | None
    hint: str | None = None
    unsure: bool = False
    """Whether only a word speaks for it that is short for other things, too."""

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that spoke for it."""
        return tuple(METHODS[source] for source, score in self.scores.items() if score > 0)

    @property
    def rank(self) -> tuple[float, bool, float, str]:
        """What comes first has the smallest: the higher score, then what a name speaks for, the larger share, the name."""
        return (-round(self.score, 4), self.hint is None, -(self.vote.share if self.vote else 0.0), self.name)


def composite(scores: Mapping[str, float], governance: Governance) -> float:
    """The mean of the methods' scores by their weights. A method that is absent abstains: it does not vote 0."""
    weights = {source: governance.weights.get(source, 0.0) for source in scores}
    total = sum(weights.values())
    return sum(scores[source] * weights[source] for source in scores) / total if total else 0.0
