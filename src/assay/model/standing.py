"""What is concluded of a resource at present, and since when."""

from __future__ import annotations

from dataclasses import dataclass

from assay.model.classification import Classification


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A classification as the catalog has it. `arn` is the resource's name in AWS, `None` for what is none of its own.

    Times are UTC in ISO 8601, with microseconds and `Z`: when the resource was first seen, and since when this holds.
    """

    classification: Classification
    first_seen_at: str
    changed_at: str
    version: int
    arn: str | None = None
