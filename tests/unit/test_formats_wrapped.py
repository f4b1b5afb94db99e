"""Values that a page breaks over two lines are one value, and stand where they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from documentfiles import pdf

from assay.api import scan
from assay.detect.engine import Detector
from assay.formats.structure import PlainText, Structure, Window
from assay.formats.wrapped import Wrapped
from assay.model import Finding


def told(detector: Detector, text: str, structure: Structure | None = None) -> list[tuple[str, str]]:
    data = text.encode()
    window = Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)
    hits = detector.detect(window, structure or Wrapped())
    return [(hit.rule.identifier.name, data[hit.start : hit.end].decode()) for hit in hits if not hit.test]


@pytest.mark.parametrize(
    ("text", "identifier", "value"),
    [
        ("transfer to IBAN DE44 5001 0517\n5407 3249 31 today", "IBAN", "DE44 5001 0517\n5407 3249 31"),
        ("transfer to IBAN DE445001\n05175407324931 today", "IBAN", "DE445001\n05175407324931"),
        ("transfer to IBAN DE44 5001 05-\n17 5407 3249 31 today", "IBAN", "DE44 5001 05-\n17 5407 3249 31"),
        ("your card 5312 4478 9021\r\n3767 was charged", "CREDIT_CARD", "5312 4478 9021\r\n3767"),
        ("social security number 536-90-\n4399 is on file", "SSN", "536-90-\n4399"),
        ("write to lena.schneider@nord-\nlicht-handel.de now", "EMAIL", "lena.schneider@nord-\nlicht-handel.de"),
        ("write to ada.king@acme-works.\norg now", "EMAIL", "ada.king@acme-works.\norg"),
        ("Zoë wrote to ada.king\n@acme-works.org now", "EMAIL", "ada.king\n@acme-works.org"),
        ("Patient: Lena Schnei-\nder was called", "PERSON_NAME", "Lena Schnei-\nder"),
    ],
)
def test_a_value_over_two_lines(detector: Detector, text: str, identifier: str, value: str) -> None:
    assert (identifier, value) in told(detector, text)
    assert (identifier, value) not in told(detector, text, PlainText())


@pytest.mark.parametrize(
    "text",
    [
        "Totals 1234 5678\nand 2211 3344 5566\n7788 items",
        "pages 10-\n12 and 14",
        "the meeting of 2024-01-\n31 was moved",
        "column\n4111\n1111\n1111\n1111\n",
        "no mail here.\norg charts are below",
        "",
        "-\n-\n",
    ],
)
def test_what_is_no_value_stays_none(detector: Detector, text: str) -> None:
    assert told(detector, text) == []


def test_addresses_one_a_line_are_not_joined(detector: Detector) -> None:
    mails = [f"wren.halloway{number}@posteo.de" for number in range(4)]
    assert told(detector, "\r\n".join(mails)) == [("EMAIL", mail) for mail in mails]


def test_a_value_in_one_line_is_told_once(detector: Detector) -> None:
    text = "card 5312 4478 9021 3767 and\nmail ada.king@acme-works.org-\nwide, SSN 536-90-4399\n12 more"
    assert sorted(name for name, _ in told(detector, text)) == ["CREDIT_CARD", "EMAIL", "SSN"]


def test_breaks_are_counted(detector: Detector) -> None:
    many = "ada@\n" * 5_000
    data = many.encode()
    window = Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)
    assert sum(1 for _ in Wrapped().decoded(window)) <= 1_000


def test_offsets_are_of_the_text_as_it_is() -> None:
    data = "é IBAN DE44 5001 0517\n5407 3249 31 é".encode()
    window = Window(data=data, core_start=0, core_end=len(data), byte=0, char=0, line=0, last=True)
    for part in Wrapped().decoded(window):
        assert len(part.offsets) == len(part.data) + 1
        for sign, offset in zip(part.data, part.offsets, strict=False):
            assert sign == data[offset] or (sign == 0x20 and data[offset] in b" \r\n")


def test_a_value_over_two_lines_of_a_pdf_stands_in_its_page(tmp_path: Path) -> None:
    """Broken at a line's end, and behind a hyphen, which the reader of pages takes together with the line's end."""
    lines = [
        "Dear all,",
        "transfer to IBAN DE44 5001 0517",
        "5407 3249 31 today, or",
        "write to lena.schneider@nord-",
        "licht-handel.de now",
    ]
    (tmp_path / "a.pdf").write_bytes(pdf([["First page"], lines]))
    found = {each.identifier: each.location for each in scan(tmp_path, jobs=1) if isinstance(each, Finding)}
    page = "\n".join(lines)
    for name, value in (("IBAN", "DE44 5001 0517\n5407 3249 31"), ("EMAIL", "lena.schneider@nord-\nlicht-handel.de")):
        at = found[name]
        assert (at.page, at.start) == (2, page.index(value))
        assert at.end - at.start == len(value.replace("-\n", "-"))
        assert (at.line, at.column) == (page.count("\n", 0, at.start) + 1, at.start - page.rfind("\n", 0, at.start))
