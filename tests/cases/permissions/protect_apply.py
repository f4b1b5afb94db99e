"""Everything is applied to a bucket, a user and a role are quarantined, and all is taken back."""

from __future__ import annotations

from pathlib import Path

from protecting_for_tests import make_principals, planned
from proving import Stage


def prepare(stage: Stage) -> None:
    """The plan for a bucket that has nothing, so that taking back deletes; it tells its events, too."""
    planned(stage)
    make_principals(stage)


def scenario(stage: Stage) -> None:
    """Approved, applied, taken back."""
    plan = Path("plan").read_text()
    assert stage.assay("protect", "approve", plan) == 0
    assert stage.assay("protect", "apply", plan, "--execute") == 0
    assert stage.assay("protect", "rollback", plan, "--execute") == 0
    plan = Path("incident").read_text()
    assert stage.assay("protect", "approve", plan) == 0
    assert stage.assay("protect", "apply", plan, "--execute") == 0
    assert stage.assay("protect", "rollback", plan, "--execute") == 0
