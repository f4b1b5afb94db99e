"""Coded messages (HL7 v2.x, ASC X12) that are quoted within other text: in the strings of source code, in JSON, in lines of a log.

The heads `MSH|^~\\` and `ISA*00*` tell them, also where something stands before. Segments end where the line does, where an escape
of a line's end is written (`\\r`, `&#13;`, `<CR>`), or where the literal is closed; what stands between two of them (quotes, a plus
sign, a timestamp) is left out. What is left is read as the message it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from assay.formats.segmentnames import HL7
from assay.formats.structure import Decoded, Window

if TYPE_CHECKING:
    from assay.formats.segments import Segments

SIGNS = ((r"\bMSH\|\^~\\", r"\bMSH\|\^~\|"), (r"\bISA\*[0-9]{2}\*",))
"""By standard: what the automaton looks for."""

_LONGEST = 32 * 1024
_BEFORE_SEGMENT = 120
_MOST_LINES_WITHOUT = 2
_END = re.compile(
    rb"\\{1,4}r\\{1,4}n|\\{1,4}[rn](?![A-Za-z]{3}[^|])|\\{1,4}(?:x0|u000)[aAdD]|&#(?:1[03]|x[adAD]);|<[cC][rR]>|\r\n|[\r\n\x0b\x1c]"
)
_SEGMENT = re.compile(rb"(?<![A-Za-z0-9|^~&*])([A-Z][A-Z0-9]{2})\|")
# The head itself may stand behind anything.
_HEADED = re.compile(rb"(MSH)\|")
_QUOTES = b"\"'`"
_CLOSED = {quote: re.compile(rb"(?<!\\)" + bytes((quote,))) for quote in _QUOTES}
_LAST = re.compile(rb"\bIEA\*\d{1,5}\*\d{1,9}")
_NEXT = re.compile(rb"(?<=[^\s\w\"'`\\*])(?:[^*~\n]{0,120}\n){0,2}[^*~\n]{0,120}?(?<![A-Z0-9])(?=[A-Z][A-Z0-9]{1,2}\*)")
_HEAD = 103


def hl7(data: bytes, end: int) -> tuple[int, Decoded | None]:
    """The message whose head ends at `end`, and how far it reaches."""
    start = data.rfind(b"MSH", 0, end)
    segments = list(_segments(data, start))
    spans = [(low, high) for low, high, _ in segments]
    if not any(data[low : low + 3] in HL7 for low, _ in spans):
        # A head within these lines has none but these behind it. Half: one near the end could reach further.
        return max(end, min(segments[-1][2], start + _LONGEST // 2)), None
    from assay.formats.segments import Hl7  # loaded where there is a message

    return spans[-1][1], _read(data, spans, b"\r", Hl7())


def x12(data: bytes, end: int) -> tuple[int, Decoded | None]:
    """The interchange whose head ends at `end`, and how far it reaches."""
    start = data.rfind(b"ISA", 0, end)
    last = _LAST.search(data, end, min(len(data), start + _LONGEST))
    stop = last.end() if last is not None else min(len(data), start + _LONGEST)
    if last is None:
        closed = data.find(b"\n", start, stop)
        stop = closed if closed >= 0 else stop
    spans, low = [], start
    for gap in _NEXT.finditer(data, min(start + _HEAD, stop), stop):
        if gap.end() > gap.start():
            spans.append((low, gap.start()))
            low = gap.end()
    spans.append((low, stop))
    from assay.formats.segments import X12

    return stop, _read(data, spans, b"", X12())


def _segments(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Where the segments of a message of HL7 stand, and where the lines end that they stand on."""
    limit = min(len(data), start + _LONGEST)
    quote = data[start - 1] if start and data[start - 1] in _QUOTES else 0
    without, at = 0, start
    while at < limit and without < _MOST_LINES_WITHOUT:
        ended = _END.search(data, at, limit)
        stop = ended.start() if ended is not None else limit
        tag = (_HEADED if at == start else _SEGMENT).search(data, at, min(stop, at + _BEFORE_SEGMENT))
        if tag is None:
            # What is empty stands between an escape and the end of its line.
            without += bool(data[at:stop].strip())
        elif tag[1] == b"MSH" and tag.start(1) != start:
            return
        else:
            without, low = 0, tag.start(1)
            quote = data[low - 1] if data[low - 1] in _QUOTES and low > at else quote
            closed = _CLOSED[quote].search(data, low, stop) if quote else None
            if closed is not None and data[closed.end() : closed.end() + 1] != bytes((quote,)):
                yield low, closed.start(), stop
            else:
                yield low, stop, stop
        at = ended.end() if ended is not None else limit


def _read(data: bytes, spans: list[tuple[int, int]], between: bytes, structure: Segments) -> Decoded:
    pieces: list[bytes] = []
    offsets: list[int] = []
    for low, high in spans:
        pieces += (data[low:high], between)
        offsets += range(low, high)
        offsets += [high] * len(between)
    text = b"".join(pieces)
    offsets.append(spans[-1][1])
    window = Window(data=text, core_start=0, core_end=len(text), byte=0, char=0, line=0, last=True)
    values = [
        (place.start, place.end, place._replace(start=offsets[place.start], end=offsets[place.end - 1] + 1))
        for place in structure.values(window, bool)
    ]
    return Decoded(structure.view(window), offsets, values, declared=True)
