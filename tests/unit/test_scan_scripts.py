"""Scripts that unpack themselves, as a scan reads them: the script at its place, the members of the zip behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from packing import zipped

import assay
from assay.scanning import cut, split

SCRIPT = b"#!/bin/sh\n# ask bob@acme-corp.com\nexec unzip $0\n"


def found(path: Path, **options: object) -> set[tuple[str | None, int, int]]:
    out = set()
    for item in assay.scan(str(path), jobs=1, **options):  # type: ignore[arg-type]
        if isinstance(item, assay.Finding):
            out.add((item.location.member, item.location.start or 0, item.location.line or 0))
        assert not isinstance(item, assay.Gap)
    return out


@pytest.mark.parametrize("filler", [0, 100, 9_000, 60_000])
def test_the_script_and_the_zip_behind_it(tmp_path: Path, filler: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # The longest is cut into parts unless the zip is seen.
    monkeypatch.setattr(cut, "LARGE", 512 * 1024)
    monkeypatch.setattr(split, "WHOLE", 256 * 1024)
    script = SCRIPT + b"# filler\n" * filler
    path = tmp_path / "setup.sh"
    path.write_bytes(script + zipped({"a.txt": b"ann@acme-corp.com"}))
    (tmp_path / "other.txt").write_text("nothing")
    assert found(tmp_path) == {(None, script.find(b"bob"), 2), ("a.txt", 0, 1)}
