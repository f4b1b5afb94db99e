"""Text of pages, in which lines end where the paper does: values that are broken over two lines are read as one, too.

A hyphen at the end of a line may be the value's or the typesetter's, and a break between groups of digits stands for a blank or for
nothing: each is tried. Around a break only what looks like a part of a value is joined, so that text costs little more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.formats.structure import Decoded, PlainText, Window

_REACH = 120
_MOST = 1_000
"""Breaks in one window that are looked at; a page has some fifty lines."""
_BREAK = re.compile(rb"[ \t]{0,2}\r?\n[ \t]{0,8}(?=[0-9A-Za-z@.])")
_HEAD = re.compile(rb"[^\s,;:()\[\]<>\"']{1,80}$")
_TAIL = re.compile(rb"[^\s,;:()\[\]<>\"']{1,80}")
# Each group takes all that it can and gives nothing back: the ways to part a long run of letters are more than can be tried.
_GROUPS_BEFORE = re.compile(rb"(?:[A-Z0-9]{2,34}+[ -]?+){1,9}+$")
_GROUPS_AFTER = re.compile(rb"(?:[A-Z0-9]{1,34}+[ -]?+){1,9}+")
_FEWEST, _FEWEST_DIGITS, _FEWEST_SIGNS = 12, 8, 10


class Wrapped(PlainText):
    """Plain text whose line breaks may part values."""

    def decoded(self, window: Window) -> Iterator[Decoded]:
        data = window.data
        for count, found in enumerate(_BREAK.finditer(data)):
            if count == _MOST:
                return
            for cut, put in _joints(data, found.start(), found.end()):
                yield _joined(data, cut, found.end(), put)


def _joints(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """From where to cut, and what to put instead: ways to read the break between `start` and `end`."""
    head = _HEAD.search(data, max(0, start - _REACH), start)
    tail = _TAIL.match(data, end, end + _REACH)
    if head is None or tail is None:
        return
    before, after = head[0], tail[0]
    if before.endswith(b"-"):
        if before[-2:-1].isalnum():
            yield start, b""
            yield start - 1, b""
        return
    if b"@" in before and b"@" in after and not after.startswith(b"@"):
        # A list of addresses, one a line.
        return
    if b"@" in before or (b"@" in after and before[-1:] in b".-_+") or after.startswith(b"@"):
        yield start, b""
        return
    if _are_groups(data, start, end):
        yield start, b" "
        yield start, b""
    elif len(before) >= _FEWEST_SIGNS and _is_mixed(before) and _is_mixed(after):
        yield start, b""


def _are_groups(data: bytes, start: int, end: int) -> bool:
    """Whether digits in groups stand on both sides, enough for the number of a card or an account."""
    head = _GROUPS_BEFORE.search(data, max(0, start - _REACH), start)
    tail = _GROUPS_AFTER.match(data, end, end + _REACH)
    if head is None or tail is None or not data[start - 1 : start].isalnum():
        return False
    signs = re.sub(rb"[ -]", b"", head[0] + tail[0])
    return len(signs) >= _FEWEST and sum(sign in b"0123456789" for sign in signs) >= _FEWEST_DIGITS


def _is_mixed(token: bytes) -> bool:
    """Whether digits stand among letters, as in keys and tokens."""
    return any(sign in b"0123456789" for sign in token) and token.upper() != token.lower()


def _joined(data: bytes, cut: int, end: int, put: bytes) -> Decoded:
    """The text around a break without it."""
    low = max(data.rfind(b"\n", 0, cut) + 1, cut - _REACH)
    high = data.find(b"\n", end)
    high = min(len(data) if high < 0 else high, end + _REACH)
    # Characters of several bytes are not cut.
    while low < cut and data[low] & 0xC0 == 0x80:
        low += 1
    while high > end and high < len(data) and data[high] & 0xC0 == 0x80:
        high -= 1
    offsets = [*range(low, cut), *([cut] * len(put)), *range(end, high + 1)]
    return Decoded(data[low:cut] + put + data[end:high], offsets)
