"""The beginning of a text, as it is scanned → its features, and what kind of document it is."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

from assay.learn.documents import LONGEST, features_of, without
from assay.learn.linear import LinearModel
from assay.model.learning import DocumentType, Features
from assay.ports import DocumentReport

OTHER = "other"
SURE = 0.6
"""From which confidence a type is told."""


class Reading:
    """The text of one resource. What was found in it is cut out before anything else is done; the text itself is gone with
    the features. `keep` says that these are wanted."""

    def __init__(self, model: Callable[[Features], LinearModel], *, keep: bool) -> None:
        self._model = model
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
        told = document_type(self._model(features), features)
        return DocumentReport(told, features if self._keep else None)


def drawn(features: Features, share: float) -> bool:
    """Whether a document is among the share that a new model is tried on: the same one is, or is not, in every scan."""
    told = ",".join(sorted(features)).encode()
    return zlib.crc32(told) < share * 2**32


def document_type(model: LinearModel, features: Mapping[str, float]) -> DocumentType | None:
    """The type that a model is sure enough of."""
    prediction = model.predict(features)
    if prediction.confidence < SURE or prediction.label == OTHER:
        return None
    return DocumentType(name=prediction.label, confidence=prediction.confidence)
