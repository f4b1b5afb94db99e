"""The bucket that others' access logs go to: one for each account and region. It is made where it is not there, and what it lacks
is set; it is never deleted, since it holds logs.

The order counts: a bucket that logs could go to before its policy lets S3 in would lose them silently.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""

from __future__ import annotations

import json
from typing import Any

from assay.aws import s3settings
from assay.aws.failures import NOT_FOUND, code_of, refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import place_of
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, UNCHANGED, Action, State
from assay.model.policydocument import plain, statements_of

CONTROL = "s3_log_bucket"
READS = ("tags", "policy")
CALLS: Calls = frozenset(
    {"s3.CreateBucket", "s3.PutBucketTagging", "s3.PutBucketPolicy", "s3.GetBucketLocation"}
) | s3settings.calls_of(*READS)
REGION, STATEMENT, TAG = "region", "statement AssayLogDelivery", "tag assay:purpose"
_SID = STATEMENT.removeprefix("statement ")
_KEY = TAG.removeprefix("tag ")
_HOME = "us-east-1"
_OURS = frozenset({"BucketAlreadyOwnedByYou"})
FINAL = "a bucket of logs is not deleted"


def protector(session: Session, account: str) -> LogBucket:
    """Makes buckets of the account."""
    return LogBucket(session, account)


def observe(session: Session, resource: str, account: str) -> dict[str, Any]:
    """Where a bucket of logs is, and what it has of what such a bucket needs; all `None` where there is none. Raises `AwsError`."""
    try:
        region = s3settings.region_of(session, resource, account)
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return dict.fromkeys((REGION, STATEMENT, TAG))
        raise
    policy = s3settings.raw_of(session, resource, account, "policy")
    tags = s3settings.raw_of(session, resource, account, "tags") or {}
    statement = next((each for each in statements_of(policy) if each.get("Sid") == _SID), None)
    return {REGION: region, STATEMENT: plain(statement), TAG: tags.get(_KEY)}


class LogBucket:
    """Makes what an action says is not there."""

    def __init__(self, session: Session, account: str) -> None:
        self.calls = CALLS
        self._session = session
        self._account = account

    def apply(self, action: Action) -> State:
        """Makes the bucket, lets S3 write into it, and tags it, each where it is not so. Returns what was found before."""
        now = observe(self._session, action.resource, self._account)
        if now == dict(action.after):
            raise ActionError(UNCHANGED, "it is as wanted already")
        if now != dict(action.before):
            raise ActionError(CHANGED, "the bucket of logs is another than it was planned for; plan it again")
        try:
            self._make(action, now)
        except refusals() as error:
            raise told(error, "S3") from None
        return now

    def read_back(self, action: Action) -> State:
        """The bucket as it is now."""
        return observe(self._session, action.resource, self._account)

    def undo(self, action: Action) -> State:  # noqa: ARG002  # as every protector has it
        """Never: raises `ActionError`."""
        raise ActionError("cannot be taken back", FINAL)

    def _make(self, action: Action, now: State) -> None:
        region = str(action.after[REGION])
        client = self._session.client("s3", region)
        which = {"Bucket": place_of(action.resource).bucket}
        owned = which | {"ExpectedBucketOwner": self._account}
        if now[REGION] is None:
            where = {} if region == _HOME else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            try:
                client.create_bucket(ObjectOwnership="BucketOwnerEnforced", **which, **where)
            except refusals() as error:
                if code_of(error) not in _OURS:
                    raise
        if now[STATEMENT] != action.after[STATEMENT]:
            policy = s3settings.raw_of(self._session, action.resource, self._account, "policy")
            kept = [each for each in statements_of(policy) if each.get("Sid") != _SID]
            document = {**(policy or {"Version": "2012-10-17"}), "Statement": [*kept, action.after[STATEMENT]]}
            client.put_bucket_policy(Policy=json.dumps(document), **owned)
        if now[TAG] != action.after[TAG]:
            tags = s3settings.raw_of(self._session, action.resource, self._account, "tags") or {}
            merged = {**tags, _KEY: action.after[TAG]}
            client.put_bucket_tagging(
                Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in sorted(merged.items())]}, **owned
            )
