"""Formats: bytes → windows of text, and what lies where in them.

A file is read so: `sniff` its head; the `members` of a container (`formats.archive`) are sniffed already; of text, `detect` the encoding, give a
`Transcoder` to `windows`, and ask `structure_for` for what places offsets. Nothing here judges what is found.
"""

from __future__ import annotations

from assay.formats.encoding import UTF8, Encoding, Transcoder, detect
from assay.formats.kinds import Kind
from assay.formats.sniff import sniff
from assay.formats.streams import Limits
from assay.formats.structure import Decoded, Place, PlainText, Structure, Window
from assay.formats.windows import CORE, LEFT, RIGHT, Readable, windows

__all__ = [
    "CORE",
    "LEFT",
    "RIGHT",
    "UTF8",
    "Decoded",
    "Encoding",
    "Kind",
    "Limits",
    "Place",
    "PlainText",
    "Readable",
    "Structure",
    "Transcoder",
    "Window",
    "detect",
    "sniff",
    "structure_for",
    "windows",
]


def structure_for(kind: Kind) -> Structure:
    """A new structure for one document of `kind`; free text for kinds without one.

    A delimited document's structure needs its dialect: see `assay.formats.delimited`.
    """
    # What a scan does not meet is not loaded: that is a third of the time to start.
    match kind:
        case Kind.JSON | Kind.JSONL:
            from assay.formats.json import Json, JsonLines

            return Json() if kind is Kind.JSON else JsonLines()
        case Kind.XML | Kind.HTML:
            from assay.formats.xml import Html, Xml

            return Xml() if kind is Kind.XML else Html()
        case Kind.YAML:
            from assay.formats.yaml import Yaml

            return Yaml()
        case Kind.TOML | Kind.KEYVALUE:
            from assay.formats.keyvalue import KeyValue

            return KeyValue()
        case Kind.HL7 | Kind.X12 | Kind.VCARD | Kind.GEDCOM:
            from assay.formats.segments import X12, Gedcom, Hl7, VCard

            coded: dict[Kind, type[Hl7 | X12 | VCard | Gedcom]] = {
                Kind.HL7: Hl7,
                Kind.X12: X12,
                Kind.VCARD: VCard,
                Kind.GEDCOM: Gedcom,
            }
            return coded[kind]()
        case Kind.SQL:
            from assay.formats.sql import Sql

            return Sql()
        case _:
            return PlainText()
