"""What all writers of tags have in common: what is there is compared with what was planned, and counted, before a write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from assay.aws.session import Calls, Session
from assay.aws.tagset import TagSet
from assay.aws.tagsets import READS
from assay.errors import ActionError
from assay.model.action import CHANGED, UNCHANGED, Action, State
from assay.model.tagging import RULES, TagRules, is_legal, is_system, length

NO_ROOM = "no room"
PLANNED = "as it was planned for"
NOT_LEGAL = "not a legal tag"


class Write(NamedTuple):
    """What a service is told: `whole` are all tags as they have to be, `sets` and `takes` what is another of
    them; `present` all that is there, `found` what was seen with them, `raw` all of it, `expected` what was seen when it was planned."""

    session: Session
    account: str
    resource: str
    whole: dict[str, str]
    sets: dict[str, str]
    takes: list[str]
    found: dict[str, str]
    expected: Mapping[str, str]
    present: Mapping[str, str]
    raw: Any = None


class TagProtector:
    """Makes the actions of one control by `write`, which raises `AwsError`. `account` has to own what is changed."""

    def __init__(
        self, session: Session, account: str, *, control: str, calls: Calls, write: Callable[[Write], None]
    ) -> None:
        self.calls = calls
        self._session = session
        self._account = account
        self._control = control
        self._read = READS[control][0]
        self._write = write

    def apply(self, action: Action) -> State:
        """Reads, compares, merges, and writes with nothing between. Returns what was found before."""
        found = self._read(self._session, action.resource, self._account)
        whole = merged(found, action)
        self._write(
            Write(
                session=self._session,
                account=self._account,
                resource=action.resource,
                whole=whole,
                sets={key: str(value) for key, value in action.after.items() if value is not None},
                takes=[key for key, value in action.after.items() if value is None and key in found.tags],
                found=found.found,
                expected=action.found,
                present=found.tags,
                raw=found.raw,
            )
        )
        return part(found.tags, action)

    def read_back(self, action: Action) -> State:
        """The tags that the action names, as they are now."""
        return part(self._read(self._session, action.resource, self._account).tags, action)

    def undo(self, action: Action) -> State:
        """Brings back what was there, where what was written is there still."""
        try:
            return self.apply(action.inverse)
        except ActionError as error:
            if error.reason != CHANGED:
                raise
            raise ActionError(CHANGED, error.detail.replace(PLANNED, "as it was left").partition(";")[0]) from None


def part(tags: Mapping[str, str], action: Action) -> State:
    """What the action changes, as it is now."""
    return {key: tags.get(key) for key in action.after}


def merged(found: TagSet, action: Action) -> dict[str, str]:
    """All tags as they have to be: those that the action does not name stay. Raises `ActionError` where it must not be made:
    the state is another one than was planned for, or the service would not take it."""
    now = part(found.tags, action)
    if now == action.after:
        raise ActionError(UNCHANGED, "its tags are as wanted already")
    if now != action.before:
        other = sorted(key for key in now if now[key] != action.before.get(key))
        raise ActionError(CHANGED, f"{', '.join(other)}: no longer {PLANNED}; plan it again")
    if any(action.found.get(name, value) != value for name, value in found.found.items()):
        raise ActionError(CHANGED, "it was replaced since it was planned; plan it again")
    told = {**found.tags, **{key: str(value) for key, value in action.after.items() if value is not None}}
    whole = {key: value for key, value in told.items() if action.after.get(key, value) is not None}
    _check(whole, action, RULES[action.control])
    return whole


def _check(whole: Mapping[str, str], action: Action, rules: TagRules) -> None:
    own = sum(not is_system(key) for key in whole)
    if own > rules.most:
        raise ActionError(NO_ROOM, f"it would have {own} tags, and there is room for {rules.most}")
    for key, value in action.after.items():
        if value is None:
            continue
        if is_system(key) or not is_legal(key + value, rules):
            raise ActionError(NOT_LEGAL, f"tag {key}: has characters that the service does not take")
        if length(key) > rules.longest_key or length(value) > rules.longest_value:
            raise ActionError(NOT_LEGAL, f"tag {key}: is longer than the service takes")
