"""`assay audit verify` over a real catalog of which one byte was changed, wherever that is."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from calling import Assay

from assay.cli.__main__ import run
from assay.errors import AssayError
from assay.store.engine import open_catalog
from assay.store.proof import verify
from assay.store.schema import whole

FLIPS = 240
"""How many bytes are tried, evenly over the file."""

SCANNED = ("runs", "resources", "readings", "findings", "omissions", "classifications", "tables", "columns",
           "column_versions", "review_items", "governance_rows", "outbox", "audit_log")  # fmt: skip


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder and its settings, with a catalog of two scans, a change of the configuration and a decision in one file."""
    made = tmp_path_factory.mktemp("scanned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(made / "home-config"))
        (made / "here").mkdir()
        patch.chdir(made / "here")
        Path("assay.toml").write_text('catalog = "team.db"\njobs = 1\nreview_from = 0.1\n')
        assert run(["catalog", "init"]) == 0
        with closing(sqlite3.connect("shop.db")) as database, database:
            database.execute("CREATE TABLE members (id INTEGER PRIMARY KEY, ssn TEXT, email TEXT, number TEXT)")
            database.executemany(
                "INSERT INTO members VALUES (?, ?, ?, ?)",
                [(n, f"{536 + n}-21-{4399 + n}", f"user{n}@posteo.de", f"{601553127 + n}") for n in range(60)],
            )
        Path("notes").mkdir()
        Path("notes/a.txt").write_text("ssn 536-90-4399, mail tess@posteo.de\n")
        Path("notes/b.zip").write_bytes(b"PK\x03\x04torn")
        shop = f"sqlite:///{Path('shop.db').resolve()}"
        assert run(["scan", shop, "notes", "--quiet"]) == 3
        assert run(["governance", "set", "SENSITIVITY_WEIGHTS", "rule", "weight=0.35", "--reason", "tried"]) == 0
        assert run(["scan", shop, "notes", "--quiet"]) == 3
        with closing(sqlite3.connect("team.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("PRAGMA journal_mode=DELETE")
            for table in SCANNED:
                assert database.execute(f"SELECT COUNT(*) FROM {table}").fetchone() > (0,), table
    return made


@pytest.fixture
def catalog(scanned: Path, tmp_path: Path) -> Path:
    """That catalog in a folder of one's own, with its key."""
    shutil.copytree(scanned, tmp_path, dirs_exist_ok=True)
    return Path("team.db").resolve()


def records(file: Path) -> dict[str, list[bytes]] | None:
    """Every value of every row of every table, as it is stored; `None` where that cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as database:
            database.text_factory = bytes
            found = {}
            for name, table in whole().tables.items():
                values = " || ',' || ".join(f'quote("{column.name}")' for column in table.columns)
                found[name] = sorted(row[0] for row in database.execute(f'SELECT {values} FROM "{name}" NOT INDEXED'))
            return found
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def is_told(file: Path, keys: Path) -> bool:
    try:
        with open_catalog(str(file), keys=keys) as catalog:
            return not verify(catalog).holds
    except (AssayError, sqlite3.Error):
        return True


def test_as_it_is_it_holds(catalog: Path, assay: Assay) -> None:
    done = assay("audit", "verify")
    assert done.code == 0, done.out + done.err


def test_any_byte_that_changes_a_record_is_told(catalog: Path, tmp_path: Path) -> None:
    with open_catalog(str(catalog)) as opened:
        keys = opened.seal.folder
    data = catalog.read_bytes()
    before = records(catalog)
    assert before is not None
    dice = random.Random(7)
    step = len(data) // FLIPS
    unnoticed: list[int] = []
    harmless = 0
    copy = tmp_path / "flipped.db"
    for at in range(dice.randrange(step), len(data), step):
        changed = bytearray(data)
        changed[at] ^= 1 << dice.randrange(8)
        copy.write_bytes(changed)
        after = records(copy)
        if is_told(copy, keys):
            pass
        elif after == before:
            harmless += 1  # no record holds it: unused space of a page, a counter of the file's head
        else:
            unnoticed.append(at)
        for ending in ("-wal", "-shm"):
            copy.with_name(copy.name + ending).unlink(missing_ok=True)
    assert unnoticed == []
    assert harmless < FLIPS  # most of the file is records


@pytest.mark.parametrize("table", SCANNED)
def test_a_byte_of_each_kind_of_record(catalog: Path, tmp_path: Path, table: str) -> None:
    """The last byte of a text of the table's newest row, found in the file."""
    data = catalog.read_bytes()
    copy = tmp_path / "flipped.db"
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        row = database.execute(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone()
    texts = sorted((value for value in tuple(row) if isinstance(value, str) and value), key=len, reverse=True)
    before = records(catalog)
    flip = flipper(data, texts, lambda changed: copy.write_bytes(changed) and records(copy), before, table)
    assert flip, f"no byte of {table} was found in the file"
    with open_catalog(str(catalog)) as opened:
        keys = opened.seal.folder
    assert is_told(copy, keys)


def flipper(
    data: bytes,
    texts: list[str],
    read: Callable[[bytes], dict[str, list[bytes]] | None],
    before: dict[str, list[bytes]] | None,
    table: str,
) -> bool:
    """Changes one byte such that a record of the table is another one, and nothing else is wrong with the file."""
    for text in texts:
        at = data.find(text.encode()[-200:])
        while at >= 0:
            place = at + len(text.encode()[-200:]) - 1
            after = read(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            if after is not None and before is not None and after[table] != before[table]:
                return True
            at = data.find(text.encode()[-200:], at + 1)
    return False


def test_the_command_fails_and_says_which_row(catalog: Path, assay: Assay) -> None:
    data = catalog.read_bytes()
    at = data.find(b'"level":"restricted"')
    assert at > 0
    catalog.write_bytes(data[:at] + data[at:].replace(b"restricted", b"restrictee", 1))
    done = assay("audit", "verify")
    assert done.code == 1
    assert "was changed" in done.out
