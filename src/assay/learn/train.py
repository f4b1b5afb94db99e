"""Samples → a linear model: multinomial logistic regression, calibrated by a temperature on folds that it did not see.

Training needs scikit-learn (`assay[learn]`); what comes out does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assay.errors import UsageError
from assay.learn.linear import LinearModel, softmax
from assay.learn.split import folds
from assay.model.learning import Features, Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 10
FEWEST_EACH = 2
_SELDOM = 2
_TEMPERATURES = tuple(0.2 * 1.1**step for step in range(33))


@dataclass(frozen=True, slots=True)
class Encoded:
    """Samples as a sparse matrix over the features that more than one of them has."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    matrix: Any
    targets: NDArray[np.int_]
    weights: NDArray[np.float64]
    groups: tuple[str, ...]


def sklearn() -> Any:
    """The library's linear models. Raises `UsageError` where it is not installed."""
    try:
        from sklearn import linear_model
    except ImportError:
        raise UsageError("models are trained with scikit-learn: pip install 'assay[learn]'") from None
    return linear_model


def check(samples: Sequence[Sample]) -> Counter[str]:
    """How many samples each label has. Raises `UsageError` where nothing can be learned of them."""
    counts = Counter(sample.label for sample in samples)
    if len(samples) < FEWEST:
        told = "1 sample is" if len(samples) == 1 else f"{len(samples)} samples are"
        raise UsageError(
            f"{told} too few to learn from, where those that are alike count as one; at least {FEWEST} are needed"
        )
    if len(counts) < 2:
        raise UsageError(
            f"all {len(samples)} samples are {next(iter(counts))!r}: a model needs two classes to tell apart"
        )
    if sum(count >= FEWEST_EACH for count in counts.values()) < 2:
        raise UsageError(f"a model needs two classes with at least {FEWEST_EACH} samples each; " + _shown(counts))
    return counts


def _shown(counts: Counter[str]) -> str:
    return "there are: " + ", ".join(f"{label} {count}" for label, count in sorted(counts.items()))


def encode(samples: Sequence[Sample]) -> Encoded:
    """The samples of classes that have enough of them."""
    import array

    import numpy as np
    from scipy import sparse

    counts = check(samples)
    kept = [sample for sample in samples if counts[sample.label] >= FEWEST_EACH]
    seen: Counter[str] = Counter()
    for sample in kept:
        seen.update(sample.features.keys())
    names = tuple(sorted(name for name, number in seen.items() if number >= _SELDOM))
    at = {name: place for place, name in enumerate(names)}
    places, values, starts = array.array("i"), array.array("f"), array.array("i", [0])
    for sample in kept:
        for name, value in sample.features.items():
            place = at.get(name)
            if place is not None:
                places.append(place)
                values.append(value)
        starts.append(len(places))
    matrix = sparse.csr_matrix(
        (
            np.frombuffer(values, np.float32) if values else np.zeros(0, np.float32),
            np.frombuffer(places, np.int32) if places else np.zeros(0, np.int32),
            np.frombuffer(starts, np.int32),
        ),
        shape=(len(kept), len(names)),
    )
    labels = tuple(sorted({sample.label for sample in kept}))
    numbers = {label: number for number, label in enumerate(labels)}
    return Encoded(
        names,
        labels,
        matrix,
        np.array([numbers[sample.label] for sample in kept]),
        np.array([sample.weight for sample in kept], dtype=np.float64),
        tuple(sample.group for sample in kept),
    )


def train(
    samples: Iterable[Sample],
    *,
    base: LinearModel | None = None,
    strength: float = 10.0,
    calibrated: bool = True,
    seed: int = 0,
) -> LinearModel:
    """The model of some samples. Rare classes count for more than their number. Raises `UsageError`.

    With a `base` model it is learned where that is wrong: what few samples say nothing of stays as it was.
    """
    given = list(samples)
    if base is None:
        return fit(encode(given), strength=strength, calibrated=calibrated, seed=seed)
    own = [replace(sample, features={**sample.features, **based(base, sample.features)}) for sample in given]
    return folded(fit(encode(own), strength=strength, calibrated=calibrated, seed=seed), base)


_BASE = "base:"
_SCALE = 0.3


def based(base: LinearModel, features: Features) -> dict[str, float]:
    """What a model says, as features of another."""
    logits = base.logits(features)
    return {
        f"{_BASE}{label}": _SCALE * float(logit - logits.mean())
        for label, logit in zip(base.labels, logits, strict=True)
    }


def folded(model: LinearModel, base: LinearModel) -> LinearModel:
    """A model that has another's logits among its features, as one over the features of both."""
    import numpy as np

    own = [at for at, name in enumerate(model.names) if not name.startswith(_BASE)]
    mixing = np.zeros((len(base.labels), len(model.labels)), dtype=np.float32)
    for at, name in enumerate(model.names):
        if name.startswith(_BASE):
            mixing[base.labels.index(name.removeprefix(_BASE))] = _SCALE * model.weights[at]
    # The mean of the logits was taken off.
    mixing -= mixing.mean(axis=0, keepdims=True)
    names = tuple(sorted({*base.names, *(model.names[at] for at in own)}))
    place = {name: at for at, name in enumerate(names)}
    weights = np.zeros((len(names), len(model.labels)), dtype=np.float32)
    weights[[place[name] for name in base.names]] += base.weights @ mixing
    weights[[place[model.names[at]] for at in own]] += model.weights[own]
    return LinearModel(
        names=names,
        labels=model.labels,
        weights=weights,
        bias=model.bias + base.bias @ mixing,
        temperature=model.temperature,
    )


def fit(encoded: Encoded, *, strength: float = 10.0, calibrated: bool = True, seed: int = 0) -> LinearModel:
    """The model of encoded samples."""
    import numpy as np

    weights, bias = _fitted(encoded, np.arange(len(encoded.targets)), strength)
    temperature = _temperature(encoded, strength, seed) if calibrated else 1.0
    return LinearModel(names=encoded.names, labels=encoded.labels, weights=weights, bias=bias, temperature=temperature)


def _fitted(encoded: Encoded, rows: NDArray[np.int_], strength: float) -> tuple[Any, Any]:
    """Weights (features, labels) and bias, of these rows alone."""
    import numpy as np

    linear_model = sklearn()
    targets = encoded.targets[rows]
    counts = np.bincount(targets, minlength=len(encoded.labels))
    balance = np.where(counts > 0, len(rows) / (max(1, (counts > 0).sum()) * np.maximum(counts, 1)), 0.0)
    # The root keeps rare classes from being told everywhere.
    weights = encoded.weights[rows] * np.sqrt(balance[targets])
    model = linear_model.LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    model.fit(encoded.matrix[rows], targets, sample_weight=weights)
    full = np.zeros((len(encoded.names), len(encoded.labels)), dtype=np.float32)
    bias = np.full(len(encoded.labels), -20.0, dtype=np.float32)
    if len(model.classes_) == 2:
        # One row of coefficients says how the second class differs from the first.
        full[:, model.classes_[0]], full[:, model.classes_[1]] = -model.coef_[0] / 2, model.coef_[0] / 2
        bias[model.classes_[0]], bias[model.classes_[1]] = -model.intercept_[0] / 2, model.intercept_[0] / 2
    else:
        full[:, model.classes_] = model.coef_.T
        bias[model.classes_] = model.intercept_
    return full, bias


def held_out_logits(encoded: Encoded, strength: float, seed: int, number: int = 3) -> tuple[Any, Any]:
    """For each sample the logits of a model that has not seen its group, and whether there are any."""
    import numpy as np

    logits = np.zeros((len(encoded.targets), len(encoded.labels)), dtype=np.float32)
    told = np.zeros(len(encoded.targets), dtype=bool)
    for held in folds([encoded.labels[at] for at in encoded.targets], encoded.groups, number=number, seed=seed):
        rest = np.setdiff1d(np.arange(len(encoded.targets)), held)
        if not len(held) or len(set(encoded.targets[rest].tolist())) < 2:
            continue
        weights, bias = _fitted(encoded, rest, strength)
        logits[held] = encoded.matrix[held] @ weights + bias
        told[held] = True
    return logits, told


def cross_validated(
    samples: Iterable[Sample],
    *,
    base: LinearModel | None = None,
    strength: float = 10.0,
    number: int = 5,
    seed: int = 0,
) -> tuple[list[str], list[str]]:
    """What samples are, and what models told of them that had not seen their group: each sample is told once."""
    given = [
        sample if base is None else replace(sample, features={**sample.features, **based(base, sample.features)})
        for sample in samples
    ]
    encoded = encode(given)
    logits, told = held_out_logits(encoded, strength, seed, number)
    rows = told.nonzero()[0]
    best = logits[rows].argmax(axis=1)
    return [encoded.labels[at] for at in encoded.targets[rows]], [encoded.labels[at] for at in best]


def _temperature(encoded: Encoded, strength: float, seed: int) -> float:
    """What makes shares as probable as they say, on samples whose group the model had not seen (Guo et al. 2017)."""
    import numpy as np

    logits, told = held_out_logits(encoded, strength, seed)
    if not told.any():
        return 1.0
    rows = np.flatnonzero(told)
    targets, weights = encoded.targets[rows], encoded.weights[rows]

    def loss(temperature: float) -> float:
        shares = softmax(logits[rows], temperature)[np.arange(len(rows)), targets]
        return float(-(weights * np.log(np.maximum(shares, 1e-9))).sum())

    return min(_TEMPERATURES, key=loss)
