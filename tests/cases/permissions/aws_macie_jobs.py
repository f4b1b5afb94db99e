"""Jobs are listed."""

from __future__ import annotations

from macie_for_tests import enabled
from proving import Stage


def scenario(stage: Stage) -> None:
    """There are none."""
    enabled(stage.aws)
    assert stage.assay("aws", "macie", "jobs") == 0
