"""What writers of settings of RDS have in common: they wait until a database takes changes, and never make at once what others left
for the maintenance window."""

from __future__ import annotations

from typing import Any

from assay.aws import rdssettings
from assay.aws.session import Calls, Session
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, Action, State
from assay.protectors.settings import Part, Write

CALLS: Calls = rdssettings.DATABASE | {"rds.ModifyDBInstance", "rds.ModifyDBCluster"}


def settled(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    """The database, once nothing is being done to it."""
    return rdssettings.settled_database(session, resource)


def modify_at_once(write: Write, **change: Any) -> None:
    """Changes what would wait for the maintenance window at once. Raises `ActionError` where anything of others waits for it: that would
    be made at once, too."""
    pending = rdssettings.pending_of(write.raw)
    if pending:
        raise ActionError(
            CHANGED,
            f"{', '.join(pending)} of others would be changed at once, too; plan it again after the maintenance window",
        )
    rdssettings.modify(write.session, write.resource, ApplyImmediately=True, **change)


def not_pending(raw: Any, name: str) -> None:
    """Raises `AwsError` where a change of a setting waits, or is on its way: what it is now is not what it will be."""
    if name in rdssettings.pending_of(raw):
        raise AwsError(rdssettings.NOT_SETTLED, f"RDS: a change of {name} waits or is under way; look again later")


def flag(control: str, name: str, told_as: str, sent_as: str, *, at_once: bool = False) -> Part:
    """A setting that is on or off: called `name` in plans, `told_as` by RDS, `sent_as` to it."""

    def state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
        not_pending(raw, told_as)
        return {name: bool(raw.get(told_as))}

    def write(write: Write) -> None:
        change = {sent_as: bool(write.sets[name])}
        if at_once:
            modify_at_once(write, **change)
        else:
            # RDS makes these at once without being asked to, and nothing else with them.
            rdssettings.modify(write.session, write.resource, **change)

    return Part(control=control, service="RDS", calls=CALLS, read=settled, state=state, write=write)
