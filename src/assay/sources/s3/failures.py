"""What S3 refuses, as gaps have it: a reason, and what to do about it."""

from __future__ import annotations

from assay.aws.failures import (
    ACCESS_DENIED,
    EXPIRED,
    KEY_DENIED,
    NOT_FOUND,
    REGION_DISABLED,
    THROTTLED,
    Failure,
    code_of,
    failure_of,
)
from assay.errors import ReadError

ARCHIVED = "archived"
CHANGED = "changed"
VANISHED = "vanished"

_OBJECT = {
    ACCESS_DENIED: "allow s3:GetObject (of versions s3:GetObjectVersion) on it; 'assay aws iam-policy scan' prints the policy",
    KEY_DENIED: "allow kms:Decrypt with the key it is encrypted by",
    THROTTLED: "scan it again later, or with fewer --jobs",
    EXPIRED: "sign in again, and go on with --resume and the same catalog",
    REGION_DISABLED: "enable the bucket's region for this account",
}
_LISTING = {
    **_OBJECT,
    ACCESS_DENIED: "allow s3:ListBucket (with --versions s3:ListBucketVersions) on the bucket",
}
_CHANGED = "is another one than was listed; scan it again"
_VANISHED = "was there when the bucket was listed"
_ARCHIVED = "lies in an archive tier; restore it, then scan it"
_CODES = {
    "PreconditionFailed": (CHANGED, _CHANGED),
    "412": (CHANGED, _CHANGED),
    "InvalidRange": (CHANGED, _CHANGED),
    "InvalidObjectState": (ARCHIVED, _ARCHIVED),
    "MethodNotAllowed": (VANISHED, _VANISHED),
}
_FINAL = _CODES.keys() | {"NoSuchKey", "NoSuchVersion"}


def refused(error: Exception) -> Failure:
    """Why a call was refused; a key that may not be used is told from an object that may not be read."""
    failure = failure_of(error)
    if failure.reason == ACCESS_DENIED and _is_of_key(error):
        return failure._replace(reason=KEY_DENIED)
    return failure


def is_final(error: Exception) -> bool:
    """Whether a refusal of an object is S3's last word on it: asked again, now and by these credentials, it says the same."""
    code = code_of(error)
    return code in _FINAL or refused(error).reason in (ACCESS_DENIED, KEY_DENIED, EXPIRED)


def changed() -> ReadError:
    """The gap of an object that was written to since it was listed."""
    return ReadError(CHANGED, _CHANGED)


def of_object(error: Exception) -> ReadError:
    """The gap of an object that could not be read."""
    known = _CODES.get(code_of(error))
    if known is not None:
        return ReadError(*known)
    failure = refused(error)
    if failure.reason == NOT_FOUND:
        return ReadError(VANISHED, _VANISHED)
    return ReadError(failure.reason, _told(failure, _OBJECT))


def of_listing(error: Exception) -> ReadError:
    """The gap of keys that could not be listed."""
    failure = refused(error)
    return ReadError(failure.reason, f"its keys cannot be listed: {_told(failure, _LISTING)}")


def _told(failure: Failure, helps: dict[str, str]) -> str:
    what = failure.detail.partition(";")[0]
    return f"{what}; {helps[failure.reason]}" if failure.reason in helps else failure.detail


def _is_of_key(error: Exception) -> bool:
    # S3 answers AccessDenied for a key, too; the action that it names in its message is the only thing that differs.
    response = getattr(error, "response", None)
    told = response.get("Error", {}).get("Message", "") if isinstance(response, dict) else ""
    return "kms:" in str(told)
