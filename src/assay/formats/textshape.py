"""Which structure a text has, told from the shape of its first lines."""

from __future__ import annotations

import re

from assay.formats.delimited import sniff_dialect
from assay.formats.json import parses
from assay.formats.kinds import Kind

_HEAD = 32_768
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|div|script|meta|p|a|ul|h[1-6])\b", re.IGNORECASE)
_HTML_ROOT = re.compile(rb"<(?:html|!doctype\s+html)\b", re.IGNORECASE)
_XML = re.compile(rb"<(?:\?xml\b|!DOCTYPE\b|!--|[A-Za-z_][\w.:-]*(?:\s[^<>]*)?/?>)")
_JSON = re.compile(rb"[\[{]\s*(?:[\"\[{}\]\d-]|true|false|null|//|/\*)")
_JSON_OBJECT = re.compile(rb"\{\s*(?:\"(?:[^\"\\\n]|\\.)*\"\s*:|\})")
_YAML = re.compile(rb"(?:%YAML|---(?:\s|$))")
_YAML_LINE = re.compile(rb"[ ]*(?:- )*[A-Za-z_\"'][\w .\"'/-]{0,60}:(?:[ ]\S.*|[ ]*)$|[ ]*- \S.*$|\s*#.*$|\s*$")
_SQL = re.compile(
    rb"[ \t]*(?:INSERT\s+(?:IGNORE\s+)?INTO\s|REPLACE\s+INTO\s|CREATE\s+(?:\w+\s+){0,3}TABLE\s"
    rb"|COPY\s+\S+\s*(?:\([^)]*\))?\s*FROM\s"
    rb"|DROP\s+TABLE\s|-- (?:MySQL|MariaDB|PostgreSQL|SQLite) (?:database )?dump|PRAGMA foreign_keys)",
    re.IGNORECASE,
)
_PAIR = re.compile(rb"[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.-]{0,80}[ \t]*=[^=]|[ \t]*[#;].*$|\s*$")
_SECTION = re.compile(rb"\[[\w .:/\"@-]{1,120}\]\s*$")
_CODE = re.compile(
    rb"#!|[ \t]*(?:import|from|package|using|#include|def|class|function|var|let|const|public|private|func|fn)\b"
)
# Heads of coded messages: HL7 v2.x, ASC X12, vCard and iCalendar, GEDCOM.
_CODED = (
    (re.compile(rb"(?:MSH|FHS|BHS)([^\w\s])[^\w\r\n]{2,6}\1"), Kind.HL7),
    (re.compile(rb"ISA([^\w\s])[0-9]{2}\1"), Kind.X12),
    (re.compile(rb"(?i:BEGIN:VCARD)\b"), Kind.VCARD),
    (re.compile(rb"0 HEAD[ \t]*[\r\n]"), Kind.GEDCOM),
)
_LOOK = (b",", b";", b"\t", b"|", b"\x01")
_RECORDS = 16_384
# RFC 4180, section 2: a quoted cell begins where a cell begins and ends where one ends.
_QUOTED_CELLS = {
    sign: re.compile(
        rb"\"(?<=["
        + re.escape(sign)
        + rb"\n]\")(?>[^\"]{0,2000}(?:\"\"[^\"]{0,2000}){0,20})\"(?="
        + re.escape(sign)
        + rb"|\r?\n|\Z)"
    )
    for sign in _LOOK
}


def by_shape(head: bytes, named: Kind | None) -> Kind:
    """The kind of a UTF-8 text; `named` is what its name suggests and wins unless the shape speaks against it."""
    head = head.removeprefix(b"\xef\xbb\xbf")[:_HEAD]
    text = head.lstrip()
    first = text[:1]
    if first in (b"M", b"F", b"B", b"b", b"I", b"0"):
        coded = next((kind for head_of, kind in _CODED if head_of.match(text)), None)
        if coded is not None:
            return coded
    if first in (b"{", b"["):
        kind = _json(text, named)
        if kind is not None:
            return kind
    elif first == b"<" and (named is not Kind.TEXT or text[:5].lower() in (b"<?xml", b"<html", b"<!doc")):
        kind = _markup(text, named)
        if kind is not None:
            return kind
    if named in (Kind.YAML, Kind.SQL, Kind.JSONL):
        return named
    if named is Kind.JSON and first in (b'"', b"/"):
        return named
    if named in (Kind.XML, Kind.HTML) and b"<" in head:
        return named
    return _lines(text, named)


def _json(text: bytes, named: Kind | None) -> Kind | None:
    if not _JSON.match(text):
        return None
    if named is Kind.JSONL:
        return named
    line, newline, rest = text.partition(b"\n")
    if newline and line.rstrip()[-1:] in (b"}", b"]") and rest.lstrip()[:1] in (b"{", b"[") and parses(line):
        return Kind.JSONL
    if named is Kind.JSON or _JSON_OBJECT.match(text):
        return Kind.JSON
    if _is_section(line):
        return None
    return Kind.JSON if text[:1] == b"[" and re.match(rb"\[\s*(?:[\[{\"]|-?\d[\d.eE+-]*\s*[,\]])", text) else None


def _is_section(line: bytes) -> bool:
    """Whether a line that begins with `[` is a section of an INI or TOML file, or a log's time stamp, and no array."""
    stripped = line.strip()
    return bool(_SECTION.match(stripped)) or (
        stripped.find(b"]") not in (-1, len(stripped) - 1) and b'"' not in stripped[:2]
    )


def _markup(text: bytes, named: Kind | None) -> Kind | None:
    if named is Kind.HTML or (named is not Kind.XML and _HTML.match(text)) or _HTML_ROOT.search(text, 0, 2048):
        return Kind.HTML
    if _XML.match(text) and (named is Kind.XML or text.startswith(b"<?xml") or b"</" in text or b"/>" in text):
        return Kind.XML
    return None


def _lines(text: bytes, named: Kind | None) -> Kind:
    if _CODE.match(text):
        return Kind.SOURCE if named is None else Kind.TEXT
    lines = text[:4096].split(b"\n")
    if len(text) > 4096 and len(lines) > 1:
        lines.pop()
    lines = [line for line in lines[:24] if line.strip()]
    if not lines:
        return Kind.TEXT
    if (_table(lines) or _table(_joined(text))) and sniff_dialect(text) is not None:
        return Kind.DELIMITED
    if named is None or named in (Kind.TEXT, Kind.JSON):
        if any(_SQL.match(line) for line in lines):
            return Kind.SQL
        if named is None:
            return _configuration(lines)
    return Kind.TEXT


def _table(lines: list[bytes]) -> bool:
    """Some delimiter that stands equally often in nearly every line: cheap, and sniff_dialect has the last word."""
    if len(lines) < 2:
        return False
    for delimiter in _LOOK:
        low = min(lines[0].count(delimiter), lines[-1].count(delimiter))
        if low and sum(line.count(delimiter) >= low for line in lines) * 10 >= len(lines) * 9:
            return True
    return False


def _joined(text: bytes) -> list[bytes]:
    """The first records of a text in which whole cells are quoted, over lines; none where no quoted cell has a line break."""
    text = text[:_RECORDS]
    first = text.partition(b"\n")[0]
    for delimiter, cell in _QUOTED_CELLS.items():
        if delimiter not in first or not (delimiter + b'"' in text or b'"' + delimiter in text):
            continue
        if any(b"\n" in match[0] for match in cell.finditer(text)):
            flat = cell.sub(b"x", text)
            records = [line for line in flat.split(b"\n")[:-1][:24] if line.strip()]
            if records and all(delimiter in line for line in records):
                return records
    return []


def _configuration(lines: list[bytes]) -> Kind:
    if _YAML.match(lines[0]):
        return Kind.YAML
    if all(_PAIR.match(line) or _SECTION.match(line.strip()) for line in lines) and any(b"=" in line for line in lines):
        return Kind.KEYVALUE
    if (
        len(lines) >= 2
        and all(_YAML_LINE.match(line.rstrip()) for line in lines)
        and sum(b":" in line for line in lines) >= 2
    ):
        return Kind.YAML
    return Kind.TEXT
