"""Masked copies of files of tables besides Parquet and SQLite: the libraries that wrote them read the copies."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import fastavro
import polars as pl
import pyarrow as pa
import pytest
from calling import Assay
from documentfiles import ssn
from pyarrow import feather, orc
from test_cli_redact_to import not_copied, redacted

MAILS = [f"wren.halloway{n}@posteo.de" for n in range(12)]
VALUES = [*(ssn(n) for n in range(12)), *MAILS]


def table() -> pa.Table:
    return pa.table(
        {
            "id": pa.array(range(12), pa.int32()),
            "ssn": [ssn(n) for n in range(12)],
            "mail": pa.array(MAILS).dictionary_encode(),
            "card": pa.array([4485011831621647 + 0 * n for n in range(12)], pa.int64()),
            "born": pa.array([date(1980, 1, n + 1) for n in range(12)]),
            "note": [None if n % 3 else f"order {n}" for n in range(12)],
            "person": pa.array([{"ssn": ssn(n), "n": n} for n in range(12)]),
        }
    )


def write(kind: str, path: Path) -> None:
    data = table()
    if kind == "orc":
        plain = data.set_column(2, "mail", pa.array(MAILS))
        orc.write_table(plain, path, compression="zstd")
    elif kind == "feather":
        feather.write_feather(data, path, compression="lz4")
    elif kind == "feather1":
        feather.write_feather(data.drop_columns(["person", "mail"]), path, version=1)
    elif kind == "stream":
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, data.schema) as writer:
            writer.write_table(data, max_chunksize=5)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, data.schema) as writer:
            writer.write_table(data, max_chunksize=5)


def read(kind: str, path: Path) -> pa.Table:
    if kind == "orc":
        return orc.read_table(path)
    if kind == "stream":
        return pa.ipc.open_stream(path.read_bytes()).read_all()
    return feather.read_table(path)


def assert_bytes_gone(path: Path) -> None:
    data = path.read_bytes()
    assert not any(value.encode() in data for value in VALUES)


@pytest.mark.parametrize("kind", ["orc", "feather", "feather1", "stream", "file"])
def test_orc_and_arrow(assay: Assay, kind: str) -> None:
    Path("in").mkdir()
    path = Path(f"in/a.{'orc' if kind == 'orc' else 'arrow'}")
    write(kind, path)
    assert any(value.encode() in path.read_bytes() for value in VALUES) or kind == "orc"
    before = read(kind, path)

    assert not_copied(redacted(assay, "in")) == {}

    copy = Path("out") / path.name
    after = read(kind, copy)
    assert after.schema.names == before.schema.names
    assert after.schema.types == before.schema.types
    assert after.column("id").to_pylist() == list(range(12))
    assert after.column("ssn").to_pylist()[3] == "5*********3"
    assert after.column("note").to_pylist() == before.column("note").to_pylist()
    assert set(after.column("card").to_pylist()) == {None}
    if "person" in after.schema.names:
        assert set(map(str, after.column("person").to_pylist())) == {"None"}
        assert all(set(mail) & {"*"} for mail in after.column("mail").to_pylist())
    assert_bytes_gone(copy)
    if kind in ("feather", "file"):
        assert pl.read_ipc(copy).height == 12


AVRO: dict[str, Any] = {
    "type": "record",
    "name": "Person",
    "namespace": "org.example",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "ssn", "type": "string"},
        {"name": "mail", "type": ["null", "string"], "default": None},
        {"name": "card", "type": ["null", "long"]},
        {"name": "token", "type": ["null", {"type": "string", "logicalType": "uuid"}]},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
        {"name": "seen", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {
            "name": "home",
            "type": {
                "type": "record",
                "name": "Home",
                "fields": [{"name": "mail", "type": "string"}, {"name": "floor", "type": "int"}],
            },
        },
        {"name": "ssns", "type": {"type": "array", "items": "string"}},
        {"name": "kind", "type": {"type": "enum", "name": "Sort", "symbols": ["A", "B"]}},
    ],
}


def person(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "ssn": ssn(number),
        "mail": MAILS[number] if number % 2 else None,
        "card": 4485011831621647,
        "token": UUID(int=number),
        "price": Decimal("12.50"),
        "seen": datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC),
        "home": {"mail": MAILS[number], "floor": number},
        "ssns": [ssn(number)],
        "kind": "AB"[number % 2],
    }


@pytest.mark.parametrize("codec", ["null", "deflate", "zstandard"])
def test_avro(assay: Assay, codec: str) -> None:
    Path("in").mkdir()
    with open("in/a.avro", "wb") as out:
        fastavro.writer(out, AVRO, map(person, range(12)), codec=codec, sync_interval=300, metadata={"by": ssn(0)})

    assert not_copied(redacted(assay, "in")) == {}

    with open("out/a.avro", "rb") as stream:
        reader = fastavro.reader(stream)
        rows = list(reader)
        assert reader.writer_schema["name"] == "org.example.Person"
        assert [field["name"] for field in reader.writer_schema["fields"]] == [
            field["name"] for field in AVRO["fields"]
        ]
    assert [row["id"] for row in rows] == list(range(12))
    assert rows[3]["ssn"] == "5*********3"
    assert rows[2]["mail"] is None
    assert "*" in rows[3]["mail"]
    assert rows[3]["card"] is None
    assert rows[3]["price"] == Decimal("12.50")
    assert rows[3]["seen"] == datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert "*" in rows[3]["home"]["mail"]
    assert rows[3]["home"]["floor"] == 3
    assert rows[3]["ssns"] == []
    assert rows[3]["kind"] == "B"
    if codec == "null":
        assert_bytes_gone(Path("out/a.avro"))
    # Written plainly, nothing of the values is in any record.
    assert not any(value in str(row) for row in rows for value in VALUES)


def test_avro_by_another_library(assay: Assay) -> None:
    Path("in").mkdir()
    frame = pl.DataFrame({"id": range(12), "ssn": [ssn(n) for n in range(12)]})
    frame.write_avro("in/a.avro", compression="snappy")
    assert not_copied(redacted(assay, "in")) == {}
    assert pl.read_avro("out/a.avro").rows()[3] == (3, "5*********3")
    assert_bytes_gone(Path("out/a.avro"))


def test_avro_numbers_that_may_not_be_null(assay: Assay) -> None:
    Path("in").mkdir()
    schema = {"type": "record", "name": "R", "fields": [{"name": "card", "type": "long"}]}
    with open("in/a.avro", "wb") as out:
        fastavro.writer(out, schema, [{"card": 4485011831621647}] * 5)
    told = not_copied(redacted(assay, "in", code=3))
    assert told == {"a.avro": ("gap", "has a sensitive column of long that may not be null")}
    assert list(Path("out").iterdir()) == []


def test_duckdb(assay: Assay) -> None:
    Path("in").mkdir()
    with duckdb.connect("in/shop.duckdb") as database:
        for statement in (
            "CREATE SCHEMA crm",
            "CREATE SEQUENCE numbers START 100",
            "CREATE TYPE mood AS ENUM ('good', 'bad')",
            "CREATE TABLE crm.people (id INTEGER PRIMARY KEY, ssn VARCHAR UNIQUE, mail VARCHAR, born DATE, how mood, tags VARCHAR[], person STRUCT(ssn VARCHAR, n INTEGER))",
            "CREATE TABLE crm.orders (id INTEGER DEFAULT nextval('numbers'), of INTEGER REFERENCES crm.people (id), note VARCHAR)",
            "CREATE VIEW mails AS SELECT mail FROM crm.people",
            "CREATE INDEX by_mail ON crm.people (mail)",
        ):
            database.execute(statement)
        for n in range(12):
            database.execute(
                "INSERT INTO crm.people VALUES (?, ?, ?, ?, 'good', ['a'], {'ssn': ?, 'n': 1})",
                [n, ssn(n), MAILS[n], date(1980, 1, n + 1), ssn(n)],
            )
            database.execute("INSERT INTO crm.orders (of, note) VALUES (?, ?)", [n, f"order {n}"])
        database.execute("INSERT INTO crm.orders (of, note) VALUES (1, ?)", [f"his ssn: {ssn(5)}"])
        # What was deleted stays in a file until it is written anew.
        database.execute("CREATE TABLE gone AS SELECT ssn FROM crm.people")
        database.execute("DROP TABLE gone")
    assert any(value.encode() in Path("in/shop.duckdb").read_bytes() for value in VALUES)

    assert not_copied(redacted(assay, "in")) == {}

    assert_bytes_gone(Path("out/shop.duckdb"))
    assert [path.name for path in Path("out").iterdir()] == ["shop.duckdb"]
    with duckdb.connect("out/shop.duckdb", read_only=True) as copy:
        rows = copy.execute("SELECT id, ssn, mail, how, tags, person FROM crm.people ORDER BY id").fetchall()
        assert [row[0] for row in rows] == list(range(12))
        # No two may be alike there.
        assert len({row[1] for row in rows}) == 12
        assert not any(value in str(rows) for value in VALUES)
        assert {row[3] for row in rows} == {"good"}
        assert {row[5] for row in rows} == {None}
        assert copy.execute("SELECT count(*) FROM mails").fetchone() == (12,)
        assert copy.execute("SELECT count(*), min(id) FROM crm.orders").fetchone() == (13, 100)
        assert copy.execute("SELECT count(*) FROM duckdb_indexes() WHERE index_name = 'by_mail'").fetchone() == (1,)


def test_duckdb_that_would_reach_elsewhere(assay: Assay) -> None:
    """What a view reads of other files is not read for a copy."""
    Path("in").mkdir()
    Path("secret.csv").write_text("a,b\n1,2\n")
    with duckdb.connect("in/a.duckdb") as database:
        database.execute(f"CREATE VIEW other AS SELECT * FROM read_csv('{Path('secret.csv').absolute()}')")
        database.execute("CREATE TABLE people AS SELECT 'x' AS ssn")
        database.execute("INSERT INTO people VALUES (?)", [ssn(1)])
    assert not_copied(redacted(assay, "in")) == {}
    with duckdb.connect("out/a.duckdb", read_only=True) as copy:
        assert "5*********1" in str(copy.execute("FROM people").fetchall())
