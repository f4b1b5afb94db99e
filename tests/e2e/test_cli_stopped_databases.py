"""Scans of databases that are interrupted or killed in the middle, and go on: nothing is lost, nothing is told twice."""

from __future__ import annotations

import json
import signal
import sqlite3
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from calling import Assay
from planting import of_kind, records
from running import running
from sqltables import Shop

TABLES = 150
ROWS = 400
LARGE = 400_000
_FEW = {
    "postgresql": "SELECT g AS id, (100 + g)::text || '-12-' || (1000 + g)::text AS ssn, repeat('a b ', 200) AS note "
    f"FROM generate_series(1, {ROWS}) g",
    "mysql": f"SELECT seq AS id, concat(100 + seq, '-12-', 1000 + seq) AS ssn, repeat('a b ', 200) AS note FROM seq_1_to_{ROWS}",
}
_MANY = {
    "postgresql": f"SELECT g AS id, '536-90-4399'::text AS ssn FROM generate_series(1, {LARGE}) g",
    "mysql": f"SELECT seq AS id, '536-90-4399' AS ssn FROM seq_1_to_{LARGE}",
}


def plant(shop: Shop) -> None:
    shop.run(*(f"CREATE TABLE t{number:03} AS {_FEW[shop.engine]}" for number in range(TABLES)))


def stopped(url: str, how: signal.Signals, *options: str, lines: int = 60) -> tuple[int, list[dict[str, Any]], bytes]:
    """What a scan gives that a signal meets after about so many lines of it; its exit code, records and messages."""
    command = [sys.executable, "-m", "assay", "scan", url, "--format", "jsonl", *options]
    # With a small pipe, it waits for its reader: this is the middle.
    with running(command) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        read = b"".join(process.stdout.readline() for _ in range(lines))
        process.send_signal(how)
        read += process.stdout.read()
        err = process.stderr.read()
        process.wait(timeout=300)
    whole = read[: read.rfind(b"\n") + 1]
    return process.returncode, records(whole), err


def rows(catalog: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgres", "maria"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_what_was_found_so_far(engine: str, jobs: str, request: pytest.FixtureRequest) -> None:
    shop: Shop = request.getfixturevalue(engine)
    plant(shop)
    code, found, err = stopped(shop.url, signal.SIGINT, "--jobs", jobs, "--full", lines=20)
    assert code == 130, err
    assert b"interrupted" in err
    assert b"Traceback" not in err
    summary = found[-1]
    assert (summary["kind"], summary["interrupted"]) == ("summary", True)
    tables = Counter(record["resource"] for record in of_kind(found, "table"))
    assert tables
    assert set(tables.values()) == {1}
    assert {record["resource"] for record in of_kind(found, "classification")} >= set(tables)
    assert summary["level"] == "restricted"
    assert summary["coverage"]["complete"] is False


_READING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'assay' AND "
    "datname = current_database() AND query LIKE 'FETCH%'",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT LEFT%`b`%'",
}


def is_reading(shop: Shop) -> bool:
    """Whether a session of a scan reads rows now."""
    if shop.engine == "postgresql":
        with psycopg.connect(shop.url, autocommit=True) as connection:
            [(number,)] = connection.execute(_READING[shop.engine]).fetchall()
    else:
        with shop.run.func.__self__.connect(shop.schema[0]) as connection, connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(_READING[shop.engine])
            [(number,)] = cursor.fetchall()
    return bool(number)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgres", "maria"])
def test_ctrl_c_within_one_large_table_ends_at_once(engine: str, request: pytest.FixtureRequest) -> None:
    shop: Shop = request.getfixturevalue(engine)
    shop.run(f"CREATE TABLE a AS {_FEW[shop.engine]}", f"CREATE TABLE b AS {_MANY[shop.engine]}")
    command = [sys.executable, "-m", "assay", "scan", shop.url, "--format", "jsonl", "--jobs", "1", "--full"]
    with running(command) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # What was read of the first table is told before the second is read.
        read = b"".join(process.stdout.readline() for _ in range(5))
        until = time.monotonic() + 240
        while not is_reading(shop) and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        read += process.stdout.read()
        err = process.stderr.read()
        process.wait(timeout=300)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err
    found = records(read)
    levels = {record["resource"].rsplit("/", 1)[-1]: record["level"] for record in of_kind(found, "classification")}
    assert levels["a"] == "restricted"
    # Of a table that was not read through nothing is held, least of all that it is public.
    assert levels.get("b", "unclassified") == "unclassified"
    assert found[-1]["interrupted"] is True


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgres", "maria"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_with_a_catalog_it_goes_on_where_it_stopped(
    engine: str, how: signal.Signals, request: pytest.FixtureRequest, assay: Assay
) -> None:
    shop: Shop = request.getfixturevalue(engine)
    plant(shop)
    Path("assay.toml").write_text('catalog = "team.db"\njobs = 1\n')
    assert assay("catalog", "init").code == 0
    catalog = Path("team.db").resolve()
    code, _, err = stopped(shop.url, how, "--full", lines=400)
    assert code == (130 if how is signal.SIGINT else -signal.SIGKILL), err
    before = rows(catalog, "SELECT count(*) FROM classifications")[0][0]
    assert before < TABLES
    # What is half written is not seen.
    assert rows(catalog, "SELECT count(*) FROM tables")[0][0] == before
    assert rows(catalog, "SELECT count(*) FROM columns")[0][0] == 3 * before
    done = assay("scan", shop.url, "--full", "--resume", "--format", "jsonl")
    assert done.code == 0, done.err
    found = [json.loads(line) for line in done.out.splitlines()]
    assert found[-1]["resources"] == TABLES
    assert Counter(record["resource"] for record in of_kind(found, "table")).most_common(1)[0][1] == 1
    for name, each in (("tables", 1), ("columns", 3), ("classifications", 1), ("outbox", 1), ("table_versions", 1)):
        assert rows(catalog, f"SELECT count(*) FROM {name}") == [(each * TABLES,)], name
    assert rows(catalog, "SELECT count(*) FROM readings WHERE state = 'open'") == [(0,)]
    assert rows(catalog, "SELECT status FROM runs") == [("finished",)]
    assert assay("audit", "verify").code == 0
