"""Cells of a workbook (ECMA-376 part 1, SpreadsheetML) masked: a masked cell holds its text itself, formulas stay unless they
would calculate a masked value anew, and what a workbook keeps of cells elsewhere (results of formulas, shared strings, caches
of pivot tables and charts) goes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from assay.errors import ReadError
from assay.formats.cellformats import CellFormats
from assay.scanning.covers import STARS
from assay.scanning.masked import ShownOf
from assay.scanning.maskedformulas import FORMULA, Formulas
from assay.scanning.maskedvalues import Values
from assay.scanning.maskedxml import decoded, mask_text_of_xml, unescaped

SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
STRINGS = "xl/sharedStrings.xml"
BOOK = "xl/workbook.xml"
CHAIN = "xl/calcChain.xml"
CACHES = re.compile(r"xl/pivotCache/[^/]+\.xml")
CHARTS = re.compile(r"(?:xl|word|ppt)/(?:charts|chartsheets)/[^/]+\.xml")

_DATA = re.compile(r"<(?:\w+:)?sheetData(?:\s[^>]*)?>(.*)</(?:\w+:)?sheetData>", re.DOTALL)
_ROW_OR_CELL = re.compile(
    r"<(?P<prefix>\w+:)?(?:row(?P<row>(?:\s[^>]*?)?)/?>|c(?P<cell>(?:\s[^>]*?)?)(?:/>|>(?P<inner>.*?)</(?:\w+:)?c>))",
    re.DOTALL,
)
_REFERENCE = re.compile(r"""\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
_TYPE = re.compile(r"""\s+t\s*=\s*["'](\w+)["']""")
_VALUE = re.compile(r"<(?:\w+:)?v(?:\s[^>]*)?>(.*?)</(?:\w+:)?v>", re.DOTALL)
_TEXT = re.compile(r"<(?:\w+:)?t(?:\s[^>]*)?>(.*?)</(?:\w+:)?t>", re.DOTALL)
_ITEM = re.compile(r"<((?:\w+:)?si)(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_PHONETIC = re.compile(r"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>|<(?:\w+:)?phoneticPr\b[^>]*/>", re.DOTALL)
_CALCULATE = re.compile(r"<((?:\w+:)?calcPr)\b([^>]*?)(/?)>")
_CACHED = re.compile(r"""(<(?:\w+:)?([snd])\b[^>]*?\bv=)("[^"]*"|'[^']*')""")
_BOUNDS = re.compile(r"""\b(minValue|maxValue|minDate|maxDate)=("[^"]*"|'[^']*')""")
_CHARTED = re.compile(r"(<(?:\w+:)?v>)([^<]*)(</(?:\w+:)?v>)")


@dataclass(slots=True, kw_only=True)
class SheetMask:
    """What is masked of one sheet: by row (from 1) and column (from 0), and whole columns from a row on.

    `formats` tells which numbers are shown as codes. Of a cell it is the identifier, and whether all of the cell is masked, even where a known value stands in it.
    """

    cells: Mapping[tuple[int, int], tuple[str, bool]] = field(default_factory=dict)
    columns: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    formats: CellFormats | None = None

    def of(self, row: int, column: int) -> tuple[str, bool] | None:
        """The identifier that the cell is masked as, and whether all of it is."""
        if column in self.columns:
            first, identifier = self.columns[column]
            if row >= first:
                return identifier, True
        return self.cells.get((row, column))


@dataclass(slots=True)
class Strings:
    """Strings that cells share: as they are meant, and which ones a cell still shows that is not masked."""

    texts: list[str] = field(default_factory=list)
    needed: set[int] = field(default_factory=set)


def shared(data: bytes) -> Strings:
    """The strings of a workbook."""
    text, _ = decoded(data)
    return Strings([_said(match[2] or "") for match in _ITEM.finditer(text)])


def _said(inner: str) -> str:
    return unescaped("".join(_TEXT.findall(_PHONETIC.sub("", inner))))


def mask_strings(data: bytes, needed: Collection[int], values: Values) -> bytes:
    """The strings, of which those that no cell shows any more are empty."""
    text, codec = decoded(data)
    number = -1

    def masked(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        if number not in needed:
            prefix = match[1][:-2]
            return f"<{prefix}si><{prefix}t></{prefix}t></{prefix}si>"
        whole = match[0]
        if values.is_in(_said(match[2] or "")):
            whole = _PHONETIC.sub("", whole)
        return whole

    kept = _ITEM.sub(masked, text)
    return mask_text_of_xml(kept, values, STRINGS).encode(codec, "xmlcharrefreplace")


def mask_sheet(data: bytes, part: str, mask: SheetMask, strings: Strings, values: Values, *, shown: ShownOf) -> bytes:
    """A sheet with its cells masked. Which strings its other cells show is added to `strings.needed`."""
    text, codec = decoded(data)
    body = _DATA.search(text)
    if body is None:
        return mask_text_of_xml(text, values, part).encode(codec, "xmlcharrefreplace")
    cells = _Cells(mask, strings, values, shown)
    cells.learn(body[1])
    before, after = text[: body.start(1)], text[body.end(1) :]
    kept = (
        mask_text_of_xml(before, values, part),
        _ROW_OR_CELL.sub(cells.written, body[1]),
        mask_text_of_xml(after, values, part),
    )
    return "".join(kept).encode(codec, "xmlcharrefreplace")


class _Cells:
    def __init__(self, mask: SheetMask, strings: Strings, values: Values, shown: ShownOf) -> None:
        self._mask = mask
        self._strings = strings
        self._values = values
        self._shown = shown
        self._row = 0
        self._column = -1
        self._formulas = Formulas(lambda row, column: mask.of(row, column) is not None)

    def learn(self, body: str) -> None:
        """Takes in formulas that cells share with others, before any cell is written."""
        for match in _ROW_OR_CELL.finditer(body) if "shared" in body else ():
            inner = self._enter(match)
            formula = FORMULA.search(inner) if "shared" in inner else None
            if formula is not None:
                self._formulas.learn(formula, self._row, self._column)
        self._row, self._column = 0, -1

    def written(self, match: re.Match[str]) -> str:
        inner = self._enter(match)
        return self._cell(match[0], match["prefix"] or "", match["cell"], inner) if inner else match[0]

    def _enter(self, match: re.Match[str]) -> str:
        """Goes on to a row or a cell, and tells what the cell holds."""
        attributes = match["cell"]
        if attributes is None:
            told = _REFERENCE.search(match["row"] or "")
            self._row = int(told[2]) if told else self._row + 1
            self._column = -1
            return ""
        told = _REFERENCE.search(attributes)
        self._column = _column(told[1]) if told and told[1] else self._column + 1
        return match["inner"] or ""

    def _cell(self, raw: str, prefix: str, attributes: str, inner: str) -> str:
        kind = _TYPE.search(attributes)
        kind_name = kind[1] if kind else "n"
        held = _VALUE.search(inner)
        masked = self._mask.of(self._row, self._column)
        formula = FORMULA.search(inner)
        if formula is not None:
            if self._formulas.stays(formula, self._row, self._column):
                # Its result comes again of what it refers to, which may be masked; what is kept of it may hold a part of it.
                return f"<{prefix}c{_TYPE.sub('', attributes)}>{self._formula(formula)}</{prefix}c>"
            raw = raw.replace(formula[0], "")
        if kind_name == "s":
            number = int(held[1]) if held and held[1].strip().isdecimal() else -1
            if not 0 <= number < len(self._strings.texts):
                if masked is None:
                    return raw
                raise ReadError("not copied", "a cell of it shows a string that is not there")
            value = self._strings.texts[number]
            if masked is None or not value.strip():
                # Values within it are masked where it is kept.
                self._strings.needed.add(number)
                return raw
        else:
            value = _said(inner) if kind_name == "inlineStr" else unescaped(held[1]) if held else ""
            if not value.strip():
                return raw
            if masked is not None and kind_name == "n" and self._mask.formats is not None:
                value = self._mask.formats.said(self._row - 1, self._column, value)
        found = [] if masked is not None and masked[1] else self._values.find(value)
        if found:
            said = value
            for span in reversed(found):
                said = said[: span.start] + span.shown + said[span.end :]
        elif masked is not None:
            said = self._shown(masked[0], value) or STARS
        else:
            return raw
        return (
            f'<{prefix}c{_TYPE.sub("", attributes)} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">'
            f"{escape(said)}</{prefix}t></{prefix}is></{prefix}c>"
        )

    def _formula(self, match: re.Match[str]) -> str:
        if not match[4]:
            return match[0]
        text = unescaped(match[4])
        found = self._values.find(text)
        for span in reversed(found):
            hidden = "".join("0" if char.isalnum() else char for char in text[span.start : span.end])
            text = text[: span.start] + hidden + text[span.end :]
        return f"<{match[1]}{match[2]}>{escape(text)}</{match[1]}>" if found else match[0]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def recalculated(data: bytes) -> bytes:
    """The workbook, which says that its formulas have to be calculated when it is opened."""
    text, codec = decoded(data)

    def told(match: re.Match[str]) -> str:
        attributes = re.sub(r"""\s*\bfullCalcOnLoad=("[^"]*"|'[^']*')""", "", match[2]).rstrip()
        return f'<{match[1]}{attributes} fullCalcOnLoad="1"{match[3]}>'

    return _CALCULATE.sub(told, text, count=1).encode(codec, "xmlcharrefreplace")


def emptied_cache(data: bytes) -> bytes:
    """A cache of a pivot table in which no value is left; it fills itself again when it is refreshed."""
    text, codec = decoded(data)
    number = 0

    def masked(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        kind = match[2]
        return f'{match[1]}"{"0" if kind == "n" else "1900-01-01T00:00:00" if kind == "d" else f"*{number}"}"'

    text = _CACHED.sub(masked, text)
    return _BOUNDS.sub(
        lambda match: f'{match[1]}="{"1900-01-01T00:00:00" if match[1].endswith("Date") else "0"}"', text
    ).encode(codec, "xmlcharrefreplace")


def emptied_chart(data: bytes) -> bytes:
    """A chart that keeps no values of cells; they come again of the cells that it refers to."""
    text, codec = decoded(data)

    def masked(match: re.Match[str]) -> str:
        number = re.fullmatch(r"\s*-?[0-9.]+(?:[eE][+-]?[0-9]+)?\s*", match[2])
        return f"{match[1]}{'0' if number else '*'}{match[3]}"

    return _CHARTED.sub(masked, text).encode(codec, "xmlcharrefreplace")
