"""What S3 refuses of changes of buckets' settings, and what its calls replace that the emulator keeps."""

from __future__ import annotations

from typing import Any

from moto.s3.models import OWNER
from moto.s3control.models import s3control_backends

from strict import state
from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_ENFORCED = "BucketOwnerEnforced"
_SIZE = "TransitionDefaultMinimumObjectSize"
_USUAL = "all_storage_classes_128K"
_HEADER = "x-amz-transition-default-minimum-object-size"
_LONGEST_POLICY = 20_480


def _ownership(request: Request, _: State) -> None:
    """The owner cannot be enforced while the bucket's own list lets others in."""
    held = state.bucket(request.parameters.get("Bucket"))
    rules = (request.parameters.get("OwnershipControls") or {}).get("Rules") or [{}]
    if held is None or rules[0].get("ObjectOwnership") != _ENFORCED or held.acl is None:
        return
    for grant in held.acl.grants:
        for grantee in grant.grantees:
            if grantee.uri or (grantee.id and grantee.id != OWNER):
                message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
                raise RefusedError("InvalidBucketAclWithObjectOwnership", message, 400)


def _logging(request: Request, _: State) -> None:
    """Logs go to a bucket of the same region and account."""
    held = state.bucket(request.parameters.get("Bucket"))
    to = ((request.parameters.get("BucketLoggingStatus") or {}).get("LoggingEnabled") or {}).get("TargetBucket")
    target = state.bucket(to)
    if held is None or to is None:
        return
    code = "InvalidTargetBucketForLogging"
    if target is None or target.account_id != held.account_id:
        raise RefusedError(code, "The owner for the bucket to be logged and the target bucket must be the same.", 400)
    if target.region_name != held.region_name:
        raise RefusedError("CrossLocationLoggingProhibited", "Cross S3 location logging not allowed.", 403)


def _versioning(request: Request, _: State) -> None:
    """With a second factor to delete, only a call that has one changes anything; Object Lock needs versions."""
    held = state.bucket(request.parameters.get("Bucket"))
    status = (request.parameters.get("VersioningConfiguration") or {}).get("Status")
    if held is None:
        return
    if getattr(held, "mfa_delete", False) and not request.parameters.get("MFA"):
        raise RefusedError("AccessDenied", "Mfa Authentication must be used for this request", 403)
    if status == "Suspended" and held.object_lock_enabled:
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise RefusedError("InvalidBucketState", message, 409)


def policy(request: Request, _: State) -> None:
    """A policy that is too long."""
    if len(str(request.parameters.get("Policy") or "").encode()) > _LONGEST_POLICY:
        raise RefusedError("PolicyTooLarge", "Policy exceeds the maximum allowed document size.", 400)


def account_blocks_policies(request: Request) -> bool:
    """Whether the account's own block refuses public policies."""
    held = s3control_backends[request.account]["aws"].public_access_block
    return bool(held is not None and held.block_public_policy)


def _rules(request: Request, _: State) -> None:
    """When objects move, and that they move before they are deleted."""
    for rule in (request.parameters.get("LifecycleConfiguration") or {}).get("Rules") or ():
        for move in rule.get("Transitions") or ():
            if move.get("StorageClass") in ("STANDARD_IA", "ONEZONE_IA") and int(move.get("Days") or 30) < 30:
                message = f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{move['StorageClass']}'"
                raise RefusedError("InvalidArgument", message, 400)
            end = (rule.get("Expiration") or {}).get("Days")
            if end is not None and int(end) <= int(move.get("Days") or 0):
                message = (
                    "'Days' in the Expiration action for filter must be greater than 'Days' in the Transition action"
                )
                raise RefusedError("InvalidArgument", message, 400)


def _size_put(request: Request, answer: Answer) -> Answer:
    """What is not sent along is the default again."""
    held = state.bucket(request.parameters.get("Bucket"))
    if answer.ok and held is not None:
        held.transition_size = request.parameters.get(_SIZE, _USUAL)
    return answer


def _size_told(request: Request, answer: Answer) -> Answer:
    held = state.bucket(request.parameters.get("Bucket"))
    if not answer.ok or held is None:
        return answer
    kept = [pair for pair in answer.headers if pair[0].lower() != _HEADER]
    return answer._replace(headers=[*kept, (_HEADER, getattr(held, "transition_size", _USUAL))])


def _usage(request: Request) -> Request:
    """Keys are made to encrypt, unless something else is asked for."""
    return request if request.parameters.get("KeyUsage") else request.changed(KeyUsage="ENCRYPT_DECRYPT")


CHECKS: dict[str, Any] = {
    "s3.PutBucketOwnershipControls": _ownership,
    "s3.PutBucketLogging": _logging,
    "s3.PutBucketVersioning": _versioning,
    "s3.PutBucketLifecycleConfiguration": _rules,
}
CHANGED = {"kms.CreateKey": _usage}
AFTER = {
    "s3.PutBucketLifecycleConfiguration": _size_put,
    "s3.GetBucketLifecycleConfiguration": _size_told,
}
