"""Not everybody may make volumes of a snapshot. Accounts that are named stay.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import ebssettings
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "ebs_snapshot_private"
CALLS: Calls = ebssettings.SHARING | {"ec2.ModifySnapshotAttribute"}
NAME = ebssettings.EVERYBODY


def protector(session: Session, account: str) -> SettingProtector:
    """Changes snapshots of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    return ebssettings.sharing_of(session, resource)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: NAME in raw}


def _write(write: Write) -> None:
    ebssettings.share(write.session, write.resource, everybody=bool(write.sets[NAME]))


_PART = Part(control=CONTROL, service="EC2", calls=CALLS, read=_read, state=_state, write=_write)
