"""Rows of a configuration that are values themselves: they would be kept, shown and audited as they are, and are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assay.app.governing.governance_files import WrittenRows
from assay.errors import ConfigError
from assay.tables.configuration import Column, Refers, Row, Rows
from assay.tables.governing import Problem, table_called

_NOT_LITERAL = re.compile(r"\\[A-Za-z]|\[\^?\]?[^\]]*\]|\{[^}]*\}|\(\?[a-zA-Z:!=<>-]*|(?<!\\)[()|*+?^$]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_REASON = (
    "holds what looks like a sensitive value, and rows are kept and shown as they are; write what such values look like, "
    r"e.g. [0-9]{3}-[0-9]{2}-[0-9]{4}, and list known values with --allow, which is kept nowhere"
)


def refuse_values(
    rows: Rows,
    redact: Callable[[str], str],
    now: Mapping[str, Mapping[str, Row]],
    file: WrittenRows | None = None,
) -> None:
    """Raises `ConfigError`, which names the columns and repeats nothing, where a text of a row that is not in effect `now`
    (table → id → row) has something to `redact`."""
    problems = []
    for name, found in rows.items():
        table = table_called(name)
        for number, row in enumerate(found, 1):
            row_id = row.get(table.key)
            there = now[table.name].get(row_id, {}) if isinstance(row_id, str) else {}
            held = [
                column.name
                for column in table.columns
                if row.get(column.name) != there.get(column.name) and _holds(column, row.get(column.name), redact)
            ]
            if held:
                shown = row_id if isinstance(row_id, str) and table.key not in held else ""
                problems.append(
                    Problem(table=table.name, number=number, row_id=shown, reason=f"{', '.join(held)} {_REASON}")
                )
    if problems and file is not None:
        raise file.refused(problems)
    if problems:
        raise ConfigError("\n".join(map(str, problems)))


def _holds(column: Column, value: Any, redact: Callable[[str], str]) -> bool:
    """Whether there is a value in what a column is given; of a regular expression, in what it says letter by letter."""
    for text in _texts(value):
        told = _ESCAPE.sub(r"\1", _NOT_LITERAL.sub(" ", text)) if column.refers is Refers.REGEX else text
        if redact(told) != told:
            return True
    return False


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
