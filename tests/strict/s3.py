"""What S3 refuses beside tags and keys: foreign owners, access control lists, public policies; and how new buckets are."""

from __future__ import annotations

import json
from typing import Any

from moto.s3.models import PublicAccessBlock

from strict import buckets, policies, state, tags
from strict.answers import Answer, RefusedError, refused
from strict.recognised import Request
from strict.state import State

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_ENFORCED = "BucketOwnerEnforced"
_ENCRYPTED = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}
_OWNERS = (("ExpectedBucketOwner", "Bucket"), ("ExpectedSourceBucketOwner", "CopySource"))
_UNCHANGED_OWNER = ("bucket-owner-full-control", None)
_MOST_DELETED = 1000
_ANYWHERE = frozenset({"CreateBucket", "GetBucketLocation", "ListBuckets"})
_ELSEWHERE = "The bucket you are attempting to access must be addressed using the specified endpoint."


def owner(request: Request, _: State) -> None:
    """The emulator does not look at who is expected to own a bucket. For every operation of S3."""
    for name, of in _OWNERS:
        expected = request.parameters.get(name)
        held = state.bucket(_bucket_of(request.parameters.get(of)))
        if expected and held is not None and held.account_id != expected:
            raise RefusedError("AccessDenied", "Access Denied", 403)


def region(request: Request, _: State) -> Answer | None:
    """Buckets of another region are somewhere else: the answer tells where. For every operation on a bucket."""
    held = state.bucket(request.parameters.get("Bucket"))
    if held is None or request.operation.name in _ANYWHERE or held.region_name == request.region:
        return None
    told = refused(request, RefusedError("PermanentRedirect", _ELSEWHERE, 301, {"Bucket": held.name}))
    return told._replace(headers=[*told.headers, ("x-amz-bucket-region", held.region_name)])


def _bucket_of(named: Any) -> str | None:
    return str(named).lstrip("/").partition("/")[0] if named else None


def _lists(request: Request, _: State) -> None:
    """Access control lists where bucket owners own everything, which is how buckets are made."""
    held = state.bucket(request.parameters.get("Bucket"))
    if held is None or held.ownership_rule is None or _ownership(held) != _ENFORCED:
        return
    grants = any(name.startswith("Grant") for name in request.parameters)
    given = request.parameters.get("AccessControlPolicy") is not None
    puts_list = request.operation.name in ("PutBucketAcl", "PutObjectAcl")
    acl = request.parameters.get("ACL")
    if grants or given or acl not in _UNCHANGED_OWNER or (puts_list and acl is None):
        raise RefusedError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def _ownership(held: Any) -> str:
    rule = held.ownership_rule
    return str(rule.get("Rules", [{}])[0].get("ObjectOwnership", rule) if isinstance(rule, dict) else rule)


def _create(request: Request, _: State) -> None:
    acl = request.parameters.get("ACL", "private")
    if acl != "private" and request.parameters.get("ObjectOwnership", _ENFORCED) == _ENFORCED:
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise RefusedError("InvalidBucketAclWithObjectOwnership", message)


def _policy(request: Request, _: State) -> None:
    """A policy that makes a bucket public where that is blocked."""
    held = state.bucket(request.parameters.get("Bucket"))
    buckets.policy(request, _)
    policies.bucket(request, _)
    blocked = None if held is None else held.public_access_block
    on_bucket = blocked is not None and blocked.block_public_policy
    if not on_bucket and not buckets.account_blocks_policies(request):
        return
    try:
        statements = json.loads(request.parameters.get("Policy") or "{}").get("Statement", [])
    except (ValueError, AttributeError):
        raise RefusedError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") from None
    for statement in statements if isinstance(statements, list) else [statements]:
        everybody = statement.get("Principal") in ("*", {"AWS": "*"})
        if statement.get("Effect") == "Allow" and everybody and not statement.get("Condition"):
            raise RefusedError(
                "AccessDenied", "public policies are blocked by the BlockPublicPolicy block public access setting.", 403
            )


def _delete_many(request: Request, _: State) -> None:
    if len((request.parameters.get("Delete") or {}).get("Objects") or ()) > _MOST_DELETED:
        raise RefusedError(
            "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
        )


def _put_abac(request: Request, _: State) -> Answer | None:
    held = state.bucket(request.parameters.get("Bucket"))
    if held is None:
        return None
    held.abac = (request.parameters.get("AbacStatus") or {}).get("Status", "Disabled")
    return Answer(200, [], b"")


def _get_abac(request: Request, _: State) -> Answer | None:
    held = state.bucket(request.parameters.get("Bucket"))
    if held is None:
        return None
    status = getattr(held, "abac", "Disabled")
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<AbacStatus xmlns="{_NAMESPACE}"><Status>{status}</Status></AbacStatus>'
    return Answer(200, [("Content-Type", "application/xml")], body.encode())


def _made(request: Request, answer: Answer) -> Answer:
    """Buckets are made encrypted with keys of S3, with public access blocked, and without access control lists."""
    held = state.bucket(request.parameters.get("Bucket"))
    if answer.ok and held is not None and not hasattr(held, "abac"):
        held.abac = "Disabled"
        held.encryption = held.encryption or _ENCRYPTED
        held.public_access_block = held.public_access_block or PublicAccessBlock(True, True, True, True)
        held.ownership_rule = held.ownership_rule or _ENFORCED
    return tags.tagged(request, answer)


def _encryption_gone(request: Request, answer: Answer) -> Answer:
    """Without a setting of its own a bucket is encrypted with keys of S3 again."""
    held = state.bucket(request.parameters.get("Bucket"))
    if answer.ok and held is not None:
        held.encryption = _ENCRYPTED
    return answer


CHECKS = {
    **dict.fromkeys(
        (f"s3.{name}" for name in ("PutBucketAcl", "PutObjectAcl", "PutObject", "CopyObject", "CreateMultipartUpload")),
        _lists,
    ),
    "s3.CreateBucket": _create,
    "s3.PutBucketPolicy": _policy,
    "s3.DeleteObjects": _delete_many,
}
INSTEAD = {"s3.PutBucketAbac": _put_abac, "s3.GetBucketAbac": _get_abac}
AFTER = {"s3.CreateBucket": _made, "s3.DeleteBucketEncryption": _encryption_gone}
