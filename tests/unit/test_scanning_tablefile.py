"""Tables of files: what a column repeats is scanned once and told wherever it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow")

import pyarrow as pa

from assay.detect.allow import Allowed
from assay.detect.engine import Detector
from assay.detect.ruleset import RuleSet
from assay.errors import ReadError
from assay.formats.rows import RowBatches, texts
from assay.formats.textcolumn import TextColumn
from assay.formats.values import _float, floats
from assay.model import ColumnInfo, Finding, TableInfo
from assay.ports import TableBatch
from assay.report.jsonlines import encode, encode_piece
from assay.scanning.cellpages import PAGE, Cells, pages, quoted
from assay.scanning.distinct import Distinct, Room
from assay.scanning.report import SplitReport
from assay.scanning.tablefile import scan_table
from assay.tables.judge import TableJudge
from assay.tables.judges import Judges

SSN = "536-90-4399"


class Given:
    """A table whose batches are at hand."""

    def __init__(self, names: Sequence[str], batches: Sequence[TableBatch], *, breaks: bool = False) -> None:
        columns = tuple(ColumnInfo(name=name) for name in names)
        self.info = TableInfo(resource="memory:t", table="t", columns=columns, kind="sheet")
        self._batches = batches
        self._breaks = breaks

    def read(self) -> Iterator[TableBatch]:
        yield from self._batches
        if self._breaks:
            raise ReadError("corrupt", "it ends here")

    def sample(self, rows: int, seed: int) -> TableBatch:
        raise AssertionError((rows, seed))


@pytest.fixture(scope="module")
def judge(rules: RuleSet) -> TableJudge:
    return Judges().of(rules)


def found(
    table: Given, detector: Detector, judge: TableJudge, allowed: Allowed | None = None
) -> tuple[list[Finding], SplitReport]:
    report = SplitReport(resource="memory:t")
    told: list[Finding] = []
    for piece in scan_table(table, detector, report, judge=judge, allowed=allowed):
        rendered = encode_piece(piece, include_test_values=True)
        lines = rendered if isinstance(rendered, bytes) else b"".join(rendered)
        assert lines == b"".join(map(encode, piece.findings))
        told += piece.findings
    return told, report


def places(told: Sequence[Finding], name: str) -> list[tuple[int | None, str | None]]:
    return [(each.location.row, each.location.field) for each in told if each.identifier == name]


@pytest.mark.parametrize("arrow", [False, True])
def test_every_row_of_a_repeated_value_is_told(detector: Detector, judge: TableJudge, arrow: bool) -> None:
    notes: list[str | None] = [
        f"his SSN {SSN}" if n % 10 == 3 else None if n % 10 == 4 else "nothing" for n in range(300)
    ]
    column = TextColumn(pa.array(notes, pa.string())) if arrow else notes
    table = Given(["note", "n"], [TableBatch([column, [str(n) for n in range(300)]], 300, 11)] * 2)
    told, report = found(table, detector, judge)
    rows = [11 + n for n in range(300) if n % 10 == 3]
    assert places(told, "SSN") == [(row, "note") for row in rows] * 2
    assert report.counts["SSN"][0] == report.findings == 60
    (sketches,) = report.tables
    assert sketches.columns[0].hits == {"SSN": 60}
    assert [column.filled for column in sketches.columns] == [540, 600]
    assert report.rows == 600


@pytest.mark.parametrize("arrow", [False, True])
def test_dense_columns_that_repeat_are_sorted_by_row(detector: Detector, judge: TableJudge, arrow: bool) -> None:
    pool = [f"{101 + n % 500}-{10 + n % 80}-{1000 + n * 7 % 9000}" for n in range(1, 3000)]
    ssns = [pool[n * 7919 % len(pool)] for n in range(20_000)]
    column = TextColumn(pa.array(ssns, pa.string())) if arrow else ssns
    told, report = found(Given(["ssn"], [TableBatch([column], len(ssns), 1)]), detector, judge)
    rows = [row for row, _ in places(told, "SSN")]
    assert rows == sorted(rows)
    by_row = {each.location.row: each.fingerprint for each in told if each.identifier == "SSN"}
    of_value: dict[str, set[str]] = {}
    for row, fingerprint in by_row.items():
        assert row is not None
        of_value.setdefault(ssns[row - 1], set()).add(fingerprint)
    assert all(len(each) == 1 for each in of_value.values())
    assert len({next(iter(each)) for each in of_value.values()}) == len(of_value) > 2_000
    assert report.counts["SSN"][0] == len(rows) == report.tables[0].columns[0].whole["SSN"]


def test_what_was_silent_once_is_told_in_another_column(detector: Detector, judge: TableJudge) -> None:
    first = TableBatch([["x"] * 100, ["y"] * 100], 100, 1)
    second = TableBatch([["y"] * 100, [f"SSN {SSN}"] * 100], 100, 101)
    told, report = found(Given(["a", "b"], [first, second, first]), detector, judge)
    assert places(told, "SSN") == [(row, "b") for row in range(101, 201)]
    assert [column.filled for column in report.tables[0].columns] == [300, 300]


def test_what_is_allowed_is_counted_wherever_it_stands(detector: Detector, judge: TableJudge) -> None:
    before = detector.suppressed
    table = Given(["note"], [TableBatch([[f"SSN {SSN}"] * 100], 100, 1)])
    told, _ = found(table, detector, judge, lambda value, _name, _fingerprint: value == SSN)
    assert (told, detector.suppressed - before) == ([], 100)
    told, _ = found(Given(["note"], [TableBatch([[f"SSN {SSN} assay:allow"] * 100], 100, 1)]), detector, judge)
    assert (told, detector.suppressed - before) == ([], 200)


def test_what_was_read_before_an_error_is_told(detector: Detector, judge: TableJudge) -> None:
    table = Given(["ssn"], [TableBatch([[SSN]], 1, 5)], breaks=True)
    report = SplitReport(resource="memory:t")
    told: list[Finding] = []
    with pytest.raises(ReadError):
        for piece in scan_table(table, detector, report, judge=judge):
            told += piece.findings
    assert places(told, "SSN") == [(5, "ssn")]
    assert report.tables[0].columns[0].hits == {"SSN": 1}


def test_values_in_names_and_long_cells(detector: Detector, judge: TableJudge) -> None:
    text = "word é " * (PAGE // 4)
    at = text.encode()[: PAGE - 6].decode("utf-8", "ignore")
    long = f"{at} SSN {SSN} {text} SSN {SSN}"
    told, report = found(
        Given([f"mail of {SSN}", "b"], [TableBatch([["x", "y"], [long, None]], 2, 1)]), detector, judge
    )
    assert places(told, "SSN") == [(None, None), (1, "b"), (1, "b")]
    assert SSN not in report.tables[0].columns[0].name
    assert [column.filled for column in report.tables[0].columns] == [2, 1]
    told, report = found(Given([f"mail of {SSN}"], []), detector, judge)
    assert places(told, "SSN") == [(None, None)]
    assert report.rows == 0


CELL = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["", " ", '"', 'a"b', "漢", "x" * 40, "\n", ","]))


@given(st.lists(CELL, max_size=40))
def test_arrow_text_is_quoted_as_lists_are(values: list[str | None]) -> None:
    plain = [value if value is None else value.encode("utf-8", "replace").decode() for value in values]
    column = TextColumn(pa.array(plain, pa.string()))
    for each, wanted in ((column, plain), (TextColumn(pa.array(["x", *plain], pa.string()).slice(1)), plain)):
        data, sizes = quoted(each)
        assert (bytes(data), sizes.tolist()) == (quoted(wanted)[0], quoted(wanted)[1].tolist())
        assert list(each) == wanted
        assert each[1:3] == wanted[1:3]
    rows = list(range(0, len(plain), 3))
    assert column.picked(rows) == [plain[row] for row in rows]


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", None, "", " ", "c"]), min_size=64, max_size=90), min_size=1, max_size=4
    )
)
def test_rows_of_different_values(batches: list[list[str | None]]) -> None:
    for arrow in (False, True):
        known = Distinct(Room())
        for column in batches:
            values = known.of(TextColumn(pa.array(column, pa.string())) if arrow else column)
            seen = {text: values.rows(number).tolist() for number, text in enumerate(values.texts)}
            for text, rows in seen.items():
                assert [row for row, value in enumerate(column) if value == text] == rows
            assert values.filled == sum(1 for value in column if value and value.strip())
            known.settle(values, [number for number, text in enumerate(values.texts) if text == "b"])
        assert "b" not in known._silent
        assert None not in known._silent


@pytest.mark.parametrize("held", [list, lambda values: TextColumn(pa.array(values, pa.string()))])
def test_pages_hold_all_cells_and_are_bounded(held: Callable[[list[str]], Sequence[str | None]]) -> None:
    columns = [[f"{n}{'x' * (n % 90)}" for n in range(30_000)], ["y" * PAGE, "z"], [], ["ü" * PAGE]]
    cells = []
    for number, values in enumerate(columns):
        data, sizes = quoted(held(values))
        if len(values):
            cells.append(Cells(number, data, sizes, sizes * 0 + 1))
    text: dict[int, list[str]] = {}
    for page in pages(cells):
        data = page.window.data
        assert page.window.core_end - page.window.core_start <= PAGE + 3
        data.decode()
        if page.grid.new_rows and len(page.grid.starts) > 1:
            for column, start, end in zip(page.grid.columns, page.grid.starts, page.grid.ends, strict=True):
                text.setdefault(int(column), []).append(data[start + 1 : end - 1].decode())
        else:
            core = data[page.window.core_start : page.window.core_end].decode()
            text.setdefault(int(page.grid.columns[0]), []).append(core.strip('"\n'))
    assert {number: "".join(parts) for number, parts in text.items()} == {
        number: "".join(values) for number, values in enumerate(columns) if values
    }


@given(st.lists(st.one_of(st.floats(), st.sampled_from([-0.0, 1e16, 1e18, 5.0])), min_size=1, max_size=5))
def test_floats_together_are_those_one_by_one(values: list[float]) -> None:
    assert floats(values) == list(map(_float, values)) == texts(values)
    assert floats([-0.0, 1.5, -2.0]) == ["0", "1.5", "-2"]


@pytest.mark.parametrize("longest", [1, 700])
def test_rows_that_are_at_hand_make_the_same_batches(longest: int) -> None:
    rows = [("x" * (n % longest), float(n), b"yy", None) for n in range(70_000)]
    one = list(RowBatches(4).of(rows))
    batches = RowBatches(4)
    two = [batch for low in range(0, len(rows), 777) for batch in batches.extend(rows[low : low + 777])]
    two += batches.rest()
    assert [(batch.rows, batch.first_row) for batch in one] == [(batch.rows, batch.first_row) for batch in two]
    assert [list(map(list, batch.columns)) for batch in one] == [list(map(list, batch.columns)) for batch in two]
