"""JSON Lines: an object a line."""

from __future__ import annotations

import json

from cases.sinks import FileForm, name_of


def _told(body: bytes) -> set[tuple[str, str]]:
    lines = [json.loads(line) for line in body.splitlines()]
    return {(name_of(line["resource"]), line["identifier"]) for line in lines if line["kind"] == "finding"}


FORMS = (FileForm("jsonl", _told),)
