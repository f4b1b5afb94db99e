"""Plans of protection on the desk: what changes, who may approve, and that it is what was shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from desks import Office
from sqlalchemy import text
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model.action import Action, Gate, Plan, Planned, Refusal
from assay.model.identity import Grant, Role
from assay.protect.protection import COMMAND
from assay.store import plans
from assay.store.auditlog import Wanted, newest
from assay.store.units import resource_id

HOSTILE = "<script>alert(1)</script>"


def action(**changes: Any) -> Action:
    values: dict[str, Any] = {
        "resource": "s3://lake",
        "control": "s3_versioning",
        "before": {"Status": None, "Same": "x"},
        "after": {"Status": HOSTILE, "Same": "x"},
        "account": "123456789012",
        "calls": frozenset({"s3.PutBucketVersioning"}),
        "reversible": False,
        "breaks": "costs of old versions",
        "control_ids": ("S3.14",),
    }
    return Action(**(values | changes))


def planned(command: str = COMMAND, **changes: Any) -> Plan:
    return Plan(
        command=command,
        targets=("s3://lake",),
        actions=(Planned(action=action(**changes), gate=Gate.REVIEW, because="in pilot a person decides"),),
        refusals=(Refusal(resource="s3://lake/b", control="s3_logging", reason="no room", detail="it is full"),),
        notes={},
        looked_at=1,
        made_at=datetime.now(UTC),
        made_by="ada",
    )


def kept(office: Office, command: str = COMMAND, **changes: Any) -> tuple[str, Plan]:
    plan = planned(command, **changes)
    with office.catalog.transaction() as connection:
        return plans.keep(connection, plan), plan


def approved(office: Office, plan_id: str) -> list[str]:
    with office.catalog.reading() as connection:
        return [each.by for each in plans.approvals(connection, plan_id)]


def test_a_plan_is_shown_and_approved_as_it_was_shown(office: Office) -> None:
    plan_id, plan = kept(office)
    ada = office.sign_in("Ada")
    shown = ada.get("/plans").text
    assert f'href="/plans/{plan_id}"' in shown
    assert '<td class="num">1</td><td class="num">0</td>' in shown, "refused, and by hand"
    page = ada.get(f"/plans/{plan_id}").text
    for told in (
        "s3_versioning",
        "costs of old versions",
        "What is overwritten or deleted is kept as an older version: s3://",
        "1 change waits until a person approves: in pilot a person decides.",
        "1 cannot be taken back",
        "S3.14",
        "it is full",
        plan.digest,
    ):
        assert told in page
    assert HOSTILE not in page
    assert '<th scope="row">Same</th>' not in page, "what stays as it is, is no change"
    path = f"/plans/{plan_id}/approve"
    assert ada.post(path, {"digest": "0" * 64, "reason": "looked"}).status_code == 409
    assert ada.post(path, {"digest": plan.digest, "reason": " "}).status_code == 422
    assert approved(office, plan_id) == []
    said = {"digest": plan.digest, "reason": "looked at it, 536-90-4399"}
    assert ada.post(path, said).status_code == 303
    assert ada.post(path, said).status_code == 303
    assert approved(office, plan_id) == ["Ada"]
    page = ada.get(f"/plans/{plan_id}").text
    assert "looked at it" in page
    assert "536-90-4399" not in page
    with office.catalog.reading() as connection:
        (entry,) = newest(connection, Wanted(action="PLAN_APPROVED"), 5)
    assert (entry["actor"], entry["details"]["digest"]) == ("Ada", plan.digest)


def test_who_may_not_see_everything_sees_no_plan(office: Office) -> None:
    plan_id, plan = kept(office)
    stu = office.sign_in("Stu", Grant(role=Role.STEWARD, scope="s3://lake*"))
    vic = office.sign_in("Vic", Grant(role=Role.VIEWER))
    assert stu.get(f"/plans/{plan_id}").status_code == 403
    assert 'href="/plans"' not in stu.get("/review").text
    seen = vic.get(f"/plans/{plan_id}")
    assert seen.status_code == 200
    assert "/approve" not in seen.text
    for visitor in (stu, vic):
        told = visitor.post(f"/plans/{plan_id}/approve", {"digest": plan.digest, "reason": "x"})
        assert told.status_code == 403
    assert approved(office, plan_id) == []


def test_a_plan_that_was_changed_or_is_of_another_command_is_not_approved(office: Office) -> None:
    tags, plan = kept(office, "aws tag")
    ada = office.sign_in("Ada")
    assert "/approve" not in ada.get(f"/plans/{tags}").text
    assert ada.post(f"/plans/{tags}/approve", {"digest": plan.digest, "reason": "x"}).status_code == 422
    plan_id, plan = kept(office)
    with office.catalog.engine.begin() as connection:
        connection.execute(text("UPDATE plans SET digest = 'x' WHERE id = :id"), {"id": plan_id})
        connection.execute(text("DELETE FROM record_touched"))
    page = ada.get(f"/plans/{plan_id}").text
    assert "was changed in the catalog" in page
    assert not re.search(r"action=.*/approve", page)
    assert ada.post(f"/plans/{plan_id}/approve", {"digest": "x", "reason": "x"}).status_code == 409
    for other in ("none", plan_id[:8], plan_id + "0"):
        assert ada.get(f"/plans/{other}").status_code == 404


def test_a_resource_leads_to_the_plans_of_what_holds_it(office: Office) -> None:
    recording = begin(office.catalog, ["s3://lake"], ruleset="r", actor="tess@desk")
    for name in ("lake/a.csv", "lake-2/a.csv"):
        recording.take(made.classification(resource=f"s3://{name}"))
    recording.finish(made.summary())
    plan_id, _ = kept(office)
    ada = office.sign_in("Ada")
    assert f"/plans/{plan_id}" in ada.get(f"/resources/{resource_id('s3://lake/a.csv')}").text
    assert f"/plans/{plan_id}" not in ada.get(f"/resources/{resource_id('s3://lake-2/a.csv')}").text
    stu = office.sign_in("Stu", Grant(role=Role.STEWARD, scope="s3://lake/*"))
    assert "/plans/" not in stu.get(f"/resources/{resource_id('s3://lake/a.csv')}").text


def test_older_plans_are_reached_from_the_newest(office: Office) -> None:
    made = [kept(office, after={"Status": "Enabled", "Number": number})[0] for number in range(53)]
    ada = office.sign_in("Ada")
    newest = ada.get("/plans").text
    (older,) = re.findall(r'href="(/plans\?after=[^"]+)"', newest)
    rest = ada.get(older).text
    listed = [re.findall(r'<th scope="row"><a href="/plans/([^"]+)"', page) for page in (newest, rest)]
    assert [len(each) for each in listed] == [50, 3]
    assert sorted(listed[0] + listed[1]) == sorted(made)
    assert 'href="/plans">The newest' in rest
    assert 'rel="next"' not in rest
    assert ada.get("/plans?after=%00nothing").status_code == 400
    assert ada.get("/plans?after=nothing").status_code == 200
