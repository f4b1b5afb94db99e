"""Encryption of what cannot be encrypted in its place: as wanted, or steps for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from assay.model.protection import ResourceState, ResourceType
from assay.protect.means import KeyFound, Means
from assay.protect.ownkeys import unseen, wanted_key
from assay.protect.points import Point, manual, ok, unknown
from assay.protect.policy import Asked

AWS_KMS, OWN_KEY, NOT_ENCRYPTED = "aws-kms", "customer-key", "none"
_CONTROL = "encryption"
_AWS_KEYS = {ResourceType.EBS_VOLUME: "alias/aws/ebs"}


def encryption_point(
    state: ResourceState,
    asked: Mapping[str, Asked],
    means: Means,
    level: str,
    steps: Callable[[ResourceState, str], str],
) -> Iterator[Point]:
    """Whether it is encrypted as is asked for. A key of one's own serves where AWS's is asked for; where one of one's own is asked
    for any serves, unless a policy names one."""
    if _CONTROL not in asked or asked[_CONTROL].value not in (AWS_KMS, OWN_KEY):
        return
    setting = state.get(_CONTROL)
    if not setting.is_known:
        yield unknown(_CONTROL, setting, "with which key it is encrypted")
        return
    now, names_one = setting.value, "kms_key" in asked
    if asked[_CONTROL].value == AWS_KMS and not names_one:
        if now["encryption"] == NOT_ENCRYPTED:
            yield manual(_CONTROL, steps(state, _AWS_KEYS.get(state.type, "alias/aws/rds")))
        else:
            yield ok(_CONTROL, f"encrypted with {now['key'] or 'AWS’s key in KMS'}")
        return
    named = wanted_key(asked, level)
    key = means.keys.get((state.region, named), KeyFound())
    if now["encryption"] == OWN_KEY:
        if names_one and (key.is_unknown or (not key.arn and not key.problem)):
            yield unseen(_CONTROL, f"key {named} in {state.region} {key.problem or 'was not looked for'}")
            return
        if not names_one or key.arn == now["key"]:
            yield ok(_CONTROL, f"encrypted with {now['key']}")
            return
    first = f"key {named} {key.problem}: see to that before anything else; " if key.problem else ""
    yield manual(_CONTROL, f"{first}{steps(state, named)}")
