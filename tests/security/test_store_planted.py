"""Values planted in files of several formats: after a scan that is kept, no table, log or file of the catalog holds one."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from planting import leaks, with_check_digit
from sqlalchemy import select

import assay
from assay.app.scan.recording import begin
from assay.errors import CatalogError
from assay.model import ColumnRecord, ColumnSketch, Features, Finding, Summary, TableRecord
from assay.store.engine import Catalog, open_catalog
from assay.store.schema import whole

VALUES = {
    "ssn": "512-44-7731",
    "email": "wren.halloway@posteo.de",
    "card": with_check_digit("448537560412998"),
    "iban": "DE89370400440532013000",
    "password": "Tq8wZr4kLmVx",
    "key": "AKIAQ7ZKV3XW5TNB2YHD",
    "mrn": "84417302",
}
SECRET = "hidden-Vx7Lm2Qz9k"


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = "\n".join(",".join(VALUES.values()) for _ in range(30))
    (folder / "people.csv").write_text(f"{','.join(VALUES)}\n{rows}\n")
    # The first row is data, so that every name of a column is a value.
    (folder / "headless.csv").write_text(rows)
    (folder / "people.json").write_text(json.dumps([VALUES, {value: name for name, value in VALUES.items()}]))
    (folder / "note.txt").write_text("\n".join(f"{name}: {value}" for name, value in VALUES.items()))
    (folder / "torn.zip").write_bytes(b"PK\x03\x04" + VALUES["ssn"].encode())
    return folder


def test_no_table_holds_a_clear_value(catalog: Catalog, planted: Path, tmp_path: Path) -> None:
    recording = begin(catalog, [f"postgresql://tess:{SECRET}@db/shop", str(planted)], ruleset="r")
    columns: list[ColumnRecord] = []
    found = 0
    for result in assay.scan(str(planted)):
        if isinstance(result, ColumnRecord):
            columns.append(result)
        elif isinstance(result, TableRecord):
            sketches = [
                ColumnSketch(name=column.column, index=at, features=Features(distinct=tuple(range(at, at + 40))))
                for at, column in enumerate(columns)
            ]
            recording.table(result.resource, None, sketches, columns, result)
            columns = []
        elif isinstance(result, Summary):
            recording.finish(result)
        else:
            found += isinstance(result, Finding)
            recording.take(result)
    assert found > 100
    with catalog.reading() as connection:
        rows = {
            table.name: repr([tuple(row) for row in connection.execute(select(table))])
            for table in whole().sorted_tables
        }
    assert "5*********1" in rows["findings"]
    for name, text in rows.items():
        assert leaks(text.encode(), [*VALUES.values(), SECRET]) == [], name
    if catalog.path is not None:
        for file in tmp_path.glob("catalog.db*"):
            assert leaks(file.read_bytes(), [*VALUES.values(), SECRET]) == [], file.name


@pytest.mark.slow
def test_a_scan_from_the_command_line_keeps_and_tells_no_clear_value(planted: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(planted / "shop.db")) as database, database:
        names = list(VALUES)
        # A password, or a short number, is told by what it is called only.
        told_by_form = [VALUES[name] for name in names if name not in ("password", "mrn")]
        database.execute(f"CREATE TABLE people ({', '.join(names)}, extra TEXT)")
        row = (*VALUES.values(), json.dumps({value: value for value in told_by_form}))
        database.executemany(f"INSERT INTO people VALUES ({', '.join('?' * len(row))})", [row] * 60)
        # Names of tables and columns that are values.
        database.execute(f'CREATE TABLE "{VALUES["email"]}" ("{VALUES["ssn"]}" TEXT, "{VALUES["card"]}" TEXT)')
        database.execute(f'INSERT INTO "{VALUES["email"]}" VALUES (?, ?)', (VALUES["iban"], VALUES["password"]))
        database.execute(f'CREATE VIEW "{VALUES["key"]}" AS SELECT * FROM people')
    work = tmp_path / "work"
    work.mkdir()
    said = b""

    def call(*arguments: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "assay", *arguments],
            cwd=work,
            env={**os.environ, "ASSAY_CATALOG": "kept.db", "XDG_CONFIG_HOME": str(tmp_path / "config")},
            capture_output=True,
            timeout=300,
        )
        assert done.returncode in (0, 3), done.stderr
        return done.stdout + done.stderr

    said += call("catalog", "init")
    database_url = f"sqlite:///{planted / 'shop.db'}"
    for form in ("jsonl", "table", "json", "sarif"):
        said += call("scan", str(planted), database_url, "--format", form, "--min-confidence", "0.2", "--jobs", "2")
    for question in json.loads(call("review", "list", "--all", "--limit", "1000", "--format", "json"))[:3]:
        said += call("review", "show", question["id"])
        said += call("review", "approve", question["id"], "--reason", f"{VALUES['ssn']} is {VALUES['email']}'s")
    said += call("scan", str(planted), database_url, "--format", "jsonl")
    said += (
        call("review", "list", "--all")
        + call("review", "list", "--overrides")
        + call("review", "export", "-o", "q.csv")
    )
    said += call("audit", "log") + call("audit", "export") + call("catalog", "history") + call("catalog", "metrics")
    said += call("governance", "try", "--set", "SENSITIVITY_WEIGHTS", "pattern", "weight=0.1")
    said += call("explain", str(planted / "people.csv")) + call("explain", f"{planted / 'people.csv'}:ssn")
    assert b"restricted" in said
    assert leaks(said, VALUES.values()) == []
    files = [file for file in work.iterdir() if file.is_file()]
    assert {"kept.db", "q.csv"} <= {file.name for file in files}
    for file in files:
        assert leaks(file.read_bytes(), VALUES.values()) == [], file.name


def test_errors_and_representations_hold_no_password(tmp_path: Path) -> None:
    url = f"postgresql://tess:{SECRET}@127.0.0.1:1/assay"
    with pytest.raises(CatalogError) as caught:
        open_catalog(url)
    told: BaseException | None = caught.value
    while told is not None:
        assert SECRET not in str(told) + repr(told)
        told = told.__cause__
    assert caught.value.__suppress_context__
    with open_catalog(str(tmp_path / "c.db"), create=True) as catalog:
        key = catalog.seal.key_file.read_text().strip()
        catalog.seal.key_id()
        assert key not in repr(catalog) + repr(catalog.seal) + str(vars(catalog.seal).get("catalog_id"))
