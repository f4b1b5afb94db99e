"""Tables in files: one call opens them whatever the format, and gives each table as a reader."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from typing import NamedTuple

from assay.errors import ReadError
from assay.formats.content import Content
from assay.formats.kinds import Kind
from assay.ports import TableReader


class BrokenTable(NamedTuple):
    """A table that cannot be opened, while others of its file can. An empty name: what is wrong with the whole file."""

    table: str
    error: ReadError


# What each kind needs beyond the core: (module, package that is asked for).
_READERS = {
    Kind.PARQUET: ("assay.formats.columnar", "pyarrow"),
    Kind.ORC: ("assay.formats.columnar", "pyarrow"),
    Kind.ARROW: ("assay.formats.columnar", "pyarrow"),
    Kind.AVRO: ("assay.formats.avro", "fastavro"),
    Kind.SPREADSHEET: ("assay.formats.sheet", "python_calamine"),
    Kind.SQLITE: ("assay.formats.sqlitefile", "sqlite3"),
    Kind.DUCKDB: ("assay.formats.duckdbfile", "duckdb"),
}


@contextlib.contextmanager
def open_tables(
    kind: Kind, content: Content, *, resource: str, name: str
) -> Iterator[Iterator[TableReader | BrokenTable]]:
    """The tables of a file of a tabular `kind`, opened one after the other; read each before asking for the next.

    `resource` is the URI that their `TableInfo` carries, `name` the file's own name, after which a table without one
    is called. Raises `ReadError`: the file is damaged (`corrupt`), `encrypted`, `locked`, or the library that reads it
    is not installed (`unsupported format`).
    """
    module, package = _READERS[kind]
    try:
        importlib.import_module(package)
        reader = importlib.import_module(module)
    except ImportError:
        detail = f"{kind} is read with {package}; pip install 'assay[tables]'"
        raise ReadError("unsupported format", detail) from None
    base = name.rsplit("/", 1)[-1]
    shown = base.rsplit(".", 1)[0] or base
    if kind is Kind.SQLITE:
        opened = reader.open_sqlite(content, resource, shown)
    elif kind is Kind.DUCKDB:
        opened = reader.open_duckdb(content, resource, shown)
    elif kind is Kind.SPREADSHEET:
        opened = reader.open_sheets(content, resource, shown)
    elif kind is Kind.AVRO:
        opened = reader.open_avro(content, resource, shown)
    else:
        opened = reader.open_columnar(kind, content, resource, shown)
    with opened as tables:
        yield tables if isinstance(tables, Iterator) else iter((tables,))
