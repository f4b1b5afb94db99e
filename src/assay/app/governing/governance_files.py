"""Governance rows in files: YAML and JSON hold tables of rows, CSV holds the rows of one table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from assay.detect.written import WrittenError, read_written
from assay.errors import ConfigError
from assay.report.cells import guarded, unguarded
from assay.tables.configuration import TABLES, GovernedTable, Row, Rows
from assay.tables.governing import Problem, table_called
from assay.tables.rowtexts import row_of_texts, texts_of

FORMATS = ("yaml", "json", "csv")
_SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".csv": "csv"}
_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRows:
    """The rows of a file, and where each stands: (table, its number from 1) → `line 12`."""

    file: Path
    rows: Rows
    places: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def refused(self, problems: Sequence[Problem]) -> ConfigError:
        """The error that tells of every bad row where it stands, and why it is one."""
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        told = [self._told(problem) for problem in problems[:_SHOWN]]
        if len(problems) > _SHOWN:
            told.append(f"and {len(problems) - _SHOWN} more")
        return ConfigError("\n".join([f"{self.file}: {count}, nothing of it is used", *told]))

    def _told(self, problem: Problem) -> str:
        place = self.places.get((problem.table, problem.number), "")
        return f"{self.file}{f':{place}' if place else ''}: {problem}"


def read_rows(file: Path) -> WrittenRows:
    """The rows in a `.yaml`, `.json` or `.csv` file. Raises `ConfigError` for what is no table of rows, with its place."""
    kind = _SUFFIXES.get(file.suffix.lower())
    if kind is None:
        raise ConfigError(f"{file}: its kind is not known; rows are read from .yaml, .json and .csv files")
    try:
        text = read_written(file)
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file; name a file of governance rows") from None
    except WrittenError as error:
        raise ConfigError(f"{file}: {error}") from None
    return rows_in(text, kind, file)


def rows_in(text: str, kind: str, file: Path) -> WrittenRows:
    """The rows in a text of this form (of `FORMATS`); errors name the file. Raises `ConfigError`."""
    if kind == "csv":
        return _from_csv(file, text)
    if kind == "json":
        return _from_json(file, text)
    return _from_yaml(file, text)


def written(rows: Rows, form: str) -> str:
    """Rows as a text of this form, that `read_rows` reads back. CSV takes those of one table."""
    found = {name: [dict(row) for row in rows[name]] for name in TABLES if rows.get(name)}
    if form == "json":
        return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n"
    if form == "csv":
        return "".join(_csv_lines(found))
    import yaml  # only where YAML is written

    return str(yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=120)) if found else "{}\n"


def _csv_lines(rows: Rows) -> Iterator[str]:
    if len(rows) != 1:
        raise ConfigError("CSV holds the rows of one table; name it, or choose yaml or json")
    ((name, found),) = rows.items()
    table = TABLES[name]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table.names)
    for row in found:
        writer.writerow([guarded(text) for text in texts_of(table, row).values()])
    yield out.getvalue()


def _from_yaml(file: Path, text: str) -> WrittenRows:
    from assay.detect.yamlmarks import YamlError, load_with_marks  # only where there is YAML to read

    try:
        document, marks = load_with_marks(text)
    except YamlError as error:
        raise ConfigError(f"{file}:{error.line}: {error}") from None
    places = {
        (str(path[0]).upper(), path[1] + 1): str(line)
        for path, line in marks.items()
        if len(path) == 2 and isinstance(path[1], int)
    }
    return _from_document(file, document, places)


def _from_json(file: Path, text: str) -> WrittenRows:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"{file}:{error.lineno}: not valid JSON: {error.msg}") from None
    return _from_document(file, document, {})


def _from_document(file: Path, document: Any, places: Mapping[tuple[str, int], str]) -> WrittenRows:
    if not isinstance(document, dict):
        raise ConfigError(
            f"{file}: holds no tables; it is to map names of tables, e.g. SENSITIVE_KEYWORDS, to lists of rows"
        )
    rows: dict[str, list[Row]] = {}
    for name, entries in document.items():
        try:
            table = table_called(str(name))
        except ConfigError as error:
            raise ConfigError(f"{file}: {error}") from None
        if table.name in rows:
            raise ConfigError(f"{file}: table {table.name} is given twice")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ConfigError(f"{file}: {table.name} must be a list of rows, each with columns such as {table.key}")
        rows[table.name] = [{str(key).upper(): value for key, value in entry.items()} for entry in entries]
    return WrittenRows(file=file, rows=rows, places=places)


def _from_csv(file: Path, text: str) -> WrittenRows:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
        table = _table_of(file, [name.strip().upper() for name in head])
        rows: list[Row] = []
        places: dict[tuple[str, int], str] = {}
        problems: list[Problem] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            number = len(rows) + 1
            places[table.name, number] = str(reader.line_num)
            row, reason = _csv_row(table, head, cells)
            rows.append(row)
            if reason:
                shown = dict(zip(head, cells, strict=False)).get(table.key, "")
                problems.append(Problem(table=table.name, number=number, row_id=shown, reason=reason))
    except csv.Error as error:
        raise ConfigError(f"{file}:{reader.line_num}: not valid CSV: {error}") from None
    found = WrittenRows(file=file, rows={table.name: rows}, places=places)
    if problems:
        raise found.refused(problems)
    return found


def _csv_row(table: GovernedTable, head: Sequence[str], cells: Sequence[str]) -> tuple[Row, str]:
    if len(cells) != len(head):
        return {}, f"has {len(cells)} cells where the first line has {len(head)}"
    try:
        return row_of_texts(table, dict(zip(head, map(unguarded, cells), strict=True))), ""
    except ConfigError as error:
        return {}, str(error)


def _table_of(file: Path, head: Sequence[str]) -> GovernedTable:
    found = [table for table in TABLES.values() if table.key in head]
    if len(found) != 1:
        keys = ", ".join(table.key for table in TABLES.values())
        raise ConfigError(f"{file}:1: the first line must name the columns, and one of {keys}, which tells the table")
    if len(set(head)) != len(head):
        raise ConfigError(f"{file}:1: the first line names a column twice")
    return found[0]
