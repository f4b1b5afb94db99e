"""What the semantic method says of a column, as the other passes take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Calibrated scores, 0–1, of categories and of identifiers; what it abstains on is absent."""

    categories: Mapping[str, float] = field(default_factory=dict)
    types: Mapping[str, float] = field(default_factory=dict)

    @property
    def top(self) -> str | None:
        """The category that it means most."""
        return min(self.categories, key=lambda name: (-self.categories[name], name), default=None)

    def of(self, name: str, category: str) -> float | None:
        """What it says of an identifier, or of a category where that is what is asked for; `None` where it abstains.

        That a name means some personal data does not say which: a customer's number is no customer's name.
        """
        return self.categories.get(name) if name == category else self.types.get(name)
