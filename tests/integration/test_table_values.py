"""Values that are long or missing, and rows that come only in part: what was not read is told, what was read counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqltables import Shop, opened

import assay
from assay.detect.engine import Detector
from assay.errors import LostError, ReadError
from assay.model import Classification, ColumnRecord, Gap, Level
from assay.ports import TableBatch, TableReader
from assay.scanning.report import SplitReport
from assay.scanning.tabular import scan_columns
from assay.tables.judges import Judges

SSN = "536-90-4399"
FILL = "x y "
MEGABYTES = 10
TIMES = MEGABYTES * 1024 * 1024 // len(FILL)
_LONG = {
    "sqlite": f"INSERT INTO t SELECT 1, replace(hex(zeroblob({TIMES // 2})), '00', '{FILL}{FILL}') || 'ssn: {SSN}'",
    "duckdb": f"INSERT INTO t SELECT 1, repeat('{FILL}', {TIMES}) || 'ssn: {SSN}'",
    "postgresql": f"INSERT INTO t SELECT 1, repeat('{FILL}', {TIMES}) || 'ssn: {SSN}'",
    "mysql": f"INSERT INTO t SELECT 1, concat(repeat('{FILL}', {TIMES}), 'ssn: {SSN}')",
}


def scanned(target: str, **options: Any) -> tuple[Classification, list[Gap], list[ColumnRecord]]:
    records = list(assay.scan(target, jobs=1, **options))
    [classification] = [item for item in records if isinstance(item, Classification)]
    gaps = [item for item in records if isinstance(item, Gap)]
    return classification, gaps, [item for item in records if isinstance(item, ColumnRecord)]


@pytest.mark.parametrize("full", [False, True], ids=["sampled", "full"])
def test_a_secret_at_the_end_of_ten_megabytes_is_found_or_told_as_unread(empty_shop: Shop, full: bool) -> None:
    text = "longtext" if empty_shop.engine == "mysql" else "text"
    empty_shop.run(f"CREATE TABLE t (id int, body {text})")
    with suppress(Exception):
        empty_shop.run("SET GLOBAL max_allowed_packet = 67108864")
    empty_shop.run(_LONG[empty_shop.engine], "INSERT INTO t VALUES (2, 'short')")
    classification, gaps, columns = scanned(empty_shop.url, **({"rows": None} if full else {}))
    assert [column.column for column in columns] == ["id", "body"]
    whole = empty_shop.engine == "duckdb" or (empty_shop.engine == "sqlite" and full)
    if whole:
        assert (classification.level, gaps) == (Level.RESTRICTED, [])
        assert columns[1].detected_type == "SSN"
        return
    assert classification.level is Level.UNCLASSIFIED
    assert not classification.coverage.complete
    if full:
        [gap] = gaps
        assert gap.reason == "too large"
        assert "column body of " in gap.detail
        assert "longer than 1,048,576 characters were read to there" in gap.detail
    else:
        assert gaps == []
        assert "the first 65,536 characters of longer values of body" in classification.because
        # All rows were drawn: no bound on those that were not can be told.
        assert classification.coverage.missed_upper_bound is None


def test_cells_of_just_the_length_that_is_read_are_whole(maria: Shop, postgres: Shop) -> None:
    """Characters count, not bytes, and a character is not cut in two."""
    maria.run("CREATE TABLE t (a mediumtext, b mediumblob)",
              "INSERT INTO t VALUES (repeat('漢', 65536), concat('x', repeat('é', 40000)))")  # fmt: skip
    postgres.run("CREATE TABLE t (a text, b bytea)",
                 "INSERT INTO t VALUES (repeat('漢', 65536), convert_to('x' || repeat('é', 40000), 'UTF8'))")  # fmt: skip
    for shop in (maria, postgres):
        assets, _, opener = opened(shop.url)
        with opener.open(assets["t"]) as reader:
            batch = reader.sample(5, 0)
        assert batch.cut == {1: 65_536}
        assert batch.columns == [["漢" * 65_536], ["x" + "é" * 32_767]]


class _Interrupted:
    """The reader of a table in the middle of whose rows something happens, as often as asked for."""

    def __init__(self, reader: TableReader, happens: Callable[[], None], times: int) -> None:
        self.info = reader.info
        self._reader = reader
        self._happens = happens
        self._left = times

    def sample(self, rows: int, seed: int) -> TableBatch:
        return self._reader.sample(rows, seed)

    def read(self) -> Iterator[TableBatch]:
        for number, batch in enumerate(self._reader.read()):
            yield batch
            if number == 1 and self._left:
                self._left -= 1
                self._happens()


def _killer(shop: Shop) -> Callable[[], None]:
    """Ends all sessions of the database but its own."""

    def kill() -> None:
        if shop.engine == "postgresql":
            with psycopg.connect(shop.url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'assay' "
                    "AND datname = current_database()"
                )
            return
        with shop.run.func.__self__.connect(shop.schema[0]) as connection, connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            )
            for (number,) in cursor.fetchall():
                cursor.execute(f"KILL {number}")

    return kill


ROWS = 20_000


@pytest.mark.parametrize("times", [1, 2])
def test_a_full_reading_whose_connection_is_lost_begins_again_once(
    postgres: Shop, maria: Shop, detector: Detector, times: int
) -> None:
    postgres.run(f"CREATE TABLE t AS SELECT g AS a, '{SSN}'::text AS ssn, repeat('x', 2000) AS b "
                 f"FROM generate_series(1, {ROWS}) g")  # fmt: skip
    maria.run(f"CREATE TABLE t AS SELECT seq AS a, '{SSN}' AS ssn, repeat('x', 2000) AS b FROM seq_1_to_{ROWS}")
    for shop in (postgres, maria):
        assets, _, opener = opened(shop.url)
        report = SplitReport(resource=assets["t"].uri)
        judge = Judges().of(detector.rules)
        with opener.open(assets["t"]) as reader:
            reader_in_trouble = _Interrupted(reader, _killer(shop), times)
            if times == 1:
                scan_columns(reader_in_trouble, detector, report, judge, rows=None)
            else:
                with pytest.raises(LostError):
                    scan_columns(reader_in_trouble, detector, report, judge, rows=None)
        [table] = report.tables
        ssn = table.columns[1]
        if times == 1:
            assert (report.rows, report.rows_total) == (ROWS, ROWS)
            assert (ssn.rows, ssn.filled, ssn.hits) == (ROWS, ROWS, {"SSN": ROWS})
        else:
            # What was read before counts, once.
            assert report.rows is not None
            assert 0 < report.rows < ROWS
            assert (ssn.rows, ssn.hits) == (report.rows, {"SSN": report.rows})
            assert report.rows_total == ROWS


class _Dropped:
    """The reader of a table that is dropped after the first sample of it."""

    def __init__(self, reader: TableReader, drop: Callable[[], None]) -> None:
        self.info = reader.info
        self._reader = reader
        self._drop = drop
        self.samples = 0

    def sample(self, rows: int, seed: int) -> TableBatch:
        self.samples += 1
        if self.samples == 2:
            self._drop()
        return self._reader.sample(rows, seed)

    def read(self) -> Iterator[TableBatch]:
        return self._reader.read()


def test_a_table_that_vanishes_between_two_samples_keeps_what_the_first_found(
    postgres: Shop, maria: Shop, detector: Detector
) -> None:
    # One row in eighteen holds what the column is called after: two hundred rows leave open whether it does.
    postgres.run("CREATE TABLE t AS SELECT g AS id, CASE WHEN g % 18 = 0 THEN (10001 + g % 400)::text ELSE 'none' END "
                 "AS zip FROM generate_series(1, 9000) g")  # fmt: skip
    maria.run(
        "CREATE TABLE t AS SELECT seq AS id, IF(seq % 18 = 0, 10001 + seq % 400, 'none') AS zip FROM seq_1_to_9000"
    )
    for shop in (postgres, maria):
        assets, _, opener = opened(shop.url)
        report = SplitReport(resource=assets["t"].uri)
        judge = Judges().of(detector.rules)
        with opener.open(assets["t"]) as reader:
            dropped = _Dropped(reader, lambda shop=shop: shop.run("DROP TABLE t"))
            with pytest.raises(ReadError) as caught:
                scan_columns(dropped, detector, report, judge, rows=200)
        assert caught.value.reason == "vanished"
        assert dropped.samples == 2
        assert report.rows == 200
        assert [column.name for column in report.tables[0].columns] == ["id", "zip"]


NULLS = [(1, None, None), (2, None, None)]
BLANK = [(1, "", "   "), (2, "", " ")]


@pytest.mark.parametrize("rows", [NULLS, BLANK, []], ids=["nulls", "blank", "no rows"])
def test_a_column_without_values_is_judged_by_its_name_whatever_the_format(
    rows: list[tuple[Any, ...]], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    targets = [str(path) for path in _written(rows, tmp_path)]
    targets += [f"sqlite:///{tmp_path}/t.db", f"duckdb:///{tmp_path}/t.duckdb"]
    for engine in ("postgres", "maria"):
        shop: Shop = request.getfixturevalue(engine)
        shop.run("CREATE TABLE t (id int, ssn text, note text)")
        for row in rows:
            shop.run(f"INSERT INTO t VALUES ({', '.join('NULL' if value is None else repr(value) for value in row)})")
        targets.append(shop.url)
    told = {}
    for target in targets:
        for how, options in (("drawn", {}), ("all", {"rows": None})):
            classification, gaps, columns = scanned(target, **options)
            assert gaps == []
            [ssn] = [column for column in columns if column.column == "ssn"]
            told[target, how] = (classification.level, ssn.level, ssn.detected_type, ssn.need_review, ssn.pattern_score)
    assert set(told.values()) == {(Level.RESTRICTED, Level.RESTRICTED, "SSN", True, None)}, told


def _written(rows: list[tuple[Any, ...]], folder: Path) -> Iterator[Path]:
    import csv
    import sqlite3
    from contextlib import closing

    import duckdb
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import feather, orc

    names = ("id", "ssn", "note")
    with (folder / "t.csv").open("w", newline="") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([names, *rows])
    columns = [pa.array([row[index] for row in rows], kind) for index, kind in
               enumerate((pa.int64(), pa.string(), pa.string()))]  # fmt: skip
    table = pa.table(columns, names=list(names))
    pq.write_table(table, folder / "t.parquet")
    orc.write_table(table, folder / "t.orc")
    feather.write_feather(table, str(folder / "t.feather"))
    for connection in (sqlite3.connect(folder / "t.db"), duckdb.connect(str(folder / "t.duckdb"))):
        with closing(connection):
            connection.execute("CREATE TABLE t (id int, ssn varchar, note varchar)")
            for row in rows:
                connection.execute("INSERT INTO t VALUES (?, ?, ?)", row)
            connection.commit()
    book = openpyxl.Workbook()
    for row in (names, *rows):
        book.active.append(row)
    book.save(folder / "t.xlsx")
    if rows:
        (folder / "t.jsonl").write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows))
    yield from sorted(folder.iterdir())
