"""What the writers of buckets' settings share: how what is there is read, and what a plan judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from assay.aws import s3settings
from assay.aws.session import Calls, Session
from assay.aws.tagsets import place_of
from assay.errors import AwsError
from assay.protectors.settings import ReadRaw, Write

Seen = Mapping[str, Callable[[Session, str, str], str]]


def reading(name: str) -> ReadRaw:
    """Reads a setting."""

    def read(session: Session, resource: str, account: str) -> Any:
        return s3settings.raw_of(session, resource, account, name)

    return read


def _fingerprint(name: str, session: Session, resource: str, account: str) -> str:
    setting = s3settings.setting_of(session, resource, account, name)
    if not setting.is_known:
        raise AwsError(setting.reason, setting.detail)
    return s3settings.fingerprint_of(name, setting)


def seen(*names: str) -> Seen:
    """The fingerprints of these settings, as an observer takes them; they raise `AwsError`."""
    return {name: partial(_fingerprint, name) for name in names}


def calls(writes: str, *reads: str) -> Calls:
    """The operations of a protector: those that write, by their names, and those that read these settings."""
    return frozenset(f"s3.{name}" for name in writes.split()) | s3settings.calls_of(*reads)


def of_bucket(write: Write) -> dict[str, str]:
    """The parameters that every call on a bucket has."""
    return {"Bucket": place_of(write.resource).bucket, "ExpectedBucketOwner": write.account}


def client(write: Write) -> Any:
    """The client that writes."""
    return write.session.client("s3")
