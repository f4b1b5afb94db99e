"""The pages of settings and reports, and an audit log that is longer than a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from desks import Office
from integration.test_desk_api import scanned

from assay.app.config.places import Address
from assay.app.config.settings import load_settings
from assay.app.serving.roots import roots_of
from assay.model.identity import Grant, Role
from assay.store import audit
from assay.web.pages import reports as reporting
from assay.web.queries import reports


def test_settings_are_told_without_secrets_and_to_administrators(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSAY_NOTIFY_WEBHOOK", "https://hooks.example.org/services/T0/B0/s3cr3tpath?token=s3cr3toption")
    monkeypatch.setenv("ASSAY_SCAN_ROOTS", "postgresql://reader:s3cr3tword@db.example.org/shop;/srv/<b>odd")
    monkeypatch.setenv("ASSAY_CATALOG", "postgresql://assay:s3cr3tword@db.example.org/catalog")
    settings = load_settings()
    assert isinstance(settings.catalog, Address)
    office.serving.desk.settings = settings
    object.__setattr__(office.serving, "roots", roots_of(settings, tmp_path))
    ada = office.sign_in("Ada", Grant(role=Role.ADMIN))
    told = ada.get("/settings").text
    assert "s3cr3t" not in told
    assert "https://hooks.example.org/…" in told
    assert "postgresql://reader:***@db.example.org/shop" in told
    assert "environment ASSAY_NOTIFY_WEBHOOK" in told
    assert "<b>odd" not in told
    assert "min_confidence" in told
    for name, grant in (("Vic", Grant(role=Role.VIEWER)), ("Stu", Grant(role=Role.STEWARD))):
        visitor = office.sign_in(name, grant)
        assert visitor.get("/settings").status_code == 403
        assert "/settings" not in visitor.get("/").text


def test_reports_are_chosen_on_a_page(office: Office) -> None:
    scanned(office)
    vic = office.sign_in("Vic", Grant(role=Role.VIEWER, scope="s3://lake/*"))
    page = vic.get("/reports").text
    assert 'href="/reports" aria-current="page"' in page
    (form,) = re.findall(r'<form[^>]*method="get" action="/reports/catalog">(.*?)</form>', page, re.DOTALL)
    names = set(re.findall(r'<(?:select|input)[^>]* name="([a-z]+)"', form))
    assert names == {"format", "level", "scheme", "search"}
    # As the page's form sends it, with what was left as it was.
    made = vic.get("/reports/catalog?format=csv&level=&scheme=&search=")
    assert made.headers["content-disposition"] == 'attachment; filename="catalog.csv"'
    assert "s3://lake" in made.text
    assert "file:///" not in made.text


def test_a_report_that_cannot_be_made_is_chosen_otherwise(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned(office)
    ada = office.sign_in("Ada")
    monkeypatch.setattr(reports, "MOST", 1)
    many = ada.get("/reports/catalog?format=sarif&level=&scheme=&search=s", accept="text/html")
    assert many.status_code == 422
    assert many.headers["content-type"].startswith("text/html")
    assert "narrow it by level, scheme or search" in many.text
    # What was chosen stands in the form again.
    assert '<option value="sarif" selected>' in many.text
    assert 'name="search" value="s"' in many.text
    assert ada.get("/reports/catalog?format=pdf", accept="text/html").status_code == 422
    assert ada.get("/reports/catalog?format=csv&level=&scheme=&search=customers").status_code == 200
    gone = office.visitor().get("/reports/catalog?format=csv&level=&scheme=&search=", accept="text/html")
    assert gone.status_code == 303, "who is not signed in is led to the door"


def test_reports_for_auditors_are_of_all_and_for_those_who_may_see_all(office: Office) -> None:
    scanned(office)
    vic = office.sign_in("Vic", Grant(role=Role.VIEWER))
    page = vic.get("/reports").text
    (form,) = re.findall(r'<form[^>]*method="get" action="/reports/paper">(.*?)</form>', page, re.DOTALL)
    names = re.findall(r'<option value="([a-z]+)"', form)
    assert "access" not in names, "whose values were shown is for administrators"
    assert {"compliance", "residency", "executive", "pipeline"} <= set(names)
    made = vic.get("/reports/paper?report=compliance&as=json&inputs=")
    assert made.headers["content-disposition"] == 'attachment; filename="compliance.json"'
    assert any(line["resource"].startswith("s3://lake") for line in made.json()["tables"]["held"])
    assert vic.get("/reports/paper?report=executive&as=html&inputs=").text.startswith("<!DOCTYPE html>")
    assert vic.get("/reports/paper?report=access&as=json&inputs=", accept="text/html").status_code == 422
    ada = office.sign_in("Ada", Grant(role=Role.ADMIN))
    assert ada.get("/reports/paper?report=access&as=json&inputs=").status_code == 200
    part = office.sign_in("Pat", Grant(role=Role.VIEWER, scope="s3://lake/*"))
    assert "/reports/paper" not in part.get("/reports").text
    assert part.get("/reports/paper?report=compliance&as=json&inputs=").status_code == 403


def test_a_report_of_more_than_a_server_has_room_for_is_refused_before_anything_is_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned(office)
    vic = office.sign_in("Vic", Grant(role=Role.VIEWER))
    everything = vic.get("/reports/paper?report=migration&as=json").json()["tables"]["waves"]
    assert sum(each["resources"] for each in everything) > 1
    monkeypatch.setattr(reporting, "PAPERS_MOST", 1)
    assert "up to 1 resources" in vic.get("/reports").text
    refused = vic.get("/reports/paper?report=executive&as=html&inputs=", accept="text/html")
    assert refused.status_code == 422
    assert "at most 1 resources, and this one would be of" in refused.text
    assert "assay report executive" in refused.text
    # Of a pipeline's inputs alone, however much else there is.
    (one,) = {each["resource"] for each in vic.get("/api/v1/resources").json()["items"][:1]}
    assert vic.get(f"/reports/paper?report=pipeline&as=json&inputs={quote(one, safe='')}").status_code == 200


def test_a_pipeline_that_is_not_known_is_asked_for_otherwise(office: Office) -> None:
    scanned(office)
    vic = office.sign_in("Vic", Grant(role=Role.VIEWER))
    refused = vic.get("/reports/paper?report=pipeline&as=pdf&inputs=s3://nowhere", accept="text/html")
    assert refused.status_code == 422
    assert "nothing is known of s3://nowhere" in refused.text.lower()
    assert '<option value="pipeline" selected>' in refused.text
    assert 'name="inputs" value="s3://nowhere"' in refused.text


def test_the_audit_log_is_read_to_its_beginning(office: Office) -> None:
    ada = office.sign_in("Ada", Grant(role=Role.ADMIN))
    with office.catalog.transaction() as connection:
        for number in range(250):
            audit.append(connection, actor="<Bo & Al>", action="TESTED", details={"number": number})

    def numbers(page: str) -> list[int]:
        return [int(each) for each in re.findall(r'<tr><td class="num">([0-9,]+)</td>', page)]

    seen: list[int] = []
    path: str | None = "/audit?actor=%3CBo+%26+Al%3E"
    while path is not None:
        page = ada.get(path).text
        seen += numbers(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        path = None if found is None else found.group(1).replace("&amp;", "&")
    assert len(seen) == 250
    assert seen == sorted(set(seen), reverse=True)
    for odd in ("x", "-1", "٣", "9" * 40, "0"):
        assert ada.get(f"/audit?before={odd}").status_code == 200, odd
    assert numbers(ada.get("/audit?before=0").text) == []
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert ada.get("/audit?since=2026-13-45").status_code == 422
    page = ada.get(f"/audit?until={today}&since=2020-01-31").text
    assert 'name="since" value="2020-01-31"' in page
    assert numbers(page) == [], "all of it is of today"
    assert numbers(ada.get(f"/audit?since={today}").text)
