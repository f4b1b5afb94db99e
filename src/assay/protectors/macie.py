"""What the writers of Macie's configuration share: each thing has a URI of its own, and is read before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from assay.errors import ActionError
from assay.model.action import CHANGED, UNCHANGED, Action, State

SCHEME = "macie://"


def uri_of(account: str, region: str, kind: str, name: str = "") -> str:
    """What a thing of Macie is called in plans and in the journal: Macie gives ids, and only once it is made.

    >>> uri_of("123456789012", "eu-west-1", "job", "every week")
    'macie://123456789012/eu-west-1/job/every%20week'
    """
    return f"{SCHEME}{account}/{region}/{kind}" + (f"/{quote(name, safe='')}" if name else "")


def name_of(uri: str) -> str:
    """The name in such a URI."""
    return unquote(uri.removeprefix(SCHEME).split("/", 3)[3])


def part(found: Mapping[str, Any] | None, action: Action) -> State:
    """What the action changes, as it was found; all `None` where the thing is not there."""
    return {name: (found or {}).get(name) for name in action.after}


def has_to_be_as_planned(now: State, action: Action) -> None:
    """Raises `ActionError` where it is as wanted already, or is not as it was when it was planned."""
    if dict(now) == dict(action.after):
        raise ActionError(UNCHANGED, "it is so already")
    if dict(now) != dict(action.before):
        raise ActionError(CHANGED, "it is not as it was planned for; plan it again")


def is_gone(state: Mapping[str, Any]) -> bool:
    """Whether a state says that a thing is not there."""
    return all(value is None for value in state.values())
