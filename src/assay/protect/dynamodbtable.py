"""All controls of a DynamoDB table, in the order in which they are safe to make: what nobody notices first, its key last, since a
table takes no other change while that is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.model.protection import ResourceState
from assay.protect.means import KeyFound, Means
from assay.protect.ownkeys import NO_KEY, key_points, unseen, wanted_key
from assay.protect.points import NOT_SETTLED, Point, changed, ok, refused, unknown
from assay.protect.policy import Asked, wants

ORDER = ("dynamodb_recovery", "dynamodb_deletion_protection", "dynamodb_encryption")
AWS_OWNED, AWS_KMS, OWN_KEY = "aws-owned", "aws-kms", "customer-key"
REPLICATED = "in several regions"
USUAL_DAYS = 35

_Asked = Mapping[str, Asked]


def points_of(state: ResourceState, asked: _Asked, means: Means, level: str) -> Iterator[Point]:
    """How each control that is asked for stands. A table that is being made or changed takes no change, and gets none."""
    status = state.get("status").value
    for point in _points(state, asked, means, level):
        if point.protector in ORDER and status != "ACTIVE":
            yield refused(
                point.control, NOT_SETTLED, f"the table is {status}, and takes no change; plan it again later"
            )
        else:
            yield point


def _points(state: ResourceState, asked: _Asked, means: Means, level: str) -> Iterator[Point]:
    if wants(asked, "point_in_time_recovery"):
        yield _recovery(state, asked)
    if wants(asked, "deletion_protection"):
        yield _deletion_protection(state)
    if "encryption" in asked:
        yield from _encryption(state, asked, means, level)


def _recovery(state: ResourceState, asked: _Asked) -> Point:
    control, setting = "point_in_time_recovery", state.get("recovery")
    if not setting.is_known:
        return unknown(control, setting, "whether it can be brought back to any moment")
    days = int(asked["recovery_days"].value) if "recovery_days" in asked else USUAL_DAYS
    before: dict[str, Any] = dict(setting.value)
    if before["point_in_time_recovery"] and before["days"] >= days:
        return ok(control, f"it can be brought back to any moment of {before['days']} days")
    return changed(
        control,
        "dynamodb_recovery",
        before,
        {"point_in_time_recovery": True, "days": days},
        detail=f"it can be brought back to any moment of {days} days",
        note="paid for by its size; taken back, the moments that were kept are lost",
    )


def _deletion_protection(state: ResourceState) -> Point:
    control, setting = "deletion_protection", state.get("deletion_protection")
    if setting.value:
        return ok(control, "it cannot be deleted until that is switched off")
    return changed(
        control,
        "dynamodb_deletion_protection",
        {"deletion_protection": False},
        {"deletion_protection": True},
        detail="it cannot be deleted until that is switched off",
        breaks="whatever deletes the table, such as a stack that is taken down",
    )


def _encryption(state: ResourceState, asked: _Asked, means: Means, level: str) -> Iterator[Point]:
    control, setting = "encryption", state.get("encryption")
    if not setting.is_known:
        yield unknown(control, setting, "with which key it is encrypted")
        return
    want, now = asked[control].value, setting.value
    if want == AWS_OWNED or (want == AWS_KMS and "kms_key" not in asked and now["encryption"] != AWS_OWNED):
        yield ok(control, f"encrypted with {now['key'] or now['encryption']}")
        return
    replicas = state.get("replicas").value
    if replicas:
        detail = f"it has replicas in {', '.join(replicas)}, each of which needs a key of its region; change it by hand"
        yield refused(control, REPLICATED, detail)
        return
    if want == AWS_KMS and "kms_key" not in asked:
        yield _changed(now, {"encryption": AWS_KMS, "key": None}, "AWS's key for DynamoDB in KMS", waits=False)
        return
    yield from key_points(state, asked, means, level)
    yield _own_key(state, now, means, wanted_key(asked, level))


def _own_key(state: ResourceState, now: Mapping[str, Any], means: Means, named: str) -> Point:
    key = means.keys.get((state.region, named), KeyFound())
    if key.is_unknown:
        return unseen("encryption", f"key {named} in {state.region} {key.problem}")
    if key.problem and not key.alias:
        detail = f"key {named} in {state.region} {key.problem}; make it usable, or name another with kms_key"
        return refused("encryption", NO_KEY, detail)
    if key.arn and now["key"] == key.arn:
        return ok("encryption", f"encrypted with {key.arn}")
    after = {"encryption": OWN_KEY, "key": key.arn or key.alias}
    return _changed(now, after, f"key {named}", waits=not key.arn)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], what: str, *, waits: bool) -> Point:
    return changed(
        "encryption",
        "dynamodb_encryption",
        before,
        after,
        detail=what,
        breaks="whoever reads or writes the table without a right to use the key in KMS",
        person="its key has to be made first" if waits else "",
        note="all of it is encrypted anew while it is used; keys can be changed four times a day",
    )
