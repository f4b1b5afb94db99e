"""One planted table, written by many programs, and what every reader of it must say."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from assay.formats import Kind
from assay.formats.content import Content
from assay.formats.sniff import sniff
from assay.formats.tabular import BrokenTable, open_tables
from assay.ports import TableReader

NAMES = ["id", "full name", "größe", "born", "seen", "price", "ok", "note"]
ROWS: list[tuple[Any, ...]] = [
    (
        n,
        f"Zoë {n}",
        n + 0.5,
        dt.date(1980, 5, 1 + n % 28),
        dt.datetime(2020, 1, 2, 3, 4, n % 60),  # noqa: DTZ001  # of no zone
        Decimal(n) / 4 + Decimal("0.25"),
        n % 2 == 0,
        None if n % 3 == 0 else "漢字 ~ O'Neil",
    )
    for n in range(60)
]
TEXT = {
    "id": [str(n) for n in range(60)],
    "full name": [f"Zoë {n}" for n in range(60)],
    "größe": [f"{n}.5" for n in range(60)],
    "born": [f"1980-05-{1 + n % 28:02}" for n in range(60)],
    "seen": [f"2020-01-02 03:04:{n % 60:02}" for n in range(60)],
    "note": [None if n % 3 == 0 else "漢字 ~ O'Neil" for n in range(60)],
}
"""The columns whose text is the same in every format; prices and booleans are written in several ways."""


def arrow_table(rows: list[tuple[Any, ...]] = ROWS) -> Any:
    import pyarrow as pa

    kinds = [
        pa.int64(),
        pa.string(),
        pa.float64(),
        pa.date32(),
        pa.timestamp("us"),
        pa.decimal128(12, 2),
        pa.bool_(),
        pa.string(),
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(NAMES)
    return pa.table(
        [pa.array(list(values), kind) for values, kind in zip(columns, kinds, strict=True)],
        schema=pa.schema(list(zip(NAMES, kinds, strict=True))),
    )


def _parquet(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import pyarrow.parquet as pq

    pq.write_table(arrow_table(rows), path, row_group_size=25)


def _orc(path: Path, rows: list[tuple[Any, ...]]) -> None:
    from pyarrow import orc

    orc.write_table(arrow_table(rows), path)


def _arrow(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import pyarrow as pa

    table = arrow_table(rows)
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=25)


def _stream(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import pyarrow as pa

    table = arrow_table(rows)
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=25)


def _feather(path: Path, rows: list[tuple[Any, ...]]) -> None:
    from pyarrow import feather

    feather.write_feather(arrow_table(rows), str(path), compression="lz4")


def _polars(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import polars as pl

    frame = pl.from_arrow(arrow_table(rows))
    if path.suffix == ".avro":
        # Polars writes no decimals to Avro.
        frame.with_columns(pl.col("price").cast(pl.Float64)).write_avro(path, compression="snappy")
    elif path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_ipc(path, compression="zstd")


def _pandas(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import pandas as pd

    pd.DataFrame(rows, columns=NAMES).to_parquet(path)


def _duckdb_parquet(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import duckdb

    planted = arrow_table(rows)
    duckdb.connect().from_arrow(planted).write_parquet(str(path))


def _avro(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import fastavro

    kinds: list[Any] = [
        "long",
        "string",
        "double",
        {"type": "int", "logicalType": "date"},
        {"type": "long", "logicalType": "local-timestamp-micros"},
        {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2},
        "boolean",
        "string",
    ]
    # A name in Avro is of plain letters.
    fields = [
        {"name": name.replace(" ", "_").replace("ö", "o").replace("ß", "s"), "type": ["null", kind]}
        for name, kind in zip(NAMES, kinds, strict=True)
    ]
    keys = [field["name"] for field in fields]
    with path.open("wb") as out:
        fastavro.writer(
            out,
            {"type": "record", "name": "Person", "fields": fields},
            [dict(zip(keys, row, strict=True)) for row in rows],
            codec="deflate",
            sync_interval=500,
        )


def _sqlite(path: Path, rows: list[tuple[Any, ...]]) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        'CREATE TABLE people ("id" INTEGER, "full name" TEXT, "größe" REAL, "born" DATE, "seen" DATETIME, '
        '"price" NUMERIC, "ok" BOOLEAN, "note" TEXT)'
    )
    connection.executemany(
        "INSERT INTO people VALUES (?,?,?,?,?,?,?,?)",
        [(*row[:3], str(row[3]), str(row[4]), float(row[5]), *row[6:]) for row in rows],
    )
    connection.commit()
    connection.close()


def _duckdb(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import duckdb

    planted = arrow_table(rows)
    with duckdb.connect(str(path)) as connection:
        connection.from_arrow(planted).create("people")


def _openpyxl(path: Path, rows: list[tuple[Any, ...]]) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "people"
    sheet.append(NAMES)
    for row in rows:
        sheet.append([*row[:5], float(row[5]), *row[6:]])
    book.save(path)


WRITERS: dict[str, Callable[[Path, list[tuple[Any, ...]]], None]] = {
    "pyarrow.parquet": _parquet,
    "pandas.parquet": _pandas,
    "polars.parquet": _polars,
    "duckdb.parquet": _duckdb_parquet,
    "pyarrow.orc": _orc,
    "pyarrow.arrow": _arrow,
    "pyarrow.arrows": _stream,
    "pyarrow.feather": _feather,
    "polars.arrow": _polars,
    "fastavro.avro": _avro,
    "polars.avro": _polars,
    "sqlite3.sqlite": _sqlite,
    "duckdb.duckdb": _duckdb,
    "openpyxl.xlsx": _openpyxl,
}


def written(writer: str, folder: Path, rows: list[tuple[Any, ...]] = ROWS) -> Path:
    path = folder / f"people.{writer.rpartition('.')[2]}"
    WRITERS[writer](path, rows)
    return path


def kind_of(data: bytes, name: str) -> Kind:
    return sniff(data[:65_536], name)


class Told:
    """What a file's tables say: values by table, and the errors (of a table, or of the file: an empty name)."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}
        self.kinds: dict[str, dict[str, str]] = {}
        self.values: dict[str, list[list[str | None]]] = {}
        self.first_rows: dict[str, list[int | None]] = {}
        self.rows: dict[str, int | None] = {}
        self.errors: list[tuple[str, str, str]] = []

    def only(self) -> dict[str, list[str | None]]:
        ((table, values),) = self.values.items()
        return dict(zip(self.names[table], values, strict=True))


def told(kind: Kind, content: Content, name: str = "people.x") -> Told:
    """Everything read, nothing but `ReadError` expected."""
    from assay.errors import ReadError

    out = Told()
    try:
        with open_tables(kind, content, resource="file:///people", name=name) as tables:
            for table in tables:
                if isinstance(table, BrokenTable):
                    out.errors.append((table.table, table.error.reason, table.error.detail))
                    continue
                _read(table, out)
    except ReadError as error:
        out.errors.append(("", error.reason, error.detail))
    return out


def _read(table: TableReader, out: Told) -> None:
    from assay.errors import ReadError

    name = table.info.table
    out.names[name] = [column.name for column in table.info.columns]
    out.kinds[name] = {column.name: column.kind.value for column in table.info.columns}
    out.rows[name] = table.info.rows
    out.values[name] = [[] for _ in table.info.columns]
    out.first_rows[name] = []
    try:
        for batch in table.read():
            assert len(batch.columns) == len(table.info.columns)
            assert all(len(values) == batch.rows for values in batch.columns)
            out.first_rows[name].append(batch.first_row)
            for values, more in zip(out.values[name], batch.columns, strict=True):
                values.extend(more)
    except ReadError as error:
        out.errors.append((name, error.reason, error.detail))
