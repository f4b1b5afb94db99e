"""Cells of a workbook of OpenDocument (OASIS ODF 1.3, part 3, chapter 9) masked: a masked cell is text, and has no formula.

What is kept of the results of other formulas stays, unless a value stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from assay.errors import ReadError
from assay.scanning.covers import STARS
from assay.scanning.masked import ShownOf
from assay.scanning.maskedsheets import SheetMask
from assay.scanning.maskedvalues import Values
from assay.scanning.maskedxml import decoded, mask_text_of_xml, unescaped

_TAG = re.compile(r"<(/?)(table:(?:table-row|table-cell|covered-table-cell|table))((?:\s[^>]*?)?)(/?)>")
_NAME = re.compile(r"""\stable:name=("[^"]*"|'[^']*')""")
_REPEATED = re.compile(r"""\stable:number-(?:rows|columns)-repeated=["'](\d{1,7})["']""")
_HELD = re.compile(
    r"""\s(?:office:(?:value|date-value|time-value|boolean-value|string-value|currency|value-type)|calcext:value-type"""
    r"""|table:formula)=("[^"]*"|'[^']*')"""
)
_VALUE = re.compile(r"""\soffice:(?:value|date-value|time-value|boolean-value|string-value)=("[^"]*"|'[^']*')""")
_NOTE = re.compile(r"<office:annotation\b.*?</office:annotation>", re.DOTALL)
_PARAGRAPH = re.compile(r"<text:p\b[^>]*?(?:/>|>(.*?)</text:p>)", re.DOTALL)
_ANY_TAG = re.compile(r"<[^>]*>")
_WIDEST = 16_384
_BY_ITS_TEXT = ("", False)


def mask_open_sheets(
    data: bytes, part: str, masks: Mapping[str, SheetMask], values: Values, *, shown: ShownOf
) -> bytes:
    """The content of a workbook with its cells masked. Raises `ReadError`."""
    text, codec = decoded(data)
    cells = _Cells(text, masks, values, shown)
    masked = "".join(cells.written())
    if set(masks) - cells.seen:
        raise ReadError("not copied", "has a sheet that cannot be told from others")
    return mask_text_of_xml(masked, values, part).encode(codec, "xmlcharrefreplace")


class _Cells:
    def __init__(self, text: str, masks: Mapping[str, SheetMask], values: Values, shown: ShownOf) -> None:
        self._text = text
        self._masks = masks
        self._values = values
        self._shown = shown
        self._mask = SheetMask()
        self._row = self._column = 0
        self._repeated = 1
        self.seen: set[str] = set()

    def written(self) -> Iterator[str]:
        """The text, piece by piece."""
        at = depth = 0
        cell: re.Match[str] | None = None
        for tag in _TAG.finditer(self._text):
            closes, name, attributes, alone = tag.groups()
            if name == "table:table":
                # A table within a cell belongs to that cell.
                depth += -1 if closes else 0 if alone else 1
                if depth == 1 and not closes:
                    self._begin(attributes)
            elif depth != 1:
                continue
            elif name == "table:table-row":
                if not closes:
                    told = _REPEATED.search(attributes)
                    self._repeated = int(told[1]) if told else 1
                    self._column = 0
                if closes or alone:
                    self._row += self._repeated
            elif not closes:
                yield self._text[at : tag.start()]
                at = tag.start()
                if alone:
                    self._column += _times(attributes)
                else:
                    cell = tag
            elif cell is not None:
                yield from self._cell(cell, self._text[cell.end() : tag.start()], self._text[at : tag.end()])
                at, cell = tag.end(), None
        yield self._text[at:]

    def _begin(self, attributes: str) -> None:
        told = _NAME.search(attributes)
        name = unescaped(told[1][1:-1]) if told else ""
        self._mask = self._masks.get(name, SheetMask())
        self.seen.add(name)
        self._row, self._column = 1, 0

    def _cell(self, tag: re.Match[str], inner: str, raw: str) -> Iterator[str]:
        times, column = _times(tag[3]), self._column
        self._column += times
        notes = "".join(_NOTE.findall(inner))
        paragraphs = _PARAGRAPH.findall(_NOTE.sub("", inner))
        value = "\n".join(unescaped(_ANY_TAG.sub("", each)) for each in paragraphs)
        held = _VALUE.search(tag[3])
        if not value.strip() and held is not None:
            value = unescaped(held[1][1:-1])
        if not value.strip() or times > _WIDEST:
            yield raw
            return
        rows = range(self._row, self._row + min(self._repeated, _WIDEST))
        masked = [self._of(rows, column + each) for each in range(times)]
        if held is not None and not any(masked) and self._values.find(value):
            # Its text shows what its value does not say: a program would make it anew from the value and its format.
            masked = [_BY_ITS_TEXT] * times
        if not any(masked):
            yield raw
            return
        attributes = _REPEATED.sub("", tag[3])
        for each in masked:
            if each is None:
                yield f"<{tag[2]}{attributes}>{inner}</{tag[2]}>"
            else:
                said = "".join(f"<text:p>{escape(line)}</text:p>" for line in self._said(each, value).split("\n"))
                plain = _HELD.sub("", attributes)
                kind = ' office:value-type="string"'
                if "calcext:" in attributes:
                    kind += ' calcext:value-type="string"'
                yield f"<{tag[2]}{plain}{kind}>{notes}{said}</{tag[2]}>"

    def _of(self, rows: range, column: int) -> tuple[str, bool] | None:
        """What masks the cell; rows that are repeated are alike, so that what masks one of them masks all."""
        if self._mask.columns or len(rows) == 1:
            found = next(filter(None, (self._mask.of(row, column) for row in (rows[0], rows[-1]))), None)
            if found is not None:
                return found
        return (
            next(filter(None, (self._mask.cells.get((row, column)) for row in rows)), None)
            if self._mask.cells
            else None
        )

    def _said(self, masked: tuple[str, bool], value: str) -> str:
        identifier, is_whole = masked
        if not is_whole and self._values.find(value):
            return self._values.masked(value)
        return self._shown(identifier, value) or STARS


def _times(attributes: str) -> int:
    told = _REPEATED.search(attributes)
    return max(1, int(told[1])) if told else 1
