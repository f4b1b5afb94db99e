"""Values planted in files of several formats: after a scan that is kept, no table, log or file of the catalog holds one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from planting import leaks, with_check_digit
from sqlalchemy import select

import assay
from assay.app.recording import begin
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
