"""With which key new volumes are encrypted. EC2 takes any key, and volumes fail later: it is looked at right before.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyEbsDefaultKmsKeyId.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import ebssettings
from assay.aws.keys import CALLS as KEYS
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.ebsparts import client_of, reading
from assay.protectors.keyed import KEY, check_usable, resolved
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "ebs_default_key"
CALLS: Calls = ebssettings.KEY | KEYS | {"ec2.ModifyEbsDefaultKmsKeyId", "ec2.ResetEbsDefaultKmsKeyId"}


def protector(session: Session, account: str) -> SettingProtector:
    """Changes what the account has set."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {KEY: raw}


def _write(write: Write) -> None:
    key = write.sets[KEY]
    if key is None:
        client_of(write).reset_ebs_default_kms_key_id()
        return
    check_usable(write.session, key)
    client_of(write).modify_ebs_default_kms_key_id(KmsKeyId=key)


_PART = Part(
    control=CONTROL,
    service="EC2",
    calls=CALLS,
    read=reading(ebssettings.default_key),
    state=_state,
    write=_write,
    resolve=resolved,
)
