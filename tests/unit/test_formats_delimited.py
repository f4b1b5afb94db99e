"""Cells of delimited text, against what Python's csv module reads."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.formats import UTF8, Transcoder, windows
from assay.formats.delimited import DelimitedText, Dialect, header_of, sniff_dialect
from assay.formats.grid import record_count, record_end

CELL = st.lists(st.sampled_from(["a", "b", '"', '""', ",", ";", "\n", "\r\n", " ", "1", "é"]), max_size=6).map("".join)
TABLES = st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=5)


def written(rows: list[list[str]], delimiter: str, quoting: int, ending: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=ending).writerows(rows)
    return out.getvalue().encode()


def at_each_byte(data: bytes, delimiter: str, core: int) -> list[tuple[int, int]]:
    """Row and column of the cell that each byte lies in, line breaks apart."""
    structure = DelimitedText(Dialect(delimiter=delimiter, width=2))
    found: list[tuple[int, int]] = []
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=8, right=64):
        grid = structure.grid(window)
        core_bytes = range(window.core_start, window.core_end)
        inside = structure.cell_indexes(window, [at for at in core_bytes if window.data[at] not in b"\r\n"])
        found += [(int(grid.rows[index]), int(grid.columns[index])) if index >= 0 else (-1, -1) for index in inside]
    return found


def cells(data: bytes, delimiter: str) -> list[list[str]]:
    structure = DelimitedText(Dialect(delimiter=delimiter, width=2))
    (window,) = windows(io.BytesIO(data), Transcoder(UTF8))
    grid = structure.grid(window)
    rows: list[list[str]] = []
    for start, end, column, row in zip(grid.starts, grid.ends, grid.columns, grid.rows, strict=True):
        if column == 0:
            rows.append([])
        assert (row, column) == (len(rows) - 1, len(rows[-1]))
        raw = data[start:end].decode()
        rows[-1].append(raw[1:-1].replace('""', '"') if len(raw) >= 2 and raw[0] == raw[-1] == '"' else raw)
    return rows


@settings(max_examples=150, deadline=None)
@given(
    TABLES,
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 40),
)
@example([["1", 'say "x", then', "536-90-4399"], ["2", '"', '","'], ["3", '""', ',"']], ",", csv.QUOTE_MINIMAL, "\n", 9)
@example([['"' * 70, "a"], ["b", '"\n"']], ",", csv.QUOTE_ALL, "\r\n", 3)
@example([["a", '"' * 69 + ",x"], ["b", '"\n"']], ",", csv.QUOTE_ALL, "\n", 1)
def test_cells_are_those_of_the_csv_module_at_any_cut(
    rows: list[list[str]], delimiter: str, quoting: int, ending: str, core: int
) -> None:
    data = written(rows, delimiter, quoting, ending)
    expected = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))
    assert expected == rows
    assert cells(data, delimiter) == rows
    assert at_each_byte(data, delimiter, core) == at_each_byte(data, delimiter, 1 << 20)


@settings(max_examples=200, deadline=None)
@given(TABLES, st.integers(0, 200))
def test_records_end_where_the_csv_module_ends_them(rows: list[list[str]], cut: int) -> None:
    data = written(rows, ",", csv.QUOTE_MINIMAL, "\n")
    ends = [0]
    for row in rows:
        ends.append(ends[-1] + len(written([row], ",", csv.QUOTE_MINIMAL, "\n")))
    piece = data[:cut]
    end = max(at for at in ends if at <= len(piece))
    assert record_end(piece, ",", False)[0] == end
    assert record_count(piece[:end], ",", False) == ends.index(end)


@pytest.mark.parametrize("core", [1, 5, 7, 1 << 20])
def test_stray_quotes_change_nothing(core: int) -> None:
    data = b'a,b\n5" pipe,6" pipe\n1,x"y"z\n""no"",end\n'
    assert cells(data, ",") == [["a", "b"], ['5" pipe', '6" pipe'], ["1", 'x"y"z'], ['"no"', "end"]]
    assert at_each_byte(data, ",", core) == at_each_byte(data, ",", 1 << 20)


@pytest.mark.parametrize(
    ("first", "names"),
    [
        (["", "patient_name", "mrn"], ("column_1", "patient_name", "mrn")),
        (["patient_name", "mrn", ""], ("patient_name", "mrn", "column_3")),
        (["#", "patient_name", "mrn"], ("column_1", "patient_name", "mrn")),
        (["name", "mrn", "2023", "2024"], ("name", "mrn", "2023", "2024")),
        (["name", "2022", "2023", "2024"], None),
        (["name", "mrn", "zip", "2023", "2024"], ("name", "mrn", "zip", "2023", "2024")),
        (["ssn", "name", "ssn"], ("ssn", "name", "ssn_2")),
        (["ssn", "name", "ssn", "ssn_2"], ("ssn", "name", "ssn_3", "ssn_2")),
        (["ada", "", "lovelace"], None),
        (["ada", "12", "lovelace"], None),
        (["ada@posteo.de", "name"], None),
    ],
)
def test_a_header_may_have_cells_that_are_no_words(first: list[str], names: tuple[str, ...] | None) -> None:
    assert header_of([first, ["x"] * len(first), ["y"] * len(first)]) == names


def test_a_table_with_the_index_of_a_data_frame_keeps_its_names() -> None:
    rows = "".join(f"{number},P{number} Lind,{400000 + number},E11.9\n" for number in range(40))
    dialect = sniff_dialect(f",patient_name,mrn,diagnosis\n{rows}".encode(), named=True)
    assert dialect is not None
    assert dialect.header == ("column_1", "patient_name", "mrn", "diagnosis")


_QUESTION = "Please give the full name of the patient as it is written on the card, with all of the given names"


def test_a_question_of_a_form_may_name_a_column() -> None:
    assert len(_QUESTION) > 96
    rows = [[_QUESTION, "mrn"], ["Ada Lind", "4711"], ["", "4712"], ["Bo Berg", "4713"]]
    assert header_of(rows) == (_QUESTION, "mrn")


def test_a_first_row_of_prose_is_no_header() -> None:
    rows = [[_QUESTION, "mrn"], [_QUESTION[:60], "4711"], [_QUESTION, "4712"]]
    assert header_of(rows) is None
    assert header_of([[_QUESTION, "mrn"], ["", "4711"]]) is None
