"""Who uses the key that something is encrypted with by grants: they are asked before it gets another key, or the key another policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assay.model.protection import ResourceState, ResourceType
from assay.protect.means import Means
from assay.protect.points import Point, Verdict

CONTROLS = ("encryption", "key_tag_access")
"""Of which grants of the key have to be known."""
_MOST_NAMED = 5
_OF_AWS = "alias/aws/"
_PERSON = "somebody who uses its key by a grant may lose access"
_UNREAD = "who uses its key by grants could not be read"


def key_there(state: ResourceState) -> str:
    """The key of one's own that it is encrypted with, as it names it; empty where there is none, or that could not be read."""
    if state.type is ResourceType.EBS_ACCOUNT:
        return str(state.get("default_key").value or "")
    value = state.get("encryption").value
    if not isinstance(value, Mapping):
        return ""
    if state.type is not ResourceType.S3_BUCKET:
        return str(value.get("key") or "")
    rule = (value.get("Rules") or [{}])[0]
    key = str(rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID") or "")
    return "" if _OF_AWS in key else key


def named(point: Point, state: ResourceState, means: Means) -> Point:
    """What may break, with whom grants let use the key that is given up or restricted. That they could not be read is said: it is never nobody."""
    if point.control not in CONTROLS or point.verdict not in (Verdict.CHANGE, Verdict.MANUAL):
        return point
    if point.verdict is Verdict.CHANGE and not point.breaks:
        # A key that is made first takes nothing from anybody.
        return point
    key = point.resource if point.control == "key_tag_access" else key_there(state)
    setting = means.grantees.get((state.region, key))
    if setting is None:
        return point
    if not setting.is_known:
        told, person = f"whom grants of {key} let use it could not be read: {setting.detail}", _UNREAD
    elif setting.value:
        more = f" and {len(setting.value) - _MOST_NAMED:,} more" if len(setting.value) > _MOST_NAMED else ""
        told, person = f"grants of {key} let in {', '.join(setting.value[:_MOST_NAMED])}{more}", _PERSON
    else:
        return point
    if point.verdict is Verdict.MANUAL:
        return replace(point, detail=f"{point.detail}; {told}")
    return replace(point, breaks=f"{point.breaks}; {told}", person=point.person or person)
