"""Cells of named columns: a value is what its cell holds, however the table is written and however large it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assay.detect import bulk, engine
from assay.detect.cells import CellContent
from assay.detect.compiled import CompiledRule
from assay.detect.engine import Detector
from assay.detect.files import builtin_root
from assay.detect.loading import read_identifier
from assay.detect.ruleset import RuleSet
from assay.formats import Kind
from assay.formats.delimited import sniff_dialect
from assay.formats.windows import windows
from assay.model import ColumnInfo, Finding, TableInfo
from assay.ports import TableBatch
from assay.scanning import document
from assay.scanning.document import Document, scan_document
from assay.scanning.report import SplitReport
from assay.scanning.tablefile import scan_table
from assay.tables.judge import TableJudge
from assay.tables.judges import Judges

Rows = list[list[str]]
Told = set[tuple[Any, ...]]


@pytest.fixture(scope="module")
def judge(rules: RuleSet) -> TableJudge:
    return Judges().of(rules)


@pytest.fixture
def in_bulk(monkeypatch: pytest.MonkeyPatch, detector: Detector) -> Callable[[bool], None]:
    """Has tables judged column by column, or cell by cell."""
    monkeypatch.setattr(detector, "_bulk", None)

    def switch(on: bool) -> None:
        monkeypatch.setattr(engine, "DENSE", 0 if on else 10**9)
        monkeypatch.setattr(bulk, "_LEAST_IN_COLUMN", 1)

    return switch


def written(rows: Rows, **how: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, **how).writerows(rows)
    return out.getvalue().encode()


def of_text(raw: bytes, detector: Detector, judge: TableJudge) -> list[Finding]:
    text = Document(name="t.csv", resource="memory:t", member=None, kind=Kind.DELIMITED, head=raw)
    report = SplitReport(resource="memory:t")
    pieces = scan_document(io.BytesIO(b""), text, detector, report, judge=judge)
    return [finding for piece in pieces for finding in piece.findings]


class Given:
    """A table whose rows are at hand, as readers of Parquet and workbooks give them."""

    def __init__(self, rows: Rows) -> None:
        columns = tuple(ColumnInfo(name=name) for name in rows[0])
        self.info = TableInfo(resource="memory:t", table="t", columns=columns, kind="sheet")
        self._rows = rows[1:]

    def read(self) -> Iterator[TableBatch]:
        yield TableBatch([list(column) for column in zip(*self._rows, strict=True)], len(self._rows), 1)

    def sample(self, rows: int, seed: int) -> TableBatch:
        raise AssertionError((rows, seed))


def of_table(rows: Rows, detector: Detector, judge: TableJudge) -> list[Finding]:
    report = SplitReport(resource="memory:t")
    pieces = scan_table(Given(rows), detector, report, judge=judge, allowed=None)
    return [finding for piece in pieces for finding in piece.findings]


def told(findings: list[Finding]) -> Told:
    return {
        (each.location.row, each.location.field, each.identifier, each.fingerprint, each.redacted, each.test_value)
        for each in findings
    }


def is_told_by_name(rule: CompiledRule) -> bool:
    return any(item.pattern.anchor == "column" for item in rule.in_column)


def tables_of(rules: RuleSet) -> Iterator[Rows]:
    """The examples of identifiers that columns' names alone tell of, as far as they are tables with a header."""
    root = builtin_root()
    alone = {f"{rule.identifier.path}.yaml" for rule in rules.rules if is_told_by_name(rule)}
    for path in sorted(alone):
        for given_example in read_identifier(root / path, root).finds:
            raw = given_example.text.encode()
            rows = [row for row in csv.reader(io.StringIO(given_example.text, newline="")) if row]
            if len(rows) < 2 or len(rows[0]) < 2 or {len(row) for row in rows} != {len(set(rows[0]))}:
                continue
            dialect = sniff_dialect(raw, named=True)
            if dialect is not None and dialect.header is not None and dialect.delimiter == ",":
                yield rows


def test_every_identifier_of_columns_is_told_alike(
    rules: RuleSet, detector: Detector, judge: TableJudge, in_bulk: Callable[[bool], None]
) -> None:
    """With quotes and without, with blanks around, in small tables and in large ones, in text and in files of tables."""
    looked_at: set[str] = set()
    for rows in tables_of(rules):
        in_bulk(False)
        wanted = told(of_text(written(rows, lineterminator="\n"), detector, judge))
        looked_at |= {each[2] for each in wanted}
        padded = [rows[0], *([f" {cell} " for cell in row] for row in rows[1:])]
        ways = {
            "plain": written(rows, lineterminator="\n"),
            "quoted": written(rows, quoting=csv.QUOTE_ALL, lineterminator="\n"),
            "semicolons": written(rows, quoting=csv.QUOTE_ALL, delimiter=";"),
            "tabs": written(rows, delimiter="\t"),
            "blanks": written(padded, quoting=csv.QUOTE_ALL),
        }
        for large in (False, True):
            in_bulk(large)
            for way, raw in ways.items():
                found = told(of_text(raw, detector, judge))
                assert found == wanted, (rows, way, large)
            assert told(of_table(rows, detector, judge)) == wanted, (rows, "table", large)
    alone = {rule.name for rule in rules.rules if is_told_by_name(rule)}
    assert len(alone & looked_at) > 150
    assert {"DIAGNOSIS", "MEDICATION", "LAB_TEST", "MEDICAL_PROCEDURE", "PASSWORD", "PERSON_NAME"} <= looked_at


NAMES = ["password", "diagnosis", "medication", "first_name", "security_answer", "api_key", "phone", "job_title"]
PIECES = [
    "!hyzXiVgeUDH", "it's4me!X9", 'ab"cd9!kLm', "it`s4me!X9", "Metformin 500 mg", "acute bronchitis", "Ada", "O'Brien",
    "Fluffy", "sk9f8e7d6c5b4a3928", "+1 212 555 0187", "Software Engineer", '"', "'", " ", "  ", "\n", ", ", "; ", "é",
    "", "Chronic", "hunter2!Q", "\\", "(", ")", "x" * 40, "212-555-0187",
]  # fmt: skip
CELL = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.tuples(*(CELL for _ in NAMES)), min_size=1, max_size=6))
@example(cells=[('"', '""', '"a', 'a"', '"Fluffy"', "'", "`", " ")])
def test_any_cells_are_told_alike(cells: list[tuple[str, ...]], detector: Detector, judge: TableJudge) -> None:
    rows = [["id", *NAMES], *([str(number), *row] for number, row in enumerate(cells, 1))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector, "_bulk", None)
        patch.setattr(bulk, "_LEAST_IN_COLUMN", 1)
        ways = []
        for dense in (10**9, 0):
            patch.setattr(engine, "DENSE", dense)
            texts = [written(rows, quoting=how, lineterminator="\n") for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)]
            ways += [told(of_text(raw, detector, judge)) for raw in texts]
            ways.append(told(of_table(rows, detector, judge)))
    for number, way in enumerate(ways[1:], 1):
        assert way == ways[0], (number, sorted(map(str, way - ways[0])), sorted(map(str, ways[0] - way)))


@pytest.mark.parametrize(
    ("cell", "text", "at"),
    [
        ("Flu", "Flu", 0),
        ('"Flu"', "Flu", 1),
        (' "Flu" ', "Flu", 2),
        ('" Flu "', "Flu", 2),
        ('"say ""Flu"" twice"', 'say "Flu" twice', 1),
        ('""', "", 1),
        ('"""Flu"""', '"Flu"', 1),
        ('""""', '"', 1),
        ('"', '"', 0),
        ('"Flu', '"Flu', 0),
        ('5" pipe', '5" pipe', 0),
        ("Flu\r", "Flu", 0),
        ("   ", "", 3),
    ],
)
def test_what_a_cell_holds(cell: str, text: str, at: int) -> None:
    data = f"a,{cell}\n".encode()
    content = CellContent(data, 2, len(data) - 1)
    assert (content.text.decode(), content.low - 2) == (text, at)
    written_there = [data[content.at(place) : content.at(place + 1)].decode() for place in range(len(content.text))]
    assert "".join(written_there).replace('""', '"') == text
    assert content.at(len(content.text)) == content.high


@pytest.mark.parametrize("password", ['ab"cd9!kLm', '"Kq7!x9pL', 'Kq7!x9pL"', "it's4me!X9", "!hyzXiVgeUDH"])
def test_a_password_is_told_as_it_is_meant_and_where_it_is_written(
    password: str, detector: Detector, judge: TableJudge
) -> None:
    rows = [["login", "password"], ["ada", password]]
    raw = written(rows, lineterminator="\n")
    (finding,) = (each for each in of_text(raw, detector, judge) if each.identifier == "PASSWORD")
    assert finding.fingerprint == detector.fingerprint(f"PASSWORD\0{password}".encode())
    assert finding.location.start is not None
    shown = raw[finding.location.start : finding.location.end].decode()
    assert next(csv.reader([f'"{shown}"'])) == [password]


@pytest.mark.parametrize("core", [16, 64, 150, 400])
def test_a_cell_that_windows_cut_is_told_once(
    core: int, detector: Detector, judge: TableJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["acute bronchitis\nasthma\nmigraine", 'suspected "influenza"\nand asthma\nand migraine', "migraine"]
    people = ["212-555-0187\n212-555-0188\nno more", "", "ask 212-555-0142\nat night, 212-555-0199"]
    rows = [["id", "diagnosis", "phone", "password"]]
    rows += [[str(n), words[n % 3], people[n % 2], f"K!q{n}\n'x9pLz7"] for n in range(40)]
    raw = written(rows, lineterminator="\n")
    whole = of_text(raw, detector, judge)
    monkeypatch.setattr(document, "windows", partial(windows, right=1024))
    monkeypatch.setattr(document, "TABLE_CORE", core)
    cut = of_text(raw, detector, judge)
    assert {"DIAGNOSIS", "PHONE"} <= {each.identifier for each in whole}
    assert [(each.location, each.fingerprint) for each in cut] == [(each.location, each.fingerprint) for each in whole]


def test_odd_cells_of_dense_columns(detector: Detector, judge: TableJudge, in_bulk: Callable[[bool], None]) -> None:
    """Cells with blanks around, with quotes in them, or with more than one value are not judged with all others."""
    odd = [f" {piece}" for piece in PIECES] + [f"{piece} " for piece in PIECES] + PIECES
    odd += ["Ada Stone, Grace Okafor", "212-555-0187 or 212-555-0199", 'a "Chronic" asthma']
    rows = [["id", *NAMES], *([str(number), *([cell] * len(NAMES))] for number, cell in enumerate(odd))]
    raws = [written(rows, quoting=how, lineterminator="\n") for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)]
    in_bulk(False)
    wanted = of_text(raws[0], detector, judge)
    assert len(wanted) > 200
    assert told(of_text(raws[1], detector, judge)) == told(wanted) == told(of_table(rows, detector, judge))
    in_bulk(True)
    assert of_text(raws[0], detector, judge) == wanted
    assert told(of_text(raws[1], detector, judge)) == told(wanted) == told(of_table(rows, detector, judge))
