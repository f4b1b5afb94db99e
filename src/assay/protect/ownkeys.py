"""Keys of one's own that protecting needs: which one, and what of it is not there yet."""

from __future__ import annotations

from collections.abc import Mapping

from assay.model.protection import ResourceState
from assay.protect.keypolicy import key_policy
from assay.protect.means import KeyFound, Means, key_alias
from assay.protect.points import Point, Verdict, changed, ok
from assay.protect.policy import Asked

ORDER = ("kms_key", "kms_rotation")
"""Before all that is encrypted with them."""
NO_KEY = "no key"


def wanted_key(asked: Mapping[str, Asked], level: str) -> str:
    """The key that a policy names, or the one of the level."""
    named = asked.get("kms_key")
    return str(named.value) if named is not None else key_alias(level)


def unseen(control: str, detail: str) -> Point:
    """A key that could not be seen: it is neither there nor not there."""
    return Point(control=control, verdict=Verdict.UNKNOWN, detail=detail, reason="key not seen")


def key_points(state: ResourceState, asked: Mapping[str, Asked], means: Means, level: str) -> list[Point]:
    """The key that the encryption of a resource needs: made where it is not there, and rotated where that is asked for."""
    if asked["encryption"].value != "customer-key":
        return []
    control, named = "key_rotation", wanted_key(asked, level)
    key = means.keys.get((state.region, named), KeyFound())
    if key.alias and key.state is not None:
        return [_made(key, named, state, means, level)]
    if control not in asked or not asked[control].value or not key.arn or key.problem:
        return []
    if key.rotated is None:
        return [unseen(control, f"whether key {named} is rotated could not be read")]
    if key.rotated:
        return [ok(control, f"key {named} is rotated")]
    detail = f"key {named} is rotated every year"
    return [changed(control, "kms_rotation", {"rotation": False}, {"rotation": True}, detail=detail, resource=key.arn)]


def _made(key: KeyFound, named: str, state: ResourceState, means: Means, level: str) -> Point:
    assert key.state is not None
    wanted = {"key": "there", "alias": named, "rotation": True}
    readers = means.readers.get((state.region, named), ())
    policy = {"policy": key_policy(means.partition, means.account, state.region, readers)}
    return changed(
        "encryption",
        "kms_key",
        key.state,
        # One that a run left behind without its alias has its policy.
        wanted if key.state["key"] == "there" else wanted | policy,
        detail=f"a key for data of level {level} in {state.region}, rotated every year",
        reversible=False,
        person="a key is paid for every month, and assay never deletes one",
        note="a key is not deleted when this is taken back",
        resource=key.alias,
    )
