"""What Glue refuses, as gaps have it: a reason, and what to do about it."""

from __future__ import annotations

from assay.aws.failures import (
    ACCESS_DENIED,
    KEY_DENIED,
    NOT_FOUND,
    Failure,
    failure_of,
)
from assay.errors import ReadError

VANISHED = "vanished"

_HELP = {
    ACCESS_DENIED: "allow glue:GetTable and glue:GetPartitions on it, and SELECT in Lake Formation where that rules; "
    "'assay aws iam-policy scan glue' prints the policy",
    KEY_DENIED: "allow kms:Decrypt with the key that the data catalog is encrypted by",
}


def of_table(error: Exception) -> ReadError:
    """The gap of a table that the catalog does not tell of."""
    failure = failure_of(error)
    if failure.reason == NOT_FOUND:
        return ReadError(VANISHED, "the table was there when the catalog was listed")
    return ReadError(failure.reason, told(failure))


def told(failure: Failure) -> str:
    """The sentence of a gap."""
    what = failure.detail.partition(";")[0]
    return f"{what}; {_HELP[failure.reason]}" if failure.reason in _HELP else failure.detail
