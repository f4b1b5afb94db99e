"""What CloudTrail refuses, and how it tells selectors: a trail that was never told any has those of management events."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudtrail.models import cloudtrail_backends

from strict import state
from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_USUAL = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
_MOST = {"selectors": 5, "values": 250, "conditions": 500}
_WRONG = "InvalidEventSelectorsException"


def _created(request: Request, _: State) -> None:
    """The bucket's policy has to let CloudTrail in before."""
    held = state.bucket(request.parameters["S3BucketName"])
    if held is None:
        raise RefusedError("S3BucketDoesNotExistException", "There is no such bucket.", 400)
    text = held.policy.decode() if isinstance(held.policy, bytes) else held.policy
    statements = json.loads(text)["Statement"] if text else []
    let_in = {
        each["Action"]
        for each in statements
        if each["Effect"] == "Allow" and each["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    }
    if not {"s3:GetBucketAcl", "s3:PutObject"} <= let_in:
        raise RefusedError("InsufficientS3BucketPolicyException", "Incorrect S3 bucket policy is detected.", 400)


def _selected(request: Request, _: State) -> None:
    basic = request.parameters.get("EventSelectors") or []
    advanced = request.parameters.get("AdvancedEventSelectors") or []
    if bool(basic) == bool(advanced):
        raise RefusedError(_WRONG, "Either event selectors or advanced ones.", 400)
    values = [value for each in basic for data in each.get("DataResources", ()) for value in data["Values"]]
    conditions = [
        value
        for each in advanced
        for field in each["FieldSelectors"]
        for name, found in field.items()
        if name != "Field"
        for value in found
    ]
    if len(basic) > _MOST["selectors"] or len(values) > _MOST["values"] or len(conditions) > _MOST["conditions"]:
        raise RefusedError(_WRONG, "Too many.", 400)


def _kept(request: Request, answer: Answer) -> Answer:
    """What is told replaces all that was there, of the other kind too."""
    if answer.ok:
        trail = _trail(request)
        trail.event_selectors = request.parameters.get("EventSelectors") or []
        trail.advanced_event_selectors = request.parameters.get("AdvancedEventSelectors") or []
    return answer


def _trail(request: Request) -> Any:
    name = request.parameters["TrailName"]
    region = name.split(":")[3] if name.startswith("arn:") else request.region
    return cloudtrail_backends[request.account][region].get_trail(name)


def _told(request: Request, _: State) -> None:
    """A trail that was never told any."""
    name = request.parameters["TrailName"]
    held = cloudtrail_backends[request.account][request.region].trails.values()
    for trail in held:
        if name in (trail.arn, trail.trail_name) and not trail.event_selectors and not trail.advanced_event_selectors:
            trail.event_selectors = [dict(_USUAL)]


CHECKS = {
    "cloudtrail.CreateTrail": _created,
    "cloudtrail.PutEventSelectors": _selected,
    "cloudtrail.GetEventSelectors": _told,
}
AFTER = {"cloudtrail.PutEventSelectors": _kept}
