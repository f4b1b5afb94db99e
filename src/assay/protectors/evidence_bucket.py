"""The bucket that evidence goes to: it is made before anything is put there, and so is a step before all others."""

from __future__ import annotations

from assay.aws.session import Calls, Session
from assay.protectors import evidence
from assay.protectors.replacing import ReplacingProtector

CONTROL = evidence.PLACES
CALLS: Calls = evidence.CALLS


def protector(session: Session, account: str) -> ReplacingProtector:
    """Makes buckets of the account."""
    return evidence.protector(session, account)
