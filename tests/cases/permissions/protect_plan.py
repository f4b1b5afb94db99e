"""All buckets are looked at and planned for, one of which has a key of one's own."""

from __future__ import annotations

from protecting_for_tests import TRUST, planned
from proving import Stage


def scenario(stage: Stage) -> None:
    """A restricted bucket whose key is there."""
    planned(stage)
    assert stage.assay("protect", "observe") == 0
    # A role of that name, which is somebody else's.
    stage.aws.client("iam").create_role(RoleName="assay-backup", AssumeRolePolicyDocument=TRUST)
    assert stage.assay("protect", "plan") == 3
