"""What all writers of settings have in common: what is there is compared with what was planned, with nothing between that and
the write; so is what the plan judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from assay.aws.failures import refusals
from assay.aws.s3settings import UNREAD
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, UNCHANGED, Action, State

ReadRaw = Callable[[Session, str, str], Any]
"""What is there as the API has it, of a session, a resource and the account that has to own it. Raises `AwsError`."""


class Write(NamedTuple):
    """What is written: `raw` is all that is there, `sets` what of it has to be another."""

    session: Session
    account: str
    resource: str
    raw: Any
    sets: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One control: how what is there is read, what of it is the state of an action, and how that is written.

    `resolve` gives the action as it is carried out, where a plan names what had no name yet when it was made. `seen` fingerprints what else a plan judged by (`Action.found`), by name; the state must not depend on it.
    """

    control: str
    service: str
    calls: Calls
    read: ReadRaw
    state: Callable[[Any, Action], State]
    write: Callable[[Write], None]
    resolve: Callable[[Session, Action], Action] | None = None
    seen: Mapping[str, Callable[[Session, str, str], str]] = field(default_factory=dict)


class SettingProtector:
    """Makes the actions of one control on resources of the account."""

    def __init__(self, session: Session, account: str, part: Part) -> None:
        self.calls = part.calls
        self._session = session
        self._account = account
        self._part = part

    def apply(self, action: Action) -> State:
        """Reads, compares, merges, and writes with nothing between. Returns what was found before."""
        self._recheck(action)
        return self._write(action, "as it was planned for; plan it again")

    def read_back(self, action: Action) -> State:
        """What the action names, as it is now."""
        resolved = self._resolved(action)
        return _named(self._part.state(self._read(resolved), resolved), resolved, action)

    def undo(self, action: Action) -> State:
        """Brings back what was there, where what was written is there still. What others did beside it stays."""
        return self._write(action.inverse, "as it was left")

    def _recheck(self, action: Action) -> None:
        for name, seen in self._part.seen.items():
            planned = action.found.get(name)
            if planned is not None and self._judged_by(seen, action, planned) != planned:
                raise ActionError(
                    CHANGED, f"{name.replace('_', ' ')}: is another than it was planned for; plan it again"
                )

    def _judged_by(self, seen: Callable[[Session, str, str], str], action: Action, planned: str) -> str:
        """What could not be read when it was planned need not be now."""
        try:
            return seen(self._session, action.resource, self._account)
        except AwsError:
            if planned != UNREAD:
                raise
            return planned

    def _resolved(self, action: Action) -> Action:
        return action if self._part.resolve is None else self._part.resolve(self._session, action)

    def _write(self, named: Action, how: str) -> State:
        action = self._resolved(named)
        raw = self._read(action)
        now = self._part.state(raw, action)
        if dict(now) == dict(action.after):
            raise ActionError(UNCHANGED, "it is as wanted already")
        if dict(now) != dict(action.before):
            other = sorted(name for name in now if now[name] != action.before.get(name))
            raise ActionError(CHANGED, f"{', '.join(other)}: no longer {how}")
        write = Write(self._session, self._account, action.resource, raw, action.after)
        try:
            self._part.write(write)
        except refusals() as error:
            raise told(error, self._part.service) from None
        return _named(now, action, named)

    def _read(self, action: Action) -> Any:
        return self._part.read(self._session, action.resource, self._account)


def _named(state: State, resolved: Action, named: Action) -> State:
    """A state as the plan names it, where it is one of the plan's."""
    for found, told_as in ((resolved.after, named.after), (resolved.before, named.before)):
        if dict(state) == dict(found):
            return told_as
    return state
