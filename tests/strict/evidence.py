"""What is kept for an incident: exports of logs, of which an account has one at a time, and Object Lock, which needs versions.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from moto.logs.models import logs_backends

from strict import state
from strict.answers import Answer, RefusedError
from strict.injections import answering
from strict.recognised import Request
from strict.state import State

_NAME = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*")


def _tasks(request: Request, remembered: State) -> dict[str, Any]:
    return remembered.held("logs", request.account, request.region, "exports")


def _export(request: Request, remembered: State) -> None:
    """The bucket's policy has to let the logs of the region in, to look at its list and to write."""
    if any(each["status"]["code"] in ("PENDING", "RUNNING") for each in _tasks(request, remembered).values()):
        raise RefusedError("LimitExceededException", "Resource limit exceeded.", 400)
    held = state.bucket(request.parameters["destination"])
    if held is None:
        raise RefusedError(
            "InvalidParameterException", "The given bucket does not exist. Please make sure the bucket is valid.", 400
        )
    text = held.policy.decode() if isinstance(held.policy, bytes) else held.policy
    let_in = {
        each["Action"]
        for each in (json.loads(text)["Statement"] if text else [])
        if each["Effect"] == "Allow" and each["Principal"] == {"Service": f"logs.{request.region}.amazonaws.com"}
    }
    if not {"s3:GetBucketAcl", "s3:PutObject"} <= let_in:
        message = "GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation."
        raise RefusedError("InvalidParameterException", message, 400)
    if int(request.parameters["from"]) >= int(request.parameters["to"]):
        raise RefusedError("InvalidParameterException", "'from' has to be before 'to'.", 400)


def answered(request: Request, remembered: State) -> Answer | None:
    """Exports, which run until they are looked at once; `None` for other calls."""
    held = _tasks(request, remembered)
    if request.name == "logs.CreateExportTask":
        if request.parameters["logGroupName"] not in logs_backends[request.account][request.region].groups:
            raise RefusedError("ResourceNotFoundException", "The specified log group does not exist.", 400)
        number = f"task-{len(held)}"
        held[number] = request.parameters | {"taskId": number, "status": {"code": "RUNNING", "message": ""}}
        return answering(request.name, {"taskId": number})(request)
    if request.name == "logs.DescribeExportTasks":
        told = [dict(each) for each in held.values()]
        for each in held.values():
            each["status"] = {"code": "COMPLETED", "message": "Completed successfully"}
        return answering(request.name, {"exportTasks": told})(request)
    return None


def _copied(request: Request) -> Request:
    """A copy has no body, and needs no sum of it where Object Lock keeps what is written; the emulator asks for one."""
    return replace(request, environ={**request.environ, "HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM": "CRC32"})


def _lock(request: Request, _: State) -> None:
    held = state.bucket(request.parameters.get("Bucket"))
    if held is not None and held.versioning_status != "Enabled" and not held.object_lock_enabled:
        raise RefusedError(
            "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", 409
        )


def _named(request: Request, _: State) -> None:
    name = str(request.parameters.get("DBSnapshotIdentifier") or request.parameters.get("DBClusterSnapshotIdentifier"))
    if not _NAME.fullmatch(name) or len(name) > 255 or fnmatchcase(name, "rds:*"):
        raise RefusedError("InvalidParameterValue", f"The specified identifier {name} is not a valid identifier.", 400)


CHECKS = {
    "logs.CreateExportTask": _export,
    "s3.PutObjectLockConfiguration": _lock,
    "rds.CreateDBSnapshot": _named,
    "rds.CreateDBClusterSnapshot": _named,
}
CHANGED = {"s3.CopyObject": _copied}
