"""Text that is put together from pieces of a document, with where each piece came from."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import overload

from assay.formats.structure import Decoded, Place

_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAIL = 256
SAME_WORD = 1
"""A gap that is none in a number or an address that it lies in: `512-<b>44</b>-7806`. Elsewhere it is a space."""
SAME_NUMBER = 2
"""The same, but of what may also stand between two numbers: only beside a sign that joins digits."""
SPACE = 3
LINE = 4
"""The end of a line. Of several gaps in one place the greatest counts."""
_GAPS = (b"", b" ", b" ", b" ", b"\n")
_DIGITS = frozenset(b"0123456789")
_SIGNS = frozenset(b"-./_")
_AT = ord("@")


class Offsets(Sequence[int]):
    """Raw offsets of a text that was put together from pieces, each with where it starts in both."""

    __slots__ = ("_length", "_raws", "_starts")

    def __init__(self, starts: list[int], raws: list[int], length: int) -> None:
        self._starts = starts
        self._raws = raws
        self._length = length

    def __len__(self) -> int:
        return self._length + 1

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        at = bisect_right(self._starts, index) - 1
        raw = self._raws[at] + index - self._starts[at]
        return min(raw, self._raws[at + 1]) if at + 1 < len(self._raws) else raw


class Flow:
    """Visible text that is being put together."""

    def __init__(self, pieces: Sequence[tuple[int, bytes]] = ()) -> None:
        self.text = bytearray()
        self.starts: list[int] = []
        self.raws: list[int] = []
        self.values: list[tuple[int, int, Place]] = []
        self.end = 0
        self.lines = False
        self._gap = 0
        for raw, piece in pieces:
            self._add(raw, piece)
            self.end = raw + len(piece)

    def _add(self, raw: int, piece: bytes) -> None:
        self.starts.append(len(self.text))
        self.raws.append(raw)
        self.text += piece

    def gap(self, sign: int) -> None:
        """Something without text: a space, the end of a line, or what may be neither (`SAME_WORD`, `SAME_NUMBER`)."""
        if sign > self._gap:
            self._gap = sign

    def write(self, data: bytes, start: int, end: int) -> bool:
        """The text of `data[start:end]`, its references decoded; whether it is more than white space.

        White space keeps the ends of lines where they are shown (`lines`).
        """
        piece = data[start:end]
        short = piece.lstrip()
        gap = self._gap
        if len(short) < len(piece):
            if gap < LINE:
                gap = LINE if self.lines and b"\n" in piece[: len(piece) - len(short)] else max(gap, SPACE)
            if not short:
                self._gap = gap
                return False
            start = end - len(short)
        elif not piece:
            return False
        # One or two of `_add`, which would take as long again: a document has a text between any two of its tags.
        text, starts, raws = self.text, self.starts, self.raws
        if gap and text and (gap > SAME_NUMBER or not _are_of_one(text[-2:], short[:2], gap)):
            starts.append(len(text))
            raws.append(self.end)
            text += _GAPS[gap]
        piece = short.rstrip()
        last = start + len(piece)
        if b"&" in piece:
            self._add_decoded(data, start, last)
        else:
            starts.append(len(text))
            raws.append(start)
            text += piece
        self.end = last
        if last == end:
            self._gap = 0
        else:
            self._gap = LINE if self.lines and b"\n" in short[len(piece) :] else SPACE
        return True

    def parted(
        self,
        data: bytes,
        position: int,
        stop: int,
        found: Iterator[re.Match[bytes]],
        signs: Mapping[bytes | None, int],
        firsts: list[int],
        begins: list[int],
        ends: list[int],
    ) -> tuple[int, re.Match[bytes] | None]:
        """`write` and `gap` in turn, for texts and the tags `found` between them that `signs` says the gaps of by their
        names (group 2), as far as they end before `stop`.

        Where it got to, and the first tag that is not of these; `None` after the last one. Where tags begin is added to
        `firsts`, where texts lie to `begins` and `ends`.
        """
        # Both written out, without a call for each tag: documents have a hundred thousand of them.
        text, starts, raws = self.text, self.starts, self.raws
        sign_of, add_first, add_begin, add_end = signs.get, firsts.append, begins.append, ends.append
        add_start, add_raw = starts.append, raws.append
        lines, gap, last, size = self.lines, self._gap, self.end, len(self.text)
        tag = None
        for tag in found:
            first, end = tag.span()
            name = tag[2]
            sign = sign_of(name)
            if sign is None or end > stop or (name is None and tag[4] is not None):
                break
            if first > position:
                piece = data[position:first]
                short = piece.lstrip()
                length = len(short)
                begin = first - length
                if begin > position and gap < LINE:
                    gap = LINE if lines and b"\n" in piece[: begin - position] else max(gap, SPACE)
                if length:
                    add_begin(position)
                    add_end(first)
                    if gap and size and (gap > SAME_NUMBER or not _are_of_one(text[-2:], short[:2], gap)):
                        add_start(size)
                        add_raw(last)
                        text += _GAPS[gap]
                        size += 1
                    piece = short.rstrip()
                    last = begin + len(piece)
                    if b"&" in piece:
                        self._add_decoded(data, begin, last)
                        size = len(text)
                    else:
                        add_start(size)
                        add_raw(begin)
                        text += piece
                        size += last - begin
                    gap = 0 if last == first else LINE if lines and b"\n" in short[last - begin :] else SPACE
            add_first(first)
            if sign > gap:
                gap = sign
            position = end
        else:
            tag = None
        self._gap, self.end = gap, last
        return position, tag

    def _add_decoded(self, data: bytes, start: int, end: int) -> None:
        at = start
        for reference in _REFERENCE.finditer(data, start, end):
            if reference.start() > at:
                self._add(at, data[at : reference.start()])
            self._add(reference.start(), _meaning(reference[0]))
            at = reference.end()
        if at < end:
            self._add(at, data[at:end])

    def name(self, start: int, raw: int, names: tuple[str, ...], field: str | None) -> None:
        """The text from `start` on is a value with these names; its raw text begins at `raw` or after it."""
        while start < len(self.text) and self.text[start : start + 1].isspace():
            start += 1
        if start < len(self.text):
            first = max(raw, Offsets(self.starts, self.raws, len(self.text))[start])
            self.values.append((start, len(self.text), Place(first, self.end, names, field)))

    def tail(self, before: int) -> tuple[tuple[int, bytes], ...]:
        """The last pieces, as far as they begin before the raw offset `before`."""
        out: list[tuple[int, bytes]] = []
        size = 0
        for at in range(len(self.starts) - 1, -1, -1):
            last = self.starts[at + 1] if at + 1 < len(self.starts) else len(self.text)
            piece = bytes(self.text[self.starts[at] : last])[-_TAIL:]
            if self.raws[at] < before:
                out.append((self.raws[at] + last - self.starts[at] - len(piece), piece))
                size += len(piece)
            if size >= _TAIL:
                break
        return tuple(reversed(out))

    def decoded(self) -> Decoded:
        """What was put together, with the raw offset of every byte."""
        if not self.starts:
            return Decoded(b"", [0])
        starts, raws = [*self.starts, len(self.text)], [*self.raws, self.end]
        return Decoded(bytes(self.text), Offsets(starts, raws, len(self.text)), self.values)


def _are_of_one(before: bytearray, after: bytes, gap: int) -> bool:
    """Whether texts with a tag in between, of which these are the last and the first two characters, are of one value."""
    if not before or not after:
        return False
    last, first = before[-1], after[0]
    if _AT in (last, first):
        return True
    if last in _DIGITS and first in _DIGITS:
        return gap == SAME_WORD
    return (last in _SIGNS and before[0] in _DIGITS and first in _DIGITS) or (
        first in _SIGNS and after[-1] in _DIGITS and last in _DIGITS
    )


@lru_cache(maxsize=1024)
def _meaning(reference: bytes) -> bytes:
    return html.unescape(reference.decode()).encode("utf-8", "replace")
