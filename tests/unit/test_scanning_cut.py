"""What is no text is not cut, and nobody guesses its encoding."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from assay.formats.encoding import Encoding
from assay.model import AssetRef
from assay.scanning import cut


@pytest.mark.parametrize(
    ("begins", "ends", "parts"),
    [(b"PAR1", b"PAR1", 1), (b"%PDF-1.7\n", b"%%EOF\n", 1), (b"one line\n", b"the last\n", 3)],
)
def test_only_of_text_the_encoding_is_looked_at(
    begins: bytes, ends: bytes, parts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[bytes] = []

    def detect(head: bytes) -> Encoding:
        looked_at.append(head)
        return Encoding("utf-8")

    monkeypatch.setattr(cut, "detect", detect)
    middle = random.Random(5).randbytes(4096) if parts == 1 else b"a line like others\n" * 215
    file = tmp_path / "large"
    with file.open("wb") as out:
        out.write(begins)
        for _ in range(4200):
            out.write(middle)
        out.write(ends)
    size = file.stat().st_size
    assert size > cut.LARGE
    found = list(cut.splits_of(AssetRef(kind="file", uri=file.as_uri(), path=str(file), size=size)))
    assert len(found) == parts
    assert bool(looked_at) is (parts > 1)
