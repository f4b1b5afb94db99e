"""What looks like a part of a mail message in base64, and is none, is told as a gap."""

from __future__ import annotations

from pathlib import Path

import pytest

import assay
from assay.model import Gap

ENCODED = "Note: of a mailer\n\n--part\n{header}\n\nYWRhQG5hdnkteWFyZC5vcmc=\n"


@pytest.mark.parametrize(
    ("header", "is_told"),
    [
        ("Content-Transfer-Encoding: base64", True),
        ("CONTENT-transfer-ENCODING:\tBase64 \r", True),
        ("Content-Transfer-Encoding: 7bit", False),
        ("X-Content-Transfer-Encoding: base64", False),
        ("content transfer encoding: base64", False),
    ],
)
def test_an_encoded_part_is_told(tmp_path: Path, header: str, is_told: bool) -> None:
    file = tmp_path / "note.txt"
    file.write_text(ENCODED.format(header=header), newline="")
    gaps = [each.reason for each in assay.scan(file) if isinstance(each, Gap)]
    assert gaps == (["encoded content"] if is_told else [])


def test_a_text_that_does_not_begin_as_mail_is_not_searched(tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("a line\n" + ENCODED.format(header="Content-Transfer-Encoding: base64"))
    assert not [each for each in assay.scan(file) if isinstance(each, Gap)]
