"""Statements of a bucket's policy that come and go: temporary grants, quarantines, and who needs a tag or a second factor.
`PutBucketPolicy` replaces all of the policy, so that what others wrote is read and sent along; what an action names is told by its Sid.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from __future__ import annotations

from dataclasses import replace

from assay.aws.session import Calls, Session
from assay.protectors import s3_tls_only
from assay.protectors.statements import StatementProtector

CONTROL = "s3_statements"
CALLS: Calls = s3_tls_only.CALLS


def protector(session: Session, account: str) -> StatementProtector:
    """Changes buckets of the account."""
    return StatementProtector(session, account, replace(s3_tls_only.PART, control=CONTROL))
