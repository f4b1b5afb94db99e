"""Exports of snapshots: what RDS checks before it starts one.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartExportTask.html
"""

from __future__ import annotations

import re

from strict import state
from strict.answers import RefusedError
from strict.recognised import Request
from strict.state import State

_NAME = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*")
_LONGEST = 60
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+")
_SOURCE = re.compile(r"arn:[a-z-]+:rds:([a-z0-9-]+):\d{12}:(?:snapshot|cluster-snapshot|cluster):.+")


def _export(request: Request, remembered: State) -> None:
    given = request.parameters
    name = str(given.get("ExportTaskIdentifier") or "")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise RefusedError(
            "InvalidParameterValue", f"The parameter ExportTaskIdentifier is not a valid identifier: {name}"
        )
    source = _SOURCE.fullmatch(str(given.get("SourceArn") or ""))
    if source is None or source[1] != request.region:
        raise RefusedError("InvalidParameterValue", "SourceArn is no snapshot of this region.")
    if not _ROLE.fullmatch(str(given.get("IamRoleArn") or "")):
        raise RefusedError("IamRoleNotFound", "The IAM role is missing for exporting to an Amazon S3 bucket.", 404)
    bucket = state.bucket(given.get("S3BucketName"))
    if bucket is None or bucket.region_name != request.region:
        raise RefusedError("InvalidS3BucketFault", "The specified S3 bucket does not exist, or is in another region.")
    if str(given.get("S3Prefix") or "").startswith("/"):
        raise RefusedError("InvalidParameterValue", "S3Prefix must not begin with a slash.")
    key = str(given.get("KmsKeyId") or "")
    found = None if not key or "alias/aws/" in key else state.kms_key(request.account, request.region, key)
    if found is None or found.key_state != "Enabled" or found.key_manager != "CUSTOMER" or remembered.is_denied(key):
        raise RefusedError("KMSKeyNotAccessibleFault", f"The KMS key {key} is not enabled, or may not be used.")


CHECKS = {"rds.StartExportTask": _export}
