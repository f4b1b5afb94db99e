"""Results as CSV and Parquet: one row a record, whatever names it holds, and nothing lost between."""

from __future__ import annotations

import csv
import errno
import io
import json
import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records_for_tests import CUSTOMERS, column, every_kind, finding, gap, summary

from assay.errors import OutputError, UsageError
from assay.model import Locator, Summary
from assay.report.rows import KINDS
from assay.sinks.output import Output, open_output
from assay.sinks.rows import RowsSink

ARROW = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    tuple: pa.list_(pa.string()),
    dict: pa.map_(pa.string(), pa.int64()),
    list: pa.list_(pa.struct([("signal", pa.string()), ("detail", pa.string()), ("weight", pa.float64())])),
}


def written(records: Iterable[Any], file_format: str) -> bytes:
    stream = io.BytesIO()
    sink = RowsSink(Output(stream, "test"), file_format)
    for record in records:
        sink.write(record)
    sink.close()
    return stream.getvalue()


def as_csv(records: Iterable[Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(records, "csv").decode(), newline="")))


def as_parquet(records: Iterable[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(written(records, "parquet"))).to_pylist()
    return rows


def test_every_record_is_a_row_with_what_it_says() -> None:
    rows = as_parquet(every_kind())
    assert [row["kind"] for row in rows] == [
        "finding", "column", "table", "classification", "gap", "skip", "summary",
    ]  # fmt: skip
    told = [{key: value for key, value in row.items() if value is not None} for row in rows]
    assert told[0] == {
        "kind": "finding",
        "level": "restricted",
        "resource": CUSTOMERS,
        "field": "ssn",
        "identifier": "SSN",
        "category": "PII",
        "confidence": 0.9512,
        "band": "high",
        "redacted": "5*********9",
        "line": 2,
        "line_column": 9,
        "row": 1,
        "sensitivity": "CRITICAL",
        "evidence": [
            {"signal": "pattern", "detail": "dashed", "weight": 0.6512},
            {"signal": "name", "detail": "column 'ssn'", "weight": 0.3},
        ],
        "fingerprint": "c0ffee" * 5,
        "start": 40,
        "end": 51,
        "byte_start": 41,
        "byte_end": 52,
        "ruleset": "0123456789abcdef",
    }
    # One column has one unit: what JSON Lines tell of columns as 97 of 100 is 0.97 here.
    assert (told[1]["table"], told[1]["field"], told[1]["confidence"]) == ("customers", "ssn", 0.9712)
    assert (told[2]["table"], told[2]["rows_read"], told[2]["reason"]) == ("customers", 3, "1 sensitive column")
    assert told[3]["identifiers"] == [("SSN", 1)]
    assert isinstance(told[3]["frameworks"], list)
    assert told[3]["complete"] is True
    assert told[4] == {
        "kind": "gap",
        "resource": "file:///srv/data/broken.zip",
        "reason": "corrupt",
        "detail": "the archive ends too early",
    }
    assert (told[6]["complete"], told[6]["missed_upper_bound"]) == (False, 0.0312)
    assert told[6]["detail"] == "2 test values ignored; 1 gap"


def test_csv_says_the_same() -> None:
    for cells, row in zip(as_csv(every_kind()), as_parquet(every_kind()), strict=True):
        assert list(cells) == list(row) == list(KINDS)
        for name, value in row.items():
            expected = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            if value is not None and KINDS[name] in (tuple, dict, list):
                assert json.loads(cells[name]) == (dict(value) if KINDS[name] is dict else value), name
            else:
                assert cells[name] == expected, name


def test_nothing_found_is_a_header_and_a_schema() -> None:
    assert written([], "csv").decode() == ",".join(KINDS) + "\n"
    schema = pq.read_schema(io.BytesIO(written([], "parquet")))
    assert {field.name: field.type for field in schema} == {name: ARROW[kind] for name, kind in KINDS.items()}


@pytest.mark.parametrize(
    ("evil", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1+1", "' =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\t=1+1", "\\t=1+1"),
        ("two\r\nlines", "two\\r\\nlines"),
        ("\x1b[31mred\x00", "\\x1b[31mred\\x00"),
        ('a "b", c;d', 'a "b", c;d'),
        ("naïve 漢字 👩‍⚕️", "naïve 漢字 👩‍⚕️"),
        ("bad\udcff", "bad\\udcff"),
    ],
)
def test_a_cell_is_text_to_spreadsheets_and_terminals(evil: str, cell: str) -> None:
    (row,) = as_csv([column(column=evil)])
    assert row["field"] == cell
    (kept,) = as_parquet([column(column=evil)])
    assert kept["field"] == evil.replace("\udcff", "\\udcff")


anything = st.text(st.characters(exclude_categories=()), max_size=40)


@settings(max_examples=80)
@given(field=anything, member=anything, reason=anything, detail=anything)
def test_whatever_names_hold_a_record_stays_a_line(field: str, member: str, reason: str, detail: str) -> None:
    records = [
        finding(location=Locator(row=3, field=field, member=member)),
        column(column=field, table=member, detection_reason=reason),
        gap(reason=reason, detail=detail),
    ]
    data = written(records, "csv").decode()
    assert data.count("\n") == 4
    for row in csv.reader(io.StringIO(data, newline="")):
        assert len(row) == len(KINDS)
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    first, second, third = as_parquet(records)
    plain = [text.encode("utf-8", "backslashreplace").decode() for text in (field, member, reason, detail)]
    assert [first["field"], first["member"], second["reason"], third["detail"]] == plain


def test_parquet_is_written_in_groups_as_results_come(tmp_path: Path) -> None:
    output = open_output(str(tmp_path / "out.parquet"))
    sink = RowsSink(output, "parquet")
    (partial,) = output.paths[1:]
    sizes = []
    chance = random.Random(3)
    for number in range(12_000):
        sink.write(finding(fingerprint=chance.randbytes(32).hex()))
        if number % 6_000 == 5_999:
            sizes.append(partial.stat().st_size)
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]
    read = pq.ParquetFile(tmp_path / "out.parquet")
    assert [read.metadata.row_group(index).num_rows for index in range(read.num_row_groups)] == [5_000, 5_000, 2_000]
    assert 0 < sizes[0] < sizes[1]


class Full(io.BytesIO):
    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, "full")


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
@pytest.mark.filterwarnings("error")
def test_a_full_disk_is_said_once(file_format: str) -> None:
    output = Output(Full(), "out")
    sink = RowsSink(output, file_format)
    with pytest.raises(OutputError, match="^out: cannot be written: the disk is full"):
        for _ in range(5_000):
            sink.write(finding())
    assert output.abandon() is None
    del sink  # what Parquet's library still does then must not fail where no one can be told


def test_parquet_is_no_text_for_a_terminal() -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(UsageError, match="name a file with --output FILE"):
        RowsSink(Output(Terminal(), "standard output"), "parquet")
    RowsSink(Output(Terminal(), "standard output"), "csv").close()


def test_a_summary_says_what_would_be_missed() -> None:
    record: Summary = summary(interrupted=True, sampling="10 % of files", suppressed=1)
    (row,) = as_csv([record])
    assert row["detail"] == (
        "interrupted: these results are partial; sampled: 10 % of files; 2 test values ignored; 1 finding accepted; 1 gap"
    )


def test_the_documentation_has_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs/output.md").read_text()
    table = page.partition("| column | type | of | |")[2].partition("\n\n")[0]
    names = [name for line in table.splitlines() for name in re.findall("`([a-z_]+)`", line.split(" | ")[0])]
    assert sorted(names) == sorted(KINDS)
