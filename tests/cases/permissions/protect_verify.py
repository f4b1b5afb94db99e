"""What was made is looked at again."""

from __future__ import annotations

from pathlib import Path

from protecting_for_tests import planned
from proving import Stage


def prepare(stage: Stage) -> None:
    """Everything is applied to a bucket."""
    Path("own.yaml").write_text("policies:\n  - {name: events, set: {event_notifications: true}}\n")
    plan = planned(stage, "--policy", "own.yaml")
    assert stage.assay("protect", "approve", plan) == 0
    assert stage.assay("protect", "apply", plan, "--execute") == 0


def scenario(stage: Stage) -> None:
    """By its plan, and all that stands."""
    assert stage.assay("protect", "verify", Path("plan").read_text()) == 0
    assert stage.assay("protect", "drift") == 0
