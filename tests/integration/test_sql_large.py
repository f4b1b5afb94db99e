"""Wide and large tables: what is held of them, how their rows are drawn, and what an abandoned reading costs."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from itertools import islice

import pytest
from sqltables import Shop, opened

WIDE_ROWS = 400
WIDE_CELL = 200_000
_SPARSE = 1_000_003_000

WIDE = {
    "sqlite": f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {WIDE_ROWS}) "
    f"SELECT n, n || replace(hex(zeroblob({WIDE_CELL})), '00', 'x') FROM s",
    "postgresql": f"SELECT g, g || repeat('x', {WIDE_CELL}) FROM generate_series(1, {WIDE_ROWS}) g",
    "mysql": f"SELECT seq, CONCAT(seq, REPEAT('x', {WIDE_CELL})) FROM seq_1_to_{WIDE_ROWS}",
}


@pytest.fixture(params=list(WIDE))
def wide(request: pytest.FixtureRequest) -> Shop:
    """A table of 80 MB in 400 rows."""
    made: Shop = request.getfixturevalue({"postgresql": "postgres", "mysql": "maria"}.get(request.param, "lite"))
    text = "LONGTEXT" if made.engine == "mysql" else "TEXT"
    made.run(f"CREATE TABLE wide (id INTEGER PRIMARY KEY, t {text})", f"INSERT INTO wide {WIDE[made.engine]}")
    return made


@pytest.fixture
def lite(tmp_path, request: pytest.FixtureRequest) -> Iterator[Shop]:  # type: ignore[no-untyped-def]
    from sqltables import new_shop

    with new_shop("sqlite", request, tmp_path) as made:
        yield made


def test_a_sample_of_a_wide_table_holds_the_beginnings_of_its_values(wide: Shop) -> None:
    assets, _, opener = opened(wide.url)
    with opener.open(assets["wide"]) as reader:
        batch = reader.sample(50, 1)
        assert batch.rows == 50
        assert {len(value or "") for value in batch.columns[1]} == {65_536}
        assert len(set(batch.columns[0])) == 50
        for identity, value in zip(*batch.columns, strict=True):
            assert (value or "").rstrip("x") == identity


def test_the_more_rows_are_drawn_the_less_of_each_value_is_held(wide: Shop) -> None:
    assets, _, opener = opened(wide.url)
    with opener.open(assets["wide"]) as reader:
        batch = reader.sample(12_800, 1)
    assert batch.rows == WIDE_ROWS
    assert {len(value or "") for value in batch.columns[1]} == {64 * 1024 * 1024 // 12_800}


def test_a_wide_table_streams_within_bounds(wide: Shop) -> None:
    assets, _, opener = opened(wide.url)
    tracemalloc.start()
    try:
        with opener.open(assets["wide"]) as reader:
            rows = 0
            for batch in reader.read():
                rows += batch.rows
                del batch
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows == WIDE_ROWS
    assert peak < 48 * 1024 * 1024


def test_a_reading_that_is_given_up_does_not_fetch_the_rest(wide: Shop) -> None:
    assets, _, opener = opened(wide.url)
    with opener.open(assets["wide"]) as reader:
        batches = reader.read()
        next(batches)
        batches.close()  # type: ignore[attr-defined]
        # The same connection, or a new one: the next question is answered.
        assert reader.sample(10, 1).rows == 10
        assert sum(batch.rows for batch in islice(reader.read(), 2)) >= 2
    with opener.open(assets["wide"]) as reader:
        assert sum(batch.rows for batch in reader.read()) == WIDE_ROWS


def test_who_looks_at_rows_for_long_is_not_cut_off(maria: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.sources.sql import mysql

    # The server counts the time that its rows wait for their reader.
    monkeypatch.setattr(mysql, "_LIMITS", ("SET SESSION max_statement_time = 0.5",))
    monkeypatch.setattr(mysql, "_SETTINGS", mysql._LIMITS)
    maria.run("CREATE TABLE wide (id INTEGER PRIMARY KEY, t LONGTEXT)", f"INSERT INTO wide {WIDE['mysql']}")
    assets, _, opener = opened(maria.url)
    with opener.open(assets["wide"]) as reader:
        batches = reader.read()
        rows = next(batches).rows
        time.sleep(1.0)
        assert rows + sum(batch.rows for batch in batches) == WIDE_ROWS


@pytest.mark.parametrize("table", ["sparse", "unnumbered"])
def test_sqlite_draws_from_tables_whose_rows_have_no_close_numbers(lite: Shop, table: str) -> None:
    number = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000) SELECT"
    lite.run(
        "CREATE TABLE sparse (id INTEGER PRIMARY KEY, v TEXT)",
        f"INSERT INTO sparse {number} n * {_SPARSE}, 'v' || n FROM s",
        "CREATE TABLE unnumbered (k TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID",
        f"INSERT INTO unnumbered {number} 'k' || n, n * {_SPARSE} FROM s",
    )
    assets, _, opener = opened(lite.url)
    with opener.open(assets[table]) as reader:
        assert reader.info.rows == 20_000
        column = 0 if table == "sparse" else 1
        drawn = [int(value or 0) // _SPARSE for value in reader.sample(1_000, 7).columns[column]]
        again = [int(value or 0) // _SPARSE for value in reader.sample(1_000, 7).columns[column]]
        other = [int(value or 0) // _SPARSE for value in reader.sample(1_000, 8).columns[column]]
    assert len(set(drawn)) == 1_000
    assert drawn == again
    assert set(drawn) != set(other)
    for quarter in range(4):
        inside = sum(quarter * 5_000 < number <= (quarter + 1) * 5_000 for number in drawn)
        assert 180 <= inside <= 320  # 250 expected, 5 standard deviations


def test_sqlite_draws_from_tables_whatever_their_numbers_and_texts(lite: Shop) -> None:
    number = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2000) SELECT"
    lite.run(
        "CREATE TABLE extremes (id INTEGER PRIMARY KEY, v TEXT)",
        f"INSERT INTO extremes {number} n, 'v' || n FROM s",
        "INSERT INTO extremes VALUES (-9223372036854775808, 'least'), (9223372036854775807, 'most')",
        "CREATE TABLE broken (id INTEGER PRIMARY KEY, v TEXT)",
        f"INSERT INTO broken {number} n, CAST(x'4dfc6c6c6572' AS TEXT) FROM s",
    )
    assets, _, opener = opened(lite.url)
    with opener.open(assets["extremes"]) as reader:
        assert reader.info.rows == 2_002
        assert len(set(reader.sample(100, 1).columns[0])) == 100
    with opener.open(assets["broken"]) as reader:
        assert set(reader.sample(100, 1).columns[1]) == {"Müller"}
        assert set(next(iter(reader.read())).columns[1]) == {"Müller"}
