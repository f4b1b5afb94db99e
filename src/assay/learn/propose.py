"""What to review next: documents of which a model is least sure, from all over what it confuses."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from assay.learn.linear import LinearModel
from assay.model.learning import Features


class Proposal(NamedTuple):
    """A document, what it may be, and how unsure that is (0: not at all, 1: nothing is known)."""

    resource: str
    first: str
    second: str
    uncertainty: float


def proposals(model: LinearModel, documents: Iterable[tuple[str, Features]], most: int = 20) -> list[Proposal]:
    """The most uncertain documents first; of each pair of labels that are confused at most a third, so that what is learned
    of one such question is not asked again and again."""
    found = []
    for resource, features in documents:
        shares = sorted(model.predict(features).shares.items(), key=lambda item: (-item[1], item[0]))
        entropy = -sum(share * math.log(share) for _, share in shares if share > 0) / math.log(max(2, len(shares)))
        found.append(Proposal(resource, shares[0][0], shares[1][0], round(min(1.0, entropy), 4)))
    found.sort(key=lambda item: (-item.uncertainty, item.resource))
    chosen: list[Proposal] = []
    asked: Counter[frozenset[str]] = Counter()
    for item in found:
        pair = frozenset((item.first, item.second))
        if asked[pair] < max(1, math.ceil(most / 3)):
            asked[pair] += 1
            chosen.append(item)
        if len(chosen) == most:
            break
    return chosen
