"""OpenDocument sheets whose XML is laid out in lines, as KSpread writes it and LibreOffice can, as one without white space.

The library that reads workbooks takes white space between rows and cells for damage. XML says that it means nothing
there (ODF 1.3 part 3, 1.4).
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO

from assay.formats.package import ERRORS

_BETWEEN = re.compile(rb"(<(?:/?(?:table|office):[^<>]{0,4000}|/text:p)>)[ \t\r\n]+(?=<)")
_CONTENT = "content.xml"
_MOST = 256 * 1024 * 1024


def closed_up(source: IO[bytes]) -> io.BytesIO | None:
    """The same sheets with nothing between their rows and cells; `None` where there is no such space, or no sheet."""
    source.seek(0)
    try:
        with zipfile.ZipFile(source) as package:
            if package.getinfo(_CONTENT).file_size > _MOST:
                return None
            content = package.read(_CONTENT)
            kept = {name: package.read(name) for name in ("mimetype", "META-INF/manifest.xml")}
    except (*ERRORS, NotImplementedError):
        return None
    closed = _BETWEEN.sub(rb"\1", content)
    if closed == content:
        return None
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, data in (*kept.items(), (_CONTENT, closed)):
            package.writestr(name, data)
    made.seek(0)
    return made
