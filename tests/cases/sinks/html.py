"""A page: a section for each resource, with what was found in it."""

from __future__ import annotations

import re

from cases.sinks import FileForm, name_of

_SECTION = re.compile(r'class="file">([^<]+)<.*?<ul class="chips">(.*?)</ul>', re.DOTALL)
_CHIP = re.compile(r'<code class="kind">(.*?)</code>')


def _told(body: bytes) -> set[tuple[str, str]]:
    # Names may be broken after their low lines.
    text = body.decode().replace("_<wbr>", "_")
    return {(name_of(name), kind) for name, chips in _SECTION.findall(text) for kind in _CHIP.findall(chips)}


FORMS = (FileForm("html", _told),)
