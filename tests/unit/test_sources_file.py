"""One path of a folder, and a folder in it, are told as a walk of the whole tells them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assay.model import AssetRef
from assay.report.printable import local_path
from assay.sources.file import FileSource, identities
from assay.sources.inotify import file_system, is_remote


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in (
        "a.txt", "b.log", "sub/c.log", "sub/d.txt", "sub/deep/e.txt", "ignored/f.txt", "ignored/deep/g.txt",
        ".git/config", "private/h.txt", "own/i.db", "sub/keep.log", "na me/ü+%.txt",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / ".gitignore").write_text("*.log\nignored/\n")
    (root / "sub/.gitignore").write_text("!keep.log\n")
    (root / "link").symlink_to(root / "sub")
    (root / "broken").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    return root


def source(root: Path, **more: object) -> FileSource:
    own = {"own catalog": identities([root / "own/i.db"])}
    return FileSource(target=str(root), exclude=["private/"], own=own, **more)  # type: ignore[arg-type]


def path_of(item: object) -> str:
    return item.path or "" if isinstance(item, AssetRef) else local_path(item.resource)  # type: ignore[attr-defined]


def test_each_path_is_told_as_the_walk_tells_it(tree: Path) -> None:
    walked = {path_of(item): item for item in source(tree).assets()}
    asked = source(tree)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            told = asked.at(path)
            if path in walked:
                assert told == walked[path]
            elif told is not None:
                # It lies in a folder that is left out as a whole.
                assert path.startswith(path_of(told) + "/")
                assert told == walked[path_of(told)]
            else:
                assert os.path.isdir(path)
    assert asked.at(str(tree / "none")) is None
    assert asked.at(str(tree / "a.txt/none")) is None


@pytest.mark.parametrize("name", ["", "sub", "sub/deep", "ignored", "ignored/deep", "none", "private", "link"])
def test_a_folder_is_told_as_the_walk_tells_it(tree: Path, name: str) -> None:
    folder = str(tree / name)
    told = list(source(tree).below(folder))
    whole = list(source(tree).assets())
    within = [item for item in whole if path_of(item).startswith(folder.rstrip("/") + "/")]
    above = [item for item in whole if folder == path_of(item) or folder.startswith(path_of(item) + "/")]
    assert told == (within or above)


def test_each_folder_is_told_of_before_it_is_listed(tree: Path) -> None:
    entered: list[str] = []

    def entering(folder: str) -> None:
        entered.append(folder)
        # What comes now is listed.
        Path(folder, "late.txt").write_text("late")

    listed = {path_of(item) for item in source(tree, entering=entering).assets()}
    assert entered == [str(tree / name) for name in ("", "na me", "own", "sub", "sub/deep")]
    assert {f"{folder}/late.txt" for folder in entered} <= listed


def test_the_kind_of_file_system(tmp_path: Path) -> None:
    assert file_system("/proc/self") == "proc"
    assert file_system(str(tmp_path)) not in ("", "proc")
    assert not is_remote(file_system(str(tmp_path)))
    assert is_remote("nfs4")
