"""JUnit: a test for each resource, which fails by its findings."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from cases.sinks import FileForm, name_of


def _told(body: bytes) -> set[tuple[str, str]]:
    return {
        (name_of(case.attrib["name"]), identifier)
        for case in ET.fromstring(body).iter("testcase")
        for failure in case.iter("failure")
        for identifier in re.findall(r"^line \d+: (\w+) ", failure.text or "", re.MULTILINE)
    }


FORMS = (FileForm("junit", _told),)
