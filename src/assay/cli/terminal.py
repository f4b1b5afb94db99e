"""Colour, where a terminal shows it and nobody refused it."""

from __future__ import annotations

import os

import click

from assay.report.people import Paint, plain

_STYLES: dict[str, dict[str, object]] = {
    "restricted": {"fg": "red", "bold": True},
    "confidential": {"fg": "yellow", "bold": True},
    "internal": {"fg": "cyan"},
    "unclassified": {"fg": "magenta"},
    "public": {"fg": "green"},
    "strong": {"bold": True},
    "faint": {"dim": True},
}


def painter(is_terminal: bool) -> Paint:
    """Colours for a terminal; none elsewhere, with NO_COLOR (no-color.org) or on a dumb terminal."""
    if not is_terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return plain
    return _paint


def _paint(text: str, style: str) -> str:
    if not text:
        return text
    return click.style(text, **_STYLES.get(style, {}))  # type: ignore[arg-type]  # a table of keyword arguments
