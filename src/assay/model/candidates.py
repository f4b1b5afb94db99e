"""Candidates: values that are not sure enough to be told as findings, as far as a person who looks at them needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.model.identifier import Level

MOST = 10_000
"""Candidates of a split that are counted; after so many no more are looked for."""
EXAMPLES = 5
"""Examples that are kept of one pattern in one resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Values of one pattern in one resource whose confidence is below `below`, from where findings are told.

    `count` is how many were seen (a limit may have ended that), `highest` the surest one's confidence. Each of `examples`,
    at most `EXAMPLES` different values, has `redacted`, `fingerprint`, `line` and `confidence`; no clear value.
    """

    resource: str
    identifier: str
    category: str
    level: Level
    pattern: str
    below: float
    count: int
    highest: float
    examples: tuple[dict[str, Any], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Identifier and pattern: what is told apart within a resource."""
        return (self.identifier, self.pattern)

    def and_also(self, other: Candidates) -> Candidates:
        """Both together: those of another part of the same resource."""
        known = {each["fingerprint"] for each in self.examples}
        new = [each for each in other.examples if each["fingerprint"] not in known]
        return Candidates(
            resource=self.resource,
            identifier=self.identifier,
            category=self.category,
            level=self.level,
            pattern=self.pattern,
            below=self.below,
            count=self.count + other.count,
            highest=max(self.highest, other.highest),
            examples=(*self.examples, *new)[:EXAMPLES],
        )
