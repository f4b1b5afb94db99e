"""The escapes of YAML's quoted scalars (YAML 1.2.2, section 5.7): what they mean, and how they are blanked out."""

from __future__ import annotations

import re

from assay.formats.escapes import decode_span
from assay.formats.json import string_bounds
from assay.formats.structure import Decoded
from assay.formats.written import CODE, blank_simple, code_point, escaped

QUOTED = re.compile(rb"\"((?:[^\"\\]|\\.)*)\"?|'((?:[^']|'')*)'?", re.DOTALL)
_BREAK = rb"\\\r?\n[ \t]*+"
_CONTINUED = re.compile(_BREAK)
# Without its end (1) a string is passed over whole: to try again at each of its escaped quotes would take quadratic time.
_ESCAPED = re.compile(rb"\"(?>[^\"\\\n]*(?:(?:" + _BREAK + rb"|\\.)[^\"\\\n]*)+)(\")?")
_LINES = 64
NEEDS = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[/abefv0NLP_ ]|\r?\n)|(?<=[\w])''(?=[\w])")
_OF_DOUBLE = rb"\\(?:" + CODE + rb"|(\r?\n[ \t]*+)|([^\n]))"
_DOUBLE = re.compile(_OF_DOUBLE)
_SINGLE = re.compile(rb"''")
ESCAPE = re.compile(_OF_DOUBLE + rb"|''")
# YAML 1.2.2, section 5.7.
_SHORT = {
    b"0": b"\0",
    b"a": b"\a",
    b"b": b"\b",
    b"t": b"\t",
    b"n": b"\n",
    b"v": b"\v",
    b"f": b"\f",
    b"r": b"\r",
    b"e": b"\x1b",
    b"N": b"\xc2\x85",
    b"_": b"\xc2\xa0",
    b"L": b"\xe2\x80\xa8",
    b"P": b"\xe2\x80\xa9",
}
_MEANING = tuple((b"\\" + sign, b" \n" if sign in b"NLP" else b"  ") for sign in _SHORT if sign not in b"tnrbf")


def decode_quoted(data: bytes, start: int, end: int) -> Decoded | None:
    """The text between the quotes around `[start, end)`; `None` where there are none."""
    quote = data[start - 1 : start]
    if quote not in (b'"', b"'") or data[end : end + 1] != quote:
        return None
    if quote == b'"':
        return decode_span(data, start, end, _DOUBLE, meaning)
    return decode_span(data, start, end, _SINGLE, lambda _match: b"'")


def blanked(data: bytes) -> bytes:
    """`data` with the escapes of its double-quoted strings blanked out at equal length."""
    if b"\\" not in data or b'"' not in data:
        return data
    return _ESCAPED.sub(lambda match: blank_simple(match[0], _MEANING) if match[1] else match[0], data)


def bounds(data: bytes, position: int) -> tuple[int, int] | None:
    """The scalar around what `NEEDS` matched at `position`; `None` where it is no escape."""
    if data[position] == 0x5C:
        return _double_bounds(data, position)
    line = data.rfind(b"\n", 0, position) + 1
    stop = data.find(b"\n", position)
    for quoted in QUOTED.finditer(data, line, len(data) if stop < 0 else stop):
        if quoted.start() < position < quoted.end() and quoted[2] is not None:
            return quoted.span(2)
    return None


def _double_bounds(data: bytes, position: int) -> tuple[int, int] | None:
    """The span between double quotes around an escape, over lines that end in a backslash."""
    if escaped(data, position):
        return None
    near = position
    for _ in range(_LINES):
        span = string_bounds(data, near)
        first = span[0] if span else near
        above = data[max(0, first - 3) : first].rstrip(b"\r\n")
        if first == 0 or data[first - 1] == 0x22 or above[-1:] != b"\\":
            break
        near = max(0, first - 3) + len(above) - 1
        if escaped(data, near):
            break
    end = position
    for _ in range(_LINES):
        span = string_bounds(data, end)
        end = span[1] if span else end
        joined = _CONTINUED.match(data, end)
        if joined is None:
            break
        end = joined.end()
    return first, end


def meaning(match: re.Match[bytes]) -> bytes:
    """UTF-8 of what `ESCAPE` matched."""
    code = code_point(match)
    if code is not None:
        return code
    if match[7] is not None:
        return b""
    return b"'" if match[8] is None else _SHORT.get(match[8], match[8])
