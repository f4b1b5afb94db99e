"""Statements of a bucket's policy that come and go: temporary grants, and quarantines. `PutBucketPolicy` replaces all of the policy, so
that what others wrote is read and sent along; what an action names is told by its Sid.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.model.action import Action, State
from assay.protectors import s3_tls_only
from assay.protectors.settings import SettingProtector

CONTROL = "s3_statements"
CALLS: Calls = s3_tls_only.CALLS
OVER = "its time is over"
_EXPIRES = "expires"


def protector(session: Session, account: str) -> StatementProtector:
    """Changes buckets of the account."""
    return StatementProtector(session, account)


class StatementProtector(SettingProtector):
    """Never lets somebody in whose time is over by the clock of this machine; by its own S3 does not either."""

    def __init__(self, session: Session, account: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(session, account, replace(s3_tls_only.PART, control=CONTROL))
        self._now = now

    def apply(self, action: Action) -> State:
        """Puts the statements beside those of others. Returns what was found before."""
        until = action.found.get(_EXPIRES)
        if until is not None and datetime.fromisoformat(until) <= self._now():
            raise ActionError(OVER, f"the grant ended at {until}; plan another one")
        return super().apply(action)
