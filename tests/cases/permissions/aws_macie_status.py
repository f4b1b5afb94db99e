"""Macie is asked what it is and has."""

from __future__ import annotations

from macie_for_tests import enabled
from proving import Stage


def scenario(stage: Stage) -> None:
    """Once it is enabled there is more to ask."""
    assert stage.assay("aws", "macie", "status") == 3
    enabled(stage.aws)
    assert stage.assay("aws", "macie", "status") == 0
