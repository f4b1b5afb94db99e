"""Steps that replace what cannot be encrypted where it is. Each is an action whose state has one name, the step's; what it makes is known by
names and tags, so that a run that was killed finds what it had made, and nothing is made twice.

Nothing that was there before is deleted by any of them but by the one that is asked for by itself (`deleted`), and only once the replacement
is in its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, UNCHANGED, Action, State

NOT_SETTLED = "not settled"
NOT_READY = "not ready"
FINAL = "cannot be taken back"
_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0, *(5.0,) * 118)
"""Seconds before each look: what takes longer than ten minutes is looked at by the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `see` tells the state of an action (raises `AwsError` of `NOT_SETTLED` while it is under way), `make` makes it of what was
    seen, `check` raises `ActionError` for what stands against it. `between` says that what was seen is a part of it, left by a run
    that was killed; `back` takes it back, where that can be."""

    see: Callable[[Session, Action], State]
    make: Callable[[Session, Action], None]
    check: Callable[[Session, Action], None] = lambda _session, _action: None
    back: Callable[[Session, Action], None] | None = None
    between: Callable[[State, Action], bool] = lambda _state, _action: False


class ReplacingProtector:
    """Makes steps by their names; waits until each is done, for some minutes."""

    def __init__(
        self,
        session: Session,
        service: str,
        calls: Calls,
        steps: Mapping[str, Step],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls = calls
        self._session = session
        self._service = service
        self._steps = steps
        self._pause = pause

    def apply(self, action: Action) -> State:
        """Looks, checks, and makes it. Returns what was found before."""
        step = self._step(action)
        now = step.see(self._session, action)
        if dict(now) == dict(action.after):
            raise ActionError(UNCHANGED, "it is as wanted already")
        if dict(now) != dict(action.before) and not step.between(now, action):
            raise ActionError(CHANGED, f"{_told(now)}: no longer as it was planned for; plan it again")
        step.check(self._session, action)
        self._ask(step.make, action)
        self._wait(step, action)
        return action.before

    def read_back(self, action: Action) -> State:
        """How far it is."""
        return self._step(action).see(self._session, action)

    def undo(self, action: Action) -> State:
        """Takes a switch back; what was made stays, and what was deleted is gone."""
        step = self._step(action)
        if step.back is None:
            raise ActionError(FINAL, "what was made for a replacement stays until somebody deletes it")
        now = step.see(self._session, action)
        if dict(now) == dict(action.before):
            raise ActionError(UNCHANGED, "it is as it was already")
        if dict(now) != dict(action.after) and not step.between(now, action):
            raise ActionError(CHANGED, f"{_told(now)}: no longer as it was left")
        self._ask(step.back, action)
        self._wait(step, action)
        return action.after

    def _step(self, action: Action) -> Step:
        """What a state names by its first word, or as a whole."""
        ((named, _),) = action.after.items()
        return next(step for name, step in self._steps.items() if named == name or named.startswith(f"{name} "))

    def _ask(self, call: Callable[[Session, Action], None], action: Action) -> None:
        try:
            call(self._session, action)
        except refusals() as error:
            raise told(error, self._service) from None

    def _wait(self, step: Step, action: Action) -> None:
        """Until it is no longer under way. Raises `AwsError` where it is after some minutes still: the next run looks again."""
        for number, seconds in enumerate(_PAUSES, start=1):
            self._pause(seconds)
            try:
                step.see(self._session, action)
            except AwsError as error:
                if error.reason != NOT_SETTLED or number == len(_PAUSES):
                    raise
                continue
            return


def settled(status: Any, ready: tuple[str, ...], failed: tuple[str, ...], what: str) -> None:
    """Raises `AwsError`: of `NOT_SETTLED` while something is under way, of `NOT_READY` where it failed."""
    if status in ready:
        return
    if status in failed:
        raise AwsError(NOT_READY, f"{what} is {status}: delete it, and apply the plan again")
    raise AwsError(NOT_SETTLED, f"{what} is {status}; look again later")


def _told(state: State) -> str:
    return ", ".join(f"{name} is {value or 'not there'}" for name, value in state.items())
