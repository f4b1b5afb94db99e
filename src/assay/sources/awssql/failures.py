"""What AWS refuses of databases, as gaps have it: a reason, and what to do about it."""

from __future__ import annotations

from assay.aws.failures import ACCESS_DENIED, KEY_DENIED, NOT_FOUND, failure_of
from assay.errors import AwsError, ReadError

NOT_READY = "not ready"
STOPPED = "stopped"
NO_LOGIN = "no login"
UNSUPPORTED = "unsupported engine"

_ALLOW = "allow {}; 'assay aws iam-policy scan rds' (or redshift, or rds-export) prints the policy"
_STATES = {
    "stopped": ReadError(STOPPED, "it is stopped; start it and scan it again"),
    "stopping": ReadError(STOPPED, "it is being stopped; start it and scan it again"),
    "paused": ReadError(STOPPED, "it is paused; resume it and scan it again"),
    "starting": ReadError(NOT_READY, "it is being started; scan it again when it is available"),
    "resuming": ReadError(NOT_READY, "it is being resumed; scan it again when it is available"),
    "creating": ReadError(NOT_READY, "it is being made; scan it again when it is available"),
    "deleting": ReadError(NOT_READY, "it is being deleted"),
    "failed": ReadError(NOT_READY, "it has failed, as AWS says; restore it"),
    "inaccessible-encryption-credentials": ReadError(KEY_DENIED, "its key cannot be used; enable it, or its grants"),
    "inaccessible-encryption-credentials-recoverable": ReadError(
        KEY_DENIED, "its key cannot be used; enable it, or its grants, and start it again"
    ),
}


def of_status(status: str) -> ReadError | None:
    """The gap of a database that nobody can enter while it is of this status; `None` for all others."""
    found = _STATES.get(status.lower())
    if found is None and status.startswith("incompatible-"):
        return ReadError(NOT_READY, f"its status is {status}; mend that and scan it again")
    return None if found is None else ReadError(found.reason, found.detail)


def refused(error: Exception, target: str, actions: str) -> ReadError:
    """The gap of a call that was refused. Raises `AwsError` where nothing can be done with these credentials at all."""
    failure = failure_of(error)
    if failure.is_hopeless:
        raise AwsError(failure.reason, f"{target}: {failure.detail}") from None
    what = failure.detail.partition(";")[0]
    if failure.reason == ACCESS_DENIED:
        return ReadError(failure.reason, f"{what}; {_ALLOW.format(actions)}")
    return ReadError(failure.reason, failure.detail)


def of_secret(error: Exception) -> ReadError:
    """The gap of a secret that could not be had."""
    failure = failure_of(error)
    what = failure.detail.partition(";")[0]
    if failure.reason == ACCESS_DENIED:
        return ReadError(failure.reason, f"{what}; {_ALLOW.format('secretsmanager:GetSecretValue on the secret')}")
    if failure.reason == KEY_DENIED:
        return ReadError(failure.reason, f"{what}; allow kms:Decrypt with the key that the secret is encrypted by")
    if failure.reason == NOT_FOUND:
        return ReadError(NO_LOGIN, f"{what}; there is no such secret, or no value in it: check its ARN")
    return ReadError(failure.reason, failure.detail)
