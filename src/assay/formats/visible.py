"""Visible text of HTML: tags as gaps, and the header cells and labels that stand beside values.

Elements: https://html.spec.whatwg.org/multipage/tables.html, https://html.spec.whatwg.org/multipage/forms.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import NamedTuple

from assay.formats.flow import LINE, SAME_NUMBER, SAME_WORD, SPACE, Flow
from assay.formats.resumable import RESUME
from assay.formats.structure import Decoded, Window

# 1 closing slash, 2 tag, 3 attributes; 4 comment, declaration or instruction.
_ELEMENT = rb"<(?:(/?)([A-Za-z][^\s<>/=\"']*+)([^<>\"']*+(?>(?:\"[^\"<]*+\"|'[^'<]*+'|[\"'](?=[\s>/]))[^<>\"']*+)*+)>"
_TAG = re.compile(_ELEMENT + rb"|(!--.*?-->|[!?][^<>]*+>))", re.DOTALL)
# Where no comment ends any more: 4 is the beginning of one, which all that follows belongs to.
_TAG_ALONE = re.compile(_ELEMENT + rb"|(!--(?!-?>))|[!?][^<>]*+>)", re.DOTALL)
_UNFINISHED = re.compile(rb"<[A-Za-z/!?]")
_CONTROL_VALUE = re.compile(rb"[\s\"']value\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE)
_HIDDEN_CONTROL = re.compile(rb"\btype\s*=\s*[\"']?(?:submit|button|reset|image|checkbox|radio)", re.IGNORECASE)
_COLSPAN = re.compile(rb"\bcolspan\s*=\s*[\"']?([0-9]{1,3})", re.IGNORECASE)
_BLANKED = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))
_INLINE = frozenset(b"a abbr acronym bdi bdo cite code del dfn ins kbd q samp sub sup tt var".split())
# How letters look, and where a word may be broken: nothing that parts the value that they lie in.
_LOOKS = frozenset(b"b big em font i mark s small strike strong u wbr".split())
_BLOCKS = (
    b"article aside blockquote body br button center col colgroup details dialog div fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    b"head header hgroup hr html img legend li link main menu meta nav ol p path section select summary svg tbody tfoot thead title ul"
).split()
# What most tags come to, by their names as they are mostly written; comments have none.
_SIGNS: dict[bytes | None, int] = {
    None: SPACE,
    **dict.fromkeys(_INLINE, SPACE),
    **dict.fromkeys(_LOOKS, SAME_WORD),
    b"span": SAME_NUMBER,
    **dict.fromkeys(_BLOCKS, LINE),
}
_RAW = frozenset((b"script", b"style"))
_CELLS = frozenset((b"td", b"th"))
_NAMING = frozenset((b"label", b"dt"))
_STRUCTURE = frozenset((b"table", b"tr", b"td", b"th", b"label", b"dt", b"dd", b"dl", b"input", b"option"))
_LABEL = 48
_CLOSER = 16
_DEPTH = 64


class Table(NamedTuple):
    """An open table: its `header`, if it has one, and the row and cell that are open."""

    header: tuple[str, ...] = ()
    strict: bool = False
    rows: int = 0
    column: int = -1
    heads: tuple[str, ...] | None = ()
    only_th: bool = True


class VisibleState(NamedTuple):
    """Where to go on, in bytes of the decoded file, and what is open there; `tail` is the text just before, with offsets."""

    at: int = 0
    tables: tuple[Table, ...] = ()
    raw: bytes = b""
    label: str = ""
    source: bytes = b""
    opened: bytes = b""
    lines: bool = False
    tail: tuple[tuple[int, bytes], ...] = ()


class Seen(NamedTuple):
    """A window's markup alone (its text blanked out) and where its tags begin, its visible text, what is open at its end."""

    view: bytes
    tags: list[int]
    parts: list[Decoded]
    state: VisibleState


class Reader:
    """Reads the tags of one window."""

    def __init__(self, window: Window, state: VisibleState) -> None:
        self._window = window
        self._data = window.data
        self._tables = list(state.tables)
        self._raw = state.raw
        self._label = state.label
        self._source = state.source
        self._opened = state.opened
        self._flow = Flow([(raw - window.byte, piece) for raw, piece in state.tail])
        self._flow.lines = state.lines
        self._parts: list[Decoded] = []
        # Where the open cell or label begins in the text, and in the data; none at a window's start.
        self._from: tuple[int, int] | None = None
        self._first = max(0, state.at - window.byte)
        # Where texts begin and end, which the view does not show.
        self._begins: list[int] = []
        self._ends: list[int] = []

    def read(self) -> Seen:
        """All of the window."""
        data, core_end = self._data, self._window.core_end
        position = self._first
        kept: VisibleState | None = None
        tags: list[int] = []
        # No comment ends after the last `-->`: to look for an end from each beginning would take quadratic time.
        closed = data.rfind(b"-->") + 3
        if position <= self._window.core_start and not self._raw and position:
            self._begins.append(0)
            self._ends.append(position)
        found: Iterator[re.Match[bytes]] | None = None
        commented = False
        while position < len(data):
            if self._raw:
                begun, position = position, self._leave(position)
                if self._raw and kept is None:
                    # What ends it may lie across the window's end.
                    kept = self._state(max(begun, position - _CLOSER))
                found = None
                continue
            if found is None:
                found = (
                    _TAG.finditer(data, position, closed) if position < closed else _TAG_ALONE.finditer(data, position)
                )
                commented = position < closed
            position, tag = self._plain(found, position, core_end if kept is None else len(data), tags)
            if tag is None and commented:
                closed, found = 0, None
                continue
            first, end = tag.span() if tag is not None else (len(data), len(data))
            if first > position:
                if tag is None and (open_tag := _UNFINISHED.search(data, position)) is not None:
                    first = open_tag.start()
                if kept is None and first > core_end:
                    kept = self._state(max(position, core_end - RESUME))
                self._text(position, first)
            if tag is None:
                if first < len(data):
                    self._raw = b">"
                    kept = kept or self._state(len(data))
                break
            tags.append(first)
            position = end
            if kept is None and position > core_end:
                kept = self._state(first if core_end - first <= RESUME else position)
                if tag[2] is not None and tag[2].lower() in _RAW and kept.at != self._window.byte + first:
                    kept = kept._replace(raw=tag[2].lower())
            name = tag[2]
            sign = _SIGNS.get(name)
            if sign is not None:
                self._flow.gap(sign)
                if name is not None or tag.re is _TAG or tag[4] is None:
                    continue
                self._raw = b"--"
            else:
                self._tag(tag)
            if self._raw and kept is None:
                raw, end = self._raw, self._leave(position)
                if end > core_end:
                    kept = self._state(position)._replace(raw=raw)
                position, found = end, None
        view = self._blanked()
        self._break()
        return Seen(view, tags, self._parts, kept or self._state(len(data)))

    def _plain(
        self, found: Iterator[re.Match[bytes]], position: int, stop: int, tags: list[int]
    ) -> tuple[int, re.Match[bytes] | None]:
        """Takes the texts and tags that follow, as far as tags only part texts and end before `stop`: most of a document.

        Where it got to, and the first tag that is more than that; `None` after the last one.
        """
        if self._label and self._source == b"label" and self._opened == b"":
            # The text that comes next is the label's value.
            return position, next(found, None)
        return self._flow.parted(self._data, position, stop, found, _SIGNS, tags, self._begins, self._ends)

    def _leave(self, position: int) -> int:
        """The end of a script, comment or tag that the position lies in."""
        if self._raw in (b"--", b">"):
            found = self._data.find(b"-->" if self._raw == b"--" else b">", position)
            end = found + (3 if self._raw == b"--" else 1)
        else:
            close = re.compile(b"</" + self._raw + rb"\b", re.IGNORECASE).search(self._data, position)
            found = end = close.start() if close else -1
        if found < 0:
            return len(self._data)
        self._raw = b""
        return end

    def _state(self, position: int) -> VisibleState:
        byte = self._window.byte
        tail = tuple((byte + raw, piece) for raw, piece in self._flow.tail(position))
        return VisibleState(
            byte + position,
            tuple(self._tables),
            self._raw,
            self._label,
            self._source,
            self._opened,
            self._flow.lines,
            tail,
        )

    def _blanked(self) -> bytes:
        data, begins, ends = self._data, self._begins, self._ends
        blank = data.translate(_BLANKED)
        markup = map(data.__getitem__, map(slice, [0, *ends], [*begins, len(data)]))
        texts = map(blank.__getitem__, map(slice, begins, ends))
        return b"".join(chain.from_iterable(zip_longest(markup, texts, fillvalue=b"")))

    def _break(self) -> None:
        """What follows has nothing to do with the text before."""
        if self._flow.starts:
            self._parts.append(self._flow.decoded())
        lines = self._flow.lines
        self._flow = Flow()
        self._flow.lines = lines
        self._from = None

    def _text(self, start: int, end: int) -> None:
        flow = self._flow
        before = len(flow.text)
        if not flow.write(self._data, start, end):
            return
        self._begins.append(start)
        self._ends.append(end)
        if self._label and self._source == b"label" and self._opened == b"" and len(flow.text) > before:
            flow.name(before, start, (self._label,), self._label)
            self._label = ""

    def _tag(self, tag: re.Match[bytes]) -> None:
        name = tag[2].lower()
        sign = _SIGNS.get(name, LINE)
        self._flow.gap(sign)
        if name in _STRUCTURE:
            if tag[1]:
                self._close(name)
            else:
                self._open(name, tag)
        elif name == b"pre":
            self._flow.lines = not tag[1]
        elif name in _RAW and not tag[1]:
            self._raw = name

    def _open(self, name: bytes, tag: re.Match[bytes]) -> None:
        if name == b"input":
            self._control(tag)
            return
        if name in _CELLS or name == b"tr":
            self._end_cell()
        if name == b"table":
            self._opened = b""
            self._label = ""
            if len(self._tables) < _DEPTH:
                self._tables.append(Table())
        elif name == b"tr":
            self._end_row()
        elif name in _CELLS:
            if self._tables:
                table = self._tables[-1]
                span = _COLSPAN.search(tag[3]) if tag[3] else None
                heads = table.heads if span is None else None
                self._tables[-1] = table._replace(
                    column=table.column + 1, heads=heads, only_th=table.only_th and name == b"th"
                )
            self._begin(name, tag.end())
        elif name in _NAMING or name == b"dd":
            self._end_cell()
            self._begin(name, tag.end())

    def _begin(self, name: bytes, position: int) -> None:
        self._opened = name
        self._from = (len(self._flow.text), position)

    def _close(self, name: bytes) -> None:
        if name == self._opened or name in (b"tr", b"table", b"dl"):
            self._end_cell()
        if name in (b"tr", b"table"):
            self._end_row()
        if name == b"table" and self._tables:
            self._tables.pop()
        if name in (b"tr", b"table", b"dl"):
            self._label = ""

    def _end_cell(self) -> None:
        """A cell, label or description ends: it is named by what stands before or above it, and may name the next."""
        name, begun = self._opened, self._from
        self._opened, self._from = b"", None
        if not name or begun is None:
            return
        text = self._caption(begun[0])
        table = self._tables[-1] if self._tables and name in _CELLS else None
        names: list[str] = []
        field = None
        if table is not None:
            if table.header:
                if table.column < len(table.header) and table.header[table.column]:
                    names.append(table.header[table.column])
                    field = names[0] if table.strict else None
            elif table.heads is not None:
                self._tables[-1] = table._replace(heads=(*table.heads, text))
        beside = self._source == b"dt" if name == b"dd" else self._source in _CELLS and name == b"td"
        if self._label and beside and not (table is not None and table.strict):
            names.append(self._label)
            field = field or (self._label if name == b"dd" else None)
        if names:
            self._flow.name(begun[0], begun[1], tuple(names), field)
        if name != b"dd":
            self._label, self._source = text, name

    def _end_row(self) -> None:
        if not self._tables:
            return
        table = self._tables[-1]
        if table.column >= 0:
            rows = table.rows + 1
            heads = table.heads or ()
            captions = (
                rows == 1 and len(heads) > 1 and (table.only_th or not any(_DIGITS.search(head) for head in heads))
            )
            if captions and (table.only_th or all(heads)):
                table = table._replace(header=heads, strict=table.only_th)
                if table.strict:
                    self._break()
            table = table._replace(rows=rows)
        self._label = ""
        self._tables[-1] = table._replace(column=-1, heads=(), only_th=True)

    def _caption(self, start: int) -> str:
        """The text from `start` on as a name; empty where it is too long for one."""
        text = bytes(self._flow.text[start:]).decode("utf-8", "replace").strip(" \t\r\n:*")
        return " ".join(text.split()) if len(text) <= _LABEL else ""

    def _control(self, tag: re.Match[bytes]) -> None:
        """A form's field: its value is visible text, named by its label."""
        value = _CONTROL_VALUE.search(tag[3])
        if value is None or _HIDDEN_CONTROL.search(tag[3]):
            return
        flow = self._flow
        label = self._label if self._source == b"label" else ""
        if self._from is not None:
            label = self._caption(self._from[0])
        start, end = (tag.start(3) + offset for offset in value.span(value.lastindex or 1))
        before = len(flow.text)
        flow.write(self._data, start, end)
        if label and len(flow.text) > before:
            flow.name(before, start, (label,), label)
            # The label has its value: what it stands in names nothing else, and is not named again.
            self._opened, self._from = b"", None
            if self._tables:
                self._tables[-1] = self._tables[-1]._replace(heads=None)
        flow.gap(LINE)
        if self._source == b"label":
            self._label = ""


_DIGITS = re.compile(r"[0-9]")
