"""The role of another account is assumed."""

from __future__ import annotations

from proving import Stage

from assay.app.protection.protecting import Protection
from assay.app.protection.reaching import Reaching
from assay.aws.access import Access

ROLE = "arn:aws:iam::111122223333:role/see"


def scenario(stage: Stage) -> None:  # the emulator lets everybody assume roles
    """Nothing is looked at yet."""

    class Entered(Protection):
        def __init__(self, account: str) -> None:
            self.account = account

    found = Reaching(access=Access(), roles=[ROLE], make=lambda session, _: Entered(session.account())).accounts()
    assert [each.account for each in found if isinstance(each, Entered)] == ["123456789012", "111122223333"]
