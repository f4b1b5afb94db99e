"""Values planted in watched files: none stands in what a watch writes, says, or keeps, and in no file of its catalog."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from planting import leaks, with_check_digit
from sqlalchemy import select
from watching_for_tests import watch, write

from assay.store.engine import open_catalog
from assay.store.schema import whole

VALUES = {
    "ssn": "512-44-7731",
    "email": "wren.halloway@posteo.de",
    "card": with_check_digit("448537560412998"),
    "password": "Tq8wZr4kLmVx",
    "key": "AKIAQ7ZKV3XW5TNB2YHD",
}


@pytest.mark.parametrize("output_format", ["jsonl", "table"])
def test_no_clear_value_leaves(tmp_path: Path, output_format: str) -> None:
    folder, url = tmp_path / "in", tmp_path / "team.db"
    rows = "\n".join(",".join(VALUES.values()) for _ in range(30))
    with open_catalog(str(url), create=True) as catalog:
        write(folder / "people.csv", f"{','.join(VALUES)}\n{rows}\n")
        # The first row is data, so that every name of a column is a value.
        write(folder / "headless.csv", rows)
        write(folder / "people.json", json.dumps([VALUES, {value: name for name, value in VALUES.items()}]))
        (folder / "torn.zip").write_bytes(b"PK\x03\x04" + VALUES["ssn"].encode())
        written = tmp_path / "written"
        given = ["--format", "table"] if output_format == "table" else []
        with (
            written.open("wb") as stream,
            watch(folder, "--catalog", url, "--progress", *given, "--statistics", "1", stdout=stream) as watching,
        ):
            watching.until(lambda: b"people.json" in written.read_bytes())
            write(folder / "note.txt", "\n".join(f"{name}: {value}" for name, value in VALUES.items()))
            (folder / "headless.csv").unlink()
            watching.until(lambda: b"note.txt" in written.read_bytes())
            watching.process.send_signal(signal.SIGUSR1)
            assert watching.end() == 3
        said = "\n".join(watching.said)
        assert "RESTRICTED" in written.read_text() or '"restricted"' in written.read_text()
        assert "files classified" in said
        assert leaks(written.read_bytes() + said.encode(), VALUES.values()) == []
        with catalog.reading() as connection:
            for table in whole().sorted_tables:
                kept = repr([tuple(row) for row in connection.execute(select(table))])
                assert leaks(kept.encode(), VALUES.values()) == [], table.name
    for file in tmp_path.glob("team.db*"):
        assert leaks(file.read_bytes(), VALUES.values()) == [], file.name
