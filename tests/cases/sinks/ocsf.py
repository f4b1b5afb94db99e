"""OCSF: an event for each resource."""

from __future__ import annotations

import json

from cases.sinks import FileForm, name_of


def _told(body: bytes) -> set[tuple[str, str]]:
    events = [json.loads(line) for line in body.splitlines()]
    return {
        (name_of(resource["uid"]), event["data_security"]["confidentiality"].lower())
        for event in events
        for resource in event["resources"]
        if event["data_security"]["confidentiality"] != "Not Confidential"
    }


FORMS = (FileForm("ocsf", _told, levels=True),)
