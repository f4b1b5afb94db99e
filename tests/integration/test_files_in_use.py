"""Database files that another process holds or writes to while they are scanned."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

import assay
from assay.errors import ReadError, UsageError
from assay.formats.content import Content
from assay.formats.kinds import Kind
from assay.formats.tabular import BrokenTable, open_tables
from assay.model import ColumnRecord, Gap

PAIRS = 500
_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""
_DUCKDB_HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""
# Every transaction writes both rows of many pairs: a reader that sees one without the other saw half of it.
_WRITER = f"""
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
connection.execute(f"PRAGMA journal_mode = {{sys.argv[2]}}")
number = 0
while True:
    number += 1
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE t SET turn = ?", (number,))
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(number, "x" * 50)] * {PAIRS})
    connection.execute("DELETE FROM t WHERE rowid % 3 = 0 AND turn = ?", (number,))
    connection.execute("COMMIT")
    if number == 3:
        print("writing", flush=True)
"""


@contextmanager
def running(script: str, *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


def test_a_sqlite_file_that_is_locked_is_told_and_not_read_behind_its_writers_back(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (ssn TEXT)")
    with running(_HOLDER, str(path)):
        [gap] = [item for item in assay.scan(str(path), jobs=1) if isinstance(item, Gap)]
        assert gap.reason == "locked"
        assert "held by another program" in gap.detail
        with pytest.raises(UsageError, match="held by another program"):
            list(assay.scan(f"sqlite:///{path}", jobs=1))
    assert [item for item in assay.scan(str(path), jobs=1) if isinstance(item, Gap)] == []


def test_a_duckdb_file_that_is_open_for_writing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (ssn VARCHAR)")
    with running(_DUCKDB_HOLDER, str(path)):
        [gap] = [item for item in assay.scan(str(path), jobs=1) if isinstance(item, Gap)]
        assert gap.reason == "locked"
        assert "open for writing" in gap.detail
        with pytest.raises(UsageError, match="open for writing"):
            list(assay.scan(f"duckdb:///{path}", jobs=1))
    assert [item for item in assay.scan(str(path), jobs=1) if isinstance(item, Gap)] == []


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_sqlite_file_that_is_written_to_is_read_as_it_was_at_one_time(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (turn INTEGER, fill TEXT)")
        connection.executemany("INSERT INTO t VALUES (0, ?)", [("y" * 500,)] * 2_000)
    with running(_WRITER, str(path), mode):
        for _ in range(5):
            try:
                turns = {turn for values in _read(path) for turn in values[0]}
            except ReadError as error:
                assert error.reason == "locked"  # noqa: PT017  # either it is read, or this is told
                continue
            assert len(turns) == 1, turns
        try:
            records = list(assay.scan(f"sqlite:///{path}", rows=None, jobs=1))
        except UsageError as error:
            assert "held by another program" in str(error)  # noqa: PT017  # it may be locked from the start
            records = []
        assert {item.reason for item in records if isinstance(item, Gap)} <= {"locked"}
        if records and not any(isinstance(item, Gap) for item in records):
            assert [item.column for item in records if isinstance(item, ColumnRecord)] == ["turn", "fill"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _read(path: Path) -> list[list[Any]]:
    with open_tables(Kind.SQLITE, Content(path=str(path)), resource="file:///t", name="t.db") as tables:
        table = next(tables)
        if isinstance(table, BrokenTable):
            raise table.error
        found = [list(batch.columns) for batch in table.read()]
        # A file that is written to right now is not taken for one that was cut short.
        assert list(tables) == []
        return found


def test_a_file_read_without_locks_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    """One that was left in the mode of a write-ahead log is read so, as its reader would write a log beside it."""
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        with connection:
            connection.execute("CREATE TABLE t (a INTEGER, fill TEXT)")
            connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, "x" * 500) for n in range(30_000)])
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.db"]
    with open_tables(Kind.SQLITE, Content(path=str(path)), resource="file:///t", name="t.db") as tables:
        table = next(tables)
        assert not isinstance(table, BrokenTable)
        batches = table.read()
        assert next(batches).rows > 0
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE t SET fill = 'y'")
        with pytest.raises(ReadError) as caught:
            list(batches)
        assert caught.value.reason == "changed"
        with pytest.raises(ReadError, match="changed"):
            table.sample(100, 0)
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.db"]
