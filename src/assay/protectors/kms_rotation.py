"""Keys of one's own are rotated once a year.

https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "kms_rotation"
CALLS: Calls = frozenset({"kms.GetKeyRotationStatus", "kms.EnableKeyRotation", "kms.DisableKeyRotation"})
NAME = "rotation"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes keys of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    try:
        return session.client("kms", parse(resource).region).get_key_rotation_status(KeyId=resource)
    except refusals() as error:
        raise told(error, "KMS") from None


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: bool(raw["KeyRotationEnabled"])}


def _write(write: Write) -> None:
    client = write.session.client("kms", parse(write.resource).region)
    if write.sets[NAME]:
        client.enable_key_rotation(KeyId=write.resource)
    else:
        client.disable_key_rotation(KeyId=write.resource)


_PART = Part(control=CONTROL, service="KMS", calls=CALLS, read=_read, state=_state, write=_write)
