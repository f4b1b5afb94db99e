"""What is done from the desk's pages besides deciding: scans again, plans of protection, incidents; and the glossary by programs."""

from __future__ import annotations

from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from desks import Office, Program
from protecting_for_tests import BUCKET, URI, Guard
from unit import records_for_tests as made

from assay.app.reviews import glossary
from assay.app.scan.recording import begin
from assay.app.serving.roots import Root
from assay.model import Gap, Level
from assay.model.identity import Grant, Role
from assay.model.review import Phase
from assay.store import glossary as stored
from assay.store import scans
from assay.store.auditlog import Wanted, newest
from assay.store.units import resource_id
from assay.web.pages import glossary as glossary_pages

LAKE = Grant(role=Role.STEWARD, scope="s3://lake/*")


def known(office: Office, *uris: str, gap: bool = False) -> None:
    recording = begin(office.catalog, ["/srv"], ruleset="r", actor="tess@desk")
    for uri in uris:
        if gap:
            recording.take(Gap(resource=uri, reason="damaged", detail="it ends early"))
        recording.take(made.classification(resource=uri, level=Level.RESTRICTED))
    recording.finish(made.summary())


def test_a_resource_is_scanned_again_from_its_page(office: Office, tmp_path: Any) -> None:
    inside, outside = (tmp_path / "data" / "a.csv").as_uri(), "file:///elsewhere/b.csv"
    known(office, inside, outside)
    object.__setattr__(office.serving, "roots", (Root(target=str(tmp_path / "data"), told=str(tmp_path / "data")),))
    ada, path = office.sign_in("Ada"), f"/resources/{resource_id(inside)}"
    assert f'action="{path}/rescan"' in ada.get(path).text
    done = ada.post(f"{path}/rescan")
    assert done.status_code == 303
    with office.catalog.reading() as connection:
        scan = scans.one(connection, done.headers["location"].rpartition("/")[2])
    assert scan is not None
    assert scan.targets == (str(tmp_path / "data" / "a.csv"),)
    assert scan.asked_by == "Ada"
    other = f"/resources/{resource_id(outside)}"
    assert "/rescan" not in ada.get(other).text, "it does not lie below what may be scanned"
    assert ada.post(f"{other}/rescan").status_code == 422
    lake = office.sign_in("Lake", LAKE)
    assert lake.post(f"{path}/rescan").status_code == 404
    both = office.sign_in("Both", LAKE, Grant(role=Role.VIEWER))
    assert "/rescan" not in both.get(path).text
    assert both.post(f"{path}/rescan").status_code == 403
    with office.catalog.reading() as connection:
        assert len(scans.listed(connection, after=None, limit=9, shown=lambda _scan: True)[0]) == 1


@pytest.fixture
def guard(aws: Aws, office: Office) -> Guard:
    return Guard(aws=aws, catalog=office.catalog, phase=Phase.PILOT)


def test_protection_is_planned_from_a_resources_page(office: Office, guard: Guard) -> None:
    guard.make()
    known(office, f"{URI}/a.csv", "file:///srv/a.csv")
    ada, path = office.sign_in("Ada"), f"/resources/{resource_id(f'{URI}/a.csv')}"
    assert f'action="{path}/protect"' in ada.get(path).text
    assert "/protect" not in ada.get(f"/resources/{resource_id('file:///srv/a.csv')}").text
    done = ada.post(f"{path}/protect")
    assert done.status_code == 303, done.text
    assert BUCKET in ada.get(done.headers["location"]).text
    part = office.sign_in("Part", Grant(role=Role.STEWARD, scope=f"{URI}/*"))
    assert "/protect" not in part.get(path).text
    assert part.post(f"{path}/protect").status_code == 403, "plans are of those who may see everything"


def test_an_incident_is_opened_from_the_page(office: Office, guard: Guard) -> None:
    guard.make()
    ada = office.sign_in("Ada")
    assert "Tell of an incident" in ada.get("/incidents").text
    role = f"arn:aws:iam::{ACCOUNT}:role/mallory"
    form = {"reason": "keys were seen outside, 536-90-4399", "resources": URI, "principals": role}
    done = ada.post("/incidents", form)
    assert done.status_code == 303, done.text
    told = ada.get(done.headers["location"]).text
    assert "keys were seen outside" in told
    assert "536-90-4399" not in told
    assert "/plans/" in told
    again = ada.post("/incidents", form)
    assert again.headers["location"] == done.headers["location"], "it is open already"
    for wrong, says in (
        ({"reason": "x"}, "ay what it is about"),
        (form | {"reason": " "}, "ay what has happened"),
        (form | {"principals": "mallory"}, "mallory"),
        (form | {"resources": "/etc/passwd"}, "cannot be protected"),
        (form | {"spared": "nobody"}, "nobody"),
    ):
        refused = ada.post("/incidents", wrong)
        assert refused.status_code == 422, wrong
        assert says in refused.text
    for name, grant in (("Vic", Grant(role=Role.VIEWER)), ("Lake", LAKE)):
        visitor = office.sign_in(name, grant)
        assert visitor.post("/incidents", form).status_code == 403
        assert "Tell of an incident" not in visitor.get("/incidents").text
    with office.catalog.reading() as connection:
        entries = [each for each in newest(connection, Wanted(), 60) if each["action"] == "INCIDENT_OPENED"]
    assert [each["actor"] for each in entries] == ["Ada"]


def test_programs_keep_the_glossary(office: Office) -> None:
    bot = Program(office)
    body = {"term": "Salary", "definition": "what somebody earns", "links": ["IBAN", "s3://lake/hr/*#salary"]}
    first = bot.post("/glossary", body)
    assert first.status_code == 201
    of, tag = f"/glossary/{first.json()['id']}", first.headers["etag"]
    assert bot.post("/glossary", body).status_code == 409, "there is one of that name"
    assert bot.get("/glossary?search=earns").json()["items"][0]["links"] == body["links"]
    change = {"json": body | {"definition": "gross pay"}}
    assert bot.client.put(f"/api/v1{of}", **change).status_code == 428
    late = bot.client.put(f"/api/v1{of}", **change, headers={"if-match": tag.replace(".1", ".9")})
    assert late.status_code == 412
    done = bot.client.put(f"/api/v1{of}", **change, headers={"if-match": tag})
    assert (done.status_code, done.json()["definition"]) == (200, "gross pay")
    assert bot.client.delete(f"/api/v1{of}", headers={"if-match": tag}).status_code == 412
    lake = Program(office, LAKE, name="Lake")
    assert lake.get(of).json()["links"] == ["IBAN"], "where columns lie is told to those who see everything"
    for call in (lake.post("/glossary", body | {"term": "Other"}), lake.client.delete(f"/api/v1{of}")):
        assert call.status_code == 403
    for wrong in (
        body | {"term": "Card", "definition": "such as 4012888888881881"},
        body | {"term": "Link", "links": ["NOPE"]},
        body | {"extra": 1},
    ):
        assert bot.post("/glossary", wrong).status_code == 422, wrong
    newer = {"if-match": done.headers["etag"]}
    assert bot.client.delete(f"/api/v1{of}", headers=newer).status_code == 204
    assert bot.get(of).status_code == 404
    owner = {"json": {"resource": "s3://lake/*", "owner": "data-office@acme.example"}}
    assert bot.client.put("/api/v1/owners", **owner).json() == {"changed": True}
    assert bot.client.put("/api/v1/owners", **owner).json() == {"changed": False}
    assert bot.get("/owners").json()["items"][0]["source"] == "person"
    assert lake.get("/owners").status_code == lake.client.put("/api/v1/owners", **owner).status_code == 403


def test_owners_come_of_tags_where_nobody_has_said_otherwise(office: Office) -> None:
    redact, who = office.serving.desk.redact, {"by": "tess@desk"}
    glossary.set_owner(office.catalog, "s3://said", "Ada", redact=redact, **who)
    tags = {"s3://said": "Bo", "s3://new": "data-office", "s3://bad": "536-90-4399", "s3://none": ""}
    assert glossary.owners_of_tags(office.catalog, tags, redact=redact, **who) == (1, 1)

    def owners() -> dict[str, tuple[str, str]]:
        with office.catalog.reading() as connection:
            return {each.scope: (each.owner, each.source) for each in stored.owners(connection)}

    assert owners() == {"s3://said": ("Ada", "person"), "s3://new": ("data-office", "tag")}
    gone = {"s3://new": "", "s3://said": ""}
    assert glossary.owners_of_tags(office.catalog, gone, redact=redact, **who) == (1, 0)
    assert owners() == {"s3://said": ("Ada", "person")}, "a tag that is gone takes back what it said, and no more"


def test_owners_of_tags_are_taken_from_the_page_and_by_programs(
    office: Office, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = aws.client("s3")
    for name, tags in (("lake", {"owner": "data-office"}), ("shop", {"team": "x"}), ("said", {"owner": "Bo"})):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": key, "Value": tags[key]} for key in tags]})
    glossary.set_owner(office.catalog, "s3://said", "Ada", redact=office.serving.desk.redact, by="tess@desk")
    ada = office.sign_in("Ada")
    assert 'action="/owners/tags"' in ada.get("/owners").text
    told = ada.post("/owners/tags", {"regions": REGION})
    assert told.status_code == 200
    assert "owner changed" in told.text or "owners changed" in told.text
    with office.catalog.reading() as connection:
        found = {each.scope: (each.owner, each.source, each.changed_by) for each in stored.owners(connection)}
    assert found["s3://lake"] == ("data-office", "tag", "Ada")
    assert found["s3://said"] == ("Ada", "person", "tess@desk")
    bot = Program(office, name="Bot")
    again = bot.post("/owners/tags", {"regions": [REGION]})
    assert again.status_code == 200
    assert again.json()["changed"] == 0
    assert again.json()["resources"] >= 3
    s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "owner", "Value": "536-90-4399"}]})
    assert bot.post("/owners/tags", {"regions": [REGION]}).json()["refused"] == 1
    for wrong in (["../x"], ["http://169.254.169.254"], ["eu-central-1"] * 41):
        assert bot.post("/owners/tags", {"regions": wrong}).status_code == 422, wrong
    assert ada.post("/owners/tags", {"regions": "nowhere"}).status_code == 422
    for name, grant in (("Vic", Grant(role=Role.VIEWER)), ("Lake", LAKE)):
        visitor = office.sign_in(name, grant)
        assert visitor.post("/owners/tags", {"regions": REGION}).status_code == 403
        program = Program(office, grant, name=f"{name}'s")
        assert program.post("/owners/tags", {"regions": [REGION]}).status_code == 403
        assert "/owners/tags" not in visitor.get("/owners").text
    with glossary_pages._turn:
        assert bot.post("/owners/tags", {"regions": [REGION]}).status_code == 429
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    refused = bot.post("/owners/tags", {"regions": [REGION]})
    assert refused.status_code == 422
    assert "nothing was changed" in refused.json()["detail"]


def test_the_overview_maps_risk_and_coverage(office: Office) -> None:
    known(office, "s3://lake/1.csv", "s3://lake/2.csv")
    known(office, "file:///srv/a.csv", gap=True)
    told = office.sign_in("Ada").get("/").text
    assert 'href="/resources?search=s3%3A//lake&amp;level=restricted">2</a>' in told
    assert "100 %" in told
    rows = told.partition('class="plain places map"')[2].partition("</tbody>")[0].split("<tr>")
    (srv,) = [row for row in rows if "file:///srv" in row]
    assert '<td class="num lacks">1</td>' in srv, "of one something could not be read"
