"""What becomes of splits: findings, what they add to a resource, and the reports that end them."""

from __future__ import annotations

from dataclasses import dataclass, field

from assay.classify.resource import Totals
from assay.model import Finding
from assay.ports import Lines
from assay.scanning.report import SplitReport


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """What the findings that follow add to a resource whose report is still to come: it may never come.

    `counts` maps an identifier to (findings, highest confidence), as in a report; `bytes_total` is the resource's size.
    """

    resource: str
    bytes_total: int = 0
    counts: dict[str, tuple[int, float]] = field(default_factory=dict)
    test_values: int = 0


@dataclass(slots=True, kw_only=True)
class Settled:
    """Resources that were read in one piece each and are classified: the JSON Lines of each, and what they add up to."""

    lines: list[bytes] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)


@dataclass(slots=True, kw_only=True)
class LostReport(SplitReport):
    """The report of a split whose worker died: its gap. What was found of it before came with the findings."""


Outcome = Lines | list[Finding] | SoFar | SplitReport | Settled
"""JSON Lines of findings, or findings, of a large split after what they add to it; then the report of each split.

Or, for resources in one piece, all that is to be told of them.
"""
