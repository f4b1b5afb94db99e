"""Plans applied and taken back from the desk, in an emulated account; incidents and phases on their pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from awsservers import ACCOUNT, Aws
from desks import Office, Program
from protecting_for_tests import BUCKET, URI, Guard

from assay.app.protection import desking
from assay.app.protection.incidents import open_incident, plan_incident
from assay.model.action import Plan
from assay.model.identity import Grant, Role
from assay.model.review import Phase
from assay.protect.incidents import Incident
from assay.store import leases, planruns, plans
from assay.store import phases as stored_phases
from assay.store.auditlog import Wanted, newest


@pytest.fixture
def guard(aws: Aws, office: Office) -> Guard:
    return Guard(aws=aws, catalog=office.catalog, phase=Phase.PILOT)


def kept(office: Office, guard: Guard) -> tuple[str, Plan]:
    guard.make()
    plan = guard.plan()
    with office.catalog.transaction() as connection:
        return plans.keep(connection, plan), plan


def done(office: Office, plan_id: str) -> planruns.Run:
    """The run of a plan, when it is over."""
    office.serving.working._pool.submit(int).result(300)  # one at a time: what was begun before is done
    with office.catalog.reading() as connection:
        run = planruns.latest(connection, plan_id)
    assert run is not None
    assert run.is_done
    return run


def is_closed(guard: Guard) -> bool:
    try:
        block = guard.s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    except guard.s3.exceptions.ClientError:
        return False
    return all(block.values())


def test_a_plan_is_approved_applied_watched_and_taken_back(office: Office, guard: Guard) -> None:
    plan_id, plan = kept(office, guard)
    ada = office.sign_in("Ada")
    path, digest = f"/plans/{plan_id}", {"digest": plan.digest}
    early = ada.post(f"{path}/apply", {**digest, "reason": "now", "most": "100"})
    assert early.status_code == 422, "in pilot it waits for a person"
    assert ada.post(f"{path}/approve", {**digest, "reason": "looked"}).status_code == 303
    page = ada.get(path).text
    assert f'action="{path}/apply"' in page
    assert "Take back" not in page
    for form, status in (
        ({**digest, "reason": " ", "most": "100"}, 422),
        ({"digest": "0" * 64, "reason": "now", "most": "100"}, 409),
        ({**digest, "reason": "now", "most": "0"}, 422),
        ({**digest, "reason": "now"}, 422),
    ):
        assert ada.post(f"{path}/apply", form).status_code == status, form
    assert office.serving.working.of(plan_id) is None
    assert not is_closed(guard)
    assert ada.post(f"{path}/apply", {**digest, "reason": "change 4711, 536-90-4399", "most": "100"}).status_code == 303
    work = done(office, plan_id)
    assert work.is_good, work.told
    assert is_closed(guard)
    over = ada.get(f"{path}/progress", **{"hx-request": "true"})
    assert over.headers["hx-refresh"] == "true"
    assert "hx-trigger" not in over.text
    page = ada.get(path).text
    assert "changes are made, and hold" in page
    assert "All of it is made." in page
    assert f'action="{path}/apply"' not in page, "there is nothing left to apply"
    assert "<code>s3_public_access_block</code> s3://lake</td><td>applied" in page, "a receipt says of what it is"
    assert "applied" in page
    assert "536-90-4399" not in page
    assert ada.post(f"{path}/rollback", {**digest, "reason": "it was the wrong one"}).status_code == 303
    assert done(office, plan_id).verb == "rollback"
    assert not is_closed(guard)
    assert ada.post(f"{path}/apply", {**digest, "reason": "again", "most": "100"}).status_code == 422, "taken back"
    with office.catalog.reading() as connection:
        told = {entry["action"]: entry for entry in newest(connection, Wanted(), 100)}
    assert told["PLAN_APPLY_BEGUN"]["actor"] == told["PLAN_ROLLBACK_BEGUN"]["actor"] == "Ada"
    assert "536-90-4399" not in str(told)


def test_who_may_not_decide_on_everything_applies_nothing(office: Office, guard: Guard) -> None:
    plan_id, plan = kept(office, guard)
    for name, grant in (("Vic", Grant(role=Role.VIEWER)), ("Stu", Grant(role=Role.STEWARD, scope="s3://lake/*"))):
        visitor = office.sign_in(name, grant)
        for verb in ("approve", "apply", "rollback"):
            told = visitor.post(f"/plans/{plan_id}/{verb}", {"digest": plan.digest, "reason": "x", "most": "9"})
            assert told.status_code == 403
        assert "/apply" not in visitor.get(f"/plans/{plan_id}").text
    assert office.serving.working.of(plan_id) is None


def test_programs_approve_apply_and_follow(office: Office, guard: Guard) -> None:
    plan_id, plan = kept(office, guard)
    bot = Program(office)
    found = bot.get(f"/plans/{plan_id}").json()
    assert found["digest"] == plan.digest
    assert all(each["waits"] for each in found["actions"])
    said = {"digest": plan.digest, "reason": "looked"}
    assert bot.post(f"/plans/{plan_id}/apply", said).status_code == 422
    assert bot.post(f"/plans/{plan_id}/approvals", said).status_code == 201
    refused = bot.post(f"/plans/{plan_id}/apply", said | {"max_resources": 0})
    assert refused.status_code == 422
    begun = bot.post(f"/plans/{plan_id}/apply", said)
    assert begun.status_code == 202
    done(office, plan_id)
    run = bot.get(f"/plans/{plan_id}").json()
    assert run["run"]["is_good"]
    assert {each["outcome"] for each in run["actions"]} == {"applied"}
    assert bot.get("/plans").json()["items"][0]["id"] == plan_id
    assert bot.get("/plans/none").status_code == 404
    eye = Program(office, Grant(role=Role.VIEWER), name="Eye")
    assert eye.post(f"/plans/{plan_id}/rollback", said).status_code == 403


def test_another_servers_plan_is_waited_for(office: Office, guard: Guard) -> None:
    plan_id, plan = kept(office, guard)
    ada, path = office.sign_in("Ada"), f"/plans/{plan_id}"
    assert ada.post(f"{path}/approve", {"digest": plan.digest, "reason": "looked"}).status_code == 303
    form = {"digest": plan.digest, "reason": "now", "most": "9"}
    with office.catalog.transaction() as connection:
        # However long a busy machine takes for the pages, it is Bo's until it is said otherwise.
        lease = leases.take(connection, desking._LEASE, timedelta(hours=1), by="Bo")
        run = planruns.begin(connection, plan_id, "apply", by="Bo", lasts=timedelta(hours=1))
    assert isinstance(lease, leases.Lease)
    assert "Bo began to apply it" in ada.get(path).text
    assert "it is under way" in ada.get(f"{path}/progress", **{"hx-request": "true"}).text
    refused = ada.post(f"{path}/apply", form)
    assert refused.status_code == 409
    assert "Bo has a plan under way" in refused.text
    assert not is_closed(guard)
    with office.catalog.transaction() as connection:
        planruns.renew(connection, run, timedelta(seconds=-1))
        leases.give_back(connection, lease)
    gone = ada.get(f"{path}/progress", **{"hx-request": "true"})
    assert gone.headers["hx-refresh"] == "true"
    assert "the server that did it ended" in gone.text.lower()
    assert ada.post(f"{path}/apply", form).status_code == 303
    work = done(office, plan_id)
    assert work.is_good, work.told
    assert is_closed(guard)


def test_whose_rights_the_server_has(office: Office, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = office.sign_in("Ada")
    assert ACCOUNT in ada.post("/plans/account", **{"hx-request": "true"}).text
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    told = ada.post("/plans/account", **{"hx-request": "true"}).text
    assert "credentials" in told.lower()
    assert "assay protect apply" in told


def test_an_incident_is_seen_and_closed(office: Office, guard: Guard) -> None:
    ada = office.sign_in("Ada")
    assert "No incident yet" in ada.get("/incidents").text
    guard.make()
    incident = Incident(
        source="person", reference="", what="<b>odd</b>", severity="high", account="", buckets=(URI,), principals=()
    )
    plan = plan_incident(guard.protection, incident, lock=False, spared=(), at=datetime.now(UTC), by="ada")
    open_incident(office.catalog, incident, plan, by="ada", reason="seen")
    listed = ada.get("/incidents").text
    assert f"/incidents/{incident.id}" in listed
    assert "<b>odd" not in listed
    page = ada.get(f"/incidents/{incident.id}").text
    assert "not made yet" in page
    assert f"/plans/{plan.id}" in page
    assert "<h2>In plain words</h2>" in page
    assert "A person told of it." in page
    assert f"Nothing in it can be public any more: {URI}." in page
    vic = office.sign_in("Vic", Grant(role=Role.VIEWER))
    assert "Close it" not in vic.get(f"/incidents/{incident.id}").text
    path = f"/incidents/{incident.id}/close"
    assert vic.post(path, {"reason": "x"}).status_code == 403
    assert ada.post(path, {"reason": ""}).status_code == 422
    assert ada.post(path, {"reason": "it was a test"}).status_code == 303
    assert ada.post(path, {"reason": "twice"}).status_code == 409
    assert "No incident is open" in ada.get("/incidents").text
    assert "it was a test" in ada.get(f"/incidents/{incident.id}").text
    assert ada.get("/incidents/none").status_code == 404
    items = Program(office, name="Bot").get("/incidents?state=closed").json()["items"]
    assert [each["incident"] for each in items] == [incident.id]


def test_a_phase_is_earned_or_forced_by_an_administrator(office: Office) -> None:
    ada = office.sign_in("Ada")
    assert "Everything is in pilot" in ada.get("/phases").text
    form = {"scope": "s3://lake/*", "to": "supervised", "reason": "it works"}
    told = ada.post("/phases", form)
    assert told.status_code == 422
    assert "notice wrong" in told.text
    assert ada.post("/phases", form | {"force": "yes"}).status_code == 403
    root = office.sign_in("Root", Grant(role=Role.ADMIN))
    assert root.post("/phases", form | {"force": "yes"}).status_code == 303
    page = root.get("/phases").text
    assert "s3://lake/*" in page
    assert "it works" in page
    assert ada.post("/phases", form | {"to": "pilot", "reason": "back"}).status_code == 303
    assert ada.post("/phases", form | {"to": "nowhere"}).status_code == 422
    bot = Program(office, name="Bot")
    assert bot.get("/phases").json()["items"][0]["phase"] == "pilot"
    assert (
        bot.post("/phases", {"scope": "s3://lake/*", "phase": "automated", "reason": "x", "force": True}).status_code
        == 403
    )
    with office.catalog.reading() as connection:
        (row,) = stored_phases.phases(connection)
    assert (row.phase, row.by) == (Phase.PILOT, "Ada")
    assert timedelta(0) <= datetime.now(UTC) - row.since < timedelta(hours=1)
