"""The cache of compiled rules: what is used stays, what is not goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from assay.detect import cache
from assay.detect.cache import keep, kept_in

DAY = 24 * 60 * 60


def _kept(folder: Path, name: str, body: bytes, days: float) -> Path:
    file = folder / name
    keep(file, body)
    then = time.time() - days * DAY
    os.utime(file, (then, then))
    return file


def test_what_nobody_used_for_a_month_is_deleted_when_something_new_is_kept(tmp_path: Path) -> None:
    old = _kept(tmp_path, "automaton-0a1b.hs", b"old", 31)
    recent = _kept(tmp_path, "plan-12-0a1b-0.json", b"recent", 29)
    begun = tmp_path / ".identifiers-x7f2"
    begun.write_bytes(b"of a process that was killed")
    os.utime(begun, (0, 0))
    others = tmp_path / "notes.json"
    others.write_text("not ours")
    os.utime(others, (0, 0))
    keep(tmp_path / "automaton-2c3d.hs", b"new")
    assert not old.exists()
    assert not begun.exists()
    assert kept_in(recent) == b"recent"
    assert kept_in(tmp_path / "automaton-2c3d.hs") == b"new"
    assert others.read_text() == "not ours"


def test_what_is_read_counts_as_used(tmp_path: Path) -> None:
    old = _kept(tmp_path, "automaton-0a1b.hs", b"old", 31)
    assert kept_in(old) == b"old"
    keep(tmp_path / "automaton-2c3d.hs", b"new")
    assert kept_in(old) == b"old"


def test_a_full_cache_loses_what_was_used_longest_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_FULL", 3_000)
    older, newer = (_kept(tmp_path, f"automaton-{days}.hs", b"x" * 2_000, days) for days in (2, 1))
    keep(tmp_path / "automaton-new.hs", b"x" * 2_000)
    assert not older.exists()
    assert newer.exists()
    assert kept_in(tmp_path / "automaton-new.hs") == b"x" * 2_000


def test_a_cache_that_cannot_be_written_is_still_read(tmp_path: Path) -> None:
    file = _kept(tmp_path, "automaton-0a1b.hs", b"body", 40)
    tmp_path.chmod(0o500)
    try:
        assert kept_in(file) == b"body"
    finally:
        tmp_path.chmod(0o700)
