"""SQLite files that declare what only their own program has: the rest of them is read, and each lack is told by its name."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import assay
from assay import ColumnRecord, Gap

PEOPLE = [(f"{name}.muster@firma-nord.de", f"{536 + n}-90-43{n:02d}") for n, name in enumerate("abcdefghijkl")]
Change = Callable[[sqlite3.Connection], None]


@pytest.fixture(params=["url", "path"])
def scan(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Change], tuple[dict[str, set[str]], list[str]]]:
    """Makes a file, scans it as a database or as a file, and gives the columns of its tables and the details of its gaps."""

    def scanned(change: Change) -> tuple[dict[str, set[str]], list[str]]:
        path = tmp_path / "shop.db"
        connection = sqlite3.connect(path)
        connection.create_function("ours", 1, lambda value: value, deterministic=True)
        connection.create_collation("OURS", lambda one, other: (one > other) - (one < other))
        connection.execute("CREATE TABLE beside (email TEXT, ssn TEXT)")
        connection.executemany("INSERT INTO beside VALUES (?, ?)", PEOPLE)
        change(connection)
        connection.commit()
        connection.close()
        told = list(assay.scan(f"sqlite:///{path}" if request.param == "url" else str(path), jobs=1))
        columns: dict[str, set[str]] = {}
        for record in told:
            if isinstance(record, ColumnRecord):
                columns.setdefault(record.table, set()).add(f"{record.column}: {record.detected_type}")
        assert columns.pop("beside") == {"email: EMAIL", "ssn: SSN"}
        return columns, [f"{gap.reason}: {gap.detail}" for gap in told if isinstance(gap, Gap)]

    return scanned


Scan = Callable[[Change], tuple[dict[str, set[str]], list[str]]]


@pytest.mark.parametrize("rows", [12, 3000])
def test_columns_beside_one_of_an_unknown_function_are_read(scan: Scan, rows: int) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute(
            "CREATE TABLE made (email TEXT CHECK (ours(email) = email), low TEXT AS (ours(email)) VIRTUAL, "
            "kept TEXT AS (ours(email)) STORED, ssn TEXT)"
        )
        connection.execute("CREATE INDEX by_ours ON made (ours(email))")
        many = [PEOPLE[n % len(PEOPLE)] for n in range(rows)]
        connection.executemany("INSERT INTO made (email, ssn) VALUES (?, ?)", many)

    columns, gaps = scan(change)
    assert columns == {"made": {"email: EMAIL", "kept: EMAIL", "ssn: SSN"}}
    [gap] = gaps
    assert gap.startswith("unreadable: column low of made: its expression uses a function or collation")
    assert "export it with the program that made the file" in gap


def test_orders_that_only_the_program_knows_do_not_matter_to_rows(scan: Scan) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE ordered (email TEXT COLLATE OURS PRIMARY KEY, ssn TEXT)")
        connection.execute("CREATE TABLE covered (email TEXT, ssn TEXT)")
        connection.execute("CREATE INDEX both ON covered (email COLLATE OURS, ssn)")
        for table in ("ordered", "covered"):
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", PEOPLE)

    columns, gaps = scan(change)
    assert columns == {"ordered": {"email: EMAIL", "ssn: SSN"}, "covered": {"email: EMAIL", "ssn: SSN"}}
    assert not gaps


def test_rows_that_are_kept_in_an_unknown_order_are_a_gap_that_names_their_table(scan: Scan) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE lost (email TEXT COLLATE OURS PRIMARY KEY) WITHOUT ROWID")
        connection.execute("CREATE TABLE kept (email TEXT PRIMARY KEY) WITHOUT ROWID, STRICT")
        for table in ("lost", "kept"):
            connection.executemany(f"INSERT INTO {table} VALUES (?)", [each[:1] for each in PEOPLE])

    columns, gaps = scan(change)
    assert columns == {"kept": {"email: EMAIL"}}
    [gap] = gaps
    assert gap.startswith("unsupported format: table lost: the table needs a module, function or collation")
    assert "damaged" not in gap


def test_columns_and_indexes_of_json_are_read(scan: Scan) -> None:
    """Some versions of SQLite take the functions of JSON for unsafe and refuse the whole file."""

    def change(connection: sqlite3.Connection) -> None:
        connection.execute(
            "CREATE TABLE doc (body TEXT, mail TEXT AS (json_extract(body, '$.m')), CHECK (json_valid(body)))"
        )
        connection.execute("CREATE INDEX by_mail ON doc (json_extract(body, '$.m'))")
        bodies = [(f'{{"m": "{email}"}}',) for email, _ in PEOPLE]
        connection.executemany("INSERT INTO doc (body) VALUES (?)", bodies)

    columns, gaps = scan(change)
    assert {"mail: EMAIL", "body.m: EMAIL"} <= columns["doc"]
    assert not gaps


def test_an_expression_that_fails_for_a_row_does_not_end_its_table(scan: Scan) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE doc (body TEXT, email TEXT)")
        rows = [(f'{{"m": {n}}}' if n != 5 else "{", email) for n, (email, _) in enumerate(PEOPLE)]
        connection.executemany("INSERT INTO doc VALUES (?, ?)", rows)
        connection.execute("ALTER TABLE doc ADD COLUMN number AS (json_extract(body, '$.m'))")
        connection.execute("ALTER TABLE doc ADD COLUMN size AS (length(body))")

    columns, gaps = scan(change)
    assert {"email: EMAIL", "size: None"} <= columns["doc"]
    [gap] = gaps
    assert gap.startswith("unreadable: column number of doc: its expression fails")


def test_virtual_tables_of_unknown_modules_are_gaps_by_name(scan: Scan) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE VIRTUAL TABLE person USING fts5(email)")
        connection.execute("CREATE TABLE person_address (email TEXT)")
        connection.execute("INSERT INTO person_address VALUES ('a.muster@firma-nord.de')")
        connection.execute("CREATE VIEW absent AS SELECT * FROM gone")
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'fts5', 'theirs') WHERE name = 'person'")

    columns, gaps = scan(change)
    assert columns["person_address"] == {"email: EMAIL"}
    [gap] = gaps
    assert gap.startswith("unsupported format: table person: the table needs a module")


def test_an_unknown_tokenizer_does_not_hide_what_it_indexes(scan: Scan) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE VIRTUAL TABLE found USING fts5(email)")
        connection.executemany("INSERT INTO found VALUES (?)", [each[:1] for each in PEOPLE])
        connection.execute("PRAGMA writable_schema=ON")
        tokenizer = "'fts5(tokenize=''theirs'', '"
        connection.execute(f"UPDATE sqlite_master SET sql = replace(sql, 'fts5(', {tokenizer}) WHERE name = 'found'")

    columns, gaps = scan(change)
    assert "c0: EMAIL" in columns["found_content"]
    assert not gaps
