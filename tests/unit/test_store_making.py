"""A catalog's file is there when it is whole, or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assay.errors import CatalogError
from assay.store import making
from assay.store.engine import open_catalog

MAKER = """
import resource, sys
from pathlib import Path
from assay.errors import CatalogError
from assay.store.engine import open_catalog

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    open_catalog(sys.argv[1], create=True, keys=Path(sys.argv[1]).parent / "keys").close()
except CatalogError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [0, 16_384, 200_000])
def test_where_there_is_no_room_nothing_is_left(tmp_path: Path, room: int) -> None:
    """A process that may write no larger files meets what a full disk says, wherever it ends."""
    path = tmp_path / "team.db"
    done = subprocess.run(
        [sys.executable, "-c", MAKER, str(path), str(room)], capture_output=True, text=True, check=False, timeout=300
    )
    assert f"{path}: the catalog cannot be" in done.stdout, done.stderr
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
    with open_catalog(str(path), create=True, keys=tmp_path / "keys") as catalog:
        assert (tmp_path / "keys" / f"{catalog.id}.key").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["keys", "team.db"]


def test_of_several_that_make_it_at_once_one_does(tmp_path: Path) -> None:
    def make(_: int) -> str:
        with open_catalog(str(tmp_path / "team.db"), create=True, keys=tmp_path / "keys") as catalog:
            return catalog.id

    with ThreadPoolExecutor(4) as pool:
        (known,) = set(pool.map(make, range(4)))
    assert [each.name for each in (tmp_path / "keys").glob("*.key")] == [f"{known}.key"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["keys", "team.db"]


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(making.os, "link", refuse)
    path = tmp_path / "team.db"
    with open_catalog(str(path), create=True, keys=tmp_path / "keys") as catalog:
        known = catalog.id
    with open_catalog(str(path), create=True, keys=tmp_path / "keys") as catalog:
        assert catalog.id == known
    assert path.stat().st_mode & 0o777 == 0o600


def test_one_that_another_made_meanwhile_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "team.db"

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    for link in (os.link, refuse):
        monkeypatch.setattr(making.os, "link", link)
        path.write_bytes(b"theirs")
        assert not making.make_file(path, lambda part: None)
        assert path.read_bytes() == b"theirs"


def test_what_was_not_brought_into_the_file_is_not_kept(tmp_path: Path) -> None:
    def fill(part: Path) -> None:
        Path(f"{part}-wal").write_bytes(b"the whole catalog")

    with pytest.raises(CatalogError, match="the disk is full"):
        making.make_file(tmp_path / "team.db", fill)
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_leads_nowhere_is_filled_where_it_leads_to(tmp_path: Path) -> None:
    link, target = tmp_path / "team.db", tmp_path / "elsewhere.db"
    link.symlink_to(target)
    with open_catalog(str(link), create=True, keys=tmp_path / "keys") as catalog:
        known = catalog.id
    with open_catalog(str(target), keys=tmp_path / "keys") as catalog:
        assert catalog.id == known
    assert target.stat().st_mode & 0o777 == 0o600
    assert link.is_symlink()


def test_a_link_to_where_there_is_no_folder_is_told(tmp_path: Path) -> None:
    link = tmp_path / "team.db"
    link.symlink_to(tmp_path / "gone" / "team.db")
    with pytest.raises(CatalogError, match="there is no folder .*gone; make it first"):
        open_catalog(str(link), create=True, keys=tmp_path / "keys")
