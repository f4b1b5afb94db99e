"""All buckets are looked at and planned for, one of which has a key of one's own."""

from __future__ import annotations

from protecting_for_tests import planned
from proving import Stage


def scenario(stage: Stage) -> None:
    """A restricted bucket whose key is there."""
    planned(stage)
    assert stage.assay("protect", "observe") == 0
