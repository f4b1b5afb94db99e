"""The audit log's proof: whatever is done to the database behind the catalog's back is found, and told where."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.errors import CatalogError
from assay.store import audit
from assay.store.chain import entry_hash
from assay.store.engine import Catalog, open_catalog
from assay.store.keys import End
from assay.store.proof import verify

ENTRIES = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalog with some entries, all of them in its file."""
    file = tmp_path / "catalog.db"
    with open_catalog(str(file), create=True) as catalog:
        for number in range(ENTRIES):
            add(catalog, number)
    close(file)
    return file


def add(catalog: Catalog, number: int) -> None:
    with catalog.transaction() as connection:
        audit.append(
            connection, actor=f"steward{number}", action="THRESHOLD_UPDATE", resource=f"file:///srv/{number}",
            details={"number": number}, before={"value": 0.5}, after={"value": 0.7}, run=f"run{number}",
        )  # fmt: skip


def close(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def behind(file: Path, *statements: str) -> None:
    """Statements of someone who knows how to take triggers away, and puts them back."""
    with sqlite3.connect(file) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, statement in triggers:
            connection.execute(statement)
    close(file)


def problems(file: Path, expected: End | None = None) -> list[tuple[int | None, str]]:
    with open_catalog(str(file)) as catalog:
        return [(problem.seq, problem.what) for problem in verify(catalog, expected=expected).problems]


def rewritten(file: Path, change: Callable[[list[dict[str, object]]], None]) -> None:
    """The log with a change and all hashes made anew, by someone who has everything but the key."""
    with sqlite3.connect(file) as connection:
        connection.row_factory = sqlite3.Row
        entries = [dict(row) for row in connection.execute("SELECT * FROM audit_log ORDER BY seq")]
        key = connection.execute("SELECT key_id FROM audit_head").fetchone()["key_id"]
    previous = entries[0]["previous"]
    change(entries)
    statements = ["DELETE FROM audit_log"]
    for number, entry in enumerate(entries, 1):
        entry |= {"seq": number, "previous": previous}
        entry["hash"] = previous = entry_hash(entry)
        names = ", ".join(json.dumps(name) for name in entry)
        values = ", ".join("NULL" if value is None else f"'{value}'" for value in entry.values())
        statements.append(f"INSERT INTO audit_log ({names}) VALUES ({values})")
    statements.append(f"UPDATE audit_head SET seq = {len(entries)}, hash = '{previous}', key_id = '{key}'")
    behind(file, *statements)


def test_a_log_that_nobody_touched_holds(path: Path) -> None:
    with open_catalog(str(path)) as catalog:
        proof = verify(catalog)
    assert (proof.holds, proof.entries, proof.end.seq) == (True, ENTRIES, ENTRIES)


@pytest.mark.parametrize("column", ["at", "actor", "action", "resource", "run", "details", "before", "after"])
def test_an_edited_entry_is_told(path: Path, column: str) -> None:
    behind(
        path, f'UPDATE audit_log SET "{column}" = replace("{column}", substr("{column}", 2, 1), \'~\') WHERE seq = 4'
    )
    assert problems(path) == [(4, "was changed: it does not have the hash that it was written with")]


@pytest.mark.parametrize("column", ["resource", "run", "before", "after"])
def test_an_emptied_field_is_told(path: Path, column: str) -> None:
    for value in ("NULL", "''", f'CAST("{column}" AS BLOB)'):
        behind(path, f'UPDATE audit_log SET "{column}" = {value} WHERE seq = 4')
        assert [seq for seq, _ in problems(path)] == [4]


def test_a_deleted_entry_is_told(path: Path) -> None:
    behind(path, "DELETE FROM audit_log WHERE seq = 3", "DELETE FROM audit_log WHERE seq IN (5, 6)")
    assert problems(path) == [(3, "is missing"), (5, "to 6 are missing")]


def test_entries_that_changed_places_are_told(path: Path) -> None:
    behind(path, *(f"UPDATE audit_log SET seq = {new} WHERE seq = {old}" for old, new in ((3, 99), (4, 3), (99, 4))))
    assert [seq for seq, what in problems(path) if "does not follow" in what] == [3, 4, 5]


def test_an_inserted_entry_is_told(path: Path) -> None:
    behind(path, "UPDATE audit_log SET seq = seq + 100 WHERE seq > 3", "UPDATE audit_log SET seq = seq - 99 WHERE seq > 100",
           "INSERT INTO audit_log SELECT 4, at, 'mallory', action, resource, run, details, before, after, hash, hash FROM audit_log WHERE seq = 3")  # fmt: skip
    assert 4 in [seq for seq, _ in problems(path)]


def test_a_cut_end_is_told(path: Path) -> None:
    behind(path, f"DELETE FROM audit_log WHERE seq = {ENTRIES}")
    assert (ENTRIES, f"was cut off: the signed end of the log is {ENTRIES}") in problems(path)


def test_a_cut_end_is_told_by_the_signature_when_the_signed_end_is_cut_with_it(path: Path) -> None:
    rewritten(path, lambda entries: entries.pop())
    told = problems(path)
    assert any("signature" in what for _, what in told)
    assert any(seq == ENTRIES and "cut off" in what for seq, what in told)


def test_what_is_written_later_signs_no_log_that_was_changed(path: Path) -> None:
    rewritten(path, lambda entries: entries.pop())
    with open_catalog(str(path)) as catalog:
        # Another machine, which noted no end.
        catalog.seal.note_file.unlink()
        for number in range(3):
            add(catalog, number)
    assert any("signature of the log's end" in what for _, what in problems(path))


def test_a_log_that_was_written_anew_is_told(path: Path) -> None:
    rewritten(path, lambda entries: entries[2].update(actor="mallory"))
    assert any("signature" in what for _, what in problems(path))


def test_an_older_copy_that_is_put_back_is_told(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    with open_catalog(str(path)) as catalog:
        add(catalog, 9)
    close(path)
    assert problems(path) == []
    shutil.copy(copy, path)
    for leftover in ("catalog.db-wal", "catalog.db-shm"):
        (tmp_path / leftover).unlink(missing_ok=True)
    assert [(seq, "put back" in what) for seq, what in problems(path)] == [(ENTRIES + 1, True)]


def test_an_end_that_was_kept_elsewhere_is_compared(path: Path) -> None:
    with open_catalog(str(path)) as catalog:
        end = verify(catalog).end
    assert problems(path, end) == []
    assert [seq for seq, _ in problems(path, End(seq=5, hash="0" * 64))] == [5]
    assert [seq for seq, _ in problems(path, End(seq=50, hash="0" * 64))] == [ENTRIES + 1]


def test_triggers_that_were_taken_away_are_told(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER audit_log_no_update")
    assert problems(path) == [
        (None, "the trigger audit_log_no_update, which refuses changes of the log, was taken away"),
        (None, "the definitions of the tables were changed"),
    ]


def test_without_the_key_it_does_not_hold(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_catalog(str(path), keys=tmp_path / "elsewhere") as catalog:
        found = verify(catalog).problems
        with pytest.raises(CatalogError, match="key"), catalog.transaction() as connection:
            audit.append(connection, actor="a", action="TEST", details={})
    assert ["cannot be checked" in problem.what for problem in found] == [True, True]
    monkeypatch.setenv("ASSAY_AUDIT_KEY", "not the key of this catalog")
    with open_catalog(str(path)) as catalog:
        assert any("another key" in problem.what for problem in verify(catalog).problems)


def test_any_byte_of_a_row_that_changes_is_told(path: Path, tmp_path: Path) -> None:
    clean = path.read_bytes()
    with sqlite3.connect(path) as connection:
        row = connection.execute("SELECT * FROM audit_log WHERE seq = 5").fetchone()
    # The row as SQLite lays it down: one field behind the other, after a header with the length of each.
    body = b"".join(value.encode() for value in row[1:])
    assert clean.count(body) == 1
    begin = clean.index(body)
    places = range(begin - 20, begin + len(body))
    draw = random.Random(1)
    missed = []
    for place in places:
        changed = bytearray(clean)
        changed[place] ^= draw.choice((1, 2, 4, 8, 16, 32, 64, 128))
        damaged = tmp_path / "damaged.db"
        damaged.write_bytes(changed)
        try:
            if not problems(damaged):
                missed.append(place - begin)
        except CatalogError:
            continue
        finally:
            for leftover in tmp_path.glob("damaged.db-*"):
                leftover.unlink()
    assert missed == []


def test_entries_hold_canonical_json(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        (details,) = connection.execute("SELECT details FROM audit_log WHERE seq = 1").fetchone()
    assert json.loads(details) == {"number": 0}
