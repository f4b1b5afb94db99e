"""New volumes are encrypted, whoever makes them; those that are there stay as they are.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableEbsEncryptionByDefault.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import ebssettings
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.ebsparts import client_of, reading
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "ebs_default_encryption"
CALLS: Calls = ebssettings.DEFAULT | {"ec2.EnableEbsEncryptionByDefault", "ec2.DisableEbsEncryptionByDefault"}
NAME = "default_encryption"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes what the account has set."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: raw}


def _write(write: Write) -> None:
    client = client_of(write)
    if write.sets[NAME]:
        client.enable_ebs_encryption_by_default()
    else:
        client.disable_ebs_encryption_by_default()


_PART = Part(
    control=CONTROL, service="EC2", calls=CALLS, read=reading(ebssettings.is_encrypting), state=_state, write=_write
)
