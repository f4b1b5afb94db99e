"""JSON (RFC 8259), with the comments of JSON5, and JSON Lines: keys, JSON paths (RFC 9535), escapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from assay.formats.escapes import decode_span, decoded_values
from assay.formats.paired import json_name, json_value, paired
from assay.formats.resumable import RESUME, Resumable, Walked
from assay.formats.structure import Decoded, Place, Window
from assay.formats.written import CODE, blank_simple, code_point, escaped

_TEXT = rb"(?>[^\"\\\n]*(?:\\[^\n][^\"\\\n]*)*)"
# 1 string, 2 the colon that makes it a key, 3 its string, 4 its number or literal; 5 bracket or comma; 6 number or
# literal; 7 a quote that nothing closes; 8 comment.
_TOKEN = re.compile(
    rb"\"(" + _TEXT + rb")\"(?:\s*+(:)\s*+(?:\"(" + _TEXT + rb")\"|([^\s{}\[\],:\"/]++))?)?"
    rb"|([{}\[\],])|(//[^\n]*|/\*.*?\*/)|([^\s{}\[\],:\"/]++)|(\")",
    re.DOTALL,
)
_KEY, _COLON, _STRING, _LITERAL, _SIGN, _COMMENT, _ALONE, _UNCLOSED = range(1, 9)
_REST = re.compile(_TEXT)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NEEDS = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|/)")
ESCAPE = re.compile(rb"\\(?:" + CODE + rb"|(.))", re.DOTALL)
_SHORT = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v", b"e": b"\x1b", b"0": b"\0"}
_GOVERNED = 64 * 1024
_TOLD_LEVELS = 100
_NEAREST = 32


class JsonState(NamedTuple):
    """Containers around a position: the current key of an object, the index in an array.

    `open_at` is set within a string: where it began, in bytes of the decoded file.
    """

    stack: tuple[bytes | int, ...] = ()
    open_at: int | None = None


class Json(Resumable[JsonState]):
    """Structure of a JSON document, or of several that follow one another."""

    def __init__(self) -> None:
        super().__init__(JsonState())

    def view(self, window: Window) -> bytes:
        self._show(window)
        return blank_simple(window.data)

    def decoded(self, window: Window) -> Iterator[Decoded]:
        self._show(window)
        if not any(sign in window.data for sign in (b"\\u", b"\\/", b"\\x")):
            return iter(())
        return decoded_values(window, _NEEDS, string_bounds, ESCAPE, unescape)

    def places(self, window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        return paired(window.data, super().places(window, offsets), json_value, json_name)

    def meant(self, data: bytes, start: int, end: int) -> Decoded | None:
        is_string = data[start - 1 : start] == b'"' == data[end : end + 1]
        return decode_span(data, start, end, ESCAPE, unescape) if is_string else None

    def _walk(
        self, window: Window, position: int, state: JsonState, offsets: Sequence[int], stop: int
    ) -> Walked[JsonState]:
        return walk(window, position, state, offsets, stop, len(window.data))


def walk(  # noqa: C901 - one loop over tokens; splitting it costs a call for each
    window: Window, position: int, state: JsonState, offsets: Sequence[int], stop: int, end: int
) -> Walked[JsonState]:
    """`Resumable._walk` for JSON, reading no further than `end`."""
    data = window.data
    stack = list(state.stack)
    out: list[Place | None] = [None] * len(offsets)
    count = len(offsets)
    index = 0
    want = offsets[0] if count else end
    if state.open_at is not None:
        rest = _REST.match(data, position, end)
        closed = rest.end() if rest else position
        begun = max(0, state.open_at - window.byte)
        while index < count and offsets[index] < closed:
            out[index] = _value(stack, begun, closed)
            index += 1
        if (index == count and count) or closed >= stop > 0 or closed >= end:
            at = _before_escape(data, stop) if stop and closed >= stop else position
            return Walked(out, at, state)
        position = min(closed + 1, end)
        want = offsets[index] if index < count else end
    for match in _TOKEN.finditer(data, position, end):
        first, after = match.span()
        if stop and after >= stop:
            if first >= stop:
                return Walked(out, stop, JsonState(tuple(stack)))
            if after > stop:
                return Walked(out, *_crossing(match, stack, window, stop))
        kind = match.lastindex
        if kind == _UNCLOSED:
            rest = _REST.match(data, after, end)
            after = rest.end() if rest else after
            if stop and after >= stop:
                if stop - first <= RESUME:
                    return Walked(out, first, JsonState(tuple(stack)))
                return Walked(out, _before_escape(data, stop), JsonState(tuple(stack), window.byte + first + 1))
        if want < after:
            while index < count and offsets[index] < after:
                out[index] = _place(match, stack, offsets[index], after, data) if offsets[index] >= first else None
                index += 1
            if index == count and not stop:
                return Walked(out, first, JsonState(tuple(stack)))
            want = offsets[index] if index < count else end
        if kind == _SIGN:
            sign = data[first]
            if sign == 0x2C:
                if stack and isinstance(stack[-1], int):
                    stack[-1] += 1
            elif sign == 0x7B:
                stack.append(b"")
            elif sign == 0x5B:
                stack.append(0)
            elif stack:
                stack.pop()
        elif kind in (_COLON, _STRING, _LITERAL) and stack and not isinstance(stack[-1], int):
            stack[-1] = match[_KEY]
        position = after
    if stop:
        # Nothing but an unfinished string or white space reaches the cut.
        return Walked(out, max(position, min(stop, end)), JsonState(tuple(stack)))
    return Walked(out, position, JsonState(tuple(stack)))


def _crossing(match: re.Match[bytes], stack: list[bytes | int], window: Window, stop: int) -> tuple[int, JsonState]:
    """Where to go on from when a token crosses the cut: from its start if that is near, else within its string."""
    if stop - match.start() <= RESUME:
        return match.start(), JsonState(tuple(stack))
    if match.lastindex in (_COLON, _STRING, _LITERAL):
        value = match.start(match.lastindex) - (match.lastindex == _STRING)
        if stop >= match.end(_KEY):
            if stack and not isinstance(stack[-1], int):
                stack[-1] = match[_KEY]
            if match.lastindex == _COLON or value >= stop or stop - value <= RESUME or match.lastindex == _LITERAL:
                return max(value, match.end(_COLON)), JsonState(tuple(stack))
            return _before_escape(window.data, stop), JsonState(tuple(stack), window.byte + value + 1)
    if match.lastindex in (_COMMENT, _ALONE):
        return match.end(), JsonState(tuple(stack))
    return _before_escape(window.data, stop), JsonState(tuple(stack), window.byte + match.start() + 1)


def _before_escape(data: bytes, position: int) -> int:
    return position - 1 if position > 0 and escaped(data, position) else position


def _place(match: re.Match[bytes], stack: list[bytes | int], offset: int, after: int, data: bytes) -> Place | None:
    kind = match.lastindex
    if kind == _KEY:
        return _value(stack, *match.span(_KEY))
    if kind == _UNCLOSED:
        return _value(stack, match.end(), after)
    if kind == _ALONE:
        return _value(stack, *match.span())
    if kind not in (_COLON, _STRING, _LITERAL):
        return None
    inner = nearest(stack)
    if inner and not isinstance(inner[-1], int):
        inner.pop()
    inner.append(match[_KEY])
    if offset > match.end(_KEY):
        # Blanks and the colon between a key and its value are neither.
        return None if kind == _COLON or offset + 1 < match.start(kind) else _value(inner, *match.span(kind))
    names, path = name_and_path(inner)
    governs = match.span(kind) if kind != _COLON else _governed(data, after)
    return Place(*match.span(_KEY), names, names[0], path, None, governs)


def _governed(data: bytes, position: int) -> tuple[int, int]:
    """What a key rules whose value is no plain scalar: an array's scalars, nothing of an object."""
    token = _TOKEN.search(data, position)
    if token is None:
        return position, position
    if token.lastindex == _UNCLOSED:
        rest = _REST.match(data, token.end())
        return token.end(), rest.end() if rest else token.end()
    if token[0] != b"[":
        return position, position
    start = end = token.end()
    for token in _TOKEN.finditer(data, start, start + _GOVERNED):
        if token.lastindex == _SIGN and token[0] != b",":
            break
        end = token.end()
    return start, end


def _value(stack: Sequence[bytes | int], start: int, end: int) -> Place:
    names, path = name_and_path(stack)
    return Place(start, end, names, names[0] if names else None, path)


def name_and_path(stack: Sequence[bytes | int]) -> tuple[tuple[str, ...], str | None]:
    """Names that govern a value, nearest first, and its JSON path; `stack` holds keys and indices from the root.

    Beyond a hundred levels only the nearest are told, and no path: all paths together would be far longer than the
    document, and no document that is meant to be read is nested so deep.
    """
    if len(stack) > _TOLD_LEVELS:
        return tuple([key_text(step) for step in reversed(stack[-_NEAREST:]) if not isinstance(step, int)]), None
    path = ["$"]
    names: list[str] = []
    for step in stack:
        if isinstance(step, int):
            path.append(f"[{step}]")
            continue
        name = key_text(step)
        names.append(name)
        path.append(path_step(name))
    names.reverse()
    return tuple(names), "".join(path)


def nearest(stack: Sequence[bytes | int]) -> list[bytes | int]:
    """A copy of as much of the stack as `name_and_path` looks at: of a very deep one, whole copies take time by its square."""
    return list(stack[-_TOLD_LEVELS - 2 :])


def path_step(name: str) -> str:
    """One step of a JSON path: `.name`, or `['odd name']` where the name is no plain word."""
    if _WORD.fullmatch(name):
        return f".{name}"
    quoted = (
        name.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f"['{quoted}']"


@lru_cache(maxsize=4096)
def key_text(raw: bytes) -> str:
    """A key as it is meant, its escapes decoded."""
    if b"\\" in raw:
        raw = ESCAPE.sub(unescape, raw)
    return raw.decode("utf-8", "replace")


def unescape(match: re.Match[bytes]) -> bytes:
    """UTF-8 of one escape that `ESCAPE` matched; a lone surrogate becomes U+FFFD."""
    meaning = code_point(match)
    return _SHORT.get(match[7], match[7]) if meaning is None else meaning


def string_bounds(data: bytes, position: int) -> tuple[int, int] | None:
    """The span between the quotes around an escape at `position`; `None` where the backslash is itself escaped."""
    if escaped(data, position):
        return None
    # The quote first: a document may be one line, which is not read again for each of its escapes.
    low = max(0, position - _GOVERNED)
    quote = data.rfind(b'"', low, position)
    while quote > low and escaped(data, quote):
        quote = data.rfind(b'"', low, quote)
    line = data.rfind(b"\n", max(low, quote), position)
    rest = _REST.match(data, position)
    return max(quote + 1, line + 1, low), rest.end() if rest else position


class JsonLines(Json):
    """Structure of JSON Lines: each line is a document of its own, so one bad line harms no other."""

    def _walk(
        self, window: Window, position: int, state: JsonState, offsets: Sequence[int], stop: int
    ) -> Walked[JsonState]:
        data = window.data
        out: list[Place | None] = []
        if state != JsonState():
            # The rest of a line that began in the window before.
            end = _line_end(data, position)
            here = [offset for offset in offsets if offset < end]
            walked = walk(window, position, state, here, min(stop, end), end)
            out += walked.places
            if (stop and stop <= end) or (offsets and len(here) == len(offsets)):
                return Walked(out, walked.position, walked.state)
            offsets = offsets[len(here) :]
            position = min(end + 1, len(data))
        if stop:
            line = max(data.rfind(b"\n", position, stop) + 1, position)
            if line >= stop:
                return Walked(out, max(line, stop), JsonState())
            return walk(window, line, JsonState(), (), stop, _line_end(data, line))
        index = 0
        while index < len(offsets):
            line = max(data.rfind(b"\n", position, offsets[index]) + 1, position)
            end = _line_end(data, offsets[index])
            count = index + 1
            while count < len(offsets) and offsets[count] < end:
                count += 1
            out += walk(window, line, JsonState(), offsets[index:count], 0, end).places
            position, index = line, count
        return Walked(out, position, JsonState())


def _line_end(data: bytes, position: int) -> int:
    end = data.find(b"\n", position)
    return len(data) if end < 0 else end


def parses(line: bytes) -> bool:
    """Whether a line is a JSON text of its own."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
