"""How often reviewers found detection right, per identifier, and how long they took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from assay.model.review import Decision, Reviewed, Verdict
from assay.tables.values import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Of `right` + `wrong` judged answers the share that was right, with its 95 % Wilson interval.

    `unjudged` answers said nothing of that. `hours` is the median from question to answer. Shares are `None` where
    nothing was judged.
    """

    identifier: str
    right: int
    wrong: int
    unjudged: int
    precision: float | None
    low: float | None
    high: float | None
    hours: float | None

    @property
    def judged(self) -> int:
        """How many answers the share is of."""
        return self.right + self.wrong


def reviewed(identifier: str, resource: str, decision: Decision, queued_at: datetime) -> Reviewed:
    """What one answer says of the precision of `identifier`, which had been detected.

    A rejection says that it was wrong, and so does a reclassification to another identifier; one of the level or the
    categories alone leaves the identifier right.
    """
    right: bool | None = None
    if decision.verdict is Verdict.RECLASSIFY:
        right = decision.identifier in (None, identifier)
    elif decision.verdict is not Verdict.SUPPRESS:
        right = decision.verdict is Verdict.APPROVE
    hours = max(0.0, (decision.at - queued_at).total_seconds() / 3_600)
    return Reviewed(identifier=identifier, resource=resource, right=right, hours=hours, at=decision.at)


def precision_of(answered: Iterable[Reviewed], identifier: str = "*") -> Precision:
    """The precision of all these answers together."""
    answers = list(answered)
    right = sum(answer.right is True for answer in answers)
    wrong = sum(answer.right is False for answer in answers)
    judged = right + wrong
    low, high = wilson(right, judged)
    return Precision(
        identifier=identifier,
        right=right,
        wrong=wrong,
        unjudged=len(answers) - judged,
        precision=round(right / judged, 4) if judged else None,
        low=round(low, 4) if judged else None,
        high=round(high, 4) if judged else None,
        hours=round(median(answer.hours for answer in answers), 2) if answers else None,
    )


def by_identifier(answered: Iterable[Reviewed]) -> list[Precision]:
    """The precision of each identifier, by name."""
    groups: dict[str, list[Reviewed]] = {}
    for answer in answered:
        groups.setdefault(answer.identifier, []).append(answer)
    return [precision_of(groups[name], name) for name in sorted(groups)]
