"""Text for people: the name of a resource, and a line for each of its findings."""

from __future__ import annotations

import re

from cases.sinks import FileForm, name_of

_NAME = re.compile(r"^[A-Z]+ +(\S+\.txt)$")
_FOUND = re.compile(r"^  ([A-Z_]+) +\d")


def _told(body: bytes) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    name = ""
    for line in body.decode().splitlines():
        if heading := _NAME.match(line):
            name = name_of(heading[1])
        elif kind := _FOUND.match(line):
            found.add((name, kind[1]))
    return found


FORMS = (FileForm("table", _told),)
