"""Columns → features, and what a model says of them: words of the name, declared type, shapes, shares, neighbours."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from assay.detect.names import tokens
from assay.learn.linear import LinearModel
from assay.model import ColumnSketch
from assay.model.learning import Features

HARMLESS = "NONE"
ABSTAINS_BELOW = 0.5
_STEPS = (0.0, 0.02, 0.1, 0.3, 0.6, 0.9, 0.999)
_DIGITS = re.compile(r"[0-9]+")


def features_of_columns(sketches: Sequence[ColumnSketch], table: str) -> list[dict[str, float]]:
    """Features of each column of a table, in order. Only counts are in them, and names of columns as they are stored."""
    names = [_words(sketch.name) for sketch in sketches]
    around = _words(table)
    found = []
    for at, sketch in enumerate(sketches):
        features = dict.fromkeys(_of_name(names[at]), 0.6)
        features.update(dict.fromkeys((f"table:{word}" for word in around), 0.2))
        features.update(dict.fromkeys(_of_values(sketch), 0.4))
        others = {word for number, words in enumerate(names) if number != at for word in words}
        if others:
            size = 0.6 / math.sqrt(len(others))
            features.update({f"beside:{word}": round(size, 4) for word in others})
        found.append(features)
    return found


def votes(model: LinearModel, sketches: Sequence[ColumnSketch], table: str) -> list[Mapping[str, float]]:
    """For each column the identifier that the model is sure enough of, with its probability.

    What it holds for unlikely is not told: counted against names and values, that lowered recall of the column suite by 2 points.
    """
    return [shares_of(model, features) for features in features_of_columns(sketches, table)]


def shares_of(model: LinearModel, features: Features) -> Mapping[str, float]:
    """The same of one column by its features."""
    prediction = model.predict(features)
    sure = prediction.label != HARMLESS and prediction.confidence >= ABSTAINS_BELOW
    return {prediction.label: prediction.confidence} if sure else {}


def _words(name: str) -> list[str]:
    return [_DIGITS.sub("9", token) for token in tokens(name)][:12]


def _of_name(words: Sequence[str]) -> Iterable[str]:
    for word in words:
        yield f"name:{word}"
        padded = f"^{word}$"
        for start in range(len(padded) - 3):
            yield f"part:{padded[start : start + 4]}"
    for first, second in itertools.pairwise(words):
        yield f"name:{first} {second}"
    if words:
        yield f"last:{words[-1]}"


def _of_values(sketch: ColumnSketch) -> Iterable[str]:
    """Shares in steps: `shape:integer=6`."""
    features = sketch.features
    yield f"kind:{sketch.kind}"
    if not features.cells:
        yield "no values"
        return
    cells = features.cells
    for prefix, counts in (
        ("shape", features.shapes),
        ("sign", features.signs),
        ("hit", features.hits),
        ("pure", features.pure),
    ):
        for name, count in counts.items():
            if count:
                yield f"{prefix}:{name}={_step(count / cells)}"
    for name, count in sketch.hits.items():
        if count and sketch.filled:
            yield f"found:{name}={_step(count / sketch.filled)}"
    mean = features.length / cells
    spread = math.sqrt(max(0.0, features.squares / cells - mean * mean))
    yield f"length={min(12, round(2 * math.log2(mean + 1)))}"
    yield f"spread={min(10, round(2 * math.log2(spread + 1)))}"
    yield f"different={_step(features.distinct_values / cells)}"
    yield f"filled={_step(sketch.filled / sketch.rows) if sketch.rows else 0}"


def _step(share: float) -> int:
    return sum(share > step for step in _STEPS)
