"""SARIF: a result for each finding."""

from __future__ import annotations

import json

from cases.sinks import FileForm, name_of


def _told(body: bytes) -> set[tuple[str, str]]:
    (run,) = json.loads(body)["runs"]
    return {
        (name_of(place["physicalLocation"]["artifactLocation"]["uri"]), result["ruleId"].rpartition("/")[2])
        for result in run["results"]
        for place in result["locations"]
    }


FORMS = (FileForm("sarif", _told),)
