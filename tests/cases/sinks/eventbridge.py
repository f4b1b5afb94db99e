"""Events of EventBridge: at most 10 a request, one for each change."""

from __future__ import annotations

import json
from typing import Any

from awsservers import Aws
from cases.sinks import Destination, name_of

from assay.sinks.eventbridge import CALLS


def _prepare(aws: Aws) -> None:
    aws.client("events").create_event_bus(Name="changes")


def _there(aws: Aws) -> dict[str, list[str]]:
    """What was sent and taken."""
    found: dict[str, list[str]] = {}
    for call in aws.strict.calls.made("events.PutEvents"):
        if not call.code:
            for entry in call.parameters["Entries"]:
                detail = json.loads(entry["Detail"])
                found.setdefault(name_of(detail["resource"]), []).append(detail["new_level"])
    return found


def _part(asked: dict[str, Any]) -> dict[str, Any]:
    taken = [{"EventId": f"{number}"} for number in range(len(asked["Entries"]) - 1)]
    return {"FailedEntryCount": 1, "Entries": [*taken, {"ErrorCode": "InternalFailure", "ErrorMessage": "no"}]}


DESTINATION = Destination(
    options=("--event-bus", "changes"), prepare=_prepare, there=_there, calls=CALLS, write="events.PutEvents",
    entries=lambda asked: len(asked["Entries"]), most=10, again="beside", argument="Entries", resent="those", part=_part,
)  # fmt: skip
