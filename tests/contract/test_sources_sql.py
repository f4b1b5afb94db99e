"""What every kind of database gives, each with the same tables in it."""

from __future__ import annotations

import pickle
import statistics
from collections import Counter

import pytest
from sqltables import MANY, ODD, PEOPLE, WIDE, Shop, column, opened

from assay.errors import ReadError
from assay.model import AssetRef, Skip, ValueKind
from assay.ports import Grouping
from assay.sources.sql.source import SqlSource

NAMES = ["Order", "many", "nobody", "people", "unkeyed", "wide"]


def test_every_table_once_with_views_left_out(shop: Shop) -> None:
    assets, others, _ = opened(shop.url)
    assert sorted(assets) == NAMES
    assert [(type(item), item.reason) for item in others] == [(Skip, "view")]
    for name, asset in assets.items():
        assert asset.name == shop.name(name)
        assert asset.kind == "table"
        assert "@" not in asset.uri
        assert asset.uri.startswith(("file:///", "postgresql://", "mysql://"))


def test_columns_and_values_are_the_same_whatever_the_engine(shop: Shop) -> None:
    assets, _, opener = opened(shop.url)
    with opener.open(assets["people"]) as reader:
        info = reader.info
        [batch] = list(reader.read())
    assert [each.name for each in info.columns] == ["id", "full name", "ssn", "email", "born", "balance", "active"]
    kinds = [each.kind for each in info.columns]
    assert kinds == [ValueKind.INTEGER, ValueKind.TEXT, ValueKind.TEXT, ValueKind.TEXT, ValueKind.DATE,
                     ValueKind.DECIMAL, ValueKind.BOOLEAN]  # fmt: skip
    assert info.rows == len(PEOPLE) == batch.rows
    for number, name in enumerate(["id", "full name", "ssn", "email", "born"]):
        assert sorted(map(str, column(batch, info, name))) == sorted(str(row[number]) for row in PEOPLE)
    assert {float(value) for value in column(batch, info, "balance") if value} == {n + 0.5 for n in range(1, 61)}
    assert set(column(batch, info, "active")) in ({"true", "false"}, {"0", "1"})
    if shop.engine != "duckdb":
        assert [each.name for each in info.columns if each.unique] == ["id"]


def test_names_that_have_to_be_quoted(shop: Shop) -> None:
    assets, _, opener = opened(shop.url)
    with opener.open(assets["Order"]) as reader:
        batch = reader.sample(10, 1)
        assert [each.name for each in reader.info.columns] == list(ODD)
    assert [list(values) for values in batch.columns] == [[f"value {number}"] for number in range(len(ODD))]
    with opener.open(assets["wide"]) as reader:
        batch = reader.sample(10, 1)
    assert [values[0] for values in batch.columns] == [f"w{number}" for number in range(WIDE)]


def test_a_table_without_rows(shop: Shop) -> None:
    assets, _, opener = opened(shop.url)
    with opener.open(assets["nobody"]) as reader:
        assert [each.name for each in reader.info.columns] == ["id", "naïve %s {x}"]
        assert reader.info.rows == 0
        assert reader.sample(10, 1).rows == 0
        assert sum(batch.rows for batch in reader.read()) == 0


@pytest.mark.parametrize("table", ["many", "unkeyed"])
def test_samples_come_from_all_over_a_large_table(shop: Shop, table: str) -> None:
    assets, _, opener = opened(shop.url)
    with opener.open(assets[table]) as reader:
        assert reader.info.rows is not None
        assert 0.5 * MANY < reader.info.rows < 2 * MANY
        batches = [reader.sample(200, seed) for seed in range(4)]
        again = reader.sample(200, 0)
        info = reader.info
    drawn = [[int(value or 0) for value in column(batch, info, "id")] for batch in batches]
    assert [len(numbers) for numbers in drawn] == [200] * 4
    assert all(len(set(numbers)) == 200 for numbers in drawn)
    assert drawn[0] == [int(value or 0) for value in column(again, info, "id")]
    assert len({tuple(sorted(numbers)) for numbers in drawn}) == 4
    for numbers in drawn:
        quarters = Counter(min(3, 4 * number // (MANY + 1)) for number in numbers)
        assert set(quarters) == {0, 1, 2, 3}
    assert MANY * 0.4 < statistics.fmean(number for numbers in drawn for number in numbers) < MANY * 0.6
    values = [value for batch in batches for value in column(batch, info, "v")]
    assert values == [f"v{number}" for numbers in drawn for number in numbers]


def test_reading_gives_every_row(shop: Shop) -> None:
    assets, _, opener = opened(shop.url)
    with opener.open(assets["many"]) as reader:
        seen = [value for batch in reader.read() for value in column(batch, reader.info, "id")]
    assert sorted(map(int, filter(None, seen))) == list(range(1, MANY + 1))


def test_batches_are_bounded_and_huge_cells_are_cut(empty_shop: Shop) -> None:
    shop = empty_shop
    text = "LONGTEXT" if shop.engine == "mysql" else "TEXT"
    size = 2_000_000
    huge = {"sqlite": f"replace(hex(zeroblob({size})), '00', 'x')"}.get(shop.engine, f"repeat('x', {size})")
    shop.run(f"CREATE TABLE big (t {text})", f"INSERT INTO big SELECT {huge}")
    for _ in range(3):
        shop.run("INSERT INTO big SELECT t FROM big")
    assets, _, opener = opened(shop.url)
    with opener.open(assets["big"]) as reader:
        batches = list(reader.read())
    assert sum(batch.rows for batch in batches) == 8
    sizes = {len(value or "") for batch in batches for value in batch.columns[0]}
    if shop.engine in ("postgresql", "mysql"):
        assert sizes == {1024 * 1024}
    else:
        # A file is here: what is long costs memory only, and is read whole.
        assert sizes == {size}
    if shop.engine != "duckdb":
        assert len(batches) > 1


def test_a_table_that_vanished_between_listing_and_reading(empty_shop: Shop) -> None:
    shop = empty_shop
    shop.run("CREATE TABLE gone (a INTEGER)", "CREATE TABLE stays (a INTEGER)", "INSERT INTO stays VALUES (7)")
    assets, _, opener = opened(shop.url)
    shop.run("DROP TABLE gone")
    with pytest.raises(ReadError) as caught, opener.open(assets["gone"]) as reader:
        reader.sample(10, 0)
    assert caught.value.reason == "vanished"
    with opener.open(assets["stays"]) as reader:
        assert reader.sample(100, 0).columns == [["7"]]


def test_nothing_can_be_written(shop: Shop) -> None:
    _, _, opener = opened(shop.url)
    for statement in ("INSERT INTO people (id) VALUES (999)", "DROP TABLE people", "UPDATE people SET ssn = ''"):
        with pytest.raises(ReadError):
            opener.on(lambda database, text=statement: _rows(database, text))
    assets, _, opener = opened(shop.url)
    with opener.open(assets["people"]) as reader:
        assert reader.sample(100, 0).rows == len(PEOPLE)


def _rows(database: object, statement: str) -> object:
    """Through the very connection that tables are read over."""
    if hasattr(database, "rows"):
        return database.rows(statement)
    listed = [item for item in database.tables() if item.skipped is None]  # type: ignore[attr-defined]
    return database.table(listed[0].name).rows(statement)  # type: ignore[attr-defined]


def test_asking_for_some_tables_only(shop: Shop) -> None:
    joint = "&" if "?" in shop.url else "?"
    assets, others, _ = opened(f"{shop.url}{joint}table=p*,Ord*")
    assert sorted(assets) == ["Order", "people"]
    assert others == []
    source = SqlSource(shop.url, exclude=["w*", "un*"])
    left = [item for item in source.assets() if isinstance(item, Skip) and item.reason == "excluded"]
    assert len(left) == 2
    assert source.is_narrowed is False


def test_openers_are_sent_to_other_processes_without_their_connection(shop: Shop) -> None:
    assets, _, opener = opened(shop.url)
    with opener.open(assets["people"]) as reader:
        reader.sample(1, 0)
    asset, other = pickle.loads(pickle.dumps((assets["people"], opener)))
    assert isinstance(asset, AssetRef)
    with other.open(asset) as reader:
        assert reader.sample(100, 0).rows == len(PEOPLE)
        assert reader.info.change == asset.change
    assert "password" not in repr(opener).lower()


def test_classes_of_rows_that_are_alike(empty_shop: Shop) -> None:
    shop = empty_shop
    text = "VARCHAR(20)"
    shop.run(f"CREATE TABLE visits (zip {text}, born {text}, {shop.q('sex%')} {text}, note {text})")
    shop.run("CREATE TABLE nobody (id INTEGER)")
    rows: list[tuple[str | None, str, str]] = [("12345", "1970", "f")] * 7 + [("12345", "1971", "m")] * 3
    rows += [("99999", "1980", "F"), ("99999", "1980", "f"), (None, "1980", "f"), (None, "1980", "f")]
    values = ", ".join(
        f"({'NULL' if code is None else repr(code)}, '{born}', '{sex}', 'n{n}')"
        for n, (code, born, sex) in enumerate(rows)
    )
    shop.run(f"INSERT INTO visits VALUES {values}")
    assets, _, opener = opened(shop.url)
    with opener.open(assets["visits"]) as reader:
        assert isinstance(reader, Grouping)
        found = reader.class_sizes(["zip", "born", "sex%"], 5)
        assert (found.k, found.classes, found.rows, found.unique) == (1, 5, 14, 2)
        assert found.smallest == tuple(sorted(Counter(rows).values())) == (1, 1, 2, 3, 7)
        assert (found.below, found.rows_below) == (5, 7)
        assert reader.class_sizes(["zip", "born", "sex%"], 4).rows_below == 7
        assert reader.class_sizes(["note"], 2).smallest == (1,) * 14
        with pytest.raises(ReadError, match="no column 'nope'"):
            reader.class_sizes(["zip", "nope"], 5)
        with pytest.raises(ValueError, match="at least"):
            reader.class_sizes([], 5)
    with opener.open(assets["nobody"]) as reader:
        assert isinstance(reader, Grouping)
        assert (reader.class_sizes(["id"], 5).k, reader.class_sizes(["id"], 5).rows) == (0, 0)


def test_texts_that_are_no_plain_texts(empty_shop: Shop) -> None:
    shop = empty_shop
    text = "LONGTEXT" if shop.engine == "mysql" else "TEXT"
    shop.run(f"CREATE TABLE odd (a {text}, b {text})")
    kept = ["Zürich 東京 🦊", 'it\'s "quoted" \\ and % {}', "two\nlines\ttab", ""]
    for value in kept:
        escaped = value.replace("'", "''")
        shop.run(f"INSERT INTO odd VALUES ('{escaped.replace(chr(92), 2 * chr(92))}', NULL)" if shop.engine == "mysql"
                 else f"INSERT INTO odd VALUES ('{escaped}', NULL)")  # fmt: skip
    assets, _, opener = opened(shop.url)
    with opener.open(assets["odd"]) as reader:
        batch = reader.sample(10, 0)
    assert sorted(map(str, batch.columns[0])) == sorted(kept)
    assert set(batch.columns[1]) == {None}
