"""Which part of a package (ECMA-376 part 1, 18.2.19) is which sheet of a workbook."""

from __future__ import annotations

import posixpath
import re
import zipfile
from xml.sax.saxutils import unescape

BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
INNER = r"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+"""
"""What a tag holds behind its name: no attribute has `<` in it (XML 1.0, 3.1), so that one that is not closed ends at the next."""
_RELATED = re.compile(rf"<(?:\w+:)?Relationship\b{INNER}>")
_SHEET_NAME = re.compile(rf"<(?:\w+:)?sheet\b{INNER}>")
_ATTRIBUTE = re.compile(r"""(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Parts of sheets, and what the sheets are called. Raises `KeyError` where there is no workbook."""
    related: dict[str, str] = {}
    rels = archive.read(_RELATIONS) if _RELATIONS in archive.namelist() else b""
    for tag in _RELATED.findall(rels.decode("utf-8", "replace")):
        told = attributes(tag)
        target = told.get("Target", "")
        related[told.get("Id", "")] = (
            target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        )
    found = {}
    for tag in _SHEET_NAME.findall(archive.read(BOOK).decode("utf-8", "replace")):
        told = attributes(tag)
        if (part := related.get(told.get("id", ""))) is not None:
            found[part] = unescape(told.get("name", ""), {"&quot;": '"', "&apos;": "'"})
    return found


def attributes(tag: str) -> dict[str, str]:
    """Attributes of a tag by their names without prefix."""
    return {name.rpartition(":")[2]: double or single for name, double, single in _ATTRIBUTE.findall(tag)}
