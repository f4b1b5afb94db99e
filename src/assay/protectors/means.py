"""Means that protection of many resources is done with: made where they are not there, completed where something of them is
missing, and never deleted, since others may use them by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError
from assay.model.action import CHANGED, UNCHANGED, Action, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How one kind of means is looked at and made. `observe` tells what there is of what an action names, `make` adds what is not
    there, of an action and what was found; `final` says why it is never taken back."""

    called: str
    service: str
    calls: Calls
    observe: Callable[[Session, Action], State]
    make: Callable[[Session, Action, State], None]
    final: str


class MeansProtector:
    """Makes what an action says is not there."""

    def __init__(self, session: Session, making: Making) -> None:
        self.calls = making.calls
        self._session = session
        self._making = making

    def apply(self, action: Action) -> State:
        """Looks, compares, and makes what is missing. Returns what was found before."""
        now = self.read_back(action)
        if dict(now) == dict(action.after):
            raise ActionError(UNCHANGED, "it is as wanted already")
        if dict(now) != dict(action.before):
            raise ActionError(CHANGED, f"{self._making.called} is another than it was planned for; plan it again")
        try:
            self._making.make(self._session, action, now)
        except refusals() as error:
            raise told(error, self._making.service) from None
        return now

    def read_back(self, action: Action) -> State:
        """What there is of what the action names."""
        return self._making.observe(self._session, action)

    def undo(self, action: Action) -> State:  # noqa: ARG002  # as every protector has it
        """Never: raises `ActionError`."""
        raise ActionError("cannot be taken back", self._making.final)
