"""k-anonymity of tables of every kind of database and file, against what is counted by hand."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqltables import Shop, opened

import assay
from assay.model import AssetRef, ColumnSketch, Gap, Level, Measure, TableRecord
from assay.scanning import classes
from assay.scanning.classes import Counting, count_classes
from assay.scanning.cut import LARGE_TABLE
from assay.scanning.report import TableSketch

NAMES = ('home "zip"', "Prénom's sex", "größe.age")
Row = tuple[str | None, str | None, int | None]


def people(number: int, seed: int = 0) -> list[Row]:
    draw = random.Random(seed)
    zips: Sequence[str | None] = ["60601", "60614", "10001", "94105", "02139", None]
    sexes: Sequence[str | None] = ["female", "male", "Female", None]
    rows: list[Row] = [
        (draw.choices(zips, [9, 9, 9, 9, 1, 1])[0], draw.choices(sexes, [20, 20, 1, 1])[0], draw.randint(20, 45))
        for _ in range(number)
    ]
    return [*rows, ("73301", "male", 61), ("73301", "male", None)] if number else []


def fill(shop: Shop, table: str, rows: Sequence[Row]) -> None:
    zip_code, sex, age = map(shop.q, NAMES)
    shop.run(f"CREATE TABLE {shop.q(table)} (id INTEGER, {zip_code} VARCHAR(20), {sex} VARCHAR(20), {age} INTEGER)")
    written = [
        f"({number}, {', '.join('NULL' if cell is None else repr(cell) for cell in row)})"
        for number, row in enumerate(rows)
    ]
    for start in range(0, len(written), 5_000):
        shop.run(f"INSERT INTO {shop.q(table)} VALUES {', '.join(written[start : start + 5_000])}")


def _sqlite(frame: pd.DataFrame, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE t ({', '.join(_quoted(name) for name in frame.columns)})")
        cells = [
            tuple(None if pd.isna(cell) else cell for cell in row) for row in frame.to_numpy(dtype=object).tolist()
        ]
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(frame.columns))})", cells)


def _duckdb(frame: pd.DataFrame, path: Path) -> None:
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "parquet": lambda frame, path: frame.to_parquet(path, row_group_size=90),
    "orc": lambda frame, path: frame.to_orc(path),
    "feather": lambda frame, path: frame.to_feather(path),
    "xlsx": lambda frame, path: frame.to_excel(path, index=False),
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "sqlite": _sqlite,
    "duckdb": _duckdb,
}


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(NAMES))
    return frame.astype({NAMES[2]: "Int64"})


def tables(target: str, **options: object) -> dict[str, TableRecord]:
    found = list(assay.scan(target, jobs=1, **options))
    # A table that could not be read, or whose rows could not be counted, is told as that, and not as one that is missing.
    assert [record for record in found if isinstance(record, Gap)] == []
    return {record.table_name.rsplit(".", 1)[-1]: record for record in found if isinstance(record, TableRecord)}


def test_exact_numbers_of_every_engine(empty_shop: Shop) -> None:
    shop = empty_shop
    rows = people(800)
    fill(shop, 'Or\'der "x"', rows)
    fill(shop, "nobody", [])
    fill(shop, "one", [("60601", "female", 30)])
    fill(shop, "alike", [("60601", "female", 30)] * 7)
    found = tables(shop.url)
    counts = sorted(Counter(rows).values())
    of_many = found['Or\'der "x"'].k_anonymity
    assert of_many is not None
    assert of_many.columns == NAMES
    assert of_many.measure is Measure.EXACT
    assert (of_many.k, of_many.classes, of_many.rows) == (counts[0], len(counts), len(rows))
    assert of_many.unique_rows == counts.count(1) > 10
    assert of_many.rows_below == sum(size for size in counts if size < 5)
    assert of_many.smallest_classes == tuple(counts[:20])
    assert (of_many.raised_from, found['Or\'der "x"'].level) == (Level.INTERNAL, Level.CONFIDENTIAL)
    one, alike = found["one"].k_anonymity, found["alike"].k_anonymity
    assert one is not None
    assert alike is not None
    assert (one.k, one.smallest_classes, found["one"].level) == (1, (1,), Level.CONFIDENTIAL)
    assert (alike.k, alike.smallest_classes, alike.raised_from, found["alike"].level) == (7, (7,), None, Level.INTERNAL)
    of_nobody = found["nobody"].k_anonymity
    assert of_nobody is None or (of_nobody.k, of_nobody.classes, of_nobody.raised_from) == (0, 0, None)


def test_a_switch_counts_nothing(empty_shop: Shop) -> None:
    fill(empty_shop, "few", people(20))
    record = tables(empty_shop.url, k_anonymity=False)["few"]
    assert (record.k_anonymity, record.level) == (None, Level.INTERNAL)


def test_a_view_is_counted_where_it_is_asked_for(empty_shop: Shop) -> None:
    shop = empty_shop
    if shop.engine in ("sqlite", "duckdb"):
        pytest.skip("views of files are never read")
    rows = people(60)
    fill(shop, "people", rows)
    shop.run("CREATE VIEW shown AS SELECT * FROM people")
    url = f"{shop.url}{'&' if '?' in shop.url else '?'}views=1"
    by_default, asked = tables(url)["shown"].k_anonymity, tables(url, k_anonymity=True)["shown"].k_anonymity
    assert by_default is not None
    assert asked is not None
    # Nobody knows what a row of a view costs.
    assert by_default.measure is not Measure.EXACT
    assert (asked.measure, asked.classes, asked.rows) == (Measure.EXACT, len(Counter(rows)), len(rows))


@pytest.mark.slow
def test_a_large_table_is_counted_only_where_it_is_asked_for(empty_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "COUNTED_ROWS", 20_000)
    rows = people(20_500)
    fill(empty_shop, "many", rows)
    if empty_shop.engine == "postgresql":
        empty_shop.run("ANALYZE many")  # what is not analysed is guessed to be smaller
    record = tables(empty_shop.url)["many"]
    found = record.k_anonymity
    assert found is not None
    assert (found.measure, found.k, found.rows, found.raised_from) == (Measure.SAMPLE, None, record.rows_read, None)
    assert record.level is Level.INTERNAL
    counts = sorted(Counter(rows).values())
    for options in ({"k_anonymity": True}, {"rows": None}):
        exact = tables(empty_shop.url, **options)["many"].k_anonymity
        assert exact is not None
        assert (exact.measure, exact.k, exact.classes) == (Measure.EXACT, counts[0], len(counts))
        assert exact.rows_below == sum(size for size in counts if size < 5)


def test_a_count_that_fails_is_a_gap(empty_shop: Shop) -> None:
    shop = empty_shop
    fill(shop, "people", people(20))
    assets, _, opener = opened(shop.url)
    shop.run("DROP TABLE people")
    sketch = TableSketch(
        table="people",
        columns=[ColumnSketch(name=name, index=number) for number, name in enumerate(NAMES)],
        asset=assets["people"],
    )
    how = Counting(always=True, all_rows=False, openers=(opener,), safe_name=str)
    found = count_classes(sketch, [0, 1], 5, "", how=how)
    assert found.sizes is None
    assert found.gap is not None
    assert (found.gap.resource, found.gap.reason) == (assets["people"].uri, "vanished")
    assert "table people: its rows that are alike were not counted" in found.gap.detail


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_exact_numbers_of_every_kind_of_table_file(kind: str, tmp_path: Path) -> None:
    rows = people(300)
    path = tmp_path / f"people.{kind}"
    WRITERS[kind](frame_of(rows), path)
    found = next(iter(tables(str(path)).values())).k_anonymity
    assert found is not None
    counts = sorted(Counter(rows).values())
    assert (found.measure, found.columns) == (Measure.EXACT, NAMES)
    assert (found.rows, found.classes, found.smallest_classes) == (len(rows), len(counts), tuple(counts[:20]))


@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"), [("utf-8-sig", ";", "\r\n"), ("utf-16", "\t", "\n"), ("latin-1", ",", "\r")]
)
def test_delimited_files_however_they_are_written(encoding: str, delimiter: str, end: str, tmp_path: Path) -> None:
    rows = people(500)
    lines = [
        "zip,who,sex,age",
        *(f'{z or ""},"O\'Brien, ""é""",{s or ""},{"" if a is None else a}' for z, s, a in rows),
    ]
    quoted = [
        line.replace('"O\'Brien, ""é"""', "\0").replace(",", delimiter).replace("\0", '"O\'Brien, ""é"""')
        for line in lines
    ]
    path = tmp_path / "people.csv"
    # Two lines without anything are nobody.
    path.write_bytes((end.join(quoted) + end * 3).encode(encoding))
    found = tables(str(path))["people"].k_anonymity
    assert found is not None
    assert (found.measure, found.columns) == (Measure.EXACT, ("zip", "sex", "age"))
    assert (found.rows, found.classes) == (len(rows), len(Counter(rows)))


def test_a_file_cut_into_parts_is_counted_whole(tmp_path: Path) -> None:
    rows = people(20_000)
    path = tmp_path / "people.csv"
    path.write_text("zip,sex,age,note\n" + "".join(f"{z or ''},{s or ''},{a or ''},{'x' * 250}\n" for z, s, a in rows))
    assert path.stat().st_size > LARGE_TABLE
    found = {record.table_name: record for record in assay.scan(path, jobs=2) if isinstance(record, TableRecord)}
    exact = found["people"].k_anonymity
    assert exact is not None
    assert (exact.rows, exact.classes) == (len(rows), len(Counter(rows)))


def test_what_cannot_be_read_again_says_so(tmp_path: Path) -> None:
    import gzip

    text = "zip,sex,age\n" + "".join(f"{z or ''},{s or ''},{a or ''}\n" for z, s, a in people(100))
    (tmp_path / "people.csv.gz").write_bytes(gzip.compress(text.encode()))
    found = tables(str(tmp_path))["people"]
    assert found.k_anonymity is not None
    assert (found.k_anonymity.measure, found.level) == (Measure.NONE, Level.INTERNAL)
    assert "unpack it" in found.k_anonymity.because
    many = tmp_path / "many.csv"
    many.write_text("zip,sex,age\n" + "60601,male,30\n" * 100_001)
    large = tables(str(many))["many"].k_anonymity
    assert large is not None
    assert large.because.endswith("it has 100,001 rows; --k-anonymity counts all of them")
    asked = tables(str(many), k_anonymity=True)["many"].k_anonymity
    assert asked is not None
    assert (asked.k, asked.classes, asked.unique_rows) == (100_001, 1, 0)


def test_a_file_that_is_gone_is_a_gap(tmp_path: Path) -> None:
    asset = AssetRef(kind="file", uri="file:///gone.csv", path=str(tmp_path / "gone.csv"))
    columns = [ColumnSketch(name="zip", index=0), ColumnSketch(name="sex", index=1)]
    sketch = TableSketch(table="gone", columns=columns, asset=asset)
    how = Counting(always=True, all_rows=False, openers=(), safe_name=str)
    found = count_classes(sketch, [0, 1], 5, "", how=how)
    assert found.gap is not None
    assert (found.gap.resource, found.gap.reason) == ("file:///gone.csv", "unreadable")
    unread = count_classes(replace(sketch, asset=None), [0, 1], 5, "", how=how)
    assert (unread.gap, unread.why) == (None, "what it was read of cannot be read again")


def test_frames_are_counted_and_their_page_says_it() -> None:
    rows = people(300)
    result = assay.classify_columns(frame_of(rows), name="people")
    found = result.table.k_anonymity
    counts = sorted(Counter(rows).values())
    assert found is not None
    assert (found.measure, found.rows, found.smallest_classes) == (Measure.EXACT, len(rows), tuple(counts[:20]))
    assert "k-anonymity is 1 by home &quot;zip&quot;" in result._repr_html_()
    drawn = assay.classify_table(frame_of(people(5_000)), rows=100).k_anonymity
    assert drawn is not None
    assert (drawn.measure, drawn.k, drawn.raised_from) == (Measure.SAMPLE, None, None)
    assert assay.classify_table(frame_of(rows), k_anonymity=False).k_anonymity is None


def test_what_gives_its_rows_once_is_not_counted_wrongly() -> None:
    import pyarrow as pa

    frame = pa.Table.from_pandas(frame_of(people(300)))
    stream = pa.RecordBatchReader.from_batches(frame.schema, frame.to_batches(max_chunksize=100))
    found = assay.classify_table(stream).k_anonymity
    assert found is not None
    assert (found.measure, found.rows) == (Measure.NONE, None)
    assert "others than were read" in found.because
