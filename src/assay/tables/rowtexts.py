"""Rows of a configuration as texts, for a command line and for CSV, and back."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from assay.errors import ConfigError
from assay.tables.configuration import Column, GovernedTable, Kind, Row

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def row_of_texts(table: GovernedTable, texts: Mapping[str, str]) -> Row:
    """The row of these texts (column, in any case → text). Lists are separated by commas, parts of bundles by semicolons:
    `PERSON_NAME; DOB, name:dob`. An empty text is no value where a column may have none.

    Raises `ConfigError` for an unknown column, and for a text that is no number, or neither true nor false.
    """
    row: Row = {}
    for key, text in texts.items():
        name = key.strip().upper()
        if name not in table.names:
            close = difflib.get_close_matches(name, table.names, n=1, cutoff=0.5)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(table.names)}"
            raise ConfigError(f"unknown key '{key}'; {hint}")
        if name in row:
            raise ConfigError(f"key '{name}' is given twice")
        row[name] = _read(table.column(name), text)
    return row


def texts_of(table: GovernedTable, row: Mapping[str, Any]) -> dict[str, str]:
    """The row as texts, such that `row_of_texts` gives the same row."""
    return {name: text_of(row[name]) for name in table.names}


def text_of(value: Any) -> str:
    """One value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], list | tuple):
            return "; ".join(", ".join(part) for part in value)
        return ", ".join(value)
    return str(value)


def _read(column: Column, text: str) -> Any:
    if not text.strip() and column.optional:
        return None
    if column.kind is Kind.FLAG:
        if text.strip().lower() not in _FLAGS:
            raise ConfigError(f"{column.name} must be true or false, not '{text}'")
        return _FLAGS[text.strip().lower()]
    if column.kind in (Kind.NUMBER, Kind.WHOLE):
        try:
            return float(text) if column.kind is Kind.NUMBER else int(text)
        except ValueError:
            raise ConfigError(f"{column.name} must be a {column.kind}, not '{text}'") from None
    if column.kind is Kind.LIST:
        return _listed(text)
    if column.kind is Kind.PARTS:
        return [_listed(part) for part in text.split(";") if part.strip()]
    return text


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]
