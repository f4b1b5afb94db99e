"""One JSON document."""

from __future__ import annotations

import json

from cases.sinks import FileForm, name_of


def _told(body: bytes) -> set[tuple[str, str]]:
    records = json.loads(body)["records"]
    return {(name_of(each["resource"]), each["identifier"]) for each in records if each["kind"] == "finding"}


FORMS = (FileForm("json", _told),)
