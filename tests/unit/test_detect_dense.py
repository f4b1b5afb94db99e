"""Dense tables: judging a column's values in bulk gives what judging each of them gives."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from planting import with_check_digit

from assay.detect import bulk as bulk_path
from assay.detect import engine
from assay.detect.celltext import CellText
from assay.detect.engine import Detector
from assay.detect.loading import read_identifier
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.formats import Kind
from assay.model import ColumnSketch, Finding
from assay.scanning.cellpages import Cells, pages, quoted
from assay.scanning.document import Document, scan_document
from assay.scanning.report import SplitReport

FIRST = ["Ada", "Grace", "Ngozi", "Zoë", "Jürgen", "Maria", "Tom", "Mei"]
LAST = ["Stone", "Okafor", "Müller", "O'Neil", "Lindqvist", "Tanaka", "Reyes"]


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "ssn": lambda dice: f"{dice.randint(100, 600)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}",
    "email": lambda dice: (
        f"{dice.choice(FIRST)}.{_digits(dice, 4)}@{dice.choice(['posteo.de', 'gmx.net', 'example.com'])}"
    ),
    "card_number": lambda dice: with_check_digit("4485" + _digits(dice, 11)),
    "cvv": lambda dice: _digits(dice, 3),
    "phone": lambda dice: f"+44 20 7946 {_digits(dice, 4)}",
    "dob": lambda dice: f"{dice.randint(1940, 2005)}-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}",
    "name": lambda dice: f"{dice.choice(FIRST)} {dice.choice(LAST)}",
    "ip": lambda dice: f"8.{dice.randint(0, 255)}.{dice.randint(0, 255)}.{dice.randint(0, 255)}",
    "bank_account": lambda dice: _digits(dice, 10),
    "mrn": lambda dice: "MRN" + _digits(dice, 7),
    "zip": lambda dice: _digits(dice, 5),
    "password": lambda dice: "Kq7" + _digits(dice, 4) + "pL!",
    "passport": lambda dice: "C" + _digits(dice, 8),
    "note": lambda dice: dice.choice(["", "ok", "paid in full", "漢字 😀", "n/a"]),
    "id": lambda dice: str(dice.randint(1, 10**6)),
    "amount": lambda dice: str(dice.random() * 1_000),
    "serial": lambda dice: _digits(dice, dice.randint(12, 17)),
}
ODD = [
    "123-45-6789",
    "4111 1111 1111 1111",
    "4111111111111111",
    "see 601-55-3127 and 602-55-3127",
    " 601-55-3127 ",
    '"601-55-3127"',
    "isbn",
    "version 2",
    "example",
    "ssn: 601-55-3127",
    "call +44 20 7946 0958 now",
    "ada.stone@posteo.de; jo@gmx.net",
    "copyright 2020",
    "GPL",
    "1,5",
    "line one\nssn 601-55-3127",
    "part number",
    "MRN 1234567",
    "\u0663\u0664",
    "x" * 300,
    "0",
]


def table(seed: int, rows: int) -> tuple[str, bytes]:
    dice = random.Random(seed)
    columns = dice.sample(sorted(MAKERS), dice.randint(1, 7))
    named = dice.random() < 0.7
    heads = [name if named else f"c{index}" for index, name in enumerate(columns)]
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=dice.choice(",;\t|"),
        lineterminator=dice.choice(["\n", "\r\n"]),
        quoting=dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
    if dice.random() < 0.9:
        writer.writerow(heads)
    share = dice.choice([0.0, 0.02, 0.2])
    for _ in range(rows):
        writer.writerow([dice.choice(ODD) if dice.random() < share else MAKERS[name](dice) for name in columns])
    return "people.csv", out.getvalue().encode()


def outcome(
    name: str, raw: bytes, detector: Detector, *, each: bool
) -> tuple[list[Finding], dict[str, tuple[int, float]], list[ColumnSketch], int]:
    """Findings, counts and columns; with `each`, an allow list that allows nothing keeps the bulk path out."""
    report = SplitReport(resource="memory:table")
    document = Document(name=name, resource="memory:table", member=None, kind=Kind.DELIMITED, head=raw)
    allowed = (lambda _value, _identifier, _fingerprint: False) if each else None
    findings = [
        finding
        for piece in scan_document(io.BytesIO(b""), document, detector, report, allowed=allowed)
        for finding in piece.findings
    ]
    columns = report.tables[0].columns if report.tables else []
    return findings, report.counts, columns, report.test_values


def described(findings: list[Finding]) -> list[str]:
    return [
        f"{each.location.start}-{each.location.end} r{each.location.row} {each.location.field} {each.identifier} "
        f"{each.confidence} {each.redacted} {[evidence.detail for evidence in each.evidence]}"
        for each in findings
    ]


@pytest.mark.parametrize("floor", [0.5, 0.3])
def test_in_bulk_is_as_one_by_one(floor: float, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "floor", floor)
    monkeypatch.setattr(detector, "_bulk", None)
    monkeypatch.setattr(engine, "DENSE", 1)
    monkeypatch.setattr(bulk_path, "_LEAST_IN_COLUMN", 8)
    judged = 0
    run = bulk_path.BulkJudge.run

    def counting(*arguments: Any) -> Any:
        nonlocal judged
        found = run(*arguments)
        judged += sum(len(group.starts) for group in found.groups)
        return found

    monkeypatch.setattr(bulk_path.BulkJudge, "run", counting)

    @settings(max_examples=40, deadline=None, database=None)
    @given(seed=st.integers(0, 10**9), rows=st.integers(2, 300))
    @example(seed=10, rows=294)
    @example(seed=0, rows=199)
    def holds(seed: int, rows: int) -> None:
        name, raw = table(seed, rows)
        bulk, single = outcome(name, raw, detector, each=False), outcome(name, raw, detector, each=True)
        one, other = described(bulk[0]), described(single[0])
        assert one == other, "\n".join(
            [*(f"bulk only: {line}" for line in one if line not in other)][:4]
            + [*(f"one by one only: {line}" for line in other if line not in one)][:4]
        )
        assert bulk[0] == single[0]
        assert bulk[1:] == single[1:]

    holds()
    assert judged > 1_000


def test_the_surest_pattern_of_a_named_column_tells_its_value(detector: Detector) -> None:
    """One that is for columns alone gains nothing by the column's name, and comes behind those that are surer."""
    dice = random.Random(3)
    rows = [
        f"{MAKERS['email'](dice)},{dice.randint(2000, 9999)}-{_digits(dice, 3)}-{_digits(dice, 4)}"
        for _ in range(2_500)
    ]
    raw = "\n".join(["email,phone", *rows]).encode()
    bulk, one_by_one = (outcome("people.csv", raw, detector, each=each) for each in (False, True))
    assert described(bulk[0]) == described(one_by_one[0])
    assert bulk[1:] == one_by_one[1:]
    assert "PHONE" in bulk[1]


ROLE = """\
name: ROLE_NUMBER
title: Role number
category: CUSTOM
sensitivity: MEDIUM
keywords: [role]
patterns:
  - id: role
    find: '[A-Z]{2}\\d{6}'
    regex: '[A-Z]{2,}+\\d{6}'
    confidence: 0.8
finds:
  - {text: "role AB204817", value: "AB204817"}
  - {text: "role CD773102", value: "CD773102"}
  - {text: "XY419035", value: "XY419035"}
ignores:
  - {text: "AB20481", because: five digits}
  - {text: "A204817", because: one letter}
  - {text: "ab204817", because: small letters}
"""


def test_a_value_begins_where_the_automaton_says(tmp_path: Path) -> None:
    """What an expression would match from the beginning of a cell is none, where what is looked for begins behind that."""
    (tmp_path / "role.yaml").write_text(ROLE)
    detector = Detector(RuleSet([read_identifier(tmp_path / "role.yaml", tmp_path)]), Fingerprinter(b"k" * 16))
    raw = "\n".join(["role,n", *(f"ABCD{number:06},{number}" for number in range(2_500))]).encode()
    bulk, one_by_one = (outcome("roles.csv", raw, detector, each=each) for each in (False, True))
    assert described(bulk[0]) == described(one_by_one[0])
    assert bulk[1:] == one_by_one[1:]
    assert {each.location.end - each.location.start for each in bulk[0]} == {8}


@pytest.mark.parametrize("beyond", [True, False])
def test_that_nothing_begins_in_a_cell_is_said_of_the_whole_cell(beyond: bool) -> None:
    """An expression is narrowed to what begins where a text does: behind that a match may go on into the next cell."""
    expression = '(?:[a-z]+"\\n")?[a-z]@[0-9]' if beyond else "[a-z]@[0-9]"
    (page,) = pages([Cells(0, *quoted(["k@bb", "x@7"] * 10), np.arange(1, 21))])
    text = CellText(page.window, page.grid, ",")
    pattern = SimpleNamespace(regex=expression, caseless=False)
    compiled: Any = SimpleNamespace(
        untrusted=False, pattern=pattern, regex=re.compile(expression.encode()), group=None, left=b""
    )
    found, none = text.filled(compiled, np.arange(20))
    assert found.tolist() == [False, True] * 10
    begins = {
        at
        for at in range(20)
        if any(compiled.regex.match(text.data, place) for place in range(text.low[at], text.high[at]))
    }
    assert begins == (set(range(20)) if beyond else set(range(1, 20, 2)))
    assert begins.isdisjoint(np.flatnonzero(none).tolist())
    assert bool(none.any()) is not beyond
