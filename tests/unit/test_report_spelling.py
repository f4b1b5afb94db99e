"""One spelling of resources, tables and columns, and all that are understood."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from assay.cli.targets import named_in
from assay.report.spelling import Named, chosen, pasted, spelled, splits, within

DB, CSV = "file:///srv/odd.db", "file:///srv/staff.csv"
NAMES = [
    "emp", "Order", "select", "e:mail", "birth date", " lead", "a.b", "a", "b", "b.c", 'we"ird', '"q"', "[x]", "", "имя",
    "t\nnl", "***", "doc.patient.ssn", "x  y", "q…z", "a/b", "ssn", "!", "`",
]  # fmt: skip


def test_what_is_told_of_any_name_is_understood_as_that_name_alone() -> None:
    known = [Named(DB, table, column) for table, column in itertools.product(NAMES, [None, *NAMES])]
    for each in known:
        head, inside = spelled(each, base="/srv").partition(":")[::2]
        assert head == "odd.db"
        assert chosen(inside, known) == [each], each


@pytest.mark.parametrize(
    "text",
    [
        "emp.ssn", "emp:ssn", '"emp"."ssn"', 'emp."ssn"', "[emp].[ssn]", "`emp`.`ssn`", "EMP.SSN", '"EMP".[Ssn]', "e…sn",
        '"emp":"ssn"', "  emp.ssn ",
    ],
)  # fmt: skip
def test_other_spellings_of_a_column(text: str) -> None:
    known = [Named(DB, "emp"), Named(DB, "emp", "ssn"), Named(DB, "emp", "name"), Named(DB, "other", "ssn")]
    assert chosen(text, known) == [Named(DB, "emp", "ssn")]


def test_a_bare_name_is_every_column_that_is_called_so_and_a_table_first() -> None:
    known = [Named(DB, "emp"), Named(DB, "emp", "ssn"), Named(DB, "other"), Named(DB, "other", "ssn")]
    assert chosen("ssn", known) == [Named(DB, "emp", "ssn"), Named(DB, "other", "ssn")]
    assert chosen("other", [*known, Named(DB, "emp", "other")]) == [Named(DB, "other")]
    assert chosen("none", known) == []


def test_a_table_of_a_server_is_called_with_its_schema_and_without() -> None:
    uri = "postgresql://db:5432/shop/public/Order"
    known = [Named(uri, "public.Order"), Named(uri, "public.Order", "select")]
    assert spelled(known[1]) == f"{uri}:select"
    for text in ("select", "Order.select", '"Order"."select"', 'public."Order"."select"', "public.Order.select"):
        assert chosen(text, known) == [known[1]], text


def test_a_member_of_an_archive_is_called_by_its_path() -> None:
    known = [Named("file:///srv/a.zip", "staff"), Named("file:///srv/a.zip", "staff", "ssn")]
    assert chosen("in/staff.csv:ssn", known) == [known[1]]
    assert chosen("in/staff.csv", known) == [known[0]]
    assert ("a.zip", "in/staff.csv:ssn") in splits("a.zip!/in/staff.csv:ssn")


def test_names_that_a_shell_and_a_terminal_would_take_for_something_else() -> None:
    assert spelled(Named("file:///srv/-x.csv", "-x", "ssn"), base="/srv") == "./-x.csv:ssn"
    assert spelled(Named("file:///srv/a%1Bb.csv", "a", "n\tx"), base="/srv") == r"a\x1bb.csv:a.n\tx"
    assert pasted("a'b") == "'a'\"'\"'b'"
    assert pasted("plain") == "'plain'"
    assert within(Named(CSV, "staff", "ssn")) == "ssn"


@pytest.mark.parametrize(
    ("given", "target", "inside"),
    [
        ("sqlite:///odd.db:Order.select", "sqlite:///odd.db", "Order.select"),
        ("sqlite:///o:dd.db", "sqlite:///o:dd.db", None),
        ("sqlite:///o:dd.db:emp", "sqlite:///o:dd.db", "emp"),
        ("duckdb:///missing.db:emp", "duckdb:///missing.db:emp", None),
        ("postgresql://u:p@host:5432/shop", "postgresql://u:p@host:5432/shop", None),
        ("postgresql://u:p@host", "postgresql://u:p@host", None),
        ("mysql://h:3306/shop/staff:e:mail", "mysql://h:3306/shop/staff", "e:mail"),
        ("s3://lake/k.csv:ssn", "s3://lake/k.csv", "ssn"),
        ("dynamodb://orders:ssn", "dynamodb://orders", "ssn"),
        ("dynamodb://orders", "dynamodb://orders", None),
        ("o:dd.db:emp.ssn", "o:dd.db", "emp.ssn"),
        ("nothing:ssn", "nothing:ssn", None),
    ],
)
def test_a_target_and_what_is_named_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, target: str, inside: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("odd.db", "o:dd.db"):
        (tmp_path / name).touch()
    assert named_in(given) == (target, inside)
