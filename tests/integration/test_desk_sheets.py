"""The queue as a sheet on the page, and back: what somebody may, all of it or nothing."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from desks import Office, asked

from assay.model.identity import Grant, Role
from assay.model.review import QueueItem, State
from assay.store.auditlog import Wanted, newest

LAKE = "s3://lake/{}.csv"


@pytest.fixture
def items(office: Office) -> list[QueueItem]:
    made = [asked(number) for number in range(3)] + [asked(9, resource=LAKE)]
    office.ask(made)
    return made


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def filled(rows: list[dict[str, str]], **decisions: str) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for row in rows:
        decision = decisions.get(row["id"], "")
        writer.writerow(row | {"decision": decision, "reason": "order numbers" if decision else ""})
    return out.getvalue()


def sent(visitor: Any, data: bytes, name: str = "review.csv", token: str | None = None) -> Any:
    headers = {"origin": "http://127.0.0.1:8470", "x-csrf-token": visitor.csrf if token is None else token}
    return visitor.client.post("/review/sheet", files={"file": (name, data)}, headers=headers | {"hx-request": "true"})


def test_it_goes_to_csv_and_back(office: Office, items: list[QueueItem]) -> None:
    ada = office.sign_in("Ada")
    told = ada.get("/review/sheet.csv")
    assert "attachment" in told.headers["content-disposition"]
    rows = rows_of(told.text)
    assert [row["id"] for row in rows] == [item.id for item in items]
    assert len(rows_of(ada.get("/review/sheet.csv?search=lake").text)) == 1, "what the page lists"
    back = filled(rows, **{items[0].id: "approve", items[1].id: "reject"})
    assert "2 questions decided" in ada.post("/review/sheet", {"rows": back}).text
    assert [office.item(item.id).state for item in items[:3]] == [State.APPROVED, State.REJECTED, State.OPEN]
    late = sent(ada, back.encode())
    assert late.status_code == 422
    assert "has changed since the export" in late.text
    assert "/tmp" not in late.text


def test_it_goes_to_excel_and_back(office: Office, items: list[QueueItem]) -> None:
    ada = office.sign_in("Ada")
    book = openpyxl.load_workbook(io.BytesIO(ada.get("/review/sheet.xlsx").content))
    sheet = book["review"]
    at = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, at["decision"]).value = "suppress"
    sheet.cell(2, at["reason"]).value = "accepted"
    out = io.BytesIO()
    book.save(out)
    assert sent(ada, out.getvalue(), token="wrong").status_code == 403
    assert "1 question decided" in sent(ada, out.getvalue()).text
    assert office.item(items[0].id).state is State.SUPPRESSED


def test_all_of_it_or_nothing(office: Office, items: list[QueueItem]) -> None:
    ada = office.sign_in("Ada")
    rows = rows_of(ada.get("/review/sheet.csv").text)
    back = filled(rows, **{items[0].id: "approve", items[1].id: "perhaps"})
    for told in (ada.post("/review/sheet", {"rows": back}), sent(ada, back.encode())):
        assert told.status_code == 422
        assert "row 3" in told.text
    assert all(office.item(item.id).state is State.OPEN for item in items)


def test_of_what_lies_elsewhere_nothing_is_told_or_decided(office: Office, items: list[QueueItem]) -> None:
    ada, lake = office.sign_in("Ada"), office.sign_in("Lake", Grant(role=Role.STEWARD, scope="s3://lake/*"))
    rows = rows_of(ada.get("/review/sheet.csv").text)
    assert [row["resource"] for row in rows_of(lake.get("/review/sheet.csv").text)] == [LAKE.format(9)]
    told = lake.post("/review/sheet", {"rows": filled(rows, **{items[0].id: "approve", items[3].id: "approve"})})
    assert told.status_code == 422
    assert "is not in the queue" in told.text
    assert office.item(items[3].id).state is State.OPEN
    wide = [row | {"scope": "value"} for row in rows if row["id"] == items[3].id]
    told = lake.post("/review/sheet", {"rows": filled(wide, **{items[3].id: "reject"})})
    assert told.status_code == 422
    assert office.item(items[3].id).state is State.OPEN
    both = Grant(role=Role.VIEWER), Grant(role=Role.STEWARD, scope="s3://lake/*")
    told = office.sign_in("Both", *both).post("/review/sheet", {"rows": filled(rows, **{items[0].id: "approve"})})
    assert "not yours to decide" in told.text
    with office.catalog.reading() as connection:
        entries = newest(connection, Wanted(), 20)
    assert any(entry["action"] == "ACCESS_DENIED" and entry["actor"] == "Both" for entry in entries)
    assert office.sign_in("Vic", Grant(role=Role.VIEWER)).post("/review/sheet", {"rows": "id"}).status_code == 403


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "hoose a file"),
        (b"id,version\n", "no column named"),
        (b"PK\x03\x04broken", "cannot be read as an Excel file"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_what_is_no_sheet_is_refused(office: Office, data: bytes, says: str) -> None:
    told = sent(office.sign_in("Ada"), data)
    assert told.status_code == 422
    assert says in told.text


def test_a_workbook_that_unpacks_to_much_is_not_unpacked(office: Office) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (200 << 20))
    told = sent(office.sign_in("Ada"), out.getvalue())
    assert told.status_code == 422
    assert "unpacks to more" in told.text


def test_few_sheets_are_read_at_once(office: Office, items: list[QueueItem]) -> None:
    ada = office.sign_in("Ada")
    sending = office.serving.sending
    for name in ("a", "b", "c", "d"):
        assert sending.begin(name)
    refused = sent(ada, b"PK")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    sending.end("a")
    assert sent(ada, b"id").status_code == 422
    assert sorted(sending._open) == ["b", "c", "d"], "its place is free again"
    assert ada.post("/review/sheet", {"rows": "id"}).status_code == 422
