"""What writers of whom a snapshot is shared with have in common: not everybody may use it, and accounts that are named stay."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol

from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.settings import Part, Write

EVERYBODY = "all"


class Share(Protocol):
    """Shares a snapshot with everybody, or no longer. Raises what botocore raises."""

    def __call__(self, session: Session, snapshot: str, /, *, everybody: bool) -> None: ...


def private(
    control: str, service: str, calls: Calls, *, sharing_of: Callable[[Session, str], Collection[str]], share: Share
) -> Part:
    """Whether everybody may use a snapshot: `sharing_of` tells who may."""

    def read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
        return sharing_of(session, resource)

    def state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
        return {EVERYBODY: EVERYBODY in raw}

    def write(write: Write) -> None:
        share(write.session, write.resource, everybody=bool(write.sets[EVERYBODY]))

    return Part(control=control, service=service, calls=calls, read=read, state=state, write=write)
