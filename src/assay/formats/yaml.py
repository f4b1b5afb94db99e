"""YAML 1.2: keys by indentation, lists, block scalars, several documents. Anchors and tags are not resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from assay.formats.escapes import decoded_values
from assay.formats.json import name_and_path, nearest
from assay.formats.paired import paired, yaml_name, yaml_value
from assay.formats.resumable import RESUME, Resumable, Walked
from assay.formats.structure import Decoded, Place, Window
from assay.formats.yamlescapes import ESCAPE, NEEDS, QUOTED, blanked, bounds, decode_quoted, meaning

_MORE = rb"(?>[^\n:#]*(?:(?::(?!\s|\Z)|(?<!\s)#)[^\n:#]*)*)"
_KEY = rb"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\n]|'')*'|[^\s#\"'&*!|>%@`\[\]{},:-]" + _MORE + rb"|-[^\s:#-]" + _MORE
# 1 indentation, 2 dashes, 3 key, 4 value; a line that is no key has only 1, 2 and 4.
_LINE = re.compile(
    rb"^([ ]*+)((?>(?:-[ \t]++|-(?=\r?$))*))(?:(?>(?:[&!][^\s]*[ ]++)*)(?:\?[ ]+)?("
    + _KEY
    + rb")[ \t]*+:(?=[ \t\r\n]|\Z)[ \t]*+)?([^\n]*+)",
    re.MULTILINE,
)
_BLOCK = re.compile(rb"(?:[&!][^\s]*[ ]+)*[|>][0-9+-]{0,2}[ \t]*(?:#.*)?\r?\Z")
# A key in the first column ends whatever is open, a block scalar or an unclosed `[` too.
_FRESH = re.compile(rb"[A-Za-z_][\w-]*:(?=\s)")
_BLOCK_SIGNS = frozenset((b"|", b">", b"&", b"!"))
_DASH = re.compile(rb"-[ \t]*")
_COMMENT = re.compile(rb"(?<![^ \t])#")
_PREFIX = re.compile(rb"(?:[&!][^\s]*[ ]+)+")
_FLOW_TOKEN = re.compile(
    rb"(\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\n]|'')*'|[^\s\[\]{},\"'#:](?:[^\[\]{},\n:#]|:(?=[^\s\]},])|(?<!\s)#)*)"
    rb"([ \t]*:(?=[\s\[{\"'\]},]))?|([\[\]{},])|(?<=\s)#[^\n]*|\n(?=([A-Za-z_][\w-]*:(?:\s|\Z)))"
)


Frame: TypeAlias = tuple[int, bytes | int]
"""An open collection: twice its indentation, plus one for a list; and its current key or index."""


class YamlState(NamedTuple):
    """Collections around a position.

    Within a block scalar, the indentation that its lines exceed; within `[…]` or `{…}`, the `inner` keys and indices;
    in a line that is longer than a window's margin, where its value began (bytes of the decoded file).
    """

    stack: tuple[Frame, ...] = ()
    block: int | None = None
    block_start: int = 0
    inner: tuple[bytes | int, ...] = ()
    value_at: int | None = None


class Yaml(Resumable[YamlState]):
    """Structure of a YAML stream."""

    def __init__(self) -> None:
        super().__init__(YamlState())

    def view(self, window: Window) -> bytes:
        self._show(window)
        return blanked(window.data)

    def decoded(self, window: Window) -> Iterator[Decoded]:
        self._show(window)
        if b"\\" not in window.data and b"''" not in window.data:
            return iter(())
        return decoded_values(window, NEEDS, bounds, ESCAPE, meaning)

    def meant(self, data: bytes, start: int, end: int) -> Decoded | None:
        return decode_quoted(data, start, end)

    def places(self, window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        # What lies between a value and the key in the first column before it need not be read for it.
        found: list[Place | None] = []
        first = 0
        for index in range(1, len(offsets)):
            if _fresh(window.data, offsets[index - 1], offsets[index]) is not None:
                found += super().places(window, offsets[first:index])
                first = index
        found += super().places(window, offsets[first:])
        return paired(window.data, found, yaml_value, yaml_name)

    def _nearer(self, window: Window, position: int, state: YamlState, target: int) -> tuple[int, YamlState]:
        fresh = _fresh(window.data, position, target)
        return (position, state) if fresh is None else (fresh, YamlState())

    def _walk(  # noqa: C901 - one loop over lines; splitting it costs a call for each
        self, window: Window, position: int, state: YamlState, offsets: Sequence[int], stop: int
    ) -> Walked[YamlState]:
        data = window.data
        stack = list(state.stack)
        out: list[Place | None] = []
        block, block_start = state.block, state.block_start
        block_stop = -1
        want = stop or offsets[-1] + 1
        if state.value_at is not None:
            end = _line_end(data, position)
            place = _placed(stack, max(0, state.value_at - window.byte), end)
            _fill(out, offsets, end, place)
            if end >= want:
                return Walked(out, stop or position, state)
            position = end + 1
        elif state.inner:
            inner = list(state.inner)
            position = _flow(data, stack, inner, position, offsets, out, stop)
            if inner:
                return Walked(out, position, state._replace(inner=tuple(inner)))
            position = _line_end(data, position) + 1
        lines = _LINE.finditer(data, position)
        while (line := next(lines, None)) is not None:
            first, after = line.span()
            position = first
            if first >= want:
                break
            here = len(out) < len(offsets) and offsets[len(out)] <= after
            indent = line.end(1) - first
            if block is not None:
                if indent > block or not line[0].strip():
                    if stop and after >= stop:
                        position = first if stop - first <= RESUME else stop
                        break
                    if here:
                        if after > block_stop:
                            block_stop = _block_end(data, after, block)
                        _fill(out, offsets, after + 1, _placed(stack, max(0, block_start - window.byte), block_stop))
                    if len(out) == len(offsets) and not stop:
                        break
                    continue
                block = None
            if stop and after >= stop and stop - first <= RESUME:
                # The cut lies in this line: it is read again.
                break
            if line[0].startswith((b"---", b"...")) and line[0][3:4] in (b"", b" ", b"\r"):
                stack.clear()
            before = YamlState(tuple(stack)) if here else None
            if line[3] is not None or line[2]:
                block = _enter(line, stack, indent)
                block_start = window.byte + after + 1
            flow = _flow_start(line)
            if flow is not None and (here or stop or not _balanced(line[4])):
                while len(out) < len(offsets) and offsets[len(out)] < flow:
                    out.append(_on_line(data, line, stack, offsets[len(out)]))
                if before is not None and len(out) == len(offsets) and not stop:
                    return Walked(out, first, before)
                inner = []
                position = _flow(data, stack, inner, flow, offsets, out, stop)
                if inner:
                    return Walked(out, position, YamlState(tuple(stack), None, 0, tuple(inner)))
                if stop and position >= stop:
                    break
                position = _line_end(data, position) + 1
                _fill(out, offsets, position, None)
                lines = _LINE.finditer(data, position)
                continue
            if stop and after >= stop:
                value_at = window.byte + line.start(4)
                return Walked(out, stop, YamlState(tuple(stack), None, 0, (), value_at if block is None else None))
            known = False
            while len(out) < len(offsets) and offsets[len(out)] <= after:
                offset = offsets[len(out)]
                # What a long line holds is read once, not for each of its values.
                if not (known and (out[-1] is None or out[-1].start <= offset < out[-1].end)):
                    known = offset >= line.start(4)
                    out.append(_on_line(data, line, stack, offset, indent))
                else:
                    out.append(out[-1])
            if before is not None and len(out) == len(offsets) and not stop:
                return Walked(out, first, before)
        return Walked(out, position, YamlState(tuple(stack), block, block_start))


def _fresh(data: bytes, low: int, high: int) -> int | None:
    """The last line that begins in `(low, high]` with a key in the first column."""
    while True:
        high = data.rfind(b"\n", low, high)
        if high < 0:
            return None
        if _FRESH.match(data, high + 1) is not None:
            return high + 1


def _fill(out: list[Place | None], offsets: Sequence[int], end: int, place: Place | None) -> None:
    while len(out) < len(offsets) and offsets[len(out)] < end:
        out.append(place)


def _line_end(data: bytes, position: int) -> int:
    end = data.find(b"\n", position)
    return len(data) if end < 0 else end


def _flow_start(line: re.Match[bytes]) -> int | None:
    """Where a line's value begins if it is a flow collection."""
    value = line[4]
    if value[:1] in (b"[", b"{"):
        return line.start(4)
    if value[:1] in (b"&", b"!", b" "):
        prefix = re.match(rb"[ ]*(?:[&!][^\s]*[ ]+)*(?=[\[{])", value)
        return line.start(4) + prefix.end() if prefix else None
    return None


def _balanced(value: bytes) -> bool:
    return value.count(b"[") == value.count(b"]") and value.count(b"{") == value.count(b"}")


def _enter(line: re.Match[bytes], stack: list[Frame], indent: int) -> int | None:
    """Bring the stack up to date with a line that has a key or a dash; the indentation of a block that it opens."""
    column = indent
    if line[2]:
        for item in _DASH.finditer(line[2]):
            place = 2 * column + 1
            while stack and stack[-1][0] > place:
                stack.pop()
            top = stack[-1] if stack else None
            if top is not None and top[0] == place and isinstance(top[1], int):
                stack[-1] = (place, top[1] + 1)
            else:
                stack.append((place, 0))
            column += item.end() - item.start()
    key = line[3]
    if key is not None:
        place = 2 * column
        while stack and stack[-1][0] >= place:
            stack.pop()
        stack.append((place, key))
    value = line[4]
    return stack[-1][0] // 2 if value[:1] in _BLOCK_SIGNS and _BLOCK.match(value) else None


def _block_end(data: bytes, position: int, indent: int) -> int:
    """End of the last line of a block scalar whose lines are indented by more than `indent`."""
    end = position
    dedent = re.compile(rb"\n[ ]{0,%d}(?=[^\s])" % max(indent, 0)).search(data, position)
    end = dedent.start() if dedent else len(data)
    return position + len(data[position:end].rstrip())


def _placed(stack: Sequence[Frame], start: int, end: int, extra: Sequence[bytes | int] = ()) -> Place | None:
    steps = [_plain(step) if isinstance(step, bytes) else step for _, step in stack]
    names, path = name_and_path([*steps, *extra])
    if not names and path == "$":
        return None
    return Place(start, end, names, names[0] if names else None, path)


def _plain(key: bytes) -> bytes:
    """A key as `name_and_path` takes it: without quotes."""
    key = key.strip()
    if key[:1] == b'"':
        return key[1:-1]
    if key[:1] == b"'":
        return key[1:-1].replace(b"''", b"'").replace(b"\\", b"\\\\")
    return key.replace(b"\\", b"\\\\")


def _on_line(data: bytes, line: re.Match[bytes], stack: list[Frame], offset: int, indent: int = -1) -> Place | None:
    start, end = _trim(data, *line.span(4))
    prefix = _PREFIX.match(data, start, end)
    if prefix is not None:
        start = prefix.end()
    if line[3] is not None and offset < line.end(3):
        if offset < line.start(3):
            return None
        place = _placed(stack, *_unquoted(data, *line.span(3)))
        return place._replace(governs=_governed(data, line, start, end)) if place else None
    first = data[start : start + 1]
    if first in (b'"', b"'"):
        quoted = QUOTED.match(data, start, end)
        if quoted is not None and offset < quoted.end():
            group = 1 if first == b'"' else 2
            return _placed(_outer(stack, line, indent), *quoted.span(group))
        return None
    comment = _COMMENT.search(data, start, end)
    if comment is not None:
        if offset >= comment.start():
            return None
        end = _trim(data, start, comment.start())[1]
    return _placed(_outer(stack, line, indent), start, end)


def _outer(stack: list[Frame], line: re.Match[bytes], indent: int) -> Sequence[Frame]:
    """Collections that a continuation line lies in: those indented less."""
    if line[3] is not None or line[2] or indent < 0:
        return stack
    return [frame for frame in stack if frame[0] < 2 * indent]


def _governed(data: bytes, line: re.Match[bytes], start: int, end: int) -> tuple[int, int]:
    """The value of a key: on its line, or the block or plain list of scalars beneath it."""
    if data[start : start + 1] == b"#":
        # A comment behind the colon: what the key names may stand beneath.
        end = start
    own = data[start:end]
    indent = line.start(3) - line.start()
    if own and not _BLOCK.match(own):
        if own[:1] == b"[":
            return start, end
        if own[:1] == b"{":
            return start, start
        quoted = QUOTED.match(data, start, end)
        if quoted is not None:
            return quoted.span(1 if own[:1] == b'"' else 2)
        comment = _COMMENT.search(data, start, end)
        return start, comment.start() if comment else end
    first = line.end()
    if own:
        return first, _block_end(data, first, indent)
    stop = first
    for below in _LINE.finditer(data, first + 1):
        if below[3] is not None or not (below[2] and below.end(1) - below.start() >= indent):
            break
        stop = below.end()
    return first, stop


def _flow(
    data: bytes,
    stack: list[Frame],
    inner: list[bytes | int],
    position: int,
    offsets: Sequence[int],
    out: list[Place | None],
    stop: int,
) -> int:
    """Read on in `[…]` or `{…}`, over lines, until it closes (`inner` is empty then), all is placed or `stop` reached.

    Returns the position reached; `inner` is the state there.
    """
    for token in _FLOW_TOKEN.finditer(data, position):
        if stop and token.end() > stop:
            return token.start() if stop - token.start() <= RESUME else stop
        if len(out) < len(offsets) and offsets[len(out)] < token.end():
            _fill(out, offsets, token.start(), None)
            is_key = token[2] is not None and bool(inner) and not isinstance(inner[-1], int)
            around = nearest(inner)
            if is_key:
                around[-1] = _plain(token[1])
            place = _placed(stack, *_unquoted(data, *token.span(1)), around) if token[1] is not None else None
            if place is not None and is_key:
                after = _FLOW_TOKEN.search(data, token.end())
                scalar = after is not None and after[1] is not None
                value = _unquoted(data, *after.span(1)) if after and scalar else (token.end(), token.end())
                place = place._replace(governs=value)
            _fill(out, offsets, token.end(1) if token[1] is not None else token.end(), place)
            _fill(out, offsets, token.end(), None)
        if len(out) == len(offsets) and not stop and inner:
            return token.start()
        sign = token[3]
        if sign == b"[":
            inner.append(0)
        elif sign == b"{":
            inner.append(b"")
        elif sign == b",":
            if inner and isinstance(inner[-1], int):
                inner[-1] += 1
        elif sign is not None:
            if inner:
                inner.pop()
            if not inner:
                return token.end()
        elif token[1] is not None:
            if token[2] is not None and inner and not isinstance(inner[-1], int):
                inner[-1] = _plain(token[1])
        elif token[4] is not None and stack:
            # A key in the first column: the collection was never closed.
            inner.clear()
            return token.start()
    return min(stop, len(data)) if stop else len(data)


def _unquoted(data: bytes, start: int, end: int) -> tuple[int, int]:
    start, end = _trim(data, start, end)
    if end - start >= 2 and data[start] in b"\"'" and data[end - 1] == data[start]:
        return start + 1, end - 1
    return start, end


def _trim(data: bytes, start: int, end: int) -> tuple[int, int]:
    piece = data[start:end]
    first = start + len(piece) - len(piece.lstrip())
    return first, max(first, start + len(piece.rstrip()))
