"""The configuration on the desk: read, tried before it is kept, two people at once, and the way back; and the same for programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from desks import Office, Program, Visitor
from governance_for_tests import PATIENTS, fill, shipped_identifiers
from sqlalchemy import text

from assay.app.governing.governance import of_catalog
from assay.model.identity import Grant, Role
from assay.store.auditlog import Wanted, newest
from assay.tables.defaults import defaults

RULE = "/governance/SENSITIVITY_WEIGHTS"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def filled(office: Office, compiled: Path) -> Office:
    """A desk whose catalog has a table."""
    office.serving.desk.__dict__["identifiers"] = shipped_identifiers()
    fill(office.catalog, defaults(shipped_identifiers()), {"patients": PATIENTS}, compiled)
    return office


def row(**more: str) -> dict[str, str]:
    return {"kind": "row", "table": "SENSITIVITY_WEIGHTS", "row": "rule", "version": "0", "WEIGHT": "0.05", **more}


def weight(office: Office) -> float:
    return of_catalog(office.catalog, shipped_identifiers()).governance.weights["rule"]


def hidden(page: str) -> dict[str, str]:
    """The fields of the form that keeps what was tried."""
    form = page[page.index('action="/governance/save"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[: form.index("</form>")]))


def test_a_change_is_tried_kept_and_taken_back(filled: Office) -> None:
    ada = filled.sign_in("Ada")
    listed = ada.get(RULE).text
    assert f'href="{RULE}/row?id=rule"' in listed
    form = ada.get(f"{RULE}/row?id=rule").text
    assert re.search(r'name="WEIGHT" value="0.3"', form)
    tried = ada.post("/governance/try", row())
    assert tried.status_code == 200
    assert "would be judged otherwise" in tried.text
    assert "<del>0.3</del>" in tried.text
    assert "<ins>0.05</ins>" in tried.text
    assert re.search(r"<b>\d+ columns?</b> of \d", tried.text)
    assert weight(filled) == 0.3, "trying writes nothing"
    kept = hidden(tried.text)
    assert ada.post("/governance/save", kept | {"reason": " "}).status_code == 422
    done = ada.post("/governance/save", kept | {"reason": "names mislead, 536-90-4399"})
    assert (done.status_code, done.headers["location"]) == (303, RULE)
    assert weight(filled) == 0.05
    listed = ada.get(f"{RULE}?own=yes").text
    assert "changed" in listed
    assert "id=pattern" not in listed
    told = ada.get("/governance/history").text
    assert "names mislead" in told
    assert "536-90-4399" not in told
    with filled.catalog.reading() as connection:
        (entry,) = newest(connection, Wanted(action="CONFIG_CHANGE"), 5)
    assert (entry["actor"], entry["after"]["WEIGHT"]) == ("Ada", 0.05)
    back = ada.post("/governance/try", {"kind": "back", "back": "0", "version": "1"})
    assert "<ins>0.3</ins>" in back.text
    assert ada.post("/governance/save", hidden(back.text) | {"reason": "it was right"}).status_code == 303
    assert weight(filled) == 0.3
    assert not of_catalog(filled.catalog, shipped_identifiers()).stored.get("SENSITIVITY_WEIGHTS")
    reset = row(kind="reset", version="2")
    assert ada.post("/governance/try", reset).status_code == 422, "nothing is stored that could be taken back"


def test_of_two_at_once_the_second_sees_who_was_quicker(filled: Office) -> None:
    ada, bob = filled.sign_in("Ada"), filled.sign_in("Bob")
    assert ada.post("/governance/save", row(reason="first")).status_code == 303
    late = bob.post("/governance/save", row(WEIGHT="0.9", reason="second"))
    assert late.status_code == 409
    assert "Ada changed the configuration meanwhile (SENSITIVITY_WEIGHTS rule)" in late.text
    assert weight(filled) == 0.05
    tried = bob.post("/governance/try", row(WEIGHT="0.9"))
    assert tried.status_code == 409
    assert "somebody changed the configuration".lower() in tried.text.lower()
    assert "<del>0.05</del>" in tried.text


def test_who_may_not_change_everything_changes_nothing(filled: Office) -> None:
    vic = filled.sign_in("Vic", Grant(role=Role.VIEWER))
    stu = filled.sign_in("Stu", Grant(role=Role.STEWARD, scope="s3://lake/*"))
    for visitor in (vic, stu):
        assert "governance/try" not in visitor.get(f"{RULE}/row?id=rule").text
        for path in ("/governance/try", "/governance/save"):
            assert visitor.post(path, row(reason="x")).status_code == 403
    assert weight(filled) == 0.3


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (row(WEIGHT="much"), "WEIGHT must be a number, not"),
        (row(WEIGHT="7"), "from 0 to 1"),
        (row(NONSENSE="1"), "unknown key"),
        (row(table="SENSITIVE_PATTERNS", row="own-1", is_new="yes", CATEGORY="CUSTOM", NAME="BADGE", REGEX="(", WEIGHT=""), "not a regular"),
        (row(table="SENSITIVE_KEYWORDS", row="own-2", CATEGORY="CUSTOM", KEYWORD="536-90-4399"), "looks like a sensitive value"),
        (row(kind="rows", rows="just words"), "holds no tables"),
        (row(kind="rows", rows=""), "no row is given"),
        (row(kind="back", back="99"), "no version 99"),
        (row(kind="other"), "a change is of"),
        (row(table="NONE"), "no such table"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_written(filled: Office, form: dict[str, str], said: str) -> None:
    ada = filled.sign_in("Ada")
    form = {name: value for name, value in form.items() if name != "WEIGHT" or form["table"] == "SENSITIVITY_WEIGHTS"}
    for path in ("/governance/try", "/governance/save"):
        told = ada.post(path, form | {"version": "0", "reason": "x"})
        assert told.status_code in (404, 422), told.text
        assert said.lower() in told.text.lower()
        assert "536-90-4399" not in re.sub(r'<input type="hidden"[^>]*>', "", told.text)
    with filled.catalog.reading() as connection:
        assert not newest(connection, Wanted(action="CONFIG_CHANGE"), 5)


def test_an_own_pattern_is_added_by_form_and_by_pasted_rows(filled: Office) -> None:
    ada = filled.sign_in("Ada")
    new = {"kind": "row", "table": "SENSITIVE_PATTERNS", "row": "own-badge", "version": "0", "is_new": "yes"}
    new |= {
        "CATEGORY": "CUSTOM",
        "NAME": "BADGE",
        "REGEX": "BDG-[0-9]{5}",
        "WEIGHT": "",
        "PRIORITY": "",
        "IDENTIFIER": "",
    }
    new |= {"DESCRIPTION": HOSTILE, "IS_ACTIVE": "true"}
    tried = ada.post("/governance/try", new)
    assert tried.status_code == 200
    assert HOSTILE not in tried.text
    assert "read again" in tried.text
    assert ada.post("/governance/save", new | {"reason": "badges"}).status_code == 303
    listed = ada.get("/governance/SENSITIVE_PATTERNS?search=badge&own=yes").text
    assert "BDG-[0-9]{5}" in listed
    assert HOSTILE not in listed
    written = ada.get("/governance/export.yaml").text
    assert "own-badge" in written
    pasted = {"kind": "rows", "version": "1", "rows": written.replace("{5}", "{6}"), "reason": "they have six"}
    assert ada.post("/governance/save", pasted).status_code == 303
    csv = ada.get("/governance/export.csv?table=SENSITIVE_PATTERNS").text
    assert "BDG-[0-9]{6}" in csv
    again = {"kind": "rows", "version": "2", "rows": csv.replace("{6}", "{7}"), "reason": "seven"}
    assert ada.post("/governance/save", again).status_code == 303
    assert ada.get("/governance/export.txt").status_code == 404


def matched(visitor: Visitor, regex: str, words: str, **headers: str) -> Any:
    return visitor.post("/governance/patterns/test", {"regex": regex, "text": words}, **headers)


def test_the_tester_shows_where_and_keeps_nothing(filled: Office) -> None:
    vic = filled.sign_in("Vic", Grant(role=Role.VIEWER))
    told = matched(vic, "BDG-[0-9]{5}", "a\nid BDG-12345 and BDG-1", **{"hx-request": "true"})
    assert "<html" not in told.text
    assert "1 match" in told.text
    assert "line 2, column 4" in told.text
    assert "BDG-12345" not in told.text
    assert "matches nowhere" in matched(vic, "x{3}", "abc").text
    assert "not a regular expression" in matched(vic, "(", "abc").text
    assert "Write an expression" in matched(vic, "", "abc").text
    assert "BDG" not in filled.log.getvalue()
    slow = matched(vic, "(a+)+$", "a" * 9_000 + "b")
    assert slow.status_code == 200


def test_a_file_in_the_settings_is_told_and_nothing_changed(filled: Office, tmp_path: Path) -> None:
    from dataclasses import replace

    file = tmp_path / "rows.yaml"
    file.write_text("SENSITIVITY_WEIGHTS:\n  - {WEIGHT_ID: rule, WEIGHT: 0.9}\n")
    filled.serving.desk.settings = replace(filled.serving.desk.settings, governance=file)
    ada = filled.sign_in("Ada")
    assert "counts instead of these rows" in ada.get("/governance").text
    told = ada.post("/governance/save", row(reason="x"))
    assert told.status_code == 422
    assert "import it" in told.text
    assert str(tmp_path) not in told.text


def test_programs_try_change_and_go_back(filled: Office) -> None:
    bot = Program(filled)
    first = bot.get("/governance")
    tag = first.headers["etag"]
    assert first.json()["version"] == 0
    rows = {"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": "rule", "WEIGHT": 0.05}]}
    would = bot.post("/governance/try", {"rows": rows}).json()
    assert would["would"]["changes"]
    assert would["rows"][0]["before"]["WEIGHT"] == 0.3
    body = {"rows": rows, "reason": "names mislead"}
    assert bot.post("/governance/changes", body).status_code == 428
    assert bot.post("/governance/changes", body, **{"if-match": '"governance.7"'}).status_code == 412
    done = bot.post("/governance/changes", body, **{"if-match": tag})
    assert (done.status_code, done.headers["etag"]) == (200, '"governance.1"')
    assert weight(filled) == 0.05
    assert bot.post("/governance/changes", body, **{"if-match": '"governance.1"'}).status_code == 422, (
        "nothing to change"
    )
    assert bot.get("/governance/history").json()["items"][0]["reason"] == "names mislead"
    part = Grant(role=Role.VIEWER, scope="s3://lake/*")
    lake = filled.sign_in("Lake", part)
    assert lake.get("/governance/history").status_code == 403, "rows and reasons name resources of others"
    assert Program(filled, part, name="Lake2").get("/governance/history").status_code == 403
    told = lake.get("/governance").text
    assert "names mislead" not in told
    assert "/governance/history" not in told
    origin = {
        each["row"]["WEIGHT_ID"]: each["origin"]
        for each in bot.get("/governance/tables/SENSITIVITY_WEIGHTS").json()["items"]
    }
    assert (origin["rule"], origin["pattern"]) == ("changed", "shipped")
    reset = {"reset": [{"table": "SENSITIVITY_WEIGHTS", "id": "rule"}], "reason": "back"}
    assert bot.post("/governance/changes", reset, **{"if-match": '"governance.1"'}).status_code == 200
    again = {"back_to": 1, "reason": "once more"}
    assert bot.post("/governance/changes", again, **{"if-match": '"governance.2"'}).status_code == 200
    assert weight(filled) == 0.05
    for wrong in (
        {"rows": rows, "back_to": 0},
        {},
        {"rows": {"X": [{}]}},
        {"rows": {"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": 7}]}},
        {"more": 1},
    ):
        assert bot.post("/governance/try", wrong).status_code == 422, wrong
    found = bot.post("/governance/patterns/test", {"regex": "[0-9]{3}", "text": "x 123"}).json()
    assert found["matches"] == [{"line": 1, "column": 3, "length": 3, "redacted": "***"}]
    viewer = Program(filled, Grant(role=Role.VIEWER), name="Eye")
    assert viewer.get("/governance").status_code == 200
    assert viewer.post("/governance/try", {"rows": rows}).status_code == 403
    assert viewer.post("/governance/changes", body, **{"if-match": '"governance.3"'}).status_code == 403
    with filled.catalog.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM governance_versions")).scalar_one() == 3
