"""Keys: where services look whether one is there and may be used, and where they do not.

S3 takes every key id into a bucket's setting, and refuses the writes afterwards.
"""

from __future__ import annotations

from typing import Any

from strict import state
from strict.answers import RefusedError
from strict.recognised import Request
from strict.state import State

_OWN = "alias/aws/"


def _write(request: Request, remembered: State) -> None:
    """A write that is to be encrypted: with the key that is named, or with the bucket's."""
    held = state.bucket(request.parameters.get("Bucket"))
    if held is None:
        return
    key = request.parameters.get("SSEKMSKeyId")
    algorithm = request.parameters.get("ServerSideEncryption")
    if algorithm is None and held.encryption:
        usual = held.encryption["Rule"].get("ApplyServerSideEncryptionByDefault", {})
        key, algorithm = usual.get("KMSMasterKeyID"), usual.get("SSEAlgorithm")
    if algorithm and algorithm.startswith("aws:kms") and key:
        _used(request, remembered, key, held.region_name, "kms:GenerateDataKey")


def _read(request: Request, remembered: State) -> None:
    found = state.object_in(*(request.parameters.get(name) for name in ("Bucket", "Key", "VersionId")))
    key = getattr(found, "kms_key_id", None)
    if key and str(found.encryption).startswith("aws:kms"):
        held = state.bucket(request.parameters["Bucket"])
        _used(request, remembered, key, held.region_name, "kms:Decrypt")


def _copy(request: Request, remembered: State) -> None:
    source = str(request.parameters.get("CopySource") or "").lstrip("/").partition("?")[0]
    name, _, key = source.partition("/")
    found = state.object_in(name, key)
    if found is not None and getattr(found, "kms_key_id", None):
        _used(request, remembered, found.kms_key_id, state.bucket(name).region_name, "kms:Decrypt")
    _write(request, remembered)


def _used(request: Request, remembered: State, key: str, region: str, action: str) -> None:
    if remembered.is_denied(key):
        message = f"User is not authorized to perform: {action} on the resource associated with this ciphertext"
        raise RefusedError("AccessDenied", message, 403)
    if _OWN in key:
        return
    found = state.kms_key(request.account, region, key)
    if found is None:
        raise RefusedError("KMS.NotFoundException", f"Invalid keyId '{key}'")
    _usable(found, "KMS.DisabledException", "KMS.KMSInvalidStateException")


def _usable(found: Any, disabled: str, invalid: str) -> None:
    if found.key_state == "Disabled":
        raise RefusedError(disabled, f"{found.arn} is disabled.")
    if found.key_state != "Enabled":
        raise RefusedError(invalid, f"{found.arn} is pending deletion.")


def _table(request: Request, remembered: State) -> None:
    wanted = request.parameters.get("SSESpecification") or {}
    key = wanted.get("KMSMasterKeyId")
    if key and wanted.get("SSEType") != "KMS":
        message = "One or more parameter values were invalid: SSEType KMS is required if KMSMasterKeyId is specified"
        raise RefusedError("ValidationException", message)
    if wanted.get("SSEType") == "AES256":
        raise RefusedError(
            "ValidationException", "One or more parameter values were invalid: The only valid SSEType is KMS"
        )
    if key and _OWN not in key:
        if remembered.is_denied(key):
            raise RefusedError("AccessDeniedException", "KMS key access denied error")
        found = state.kms_key(request.account, request.region, key)
        if found is None:
            raise RefusedError("ValidationException", f"KMS validation error: Key '{key}' does not exist")
        _usable(found, "ValidationException", "ValidationException")


def _existing(name: str, code: str) -> Any:
    def check(request: Request, remembered: State) -> None:
        key = request.parameters.get(name)
        if not key or _OWN in key:
            return
        found = state.kms_key(request.account, request.region, key)
        if found is None or found.key_state != "Enabled" or remembered.is_denied(key):
            raise RefusedError(
                code, f"The specified KMS key [{key}] does not exist, is not enabled or you do not have access to it."
            )

    return check


CHECKS = {
    **dict.fromkeys(("s3.PutObject", "s3.CreateMultipartUpload"), _write),
    "s3.GetObject": _read,
    "s3.CopyObject": _copy,
    **dict.fromkeys(("dynamodb.CreateTable", "dynamodb.UpdateTable"), _table),
    **dict.fromkeys(
        (f"rds.{name}" for name in ("CreateDBInstance", "CreateDBCluster", "CopyDBSnapshot")),
        _existing("KmsKeyId", "KMSKeyNotAccessibleFault"),
    ),
    "kinesis.StartStreamEncryption": _existing("KeyId", "KMSNotFoundException"),
}
