"""Redaction and fingerprints: all that may leave the detector of a clear value."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

from assay.model import Identifier, Normalise, Redaction

_MAX_STARS = 32
_MANY = 16
_STAR, _NEWLINE = ord("*"), ord("\n")
_NOT_ALNUM = re.compile(r"[\W_]+")
_NOT_DIGIT = re.compile(r"\D+")


def redact(value: str, identifier: Identifier) -> str:
    """The form of `value` that may be shown (SPEC section 2).

    With n characters, k = min(2, n div 8): the first k and the last k, stars between (at most 32). Cards show their last
    four digits, secrets their provider prefix, passwords and keys nothing.
    """
    style = identifier.redaction
    if style is Redaction.PARTIAL:
        return mask(value)
    if style is Redaction.LAST4:
        digits = value if value.isdecimal() else _NOT_DIGIT.sub("", value)
        if len(digits) < 12:
            return "*" * min(len(value), _MAX_STARS)
        return "*" * min(len(digits) - 4, _MAX_STARS) + digits[-4:]
    if style is Redaction.PREFIX:
        shown = next((p for p in identifier.prefixes if value.startswith(p) and len(p) * 2 <= len(value)), "")
        return shown + "*" * min(len(value) - len(shown), _MAX_STARS)
    return "*" * 8


def mask(value: str) -> str:
    """First and last k of n characters, k = min(2, n div 8). Line breaks are stars too."""
    n = len(value)
    k = min(2, n // 8)
    if not k:
        return "*" * n
    stars = "*" * min(n - 2 * k, _MAX_STARS)
    head, tail = value[:k], value[n - k :]
    if not (head.isprintable() and tail.isprintable()):
        return "*" * k + stars + "*" * k
    return head + stars + tail


def redact_all(values: Sequence[str], identifier: Identifier) -> list[str]:
    """`redact` of each of many values."""
    together = "".join(values)
    if identifier.redaction is Redaction.LAST4 and together.isdecimal():
        lengths = set(map(len, values))
        if len(lengths) == 1 and (n := lengths.pop()) >= 12:
            stars = "*" * min(n - 4, _MAX_STARS)
            return [stars + value[-4:] for value in values]
    if identifier.redaction is not Redaction.PARTIAL or not together.isprintable():
        return [redact(value, identifier) for value in values]
    if len(values) >= _MANY and together.isascii() and all(values):
        return _mask_all(together, values)
    return [mask(value) for value in values]


def _mask_all(together: str, values: Sequence[str]) -> list[str]:
    """`mask` of each of many printable ASCII values, none of which is empty; `together` is one behind the other."""
    import numpy as np  # only for tables

    text = np.frombuffer(together.encode(), dtype=np.uint8)
    lengths = np.fromiter(map(len, values), np.int64, len(values))
    last = np.cumsum(lengths) - 1
    first = last - lengths + 1
    shown = np.minimum(2, lengths // 8)
    stars = np.where(shown, np.minimum(lengths - 2 * shown, _MAX_STARS), lengths)
    most = int(stars.max())
    # A row is a value; what it does not have of the longest is a null byte, which no printable text has.
    rows = np.zeros((len(values), most + 5), dtype=np.uint8)
    rows[:, 0] = np.where(shown > 0, text[first], 0)
    rows[:, 1] = np.where(shown > 1, text[np.minimum(first + 1, last)], 0)
    rows[:, 2:-3] = np.where(np.arange(most) < stars[:, np.newaxis], _STAR, 0)
    rows[:, -3] = np.where(shown > 1, text[np.maximum(last - 1, first)], 0)
    rows[:, -2] = np.where(shown > 0, text[last], 0)
    rows[:, -1] = _NEWLINE
    return rows.tobytes().translate(None, b"\0").decode()[:-1].split("\n")


def normaliser(kind: Normalise) -> Callable[[str], str]:
    """What is left of a value when its spelling is taken away."""
    return _NORMALISERS[kind]


_NORMALISERS: dict[Normalise, Callable[[str], str]] = {
    Normalise.EXACT: str.strip,
    Normalise.LOWER: lambda value: value.strip().lower(),
    Normalise.DIGITS: lambda value: value if value.isdecimal() else _NOT_DIGIT.sub("", value),
    Normalise.ALNUM: lambda value: (value if value.isalnum() else _NOT_ALNUM.sub("", value)).upper(),
}


def normalise_all(kind: Normalise, values: Sequence[str]) -> list[str]:
    """`normaliser(kind)` of each of many values, in one pass over all of them where that can be."""
    together = "\n".join(values)
    if not together.isascii() or together.count("\n") != len(values) - 1:
        return list(map(_NORMALISERS[kind], values))
    if (kept := _KEPT.get(kind)) is not None:
        table, dropped = kept
        return together.encode().translate(table, dropped).decode().split("\n")
    if kind is Normalise.LOWER:
        together = together.lower()
        words = together.split()
        # Then no value is empty, or has white space around it or in it.
        if words and "\n".join(words) == together:
            return words
    return list(map(_NORMALISERS[kind], values))


_ASCII_UPPER = bytes(range(256)).upper()
_KEPT = {
    Normalise.DIGITS: (None, bytes(byte for byte in range(128) if not chr(byte).isdigit() and byte != 10)),
    Normalise.ALNUM: (_ASCII_UPPER, bytes(byte for byte in range(128) if not chr(byte).isalnum() and byte != 10)),
}


class Fingerprinter:
    """HMAC-SHA-256 (RFC 2104) under one key, with the two key blocks hashed once.

    Equal values of the same identifier have equal fingerprints; without the key nothing can be tested against them.
    """

    __slots__ = ("_inner", "_outer", "key_id")

    def __init__(self, key: bytes) -> None:
        self.key_id = hashlib.sha256(b"assay key id\0" + key).hexdigest()[:12]
        if len(key) > 64:
            key = hashlib.sha256(key).digest()
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def __call__(self, value: bytes) -> str:
        inner = self._inner.copy()
        inner.update(value)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()

    def all(self, prefix: bytes, values: Sequence[str]) -> str:
        """The fingerprints of `prefix` with each of the values behind it, one behind the other."""
        begun = self._inner.copy()
        begun.update(prefix)
        begin, end = begun.copy, self._outer.copy
        found: list[bytes] = []
        add = found.append
        for value in map(str.encode, values):
            inner = begin()
            inner.update(value)
            outer = end()
            outer.update(inner.digest())
            add(outer.digest())
        return b"".join(found).hex()
