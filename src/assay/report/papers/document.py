"""A paper as one page for a browser: self-contained, without a script, charts drawn in SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.model import Level
from assay.report.papers.paper import Cell, Grid, Paper, Part
from assay.report.printable import counted
from assay.report.webpage.frame import asset, head, level_colours
from assay.report.webpage.markup import Content, Markup, name, table, tag
from assay.report.webpage.parts import badge

SHOWN = 1_000
"""Rows of a table that a page shows; CSV and JSON have all."""

_LEVELS = {level.value: level for level in Level}
_BAR, _ROW = 1_000, 16


def document(paper: Paper, *, version: str) -> Iterator[Markup]:
    """The pieces of the page, in their order."""
    style = Markup(
        f":root{{{level_colours()}}}\n{asset('page.css', 'assay.report.webpage')}\n{asset('paper.css', __package__ or '')}"
    )
    yield from head(f"{paper.title}: {paper.about}", style=style, script=Markup())
    yield Markup("<body>") + tag("a", "Skip to the report", href="#report", class_="skip")
    when = tag("time", f"{paper.made_at:%Y-%m-%d %H:%M} UTC", datetime=paper.made_at.isoformat(timespec="seconds"))
    yield tag(
        "header",
        tag("p", "Report", class_="over"),
        tag("h1", paper.title),
        tag("p", "of ", name(paper.about), ", ", when, class_="when"),
        _numbers(paper),
        class_="top",
    )
    yield Markup('<main id="report">')
    for part in paper.parts:
        if part.said or part.bars or part.grid is not None:
            yield _part(part)
    yield Markup("</main>")
    yield tag(
        "footer",
        tag("h2", "What it does not say") if paper.limits else "",
        (tag("p", text) for text in paper.limits),
        tag("p", f"No value stands on this page. Made by assay {version}.", class_="faint"),
    )
    yield Markup("</body></html>\n")


def _numbers(paper: Paper) -> Markup:
    boxes = (
        tag(
            "div",
            tag("dt", each.title),
            tag("dd", tag("strong", each.number), tag("span", each.of)),
            class_="bad" if each.is_bad else None,
        )
        for each in paper.numbers
    )
    return tag("dl", boxes, class_="facts")


def _part(part: Part) -> Markup:
    return tag(
        "section",
        tag("h2", part.title),
        (tag("p", text) for text in part.said),
        _bars(part.title, part.bars) if part.bars else "",
        _grid(part.title, part.grid) if part.grid is not None else "",
        class_="attention" if part.is_bad else None,
    )


def _bars(title: str, bars: Sequence[tuple[str, int]]) -> Markup:
    most = max(number for _, number in bars) or 1
    rows = (
        tag(
            "tr",
            tag("th", badge(_LEVELS[label]) if label in _LEVELS else name(label), scope="row"),
            tag("td", f"{number:,}", class_="number"),
            tag("td", _bar(label, number / most), class_="chart", aria_hidden="true"),
        )
        for label, number in bars
    )
    return tag("table", tag("tbody", rows), class_="bars", aria_label=title)


def _bar(label: str, share: float) -> Markup:
    colour = label if label in _LEVELS else "plain"
    shape = tag("rect", width=max(4, round(_BAR * share)), height=_ROW, class_=f"bar-{colour}")
    return tag("svg", shape, viewBox=f"0 0 {_BAR} {_ROW}", preserveAspectRatio="none")


def _grid(title: str, grid: Grid) -> Markup:
    numeric = [
        all(isinstance(row[at], int | float) or row[at] is None for row in grid.rows) and any(row[at] is not None for row in grid.rows)
        for at in range(len(grid.columns))
    ]  # fmt: skip
    heads = [
        (column.capitalize(), "number" if is_number else "")
        for column, is_number in zip(grid.columns, numeric, strict=True)
    ]
    body = (tuple(_cell(cell) for cell in row) for row in grid.rows[:SHOWN])
    left = len(grid.rows) - SHOWN
    more = (
        tag("p", f"And {counted(left, 'row')} more: --format csv or json has all.", class_="faint") if left > 0 else ""
    )
    return tag("div", table(heads, body, title), class_="wide") + tag("div", more)


def _cell(cell: Cell) -> Content:
    if cell is None:
        return tag("span", "not known", class_="faint")
    if isinstance(cell, Level):
        return badge(cell)
    if isinstance(cell, float):
        return f"{cell:.2f}"
    if isinstance(cell, int):
        return f"{cell:,}"
    return tag("span", name(cell), class_="address") if "://" in cell and " " not in cell else name(cell)
