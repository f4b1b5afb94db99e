"""Statements that come and go in a policy of others, told by their Sids: what ends is never put there once its time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from assay.aws.session import Session
from assay.errors import ActionError
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector

OVER = "its time is over"
_EXPIRES = "expires"


class StatementProtector(SettingProtector):
    """Never lets somebody in whose time is over by the clock of this machine; by its own the service does not either."""

    def __init__(
        self, session: Session, account: str, part: Part, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(session, account, part)
        self._now = now

    def apply(self, action: Action) -> State:
        """Puts the statements beside those of others. Returns what was found before."""
        until = action.found.get(_EXPIRES)
        if until is not None and datetime.fromisoformat(until) <= self._now():
            raise ActionError(OVER, f"the grant ended at {until}; plan another one")
        return super().apply(action)
