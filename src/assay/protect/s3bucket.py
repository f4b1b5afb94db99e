"""All controls of a bucket, in the order in which they are safe to make: the least breaking first, and what another needs before it.

The policy is written before public access is blocked, since S3 takes no policy of a bucket that is public by then; the key is
there before objects are encrypted with it, and the bucket of logs before logs go to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from assay.model.protection import ResourceState
from assay.protect import conditions, s3access, s3data
from assay.protect.means import Means
from assay.protect.points import Point, manual, ok, unknown
from assay.protect.policy import Asked

ORDER = (
    "s3_log_bucket",
    "s3_tls_only",
    "s3_statements",
    "s3_public_access_block",
    "s3_acls_off",
    "s3_encryption",
    "s3_versioning",
    "s3_lifecycle",
    "s3_logging",
    "s3_events",
)
"""Protectors, as they are applied; they are taken back the other way round."""

_Asked = Mapping[str, Asked]
_ACCESS: Mapping[str, Callable[[ResourceState, Means], Point]] = {
    "tls_only": s3access.tls_only,
    "public_access_block": s3access.public_access_block,
    "acls_off": s3access.acls_off,
}
_NOTHING = ("none", 0, False)


def points_of(state: ResourceState, asked: _Asked, means: Means, level: str) -> Iterator[Point]:
    """How each control that is asked for stands. What is not asked for is left as it is: nothing is ever switched off."""
    for name, control in _ACCESS.items():
        if _wants(asked, name):
            yield control(state, means)
    yield from conditions.points_of(state, asked, means, level)
    if "encryption" in asked:
        yield from s3data.own_key(state, asked, means, level)
        yield s3data.encryption(state, asked, means, level)
    if _wants(asked, "versioning"):
        yield s3data.versioning(state)
    yield from s3data.lifecycle(state, asked)
    if _wants(asked, "access_logs"):
        yield from s3data.access_logs(state, asked, means)
    if _wants(asked, "event_notifications"):
        yield s3data.event_notifications(state)
    yield from _by_hand(state, asked)


def _wants(asked: _Asked, name: str) -> bool:
    return name in asked and asked[name].value not in _NOTHING


def _by_hand(state: ResourceState, asked: _Asked) -> Iterator[Point]:
    if _wants(asked, "object_lock"):
        yield _object_lock(state)
    if _wants(asked, "mfa_delete"):
        yield _mfa_delete(state)


def _object_lock(state: ResourceState) -> Point:
    control, setting = "object_lock", state.get("object_lock")
    if not setting.is_known:
        return unknown(control, setting, "its object lock")
    if (setting.value or {}).get("ObjectLockEnabled") == "Enabled":
        return ok(control, "object lock is on")
    return manual(
        control,
        "object lock can never be switched off again; with versioning on: aws s3api put-object-lock-configuration "
        "--object-lock-configuration ObjectLockEnabled=Enabled --bucket "
        f"{state.resource.removeprefix('s3://')}, then a default retention",
    )


def _mfa_delete(state: ResourceState) -> Point:
    control, setting = "mfa_delete", state.get("versioning")
    if not setting.is_known:
        return unknown(control, setting, "its versioning")
    if (setting.value or {}).get("MFADelete") == "Enabled":
        return ok(control, "a second factor is needed to delete versions")
    return manual(
        control,
        "only the root user, signed in with a second factor, can: aws s3api put-bucket-versioning --mfa 'SERIAL CODE' "
        f"--versioning-configuration Status=Enabled,MFADelete=Enabled --bucket {state.resource.removeprefix('s3://')}",
    )
