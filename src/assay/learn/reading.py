"""The beginning of a text, as it is scanned → its features, and what kind of document it is."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from assay.learn.documents import LONGEST, features_of, without
from assay.learn.linear import LinearModel
from assay.learn.phrasing import level_sentence
from assay.model.identifier import Level
from assay.model.learning import DocumentType, Features, LearnedLevel
from assay.ports import DocumentReport

OTHER = "other"
SURE = 0.6
"""From which confidence a type, or a level, is told."""
_MOST = 10
_LEVELS = {level.value: level for level in Level}


class Models(NamedTuple):
    """The models that a text is read with: of its type, and of its level, which need not be there."""

    type: LinearModel
    level: LinearModel | None = None


class Reading:
    """The text of one resource. What was found in it is cut out before anything else is done; the text itself is gone with
    the features. `keep` says that these are wanted."""

    def __init__(self, models: Callable[[Features], Models], *, keep: bool) -> None:
        self._models = models
        self._keep = keep
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, text: bytes | bytearray | memoryview, found: Sequence[tuple[int, int]]) -> None:
        """A piece of text, with the spans of what was found in it."""
        room = LONGEST - self._size
        if room <= 0:
            return
        part = without(bytes(text[:room]), [span for span in found if span[0] < room])
        self._parts.append(part)
        self._size += len(part) + 1

    def done(self, found: Mapping[str, int]) -> DocumentReport | None:
        """What is told of the text."""
        features = features_of(b"\n".join(self._parts), found)
        self._parts = []
        if features is None:
            return None
        models = self._models(features)
        told = document_type(models.type, features)
        level = None if models.level is None else document_level(models.level, features)
        return DocumentReport(told, features if self._keep else None, level)


def drawn(features: Features, share: float) -> bool:
    """Whether a document, or a table by its names, is among the share that a new model is tried on: the same one is, or is not, in every scan."""
    told = ",".join(sorted(features)).encode()
    return zlib.crc32(told) < share * 2**32


def document_type(model: LinearModel, features: Mapping[str, float]) -> DocumentType | None:
    """The type that a model is sure enough of."""
    prediction = model.predict(features)
    if prediction.confidence < SURE or prediction.label == OTHER:
        return None
    return DocumentType(name=prediction.label, confidence=prediction.confidence)


def document_level(model: LinearModel, features: Mapping[str, float]) -> LearnedLevel | None:
    """The level that a model is sure enough of, and what weighs most for it and against it."""
    prediction = model.predict(features)
    level = _LEVELS.get(prediction.label)
    if level is None or prediction.confidence < SURE:
        return None
    why = model.why(features, prediction.label, _MOST)
    return LearnedLevel(
        level=level,
        confidence=prediction.confidence,
        said=level_sentence(prediction, why),
        why=tuple((part.feature, round(part.weight, 4)) for part in why),
    )
