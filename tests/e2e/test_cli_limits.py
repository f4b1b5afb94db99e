"""What archives may unfold to: what is beyond is a gap that names the setting, and the setting has it read."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from calling import Assay

_VALUE = b"the card is 4929 1234 5678 9015 and the mail is someone.else@firma-nord.de\n"


def nested(levels: int) -> bytes:
    data, name = _VALUE * 200, "value.txt"
    for level in range(levels):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        data, name = packed.getvalue(), f"{level}.zip"
    return data


@pytest.mark.parametrize(
    ("setting", "tight"), [("max_depth", 2), ("max_member_bytes", 4_000)], ids=["depth", "bytes of a member"]
)
def test_a_limit_that_ends_reading_is_told_by_its_setting(
    assay: Assay, monkeypatch: pytest.MonkeyPatch, setting: str, tight: int
) -> None:
    Path("in").mkdir()
    Path("in/deep.zip").write_bytes(nested(4))
    monkeypatch.setenv(f"ASSAY_{setting.upper()}", str(tight))
    cut = assay("scan", "in", "--format", "jsonl")
    gaps = [record for record in map(json.loads, cut.out.splitlines()) if record["kind"] == "gap"]
    assert cut.code == 3
    assert [f"the setting {setting} " in gap["detail"] for gap in gaps] == [True]
    monkeypatch.delenv(f"ASSAY_{setting.upper()}")
    whole = assay("scan", "in", "--format", "jsonl")
    found = [record for record in map(json.loads, whole.out.splitlines()) if record["kind"] == "finding"]
    assert whole.code == 0
    assert len(found) >= 200
