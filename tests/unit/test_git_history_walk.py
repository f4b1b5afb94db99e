"""Several walks over parts of a history find what one walk over all of it finds."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.model import AssetRef
from assay.sources.git import history
from assay.sources.git.opener import GitOpener
from assay.sources.git.repository import Repository, find


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three branches that change the same files, two merges, blobs that come again under other names, an empty commit."""
    place = tmp_path_factory.mktemp("walk") / "repository"
    dice = random.Random(4)
    lines: list[bytes] = []
    for mark in range(1, 121):
        branch = b"refs/heads/%b" % dice.choice((b"main", b"one", b"two"))
        lines.append(
            b"commit %b\nmark :%d\ncommitter A <a@example.org> %d +0000\ndata 1\nx" % (branch, mark, 10**9 + mark)
        )
        if mark in (60, 110):
            lines += [b"from :%d" % (mark - 1), b"merge :%d" % (mark - 20)]
        if mark == 80:
            lines.append(b"")
            continue
        for _ in range(3):
            name, content = b"d%d/f %d" % (dice.randrange(4), dice.randrange(9)), b"content %d\n" % dice.randrange(60)
            lines.append(b'M 100644 inline "%b"\ndata %d\n%b' % (name, len(content), content))
        lines += [b'D "d1/f 3"'] if dice.random() < 0.1 else []
    lines.append(b"reset refs/tags/blob\n")
    subprocess.run(["git", "init", "-q", "--bare", str(place)], check=True)
    script = b"\n".join(lines)
    subprocess.run(["git", f"--git-dir={place}", "fast-import", "--quiet", "--force"], input=script, check=True)
    return place


@pytest.mark.parametrize("cores", [2, 3, 7])
def test_they_find_the_same(place: Path, monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    repository = find(f"git:{place}")
    whole = history.walk(repository)
    assert len(whole.blobs) > 40
    assert history._walked_at_once(repository) is None
    monkeypatch.setattr(history, "_MANY", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    parts = history._walked_at_once(repository)
    assert parts is not None
    assert parts.blobs == whole.blobs
    assert history.walk(repository).blobs == whole.blobs


def test_where_one_of_them_fails_the_walk_over_all_tells_why(
    place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "-q", "--bare", "--no-local", str(place), str(copy)], check=True)
    pack = next(copy.glob("objects/pack/*.pack"))
    moved = pack.rename(tmp_path / "moved.pack")
    for other in copy.glob("objects/pack/*"):
        other.unlink()
    with moved.open("rb") as stream:
        subprocess.run(["git", f"--git-dir={copy}", "unpack-objects", "-q"], stdin=stream, check=True)
    tree = subprocess.run(
        ["git", f"--git-dir={copy}", "rev-parse", "main~3^{tree}"], capture_output=True, check=True, text=True
    ).stdout.strip()
    (copy / "objects" / tree[:2] / tree[2:]).unlink()
    monkeypatch.setattr(history, "_MANY", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    repository = find(f"git:{copy}")
    assert history._walked_at_once(repository) is None
    found = history.walk(repository)
    assert found.broken is not None
    assert found.broken.reason == "corrupt"
    assert len(found.blobs) > 40


def test_a_machine_of_many_cores_is_not_filled_with_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = most = 0

    def into(*_: Any, **__: Any) -> Callable[[], bool]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        waited = False

        def succeeds() -> bool:
            nonlocal running, waited
            running -= not waited
            waited = True
            return True

        return succeeds

    monkeypatch.setattr(history, "into", into)
    monkeypatch.setattr(history, "output", lambda *_: b"\n".join(b"%040x" % number for number in range(10_000)))
    monkeypatch.setattr(os, "cpu_count", lambda: 128)
    assert history._walked_at_once(Repository(top=str(tmp_path), git_dir=str(tmp_path))) is not None
    assert most == 8


def test_a_blob_is_read_once_however_often_it_is_announced(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = find(f"git:{place}")
    blobs = sorted(history.walk(repository).blobs)
    sizes = {blob.id: blob.size for blob in history.sized(repository, history.walk(repository))}
    assets = [
        AssetRef(kind="object", uri=f"git:///{blob.decode()}", size=sizes[blob.decode()], name=("", "", blob.decode()))
        for blob in blobs
    ]
    first, second, third = assets[:20], assets[20:40], assets[10:45]
    opener = GitOpener(str(place))
    asked: list[str] = []
    ask = opener._ask
    monkeypatch.setattr(opener, "_ask", lambda blobs: (asked.extend(blobs), ask(blobs)))
    opener.ahead(first)
    opener.ahead(second)
    for unit in (first, second):
        opener.ahead(unit)
        for asset in unit:
            for _ in range(2):
                with opener.open(asset) as stream:
                    told = subprocess.run(
                        ["git", "-C", str(place), "cat-file", "blob", asset.name[2]], capture_output=True, check=True
                    )
                    assert stream.read() == told.stdout
    assert len(asked) == len(set(asked)) == 40
    opener.ahead(third)  # some of them were told before, and are not held any more
    for asset in reversed(third):
        with opener.open(asset) as stream:
            assert len(stream.read()) == asset.size
    opener.close()
