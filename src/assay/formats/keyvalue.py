"""INI, .env, .properties and TOML: a line's key, its section, and the span of its value."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assay.formats.escapes import decode_span, decoded_values
from assay.formats.json import ESCAPE, key_text, string_bounds, unescape
from assay.formats.resumable import Resumable, Walked
from assay.formats.structure import Decoded, Place, Window
from assay.formats.written import blank_simple

_SECTION = re.compile(rb"^[ \t]*\[{1,2}([^\[\]\r\n=]+)\]{1,2}[ \t]*(?:[#;][^\n]*)?\r?$", re.MULTILINE)
_PAIR = re.compile(
    rb"[ \t]*(?:export[ \t]+|set[ \t]+|-[ \t]+)?(\"[^\"\r\n]+\"|'[^'\r\n]+'|[A-Za-z0-9_$][^\s=:#;\"'\[\]{},]*"
    rb"(?:[ \t]+[^\s=:#;\"'\[\]{},]+){0,4})"
    rb"[ \t]*(?:[=:]|[ \t])[ \t]*"
)
_INLINE = re.compile(rb"[{,][ \t]*([A-Za-z0-9_.-]+|\"[^\"\n]+\")[ \t]*=[ \t]*")
_COMMENT = re.compile(rb"[ \t]*(?:#|;|!|//|REM\b)")
_ONLY_COMMENT = re.compile(rb"[#;][ \t]")
_TRAILING = re.compile(rb"(?<![ \t])[ \t]++[#;][^\n]*")
_QUOTED = re.compile(rb"\"((?:[^\"\\\n]|\\[^\n])*)\"|'([^'\n]*)'")
# Without its end (1) a string is passed over whole: to try again at each of its escaped quotes would take quadratic time.
_QUOTED_ESCAPES = re.compile(rb"\"(?>[^\"\\\n]*(?:\\.[^\"\\\n]*)+)(\")?")
_NEEDS = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[:=#!/])")
_NONE = re.compile(rb"(?!)")
_CONTINUED = 64
_GAP = 256
_TABLES = re.compile(rb"\[?[ \t]*\{")
_CLOSER = re.compile(rb"[,}]")


class Sections(NamedTuple):
    """The section that a position lies in, as written; empty before the first."""

    section: bytes = b""


class KeyValue(Resumable[Sections]):
    """Structure of a file of `key = value` lines with optional `[section]` lines."""

    def __init__(self) -> None:
        super().__init__(Sections())

    def view(self, window: Window) -> bytes:
        self._show(window)
        data = window.data
        if b"\\" not in data:
            return data
        if b"-----BEGIN " in data:
            return blank_simple(data)
        return _QUOTED_ESCAPES.sub(lambda match: blank_simple(match[0]) if match[1] else match[0], data)

    def decoded(self, window: Window) -> Iterator[Decoded]:
        self._show(window)
        if b"\\" not in window.data:
            return iter(())
        return decoded_values(window, _NEEDS, _bounds, ESCAPE, unescape)

    def meant(self, data: bytes, start: int, end: int) -> Decoded | None:
        quote = data[start - 1 : start]
        if quote not in (b'"', b"'") or data[end : end + 1] != quote:
            return None
        return decode_span(data, start, end, ESCAPE if quote == b'"' else _NONE, unescape)

    def _walk(
        self, window: Window, position: int, state: Sections, offsets: Sequence[int], stop: int
    ) -> Walked[Sections]:
        data = window.data
        section = state.section
        if stop:
            last = max(data.rfind(b"\n", position, stop) + 1, position)
            return Walked([], stop, Sections(_last_section(data, position, last, section)))
        out: list[Place | None] = []
        at = position
        line: _Line | None = None
        for offset in offsets:
            if line is None or offset > line.stop:
                first = max(data.rfind(b"\n", position, offset) + 1, position)
                section = _last_section(data, at, first, section)
                at = max(at, first)
                line = _Line(data, offset)
            out.append(_place(data, offset, section, line))
        return Walked(out, at, Sections(section))


class _Line:
    """The line around an offset, read once for all that are asked for in it."""

    def __init__(self, data: bytes, offset: int) -> None:
        self.start, self.end = start, end = _line(data, offset)
        stop = data.find(b"\n", offset)
        self.stop = len(data) if stop < 0 else stop
        self.free = bool(_COMMENT.match(data, start, end) or _SECTION.match(data, start, end))
        self.inlines: list[re.Match[bytes]] = []
        self.pair: re.Match[bytes] | None = None
        self.values: dict[int, tuple[int, int]] = {}
        self.rest = (0, 0)
        self.above: tuple[Place | None] | None = None
        self.items: list[re.Match[bytes]] = []
        if self.free:
            return
        if b"{" in data[start:end]:
            self.inlines = list(_nested(data, start, end))
        pair = _PAIR.match(data, start, end)
        if pair is not None and (b"=" in pair[0] or b":" in pair[0]):
            self.pair = pair
            self.rest = _trim(data, pair.end(), end)
            if data[pair.end() : pair.end() + 1] == b"[":
                self.items = list(_QUOTED.finditer(data, pair.end(), end))

    def value(self, data: bytes, at: int, pair: re.Match[bytes]) -> tuple[int, int]:
        """The value of the inline key number `at`, or of the line's own where it is -1."""
        if at not in self.values:
            self.values[at] = _value(data, pair.end(), self.end, closers=at >= 0)
        return self.values[at]


def _nested(data: bytes, start: int, end: int) -> Iterator[re.Match[bytes]]:
    """The keys of inline tables: after the line's own `=`, outside of double quotes."""
    seen, quotes, assigned = start, 0, False
    for inline in _INLINE.finditer(data, start, end):
        first = inline.start()
        quotes += data.count(b'"', seen, first)
        assigned = assigned or data.find(b"=", seen, first) >= 0
        seen = first
        if assigned and quotes % 2 == 0:
            yield inline


def _last_section(data: bytes, start: int, end: int, section: bytes) -> bytes:
    if b"[" in data[start:end]:
        for match in _SECTION.finditer(data, start, end):
            section = match[1].strip()
    return section


def _line(data: bytes, offset: int) -> tuple[int, int]:
    start = data.rfind(b"\n", 0, offset) + 1
    end = data.find(b"\n", offset)
    end = len(data) if end < 0 else end
    return start, end - 1 if end > start and data[end - 1] == 13 else end


def _place(data: bytes, offset: int, section: bytes, line: _Line) -> Place | None:
    if line.free:
        return None
    at = bisect_right(line.inlines, offset, key=lambda inline: inline.start(1)) - 1
    pair = line.inlines[at] if at >= 0 else line.pair
    if pair is not None:
        return _pair(data, offset, pair, section, line, at)
    if line.above is None:
        line.above = (_continued(data, line.start, line.end, section),)
    return line.above[0]


def _continued(data: bytes, start: int, end: int, section: bytes) -> Place | None:
    """The place of a line without a key: what the lines above it began, or none."""
    first = start
    for _ in range(_CONTINUED):
        # A value that goes on: after a backslash, indented, or within a TOML array or multi-line string.
        if first == 0:
            return None
        first = data.rfind(b"\n", 0, first - 1) + 1
        above = _PAIR.match(data, first, end)
        if above is not None and (b"=" in above[0] or b":" in above[0]):
            stop = data.find(b"\n", first)
            rest = data[above.end() : stop].strip()
            if (
                rest.endswith((b"\\", b"[", b",", b'"""', b"'''"))
                or not rest
                or data[start : start + 1] in (b" ", b"\t")
            ):
                names = _names(above[1], section)
                return Place(*_trim(data, start, end), names, names[0])
            return None
        if not data[first:start].strip() or _SECTION.match(data, first):
            return None
    return None


def _names(key: bytes, section: bytes) -> tuple[str, ...]:
    plain = key.strip(b" \t\"'")
    name = key_text(plain) if key[:1] == b'"' else plain.decode("utf-8", "replace")
    return (name, section.strip(b" \"'").decode("utf-8", "replace")) if section else (name,)


def _pair(data: bytes, offset: int, pair: re.Match[bytes], section: bytes, line: _Line, at: int) -> Place | None:
    value = line.value(data, at, pair)
    names = _names(pair[1], section)
    if at >= 0 and line.pair is not None:
        names = (names[0], *_names(line.pair[1], section))
    if offset < pair.end(1):
        start, stop = pair.span(1)
        if data[start : start + 1] in (b'"', b"'"):
            start, stop = start + 1, stop - 1
        if _TABLES.match(data, value[0], value[1]):
            # What the keys within name is theirs.
            value = (value[0], value[0])
        return Place(start, stop, names, names[0], None, None, value)
    if offset > value[1]:
        if data[value[1] : min(offset, value[1] + _GAP)].lstrip(b"\"' \t,")[:1] in (b"#", b";"):
            return None
        rest = line.rest if at < 0 else (value[1], line.end)
        return Place(*rest, names, names[0])
    if line.items and at < 0:
        item = line.items[max(0, bisect_right(line.items, offset, key=lambda item: item.start()) - 1)]
        if item.start() <= offset < item.end():
            return Place(item.start() + 1, item.end() - 1, names, names[0])
    return Place(*value, names, names[0])


def _value(data: bytes, start: int, end: int, *, closers: bool) -> tuple[int, int]:
    quoted = _QUOTED.match(data, start, end)
    if quoted is not None and data[start : start + 3] not in (b'"""', b"'''"):
        return start + 1, quoted.end() - 1
    if closers and _TABLES.match(data, start, end):
        return start, start
    if closers:
        closer = _CLOSER.search(data, start, end)
        end = closer.start() if closer else end
    if _ONLY_COMMENT.match(data, start, end) and data[start - 1 : start] in (b" ", b"\t"):
        return start, start
    comment = _TRAILING.search(data, start, end)
    if comment is not None:
        end = comment.start()
    return _trim(data, start, end)


def _trim(data: bytes, start: int, end: int) -> tuple[int, int]:
    piece = data[start:end]
    first = start + len(piece) - len(piece.lstrip())
    return first, max(first, start + len(piece.rstrip()))


def _bounds(data: bytes, position: int) -> tuple[int, int] | None:
    if string_bounds(data, position) is None:
        return None
    start, end = _line(data, position)
    pair = _PAIR.match(data, start, end)
    if pair is None:
        return start, end
    if position < pair.end(1):
        return pair.start(1) + (data[pair.start(1)] == 0x22), pair.end(1) - (data[pair.end(1) - 1] == 0x22)
    return _value(data, pair.end(), end, closers=False) if pair.end() <= position else (start, end)
