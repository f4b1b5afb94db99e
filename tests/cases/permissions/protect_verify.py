"""What was made is looked at again."""

from __future__ import annotations

from pathlib import Path

from protecting_for_tests import make_principals, planned
from proving import Stage


def prepare(stage: Stage) -> None:
    """Everything is applied to a bucket, and a user and a role are quarantined."""
    plan = planned(stage)
    assert stage.assay("protect", "approve", plan) == 0
    assert stage.assay("protect", "apply", plan, "--execute") == 0
    plan = make_principals(stage)
    assert stage.assay("protect", "approve", plan) == 0
    assert stage.assay("protect", "apply", plan, "--execute") == 0


def scenario(stage: Stage) -> None:
    """By its plan, and all that stands."""
    assert stage.assay("protect", "verify", Path("plan").read_text()) == 0
    assert stage.assay("protect", "drift") == 0
    # A key without its alias is looked for by its tag.
    stage.aws.client("kms").delete_alias(AliasName="alias/assay-restricted")
    assert stage.assay("protect", "drift") == 1
