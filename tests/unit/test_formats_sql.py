from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats import UTF8, Place, Transcoder, Window, windows
from assay.formats.sql import Sql

COLUMNS = st.lists(st.sampled_from(["id", "ssn", "e mail", "note", "dob", "n1"]), unique=True, min_size=1, max_size=4)
VALUES = st.text(alphabet="ab '(),;\\\n\té\"-", max_size=10)


def whole(data: bytes) -> Window:
    return Window(data, 0, len(data), 0, 0, 0, True)


def place(data: bytes, needle: bytes) -> Place | None:
    return Sql().places(whole(data), [data.index(needle)])[0]


@st.composite
def dumps(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    planted: dict[str, str] = {}
    parts = ["-- MySQL dump\nSET NAMES utf8;\n"]
    for number in range(draw(st.integers(1, 3))):
        columns = draw(COLUMNS)
        table = f"t{number}"
        style = draw(st.sampled_from(["listed", "created", "copy"]))
        if style == "created":
            definitions = ",\n".join(f"  `{column}` varchar(20) DEFAULT 'a,b' COMMENT 'x (y)'" for column in columns)
            parts.append(
                f"CREATE TABLE `{table}` (\n{definitions},\n  PRIMARY KEY (`{columns[0]}`)\n) ENGINE=InnoDB;\n"
            )
        rows = []
        for _ in range(draw(st.integers(1, 4))):
            row = []
            for column in columns:
                marker = f"MARK{len(planted):04d}KRAM"
                planted[marker] = column
                row.append(draw(VALUES) + marker + draw(VALUES))
            rows.append(row)
        if style == "copy":
            listed = ", ".join(f'"{column}"' for column in columns)
            body = "".join("\t".join(_copied(value) for value in row) + "\n" for row in rows)
            parts.append(f"COPY public.{table} ({listed}) FROM stdin;\n{body}\\.\n\n")
            continue
        listed = f" ({', '.join(f'`{column}`' for column in columns)})" if style == "listed" else ""
        body = ",\n".join("(" + ", ".join(f"'{_quoted(value)}'" for value in row) + ")" for row in rows)
        parts.append(f"INSERT INTO `{table}`{listed} VALUES {body};\n")
    return "".join(parts).encode(), planted


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")


def _copied(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


@settings(max_examples=150, deadline=None)
@given(dumps(), st.sampled_from([1, 7, 60, 400, 100_000]))
def test_every_value_resolves_to_its_column_at_any_cut(dump: tuple[bytes, dict[str, str]], core: int) -> None:
    data, planted = dump
    structure = Sql()
    seen = 0
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=core, left=512, right=2048):
        structure.view(window)
        found = [
            m for m in re.finditer(rb"MARK\d{4}KRAM", window.data) if window.core_start <= m.start() < window.core_end
        ]
        for match, where in zip(found, structure.places(window, [m.start() for m in found]), strict=True):
            assert where is not None
            assert where.field == planted[match[0].decode()]
            assert where.names[0] == where.field
            assert where.start <= match.start() < match.end() <= where.end
            assert window.data.count(b"MARK", where.start, where.end) == 1
            seen += 1
    assert seen == len(planted)


@pytest.mark.parametrize(
    ("statement", "field", "text"),
    [
        ("INSERT INTO t (a, b) VALUES (1, 'VAL');", "b", b"VAL"),
        ("insert into s.t(a,b)values(VAL,2),(3,4);", "a", b"VAL"),
        ("INSERT INTO `my db`.`t` (`x`, `y z`) VALUES (NULL, _utf8'VAL');", "y z", b"VAL"),
        ("INSERT INTO t (a, b) VALUES (now(), concat('x', 'VAL'));", "b", b"VAL"),
        ("INSERT INTO t VALUES ('VAL', 2);", "column_1", b"VAL"),
        ("REPLACE INTO t (a) VALUES ('it''s VAL; (x)');", "a", b"it''s VAL; (x)"),
        ("UPDATE t SET a = 1, mail = 'VAL' WHERE id = 2;", "mail", b"VAL"),
        ("CREATE TABLE t (id int, ssn text);\nINSERT INTO t VALUES (1, 'VAL');", "ssn", b"VAL"),
        (
            (
                "CREATE TABLE public.t (\n  id integer NOT NULL,\n  ssn numeric(10,2),\n"
                "  CONSTRAINT x CHECK (id > 0)\n);\n"
                "INSERT INTO public.t VALUES (1, 'VAL');"
            ),
            "ssn",
            b"VAL",
        ),
        ("COPY t (a, b) FROM stdin;\n1\tx\n2\tVAL\n\\.\n", "b", b"VAL"),
    ],
)
def test_statements(statement: str, field: str, text: bytes) -> None:
    data = statement.encode()
    where = place(
        data,
        b"VAL" if data.count(b"VAL") == 1 else b"VAL;" if b"VAL;" in data else b"VAL'" if b"VAL'" in data else b"VAL,",
    )
    assert where is not None
    assert where.field == field
    assert data[where.start : where.end] == text


def test_what_is_no_value_is_free() -> None:
    data = b"-- VAL0\nINSERT INTO t (VAL1) VALUES ('x');\n/* VAL2 */ SELECT 'VAL3';\n"
    for needle in (b"VAL0", b"VAL1", b"VAL2", b"VAL3"):
        assert place(data, needle) is None


def test_doubled_quotes_are_decoded_with_offsets() -> None:
    data = rb"INSERT INTO t VALUES ('O''Brien\n', '', 'plain');"
    (value,) = Sql().decoded(whole(data))
    assert value.data == b"O'Brien\n"
    at = value.data.index(b"Brien")
    assert data[value.offsets[at] :].startswith(b"Brien")
    assert len(value.offsets) == len(value.data) + 1


def test_a_row_longer_than_many_windows_keeps_its_columns() -> None:
    data = b"INSERT INTO t (a, b, c) VALUES (1, '" + b"x, (''y'') \\' " * 2000 + b"', 'MARK'), (2, 'z', 'KRAM');"
    structure = Sql()
    found = {}
    for window in windows(io.BytesIO(data), Transcoder(UTF8), core=600, left=512, right=64):
        structure.view(window)
        for needle in (b"MARK", b"KRAM", b"'z'"):
            at = window.data.find(needle, window.core_start, window.core_end)
            if at >= 0:
                where = structure.places(window, [at + 1])[0]
                found[needle] = where.field if where else None
    assert found == {b"MARK": "c", b"KRAM": "c", b"'z'": "b"}


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="(),'\";\\\n ab`", max_size=60), st.sampled_from([1, 10, 100]))
def test_malformed_sql_never_fails(text: str, core: int) -> None:
    for begin in ("", "INSERT INTO t (a,b) VALUES (", "COPY t (a) FROM stdin;\n", "CREATE TABLE t ("):
        structure = Sql()
        for window in windows(io.BytesIO((begin + text).encode()), Transcoder(UTF8), core=core, left=512, right=64):
            offsets = list(range(len(window.data)))
            assert len(structure.places(window, offsets)) == len(offsets)
            assert len(structure.view(window)) == len(window.data)
            list(structure.decoded(window))


@pytest.mark.parametrize("count", [100, 101])
@pytest.mark.parametrize("form", ["INSERT INTO t ({}) VALUES {};", "COPY t ({}) FROM stdin;\n{}\\.\n"])
def test_values_of_many_columns_are_all_told(form: str, count: int) -> None:
    names = [f"c{number}" for number in range(count)]
    values = [f"v{number}" for number in range(3 * count)]
    rows = [values[at : at + count] for at in range(0, len(values), count)]
    body = (
        "".join("\t".join(row) + "\r\n" for row in rows)
        if form.startswith("COPY")
        else ",\n".join("(" + ",".join(f"'{value}'" for value in row) + ")" for row in rows)
    )
    data = form.format(",".join(names), body).encode()
    told = list(Sql().values(whole(data), lambda name: name != "c7"))
    assert [(place.field, data[place.start : place.end].decode()) for place in told] == [
        (name, value) for row in rows for name, value in zip(names, row, strict=True) if name != "c7"
    ]
