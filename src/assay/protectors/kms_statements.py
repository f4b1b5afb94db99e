"""Statements of a key's policy that come and go, beside those of others. `PutKeyPolicy` replaces all of the policy, so that it is read
right before and sent along; a key is never left without one, and what others wrote is never taken out.

https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import keypolicies
from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.protectors.s3_tls_only import merged, state_of
from assay.protectors.settings import Part, Write
from assay.protectors.statements import StatementProtector

CONTROL = "kms_statements"
CALLS: Calls = keypolicies.READS | {"kms.PutKeyPolicy"}
SEEN = "key_policy"
"""What in `Action.found` says what others wrote into the policy."""
EMPTY = "nothing would be left"


def protector(session: Session, account: str) -> StatementProtector:
    """Changes keys of the account."""
    return StatementProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:  # noqa: ARG001  # the ARN names the account
    return keypolicies.policy_of(session, resource)


def _write(write: Write) -> None:
    whole = merged(write.raw, write.sets)
    if whole is None:
        # KMS takes no policy without statements, and a key without one serves nobody.
        raise ActionError(
            EMPTY, "the key's policy would have no statement; whose statements it had is somebody else's to say"
        )
    keypolicies.put_policy(write.session, write.resource, whole)


def _seen(session: Session, resource: str, account: str) -> str:  # noqa: ARG001  # the ARN names the account
    return keypolicies.fingerprint_of(keypolicies.policy_of(session, resource))


_PART = Part(control=CONTROL, service="KMS", calls=CALLS, read=_read, state=state_of, write=_write, seen={SEEN: _seen})
