"""How good a model is on samples that it has not seen: by class, calibration, intervals, and against another model."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.learn.linear import LinearModel
from assay.model.learning import Sample

_BINS = 10
_DRAWS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClass:
    """Precision, recall and F1 of one class, and how many samples are of it."""

    precision: float
    recall: float
    f1: float
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Predictions of about one confidence: how many, how confident on average, which share of them is right."""

    low: float
    high: float
    samples: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a model made of samples. `confusion` counts by (label, told). `interval` is that of `macro_f1` (95 %, bootstrap)."""

    samples: int
    accuracy: float
    macro_f1: float
    interval: tuple[float, float]
    classes: dict[str, OfClass]
    confusion: dict[str, dict[str, int]]
    ece: float
    reliability: tuple[Bin, ...]
    told: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A model against another on the same samples: the difference in macro-F1, its interval (95 %, paired bootstrap)."""

    difference: float
    interval: tuple[float, float]

    @property
    def better(self) -> bool:
        """Whether it is better beyond noise."""
        return self.interval[0] > 0

    @property
    def worse(self) -> bool:
        """Whether it is worse beyond noise."""
        return self.interval[1] < 0


def evaluate(model: LinearModel, samples: Sequence[Sample], *, seed: int = 0) -> Evaluation:
    """Raises `ValueError` without samples."""
    predictions = [model.predict(sample.features) for sample in samples]
    return evaluation(
        [sample.label for sample in samples],
        [item.label for item in predictions],
        [item.confidence for item in predictions],
        seed=seed,
    )


def evaluation(
    labels: Sequence[str], told: Sequence[str], confidences: Sequence[float], *, seed: int = 0
) -> Evaluation:
    """The same of what was told, however it was."""
    if not labels:
        raise ValueError("nothing to evaluate with")
    names = sorted({*labels, *told})
    confusion = {label: dict.fromkeys(names, 0) for label in sorted(set(labels))}
    for label, said in zip(labels, told, strict=True):
        confusion[label][said] += 1
    classes = _classes(labels, told)
    reliability = _reliability(labels, told, confidences)
    number = len(labels)
    return Evaluation(
        samples=number,
        accuracy=round(sum(a == b for a, b in zip(labels, told, strict=True)) / number, 4),
        macro_f1=round(_macro(labels, told), 4),
        interval=_interval([(_macro, labels, told)], seed),
        classes=classes,
        confusion=confusion,
        ece=round(sum(item.samples / number * abs(item.confidence - item.right) for item in reliability), 4),
        reliability=reliability,
        told=tuple(told),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossValidated:
    """Macro-F1 over `samples` that were each told by a model of the other folds, and its interval (95 %, bootstrap)."""

    samples: int
    macro_f1: float
    interval: tuple[float, float]


def cross_validation(labels: Sequence[str], told: Sequence[str], *, seed: int = 0) -> CrossValidated | None:
    """`None` where no fold could be told.

    >>> cross_validation(["a", "b"] * 9, ["a", "b"] * 9).macro_f1
    1.0
    """
    if not labels:
        return None
    interval = _interval([(_macro, labels, told)], seed)
    return CrossValidated(samples=len(labels), macro_f1=round(_macro(labels, told), 4), interval=interval)


def compare(labels: Sequence[str], told: Sequence[str], other: Sequence[str], *, seed: int = 0) -> Compared:
    """`told` against what the `other` model told of the same samples.

    >>> compare(["a", "b"] * 40, ["a", "b"] * 40, ["a"] * 80).better
    True
    """
    difference = _macro(labels, told) - _macro(labels, other)
    return Compared(
        difference=round(difference, 4), interval=_interval([(_macro, labels, told), (_macro, labels, other)], seed)
    )


def _interval(measures: Sequence[tuple[object, Sequence[str], Sequence[str]]], seed: int) -> tuple[float, float]:
    """Of a measure, or of the difference of two: the samples are drawn anew many times."""
    drawing = random.Random(seed)
    number = len(measures[0][1])
    found = []
    for _ in range(_DRAWS):
        rows = drawing.choices(range(number), k=number)
        values = [_macro([labels[at] for at in rows], [told[at] for at in rows]) for _, labels, told in measures]
        found.append(values[0] - values[1] if len(values) == 2 else values[0])
    found.sort()
    return round(found[int(0.025 * _DRAWS)], 4), round(found[int(0.975 * _DRAWS) - 1], 4)


def _counted(labels: Sequence[str], told: Sequence[str]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    right = Counter(label for label, said in zip(labels, told, strict=True) if label == said)
    return right, Counter(labels), Counter(told)


def _macro(labels: Sequence[str], told: Sequence[str]) -> float:
    """The mean of F1 over the classes that there are."""
    right, there, said = _counted(labels, told)
    return sum(2 * right[label] / (there[label] + said[label]) for label in there) / len(there)


def _classes(labels: Sequence[str], told: Sequence[str]) -> dict[str, OfClass]:
    right, there, said = _counted(labels, told)
    return {
        label: OfClass(
            precision=round(right[label] / said[label], 4) if said[label] else 0.0,
            recall=round(right[label] / there[label], 4) if there[label] else 0.0,
            f1=round(2 * right[label] / (there[label] + said[label]), 4),
            samples=there[label],
        )
        for label in sorted({*there, *said})
    }


def _reliability(labels: Sequence[str], told: Sequence[str], confidences: Sequence[float]) -> tuple[Bin, ...]:
    groups: dict[int, list[tuple[float, bool]]] = {}
    for label, said, confidence in zip(labels, told, confidences, strict=True):
        groups.setdefault(min(_BINS - 1, int(confidence * _BINS)), []).append((confidence, label == said))
    return tuple(
        Bin(
            low=at / _BINS,
            high=(at + 1) / _BINS,
            samples=len(items),
            confidence=round(sum(confidence for confidence, _ in items) / len(items), 4),
            right=round(sum(is_right for _, is_right in items) / len(items), 4),
        )
        for at, items in sorted(groups.items())
    )
