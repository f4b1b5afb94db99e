"""A value is shown from its source: for who may, audited, never kept, and not where the source is another one by now."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import psycopg
import pytest
from awsservers import REGION, Aws
from desks import Office, Visitor
from sqlalchemy import select

import assay
from assay.app.reviews import revealing
from assay.app.serving.roots import Root
from assay.model.identity import Grant, Role
from assay.store import lookups
from assay.store.auditlog import Wanted, newest
from assay.store.schema.catalog import findings, resources
from assay.web.limits import Bucket

SSN = "536-90-4399"
TEXT = f"first line\nemployee Ada, ssn: {SSN}, hired <b>\nlast\n"


def number_of(office: Office, uri: str) -> tuple[str, int]:
    asked = select(resources.c.id, findings.c.id.label("finding")).join(
        findings, findings.c.resource_id == resources.c.id
    )
    with office.catalog.reading() as connection:
        row = connection.execute(asked.where(resources.c.uri == uri, findings.c.identifier == "SSN")).first()
    assert row is not None
    return str(row.id), int(row.finding)


@pytest.fixture
def place(office: Office, tmp_path: Path) -> tuple[Path, str]:
    """A file that was scanned, and where its value is shown."""
    file = tmp_path / "data" / "people.txt"
    file.parent.mkdir()
    file.write_text(TEXT)
    list(assay.scan(file.parent, catalog=str(tmp_path / "catalog.db"), jobs=1))
    resource, number = number_of(office, file.as_uri())
    return file, f"/resources/{resource}/findings/{number}/reveal"


def audited(office: Office) -> list[str]:
    with office.catalog.reading() as connection:
        return [entry["action"] for entry in newest(connection, Wanted(), 50) if entry["action"].startswith("VALUE")]


def asked(visitor: Visitor, path: str, reason: str = "a complaint") -> Any:
    return visitor.post(path, {"reason": reason}, **{"hx-request": "true"})


def test_a_value_is_shown_in_its_line_and_kept_nowhere(office: Office, place: tuple[Path, str], tmp_path: Path) -> None:
    _, path = place
    ada = office.sign_in("Ada")
    page = ada.get(path.partition("/findings")[0]).text
    assert f'action="{path}"' in page
    assert SSN not in page
    assert asked(ada, path, " ").status_code == 422
    assert audited(office) == []
    told = asked(ada, path)
    assert told.status_code == 200
    assert f"employee Ada, ssn: <mark>{SSN}</mark>, hired &lt;b&gt;" in told.text
    assert "first line" not in told.text
    assert 'data-expires="30"' in told.text
    assert "no-store" in told.headers["cache-control"]
    assert audited(office) == ["VALUE_ASKED", "VALUE_REVEALED"] or audited(office) == ["VALUE_REVEALED", "VALUE_ASKED"]
    whole = ada.post(path, {"reason": "once more"})
    assert whole.headers["refresh"].startswith("30; url=/resources/")
    assert SSN in whole.text
    assert SSN not in office.log.getvalue()
    for file in tmp_path.glob("catalog.db*"):
        assert SSN.encode() not in file.read_bytes()
    with office.catalog.reading() as connection:
        assert SSN not in str(newest(connection, Wanted(), 50))


def test_a_source_that_changed_shows_nothing(office: Office, place: tuple[Path, str]) -> None:
    file, path = place
    ada = office.sign_in("Ada")
    for other in (TEXT.replace(SSN, "536-90-4398"), "x" + TEXT, "short", TEXT.replace(SSN, "not a value")):
        file.write_text(other)
        told = asked(ada, path)
        assert "<mark>" not in told.text
        assert "changed" in told.text
    file.unlink()
    assert "no such file" in asked(ada, path).text
    file.mkdir()
    assert "no such file" in asked(ada, path).text
    assert "VALUE_REVEALED" not in audited(office)
    assert audited(office).count("VALUE_REFUSED") == 6
    assert ada.post(path, {"reason": "x"}).status_code == 409


def test_who_may_not_decide_there_sees_nothing(office: Office, place: tuple[Path, str]) -> None:
    _, path = place
    for name, grant, status in (
        ("Vic", Grant(role=Role.VIEWER), 403),
        ("Far", Grant(role=Role.STEWARD, scope="s3://lake/*"), 404),
    ):
        visitor = office.sign_in(name, grant)
        assert asked(visitor, path).status_code == status
    ada = office.sign_in("Ada")
    assert asked(ada, re.sub(r"findings/\d+", "findings/999999", path)).status_code == 404
    assert asked(ada, re.sub(r"findings/\d+", "findings/x", path)).status_code == 422
    other = office.serving.limits
    object.__setattr__(other, "reveals", Bucket(most=1, seconds=600))
    assert asked(ada, path).status_code == 200
    assert asked(ada, path).status_code == 429
    assert audited(office).count("VALUE_ASKED") == 1


def test_an_object_of_s3_is_read_by_its_place(office: Office, aws: Aws, tmp_path: Path) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake", Key="hr/a file.txt", Body=("x" * 500 + "\n" + TEXT).encode())
    list(assay.scan("s3://lake", catalog=str(tmp_path / "catalog.db"), jobs=1))
    resource, number = number_of(office, "s3://lake/hr/a%20file.txt")
    path = f"/resources/{resource}/findings/{number}/reveal"
    ada = office.sign_in("Ada")
    assert f"<mark>{SSN}</mark>, hired" in asked(ada, path).text
    s3.put_object(Bucket="lake", Key="hr/a file.txt", Body=b"gone")
    assert "<mark>" not in asked(ada, path).text
    s3.delete_object(Bucket="lake", Key="hr/a file.txt")
    assert "cannot be read from here" in asked(ada, path).text


def packed(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner/people.txt", text)
    return out.getvalue()


def workbook(value: str) -> bytes:
    book = openpyxl.Workbook()
    for row in (("name", "ssn"), ("Ada King", value), ("Bo Ek", "512-44-7100")):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["zip", "xlsx"])
def test_what_lies_in_archives_and_sheets_is_found_again(
    office: Office, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = packed if kind == "zip" else workbook
    data = tmp_path / "data"
    data.mkdir()
    file = data / f"people.{kind}"
    file.write_bytes(make(TEXT if kind == "zip" else SSN))
    list(assay.scan(data, catalog=str(tmp_path / "catalog.db"), jobs=1))
    resource, number = number_of(office, file.as_uri())
    path = f"/resources/{resource}/findings/{number}/reveal"
    ada = office.sign_in("Ada")
    told = asked(ada, path)
    plain = SSN.replace("-", "")
    assert plain in told.text.replace("-", ""), told.text
    assert "As it is compared" in told.text
    assert audited(office)[-1] == "VALUE_REVEALED"
    with office.catalog.reading() as connection:
        entries = str(newest(connection, Wanted(), 50)).replace("-", "")
    assert plain not in entries + office.log.getvalue().replace("-", "")
    for _ in range(2):
        office.serving.desk.rereading.acquire()
    monkeypatch.setattr(revealing, "_PATIENCE", 0.0)
    assert "thers have values read again" in asked(ada, path).text
    for _ in range(2):
        office.serving.desk.rereading.release()
    file.write_bytes(make("nothing of note"))
    told = asked(ada, path)
    assert "changed" in told.text
    assert "<mark>" not in told.text
    assert audited(office)[-1] == "VALUE_REFUSED"


def shown_of(office: Office, root: str, uri: str, change: Callable[[str], None]) -> None:
    with office.catalog.reading() as connection:
        row = connection.execute(select(resources.c.id).where(resources.c.uri.like(uri))).one()
    path, as_part = f"/resources/{row.id}/columns/reveal", {"hx-request": "true"}
    with office.catalog.reading() as connection:
        (kept,) = {each.record.table for each in lookups.columns_of(connection, uri_of(office, row.id))}
    ada, form = office.sign_in("Ada"), {"table": kept, "column": "ssn", "reason": "a complaint"}
    assert path not in ada.get(f"/resources/{row.id}").text
    assert "no database that this server may scan" in ada.post(path, form, **as_part).text
    object.__setattr__(office.serving, "roots", (Root(target=root, told=root),))
    assert path in ada.get(f"/resources/{row.id}").text
    told = ada.post(path, form, **as_part)
    assert re.search(r"<mark>536-90-43\d\d</mark>", told.text), told.text
    assert 'data-expires="30"' in told.text
    assert audited(office)[-1] == "VALUE_REVEALED"
    assert "has a value there" in ada.post(path, form | {"column": "note"}, **as_part).text
    assert ada.post(path, form | {"column": "nope"}, **as_part).status_code == 404
    assert ada.post(path, form | {"table": "nope"}, **as_part).status_code == 404
    assert ada.post(path, form | {"reason": " "}, **as_part).status_code == 422
    sees, decides_elsewhere = Grant(role=Role.VIEWER), Grant(role=Role.STEWARD, scope="s3://lake/*")
    for name, grants, status in (
        ("Vic", (sees,), 403),
        ("Far", (decides_elsewhere,), 404),
        ("Both", (sees, decides_elsewhere), 403),
    ):
        visitor = office.sign_in(name, *grants)
        assert visitor.post(path, form, **as_part).status_code == status
        assert path not in visitor.get(f"/resources/{row.id}").text
    change("ALTER TABLE customers RENAME COLUMN ssn TO tin")
    assert "no column of that name" in ada.post(path, form, **as_part).text
    change("DROP TABLE customers")
    refused = ada.post(path, form)
    assert refused.status_code == 409
    assert "Traceback" not in refused.text
    assert audited(office)[-1] == "VALUE_REFUSED"
    with office.catalog.reading() as connection:
        assert "536-90-43" not in str(newest(connection, Wanted(), 50)) + office.log.getvalue()


def uri_of(office: Office, resource: str) -> str:
    with office.catalog.reading() as connection:
        return str(connection.execute(select(resources.c.uri).where(resources.c.id == resource)).scalar_one())


_ROWS = [(n, f"536-90-{4300 + n}") for n in range(99)]
_TABLE = "CREATE TABLE customers (id INTEGER, ssn TEXT, note TEXT)"


def test_a_value_of_a_column_is_read_from_a_database_that_is_a_file(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "data" / "shop 100%25?x=1#2.sqlite"
    file.parent.mkdir()

    def change(statement: str) -> None:
        with sqlite3.connect(file) as database:
            database.execute(statement)

    change(_TABLE)
    with sqlite3.connect(file) as database:
        database.executemany("INSERT INTO customers (id, ssn) VALUES (?, ?)", _ROWS)
    target = f"sqlite:///{quote(str(file))}"
    list(assay.scan(target, catalog=str(tmp_path / "catalog.db"), jobs=1))
    object.__setattr__(office.serving, "roots", ())
    shown_of(office, str(file.parent), file.as_uri(), change)


def test_a_value_of_a_column_is_read_from_its_database(
    office: Office, tmp_path: Path, new_database: Callable[[], str]
) -> None:
    target = new_database()

    def change(statement: str) -> None:
        with psycopg.connect(target) as connection:
            connection.execute(statement)

    change(_TABLE)
    with psycopg.connect(target) as connection, connection.cursor() as cursor:
        cursor.executemany("INSERT INTO customers (id, ssn) VALUES (%s, %s)", _ROWS)
    list(assay.scan(target, catalog=str(tmp_path / "catalog.db"), jobs=1))
    shown_of(office, target, "postgresql:%", change)
