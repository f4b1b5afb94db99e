"""What an account has set for volumes and snapshots of a region, where the emulator has nothing of it. EC2 takes any key.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyEbsDefaultKmsKeyId.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from moto.ec2 import ec2_backends

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


def _share(request: Request, remembered: State) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html"""
    given = request.parameters
    if given.get("Attribute") != "createVolumePermission" or given.get("OperationType") not in ("add", "remove"):
        raise RefusedError("InvalidParameterValue", "The attribute or the operation cannot be used.", 400)
    found = ec2_backends[request.account][request.region].snapshots.get(given["SnapshotId"])
    if found is None or found.owner_id != request.account:
        raise RefusedError("InvalidSnapshot.NotFound", f"The snapshot '{given['SnapshotId']}' does not exist.", 400)
    if given["OperationType"] == "add" and "all" in (given.get("GroupNames") or ()):
        if found.encrypted:
            raise RefusedError("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly.", 400)
        if _settings(request, remembered).get("block", _OPEN) != _OPEN:
            raise RefusedError("OperationNotPermitted", "Public sharing of snapshots is blocked in this account.", 400)


def _blocks(request: Request, remembered: State) -> dict[int, bytes]:
    held = remembered.held("ebs", request.account, request.region, "blocks").get(request.parameters["SnapshotId"])
    if held is None:
        raise RefusedError("ResourceNotFoundException", "The snapshot does not exist.", 404)
    blocks: dict[int, bytes] = held
    return blocks


def _listed_blocks(request: Request, remembered: State) -> Answer:
    """In pages of two; a token is good for one block."""
    blocks = sorted(_blocks(request, remembered))
    begin = int(request.parameters.get("NextToken") or 0)
    told = [{"BlockIndex": number, "BlockToken": f"token{number}"} for number in blocks[begin : begin + 2]]
    more = {"NextToken": str(begin + 2)} if begin + 2 < len(blocks) else {}
    return _told(request, {"Blocks": told, "VolumeSize": 1, "BlockSize": 524_288, **more})


def _one_block(request: Request, remembered: State) -> Answer:
    """Its content, and a checksum that goes with it; `spoilt` are numbers of blocks whose content is another."""
    number = int(request.parameters["BlockIndex"])
    content = _blocks(request, remembered)[number]
    if request.parameters["BlockToken"] != f"token{number}":
        raise RefusedError("ValidationException", "The token is not of this block.", 400)
    checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
    if number in remembered.held("ebs", request.account, request.region, "spoilt"):
        content = content[::-1]
    headers = [
        ("Content-Type", "application/octet-stream"), ("x-amz-Data-Length", str(len(content))), ("x-amz-Checksum", checksum),
        ("x-amz-Checksum-Algorithm", "SHA256"),
    ]  # fmt: skip
    return Answer(200, headers, content)


CHECKS = {"ec2.ModifySnapshotAttribute": _share}
INSTEAD: dict[str, Callable[[Request, State], Answer | None]] = {
    **dict.fromkeys((f"ec2.{name}EbsDefaultKmsKeyId" for name in ("Get", "Modify", "Reset")), _key),
    "ebs.ListSnapshotBlocks": _listed_blocks,
    "ebs.GetSnapshotBlock": _one_block,
    "ec2.GetSnapshotBlockPublicAccessState": _block,
    "ec2.EnableSnapshotBlockPublicAccess": _block,
    "ec2.DisableSnapshotBlockPublicAccess": _block,
}
