"""Where values end, looked up in the file that they were found in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from records_for_tests import finding

from assay.model import Locator
from assay.sources.extent import Extents

TEXT = "Zoë's key:\n-----BEGIN KEY-----\nabc\n-----END KEY-----\nafter\n"
VALUE = "-----BEGIN KEY-----\nabc\n-----END KEY-----"


def _located(path: Path, text: str, value: str, codec: str) -> Locator:
    start = text.index(value)
    line_start = text.rfind("\n", 0, start) + 1
    return Locator(
        start=start,
        end=start + len(value),
        byte_start=len(text[:start].encode(codec)),
        byte_end=len((text[:start] + value).encode(codec)),
        line=text.count("\n", 0, start) + 1,
        column=start - line_start + 1,
    )


@pytest.mark.parametrize("codec", ["utf-8", "latin-1", "utf-16", "utf-16-le"])
def test_a_value_over_lines(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "a key#1.txt"
    path.write_bytes(TEXT.encode(codec))
    at = _located(path, TEXT, VALUE, codec)
    found = Extents().end_of(finding(resource=f"file://{quote(str(path))}", location=at))
    assert found == (4, 18)


def test_a_value_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    at = _located(path, TEXT, "key", "utf-8")
    assert Extents().end_of(finding(resource=f"file://{path}", location=at)) == (1, 10)


def test_what_cannot_be_looked_up(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("short", encoding="utf-8")
    at = Locator(start=10, end=60, byte_start=10, byte_end=60, line=1, column=11)
    extents = Extents()
    assert extents.end_of(finding(resource=f"file://{path}", location=at)) is None
    assert extents.end_of(finding(resource=f"file://{tmp_path}/gone", location=at)) is None
    assert extents.end_of(finding(resource="file:///dev/stdin", location=at)) is None
    inside = Locator(start=0, end=2, byte_start=0, byte_end=2, line=1, column=1, member="x")
    assert extents.end_of(finding(resource=f"file://{path}", location=inside)) is None
