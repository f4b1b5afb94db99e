"""XML with values masked: in texts, however tags part them, and in attributes; every other character stays.

A text that is tracked as deleted or inserted, and what a reader leaves out, is looked at with and without it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from assay.errors import ReadError
from assay.scanning.maskedvalues import Span, Values

_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL,
)
_NAME = re.compile(r"</?\s*(?:[\w.-]+:)?([\w.-]+)")
_ATTRIBUTE = re.compile(r"""(=\s*)("[^"]*"|'[^']*')""")
_ENTITY = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_DECLARED = re.compile(r"""^<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']""")
# What ends a line of text: names of elements in all formats, without their prefix.
_BLOCKS = frozenset(
    [
        "p", "h", "tc", "tr", "si", "comment", "br", "cr", "tab", "line-break", "table-cell", "table-row",
        "covered-table-cell", "note", "annotation", "text", "title", "desc", "creator", "c", "v", "row", "f",
        "is", "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter",
        "definedName", "div", "li", "dt", "dd", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "option", "hr",
    ]
)  # fmt: skip
_GONE = frozenset({"del", "moveFrom"})
_NEW = frozenset({"ins", "moveTo"})
_ASIDE = frozenset({"instrText", "Fallback", "note-citation", "ruby-text", "rPh", "page-number", "date-time"})
_SHOWN_AS = {"noBreakHyphen": "-"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Where white space at either end only counts where that is said.
_SPACED = re.compile(r"<(?:(?:w:|x:)?t|w:delText|w:instrText)(?:\s[^>]*)?(?<!/)>")
_SHIFT = {"gone": 1, "new": 2, "aside": 4}


def decoded(data: bytes) -> tuple[str, str]:
    """The text of a part, and the codec it is written in. Raises `ReadError`."""
    codec = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    if codec is None:
        told = _DECLARED.match(data[:200].decode("latin-1"))
        codec = told[1] if told else "utf-8"
    try:
        return data.decode(codec), codec
    except (UnicodeDecodeError, LookupError):
        raise ReadError("not copied", "a part of it is not written in the encoding that it names") from None


def looks_like_xml(data: bytes) -> bool:
    """Whether a part is XML rather than anything else."""
    head = data[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
    return head.startswith(b"<") and not head.lower().startswith((b"<!doctype html", b"<html"))


def mask_xml(data: bytes, values: Values, part: str, *, lines: bool = False) -> bytes:
    """The part with values masked. With `lines` every element is a line of its own. Raises `ReadError`."""
    text, codec = decoded(data)
    masked = mask_text_of_xml(text, values, part, lines=lines)
    return data if masked is text else masked.encode(codec, "xmlcharrefreplace")


def mask_text_of_xml(text: str, values: Values, part: str, *, lines: bool = False) -> str:
    """The same of XML that was decoded, whole or a piece of it."""
    tokens = list(_tokens(text))
    changed = False
    for number, token in enumerate(tokens):
        if token.is_tag:
            attributes = _mask_attributes(token.raw, values)
            if attributes != token.raw:
                tokens[number] = _Token(attributes, True, token.state)
                changed = True
    pieces = _Pieces(tokens, lines=lines)
    found = pieces.find(values, part)
    if found:
        pieces.mask(found)
        changed = True
    return "".join(pieces.written()) if changed else text


@dataclass(slots=True)
class _Token:
    raw: str
    is_tag: bool
    state: int = 0


def _tokens(text: str) -> Iterator[_Token]:
    """Tags and texts, each text with whether it is deleted, new, or left out."""
    at = 0
    depth = {"gone": 0, "new": 0, "aside": 0}
    for match in _TOKEN.finditer(text):
        state = sum(_SHIFT[key] for key, count in depth.items() if count)
        if match.start() > at:
            yield _Token(text[at : match.start()], False, state)
        at = match.end()
        raw = match[0]
        if raw.startswith("<![CDATA["):
            yield _Token(escape(raw[9:-3]), False, state)
            continue
        name = _NAME.match(raw)
        if name is not None:
            for key, names in (("gone", _GONE), ("new", _NEW), ("aside", _ASIDE)):
                if name[1] in names:
                    if raw.startswith("</"):
                        depth[key] = max(0, depth[key] - 1)
                    elif not raw.endswith("/>"):
                        depth[key] += 1
        yield _Token(raw, True, state)
    if at < len(text):
        yield _Token(text[at:], False)


def unescaped(raw: str) -> str:
    """Text of XML as it is meant."""
    if "&" not in raw:
        return raw

    def meant(match: re.Match[str]) -> str:
        hexadecimal, decimal, name = match.groups()
        if name:
            return _NAMED[name]
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ENTITY.sub(meant, raw)


def _mask_attributes(tag: str, values: Values) -> str:
    if tag.startswith(("<!--", "<?")):
        inner = values.find(tag)
        for span in reversed(inner):
            tag = tag[: span.start] + "*" * (span.end - span.start) + tag[span.end :]
        return tag
    if "=" not in tag:
        return tag

    def masked(match: re.Match[str]) -> str:
        quote = match[2][0]
        value = unescaped(match[2][1:-1])
        found = values.find(value)
        if not found:
            return match[0]
        # Where only a number may stand, a number does.
        star = "0" if value.strip().lstrip("-").replace(".", "").isdigit() else "*"
        for span in reversed(found):
            hidden = "".join(star if char.isalnum() else char for char in value[span.start : span.end])
            value = value[: span.start] + hidden + value[span.end :]
        return match[1] + quote + escape(value, {'"': "&quot;", "'": "&apos;"}) + quote

    return _ATTRIBUTE.sub(masked, tag)


class _Pieces:
    """The texts of a part as one text, in which each character knows where it stands."""

    def __init__(self, tokens: list[_Token], *, lines: bool) -> None:
        self._tokens = tokens
        self._texts: dict[int, str] = {}
        self._edits: dict[int, list[Span]] = {}
        # Stretches of the whole text: token (-1: one that is not there), text, state.
        self._parts: list[tuple[int, str, int]] = []
        for number, token in enumerate(tokens):
            if not token.is_tag:
                text = self._texts[number] = unescaped(token.raw)
                self._parts.append((number, text, token.state))
                continue
            name = _NAME.match(token.raw)
            if name is None:
                continue
            if (shown := _SHOWN_AS.get(name[1])) is not None:
                self._parts.append((-1, shown, token.state))
            elif lines or name[1] in _BLOCKS:
                self._parts.append((-1, "\n", token.state))

    def find(self, values: Values, part: str) -> dict[int, list[Span]]:
        """Where values stand, by token."""
        found: dict[int, list[Span]] = {}
        states = {state for _, text, state in self._parts if text.strip()}
        views = {0, *(1 << bit for bit in range(3) if any(state & 1 << bit for state in states))}
        if len(views) > 2:
            views.add(7 & ~2)
            views.add(7 & ~1)
        for without in views:
            shown = [each for each in self._parts if not each[2] & without]
            spans = values.find("".join(text for _, text, _ in shown), part)
            for number, span in _spread(shown, spans):
                found.setdefault(number, []).append(span)
        return found

    def mask(self, found: dict[int, list[Span]]) -> None:
        """Takes them out."""
        for number, spans in found.items():
            text = self._texts[number]
            covered: list[Span] = []
            for span in sorted(spans, key=lambda each: (each.start, -each.end, not each.shown)):
                if covered and span.start < covered[-1].end:
                    last = covered[-1]
                    covered[-1] = Span(last.start, max(last.end, span.end), last.shown or span.shown)
                else:
                    covered.append(span)
            for span in reversed(covered):
                text = text[: span.start] + span.shown + text[span.end :]
            self._tokens[number] = _Token(escape(text), False)
            before = self._tokens[number - 1] if number else None
            if (
                before is not None
                and text != text.strip()
                and _SPACED.match(before.raw)
                and "xml:space" not in before.raw
            ):
                before.raw = f'{before.raw[:-1]} xml:space="preserve">'

    def written(self) -> Iterator[str]:
        for token in self._tokens:
            yield token.raw


def _spread(shown: list[tuple[int, str, int]], spans: list[Span]) -> Iterator[tuple[int, Span]]:
    """What each token has of the spans; the first one shows what stands for the value."""
    index = at = 0
    for span in spans:
        while index < len(shown) and at + len(shown[index][1]) <= span.start:
            at += len(shown[index][1])
            index += 1
        says = span.shown
        each, begin = index, at
        while each < len(shown) and begin < span.end:
            number, text, _ = shown[each]
            low, high = max(0, span.start - begin), min(len(text), span.end - begin)
            # Line ends and indents between the parts of a value stay.
            if number >= 0 and high > low and text[low:high].strip():
                yield number, Span(low, high, says)
                says = ""
            begin += len(text)
            each += 1
