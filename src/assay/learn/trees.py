"""Boosted trees as plain arrays: prediction needs numpy alone, and reading a file of them runs nothing.

What a feature adds is exact: a tree's nodes hold the mean of the leaves below, so each step from the root to a leaf adds the
difference that the feature asked there makes, and all steps with the start add up to what is predicted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from assay.learn.modelfile import ModelCard, ModelError, card_of, opened, packed
from assay.model.learning import Attribution

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Places = NDArray[np.int32]

_DEEPEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Sums of trees over the features `names`, one sum for each of `labels`, which begins at `start`.

    Of each node: the place of the `feature` that is asked, the `limit` up to which the way is `left` and not `right`, and the mean
    `value` of the leaves below. A leaf goes on to itself. `roots` are the trees' first nodes, `of` the label that each adds to.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    start: Matrix = field(repr=False)
    feature: Places = field(repr=False)
    limit: Matrix = field(repr=False)
    left: Places = field(repr=False)
    right: Places = field(repr=False)
    value: Matrix = field(repr=False)
    roots: Places = field(repr=False)
    of: Places = field(repr=False)
    depth: int = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        size = len(self.feature)
        alike = {len(each) for each in (self.limit, self.left, self.right, self.value)} == {size}
        if not alike or len(self.roots) != len(self.of) or len(self.start) != len(self.labels) or not self.labels:
            raise ValueError("the arrays of trees do not fit together")
        within = (
            (self.feature, len(self.names)),
            (self.left, size),
            (self.right, size),
            (self.roots, size),
            (self.of, len(self.labels)),
        )
        if any(len(each) and not (each.min() >= 0 and each.max() < most) for each, most in within):
            raise ValueError("trees whose nodes lead nowhere")
        if not all(np.isfinite(each).all() for each in (self.limit, self.value, self.start)):
            raise ValueError("trees of numbers that are none")
        object.__setattr__(self, "depth", self._deepest())

    def sums(self, rows: Matrix) -> Matrix:
        """For each row of features the sum of each label."""
        import numpy as np

        found: Matrix = np.repeat(self.start[None, :], len(rows), axis=0)
        leaves = self.value[self._leaves(rows)]
        for label in range(len(self.labels)):
            found[:, label] += leaves[:, self.of == label].sum(axis=1)
        return found

    def why(self, row: Matrix, label: str, most: int = 10) -> list[Attribution]:
        """What adds most to the sum of a label, or takes most from it, beginning at that of all that was learned from."""
        import numpy as np

        nodes = self.roots[self.of == self.labels.index(label)]
        adds = np.zeros(len(self.names))
        for _ in range(self.depth):
            asked = self.feature[nodes]
            follows = np.where(row[asked] <= self.limit[nodes], self.left[nodes], self.right[nodes])
            # A leaf goes on to itself, which adds nothing.
            np.add.at(adds, asked, self.value[follows].astype(float) - self.value[nodes])
            nodes = follows
        parts = [
            Attribution(feature=self.names[at], value=float(row[at]), weight=float(adds[at]))
            for at in np.flatnonzero(adds)
        ]
        return sorted(parts, key=lambda part: (-abs(part.weight), part.feature))[:most]

    def mean(self, label: str) -> float:
        """The sum of a label before anything is known of a row: what all `why` begins at."""
        at = self.labels.index(label)
        return float(self.start[at]) + float(self.value[self.roots[self.of == at]].sum())

    def _leaves(self, rows: Matrix) -> Places:
        import numpy as np

        nodes: Places = np.repeat(self.roots[None, :], len(rows), axis=0)
        each = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[each, self.feature[nodes]] <= self.limit[nodes]
            nodes = np.where(goes_left, self.left[nodes], self.right[nodes])
        return nodes

    def _deepest(self) -> int:
        """How many questions a tree asks at most. Raises `ValueError` for one that never ends."""
        import numpy as np

        nodes = _different(self.roots)
        for steps in range(_DEEPEST):
            nodes = nodes[self.left[nodes] != nodes]
            if not len(nodes):
                return steps
            nodes = _different(np.concatenate([self.left[nodes], self.right[nodes]]))
        raise ValueError("trees that never end")


def _different(numbers: Places) -> Places:
    """The different ones. `np.unique` would do, and load masked arrays for it."""
    import numpy as np

    ordered = np.sort(numbers)
    found: Places = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return found


_PARTS = (
    ("start", "<f4"),
    ("feature", "<i4"),
    ("limit", "<f4"),
    ("left", "<i4"),
    ("right", "<i4"),
    ("value", "<f4"),
    ("roots", "<i4"),
    ("of", "<i4"),
)


def write(models: Mapping[str, Trees], settings: Mapping[str, float], card: ModelCard) -> bytes:
    """The file of several sums of trees by name, with the numbers that go with them."""
    import numpy as np

    told, arrays = {}, []
    # In the order in which the header is written.
    for name, trees in sorted(models.items()):
        told[name] = {
            "names": trees.names,
            "labels": trees.labels,
            "sizes": [len(getattr(trees, part)) for part, _ in _PARTS],
        }
        arrays += [np.asarray(getattr(trees, part)).astype(kind).tobytes() for part, kind in _PARTS]
    return packed({"card": asdict(card), "trees": told, "settings": dict(settings)}, b"".join(arrays))


def read(data: bytes) -> tuple[dict[str, Trees], dict[str, float], ModelCard]:
    """What `write` made. Raises `ModelError`."""
    header, arrays = opened(data)
    try:
        return _trees(header["trees"], arrays), _settings(header["settings"]), card_of(header["card"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        raise ModelError("the model file is damaged") from None


def _settings(told: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in told.items()}


def _trees(told: Mapping[str, Any], arrays: bytes) -> dict[str, Trees]:
    import numpy as np

    found, at = {}, 0
    for name, each in told.items():
        parts: dict[str, Any] = {}
        for (part, kind), size in zip(_PARTS, _sizes(each["sizes"]), strict=True):
            parts[part] = np.frombuffer(arrays, dtype=kind, count=size, offset=at)
            at += size * np.dtype(kind).itemsize
        names, labels = tuple(map(str, each["names"])), tuple(map(str, each["labels"]))
        found[name] = Trees(names=names, labels=labels, **parts)
    if at != len(arrays):
        raise ValueError("arrays that do not fit")
    return found


def _sizes(told: Sequence[Any]) -> list[int]:
    if not all(isinstance(size, int) and size >= 0 for size in told):
        raise ValueError("sizes that are none")
    return list(told)
