"""A paper as PDF, by ReportLab: A4 across, tables that go on with their heads, bars in the colours of levels."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from assay.errors import UsageError
from assay.model import Level
from assay.report.levels import COLOURS
from assay.report.papers.paper import Cell, Grid, Paper, Part
from assay.report.printable import counted, printable, shorten

SHOWN = 1_000
"""Rows of a table that the document has; CSV and JSON have all."""

_FONTS = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
    Path("/usr/share/fonts/TTF"),
    Path("/Library/Fonts"),
)
_PLAIN, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
_LEVELS = {level.value: level for level in Level}
_MARGIN, _BAR = 40, 300
_LONGEST_CELL = 600
_LONGEST_LABEL = 120
"""Letters; bars that are higher than a page could not be laid out."""
_BARS_MOST = 30
_LETTER = 5.0
"""Points that a wide letter of a cell takes."""


def pdf(paper: Paper, *, version: str) -> bytes:
    """The document. Raises `UsageError` where ReportLab is missing."""
    try:
        from reportlab.lib.pagesizes import A4, landscape
        from reportlab.platypus import SimpleDocTemplate
    except ModuleNotFoundError:
        raise UsageError("--format pdf needs ReportLab: pip install 'assay[reports]'") from None
    written = io.BytesIO()
    page = landscape(A4)
    drawn = _Drawn(width=page[0] - 2 * _MARGIN)
    document = SimpleDocTemplate(
        written, pagesize=page, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=drawn.text(paper.title), subject=drawn.text(paper.about), author=f"assay {version}", creator=f"assay {version}", lang="en",
    )  # fmt: skip
    foot = f"{paper.title}, {paper.made_at:%Y-%m-%d %H:%M} UTC"

    def footer(canvas: Any, _document: Any) -> None:
        canvas.setFont(drawn.plain, 8)
        canvas.setFillGray(0.35)
        canvas.drawString(_MARGIN, 22, drawn.text(foot))
        canvas.drawRightString(page[0] - _MARGIN, 22, str(canvas.getPageNumber()))

    document.build(list(_story(paper, drawn, version)), onFirstPage=footer, onLaterPages=footer)
    return written.getvalue()


class _Drawn:
    """Fonts and styles. Without a font that has more than Western letters, others become escapes."""

    def __init__(self, width: float) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self.width = width
        self.plain, self.bold, self._is_western = _fonts()
        common = {"fontName": self.plain, "fontSize": 9.5, "leading": 13, "splitLongWords": 1}
        self.body = ParagraphStyle("body", **common, spaceAfter=4)
        self.small = ParagraphStyle(
            "small", **common | {"fontSize": 8, "leading": 10.5, "textColor": "#595d63"}, spaceAfter=3
        )
        self.cell = ParagraphStyle("cell", **common | {"fontSize": 7.5, "leading": 9.5})
        self.head = ParagraphStyle("head", **common | {"fontSize": 7.5, "leading": 9.5, "fontName": self.bold})
        self.title = ParagraphStyle(
            "title", **common | {"fontName": self.bold, "fontSize": 20, "leading": 25}, spaceAfter=4
        )
        self.section = ParagraphStyle(
            "section", **common | {"fontName": self.bold, "fontSize": 13, "leading": 17}, spaceBefore=14, spaceAfter=5
        )

    def text(self, content: str) -> str:
        shown = printable(content)
        return shown.encode("cp1252", "backslashreplace").decode("cp1252") if self._is_western else shown

    def say(self, content: str, style: Any) -> Any:
        from reportlab.platypus import Paragraph

        return Paragraph(escape(self.text(content)), style)


def _fonts() -> tuple[str, str, bool]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    for folder in _FONTS:
        files = [folder / f"{name}.ttf" for name in (_PLAIN, _BOLD)]
        if all(file.is_file() for file in files):
            try:
                for name, file in zip((_PLAIN, _BOLD), files, strict=True):
                    pdfmetrics.registerFont(TTFont(name, str(file)))
            except TTFError:
                continue
            return _PLAIN, _BOLD, False
    return "Helvetica", "Helvetica-Bold", True


def _story(paper: Paper, drawn: _Drawn, version: str) -> Iterator[Any]:
    from reportlab.platypus import Spacer

    yield drawn.say(paper.title, drawn.title)
    yield drawn.say(f"of {paper.about}, {paper.made_at:%Y-%m-%d %H:%M} UTC", drawn.small)
    yield Spacer(1, 8)
    if paper.numbers:
        yield _numbers(paper, drawn)
    for part in paper.parts:
        if part.said or part.bars or part.grid is not None:
            yield from _part(part, drawn)
    if paper.limits:
        yield drawn.say("What it does not say", drawn.section)
        for text in paper.limits:
            yield drawn.say(text, drawn.small)
    yield drawn.say(f"No value stands in this document. Made by assay {version}.", drawn.small)


def _numbers(paper: Paper, drawn: _Drawn) -> Any:
    from reportlab.platypus import Table, TableStyle

    cells = [
        [drawn.say(each.title, drawn.small), drawn.say(each.number, drawn.section), drawn.say(each.of, drawn.small)]
        for each in paper.numbers
    ]
    table = Table([cells], colWidths=[drawn.width / len(cells)] * len(cells))
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BOX", (0, 0), (-1, -1), 0.5, "#d9dade"),
                ("INNERGRID", (0, 0), (-1, -1), 0.5, "#d9dade"),
                *(
                    ("LINEABOVE", (at, 0), (at, 0), 3, "#c98a1b")
                    for at, each in enumerate(paper.numbers)
                    if each.is_bad
                ),
            ]
        )
    )
    return table


def _part(part: Part, drawn: _Drawn) -> Iterator[Any]:
    yield drawn.say(part.title, drawn.section)
    for text in part.said:
        yield drawn.say(text, drawn.body)
    if part.bars:
        yield _bars(part.bars[:_BARS_MOST], drawn)
    if part.grid is not None:
        yield _grid(part.grid, drawn)
        left = len(part.grid.rows) - SHOWN
        if left > 0:
            yield drawn.say(f"And {counted(left, 'row')} more: --format csv or json has all.", drawn.small)


def _bars(bars: Sequence[tuple[str, int]], drawn: _Drawn) -> Any:
    from reportlab.graphics.shapes import Drawing, Rect
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table, TableStyle

    most = max(number for _, number in bars) or 1
    rows = []
    for label, number in bars:
        colour = COLOURS[_LEVELS[label]] if label in _LEVELS else "#1b5e9b"
        drawing = Drawing(_BAR, 10)
        drawing.add(Rect(0, 0, max(2, _BAR * number / most), 9, fillColor=HexColor(colour), strokeColor=None))
        rows.append(
            [
                drawn.say(shorten(printable(label), _LONGEST_LABEL), drawn.cell),
                drawn.say(f"{number:,}", drawn.cell),
                drawing,
            ]
        )
    table = Table(rows, colWidths=[150, 60, _BAR + 10], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ]
        )
    )
    return table


def _grid(grid: Grid, drawn: _Drawn) -> Any:
    from reportlab.platypus import LongTable, TableStyle

    rows = [[drawn.say(column.capitalize(), drawn.head) for column in grid.columns]]
    rows += [[drawn.say(_shown(cell), drawn.cell) for cell in row] for row in grid.rows[:SHOWN]]
    table = LongTable(rows, colWidths=_widths(grid, drawn.width), repeatRows=1, splitInRow=1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#d9dade"),
                ("BACKGROUND", (0, 0), (-1, 0), "#f0f1f3"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                *_marks(grid),
            ]
        )
    )
    return table


def _marks(grid: Grid) -> Iterator[tuple[Any, ...]]:
    """Levels stand beside a line in their colour."""
    for line, row in enumerate(grid.rows[:SHOWN], 1):
        for at, cell in enumerate(row):
            if isinstance(cell, Level):
                yield ("LINEBEFORE", (at, line), (at, line), 3, COLOURS[cell])


def _widths(grid: Grid, whole: float) -> list[float]:
    """Widths by how long cells are; none breaks a word of at most fifteen letters, as far as there is room for all."""
    cells = [[column, *(_shown(row[at]) for row in grid.rows[:SHOWN])] for at, column in enumerate(grid.columns)]
    least = [_LETTER * min(15, max(len(word) for cell in some for word in cell.split() or [""])) + 8 for some in cells]
    left = whole - sum(least)
    if left < 0:
        return [whole * one / sum(least) for one in least]
    weights = [min(60, max(map(len, some))) - 5 for some in cells]
    weights = [max(1, weight) for weight in weights]
    return [one + left * weight / sum(weights) for one, weight in zip(least, weights, strict=True)]


def _shown(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, Level):
        return cell.value
    if isinstance(cell, float):
        return f"{cell:.2f}"
    if isinstance(cell, int):
        return f"{cell:,}"
    return cell if len(cell) <= _LONGEST_CELL else f"{cell[:_LONGEST_CELL]}…"
