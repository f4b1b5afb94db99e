"""What Kinesis refuses, as gaps have it: a reason, and what to do about it."""

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

VANISHED = "vanished"

_HELP = {
    ACCESS_DENIED: "allow kinesis:DescribeStreamSummary, ListShards, GetShardIterator and GetRecords on it; "
    "'assay aws iam-policy scan' prints the policy",
    KEY_DENIED: "allow kms:Decrypt with the key it is encrypted by",
    THROTTLED: "other readers use up its shards' five reads a second; scan it again later",
    EXPIRED: "sign in again, and scan it again",
}
_STATES = {
    "CREATING": ReadError("not ready", "the stream is being made; scan it again when it is active"),
    "DELETING": ReadError(VANISHED, "the stream is being deleted"),
}


def of_status(status: str) -> ReadError | None:
    """The gap of a stream that cannot be read while it is of this status; `None` for one that can."""
    known = _STATES.get(status)
    return None if known is None else ReadError(known.reason, known.detail)


def of_stream(error: Exception) -> ReadError:
    """The gap of a stream that could not be read."""
    failure = failure_of(error)
    if failure.reason == NOT_FOUND or code_of(error) == "ResourceInUseException":
        return ReadError(VANISHED, "the stream was there when the account was listed")
    what = failure.detail.partition(";")[0]
    return ReadError(failure.reason, f"{what}; {_HELP[failure.reason]}" if failure.reason in _HELP else failure.detail)


def is_hopeless(failure: Failure) -> bool:
    """Whether nothing at all can be done with these credentials, here and now."""
    return failure.reason in (NO_CREDENTIALS, EXPIRED, UNREACHABLE) or failure.code == "NoRegionError"
