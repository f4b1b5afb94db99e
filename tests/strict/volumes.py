"""What an account has set for volumes and snapshots of a region, where the emulator has nothing of it. EC2 takes any key.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyEbsDefaultKmsKeyId.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from strict.answers import Answer, RefusedError
from strict.injections import answering
from strict.recognised import Request
from strict.state import State

_USUAL = "alias/aws/ebs"
_OPEN = "unblocked"


def _settings(request: Request, remembered: State) -> dict[str, Any]:
    return remembered.held("ec2", request.account, request.region, "ebs")


def _told(request: Request, result: dict[str, Any]) -> Answer:
    answer = answering(request.name, result)(request)
    assert answer is not None
    return answer


def _key(request: Request, remembered: State) -> Answer:
    held = _settings(request, remembered)
    if request.operation.name == "ModifyEbsDefaultKmsKeyId":
        held["key"] = request.parameters["KmsKeyId"]
    if request.operation.name == "ResetEbsDefaultKmsKeyId":
        held.pop("key", None)
    return _told(request, {"KmsKeyId": held.get("key", _USUAL)})


def _block(request: Request, remembered: State) -> Answer:
    held, asked = _settings(request, remembered), request.parameters.get("State")
    by = held.get("managed_by", "account")
    if request.operation.name == "GetSnapshotBlockPublicAccessState":
        return _told(request, {"State": held.get("block", _OPEN), "ManagedBy": by})
    if by != "account":
        raise RefusedError("OperationNotPermitted", "The setting is managed by a declarative policy.", 400)
    if request.operation.name == "EnableSnapshotBlockPublicAccess" and asked not in (
        "block-all-sharing",
        "block-new-sharing",
    ):
        raise RefusedError("InvalidParameterValue", f"Value ({asked}) for parameter State is invalid.", 400)
    held["block"] = asked or _OPEN
    return _told(request, {"State": held["block"]})


INSTEAD: dict[str, Callable[[Request, State], Answer | None]] = {
    **dict.fromkeys((f"ec2.{name}EbsDefaultKmsKeyId" for name in ("Get", "Modify", "Reset")), _key),
    "ec2.GetSnapshotBlockPublicAccessState": _block,
    "ec2.EnableSnapshotBlockPublicAccess": _block,
    "ec2.DisableSnapshotBlockPublicAccess": _block,
}
