"""Views of Athena that leave sensitive columns out or mask them, and data cells filters of Lake Formation that do the same.

https://docs.aws.amazon.com/athena/latest/ug/create-view.html,
https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_CreateDataCellsFilter.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from assay.model import Level
from assay.report.printable import printable

_SUFFIX = "_safe"
FILTER = "assay_safe"


class Columns(NamedTuple):
    """Columns of a table of the Glue data catalog, at their outermost: those to be shown, and those that are too sensitive."""

    database: str
    table: str
    shown: tuple[str, ...]
    hidden: tuple[str, ...]


def columns_of(database: str, table: str, levels: Iterable[tuple[str, Level]], least: Level) -> Columns:
    """What lies within a column (`home.zip`) counts for all of it.

    >>> columns_of("d", "t", [("id", Level.PUBLIC), ("home.zip", Level.INTERNAL), ("home.ssn", Level.RESTRICTED)], Level.CONFIDENTIAL)
    Columns(database='d', table='t', shown=('id',), hidden=('home',))
    """
    worst: dict[str, Level] = {}
    for name, level in levels:
        outer = name.partition(".")[0].removesuffix("[]")
        if outer not in worst or worst[outer].rank < level.rank:
            worst[outer] = level
    # What was not fully read may be anything.
    is_hidden = {name: level.rank >= least.rank or level is Level.UNCLASSIFIED for name, level in worst.items()}
    return Columns(
        database, table,
        tuple(name for name in worst if not is_hidden[name]),
        tuple(name for name in worst if is_hidden[name]),
    )  # fmt: skip


def views(tables: Iterable[Columns], *, is_masked: bool) -> Iterator[str]:
    """A script for Athena. A masked column tells whether there is a value, and nothing of it."""
    yield "-- Written by assay from what its catalog knows; read it before you run it. A view shields nobody who may read the table:\n"
    yield "-- grant the view alone, or use the filters of Lake Formation.\n"
    for each in tables:
        chosen = [_name(column) for column in each.shown]
        if is_masked:
            chosen += [f"IF({_name(column)} IS NULL, NULL, '****') AS {_name(column)}" for column in each.hidden]
        database, table = _name(each.database), _name(each.table)
        yield "\n"
        if not chosen:
            # A comment ends with its line, whatever stands in quotes there.
            yield f"-- {printable(f'{database}.{table}')}: no column is left that may be shown\n"
            # One that was made when more could be shown would show it still.
            yield f"DROP VIEW IF EXISTS {database}.{_name(each.table + _SUFFIX)};\n"
            continue
        listed = ",\n  ".join(chosen)
        yield f"CREATE OR REPLACE VIEW {database}.{_name(each.table + _SUFFIX)} AS\nSELECT\n  {listed}\nFROM {database}.{table};\n"


def filters(tables: Iterable[Columns], account: str) -> Iterator[dict[str, Any]]:
    """A request of `CreateDataCellsFilter` for each table that has something to hide, all rows and no sensitive column."""
    for each in tables:
        if each.hidden and each.shown:
            yield {
                "TableData": {
                    "TableCatalogId": account,
                    "DatabaseName": each.database,
                    "TableName": each.table,
                    "Name": FILTER,
                    "RowFilter": {"AllRowsWildcard": {}},
                    # Those that are shown are named: a column that comes later is hidden until it was looked at.
                    "ColumnNames": list(each.shown),
                }
            }


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
