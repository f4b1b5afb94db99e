"""Not everybody may restore a snapshot. Accounts that are named stay.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSnapshotAttribute.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import rdssettings
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "rds_snapshot_private"
CALLS: Calls = rdssettings.SHARING | {"rds.ModifyDBSnapshotAttribute", "rds.ModifyDBClusterSnapshotAttribute"}
NAME = rdssettings.EVERYBODY


def protector(session: Session, account: str) -> SettingProtector:
    """Changes snapshots of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    return rdssettings.sharing_of(session, resource)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: NAME in raw}


def _write(write: Write) -> None:
    rdssettings.share(write.session, write.resource, everybody=bool(write.sets[NAME]))


_PART = Part(control=CONTROL, service="RDS", calls=CALLS, read=_read, state=_state, write=_write)
