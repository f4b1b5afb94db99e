"""The file of the fingerprint key: made whole or not at all."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import pytest

from assay.app.fingerprints import fingerprint_key


def test_it_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "fingerprint.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: fingerprint_key(file, {}), range(40)))
    assert len(keys) == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk_leaves_no_empty_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "fingerprint.key"

    class Full:
        def __init__(self, descriptor: int, _mode: str) -> None:
            os.close(descriptor)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def write(self, _text: str) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdopen", Full)
        assert len(fingerprint_key(file, {})) == 32
    assert list(tmp_path.iterdir()) == []
    assert fingerprint_key(file, {}) == fingerprint_key(file, {})


def test_a_file_system_without_hard_links_keeps_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "fingerprint.key"
    assert fingerprint_key(file, {}) == fingerprint_key(file, {})
    assert list(tmp_path.iterdir()) == [file]
