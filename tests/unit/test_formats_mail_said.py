"""Parts of mail that are not written as their headers say."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from documentfiles import ssn

import assay
from assay.formats.mailtext import is_base64

PLAIN = f"Dear colleague, this is plain text whatever is said of it.\nHis SSN is {ssn(1)}, please.\n"
FOOTER = "_____________\nA list: https://lists.example\nHow to leave: write to us\n"


def encoded(text: str) -> str:
    return base64.encodebytes(text.encode()).decode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PLAIN, False),
        (encoded(PLAIN), True),
        (encoded(PLAIN) + FOOTER, True),
        (FOOTER + encoded(PLAIN), True),
        (encoded("a"), True),
        ("", True),
        ("Ann\nSee below: it is plain.\nAll of it, really.\n", False),
    ],
)
def test_what_is_base64(body: str, said: bool) -> None:
    assert is_base64(body.encode()) is said


def test_a_body_that_only_says_to_be_in_base64_is_read_as_it_is_written(tmp_path: Path) -> None:
    header = 'Content-Type: text/plain; charset="UTF-8"\nContent-Transfer-Encoding: base64\n\n'
    start = 'From: a@firm.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n'
    said = f"SSN {ssn(2)} is in here, and no line is longer.\n"
    written = f"{start}--B\n{header}{PLAIN}--B\n{header}{encoded(said)}{FOOTER}--B--\n"
    path = tmp_path / "x.eml"
    path.write_text(written)
    results = list(assay.scan(str(path)))
    assert not [result for result in results if isinstance(result, assay.Gap)]
    found = [result for result in results if isinstance(result, assay.Finding) and result.identifier == "SSN"]
    assert len(found) == 2
    at = found[0].location
    assert (at.byte_start, at.line) == (written.index(ssn(1)), written[: written.index(ssn(1))].count("\n") + 1)


@pytest.mark.parametrize("kind", ["text/csv", "application/octet-stream", "application/pgp-signature"])
def test_an_attached_file_that_only_says_to_be_in_base64_is_read_as_it_is_written(tmp_path: Path, kind: str) -> None:
    header = f'Content-Type: {kind}; name="people.csv"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n'
    start = 'From: a@firm.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n'
    table = f"full_name,ssn\nAda Lind,{ssn(1)}\nBo Berg,{ssn(2)}\n"
    path = tmp_path / "x.eml"
    path.write_text(f"{start}--B\n{header}{table}\n--B\n{header}{encoded(table)}--B--\n")
    found = [each for each in assay.scan(str(path)) if isinstance(each, assay.Finding) and each.identifier == "SSN"]
    assert len(found) == 4


def test_a_large_file_that_only_says_to_be_in_base64_is_read_to_its_end(tmp_path: Path) -> None:
    header = 'Content-Type: text/plain; name="log.txt"\nContent-Transfer-Encoding: base64\n\n'
    start = 'From: a@firm.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n'
    path = tmp_path / "x.eml"
    path.write_text(
        f"{start}--B\n{header}{'nothing is to be seen here, yet.' * 40}\n" * 2
        + "and more of it.\n" * 12_000
        + f"SSN {ssn(3)}\n--B--\n"
    )
    found = [each for each in assay.scan(str(path)) if isinstance(each, assay.Finding) and each.identifier == "SSN"]
    assert len(found) == 1
