"""Lists of the API: a page at a time, each thing once, and nothing of what lies in another scope."""

from __future__ import annotations

from typing import Any

import pytest
from desks import Office
from integration.test_desk_api import FILE, Program
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.model.identity import Grant, Role
from assay.web.queries import found

EVERYTHING = Grant(role=Role.ADMIN)
LAKE = Grant(role=Role.VIEWER, scope="s3://lake/*")
OTHER = "s3://lake/1.csv"


def scanned(office: Office) -> None:
    """Twice, so that there are findings of an earlier reading, which hold no more."""
    for confidence in (0.6, 0.9):
        recording = begin(office.catalog, ["/srv/data"], ruleset="r", actor="tess@desk")
        for number in range(5):
            recording.take(made.finding(resource=FILE, confidence=confidence + number / 100))
        recording.table(FILE, None, (), [made.column(column=f"c{n}") for n in range(5)], made.table())
        recording.take(made.classification(resource=FILE))
        recording.take(made.finding(resource=OTHER, confidence=confidence))
        recording.take(made.classification(resource=OTHER, level=Level.INTERNAL))
        recording.finish(made.summary())


def pages(program: Program, path: str, **query: Any) -> list[list[dict[str, Any]]]:
    found_pages, after = [], None
    while True:
        asked = query | ({} if after is None else {"after": after})
        told = program.client.get(f"/api/v1{path}", params=asked)
        assert told.status_code == 200, told.text
        found_pages.append(told.json()["items"])
        after = told.json()["next"]
        if after is None:
            return found_pages


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_findings(office: Office, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(found, "_BATCH", batch)
    scanned(office)
    boss, lake = Program(office, EVERYTHING), Program(office, LAKE, name="Lake")
    told = [each for some in pages(boss, "/findings", limit=2) for each in some]
    assert len(told) == 6
    assert len({(each["resource"], each["confidence"]) for each in told}) == 6
    assert all(each["confidence"] >= 0.9 for each in told)
    assert {each["resource"] for some in pages(lake, "/findings", limit=2) for each in some} == {OTHER}
    assert sum(map(len, pages(boss, "/findings", limit=2, resource=OTHER))) == 1
    assert sum(map(len, pages(boss, "/findings", limit=2, identifier="ssn"))) == 6
    assert sum(map(len, pages(boss, "/findings", limit=2, identifier="EMAIL"))) == 0
    assert sum(map(len, pages(boss, "/findings", limit=2, level="public"))) == 0


def test_columns(office: Office) -> None:
    scanned(office)
    boss, lake = Program(office, EVERYTHING), Program(office, LAKE, name="Lake")
    some = pages(boss, "/columns", limit=2)
    assert [len(page) for page in some] == [2, 2, 1]
    assert {each["column"] for page in some for each in page} == {f"c{n}" for n in range(5)}
    assert pages(lake, "/columns") == [[]]
    assert pages(boss, "/columns", resource=OTHER) == [[]]


def test_the_audit_log(office: Office) -> None:
    scanned(office)
    boss = Program(office, EVERYTHING)
    some = pages(boss, "/audit", limit=2)
    told = [each["seq"] for page in some for each in page]
    assert told == sorted(set(told), reverse=True)
    assert told[-1] == 1
    assert all(len(page) == 2 for page in some[:-1])
    proof = boss.post("/audit/verify", None).json()
    assert proof["holds"]
    assert proof["entries"] >= len(told)
    assert Program(office, Grant(role=Role.STEWARD), name="Sue").get("/audit").status_code == 403


def test_reports(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned(office)
    boss, lake = Program(office, EVERYTHING), Program(office, LAKE, name="Lake")
    for kind in ("html", "csv", "sarif"):
        told = boss.get(f"/reports/catalog?format={kind}")
        assert told.headers["content-disposition"] == f'attachment; filename="catalog.{kind}"'
        assert "customers.csv" in told.text
        assert "customers.csv" not in lake.get(f"/reports/catalog?format={kind}").text
    assert len(boss.get("/reports/catalog?format=sarif").json()["runs"][0]["results"]) == 6
    assert boss.get("/reports/catalog?format=pdf").status_code == 422
    from assay.web.queries import reports

    monkeypatch.setattr(reports, "MOST", 1)
    many = boss.get("/reports/catalog?format=csv")
    assert many.status_code == 422
    assert "narrow it" in many.json()["detail"]
    # What went wrong holds up nobody after it.
    for _ in range(3):
        assert boss.get("/reports/catalog?format=csv&search=customers").status_code == 200


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("/resources?after=restricted", "no cursor"),
        ("/reviews?after=0.5", "no cursor"),
        ("/plans?after=0123456789abcdef", "no cursor"),
        ("/audit?since=2026-13-45", "'since' has to be a day"),
        ("/audit?until=2026-11-30T99:99:99Z", "'until' has to be a day"),
        ("/audit?until=%D9%A2%D9%A0%D9%A2%D9%A6-11-11", "pattern"),
    ],
)
def test_what_is_no_cursor_and_no_day_is_said(office: Office, asked: str, says: str) -> None:
    answer = Program(office, Grant(role=Role.ADMIN)).get(asked)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
