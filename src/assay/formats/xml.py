"""XML 1.0 and HTML: tags and attributes as names, character references, CDATA. Nothing is ever resolved or fetched."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from assay.formats.escapes import decode_span, decoded_values
from assay.formats.paired import paired, xml_name, xml_value
from assay.formats.resumable import RESUME, Resumable, Walked
from assay.formats.structure import Decoded, Place, Window
from assay.formats.visible import Reader, Seen, VisibleState
from assay.formats.written import aligned, blank_text

# 1 comment, 2 CDATA, 3 instruction, 4 declaration, 5 closing tag, 6 opening tag, 7 its end, 8-10 the beginning of a
# comment, CDATA section or instruction without an end; text lies between tokens.
_NAME = rb"[A-Za-z_:\x80-\xff][^\s<>/=\"']*+"
_ATTRIBUTES = rb"(?>(?:[^<>\"'/]++|\"[^\"<]*+\"|'[^'<]*+'|/(?!>)|[\"'](?=[\s>/]))*)"
# A second declaration ends a search that would else run to the end of the data from each of them.
_SUBSET = rb"\[(?>(?:[^\]<]++|<(?!![Dd][Oo][Cc][Tt][Yy][Pp][Ee])|\](?!\s*+>))*)\]\s*+(?=>)"
_TOKEN = re.compile(
    rb"<(?:!--(.*?)-->|!\[CDATA\[(.*?)\]\]>|\?(.*?)\?>|!([Dd][Oo][Cc][Tt][Yy][Pp][Ee](?>(?:[^\[\]<>\"']++|\"[^\"]*+\"|'[^']*+'|"
    + _SUBSET
    + rb")*))>"
    rb"|/(" + _NAME + rb")\s*+>|(" + _NAME + rb")" + _ATTRIBUTES + rb"(/?>)|(!--)|(!\[CDATA\[)|(\?))",
    re.DOTALL,
)
_COMMENT, _CDATA, _INSTRUCTION, _DECLARATION, _CLOSING, _OPENING, _END, _UNCLOSED = range(1, 9)
_ATTRIBUTE = re.compile(rb"([^\s<>/=\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_UNFINISHED = re.compile(rb"<[A-Za-z_!/]")
_CLOSERS = {1: b"-->", 2: b"]]>", 3: b"?>"}
_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_NOTHING = re.compile(rb"(?!)")
_CDATA_EDGE = 64
_EDGE = re.compile(rb"[<>\"']")
_DEPTH = 4096
# Elements that a value is named by, the nearest first; the outer ones of a deeper document say nothing of it.
_NAMED_BY = 32
_FEW = 64
_ATTRIBUTES_MAX = 2048
_FORM = frozenset((b"input", b"meta", b"param", b"textarea", b"data"))
_HELD = frozenset((b"value", b"val"))
_ADDRESSES = frozenset(
    (b"href", b"src", b"action", b"formaction", b"srcset", b"cite", b"poster", b"data-href", b"data-url")
)
_LAYOUT = frozenset((b"class", b"id", b"style", b"for", b"rel", b"role", b"type", b"headers"))
_PARAMETER = re.compile(rb"(?<=[?&;])([^\s=&;#\"'<>]{1,64})=([^\s&;#\"'<>]*)")
_NAMING = (b"name", b"key", b"id", b"property", b"field", b"itemprop")
_NAMED = frozenset((b"value", b"content", b"val", b"data", b"default", b"placeholder"))


class XmlState(NamedTuple):
    """Open elements from the root, each as its tag and its attributes as written.

    `inside` is set within a comment (1), CDATA section (2) or instruction (3) that crosses a cut, or a text (0).
    """

    stack: tuple[tuple[bytes, bytes], ...] = ()
    inside: int | None = None
    begun: int = 0


class Xml(Resumable[XmlState]):
    """Structure of an XML document."""

    _html = False

    def __init__(self) -> None:
        super().__init__(XmlState())

    def view(self, window: Window) -> bytes:
        self._show(window)
        return _blanked(window.data)

    def decoded(self, window: Window) -> Iterator[Decoded]:
        self._show(window)
        if b"&" not in window.data:
            return iter(())
        return decoded_values(window, _REFERENCE, _text_bounds, _REFERENCE, _meaning)

    def places(self, window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        return paired(window.data, super().places(window, offsets), xml_value, xml_name)

    def meant(self, data: bytes, start: int, end: int) -> Decoded | None:
        piece = data[start:end]
        first, last = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        before, after = data[max(0, first - _CDATA_EDGE) : first].rstrip(), data[last : last + _CDATA_EDGE].lstrip()
        if before.endswith(b"<![CDATA[") and after.startswith(b"]]>"):
            return decode_span(data, first, last, _NOTHING, _meaning)
        quoted = before[-1:] in (b'"', b"'") and before[-1:] == after[:1]
        is_text = before.endswith(b">") and after.startswith(b"<")
        return decode_span(data, first, last, _REFERENCE, _meaning) if (quoted or is_text) and first < last else None

    def _walk(
        self, window: Window, position: int, state: XmlState, offsets: Sequence[int], stop: int
    ) -> Walked[XmlState]:
        data = window.data
        stack = list(state.stack)
        out: list[Place | None] = []
        begun = position
        if state.inside is not None:
            begun = max(0, state.begun - window.byte)
            if state.inside:
                found = data.find(_CLOSERS[state.inside], position)
                closed = len(data) if found < 0 else found
                while len(out) < len(offsets) and offsets[len(out)] < closed:
                    out.append(self._text(data, begun, closed, stack) if state.inside == 2 else None)
                if (stop and closed >= stop) or found < 0 or (offsets and len(out) == len(offsets)):
                    keep = max(position, min(stop, closed) - 4) if stop else position
                    return Walked(out + [None] * (len(offsets) - len(out)), keep, state)
                position = begun = closed + len(_CLOSERS[state.inside])
        while True:
            position, begun = self._skip(
                data, position, begun, offsets[len(out)] if len(out) < len(offsets) else len(data), stop, stack
            )
            match = _TOKEN.search(data, position)
            first = match.start() if match else len(data)
            kind = match.lastindex or 0 if match else 0
            if stop and (match is None or match.end() > stop or (kind >= _UNCLOSED and first < stop)):
                return Walked(out, *self._cut(data, match, begun, position, stop, stack, window))
            while len(out) < len(offsets) and offsets[len(out)] < first:
                out.append(self._text(data, begun, first, stack))
            if match is None or (len(out) == len(offsets) and not stop):
                return Walked(out, position, XmlState(tuple(stack), 0, window.byte + begun))
            if kind >= _UNCLOSED:
                inner = self._text(data, match.end(), len(data), stack) if kind == _UNCLOSED + 1 else None
                out += [inner if offset >= match.end() else None for offset in offsets[len(out) :]]
                return Walked(out, first, XmlState(tuple(stack), 0, window.byte + begun))
            position = match.end()
            if len(out) < len(offsets) and offsets[len(out)] < position:
                spans = _Spans(self._in_token(match, stack, data))
                while len(out) < len(offsets) and offsets[len(out)] < position:
                    out.append(spans.at(offsets[len(out)]))
                if len(out) == len(offsets) and not stop:
                    return Walked(out, first, XmlState(tuple(stack), 0, window.byte + begun))
            self._enter(match, stack)
            begun = position

    def _skip(
        self, data: bytes, position: int, begun: int, want: int, stop: int, stack: list[tuple[bytes, bytes]]
    ) -> tuple[int, int]:
        """Pass the tokens that end before anything asked for; where to go on, and where the text there began."""
        end = min(want, stop) if stop else want
        for match in _TOKEN.finditer(data, position):
            after = match.end()
            kind = match.lastindex or 0
            if after > end or kind >= _UNCLOSED:
                break
            if kind == _CLOSING and stack and stack[-1][0] == match[_CLOSING]:
                stack.pop()
            elif kind == _END and len(stack) < _DEPTH:
                tag_end, tag_close = match.end(_OPENING), match.start(_END)
                if after - tag_close == 1:
                    stack.append((match[_OPENING], data[tag_end:tag_close][:_ATTRIBUTES_MAX]))
            else:
                self._enter(match, stack)
            position = begun = after
        return position, begun

    def _cut(
        self,
        data: bytes,
        match: re.Match[bytes] | None,
        begun: int,
        position: int,
        stop: int,
        stack: list[tuple[bytes, bytes]],
        window: Window,
    ) -> tuple[int, XmlState]:
        """Where to go on from when the next token ends beyond the cut, or there is none."""
        text = XmlState(tuple(stack), 0, window.byte + begun)
        if match is not None:
            if match.start() >= stop:
                return stop, text
            if stop - match.start() <= RESUME:
                return match.start(), text
            kind = match.lastindex or 0
            inside = kind - _UNCLOSED + 1 if kind >= _UNCLOSED else kind
            if inside in _CLOSERS:
                opened = match.end() if kind >= _UNCLOSED else match.start(inside)
                return max(opened, stop - 4), XmlState(tuple(stack), inside, window.byte + opened)
            return stop, text
        opened_tag = _UNFINISHED.search(data, max(position, stop - RESUME), stop)
        return (opened_tag.start() if opened_tag else stop), text

    def _enter(self, match: re.Match[bytes], stack: list[tuple[bytes, bytes]]) -> None:
        kind = match.lastindex
        if kind == _END:
            tag = match[_OPENING]
            if match[_END] == b"/>" or len(stack) >= _DEPTH:
                return
            stack.append(
                (tag, match.string[match.end(_OPENING) : min(match.start(_END), match.end(_OPENING) + _ATTRIBUTES_MAX)])
            )
        elif kind == _CLOSING:
            tag = match[_CLOSING]
            for depth in range(len(stack) - 1, max(-1, len(stack) - 64), -1):
                if stack[depth][0] == tag:
                    del stack[depth:]
                    return

    def _naming(self, tag: bytes, attributes: bytes) -> bytes:
        """The name that a `name`, `key` or `id` attribute gives an element; empty if there is none."""
        if not attributes.strip() or (self._html and tag.lower() not in _FORM):
            return b""
        values = {item[1].lower(): item[2] or item[3] or item[4] or b"" for item in _ATTRIBUTE.finditer(attributes)}
        return next((values[name] for name in _NAMING if values.get(name)), b"")

    def _in_token(
        self, match: re.Match[bytes], stack: list[tuple[bytes, bytes]], data: bytes
    ) -> list[tuple[int, int, Place]]:
        """Spans of a token and the place of each."""
        if match.lastindex == _CDATA:
            place = self._text(data, *match.span(_CDATA), stack)
            return [(*match.span(_CDATA), place)] if place else []
        if match.lastindex == _CLOSING:
            # What stands after a closing tag is not what its name speaks of.
            return [(*match.span(), Place(*match.span(_CLOSING), (), None, None, None, (match.end(), match.end())))]
        if match.lastindex != _END:
            return []
        tag = match[_OPENING]
        outer = self._names(stack)
        spans, held = [], None
        named: list[tuple[int, tuple[int, int]]] = []
        naming = self._naming(tag, data[match.end(_OPENING) : match.start(_END)])
        for item in _ATTRIBUTE.finditer(data, match.end(_OPENING), match.end()):
            group = next((index for index in (2, 3, 4) if item[index] is not None), 2)
            value = item.span(group)
            name = _text_of(item[1])
            if item[1].lower() in _HELD:
                held = value
            near = (_text_of(naming), name) if naming and item[1].lower() in _NAMED else (name,)
            names = (*near, *self._tag_names(tag), *outer)
            spans.append((*item.span(1), Place(*item.span(1), names, name, None, None, value)))
            if self._html and item[1].lower() in _ADDRESSES:
                spans += _address(data, *value, name)
            elif self._html and item[1].lower() in _LAYOUT:
                spans.append((*value, Place(*value, (), name, None, None, (value[1], value[1]))))
            if naming and item[1].lower() in _NAMING and data[slice(*value)] == naming:
                named.append((len(spans), value))
            spans.append((item.end(1), value[1] + 1, Place(*value, names, near[0])))
        after = data.find(b"<", match.end()) if match[_END] == b">" else match.end()
        governs = (match.end(), len(data) if after < 0 else after)
        for index, value in named:
            # `<entry key="password">` says of its text, or of its attribute `value`, what `<password>` does.
            names = (_text_of(naming), *spans[index][2].names)
            spans[index] = (*spans[index][:2], Place(*value, names, names[0], None, None, held or governs))
        own = self._tag_names(tag)
        if held is not None:
            # `<birthDate value="…"/>` says of the attribute what `<birthDate>…</birthDate>` says of its text.
            governs = held
        if own:
            spans.append(
                (*match.span(_OPENING), Place(*match.span(_OPENING), (*own, *outer), own[0], None, None, governs))
            )
        else:
            nothing = Place(*match.span(_OPENING), (), None, None, None, (match.end(), match.end()))
            spans.append((*match.span(), nothing))
        return spans

    def _text(self, data: bytes, start: int, end: int, stack: list[tuple[bytes, bytes]]) -> Place | None:
        names = self._names(stack)
        if not names:
            return None
        piece = data[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        return Place(start, max(start, end), names, names[0])

    def _names(self, stack: list[tuple[bytes, bytes]]) -> tuple[str, ...]:
        names: list[str] = []
        for tag, attributes in islice(reversed(stack), _NAMED_BY):
            if attributes and (naming := self._naming(tag, attributes)):
                names.append(_text_of(naming))
            names += self._tag_names(tag)
        return tuple(names)

    def _tag_names(self, tag: bytes) -> tuple[str, ...]:
        return () if self._html else (_text_of(tag),)


class Html(Xml):
    """Structure of an HTML document. Its elements are layout and no names: text is free, attributes are named.

    The view is of the markup alone; visible text comes decoded, tags as gaps, with the cells that a header or a label
    names as its values.
    """

    _html = True

    def __init__(self) -> None:
        super().__init__()
        self._visible = VisibleState()
        self._seen: tuple[Window, Seen] | None = None

    def view(self, window: Window) -> bytes:
        # Scripts have strings.
        return blank_text(_blanked(self._read(window).view))

    def decoded(self, window: Window) -> Iterator[Decoded]:
        seen = self._read(window)
        yield from seen.parts
        if b"&" in seen.view:
            markup = window._replace(data=seen.view)
            yield from decoded_values(markup, _REFERENCE, _text_bounds, _REFERENCE, _meaning)

    def places(self, window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        tags = self._read(window).tags
        out: list[Place | None] = []
        known = -1
        spans = _Spans([])
        for offset in offsets:
            at = bisect_right(tags, offset) - 1
            if at != known:
                token = _TOKEN.match(window.data, tags[at]) if at >= 0 else None
                spans = _Spans(self._in_token(token, [], window.data) if token else [])
                known = at
            out.append(spans.at(offset))
        return out

    def _read(self, window: Window) -> Seen:
        if self._seen is not None:
            before, seen = self._seen
            if before is window or (before.byte == window.byte and before.core_end == window.core_end):
                return seen
            follows = before.byte + before.core_end == window.byte + window.core_start
            self._visible = seen.state if follows else VisibleState(window.byte + window.core_start)
        seen = Reader(window, self._visible).read()
        self._seen = (window, seen)
        return seen


def _address(data: bytes, start: int, end: int, name: str) -> list[tuple[int, int, Place]]:
    """Spans of a URL: a parameter is named, nothing else of it says anything about another part."""
    spans = []
    for item in _PARAMETER.finditer(data, start, end):
        parameter = _text_of(item[1])
        names = (parameter, name)
        spans.append((*item.span(1), Place(*item.span(1), names, parameter, None, None, item.span(2))))
        spans.append((*item.span(2), Place(*item.span(2), names, parameter)))
    spans.append((start, end, Place(start, end, (), name, None, None, (end, end))))
    return spans


class _Spans:
    """Spans of one tag with the place of each: the first that holds an offset counts."""

    def __init__(self, spans: list[tuple[int, int, Place]]) -> None:
        self._spans = spans
        self._ordered: list[tuple[int, int, Place]] = []
        if len(spans) > _FEW:
            # The last one is that of the tag itself; all others follow each other, but for a few within a value.
            self._ordered = sorted(spans[:-1], key=itemgetter(0))

    def at(self, offset: int) -> Place | None:
        near = self._spans
        if self._ordered:
            after = bisect_right(self._ordered, offset, key=itemgetter(0))
            near = [*self._ordered[max(0, after - _FEW) : after], self._spans[-1]]
        return next((place for low, high, place in near if low <= offset < high), None)


@lru_cache(maxsize=1024)
def _text_of(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return html.unescape(text) if "&" in text else text


def _text_bounds(data: bytes, position: int) -> tuple[int, int]:
    """The text or attribute value around a reference: from `>` or a quote to `<` or a quote, on nearby lines."""
    low = max(0, position - RESUME)
    start = max(data.rfind(sign, low, position) for sign in (b">", b"<", b'"', b"'")) + 1
    edge = _EDGE.search(data, position)
    end = edge.start() if edge else len(data)
    piece = data[max(start, low) : end]
    return max(start, low) + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _blanked(data: bytes) -> bytes:
    """`data` with its references blanked out at equal length: their letters join no value beside them."""
    return _REFERENCE.sub(_at_its_end, data) if b"&" in data else data


def _at_its_end(match: re.Match[bytes]) -> bytes:
    return aligned(_meaning(match), len(match[0]))


@lru_cache(maxsize=1024)
def _referred(reference: bytes) -> bytes:
    return html.unescape(reference.decode()).encode("utf-8", "replace")


def _meaning(match: re.Match[bytes]) -> bytes:
    """A reference's character. Only the fixed names of HTML are known; a document's own entities stay as written."""
    return _referred(match[0])
