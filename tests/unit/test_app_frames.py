"""Data frames of the three libraries, with what their columns may hold: all is read, nothing raises."""

from __future__ import annotations

import json
import re
import sys
import traceback
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import assay
from assay.app.scan.frames import opened
from assay.model import ValueKind

SSN = "536-90-4399"
OTHER = "601-55-3127"
MAIL = "ada.stone@posteo.de"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"ssn": pd.array([SSN, OTHER, None], dtype="string")}),
        pd.DataFrame({"ssn": pd.array([536904399, None], dtype="Int64")}),
        pd.DataFrame({"ssn": pd.Series([SSN, pd.NA, pd.NaT, float("nan"), None], dtype=object)}),
        pd.DataFrame({"ssn": pd.Categorical([SSN, OTHER, None])}),
        pd.DataFrame({"ssn": pd.Series([SSN, Decimal("sNaN")], dtype=object)}),
        pd.DataFrame({"ssn": [np.array([SSN, OTHER]), np.array([])]}),
        pd.DataFrame({"ssn": pd.Series(["\ud800 " + SSN], dtype=object)}),
        pd.DataFrame({"ssn": pd.Series(["\0".join(SSN), SSN], dtype=object)}),
        pl.DataFrame({"ssn": [SSN, None]}, schema={"ssn": pl.Categorical}),
        pl.DataFrame({"ssn": [[SSN], [OTHER]]}),
        pa.table({"ssn": pa.array([SSN, None]).dictionary_encode()}),
        pa.table({"ssn": pa.array([SSN]), "at": pa.array([2**62], type=pa.timestamp("s"))}),
        pa.table({"ssn": pa.array([SSN]), "at": pa.array([1], type=pa.timestamp("ns"))}),
    ],
)
def test_odd_columns(frame: Any) -> None:
    record = assay.classify_table(frame)
    # The values of a list are a column of their own; the list itself has no others.
    assert {name.removesuffix("[]") for name in record.sensitive_columns} == {"ssn"}
    assert record.level == "restricted"


def test_a_long_array_in_a_cell_is_read_to_its_end() -> None:
    values = ["nothing"] * 3_000
    values[1_500] = MAIL
    assert assay.classify_table(pd.DataFrame({"x": [np.array(values)]})).sensitive_columns == ("x",)


def test_missing_values_are_no_values() -> None:
    frame = pd.DataFrame({"ssn": pd.array([None, None], dtype="string"), "n": pd.array([1, None], dtype="Int64")})
    ssn, number = assay.classify_columns(frame).columns
    # Its name is all that speaks for it.
    assert (ssn.detected_type, ssn.regex_hits, ssn.pattern_score) == ("SSN", 0, None)
    assert number.detected_type is None


@pytest.mark.parametrize("before", ["", "\ufeff", "\ud83d\ude00 \ud800 ", "é😀\r\n", "a\0b\0c\0d\0", "\ufffe\0"])
def test_offsets_of_a_text_are_the_strings_own(before: str) -> None:
    text = f"{before}ssn {SSN}"
    (found,) = assay.scan_text(text)
    assert found.location.start is not None
    assert text[found.location.start : found.location.end] == SSN


def test_a_value_that_cannot_be_written_is_an_error_that_does_not_quote_it() -> None:
    class Shy:
        def __str__(self) -> str:
            raise RuntimeError(f"not for you: {SSN}")

    with pytest.raises(assay.AssayError) as caught:
        assay.classify_table(pd.DataFrame({"x": [Shy()]}))
    assert SSN not in "".join(traceback.format_exception(caught.value))
    assert "Shy" in str(caught.value)


PEOPLE: dict[str, list[Any]] = {
    "member": ["a1", "b2", None],
    "ssn": [SSN, OTHER, None],
    "born": [date(1971, 2, 3), date(1984, 11, 30), date(1990, 1, 1)],
    "active": [True, False, None],
    "paid": [1.5, 2.25, float("nan")],
    "mail": [MAIL, "jo@web.de", ""],
}


def frames() -> dict[str, Any]:
    table = pa.table(PEOPLE)
    return {
        "pandas": pd.DataFrame(PEOPLE),
        "pandas of Arrow's types": table.to_pandas(types_mapper=pd.ArrowDtype),
        "polars": pl.DataFrame(PEOPLE),
        "arrow": table,
        "batches": pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=1)),
        "relation": duckdb.from_arrow(table),
    }


@pytest.mark.parametrize("kind", list(frames()))
def test_every_library_gives_the_same_verdicts(kind: str) -> None:
    result = assay.classify_columns(frames()[kind], name="people")
    assert [(column.column, column.detected_type) for column in result.columns] == [
        ("member", None),
        ("ssn", "SSN"),
        ("born", "DOB"),
        ("active", None),
        ("paid", None),
        ("mail", "EMAIL"),
    ]
    assert (result.table.table_name, result.table.rows_read, result.table.level) == ("people", 3, "restricted")
    assert result.columns[1].regex_hits == 2


def test_the_declared_types_come_along() -> None:
    for frame in (pd.DataFrame(PEOPLE), pl.DataFrame(PEOPLE), pa.table(PEOPLE)):
        kinds = {column.name: column.kind for column in opened(frame).columns}
        assert (kinds["active"], kinds["paid"]) in {
            (ValueKind.BOOLEAN, ValueKind.FLOAT),
            (ValueKind.UNKNOWN, ValueKind.FLOAT),  # None among truths makes pandas' column one of objects
        }
    assert {column.name: column.kind for column in opened(pl.DataFrame(PEOPLE)).columns}["born"] is ValueKind.DATE


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (pl.DataFrame({"p": [{"ssn": SSN, "n": 1}]}), {"p.ssn"}),
        (pa.table({"p": [{"in": {"ssn": SSN}}]}), {"p.in.ssn"}),
        (pd.DataFrame({"p": [{"ssn": SSN}, {"ssn": OTHER, "b": 1}]}), {"p.ssn"}),
        (pd.DataFrame({"p": [f'{{"ssn": "{SSN}"}}', "{}"]}), {"p.ssn"}),
        (pa.table({"p": [[{"ssn": SSN}], []]}), {"p[].ssn"}),
        (pd.DataFrame({"p": [[{"ssn": SSN}], None]}), {"p[].ssn"}),
    ],
)
def test_nested_values_are_columns_of_their_own(frame: Any, expected: set[str]) -> None:
    result = assay.classify_columns(frame)
    assert {column.column for column in result.columns if column.detected_type == "SSN"} == expected


def test_a_frame_is_read_in_pieces_to_its_end() -> None:
    rows = 130_000
    values = ["nothing here"] * rows
    values[-1] = "card 4485 0118 3162 1647"
    for frame in (pd.DataFrame({"a": range(rows), "x": values}), pl.DataFrame({"a": range(rows), "x": values})):
        result = assay.classify_columns(frame)
        assert result.table.rows_read == rows
        assert result.columns[1].detected_type == "CREDIT_CARD"


def test_a_sample_is_of_all_rows() -> None:
    frame = pd.DataFrame({"x": ["nothing"] * 5_000 + [SSN] * 5_000})
    record = assay.classify_table(frame, rows=300)
    assert (record.rows_read, record.sensitive_columns) == (300, ("x",))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"x": []}),
        pl.DataFrame(),
        pl.DataFrame({"x": []}),
        pa.table({}),
        pa.table({"x": []}),
    ],
)
def test_nothing_is_nothing(frame: Any) -> None:
    record = assay.classify_table(frame)
    assert (record.rows_read, record.sensitive_columns) == (0, ())


def test_columns_of_one_name_are_both_read() -> None:
    frame = pd.DataFrame([["x", SSN], ["y", OTHER]], columns=["id", "id"])
    assert [column.detected_type for column in assay.classify_columns(frame).columns] == [None, "SSN"]


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (None, "None is no table"),
        ([1], "a list is no table"),
        (5, "an int is no table"),
        (pl.DataFrame({"x": [1]}).lazy(), "call its collect"),
        (pl.Series("x", [SSN]), "cannot be read as a table|no table"),
        (pa.array([SSN]), "cannot be read as a table|no table"),
        (pd.Series([SSN]), "a Series cannot be read as a table .*; give its to_frame"),
    ],
)
def test_what_is_no_table_is_told(frame: Any, told: str) -> None:
    with pytest.raises(assay.UsageError, match=told) as caught:
        assay.classify_table(frame)
    assert SSN not in str(caught.value)


def test_a_relation_that_fails_is_an_error_that_quotes_no_value() -> None:
    relation = duckdb.sql(f"select '{SSN}'::varchar::date as d from range(3)")
    with pytest.raises(assay.UsageError, match="cannot be read as a table") as caught:
        assay.classify_table(relation)
    assert SSN not in "".join(traceback.format_exception(caught.value))


def test_a_result_is_a_table_for_sql() -> None:
    result = assay.classify_columns(pl.DataFrame(PEOPLE))
    assert duckdb.sql(
        "select detected_type, need_review from result where level = 'restricted' order by 1"
    ).fetchall() == [
        ("DOB", False),
        ("SSN", False),
    ]
    rows = result.to_rows()
    assert list(rows[0]) == [field.name for field in fields(assay.ColumnRecord)]
    assert {type(value) for row in rows for value in row.values()} <= {str, int, float, bool, type(None)}
    assert json.loads(rows[1]["compliance_frameworks"]) == list(result.columns[1].compliance_frameworks)
    assert result.to_arrow().to_pylist() == rows
    assert list(result.to_pandas()["column"]) == list(PEOPLE)


def test_a_page_for_notebooks_holds_no_value_and_nothing_of_a_name_is_markup() -> None:
    frame = pd.DataFrame({"<script>x</script>": [1], "a\u202eb": ["x"], "ssn": [SSN], SSN: ["y"]})
    page = assay.classify_columns(frame, name='"><img src=x>')._repr_html_()
    assert SSN not in page
    assert "<script>x" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert '<th scope="row"><bdi>ssn</bdi></th>' in page
    assert "<caption><strong>" in page
    assert page.count('<th scope="col"') == 6
    assert "http" not in page
    root = ET.fromstring(f"<div>{page}</div>")
    assert len(root.findall("./table/tbody/tr")) == 4


def test_a_prompt_shows_a_short_table() -> None:
    frame = pd.DataFrame({"a\u202eb": ["x"], "ssn": [SSN], SSN: ["y"], **{f"n{at}": [1] for at in range(70)}})
    shown = repr(assay.classify_columns(frame, name="people")).splitlines()
    assert shown[0].startswith("people: restricted, ")
    assert shown[0].endswith(" of 73 columns sensitive, 1 row read")
    (line,) = [line for line in shown if line.startswith("ssn ")]
    assert re.fullmatch(r"ssn +restricted +SSN +\d+ of 100, (high|medium)(, to be reviewed)?", line)
    assert shown[-1] == "… and 13 more columns"
    assert max(map(len, shown)) <= 120
    assert SSN not in "".join(shown)
    assert "\u202e" not in "".join(shown)


def test_a_long_name_breaks_after_its_signs() -> None:
    page = assay.classify_columns(pd.DataFrame({"phones": [[{"number_of_home": "x"}]]}))._repr_html_()
    assert "phones[]<wbr/>.<wbr/>number_<wbr/>of_<wbr/>home" in page
    assert "whose one field is judged by itself" in page


def test_without_arrow_frames_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for frame in (pd.DataFrame({"ssn": [SSN, None], "n": [1, 2]}), pl.DataFrame({"ssn": [SSN, None], "n": [1, 2]})):
        assert assay.classify_table(frame).sensitive_columns == ("ssn",)
    with pytest.raises(assay.UsageError, match=r"pip install 'assay\[frames\]'"):
        assay.classify_table(duckdb.sql("select 1 as x"))
    with pytest.raises(assay.UsageError, match=r"pip install 'assay\[frames\]'"):
        assay.classify_columns(pd.DataFrame({"x": [1]})).to_arrow()


def test_an_index_that_says_something_is_read() -> None:
    numbers = [f"536-{10 + row % 89:02}-{1000 + row}" for row in range(60)]
    by_number = pd.DataFrame({"v": range(60)}, index=pd.Index(numbers, name="ssn"))
    record = assay.classify_table(by_number)
    assert str(record.level) == "restricted"
    assert [column.name for column in opened(by_number).columns] == ["ssn", "v"]
    grouped = pd.DataFrame({"city": ["a", "b"] * 30, "ssn": numbers, "v": range(60)}).groupby(["city", "ssn"]).sum()
    assert [column.name for column in opened(grouped).columns] == ["city", "ssn", "v"]
    assert [len(values) for batch in opened(grouped).batches() for values in batch.columns] == [60, 60, 60]


@pytest.mark.parametrize("index", [None, [5, 9]], ids=["a range", "numbers of rows"])
def test_an_index_that_numbers_rows_is_no_column(index: Any) -> None:
    assert [column.name for column in opened(pd.DataFrame({"v": [1, 2]}, index=index)).columns] == ["v"]


@pytest.mark.parametrize("name", ["#", "", " ", "___", "😀"])
def test_a_column_whose_name_has_no_word(name: str) -> None:
    record = assay.classify_table(pd.DataFrame({name: ["1", "2"], "ssn": ["536-22-8746"] * 2}))
    assert str(record.level) == "restricted"
