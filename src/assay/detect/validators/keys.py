"""Checks of key material: phrases, keys of tunnels, key stores and keys of web tokens.

Every public function takes the text of a candidate and is total: it returns a `bool` and raises nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import lzma
import re
from functools import cache
from pathlib import Path

_LENGTHS = (12, 15, 18, 21, 24)
_BITS = 11
_KEY = 32
_FEWEST_BYTES = 14
_FEWEST_DATA = 8
_ENTRY = re.compile(r":\s?[\"']?([A-Za-z0-9+/]+={0,2})")
_SHOWN = ("abandon", "test", "zoo", "legal", "letter")
"""Words that the published test phrases repeat."""


def bip39_checksum(value: str) -> bool:
    """Whether a phrase of 12 to 24 words of the English list carries its checksum (BIP 39).

    The phrases that documentation and test networks share are left out: they repeat a few words.
    """
    words = value.lower().split()
    numbers = _numbers()
    if len(words) not in _LENGTHS or any(word not in numbers for word in words):
        return False
    if len(set(words)) < len(words) * 2 // 3 or any(words.count(word) > 2 for word in _SHOWN):
        return False
    bits = 0
    for word in words:
        bits = bits << _BITS | numbers[word]
    check = len(words) * _BITS // 33
    entropy = (bits >> check).to_bytes((len(words) * _BITS - check) // 8, "big")
    return hashlib.sha256(entropy).digest()[0] >> (8 - check) == bits & ((1 << check) - 1)


def curve_key(value: str) -> bool:
    """Whether a value is base64 of 32 varied bytes, as keys of Curve25519 are written."""
    return _length(value) == _KEY


def key_bytes(value: str) -> bool:
    """Whether a value without line ends is base64 of bytes that are varied."""
    return _length("".join(value.split())) is not None


def docker_config(value: str) -> bool:
    """Whether a value is base64 of a Docker configuration with at least one log-in."""
    try:
        auths = json.loads(base64.b64decode(value + "=" * (-len(value) % 4), validate=True))["auths"]
        return any(entry.get("auth") or entry.get("password") or entry.get("identitytoken") for entry in auths.values())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False


def secret_data(value: str) -> bool:
    """Whether one of the values of a Secret's data is base64 of eight bytes or more."""
    return any(_decoded_length(entry) >= _FEWEST_DATA for entry in _ENTRY.findall(value))


def _decoded_length(value: str) -> int:
    try:
        return len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return 0


def _length(value: str) -> int | None:
    """How many bytes there are, if they are varied."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return len(decoded) if len(set(decoded)) >= _FEWEST_BYTES else None


@cache
def _numbers() -> dict[str, int]:
    """The words of the list, each with its number."""
    packed = Path(__file__).with_name("bip39_english.txt.xz").read_bytes()
    return {word: number for number, word in enumerate(lzma.decompress(packed).decode("ascii").split())}
