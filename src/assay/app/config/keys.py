"""What a setting is: its name, its kind, and how it is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENVIRONMENT = "ASSAY_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting: its type as people write it, what it does, and how a raw value becomes the real one.

    `unset` is what the default means beyond its value, where nobody set it."""

    name: str
    kind: str
    help: str
    default: str
    parse: Callable[[Any, Path], Any]
    from_text: Callable[[str], Any]
    unset: str = ""

    @property
    def default_told(self) -> str:
        return f"{self.default} ({self.unset})" if self.unset else self.default

    @property
    def variable(self) -> str:
        return ENVIRONMENT + self.name.upper()


class WrongError(ValueError):
    """A value of the wrong type or out of range; the message completes 'KEY …'."""


def texts(value: Any, _base: Path) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise WrongError('must be a list of texts, e.g. ["one", "two"]')
    return tuple(value)


def flag(value: Any, _base: Path) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise WrongError("must be true or false")
    return value


def boolean(text: str) -> bool:
    """True or false of a variable."""
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise WrongError("must be true or false")
    return known[text.lower()]


def split(text: str) -> list[str]:
    """The items of a list in a variable."""
    return [item for item in text.split(os.pathsep) if item]


def as_it_is(text: str) -> str:
    """The text of a variable."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Whole numbers from `least` to `most`: of what (`of`), and what the least one stands for (`stands_for`)."""

    least: int = 0
    most: int
    of: str = ""
    stands_for: str = ""

    @property
    def _wrong(self) -> WrongError:
        what = f" of {self.of}" if self.of else ""
        least = f"{self.least} ({self.stands_for})" if self.stands_for else f"{self.least}"
        return WrongError(f"must be a whole number{what} from {least} to {self.most:,}")

    def parse(self, value: Any, _base: Path) -> int:
        """The number. What is true or false is none."""
        if type(value) is not int or not self.least <= value <= self.most:
            raise self._wrong
        return value

    def from_text(self, text: str) -> int:
        """The number of a variable."""
        try:
            return int(text)
        except ValueError:
            raise self._wrong from None
