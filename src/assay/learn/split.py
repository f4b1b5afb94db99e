"""Parts of samples: by label and by group, so that what is alike is never on both sides; duplicates go first."""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from assay.model.learning import Sample

HELD_OUT = 0.2
AUTOMATIC = "automatic"
_MOST_AUTOMATIC = 0.5


def folds(labels: Sequence[str], groups: Sequence[str], *, number: int, seed: int = 0) -> list[list[int]]:
    """So many parts of nearly the same mix of labels; a group (`""`: none) is in one part wholly.

    >>> [len(part) for part in folds(["a", "b"] * 4, [""] * 8, number=2)]
    [4, 4]
    """
    members: dict[str, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        members[group or f"\\0{at}"].append(at)
    order = sorted(members)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda group: -len(members[group]))
    total = Counter(labels)
    parts: list[list[int]] = [[] for _ in range(number)]
    mixes: list[Counter[str]] = [Counter() for _ in range(number)]
    for group in order:
        mix = Counter(labels[at] for at in members[group])
        # The part that has least of what this group has.
        best = min(
            range(number),
            key=lambda part: (
                sum(mixes[part][label] * count / total[label] for label, count in mix.items()),
                len(parts[part]),
                part,
            ),
        )
        parts[best] += members[group]
        mixes[best].update(mix)
    return [sorted(part) for part in parts]


def hold_out(samples: Sequence[Sample], *, share: float = HELD_OUT, seed: int = 0) -> tuple[list[Sample], list[Sample]]:
    """What is trained with, and what is kept to measure with."""
    number = max(2, round(1 / share))
    held = set(folds([item.label for item in samples], [item.group for item in samples], number=number, seed=seed)[0])
    return [item for at, item in enumerate(samples) if at not in held], [samples[at] for at in sorted(held)]


def content(sample: Sample) -> str:
    """The same for samples with the same features."""
    told = "\n".join(f"{name}={value:.3f}" for name, value in sorted(sample.features.items()))
    return hashlib.sha256(told.encode()).hexdigest()


def fingerprint(samples: Iterable[Sample]) -> str:
    """Of the data: the same samples with the same labels and weights, in any order, have the same."""
    lines = sorted(f"{content(item)} {item.label} {item.weight:.4f}" for item in samples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def distinct(samples: Iterable[Sample]) -> tuple[list[Sample], int]:
    """Each content once, with the label that is trusted most; and of how many contents two labels were trusted alike.

    These are left out: who says one thing and its contrary teaches nothing.
    """
    by_content: dict[str, dict[str, Sample]] = defaultdict(dict)
    for item in samples:
        before = by_content[content(item)].get(item.label)
        if before is None or item.weight > before.weight:
            by_content[content(item)][item.label] = item
    kept, contradicted = [], 0
    for labelled in by_content.values():
        first, *rest = sorted(labelled.values(), key=lambda item: (-item.weight, item.label))
        if rest and rest[0].weight == first.weight:
            contradicted += 1
        else:
            kept.append(first)
    return kept, contradicted


def capped(samples: Sequence[Sample], *, share: float = _MOST_AUTOMATIC, seed: int = 0) -> list[Sample]:
    """Of what was concluded automatically at most a share, and none where it is all that there is: a model that learns
    only from itself learns its own mistakes."""
    told = [item for item in samples if item.provenance != AUTOMATIC]
    own = [item for item in samples if item.provenance == AUTOMATIC]
    most = int(len(told) * share / (1 - share))
    if len(own) > most:
        own = random.Random(seed).sample(own, most)
    return [*told, *own]
