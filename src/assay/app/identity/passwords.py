"""Passwords: what is one, and hashing them (argon2id, RFC 9106), so that guessing costs time and memory."""

from __future__ import annotations

import threading
import unicodedata
from typing import Any

from assay.errors import UsageError

SHORTEST = 12
_LONGEST = 200
_FEWEST_CHARACTERS = 5
_AT_ONCE = 2


class Passwords:
    """Hashes and checks passwords, few at a time: each takes 64 MiB. `costs` are argon2's own, by default the RFC's."""

    def __init__(self, **costs: Any) -> None:
        from argon2 import PasswordHasher  # only where somebody signs in

        self._hasher: Any = PasswordHasher(**costs)
        self._turn = threading.Semaphore(_AT_ONCE)
        self._nobodys: str = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The hash of a password, with its own salt and costs."""
        with self._turn:
            return str(self._hasher.hash(_normal(password)))

    def holds(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password. For nobody (`None`) it takes as long, and is wrong."""
        from argon2.exceptions import InvalidHashError, VerificationError

        with self._turn:
            try:
                self._hasher.verify(hashed or self._nobodys, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return hashed is not None

    def is_old(self, hashed: str) -> bool:
        """Whether a hash was made with other costs than are asked for now."""
        return bool(self._hasher.check_needs_rehash(hashed))


def check(password: str, name: str) -> None:
    """Raises `UsageError` for a password that is easily guessed."""
    text = _normal(password)
    if len(text) < SHORTEST:
        raise UsageError(
            f"a password has at least {SHORTEST} characters; four words that do not belong together are good"
        )
    if len(text) > _LONGEST:
        raise UsageError(f"a password has at most {_LONGEST} characters")
    if len(set(text)) < _FEWEST_CHARACTERS:
        raise UsageError("a password of so few different characters is soon guessed; choose another")
    if name.casefold() in text.casefold() or text.casefold() in name.casefold():
        raise UsageError("a password does not hold the name; choose another")


def _normal(password: str) -> str:
    # As keyboards differ in how they write the same letter.
    return unicodedata.normalize("NFC", password)
