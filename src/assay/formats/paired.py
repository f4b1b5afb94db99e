"""Names that stand in a value of their own, beside what they name: `{"name": "DB_PASSWORD", "value": "…"}`.

So are settings of containers, tags of clouds, headers, parameters, fields of forms and lists of properties written. What
the first of the two says counts for the second as the name of a field does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assay.formats.structure import Place

NAMING = frozenset((
    "name", "key", "field", "label", "attribute", "parameter", "param", "variable", "property", "setting", "header",
    "fieldname", "field_name", "attributename", "attribute_name", "parametername", "parameter_name", "parameterkey",
    "propertyname", "property_name", "variablename", "variable_name", "settingname", "setting_name",
))  # fmt: skip
"""What a field is called that holds the name, in small letters."""
HELD = frozenset((
    "value", "val", "stringvalue", "string_value", "parametervalue", "parameter_value", "attributevalue",
    "attribute_value", "fieldvalue", "field_value", "propertyvalue", "property_value", "valuestring", "string",
))  # fmt: skip
"""And what holds the value."""

Beside = Callable[[bytes, Place], "tuple[int, int] | None"]
"""The span of what stands beside a place: the value behind a name, or the name before a value."""
_LABEL = re.compile(rb"[A-Za-z_$\x80-\xff](?>[\w .:/$()#\x80-\xff-]*)")
_LONGEST = 80
_BEFORE = 1024
_BETWEEN = 3


def paired(data: bytes, places: Sequence[Place | None], value: Beside, name: Beside) -> list[Place | None]:
    """The places, those of names that stand as values beside what they name being names, and what they name being named.

    `value` finds the value of a name, `name` the name of a value.
    """
    out: list[Place | None] = []
    # Much may be asked of one value: what stands beside it is looked for once.
    asked: Place | None = None
    told: Place | None = None
    for place in places:
        if place is not asked and place != asked:
            asked, told = place, None if place is None else _beside(data, place, value, name)
        out.append(told)
    return out


def _beside(data: bytes, place: Place, value: Beside, name: Beside) -> Place:
    if place.governs is not None or not place.names:
        return place
    own = place.names[0].lower()
    if own in NAMING:
        return _as_name(data, place, value)
    return _as_named(data, place, name) if own in HELD else place


def _as_name(data: bytes, place: Place, value: Beside) -> Place:
    label = _label(data, place.start, place.end)
    span = value(data, place) if label else None
    if label is None or span is None:
        return place
    return place._replace(names=(label, *place.names), governs=span, beside=True)


def _as_named(data: bytes, place: Place, name: Beside) -> Place:
    span = name(data, place)
    label = _label(data, *span) if span else None
    # The field stays what its key says: a name that is a value may be anybody's.
    return place if label is None else place._replace(names=(label, *place.names))


def _label(data: bytes, start: int, end: int) -> str | None:
    if not 2 <= end - start <= _LONGEST or _LABEL.fullmatch(data, start, end) is None:
        return None
    return data[start:end].decode("utf-8", "replace")


# 1 key, 2 its string, 3 its number or literal.
_MEMBER = re.compile(
    rb"\s*+,?\s*+\"([^\"\\\n]{1,40})\"\s*+:\s*+(?:\"([^\"\\\n]*+(?:\\[^\n][^\"\\\n]*+)*+)\"|([^\s{}\[\],:\"/]++))"
)


def json_value(data: bytes, place: Place) -> tuple[int, int] | None:
    """The member `value` that follows a member `name` of an object."""
    at = place.end + (data[place.end : place.end + 1] == b'"')
    for _ in range(_BETWEEN + 1):
        member = _MEMBER.match(data, at)
        if member is None:
            return None
        if _is_one(member[1], HELD):
            return member.span(member.lastindex or 0)
        at = member.end()
    return None


def json_name(data: bytes, place: Place) -> tuple[int, int] | None:
    """The member `name` that stands before a member `value` of an object."""
    low = max(0, place.start - _BEFORE)
    opened = data.rfind(b"{", low, place.start)
    at, end = opened + 1, place.start
    if opened < 0 or data.find(b"}", at, end) >= 0:
        return None
    found = None
    while (member := _MEMBER.match(data, at, end)) is not None and member.end() < end:
        if member[2] is not None and _is_one(member[1], NAMING):
            found = member.span(2)
        at = member.end()
    return found


def _is_one(key: bytes, words: frozenset[str]) -> bool:
    return key.lower().decode("utf-8", "replace") in words


# 1 indentation, 2 key, 3-5 its scalar: in double quotes, in single ones, plain.
_KEY = 2
_YAML_LINE = re.compile(
    rb"([ ]*+(?:-[ ]++)*+)[\"']?([A-Za-z_][\w.-]{0,40})[\"']?[ ]*+:(?:[ \t]++(?:\"([^\"\\\r\n]*+)\"|'([^'\r\n]*+)'|"
    rb"([^\s#|>&*!\[{\"'](?:[^ \t\r\n]++|[ \t]++(?![#\r\n]|\Z))*+)))?[ \t]*+(?:\r?\n|\Z|(?<=[ \t])\#)"
)


def yaml_value(data: bytes, place: Place) -> tuple[int, int] | None:
    """The key `value` beneath a key `name` of the same mapping."""
    own = _yaml_line(data, place.start)
    at = place.end
    for _ in range(_BETWEEN + 1 if own else 0):
        at = data.find(b"\n", at) + 1
        below = _YAML_LINE.match(data, at) if at else None
        if below is None or own is None or b"-" in below[1] or len(below[1]) != len(own[1]):
            return None
        if _is_one(below[2], HELD):
            scalar = below.lastindex or 0
            return below.span(scalar) if scalar > _KEY else None
    return None


def yaml_name(data: bytes, place: Place) -> tuple[int, int] | None:
    """The key `name` above a key `value` of the same mapping."""
    line = own = _yaml_line(data, place.start)
    for _ in range(_BETWEEN + 1):
        if line is None or own is None or b"-" in line[1] or line.start() == 0:
            return None
        line = _yaml_line(data, line.start() - 1)
        if line is None or len(line[1]) != len(own[1]):
            return None
        if _is_one(line[2], NAMING):
            scalar = line.lastindex or 0
            return line.span(scalar) if scalar > _KEY else None
    return None


def _yaml_line(data: bytes, position: int) -> re.Match[bytes] | None:
    """The line that `position` is on, if it is short and has a key."""
    low = max(0, position - _BEFORE)
    start = data.rfind(b"\n", low, position) + 1
    return _YAML_LINE.match(data, start) if start or low == 0 else None


# 1 tag without its prefix, 2 text.
_ELEMENT = re.compile(rb"\s*+<(?:[\w-]{1,40}:)?([\w.-]{1,40})(?:\s[^<>]{0,200})?(?<!/)>\s*+([^<]*+)</[^<>]{1,80}>")
_CLOSING = re.compile(rb"\s*+</[^<>]{1,80}>")


def xml_value(data: bytes, place: Place) -> tuple[int, int] | None:
    """The element `value` (or a property list's `string`) behind an element `name` or `key`."""
    element = _CLOSING.match(data, place.end)
    for _ in range(_BETWEEN + 1):
        element = _ELEMENT.match(data, element.end()) if element else None
        if element is not None and _is_one(element[1], HELD):
            return element.span(2)
    return None


def xml_name(data: bytes, place: Place) -> tuple[int, int] | None:
    """The element `name` or `key` before an element `value`."""
    end = data.rfind(b"<", max(0, place.start - _BEFORE), place.start)
    found = None
    reached = -1
    for element in _ELEMENT.finditer(data, max(0, end - _BEFORE), max(0, end)):
        if element.start() != reached:
            found = None
        if _is_one(element[1], NAMING):
            found = element.span(2)
        reached = element.end()
    return found if reached >= 0 and not data[reached:end].strip() else None
