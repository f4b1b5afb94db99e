"""One suite for all formats of tables: the same planted table, whoever wrote it, gives the same names and values."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import io
import json
import os
import random
import sqlite3
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
pytest.importorskip("fastavro")
pytest.importorskip("python_calamine")
pytest.importorskip("openpyxl")
pytest.importorskip("polars")
pytest.importorskip("pandas")

import pyarrow.parquet as pq  # noqa: E402
from tablefiles import NAMES, ROWS, TEXT, WRITERS, Told, kind_of, told, written  # noqa: E402

from assay.errors import LimitError, ReadError  # noqa: E402
from assay.formats import Kind  # noqa: E402
from assay.formats.content import Content, spooled  # noqa: E402
from assay.formats.sheetsize import check_size  # noqa: E402
from assay.formats.tabular import BrokenTable, open_tables  # noqa: E402
from assay.formats.textcolumn import TextColumn  # noqa: E402


def of(path: Path) -> Told:
    return told(kind_of(path.read_bytes(), path.name), Content(path=str(path)), path.name)


@pytest.fixture(params=sorted(WRITERS))
def writer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def plain(name: str, writer: str) -> str:
    return name.replace(" ", "_").replace("ö", "o").replace("ß", "s") if writer == "fastavro.avro" else name


def test_the_planted_table(writer: str, tmp_path: Path) -> None:
    path = written(writer, tmp_path)
    found = of(path)
    assert not found.errors
    values = found.only()
    assert list(values) == [plain(name, writer) for name in NAMES]
    for name, expected in TEXT.items():
        assert values[plain(name, writer)] == expected, name
    assert [float(value or "") for value in values["price"]] == [float(row[5]) for row in ROWS]
    assert set(values["ok"]) in ({"true", "false"}, {"0", "1"})
    (rows,) = found.first_rows.values()
    assert rows[0] == (2 if writer.endswith("xlsx") else 1)


def test_kinds_are_what_was_declared(writer: str, tmp_path: Path) -> None:
    ((_, kinds),) = of(written(writer, tmp_path)).kinds.items()
    assert kinds[plain("full name", writer)] == "text"
    assert kinds["born"] == "date"
    assert kinds["seen"] == "timestamp"
    assert kinds["ok"] == "boolean"
    assert kinds["id"] == ("float" if writer.endswith("xlsx") else "integer")


def test_bytes_and_streams_are_read_like_files(writer: str, tmp_path: Path) -> None:
    path = written(writer, tmp_path)
    data = path.read_bytes()
    kind = kind_of(data, path.name)
    expected = of(path).only()
    assert told(kind, Content(data=data)).only() == expected
    with path.open("rb") as stream:
        head = stream.read(100)
        with spooled(head, stream) as content:
            assert told(kind, content).only() == expected
    assert sorted(tmp_path.iterdir()) == [path], "something was left beside the file"


def test_samples_are_rows_of_the_table(writer: str, tmp_path: Path) -> None:
    path = written(writer, tmp_path)
    everything = set(zip(*of(path).only().values(), strict=True))
    with open_tables(
        kind_of(path.read_bytes(), path.name), Content(path=str(path)), resource="file:///p", name=path.name
    ) as tables:
        for table in tables:
            for rows, most in ((10, 12), (1000, 60)):
                batch = table.sample(rows, seed=7)  # type: ignore[union-attr]
                drawn = list(zip(*batch.columns, strict=True))
                assert set(drawn) <= everything
                assert min(rows, 60) <= len(drawn) <= most
            first, again, other = (table.sample(10, seed).columns for seed in (1, 1, 2))  # type: ignore[union-attr]
            assert list(map(list, first)) == list(map(list, again))
            assert list(map(list, first)) != list(map(list, other))


def test_a_table_without_rows(writer: str, tmp_path: Path) -> None:
    if writer == "pandas.parquet":
        pytest.skip("a frame without rows has no types")
    found = of(written(writer, tmp_path, []))
    assert not found.errors
    assert all(not values for values in found.only().values())
    ((_, names),) = found.names.items()
    assert names == [plain(name, writer) for name in NAMES]


def _cuts(size: int) -> list[int]:
    return sorted(
        {0, 1, 4, 8, 12, 16, 100, 511, 512, size - 1, size - 4, size - 8, *range(0, size, max(1, size // 40))}
    )


def test_cut_short_at_many_places(writer: str, tmp_path: Path) -> None:
    path = written(writer, tmp_path)
    data = path.read_bytes()
    kind = kind_of(data, path.name)
    whole = of(path)
    for cut in _cuts(len(data)):
        if 0 <= cut < len(data):
            assert_partial(told(kind, Content(data=data[:cut])), whole, f"cut at {cut}")


def assert_partial(found: Told, whole: Told, what: str) -> None:
    """A gap with a reason, or values that are right; in the details nothing of the table."""
    for _, reason, detail in found.errors:
        assert reason in {"corrupt", "unreadable", "encrypted", "unsupported format", "too large"}, what
        assert "Zoë" not in detail
        assert "Neil" not in detail
    if not found.errors:
        for table, values in found.values.items():
            assert values == whole.values.get(table, values), what


FUZZ = """
import faulthandler, random, sys
faulthandler.enable()
from pathlib import Path
from tablefiles import kind_of, told
from assay.formats.content import Content
path, seed, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
data = path.read_bytes()
kind = kind_of(data, path.name)
draw = random.Random(seed)
gaps = 0
for _ in range(rounds):
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 8, 40))):
        at = draw.randrange(len(changed))
        how = draw.random()
        if how < 0.5:
            changed[at] = draw.randrange(256)
        elif how < 0.8:
            changed[at] ^= 1 << draw.randrange(8)
        else:
            changed[at : at + draw.choice((2, 4, 8))] = draw.choice((b"\\xff" * 4, b"\\0" * 4, b"\\x7f\\xff\\xff\\xff"))
    found = told(kind, Content(data=bytes(changed)))
    gaps += bool(found.errors)
    assert all("Zo\\u00eb" not in detail for _, _, detail in found.errors)
print(gaps)
"""


def _found() -> dict[str, str]:
    """The environment of a process that finds what the tests find."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


def test_changed_bytes_are_a_gap_or_values(writer: str, tmp_path: Path) -> None:
    path = written(writer, tmp_path)
    ended = subprocess.run(
        [sys.executable, "-c", FUZZ, str(path), "1", "60"], capture_output=True, text=True, timeout=300, env=_found()
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert int(ended.stdout) >= 0
    assert "Zoë" not in ended.stderr


def write(path: Path, table: Any, **options: Any) -> Path:
    pq.write_table(table, path, **options)
    return path


def test_many_columns_and_names_that_repeat(tmp_path: Path) -> None:
    wide = of(write(tmp_path / "wide.parquet", pa.table({f"c{n}": [n, None] for n in range(300)}))).only()
    assert len(wide) == 300
    assert wide["c299"] == ["299", None]
    twice = pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"])
    found = of(write(tmp_path / "twice.parquet", twice))
    assert found.names == {"twice": ["a", "a"]}
    assert found.values == {"twice": [["1"], ["x"]]}


def test_nested_fields_are_columns_and_lists_are_json(tmp_path: Path) -> None:
    table = pa.table(
        {
            "person": pa.array(
                [{"name": "Ann", "at": {"zip": "12345"}}, {"name": "Bo", "at": None}, None],
                pa.struct([("name", pa.string()), ("at", pa.struct([("zip", pa.string())]))]),
            ),
            "mails": [["a@x.org", None], [], None],
            "kept": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32())),
            "many": [[{"n": "x"}], None, []],
        }
    )
    for suffix in ("parquet", "arrow"):
        path = tmp_path / f"nested.{suffix}"
        if suffix == "parquet":
            write(path, table)
        else:
            with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as file:
                file.write_table(table)
        values = of(path).only()
        assert values["person.name"] == ["Ann", "Bo", None]
        assert values["person.at.zip"] == ["12345", None, None]
        assert values["mails"] == ['["a@x.org",null]', "[]", None]
        assert values["kept"] == ['{"k":"1"}', None, "{}"]
        assert values["many"] == ['[{"n":"x"}]', None, "[]"]


def test_every_arrow_type_has_text(tmp_path: Path) -> None:
    moment = dt.datetime(2020, 1, 2, 3, 4, 5, 600_000, dt.UTC)
    columns = {
        "tiny": (pa.array([1, None], pa.int8()), ["1", None]),
        "most": (pa.array([2**64 - 1, 0], pa.uint64()), ["18446744073709551615", "0"]),
        "half": (pa.array([1.5, None], pa.float16()), ["1.5", None]),
        "card": (pa.array([4111111111111111.0, float("nan")]), ["4111111111111111", None]),
        "old": (pa.array([-90_000, 3_000_000], pa.int32()).cast(pa.date32()), ["1723-08-04", "10183-09-21"]),
        "zone": (pa.array([moment, None], pa.timestamp("us", "UTC")), ["2020-01-02 03:04:05.6Z", None]),
        "nano": (pa.array([1, None], pa.timestamp("ns")), ["1970-01-01 00:00:00.000000001", None]),
        "far": (pa.array([2**50, None], pa.timestamp("s")), [f"<value out of range: {2**50}>", None]),
        "clock": (pa.array([dt.time(1, 2, 3), None], pa.time64("us")), ["01:02:03", None]),
        "coded": (pa.array(["x", None]).dictionary_encode(), ["x", None]),
        "large": (pa.array(["y", None], pa.large_string()), ["y", None]),
        "view": (pa.array(["z", None], pa.string_view()), ["z", None]),
        "none": (pa.nulls(2), [None, None]),
        "raw": (pa.array(["Zoë".encode(), b"\xff\x00\x01"]), ["Zoë", ""]),
        "fixed": (pa.array([b"abcd", None], pa.binary(4)), ["abcd", None]),
        "uuid": (pa.array([b"\0" * 15 + b"\1", None], pa.uuid()), ["00000000-0000-0000-0000-000000000001", None]),
    }
    path = tmp_path / "types.arrow"
    table = pa.table({name: array for name, (array, _) in columns.items()})
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as file:
        file.write_table(table)
    values = of(path).only()
    for name, (_, expected) in columns.items():
        assert values[name] == expected, name


def test_large_cells_and_many_of_them(tmp_path: Path) -> None:
    large = "x" * 10_000_000
    path = write(tmp_path / "large.parquet", pa.table({"a": [large, "y", large], "b": ["1", "2", "3"]}))
    assert of(path).only() == {"a": [large, "y", large], "b": ["1", "2", "3"]}
    repeated = pa.table({"a": pa.array(["v" * 100_000] * 3000).dictionary_encode()})
    path = write(tmp_path / "repeated.parquet", repeated)
    with open_tables(Kind.PARQUET, Content(path=str(path)), resource="", name="r") as tables:
        for table in tables:
            sizes = [batch.rows * 100_000 for batch in table.read()]  # type: ignore[union-attr]
    assert sum(sizes) == 300_000_000
    assert max(sizes) <= 17_000_000


def test_text_that_is_no_utf8(tmp_path: Path) -> None:
    offsets = pa.array([0, 3, 5], pa.int32()).buffers()[1]
    broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"a\xffbok")])
    table = pa.Table.from_arrays([broken], names=["t"])
    for path in (write(tmp_path / "x.parquet", table), tmp_path / "x.arrow"):
        if path.suffix == ".arrow":
            with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as file:
                file.write_table(table)
        assert of(path).only() == {"t": ["aÿb", "ok"]}
    path = tmp_path / "x.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        connection.execute("INSERT INTO t VALUES (CAST(x'61ff62' AS TEXT))")
    connection.close()
    assert of(path).only() == {"a": ["aÿb"]}


def test_a_broken_row_group_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    # Incompressible and of plain encoding, so that each row group has a place of its own.
    texts = [random.Random(n).randbytes(50).hex() for n in range(300)]
    pq.write_table(
        pa.table({"a": texts}),
        path,
        row_group_size=100,
        compression="gzip",
        use_dictionary=False,
        write_statistics=False,
    )
    column = pq.read_metadata(path).row_group(1).column(0)
    data = bytearray(path.read_bytes())
    at = column.data_page_offset
    data[at + 40 : at + column.total_compressed_size] = bytes(column.total_compressed_size - 40)
    found = told(Kind.PARQUET, Content(data=bytes(data)))
    assert [reason for _, reason, _ in found.errors] == ["corrupt"]
    assert "1 of 3 row groups" in found.errors[0][2]
    (values,) = found.values.values()
    assert values == [texts[:100] + texts[200:]]
    assert found.first_rows["people"] == [1, 201]


def test_arrow_offsets_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    table = pa.table({"a": ["one", "two", "three"]})
    with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, table.schema) as file:
        file.write_table(table)
    data = path.read_bytes()
    offsets = struct.pack("<4i", 0, 3, 6, 11)
    assert data.count(offsets) == 1
    for wrong in ((0, 3, 6, 1 << 30), (0, -5, 6, 11), (1 << 20, 3, 6, 11)):
        found = told(Kind.ARROW, Content(data=data.replace(offsets, struct.pack("<4i", *wrong))))
        assert [reason for _, reason, _ in found.errors] == ["corrupt"]


def long(value: int) -> bytes:
    from assay.formats import avro

    return avro.long(value)


def avro_file(schema: Any, records: int, data: bytes, codec: bytes = b"null") -> bytes:
    declared = json.dumps(schema).encode()
    header = b"Obj\x01" + long(2) + long(11) + b"avro.schema" + long(len(declared)) + declared
    header += long(10) + b"avro.codec" + long(len(codec)) + codec + b"\0" + bytes(16)
    return header + long(records) + long(len(data)) + data + bytes(16)


def test_hostile_avro() -> None:
    nested = {"type": "record", "name": "T", "fields": [{"name": "next", "type": ["null", "T"]}]}
    empty = {"type": "record", "name": "E", "fields": [{"name": "n", "type": "null"}]}
    holes = {"type": "record", "name": "A", "fields": [{"name": "n", "type": {"type": "array", "items": "null"}}]}
    import zlib

    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    unfolded = bomb.compress(bytes(300_000_000)) + bomb.flush()
    texts = {"type": "record", "name": "S", "fields": [{"name": "s", "type": "string"}]}
    for schema, records, data, codec in (
        (nested, 1, b"\x02" * 500_000 + b"\0", b"null"),
        (empty, 1 << 50, b"", b"null"),
        (holes, 1, long(1 << 40) + b"\0", b"null"),
        (texts, 1, long(1 << 60), b"null"),
        (texts, 5, unfolded, b"deflate"),
        (texts, 1, b"xx", b"unheard of"),
    ):
        found = told(Kind.AVRO, Content(data=avro_file(schema, records, data, codec)))
        assert len(found.errors) == 1, schema
        assert found.errors[0][1] in {"corrupt", "too many records", "member too large", "unsupported format"}
    assert told(Kind.AVRO, Content(data=avro_file(texts, 2, b"\x04Zo\x04\xff\xfe"))).only() == {
        "s": ["Zo", "\ufffd\ufffd"]
    }


def test_avro_dates_that_python_cannot_hold() -> None:
    schema = {
        "type": "record",
        "name": "D",
        "fields": [
            {"name": "d", "type": {"type": "int", "logicalType": "date"}},
            {"name": "t", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        ],
    }
    data = long(-90_000) + long(0) + long(9_000_000) + long(1 << 60)
    values = told(Kind.AVRO, Content(data=avro_file(schema, 2, data))).only()
    assert values["d"] == ["1723-08-04", "9000000 days since 1970-01-01"]
    assert values["t"][0] == "1970-01-01 00:00:00Z"


def database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE "Order" ("sel""ect" TEXT, x INTEGER PRIMARY KEY);
        INSERT INTO "Order" VALUES ('a', 1), ('b', 2);
        CREATE TABLE plain (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
        INSERT INTO plain VALUES ('k', 1.5);
        CREATE VIEW seen AS SELECT * FROM plain;
        CREATE VIRTUAL TABLE found USING fts5(title, body);
        INSERT INTO found VALUES ('hello', 'world');
        CREATE TABLE made (a, b AS (a * 2));
        INSERT INTO made(a) VALUES (4);
        """
    )
    connection.commit()
    return connection


EXPECTED = {
    "Order": [["a", "b"], ["1", "2"]],
    "plain": [["k"], ["1.5"]],
    "found": [["hello"], ["world"]],
    "made": [["4"], ["8"]],
}


def test_sqlite_tables_of_every_sort(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    database(path).close()
    found = of(path)
    assert found.values == EXPECTED
    assert not found.errors
    assert found.names["Order"] == ['sel"ect', "x"]


def test_sqlite_with_a_log(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    connection = database(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("""INSERT INTO plain VALUES ('late', 2)""")
    connection.commit()
    expected = {**EXPECTED, "plain": [["k", "late"], ["1.5", "2"]]}
    assert of(path).values == expected, "beside a program that has it open"
    left = tmp_path / "left"
    left.mkdir()
    for ending in ("", "-wal"):
        (left / f"x.sqlite{ending}").write_bytes((tmp_path / f"x.sqlite{ending}").read_bytes())
    assert of(left / "x.sqlite").values == expected, "left behind with its log"
    assert sorted(entry.name for entry in left.iterdir()) == ["x.sqlite", "x.sqlite-wal"]
    connection.close()
    assert of(path).values == expected, "closed"
    assert told(Kind.SQLITE, Content(data=path.read_bytes())).values == expected
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["left", "x.sqlite"]


def test_sqlite_that_is_being_changed(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    connection = database(path)
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("""INSERT INTO plain VALUES ('half done', 2)""")
    assert [reason for _, reason, _ in of(path).errors] == ["locked"]
    connection.rollback()
    connection.close()
    assert of(path).values == EXPECTED


def test_an_encrypted_database_is_no_sqlite() -> None:
    found = told(Kind.SQLITE, Content(data=b"SQLite format 3\0" + random.Random(1).randbytes(8192)))
    assert [reason for _, reason, _ in found.errors] == ["corrupt"]


def test_duckdb_types_and_schemas(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            CREATE SCHEMA "my sch";
            CREATE TABLE "my sch"."Or""der" (h HUGEINT, d DATE, st STRUCT(x INT, y STRUCT(z VARCHAR)), l INT[],
                m MAP(VARCHAR, INT), i INTERVAL, u UUID, b BLOB, e ENUM('sad', 'ok'));
            INSERT INTO "my sch"."Or""der" VALUES (170141183460469231731687303715884105727, 'infinity',
                {'x': 1, 'y': {'z': 'q'}}, [1, 2], MAP {'k': 1}, INTERVAL 1 DAY,
                '00000000-0000-0000-0000-000000000001', 'abc', 'ok');
            CREATE VIEW v AS SELECT 1;
            COMMENT ON COLUMN "my sch"."Or""der".d IS 'day of birth';
            """
        )
    found = of(path)
    assert not found.errors
    assert found.only() == {
        "h": ["170141183460469231731687303715884105727"],
        "d": ["infinity"],
        "st.x": ["1"],
        "st.y.z": ["q"],
        "l": ['["1","2"]'],
        "m": ['{"k":"1"}'],
        "i": ["1 day"],
        "u": ["00000000-0000-0000-0000-000000000001"],
        "b": ["abc"],
        "e": ["ok"],
    }
    assert list(found.names) == ['my sch.Or"der']


def workbook(path: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    people = book.active
    people.title = "People"
    people["A1"] = "Staff, 2024"
    people.append([])
    people.append(["Id", "Name", "Born", "SSN"])
    people.append([1, "Ann", dt.date(1980, 5, 17), 536904399])
    people.append([])
    people.append([2, "Bob", dt.date(1880, 5, 17), "601-55-3127"])
    hidden = book.create_sheet("Kept back")
    hidden.sheet_state = "veryHidden"
    hidden.append(["email"])
    hidden.append(["ann@corp.example"])
    titled = book.create_sheet("Titled")
    titled["B1"], titled["F1"] = "A title over all", 2
    titled.merge_cells("B1:D1")
    titled["B3"], titled["C3"], titled["B4"], titled["C4"] = "name", "email", "Ann", "ann@corp.example"
    merged = book.create_sheet("Merged")
    merged.append(["Name", "Address", None, None])
    merged.merge_cells("B1:D1")
    merged.append(["Ann", "Main", 12, "Town"])
    bare = book.create_sheet("Bare")
    bare["C2"], bare["D2"], bare["C3"], bare["D3"] = 1, "536-90-4399", 2, "x"
    book.create_sheet("Empty")
    book.save(path)
    return path


def test_sheets_with_titles_blank_rows_and_hidden_ones(tmp_path: Path) -> None:
    found = of(workbook(tmp_path / "x.xlsx"))
    assert not found.errors
    assert found.names["People"] == ["Id", "Name", "Born", "SSN"]
    assert found.values["People"][1] == [None, None, None, "Ann", None, "Bob"]
    assert found.values["People"][0] == ["Staff, 2024", None, None, "1", None, "2"]
    assert found.values["People"][3] == [None, None, None, "536904399", None, "601-55-3127"]
    assert found.first_rows["People"] == [1]
    assert found.values["Kept back"] == [["ann@corp.example"]]
    assert found.names["Titled"][:2] == ["name", "email"]
    assert found.values["Titled"][0] == ["A title over all", None, None, "Ann"]
    assert found.names["Merged"] == ["Name", "Address", "Address", "Address"]
    assert found.names["Bare"] == ["column_3", "column_4"]
    assert found.first_rows["Bare"] == [2]
    assert "Empty" not in found.names


def test_a_cell_far_out_does_not_take_all_memory(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "x", "y"
    book.save(tmp_path / "x.xlsx")
    assert [reason for _, reason, _ in of(tmp_path / "x.xlsx").errors] == ["too large"]
    rows = (
        '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="16000" office:value-type="string">'
        "<text:p>x</text:p></table:table-cell></table:table-row>"
    )
    assert [reason for _, reason, _ in of(ods(tmp_path / "x.ods", rows)).errors] == ["too large"]


@pytest.mark.parametrize(
    ("cells", "fits"),
    [
        (["A1", "Z299999"], True),
        (["A1", "Z399999"], False),
        (["A250000", "AD1"], True),  # 30 columns: no more rows are counted than there are
        (["A250000", "AG1"], False),  # and none of those before is forgotten
        (["AD1", "A250000"], True),
        (["AD1", "A299999"], False),
        (["A0000299999", "B1"], True),
    ],
)
def test_how_far_a_sheet_reaches_is_told_from_all_of_its_cells(cells: list[str], *, fits: bool) -> None:
    between = b"<!-- a sheet is looked at in pieces -->" * 60_000
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as out:
        body = between.join(f"<c r = '{cell}'><v>1</v></c>".encode() for cell in cells)
        out.writestr("xl/worksheets/sheet1.xml", b"<worksheet>" + body + b"</worksheet>")
    with contextlib.nullcontext() if fits else pytest.raises(LimitError, match="columns"):
        check_size(written)


def ods(path: Path, rows: str) -> Path:
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        out.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content{spaces} office:version="1.2"><office:body>'
            f'<office:spreadsheet><table:table table:name="People">{rows}</table:table></office:spreadsheet>'
            "</office:body></office:document-content>",
        )
        out.writestr("META-INF/manifest.xml", "<x/>")
    return path


def test_opendocument_sheets(tmp_path: Path) -> None:
    def row(*cells: str) -> str:
        made = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
        )
        return f"<table:table-row>{made}</table:table-row>"

    path = ods(tmp_path / "x.ods", row("name", "email") + row("Zoë", "zoe@corp.example"))
    assert of(path).only() == {"name": ["Zoë"], "email": ["zoe@corp.example"]}


def compound(*names: str, after_table: int = 0xFFFFFFFE) -> bytes:
    """A compound file of a table of chains, a directory, and nothing in its streams."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    table = struct.pack("<II", 0xFFFFFFFD, after_table)
    entries = b""
    for name in ("Root Entry", *names):
        written = name.encode("utf-16-le")
        entries += written.ljust(64, b"\0") + struct.pack("<H", len(written) + 2) + bytes(62)
    return header.ljust(512, b"\xff") + table.ljust(512, b"\xff") + entries.ljust(512, b"\0")


def test_a_workbook_with_a_password_is_encrypted() -> None:
    data = compound("EncryptionInfo", "EncryptedPackage")
    assert kind_of(data, "x.xlsx") is Kind.SPREADSHEET
    assert [reason for _, reason, _ in told(Kind.SPREADSHEET, Content(data=data)).errors] == ["encrypted"]


def test_chains_of_sectors_that_never_end() -> None:
    for data in (compound("Workbook", after_table=1), compound("Workbook")[:700], compound("Workbook")):
        assert [reason for _, reason, _ in told(Kind.SPREADSHEET, Content(data=data)).errors] == ["corrupt"]


@pytest.mark.slow
def test_tables_in_archives_and_compressed_files_are_found(tmp_path: Path) -> None:
    import assay

    rows = [("Ann", "536-90-4399"), ("Bob", "601-55-3127")]
    table = pa.table({"name": [row[0] for row in rows], "ssn": [row[1] for row in rows]})
    made = tmp_path / "made"
    made.mkdir()
    pq.write_table(table, made / "a.parquet")
    with sqlite3.connect(made / "b.sqlite") as connection:
        connection.execute("CREATE TABLE people (name TEXT, ssn TEXT)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", rows)
    connection.close()
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for entry in sorted(made.iterdir()):
            out.write(entry, f"in/{entry.name}")
        out.writestr("in/cut.parquet", (made / "a.parquet").read_bytes()[:-30])
    (tmp_path / "c.parquet.gz").write_bytes(gzip.compress((made / "a.parquet").read_bytes()))
    records = [
        record
        for name in ("all.zip", "c.parquet.gz")
        for record in assay.scan(str(tmp_path / name), min_confidence=0.3)
    ]
    found = [record for record in records if type(record).__name__ == "Finding" and record.identifier == "SSN"]
    places = sorted((record.location.member or "", record.location.row or 0) for record in found)
    assert places == [(member, row) for member in ("c.parquet", "in/a.parquet", "in/b.sqlite") for row in (1, 2)]
    gaps = [record for record in records if type(record).__name__ == "Gap"]
    assert [(gap.reason, "in/cut.parquet" in gap.detail) for gap in gaps] == [("corrupt", True)]


@pytest.mark.parametrize("writer_and_package", [("pyarrow.parquet", "pyarrow"), ("openpyxl.xlsx", "python_calamine")])
def test_a_missing_extra_says_what_to_install(
    writer_and_package: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, package = writer_and_package
    path = written(writer, tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    found = told(kind_of(path.read_bytes(), path.name), Content(path=str(path)))
    ((_, reason, detail),) = found.errors
    assert reason == "unsupported format"
    assert "pip install 'assay[tables]'" in detail


def test_a_file_that_vanished_is_told() -> None:
    with (
        pytest.raises((ReadError, FileNotFoundError)),
        open_tables(Kind.PARQUET, Content(path="/nowhere/x.parquet"), resource="", name="x"),
    ):
        pass


def old_workbook(*cells: tuple[int, int]) -> bytes:
    """A workbook of Office until 2003 (MS-CFB, MS-XLS) with one sheet that has numbers in these cells (row, column)."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    sheet = record(0x0809, begin[:2] + b"\x10\x00" + begin[4:])
    sheet += b"".join(record(0x0203, struct.pack("<HHHd", row, column, 0, 7.0)) for row, column in cells)
    sheet += record(0x000A, b"")
    place = 20 + 4 + 4 + 2 + 2 + 5 + 4
    book = record(0x0809, begin) + record(0x0085, struct.pack("<IHBB", place, 0, 5, 0) + b"Sheet") + record(0x000A, b"")
    assert len(book) == place
    stream = (book + sheet).ljust(4096, b"\0")
    assert len(stream) == 4096
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    chains = [0xFFFFFFFD, end, *range(3, 10), end]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0, 0) + struct.pack("<I", free) * 108
    table = b"".join(struct.pack("<I", chain) for chain in chains).ljust(512, b"\xff")

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0"
        told = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, free, free, child)
        return told + bytes(36) + struct.pack("<IQ", start, size)

    folder = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, 4096) + bytes(256)
    return head + table + folder + stream


def test_an_old_workbook_with_a_cell_far_out_does_not_either(tmp_path: Path) -> None:
    path = tmp_path / "x.xls"
    path.write_bytes(old_workbook((0, 0), (3, 2)))
    assert of(path).values == {"Sheet": [["7", None, None, None], [None] * 4, [None, None, None, "7"]]}
    path.write_bytes(old_workbook((0, 0), (65_535, 255)))
    [(_, reason, detail)] = of(path).errors
    assert reason == "too large"
    assert "16,777,216 cells" in detail


def test_what_the_reader_of_sheets_says_of_a_mistake_of_its_own_is_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(old_workbook((0, 0), (3, 2)))
    (place,) = struct.unpack_from("<I", data, 1536 + 24)
    assert data[1536 + place : 1536 + place + 2] == b"\x09\x08"
    # Where the sheet begins in the stream: beyond its end.
    struct.pack_into("<I", data, 1536 + 24, 0x7F000000)
    path = tmp_path / "x.xls"
    path.write_bytes(data)
    [(_, reason, detail)] = of(path).errors
    assert (reason, "its reader does not expect" in detail) == ("corrupt", True)
    assert capfd.readouterr().err == ""


def test_rows_are_drawn_from_all_over_a_group_and_not_from_its_beginning(tmp_path: Path) -> None:
    """What half a gigabyte of values is worth is written in little: they are the same."""
    rows = 40_000
    names = ["early"] * (rows // 2) + ["late"] * (rows // 2)
    table = pa.table({"when": names, "fill": ["x" * 2_000] * rows})
    path = tmp_path / "x.parquet"
    with pq.ParquetWriter(path, table.schema, use_dictionary=False, compression="zstd") as writer:
        for _ in range(3):
            writer.write_table(table, row_group_size=rows)
    with open_tables(Kind.PARQUET, Content(path=str(path)), resource="file:///x", name="x") as tables:
        [reader] = tables
        assert not isinstance(reader, BrokenTable)
        batch = reader.sample(300, 1)
    found = Counter(batch.columns[0])
    assert found.total() == 300
    assert found["late"] > 100
    assert found["early"] > 100


def test_encrypted_columns_are_told_as_such(tmp_path: Path) -> None:
    import base64

    from pyarrow.parquet import encryption

    class Keys(encryption.KmsClient):
        def __init__(self, _configuration: object) -> None:
            super().__init__()

        def wrap_key(self, key: bytes, _name: str) -> bytes:
            return base64.b64encode(key)

        def unwrap_key(self, key: bytes, _name: str) -> bytes:
            return base64.b64decode(key)

    table = pa.table({"id": [1, 2], "ssn": ["536-90-4399"] * 2})
    for plain, said in ((True, "columns of it are encrypted"), (False, "its footer is encrypted")):
        properties = encryption.CryptoFactory(Keys).file_encryption_properties(
            encryption.KmsConnectionConfig(),
            encryption.EncryptionConfiguration(footer_key="f", column_keys={"c": ["ssn"]}, plaintext_footer=plain),
        )
        path = tmp_path / "x.parquet"
        with pq.ParquetWriter(path, table.schema, encryption_properties=properties) as writer:
            writer.write_table(table)
        [(_, reason, detail)] = of(path).errors
        assert (reason, said in detail) == ("encrypted", True)


def test_dictionaries_of_writers_that_do_not_say_where_they_are(tmp_path: Path) -> None:
    """Some leave out where the dictionary's page is: how the values are encoded tells it, too."""
    from assay.formats.columnar import _dictionaries

    words = ["a" * 40, "b" * 40, None] * 2_000
    different = [f"{n} {n * 7} {'x' * 600}" for n in range(6_000)]
    pq.write_table(pa.table({"word": words, "n": range(6_000), "different": different}), tmp_path / "x.parquet")
    metadata = pq.read_metadata(tmp_path / "x.parquet")
    assert _dictionaries(metadata) == ["word"]

    class Column:
        def __init__(self, column: Any) -> None:
            self.path_in_schema, self.physical_type = column.path_in_schema, column.physical_type
            self.total_uncompressed_size, self.num_values = column.total_uncompressed_size, column.num_values
            self.encodings, self.has_dictionary_page = column.encodings, False

    class Unsaid:
        num_row_groups, num_columns = 1, 3

        def row_group(self, _number: int) -> Unsaid:
            return self

        def column(self, index: int) -> Column:
            return Column(metadata.row_group(0).column(index))

    assert _dictionaries(Unsaid()) == ["word"]


@pytest.mark.parametrize("most", [1 << 26, 0])
def test_a_dictionary_is_looked_up(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.formats import arrowtext, codedcolumn

    monkeypatch.setattr(codedcolumn, "_LOOKED_UP", most)
    words = pa.array(["a", None, "ü" * 50, "d"])
    coded = pa.DictionaryArray.from_arrays(pa.array([3, 0, None, 2, 1, 0], pa.int8()), words)
    expected = ["d", "a", None, "ü" * 50, None, "a"]
    assert list(arrowtext.texts(coded)) == expected
    assert isinstance(arrowtext.texts(coded).rows, TextColumn) is bool(most)
    assert list(arrowtext.texts(coded.slice(2, 2))) == expected[2:4]
    numbers = pa.DictionaryArray.from_arrays(pa.array([1, 1, 0], pa.int32()), pa.array([1.0, 2.5]))
    assert list(arrowtext.texts(numbers)) == ["2.5", "2.5", "1"]
    raw = pa.DictionaryArray.from_arrays(pa.array([0, None], pa.int32()), pa.array([b"text"]))
    assert list(arrowtext.texts(raw)) == ["text", None]


KEPT = Path(__file__).parents[1] / "data" / "documents"
BY_OTHERS = [
    "hive.avro",
    "hive.orc",
    "hive.parquet",
    "java-deflate.avro",
    "java-xz.avro",
    "spark-legacy.parquet",
    "spark.orc",
    "spark.parquet",
]


@pytest.mark.parametrize("name", BY_OTHERS)
def test_what_others_wrote_cut_and_changed(name: str) -> None:
    path = KEPT / name
    data, whole = path.read_bytes(), of(path)
    assert not whole.errors
    for cut in _cuts(len(data)):
        assert_partial(told(kind_of(data, name), Content(data=data[:cut])), whole, f"cut at {cut}")
    ended = subprocess.run(
        [sys.executable, "-c", FUZZ, str(path), "1", "60"], capture_output=True, text=True, timeout=300, env=_found()
    )
    assert ended.returncode == 0, ended.stderr[-3000:]


def test_a_duckdb_file_of_before_0_9(tmp_path: Path) -> None:
    """Its storage version is one that no later DuckDB reads: that is no damage."""
    data = bytearray((KEPT / "old.duckdb").read_bytes())
    for version, reason in (
        (51, "unsupported format"),
        (38, "unsupported format"),
        (0, "corrupt"),
        (9_000, "unreadable"),
    ):
        data[12:20] = version.to_bytes(8, "little")
        path = tmp_path / f"{version}.duckdb"
        path.write_bytes(data)
        [(_, said, detail)] = of(path).errors
        assert said == reason, detail
        assert (version != 51) or "before 0.9" in detail


def test_values_of_spark_and_hive() -> None:
    """Whatever way of writing: the times of 96 bits, the old lists, decimals of few bytes say the same."""
    modern = of(KEPT / "spark.parquet").only()
    assert modern["seen"][:2] == ["2020-01-02 03:04:01Z", "2020-01-02 03:04:02Z"]
    assert modern["price"][:2] == ["0.25", "0.50"]
    for name in ("spark-legacy.parquet", "hive.parquet"):
        other = of(KEPT / name).only()
        assert [text and text.removesuffix("Z") for text in other.pop("seen")] == [
            text and text.removesuffix("Z") for text in modern["seen"]
        ]
        for column, values in other.items():
            assert values == modern[column], (name, column)


@pytest.mark.parametrize("name", ["TestOrcFile.test1", "TestOrcFile.testDate1900", "decimal", "TestOrcFile.emptyFile"])
def test_orc_that_java_wrote(name: str) -> None:
    """Files of Apache ORC's own examples, written by its Java library, with their rows as JSON beside them."""
    place = Path(pa.__file__).parent / "tests/data/orc" / f"{name}.orc"
    if not place.exists():
        pytest.skip("this pyarrow comes without its test data")
    found = of(place)
    assert not found.errors
    with gzip.open(place.with_suffix(".jsn.gz"), "rt") as lines:
        rows = [json.loads(line) for line in lines]
    columns = found.only()
    assert {len(values) for values in columns.values()} == {len(rows)}
    compared = 0
    for column, values in columns.items():
        for value, row in zip(values, rows, strict=True):
            expected = row.get(column, [])
            if expected is None:
                assert value is None
            elif isinstance(expected, bool):
                assert value == str(expected).lower()
            elif isinstance(expected, int | float):
                assert float(value or "nan") == float(expected)
            elif isinstance(expected, str):
                assert value == expected
            else:
                continue  # lists, maps and bytes
            compared += 1
    assert compared >= 8 * len(rows) if name.endswith("test1") else compared == len(rows) * len(columns)
