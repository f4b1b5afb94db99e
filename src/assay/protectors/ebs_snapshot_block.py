"""No snapshot is shared with everybody. Taken back, those that were are so again.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableSnapshotBlockPublicAccess.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import ebssettings
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.ebsparts import client_of, reading
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "ebs_snapshot_block"
CALLS: Calls = ebssettings.BLOCK | {"ec2.EnableSnapshotBlockPublicAccess", "ec2.DisableSnapshotBlockPublicAccess"}
NAME = "snapshot_block"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes what the account has set."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: raw["state"]}


def _write(write: Write) -> None:
    client = client_of(write)
    if write.sets[NAME] == ebssettings.UNBLOCKED:
        client.disable_snapshot_block_public_access()
    else:
        client.enable_snapshot_block_public_access(State=write.sets[NAME])


_PART = Part(
    control=CONTROL, service="EC2", calls=CALLS, read=reading(ebssettings.snapshot_block), state=_state, write=_write
)
