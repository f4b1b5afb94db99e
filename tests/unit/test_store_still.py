"""A catalog in a folder that may only be read: it is read and proven there, and whatever would write says so."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

import pytest

from assay.errors import CatalogError
from assay.store import audit
from assay.store.backup import backup
from assay.store.engine import open_catalog
from assay.store.proof import verify

NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users reach, unlike those that pytest makes."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    rmtree(made)


@pytest.fixture
def file(place: Path) -> Path:
    (place / "shelf").mkdir()
    file = place / "shelf" / "catalog of #1?.db"
    with open_catalog(str(file), create=True, keys=place / "keys") as catalog, catalog.transaction() as connection:
        audit.append(connection, actor="steward", action="THRESHOLD_UPDATE", resource="file:///srv/1")
    return file


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """Nobody writes below `place`; who is root, whom no rights bind, is somebody else meanwhile."""
    is_root = os.getuid() == 0
    for each in sorted(place.rglob("*"), reverse=True):
        each.chmod(0o555 if each.is_dir() else 0o400)
        if is_root:
            os.chown(each, NOBODY, NOBODY)
    if is_root:
        os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        if is_root:
            os.setresuid(0, 0, 0)
        for each in (folder for folder in place.rglob("*") if folder.is_dir()):
            each.chmod(0o755)


def test_a_catalog_in_a_read_only_folder_is_proven(place: Path, file: Path) -> None:
    with read_only(place), open_catalog(str(file), keys=place / "keys") as catalog:
        proof = verify(catalog)
        with pytest.raises(CatalogError, match="may not be written"), catalog.transaction() as connection:
            audit.append(connection, actor="steward", action="THRESHOLD_UPDATE", resource="file:///srv/2")
    assert (proof.problems, proof.entries) == ((), 1)
    assert sorted(each.name for each in file.parent.iterdir()) == [file.name]


def test_a_backup_in_a_read_only_folder_is_proven(place: Path, file: Path) -> None:
    with open_catalog(str(file), keys=place / "keys") as catalog:
        backup(catalog, place / "shelf" / "copy.db", actor="steward")
    with read_only(place), open_catalog(str(place / "shelf" / "copy.db"), keys=place / "keys") as catalog:
        assert verify(catalog).holds


def test_a_backup_that_may_only_be_read_is_proven(place: Path, file: Path) -> None:
    copy = place / "shelf" / "copy.db"
    with open_catalog(str(file), keys=place / "keys") as catalog:
        backup(catalog, copy, actor="steward")
    with read_only(place):
        copy.parent.chmod(0o755)
        with open_catalog(str(copy), keys=place / "keys") as catalog:
            assert verify(catalog).holds


def test_changes_beside_the_file_are_not_overlooked(place: Path, file: Path) -> None:
    writer = sqlite3.connect(file)
    writer.execute("CREATE TABLE foreign_table (x)")
    writer.commit()
    with read_only(place), open_catalog(str(file), keys=place / "keys") as catalog:
        assert [problem.what for problem in verify(catalog).problems] == ["the definitions of the tables were changed"]
    log = Path(f"{file}-wal").read_bytes()
    writer.close()
    Path(f"{file}-wal").write_bytes(log)
    with read_only(place), pytest.raises(CatalogError, match="-wal.*copy both to one that is not"):
        open_catalog(str(file), keys=place / "keys")


def test_what_is_written_while_it_is_read_is_told(place: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.store.engine.os.access", lambda *_: False)
    with open_catalog(str(file), keys=place / "keys") as catalog:
        (first, *rest) = (file.stat().st_mtime_ns, *verify(catalog).problems)
        assert rest == []

        def touched(*_: object) -> None:
            os.utime(file, ns=(first + 1, first + 1))

        monkeypatch.setattr("assay.store.proof.check_records", touched)
        assert [problem.what for problem in verify(catalog).problems] == [
            "the file was written to while it was read: look again"
        ]
