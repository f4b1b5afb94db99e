"""Papers as data: an object for JSON, rows of a table for CSV, and lines for a terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from assay.model import Level
from assay.report.cells import guarded
from assay.report.papers.paper import Cell, Grid, Paper
from assay.report.printable import printable, wrapped


def document(paper: Paper) -> dict[str, Any]:
    """The paper as an object; each table is a list of objects under its name."""
    return {
        "kind": "report",
        "report": paper.name,
        "title": paper.title,
        "about": paper.about,
        "made_at": paper.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numbers": [
            {"title": each.title, "number": each.number, "of": each.of, "attention": each.is_bad}
            for each in paper.numbers
        ],
        "parts": [
            {
                "title": part.title,
                "said": list(part.said),
                "counts": dict(part.bars),
                "table": None if part.grid is None else part.grid.name,
                "attention": part.is_bad,
            }
            for part in paper.parts
        ],
        "tables": {grid.name: list(_objects(grid)) for grid in paper.grids()},
        "limits": list(paper.limits),
    }


def _objects(grid: Grid) -> Iterator[dict[str, Any]]:
    names = [name_of(column) for column in grid.columns]
    for row in grid.rows:
        yield {name: _plain(cell) for name, cell in zip(names, row, strict=True)}


def name_of(column: str) -> str:
    """A column as programs call it.

    >>> name_of("at least (95 %)"), name_of("suggested move")
    ('at_least_95', 'suggested_move')
    """
    words = "".join(letter if letter.isalnum() else " " for letter in column).split()
    return "_".join(words)


def _plain(cell: Cell) -> Any:
    return cell.value if isinstance(cell, Level) else cell


def table(grid: Grid) -> str:
    """A table as CSV with a header. What a spreadsheet would run is guarded."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([name_of(column) for column in grid.columns])
    for row in grid.rows:
        writer.writerow(["" if cell is None else _text(cell) for cell in row])
    return written.getvalue()


def _text(cell: Cell) -> str:
    plain = _plain(cell)
    return guarded(printable(plain)) if isinstance(plain, str) else str(plain)


def lines(paper: Paper, columns: int, grid_lines: Mapping[str, list[str]]) -> Iterator[str]:
    """The paper for a terminal; `grid_lines` are its tables, drawn, under their names."""
    yield paper.title
    yield from wrapped(printable(f"of {paper.about}, {paper.made_at:%Y-%m-%d %H:%M} UTC"), columns, indent="  ")
    yield ""
    for each in paper.numbers:
        yield f"  {each.number:>10}  {', '.join(filter(None, (each.title.lower(), each.of)))}"
    for part in paper.parts:
        if not (part.said or part.bars or part.grid):
            continue
        yield ""
        yield f"{part.title}{' !' if part.is_bad else ''}"
        for text in part.said:
            yield from wrapped(printable(text), columns, first="  ", indent="    ")
        if part.bars:
            widest = max(len(label) for label, _ in part.bars)
            most = max(number for _, number in part.bars)
            for label, number in part.bars:
                bar = "█" * max(1, round(30 * number / most)) if number else ""
                yield f"  {printable(label):<{widest}}  {number:>9,}  {bar}".rstrip()
        if part.grid is not None:
            yield from (f"  {line}" for line in grid_lines[part.grid.name])
    if paper.limits:
        yield ""
        for text in paper.limits:
            yield from wrapped(printable(f"Note: {text}"), columns, indent="  ")
