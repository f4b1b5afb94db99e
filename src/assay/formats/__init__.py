"""Formats: bytes → windows of text, and what lies where in them.

A file is read so: `sniff` its head; a container's `members` are sniffed already; of text, `detect` the encoding, give a
`Transcoder` to `windows`, and ask `structure_for` for what places offsets. Nothing here judges what is found.
"""

from __future__ import annotations

from assay.formats.archive import Member, Unread, members
from assay.formats.encoding import UTF8, Encoding, Transcoder, detect
from assay.formats.json import Json, JsonLines
from assay.formats.keyvalue import KeyValue
from assay.formats.kinds import Kind
from assay.formats.sniff import sniff
from assay.formats.sql import Sql
from assay.formats.streams import Limits
from assay.formats.structure import Decoded, Place, PlainText, Structure, Window
from assay.formats.windows import CORE, LEFT, RIGHT, Readable, windows
from assay.formats.xml import Html, Xml
from assay.formats.yaml import Yaml

__all__ = [
    "CORE",
    "LEFT",
    "RIGHT",
    "UTF8",
    "Decoded",
    "Encoding",
    "Kind",
    "Limits",
    "Member",
    "Place",
    "PlainText",
    "Readable",
    "Structure",
    "Transcoder",
    "Unread",
    "Window",
    "detect",
    "members",
    "sniff",
    "structure_for",
    "windows",
]


def structure_for(kind: Kind) -> Structure:
    """A new structure for one document of `kind`; free text for kinds without one.

    A delimited document's structure needs its dialect: see `assay.formats.delimited`.
    """
    match kind:
        case Kind.JSON:
            return Json()
        case Kind.JSONL:
            return JsonLines()
        case Kind.XML:
            return Xml()
        case Kind.HTML:
            return Html()
        case Kind.YAML:
            return Yaml()
        case Kind.TOML | Kind.KEYVALUE:
            return KeyValue()
        case Kind.SQL:
            return Sql()
        case _:
            return PlainText()
