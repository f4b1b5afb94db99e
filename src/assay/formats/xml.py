"""XML 1.0 and HTML: tags and attributes as names, character references, CDATA. Nothing is ever resolved or fetched."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assay.formats.escapes import decoded_values
from assay.formats.resumable import RESUME, Resumable, Walked
from assay.formats.structure import Decoded, Place, Window

# 1 comment, 2 CDATA, 3 instruction, 4 declaration, 5 closing tag, 6 opening tag, 7 its end; text lies between tokens.
_NAME = rb"[A-Za-z_:\x80-\xff][^\s<>/=\"']*+"
_ATTRIBUTES = rb"(?:[^<>\"'/]|\"[^\"<]*+\"|'[^'<]*+'|/(?!>)|[\"'](?=[\s>/]))*+"
_TOKEN = re.compile(
    rb"<(?:!--(.*?)-->|!\[CDATA\[(.*?)\]\]>|\?(.*?)\?>|!(DOCTYPE(?:[^\[\]<>\"']|\"[^\"]*+\"|'[^']*+'|\[.*?\]\s*+(?=>))*+)>"
    rb"|/(" + _NAME + rb")\s*+>|(" + _NAME + rb")" + _ATTRIBUTES + rb"(/?>))",
    re.DOTALL | re.IGNORECASE,
)
_COMMENT, _CDATA, _INSTRUCTION, _DECLARATION, _CLOSING, _OPENING, _END = range(1, 8)
_ATTRIBUTE = re.compile(rb"([^\s<>/=\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_UNFINISHED = re.compile(rb"<(?:(!--)|(!\[CDATA\[)|(\?)|[A-Za-z_!/])")
_CLOSERS = {1: b"-->", 2: b"]]>", 3: b"?>"}
_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_EDGE = re.compile(rb"[<>\"']")
_DEPTH = 4096
_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
_RAW = frozenset((b"script", b"style"))
_NAMING = (b"name", b"key", b"id", b"property", b"field", b"itemprop")
_NAMED = frozenset((b"value", b"content", b"val", b"data", b"default", b"placeholder"))


class XmlState(NamedTuple):
    """Open elements from the root, each as its tag and, where it has one, the name that an attribute gives it.

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

    def decoded(self, window: Window) -> Iterator[Decoded]:
        self._show(window)
        if b"&" not in window.data:
            return iter(())
        return decoded_values(window, _REFERENCE, _text_bounds, _REFERENCE, _meaning)

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
            match = _TOKEN.search(data, position)
            first = match.start() if match else len(data)
            if stop and (match is None or match.end() > stop):
                return Walked(out, *self._cut(data, match, begun, position, stop, stack, window))
            while len(out) < len(offsets) and offsets[len(out)] < first:
                out.append(self._text(data, begun, first, stack))
            if match is None or (len(out) == len(offsets) and not stop):
                return Walked(out, position, XmlState(tuple(stack), 0, window.byte + begun))
            position = match.end()
            if len(out) < len(offsets) and offsets[len(out)] < position:
                places = self._in_token(match, stack, data)
                while len(out) < len(offsets) and offsets[len(out)] < position:
                    out.append(next((place for low, high, place in places if low <= offsets[len(out)] < high), None))
                if len(out) == len(offsets) and not stop:
                    return Walked(out, first, XmlState(tuple(stack), 0, window.byte + begun))
            self._enter(match, stack)
            if match.lastindex not in (_COMMENT, _INSTRUCTION, _CDATA):
                begun = position
            else:
                begun = position
            if self._html and match.lastindex == _END and match[_OPENING].lower() in _RAW:
                close = re.compile(rb"</" + match[_OPENING] + rb"\b", re.IGNORECASE).search(data, position)
                raw_end = close.start() if close else len(data)
                if stop and raw_end >= stop:
                    return Walked(out, stop, XmlState(tuple(stack), 0, window.byte + begun))
                while len(out) < len(offsets) and offsets[len(out)] < raw_end:
                    out.append(None)
                position = begun = raw_end

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
            if match.lastindex in _CLOSERS:
                return max(match.start(), stop - 4), XmlState(tuple(stack), match.lastindex, window.byte + match.start(match.lastindex))
            return stop, text
        opened = _UNFINISHED.search(data, position)
        if opened is None or opened.start() >= stop:
            return stop, text
        if stop - opened.start() <= RESUME:
            return opened.start(), text
        if opened.lastindex:
            return stop - 4, XmlState(tuple(stack), opened.lastindex, window.byte + opened.end())
        return stop, text

    def _enter(self, match: re.Match[bytes], stack: list[tuple[bytes, bytes]]) -> None:
        kind = match.lastindex
        if kind == _END:
            tag = match[_OPENING]
            if match[_END] == b"/>" or (self._html and tag.lower() in _VOID) or len(stack) >= _DEPTH:
                return
            stack.append((tag, self._naming(match)))
        elif kind == _CLOSING:
            tag = match[_CLOSING]
            for depth in range(len(stack) - 1, max(-1, len(stack) - 64), -1):
                if stack[depth][0] == tag or (self._html and stack[depth][0].lower() == tag.lower()):
                    del stack[depth:]
                    return

    def _naming(self, match: re.Match[bytes]) -> bytes:
        if match.end(_OPENING) + 2 >= match.end():
            return b""
        attributes = {item[1].lower(): item[2] or item[3] or item[4] or b"" for item in _ATTRIBUTE.finditer(match[0])}
        return next((attributes[name] for name in _NAMING if attributes.get(name)), b"")

    def _in_token(
        self, match: re.Match[bytes], stack: list[tuple[bytes, bytes]], data: bytes
    ) -> list[tuple[int, int, Place]]:
        """Spans of a token and the place of each."""
        if match.lastindex == _CDATA:
            place = self._text(data, *match.span(_CDATA), stack)
            return [(*match.span(_CDATA), place)] if place else []
        if match.lastindex != _END:
            return []
        tag = match[_OPENING]
        outer = self._names(stack)
        spans = []
        naming = self._naming(match)
        for item in _ATTRIBUTE.finditer(data, match.end(_OPENING), match.end()):
            group = next((index for index in (2, 3, 4) if item[index] is not None), 2)
            value = item.span(group)
            name = _text_of(item[1])
            near = (_text_of(naming), name) if naming and item[1].lower() in _NAMED else (name,)
            names = (*near, *self._tag_names(tag), *outer)
            spans.append((*item.span(1), Place(*item.span(1), names, name, None, None, value)))
            spans.append((item.end(1), value[1] + 1, Place(*value, names, near[0])))
        after = data.find(b"<", match.end())
        governs = (match.end(), len(data) if after < 0 else after) if match[_END] == b">" else (match.end(), match.end())
        own = self._tag_names(tag)
        if own:
            spans.append((*match.span(_OPENING), Place(*match.span(_OPENING), (*own, *outer), own[0], None, None, governs)))
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
        for tag, naming in reversed(stack):
            if naming:
                names.append(_text_of(naming))
            names.extend(self._tag_names(tag))
        return tuple(names)

    def _tag_names(self, tag: bytes) -> tuple[str, ...]:
        return (_text_of(tag),)


class Html(Xml):
    """Structure of an HTML document. Its elements are layout and no names: text is free, attributes are named."""

    _html = True

    def _naming(self, match: re.Match[bytes]) -> bytes:
        return super()._naming(match) if match[_OPENING].lower() in (b"input", b"meta", b"param", b"textarea", b"data") else b""

    def _text(self, data: bytes, start: int, end: int, stack: list[tuple[bytes, bytes]]) -> Place | None:
        return None

    def _names(self, stack: list[tuple[bytes, bytes]]) -> tuple[str, ...]:
        return ()

    def _tag_names(self, tag: bytes) -> tuple[str, ...]:
        return ()


def _text_of(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))


def _text_bounds(data: bytes, position: int) -> tuple[int, int]:
    """The text or attribute value around a reference: from `>` or a quote to `<` or a quote, on nearby lines."""
    low = max(0, position - RESUME)
    start = max(data.rfind(sign, low, position) for sign in (b">", b"<", b'"', b"'")) + 1
    edge = _EDGE.search(data, position)
    end = edge.start() if edge else len(data)
    piece = data[max(start, low) : end]
    return max(start, low) + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _meaning(match: re.Match[bytes]) -> bytes:
    """A character reference's character. Only the fixed names of HTML are known; a document's own entities stay as written."""
    return html.unescape(match[0].decode()).encode("utf-8", "replace")
