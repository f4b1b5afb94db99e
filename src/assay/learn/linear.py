"""A linear model over named features, as plain arrays: prediction needs numpy alone, and reading one runs nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.model.learning import Attribution, Features, Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearModel:
    """Logits are the features' values times `weights` (features, labels), plus `bias`; divided by `temperature`, which
    calibrates them, they are made shares by a softmax. A feature that the model does not know says nothing."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    weights: Matrix = field(repr=False)
    bias: Matrix = field(repr=False)
    temperature: float = 1.0
    _at: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.weights.shape != (len(self.names), len(self.labels)) or self.bias.shape != (len(self.labels),):
            raise ValueError("weights, bias, features and labels of a model do not fit together")
        if not (self.temperature > 0 and math.isfinite(self.temperature)):
            raise ValueError("the temperature of a model must be above 0")
        if not self.labels or len({*self.labels}) < len(self.labels):
            raise ValueError("a model tells labels apart, each once")
        object.__setattr__(self, "_at", {name: at for at, name in enumerate(self.names)})

    def logits(self, features: Features) -> Matrix:
        """Of each label, uncalibrated."""
        import numpy as np

        at = self._at
        known = [(place, value) for name, value in features.items() if (place := at.get(name)) is not None]
        if not known:
            return self.bias
        places, values = zip(*known, strict=True)
        result: Matrix = np.asarray(values, dtype=np.float32) @ self.weights[list(places)] + self.bias
        return result

    def predict(self, features: Features) -> Prediction:
        """What is most probable."""
        import numpy as np

        logits = self.logits(features) / self.temperature
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        best = int(shares.argmax())
        return Prediction(
            label=self.labels[best],
            confidence=round(float(shares[best]), 4),
            shares={label: round(float(share), 4) for label, share in zip(self.labels, shares, strict=True)},
        )

    def why(self, features: Features, label: str, most: int = 10) -> list[Attribution]:
        """What speaks most for a label, or against it: exact, since with the bias these parts add up to its logit's distance
        from the mean of all logits."""
        column = self.labels.index(label)
        parts = []
        for name, value in features.items():
            place = self._at.get(name)
            if place is not None:
                row = self.weights[place]
                parts.append(Attribution(feature=name, value=value, weight=float(value * (row[column] - row.mean()))))
        return sorted(parts, key=lambda part: (-abs(part.weight), part.feature))[:most]

    def top(self, label: str, most: int = 20) -> list[Attribution]:
        """The features that speak most for a label, whatever they are applied to."""
        centred = self.weights[:, self.labels.index(label)] - self.weights.mean(axis=1)
        order = sorted(range(len(self.names)), key=lambda at: (-float(centred[at]), self.names[at]))[:most]
        return [Attribution(feature=self.names[at], value=1.0, weight=float(centred[at])) for at in order]


def softmax(logits: Sequence[Sequence[float]] | Matrix, temperature: float = 1.0) -> Matrix:
    """Shares of rows of logits."""
    import numpy as np

    scaled = np.asarray(logits, dtype=np.float64) / temperature
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    found: Matrix = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    return found
