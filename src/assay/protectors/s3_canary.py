"""A canary: an object of assay's own is put into a bucket, read, and deleted again, with all that is left of it. Whether data still goes in
and out of a bucket is seen that way, and not by its settings.
"""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

from assay.aws.failures import code_of, failure_of, refusals
from assay.aws.session import Calls, Session
from assay.aws.tagsets import place_of

CALLS: Calls = frozenset({"s3.PutObject", "s3.GetObject", "s3.DeleteObject", "s3.GetObjectLockConfiguration"})
PREFIX = "assay-canary/"
_CONTENT = b"put by assay to see whether this bucket can be written and read; it may be deleted\n"
_UNLOCKED = "ObjectLockConfigurationNotFoundError"


class Probed(NamedTuple):
    """What came of it: `problem` says which step failed, empty where all went well; `is_known` is false where it was not tried;
    `left` is the key that could not be deleted."""

    problem: str = ""
    is_known: bool = True
    left: str = ""


def probe(session: Session, resource: str, account: str, reader: Session | None = None) -> Probed:
    """Puts, reads as oneself and as `reader`, and deletes. Nothing is put where Object Lock would keep it."""
    client = session.client("s3")
    which = {"Bucket": place_of(resource).bucket, "ExpectedBucketOwner": account}
    kept = _is_kept(client, which)
    if kept:
        return Probed(problem=kept, is_known=False)
    key = f"{PREFIX}{secrets.token_hex(8)}"
    step, version = "put", None
    try:
        version = client.put_object(Key=key, Body=_CONTENT, ContentType="text/plain", **which).get("VersionId")
        step = "read"
        problem = "" if _read(client, key, which) else "read: it is not what was put"
        if not problem and reader is not None:
            step = f"read as {reader.access.roles[-1][0]}"
            problem = "" if _read(reader.client("s3"), key, which) else f"{step}: it is not what was put"
    except refusals() as error:
        problem = f"{step}: {failure_of(error).detail}"
    left = "" if step == "put" else _deleted(client, key, version, which)
    return Probed(problem=problem, left=left)


def _is_kept(client: Any, which: dict[str, str]) -> str:
    """Why an object could not be deleted again; empty where it can."""
    try:
        found = client.get_object_lock_configuration(**which).get("ObjectLockConfiguration", {})
    except refusals() as error:
        return "" if code_of(error) == _UNLOCKED else f"its Object Lock could not be read: {failure_of(error).detail}"
    return "Object Lock keeps every object for a time" if found.get("Rule") else ""


def _read(client: Any, key: str, which: dict[str, str]) -> bool:
    return bool(client.get_object(Key=key, **which)["Body"].read() == _CONTENT)


def _deleted(client: Any, key: str, version: str | None, which: dict[str, str]) -> str:
    """With its version, since a bucket that keeps versions would keep it behind a marker."""
    named = {} if version is None else {"VersionId": version}
    try:
        client.delete_object(Key=key, **named, **which)
    except refusals():
        return key
    return ""
