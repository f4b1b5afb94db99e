"""Seven-bit East Asian encodings, whose escape sequences change what the bytes after them mean.

ISO-2022-JP (RFC 1468, RFC 1554, JIS X 0213), ISO-2022-KR (RFC 1557) and HZ (RFC 1843). To whoever ignores the escapes
such a file is ASCII.
"""

from __future__ import annotations

import codecs
import re

STATEFUL = frozenset({"iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_kr", "hz"})
_JAPANESE = re.compile(rb"\x1b\$[B@]|\x1b\$\([DOPQ]|\x1b\([IJ]")
_KOREAN = b"\x1b$)C"
_CHINESE = re.compile(rb"~\{[!-w][!-~](?:[!-w][!-~])*~\}")
# Escape sequences and shifts, in whose place a value's bytes have not begun yet.
_SHIFTS = re.compile(rb"(?:\x1b(?:\$\(?\)?[@-Z]|[(.][@-Z])|[\x0e\x0f]|~[{}])*")
_LONGEST_SHIFT = 64


def may_be_stateful(head: bytes) -> bool:
    """Whether `head` has what such a text cannot do without. One byte is found in a fraction of the time that two take."""
    return b"\x1b" in head or (b"~" in head and b"~{" in head)


def stateful(head: bytes) -> str | None:
    """The codec of a file that begins with `head`, if it is one of these and reads as such a text."""
    if b"\x1b" in head:
        if _KOREAN in head:
            return "iso2022_kr" if _reads(head, "iso2022_kr") else None
        if _JAPANESE.search(head):
            names = ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_2004")
            return next((name for name in names if _reads(head, name)), _damaged(head))
    if b"~{" in head and _CHINESE.search(head) and _reads(head, "hz"):
        from assay.formats.eastasian import of_east_asia  # large character sets, for the few texts that need them

        text = codecs.getincrementaldecoder("hz")().decode(head)
        return "hz" if of_east_asia(text, [char for char in text if char > "\xff"]) else None
    return None


def _reads(head: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)("strict").decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _damaged(head: bytes) -> str | None:
    """Japanese with some characters that the codec has not, such as a maker's own."""
    text = codecs.getincrementaldecoder("iso2022_jp_ext")("replace").decode(head)
    wide = sum(1 for char in text if char > "\xff")
    return "iso2022_jp_ext" if text.count("\ufffd") * 10 <= wide else None


def character_ends(raw: bytes, name: str, state: int) -> list[int]:
    """Where each character of a piece of a file ends, 0 first; `state` is the decoder's before it."""
    ends = [0]
    decoder = codecs.getincrementaldecoder(name)("replace")
    decoder.setstate((b"", state))
    for position in range(len(raw)):
        made = len(decoder.decode(raw[position : position + 1]))
        if made:
            ends += [position] * (made - 1)
            ends.append(position + 1 - len(decoder.getstate()[0]))
    ends.append(len(raw))
    return ends


def begins(raw: bytes, position: int) -> int:
    """Where the character at `position` begins, behind the escapes before it."""
    shifts = _SHIFTS.match(raw, position, position + _LONGEST_SHIFT)
    return shifts.end() if shifts else position
