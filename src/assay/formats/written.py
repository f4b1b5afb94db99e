"""Escapes as they are written: each blanked out at equal length, so that its letters join no value beside it.

What a separator means stands at its end, white space before it: `\\n` becomes a blank and a line end, `\\u003a` five
blanks and a colon. Other characters become a control that is in no value: values that hold such an escape are decoded
besides (see `assay.formats.escapes`).
"""

from __future__ import annotations

import re

# Two bytes that UTF-8 never holds keep escaped backslashes apart while the rest is blanked.
_GUARD = b"\xc0\xc0"
_SIMPLE = (
    (b"\\n", b" \n"),
    (b"\\t", b" \t"),
    (b"\\r", b" \r"),
    (b'\\"', b' "'),
    (b"\\b", b"  "),
    (b"\\f", b" \n"),
)
_HEX = rb"[0-9a-fA-F]"
CODE = (
    rb"u([dD][89abAB]" + _HEX + rb"{2})\\u([dD][c-fC-F]" + _HEX + rb"{2})"
    rb"|u(" + _HEX + rb"{4})|U(" + _HEX + rb"{8})|x(" + _HEX + rb"{2})|u\{(" + _HEX + rb"{1,6})\}"
)
"""The code points that JSON, JavaScript, Python, TOML and YAML write: a pair of surrogates (1, 2), or one in 3 to 6."""
# A run of characters beyond ASCII (1) is hidden at once; escaped backslashes are passed over.
# It begins with a backslash in all cases, and so is tried at these alone, which takes half the time.
_CODE_BEYOND = rb"u(?!00[0-7])" + _HEX + rb"{4}"
_CODES = re.compile(rb"\\(?:(" + _CODE_BEYOND + rb"(?:\\" + _CODE_BEYOND + rb")*)|\\|" + CODE + rb")")
_CODED = (b"\\u", b"\\x", b"\\U")
_VALUE = rb"(?=[0-9A-Za-z+/(\x80-\xff])"
_NESTED = re.compile(rb"\\\\([nrt])" + _VALUE)
# ECMA-48, section 5.4: a control sequence, its introducer as a byte or as source code writes it.
_STYLE = rb"\[[0-9;:?]{0,32}[A-Za-z]"
_STYLED = re.compile(rb"\x1b" + _STYLE)
_IN_TEXT = re.compile(
    rb"\\(?:([nrt])" + _VALUE + rb"|(?:x1[bB]|033|33|e|u001[bB])" + _STYLE + rb"|(?:" + CODE + rb")" + _VALUE + rb")"
)
_IN_TOKEN = bytes(sorted(frozenset(range(256)) - frozenset(b" \t\n\r\v\f\"'`()<>{}[],;=")))
_OF_PATH = re.compile(rb"(?:\A|[^A-Za-z])[A-Za-z]:(?:[\\/]|\Z)|\A\\\\[A-Za-z0-9]|\\[A-Zac-mo-qsyz]")
# What cannot be part of a value shows where one begins or ends; the rest is in the decoded text.
_SHOWN = frozenset(bytes((code,)) for code in b"\t\n\r :;,=<>[]{}|'\"")
_HIDDEN = b"\x01"
_ESCAPE = b"\x1b"
_LOOK_BACK = 256
# Fewer backslashes are found one by one, which is quicker than an expression tried at every byte.
_RARE = 128
_MEANT = {b"n": b" \n", b"r": b" \r", b"t": b" \t"}


def blank_simple(data: bytes, extra: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """The escapes of strings, blanked out; escaped backslashes stay as they are."""
    if b"\\" not in data:
        return data
    guarded = b"\\\\" in data
    if any(sign in data for sign in _CODED):
        data = _CODES.sub(_at_its_end, data)
    if guarded:
        if b'\\"' in data:
            data = _NESTED.sub(_nested, data)
        data = data.replace(b"\\\\", _GUARD)
    for escape, blanked in _SIMPLE + extra:
        data = data.replace(escape, blanked)
    return data.replace(_GUARD, b"\\\\") if guarded else data


def blank_text(data: bytes) -> bytes:
    """The escapes of source code and logs, and the styles of terminals, blanked out where a value may follow.

    A backslash before `n`, `r` or `t` is left alone in what looks like a path of Windows.
    """
    if _ESCAPE in data and b"\x1b[" in data:  # one byte is found ten times as fast as two
        data = _STYLED.sub(_spaces, data)
    backslash = data.find(b"\\")
    if backslash < 0:
        return data
    if data.count(b"\\") * _RARE > len(data):
        return _IN_TEXT.sub(_escape_in_text, data)
    pieces: list[bytes] = []
    done = 0
    while backslash >= 0:
        match = _IN_TEXT.match(data, backslash)
        after = backslash + 1
        if match is not None:
            pieces += (data[done:backslash], _escape_in_text(match))
            done = after = match.end()
        backslash = data.find(b"\\", after)
    return b"".join((*pieces, data[done:])) if pieces else data


def escaped(data: bytes, position: int) -> bool:
    """Whether an odd number of backslashes stands right before `position`."""
    count = 0
    while count < position and data[position - count - 1] == 0x5C:
        count += 1
    return count % 2 == 1


def code_point(match: re.Match[bytes], first: int = 1) -> bytes | None:
    """UTF-8 of what `CODE` matched in the groups from `first` on; U+FFFD where it is no character, `None` for no match."""
    high, low, *single = match.groups()[first - 1 : first + 5]
    if high is not None:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)).encode()
    code = next((item for item in single if item is not None), None)
    if code is None:
        return None
    number = int(code, 16)
    return chr(number).encode() if number < 0x110000 and not 0xD800 <= number < 0xE000 else b"\xef\xbf\xbd"


def aligned(meaning: bytes, length: int) -> bytes:
    """`length` bytes for an escape: blanks, and what it means where that is a separator."""
    return (meaning if meaning in _SHOWN else _HIDDEN).rjust(length)


def _at_its_end(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return aligned(b"", len(match[0]))
    meaning = code_point(match, 2)
    return match[0] if meaning is None else aligned(meaning, len(match[0]))


def _nested(match: re.Match[bytes]) -> bytes:
    """An escape of a document within a string, whose own quotes are escaped too."""
    data, start = match.string, match.start()
    before = data[max(0, start - _LOOK_BACK) : start]
    if escaped(data, start) or not _quote_is_escaped(before) or _in_path(before, match[0]):
        return match[0]
    return b" " + _MEANT[match[1]]


def _escape_in_text(match: re.Match[bytes]) -> bytes:
    data, start = match.string, match.start()
    letter = match[1]
    doubled = start > 0 and data[start - 1] == 0x5C and escaped(data, start)
    if letter is None:
        if doubled:
            return match[0]
        meaning = code_point(match, 2)
        return b" " * len(match[0]) if meaning is None else aligned(meaning, len(match[0]))
    before = data[max(0, start - _LOOK_BACK) : start]
    if doubled and not _quote_is_escaped(before):
        return match[0]
    return match[0] if _in_path(before, match[0]) else _MEANT[letter]


def _quote_is_escaped(before: bytes) -> bool:
    quote = before.rfind(b'"')
    return quote > 0 and before[quote - 1] == 0x5C


def _in_path(before: bytes, escape: bytes) -> bool:
    return _OF_PATH.search(before[len(before.rstrip(_IN_TOKEN)) :] + escape) is not None


def _spaces(match: re.Match[bytes]) -> bytes:
    return b" " * len(match[0])
