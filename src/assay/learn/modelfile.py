"""A model as one file: a line that says what it is, a header in JSON, and plain arrays. Reading one runs nothing.

With a key the file ends with its HMAC-SHA-256; one that was changed, or signed with another key, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from assay.errors import UsageError
from assay.learn.linear import LinearModel

MAGIC = b"assay model 1\n"
_LENGTH = 8
_SIGNATURE = 32
LARGEST = 256 * 1024 * 1024
_PURPOSE = b"assay model file"
_NUMBERS = ("macro_f1", "ece", "difference", "decisions")
"""Measures of a card that are printed, or reckoned with."""


class ModelError(UsageError):
    """A file that is no model, of another version, changed since it was signed, or signed with another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What is known of a model: what it tells, of what data it was made, how good it was, and after which one.

    `kind` is `document_type`, `document_level` or `column_type`.
    """

    kind: str
    fingerprint: str
    samples: int
    metrics: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    made_at: str = ""
    note: str = ""


def write(model: LinearModel, card: ModelCard, key: bytes | None = None) -> bytes:
    """The file of a model."""
    import numpy as np

    header = {"card": asdict(card), "labels": model.labels, "names": model.names, "temperature": model.temperature}
    body = packed(header, np.concatenate([model.weights.ravel(), model.bias]).astype("<f2").tobytes())
    return body if key is None else body + _code(key, body)


def read(data: bytes, key: bytes | None = None) -> tuple[LinearModel, ModelCard]:
    """The model of a file, whose signature is checked with the key if there is one. Raises `ModelError`."""
    if len(data) > LARGEST:
        raise ModelError("the model file is too large")
    if not data.startswith(MAGIC):
        if data.startswith(b"assay model "):
            raise ModelError("the model file was made by another version of assay; train it anew")
        raise ModelError("the file is no model of assay")
    if key is not None:
        body, given = data[:-_SIGNATURE], data[-_SIGNATURE:]
        if not hmac.compare_digest(given, _code(key, body)):
            raise ModelError("the model file was changed, or signed with another key; it is not used")
        data = body
    header, arrays = opened(data)
    try:
        return _model(header, arrays), card_of(header["card"])
    except (ValueError, KeyError, TypeError, OverflowError):
        raise ModelError("the model file is damaged") from None


def packed(header: Mapping[str, Any], arrays: bytes) -> bytes:
    """A file without a signature."""
    told = json.dumps(header, sort_keys=True).encode()
    return MAGIC + len(told).to_bytes(_LENGTH, "little") + told + arrays


def opened(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The header and the arrays of a file whose signature was checked, or that ships. Raises `ModelError`."""
    if len(data) > LARGEST:
        raise ModelError("the model file is too large")
    if not data.startswith(MAGIC):
        raise ModelError("the file is no model of assay")
    start = len(MAGIC) + _LENGTH
    end = start + int.from_bytes(data[len(MAGIC) : start], "little")
    try:
        header = json.loads(data[start:end])
        if not isinstance(header, dict):
            raise TypeError("no header")
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ModelError("the model file is damaged") from None
    return header, data[end:]


def unsigned(data: bytes) -> bytes:
    """A signed file without its signature, once that was checked."""
    return data[:-_SIGNATURE]


def digest(data: bytes) -> str:
    """Of a file: its version's name."""
    return hashlib.sha256(data).hexdigest()[:16]


def _model(header: Mapping[str, Any], arrays: bytes) -> LinearModel:
    import numpy as np

    names, labels = tuple(map(str, header["names"])), tuple(map(str, header["labels"]))
    numbers = np.frombuffer(arrays, dtype="<f2").astype(np.float32)
    if len(numbers) != (len(names) + 1) * len(labels) or not np.isfinite(numbers).all():
        raise ValueError("arrays that do not fit")
    size = len(names) * len(labels)
    return LinearModel(
        names=names,
        labels=labels,
        weights=numbers[:size].reshape(len(names), len(labels)),
        bias=numbers[size:],
        temperature=float(header["temperature"]),
    )


def card_of(told: Mapping[str, Any]) -> ModelCard:
    """Raises `ValueError` for one that tells what no card does: whoever prints it takes it at its word."""
    card = ModelCard(**told)
    texts = (card.kind, card.fingerprint, card.made_at, card.note, card.parent or "")
    numbers = [card.samples, *(card.metrics.get(name, 0) for name in _NUMBERS if isinstance(card.metrics, Mapping))]
    if not isinstance(card.metrics, Mapping) or not all(isinstance(text, str) for text in texts):
        raise ValueError("a card of other kinds")
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise ValueError("numbers that are none")
    return card


def _code(key: bytes, body: bytes) -> bytes:
    own = hmac.digest(key, _PURPOSE, "sha256")
    return hmac.digest(own, body, "sha256")
