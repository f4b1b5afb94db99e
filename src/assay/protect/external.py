"""What IAM Access Analyzer finds of a resource, in words, and what became of its findings since a plan was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from assay.model.protection import ResourceState

SETTING = "external_access"
_MOST = 5
_ACTIVE, _RESOLVED = "ACTIVE", "RESOLVED"


class Became(NamedTuple):
    """A finding, and what became of it: `new` since, there `still`, or `resolved` since."""

    resource: str
    word: str
    told: str
    finding: Mapping[str, Any]


def noted(state: ResourceState) -> str:
    """A sentence on who gets at a resource from outside; empty where nobody does, or nothing is analyzed."""
    setting = state.settings.get(SETTING)
    if setting is None:
        return ""
    if not setting.is_known:
        return f"what Access Analyzer finds could not be read: {setting.detail}"
    found: Sequence[Mapping[str, Any]] = setting.value or ()
    if not found:
        return ""
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"Access Analyzer finds external access: {'; '.join(told(each) for each in found[:_MOST])}{more}"


def public(state: ResourceState) -> list[str]:
    """The findings that say that everybody gets at it."""
    setting = state.settings.get(SETTING)
    if setting is None or not setting.is_known:
        return []
    return [told(each) for each in setting.value or () if each.get("isPublic")]


def told(finding: Mapping[str, Any]) -> str:
    """A finding in words."""
    if finding.get("error"):
        return f"it could not be analyzed ({finding['error']})"
    principals = [f"{value}" for _, value in sorted((finding.get("principal") or {}).items())]
    who = "everybody" if finding.get("isPublic") else ", ".join(principals) or "somebody"
    actions: Sequence[str] = finding.get("action") or ()
    what = ", ".join(actions[:_MOST]) + (f" and {len(actions) - _MOST} more" if len(actions) > _MOST else "")
    where = "".join(f", where {key} is {value}" for key, value in sorted((finding.get("condition") or {}).items()))
    return f"{who} ({what or 'actions are not told'}{where})"


def since(findings: Iterable[Mapping[str, Any]], resources: Mapping[str, str], at: datetime) -> list[Became]:
    """What became of the findings on resources (ARN → what it is called here) since a moment. What was resolved before is left out."""
    became = []
    for each in findings:
        name = resources.get(str(each.get("resource")))
        if name is None:
            continue
        is_after = datetime.fromisoformat(str(each["createdAt"])) > at
        if each.get("status") == _ACTIVE:
            became.append(Became(name, "new" if is_after else "still", told(each), each))
        elif each.get("status") == _RESOLVED and datetime.fromisoformat(str(each["updatedAt"])) > at:
            became.append(Became(name, "resolved", told(each), each))
    return sorted(became, key=lambda each: (each.resource, each.word, each.told))
