"""Values that are written otherwise than they are meant, in any text: each is read as what it means, with the place of
every byte.

What looks like the digits and letters of ASCII (full width, other scripts' digits, mathematical letters, Cyrillic and
Greek look-alikes), characters that show nothing, unusual hyphens and blanks between digits, `ada dot king at acme dot
com`, and one level of character references, percent signs, `\\x35`, base64 and hexadecimal digits. The automaton looks
for the signs of it (`SIGNS`), so that text without them costs nothing more.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from assay.detect import quoted
from assay.formats.escapes import decode_span
from assay.formats.structure import Decoded

_REACH = 160
_FEWEST_DIGITS = 5
_MOST_PARTS = 2_000
"""In one window: a text in another script, or a file of base64, is no text in which something is hidden."""

_FORMAT = rb"\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4\xa6-\xa9]|\xc2\xad|\xef\xbb\xbf"
_HYPHENS = rb"\xe2\x80[\x90-\x95]|\xe2\x88\x92|\xef\xb9\xa3"
_BLANKS = rb"\xc2\xa0|\xe2\x80[\x80-\x8a\xaf]|\xe3\x80\x80"
_WIDE = rb"\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]"
_DIGITS = rb"\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xe0\xa5[\xa6-\xaf]|\xe0\xa7[\xa6-\xaf]"
_MATHEMATICAL = rb"\xf0\x9d[\x90-\x9f][\x80-\xbf]"
_SIMILAR = rb"\xd0[\x80-\xbf]|\xd1[\x80-\x9f]|\xce[\x91-\xbf]|\xcf[\x80-\x8f]"
_OTHER = re.compile(b"|".join((_FORMAT, _HYPHENS, _BLANKS, _WIDE, _DIGITS, _MATHEMATICAL, _SIMILAR)))
_IN_WORD = "[0-9A-Za-z@.-]"
SIGNS: tuple[tuple[str, ...], ...] = (
    # Full width; another script's digits, three in a row; what shows nothing within a word; a hyphen or blank between
    # digits; a look-alike beside a letter of ASCII.
    (
        r"\xef\xbc[\x90-\x99\xa0-\xba]",
        r"\xef\xbd[\x81-\x9a]",
        _IN_WORD + r"(?:\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4\xa6-\xa9]|\xc2\xad|\xef\xbb\xbf)" + _IN_WORD,
        r"[0-9](?:\xe2\x80[\x80-\x8a\x90-\x95\xaf]|\xc2\xa0|\xe2\x88\x92)[0-9]",
        r"(?:\xd9[\xa0-\xa9]){3}",
        r"(?:\xdb[\xb0-\xb9]){3}",
        r"(?:\xe0\xa5[\xa6-\xaf]){3}",
        r"\xf0\x9d[\x90-\x9f][\x80-\xbf]",
        r"[A-Za-z@](?:\xd0[\x80-\xbf]|\xd1[\x80-\x9f]|\xce[\x91-\xbf]|\xcf[\x80-\x8f])",
        r"(?:\xd0[\x80-\xbf]|\xd1[\x80-\x8f]|\xce[\xb1-\xbf])[A-Za-z@]",
    ),
    (r"&#(?:[xX][0-9A-Fa-f]{1,6}|[0-9]{1,7});",),
    (r"%40", r"(?:%[2-7][0-9A-Fa-f]){2}", r"[0-9]%2[0dD][0-9]", r"%3[dD][0-9]{3}"),
    (r"(?:\\x[2-7][0-9A-Fa-f]){4}",),
    (r"0x(?:[2-7][0-9A-Fa-f]){8}",),
    (r"[A-Za-z0-9+/]{12}={1,2}(?:[\s\"'`,;<)\]}]|\z)",),
    (r" (?:dot|DOT) [A-Za-z0-9]", r"[\[({](?:dot|DOT)[\])}]"),
    *quoted.SIGNS,
)
"""By manner of writing: what the automaton looks for, so that text in which nothing is disguised costs nothing more."""
_SCRIPT, _REFERENCES, _PERCENTS, _STROKES, _HEXADECIMALS, _BASE64, _SPOKEN_DOT, _HL7, _X12 = range(len(SIGNS))
_LOOKS_LIKE = dict(
    zip(
        "АВЕКМНОРСТУХІЈЅаеорсухіјѕԁɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ",
        "ABEKMHOPCTYXIJSaeopcyxijsdgABEZHIKMNOPTYXovp",
        strict=True,
    )
)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_PERCENT = re.compile(rb"%([2-7][0-9A-Fa-f])")
_STROKE = re.compile(rb"\\x([2-7][0-9A-Fa-f])")
_BASE64_END = re.compile(rb"(?<![A-Za-z0-9+/=_-])([A-Za-z0-9+/]{10,1024}={1,2})[\s\"'`,;<)\]}]?\Z")
_HEXADECIMAL = re.compile(rb"0x((?:[2-7][0-9A-Fa-f]){8,512})(?![0-9A-Za-z])")
_SPOKEN = re.compile(
    rb"(?P<local>[A-Za-z0-9][A-Za-z0-9._+-]{0,63}(?:(?P<dots> dot )[A-Za-z0-9_+-]{1,32}){0,3})"
    rb"(?: at | ?[\[({]at[\])}] ?)"
    rb"(?P<host>[A-Za-z0-9-]{1,63}(?:(?: dot | ?[\[({]dot[\])}] ?|\.)[A-Za-z0-9-]{2,63}){1,4})(?![\w.@-])",
    re.IGNORECASE,
)
_DOTS = re.compile(rb" ?[\[({]dot[\])}] ?| dot ", re.IGNORECASE)
_DOT_OR_AT = re.compile(_DOTS.pattern + rb"| ?[\[({]at[\])}] ?| at ", re.IGNORECASE)
_MAIL_WORD = re.compile(rb"mail|contact|reach|write", re.IGNORECASE)
_EDGE = re.compile(rb"[\"'<>\n\r\t]")


def disguised(data: bytes, signs: Iterable[tuple[int, int]]) -> Iterator[Decoded]:
    """The parts of `data` that mean something else than they say, as what they mean; `signs` are the ends of what the
    automaton found of `SIGNS`, each with its manner."""
    left = _MOST_PARTS
    by_manner: dict[int, list[int]] = {}
    for end, manner in signs:
        by_manner.setdefault(manner, []).append(end)
    for manner, ends in by_manner.items():
        reached = 0
        for end in ends:
            if end <= reached:
                continue
            reached, part = _READERS[manner](data, end)
            if part is not None:
                yield part
                left -= 1
                if left == 0:
                    return


def _around(
    data: bytes, end: int, other: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes]
) -> tuple[int, Decoded | None]:
    """The neighbourhood of a sign, where it holds an address or some digits then."""
    start, stop = _bounds(data, max(0, end - 1), end)
    part = decode_span(data, start, stop, other, meaning)
    return stop, part if _worth(part.data) else None


def _bounds(data: bytes, first: int, last: int) -> tuple[int, int]:
    """The text around a place, on its line and between quotes, tags and tabulators, and not cut within a character."""
    start, end = max(0, first - _REACH), min(len(data), last + _REACH)
    for edge in _EDGE.finditer(data, start, first):
        start = edge.end()
    edge_after = _EDGE.search(data, last, end)
    end = edge_after.start() if edge_after is not None else end
    while start < first and data[start] & 0xC0 == 0x80:
        start += 1
    while end > last and end < len(data) and data[end] & 0xC0 == 0x80:
        end -= 1
    return start, end


def _worth(text: bytes) -> bool:
    if b"@" in text:
        return True
    return sum(text.count(digit) for digit in b"0123456789") >= _FEWEST_DIGITS


def _meant(match: re.Match[bytes]) -> bytes:
    found = match.group()
    if re.fullmatch(_FORMAT, found):
        return b""
    if re.fullmatch(_HYPHENS, found):
        return b"-"
    char = found.decode("utf-8", "replace")
    similar = _LOOKS_LIKE.get(char)
    if similar is not None:
        return similar.encode()
    digit = unicodedata.digit(char, None) if len(char) == 1 else None
    if digit is not None:
        return b"%d" % digit
    plain = unicodedata.normalize("NFKC", char)
    return plain.encode() if plain.isascii() else found


def _referred(match: re.Match[bytes]) -> bytes:
    number = int(match[1], 16) if match[1] else int(match[2])
    return chr(number).encode() if 32 <= number < 0xD800 or 0xE000 <= number < 0x110000 else match.group()


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16),))


def _hexadecimal(data: bytes, end: int) -> tuple[int, Decoded | None]:
    match = _HEXADECIMAL.match(data, end - 18)
    if match is None:
        return end, None
    text = bytes.fromhex(match[1].decode("ascii"))
    start, stop = match.span()
    offsets = [*(start + 2 + at * 2 for at in range(len(text))), stop]
    return stop, Decoded(text, offsets) if _is_text(text) else None


def _base64(data: bytes, end: int) -> tuple[int, Decoded | None]:
    """Base64 that is padded, of printable text."""
    token = _BASE64_END.search(data, max(0, end - 1_100), end)
    if token is None:
        return end, None
    try:
        text = base64.b64decode(token[1], validate=True)
    except (binascii.Error, ValueError):
        return end, None
    start, stop = token.span(1)
    offsets = [*(start + at * 4 // 3 for at in range(len(text))), stop]
    return end, Decoded(text, offsets) if _is_text(text) else None


def _is_text(text: bytes) -> bool:
    return text.isascii() and _worth(text) and text.decode("ascii").replace("\n", " ").isprintable()


def _spoken(data: bytes, end: int) -> tuple[int, Decoded | None]:
    """`ada dot king at acme dot com`; of one word before the `at`, only beside a word for mail or in brackets."""
    near = data[max(0, end - _REACH) : end].lower()
    if not any(at in near for at in (b" at ", b"at]", b"at)", b"at}")):
        return end, None
    match = _SPOKEN.search(data, max(0, end - _REACH), min(len(data), end + _REACH))
    if match is None or _DOTS.search(match["host"]) is None:
        return end, None
    lowered = match.group().lower()
    told = match["dots"] or any(at in lowered for at in (b"[at", b"(at", b"{at"))
    if not told and _MAIL_WORD.search(data, max(0, match.start() - 48), match.start()) is None:
        return match.end(), None
    return match.end(), decode_span(
        data, *match.span(), _DOT_OR_AT, lambda each: b"." if b"ot" in each.group().lower() else b"@"
    )


_READERS: dict[int, Callable[[bytes, int], tuple[int, Decoded | None]]] = {
    _SCRIPT: partial(_around, other=_OTHER, meaning=_meant),
    _REFERENCES: partial(_around, other=_REFERENCE, meaning=_referred),
    _PERCENTS: partial(_around, other=_PERCENT, meaning=_byte),
    _STROKES: partial(_around, other=_STROKE, meaning=_byte),
    _HEXADECIMALS: _hexadecimal,
    _BASE64: _base64,
    _SPOKEN_DOT: _spoken,
    _HL7: quoted.hl7,
    _X12: quoted.x12,
}
