"""What DynamoDB refuses, as gaps have it: a reason, and what to do about it."""

from __future__ import annotations

from assay.aws.failures import (
    ACCESS_DENIED,
    EXPIRED,
    KEY_DENIED,
    NO_CREDENTIALS,
    NOT_FOUND,
    THROTTLED,
    UNREACHABLE,
    Failure,
    code_of,
    failure_of,
)
from assay.errors import ReadError

CREATING = "not ready"
VANISHED = "vanished"

_HELP = {
    ACCESS_DENIED: "allow dynamodb:DescribeTable and dynamodb:Scan on it; 'assay aws iam-policy scan' prints the policy",
    KEY_DENIED: "allow kms:Decrypt with the key it is encrypted by",
    THROTTLED: "others use up its capacity; scan it again later",
    EXPIRED: "sign in again, and scan it again",
}
_VANISHED = "the table was there when the account was listed"
_STATES = {
    "CREATING": ReadError(CREATING, "the table is being made; scan it again when it is active"),
    "DELETING": ReadError(VANISHED, "the table is being deleted"),
    "ARCHIVING": ReadError("archived", "the table is being archived, as its key cannot be used; restore the key's use"),
    "ARCHIVED": ReadError("archived", "the table is archived, as its key could not be used; restore its backup"),
    "INACCESSIBLE_ENCRYPTION_CREDENTIALS": ReadError(KEY_DENIED, "its key cannot be used; enable it, or its grants"),
}


def of_status(status: str) -> ReadError | None:
    """The gap of a table that cannot be read while it is of this status; `None` for one that can."""
    known = _STATES.get(status)
    return None if known is None else ReadError(known.reason, known.detail)


def of_table(error: Exception) -> ReadError:
    """The gap of a table that could not be read."""
    failure = failure_of(error)
    if failure.reason == NOT_FOUND or code_of(error) == "ResourceInUseException":
        return ReadError(VANISHED, _VANISHED)
    what = failure.detail.partition(";")[0]
    return ReadError(failure.reason, f"{what}; {_HELP[failure.reason]}" if failure.reason in _HELP else failure.detail)


def is_hopeless(failure: Failure) -> bool:
    """Whether nothing at all can be done with these credentials, here and now."""
    return failure.reason in (NO_CREDENTIALS, EXPIRED, UNREACHABLE) or failure.code == "NoRegionError"
