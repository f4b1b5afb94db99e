"""What DynamoDB refuses of changes of tables' settings, and how long they take; the emulator keeps no encryption that is changed."""

from __future__ import annotations

from typing import Any

from moto.dynamodb.models import dynamodb_backends

from strict import state
from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_INVALID = "ValidationException"
_ALREADY = "One or more parameter values were invalid: Table is already encrypted by given KMSMasterKey"


def _held(request: Request) -> Any:
    named = str(request.parameters.get("TableName") or "").rpartition("/")[2]
    return dynamodb_backends[request.account][request.region].tables.get(named)


def _encryption(request: Request, remembered: State) -> None:
    """The key that AWS manages is not named, and none is given that it has already; while it changes the table takes nothing else."""
    held, wanted = _held(request), request.parameters.get("SSESpecification")
    if held is None:
        return
    if wanted is not None:
        key = wanted.get("KMSMasterKeyId")
        if key is not None:
            found = state.kms_key(request.account, request.region, key)
            if found is not None and found.key_manager == "AWS":
                raise RefusedError(
                    _INVALID, "One or more parameter values were invalid: KMSMasterKeyId is the default key"
                )
        now = held.sse_specification if (held.sse_specification or {}).get("Enabled") else None
        if wanted.get("Enabled") and now is not None and now.get("KMSMasterKeyId") == (key or _default(held)):
            raise RefusedError(_INVALID, _ALREADY)
        if not wanted.get("Enabled") and now is None:
            raise RefusedError(
                _INVALID, "One or more parameter values were invalid: Table is already encrypted by default"
            )
    remembered.unsettle(held.name, "UPDATING", 1)


def _recovery(request: Request, remembered: State) -> None:
    held = _held(request)
    if held is not None and remembered.status_of(held.name) != "ACTIVE":
        message = f"Backups are being enabled for the table: {held.name}. Please retry later"
        raise RefusedError("ContinuousBackupsUnavailableException", message, 400)


def _default(held: Any) -> str:
    """The key that AWS manages for tables, which the emulator takes for somebody's."""
    arn = str(held._get_default_encryption_key(held.account_id, held.region_name))
    state.kms_key(held.account_id, held.region_name, arn).key_manager = "AWS"
    return arn


def _encrypted(request: Request, answer: Answer) -> Answer:
    held, wanted = _held(request), request.parameters.get("SSESpecification")
    if answer.ok and held is not None and wanted is not None:
        on = bool(wanted.get("Enabled"))
        key = wanted.get("KMSMasterKeyId") or _default(held)
        held.sse_specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key} if on else None
    return answer


CHECKS: dict[str, Any] = {"dynamodb.UpdateTable": _encryption, "dynamodb.UpdateContinuousBackups": _recovery}
AFTER = {"dynamodb.UpdateTable": _encrypted}
