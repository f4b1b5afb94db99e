"""A value is looked for again in a process beside: what that could not read is no value that is gone, and it says nothing of it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import assay
from assay.app.config.settings import Settings, load_settings
from assay.app.reviews.rereading import NotReadAgainError, value_in

SSN = "536-90-4399"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings(None)


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, f"employee Ada, ssn: {SSN}\n")
    return out.getvalue()


def test_it_is_found_or_is_not_there(settings: Settings) -> None:
    (found,) = assay.scan_text(f"employee Ada, ssn: {SSN}")
    value = value_in(settings, "people.zip", packed("a.txt"), found.fingerprint)
    assert value is not None
    assert value.reveal(why="test") == SSN.replace("-", "")
    assert value_in(settings, "people.zip", packed("a.txt"), "0" * 64) is None


def test_what_could_not_be_read_is_said_so(
    settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    damaged = packed("a.txt", "b.txt")
    damaged = damaged.replace(b"PK\x03\x04", b"PK\x03\x00", 1)
    with pytest.raises(NotReadAgainError, match="could be read again"):
        value_in(settings, "people.zip", damaged, "0" * 64)
    with pytest.raises(NotReadAgainError):
        value_in(settings, "people.zip", packed("a.txt"), "0" * 64, seconds=0.0)
    with pytest.raises(NotReadAgainError):
        # It cannot even begin.
        value_in(replace(settings, identifiers=(tmp_path / "none.yaml",)), "people.zip", packed("a.txt"), "0" * 64)
    told = capfd.readouterr()
    assert told.out + told.err == ""
