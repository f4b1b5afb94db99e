"""The desk against those who should not be let in, or not so far: every route, forms of other sites, scopes, names as code."""

from __future__ import annotations

import html
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from desks import EVERYTHING, ORIGIN, PASSWORD, Office, Program, Visitor, asked
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, literal, select
from starlette.testclient import TestClient

from assay.app.identity import people as peopling
from assay.errors import CatalogError, UsageError
from assay.model import Level
from assay.model.identity import Actor, Grant, Role
from assay.model.review import State
from assay.review.scopes import matches, within
from assay.store import people
from assay.store.auditlog import Wanted, newest
from assay.store.engine import Catalog, open_catalog
from assay.store.keys import Seal
from assay.web.access import Access
from assay.web.application import decides, make, routes, served
from assay.web.queries.scopes import lies_in
from assay.web.state import own_page

PUBLIC = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/static/{digest}/{name:path}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/oidc"),
    ("GET", "/sign-in/oidc/back"),
    ("GET", "/welcome/{secret}"),
    ("POST", "/welcome/{secret}"),
}
"""All that somebody who is not signed in may ask for."""

LAKE = Grant(role=Role.STEWARD, scope="s3://lake/*")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def denials(office: Office) -> list[str]:
    with office.catalog.reading() as connection:
        return [entry["details"]["what"] for entry in newest(connection, Wanted(action="ACCESS_DENIED"), 500)]


def reject(version: int = 1, **more: str) -> dict[str, str]:
    return {"verdict": "reject", "version": str(version), "reason": "order numbers", **more}


def address(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "x", path)


def test_every_route_decides_who_may_call_it(office: Office) -> None:
    app = make(office.serving)
    told = {(method, route.path): decides(route) for route in routes(app) for method in route.methods}
    assert len(told) > 20
    assert all(len(each) == 1 for each in told.values())
    assert {name for name, (access,) in told.items() if access.role is None} == PUBLIC
    stranger = office.visitor()
    for method, path in sorted(told.keys() - PUBLIC):
        answer = stranger.client.request(
            method, address(path), headers={"origin": ORIGIN, "accept": "application/json"}
        )
        assert answer.status_code == 401, path
        assert answer.json()["detail"].startswith("you are not signed in")


def test_a_route_without_a_decision_does_not_start(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.web.pages import health

    monkeypatch.setattr(health.router, "routes", [*health.router.routes])
    health.router.add_api_route("/leak", lambda: "everything")
    with pytest.raises(RuntimeError, match="/leak"):
        make(office.serving)


def test_a_viewer_is_no_steward_and_a_steward_no_administrator(office: Office) -> None:
    app = make(office.serving)
    by_role = {Role.VIEWER: office.sign_in("Vic", Grant(role=Role.VIEWER)), Role.STEWARD: office.sign_in("Stu", LAKE)}
    checked = 0
    for route in routes(app):
        (access,) = decides(route)
        for role, visitor in by_role.items():
            if access.role is None or access.role.rank <= role.rank:
                continue
            for method in route.methods:
                checked += 1
                path = address(route.path)
                headers = {"origin": ORIGIN, "x-csrf-token": visitor.csrf}
                answer = visitor.client.request(method, path, headers=headers)
                assert answer.status_code == 403, (role, route.path)
    assert checked >= 10
    assert denials(office)


def test_who_has_a_role_for_a_part_is_told_that_it_takes_everything(office: Office) -> None:
    part = office.sign_in("Part", LAKE)
    told = part.get("/plans", accept="application/json").json()["detail"]
    assert told == "this needs the role viewer for everything (*), which you do not have"
    assert (
        part.get("/people", accept="application/json").json()["detail"]
        == "this needs the role admin, which you do not have"
    )


def test_what_lies_in_another_scope_is_not_there(office: Office) -> None:
    mine, theirs = asked(1, resource="s3://lake/hr/{}.csv"), asked(2, resource="s3://lake-2/hr/{}.csv")
    office.ask([mine, theirs])
    stu = office.sign_in("Stu", LAKE)
    page = stu.get("/review?show=all").text
    assert mine.id in page
    assert theirs.id not in page
    assert "lake-2" not in page
    assert 'Waiting <span class="count" id="count-waiting">1</span>' in page
    assert stu.get("/review?show=all&resource=s3://lake-2/hr/2.csv").text.count("row-r") == 0
    assert stu.get(f"/review/{mine.id}").status_code == 200
    nowhere = stu.get("/review/r00000000000", accept="application/json").json()
    hidden = stu.get(f"/review/{theirs.id}", accept="application/json").json()
    assert (hidden["status"], hidden["detail"]) == (404, nowhere["detail"]), "it does not tell that it is there"
    for verb, form in (
        ("decide", reject()),
        ("undo", {"version": "1"}),
        ("confirm", {"version": "1"}),
        ("comment", {"text": "hello"}),
        ("assign", {"assignee": "Stu"}),
    ):
        assert stu.post(f"/review/{theirs.id}/{verb}", form).status_code == 404, verb
    both = {"item": [f"{theirs.id}:1", f"{mine.id}:1", f"{mine.id}:" + "9" * 5_000], "verdict": "reject", "reason": "x"}
    told = stu.post("/review/decide", both, **{"hx-request": "true"})
    assert f"{theirs.id}</a> is no longer in the queue" in told.text
    assert "lake-2" not in told.text
    assert (office.item(mine.id).state, office.item(theirs.id).version) == (State.REJECTED, 1)
    assert len(denials(office)) >= 7


def test_a_viewer_of_one_scope_and_steward_of_another_decides_only_there(office: Office) -> None:
    seen, own = asked(1, resource="s3://lake/{}.csv"), asked(2, resource="s3://desk/{}.csv")
    office.ask([seen, own])
    stu = office.sign_in("Stu", Grant(role=Role.VIEWER, scope="s3://lake"), Grant(role=Role.STEWARD, scope="s3://desk"))
    assert stu.get(f"/review/{seen.id}").status_code == 200
    assert stu.post(f"/review/{seen.id}/decide", reject()).status_code == 403
    assert stu.post(f"/review/{own.id}/decide", reject()).status_code == 303


def test_a_steward_of_a_part_decides_nothing_beyond_it(office: Office) -> None:
    first, second, own = (asked(number, resource="s3://lake/{}.csv") for number in (1, 2, 3))
    office.ask([first, second, own])
    part, whole = Program(office, LAKE, name="Part"), Program(office, Grant(role=Role.STEWARD), name="Whole")

    def decided(by: Program, item: str, **said: str) -> int:
        body = {"verdict": "suppress", "reason": "orders", **said}
        return int(by.post(f"/reviews/{item}/decisions", body, **{"if-match": tag(item)}).status_code)

    def tag(item: str) -> str:
        return f'"{item}.{office.item(item).version}"'

    wide = {"scope": "identifier", "path": "*"}
    for said in (
        wide,
        {"scope": "identifier", "path": "s3://*"},
        {"scope": "identifier", "path": "s3://l?ke/*"},
        {"scope": "identifier", "path": "file:///srv"},
        {"scope": "pattern", "pattern": "us/ssn#bare", "path": "s3://other/*"},
        {"scope": "value", "fingerprint": f"{1:064x}"},
    ):
        assert decided(part, first.id, **said) == 403, said
    assert office.item(first.id).version == 1
    stu = office.sign_in("Stu", LAKE)
    form = reject(scope="value", fingerprint=f"{1:064x}")
    assert stu.post(f"/review/{first.id}/decide", form).status_code == 403
    assert decided(part, first.id, scope="identifier", path="s3://lake/hr/*") == 200
    assert decided(part, own.id) == 200
    # What somebody else decided for more than theirs they neither end nor, as the second, bring into effect.
    assert decided(whole, second.id, **wide) == 200
    assert part.post(f"/reviews/{second.id}/undo", {}, **{"if-match": tag(second.id)}).status_code == 403
    assert stu.post(f"/review/{second.id}/undo", {"version": "2", "reason": "x"}).status_code == 403
    assert whole.post(f"/reviews/{second.id}/undo", {}, **{"if-match": tag(second.id)}).status_code == 200
    office.serving.desk.settings = replace(office.serving.desk.settings, second_approval=Level.INTERNAL)
    assert decided(whole, second.id, **wide) == 200
    assert office.item(second.id).state is State.AWAITING_SECOND
    assert part.post(f"/reviews/{second.id}/confirm", {}, **{"if-match": tag(second.id)}).status_code == 403
    assert stu.post(f"/review/{second.id}/confirm", {"version": "4", "reason": "x"}).status_code == 403
    both = {"item": [f"{second.id}:{office.item(second.id).version}"], "verdict": "suppress", "reason": "x"}
    assert "beyond what you are a steward of" in stu.post("/review/decide", both).text
    assert office.item(second.id).state is State.AWAITING_SECOND
    assert len(denials(office)) >= 10


def test_two_administrators_cannot_take_each_others_rights_at_once(office: Office) -> None:
    both = [office.person(name, Grant(role=Role.ADMIN)) for name in ("Ann", "Ben")]
    # Who they were when their requests came in.
    actors = [Actor(user=each, grants=each.grants) for each in both]
    given = {"grants": [Grant(role=Role.VIEWER)], "is_active": True}
    peopling.change(office.catalog, both[1].id, version=both[1].version, by=actors[0], **given)
    with pytest.raises(UsageError, match="no administrator any more"):
        peopling.change(office.catalog, both[0].id, version=both[0].version, by=actors[1], **given)
    with office.catalog.reading() as connection:
        assert [each.name for each in people.everybody(connection) if each.grants[0].role is Role.ADMIN] == ["Ann"]


def test_forms_of_other_sites_are_refused(office: Office) -> None:
    office.ask([asked(1)])
    ada = office.sign_in("Ada")
    path = f"/review/{asked(1).id}/decide"
    good = reject() | {"csrf": ada.csrf}
    bob = office.sign_in("Bob")
    for form, headers in (
        (reject(), {"origin": ORIGIN}),
        (good | {"csrf": "x"}, {"origin": ORIGIN}),
        (good | {"csrf": bob.csrf}, {"origin": ORIGIN}),
        (good, {}),
        (good, {"origin": "https://evil.example"}),
        (good, {"origin": "null"}),
        (good, {"origin": ORIGIN + ".evil.example"}),
        (good, {"sec-fetch-site": "cross-site"}),
    ):
        assert ada.client.post(path, data=form, headers=headers).status_code == 403, headers
    assert office.item(asked(1).id).state is State.OPEN
    assert ada.client.post(path, data=good, headers={"sec-fetch-site": "same-origin"}).status_code == 303
    # A sign-in that another site sends would have somebody work in a session that is not theirs.
    stranger = office.visitor()
    form = {"name": "Ada", "password": PASSWORD}
    assert stranger.client.post("/sign-in", data=form, headers={"origin": "https://evil.example"}).status_code == 403


def test_a_session_that_was_foisted_on_somebody_is_not_gone_on_with(office: Office) -> None:
    user = office.person("Ada")
    visitor = office.visitor()
    visitor.client.cookies.set("assay", f"{user.id}.chosen-by-somebody-else")
    done = visitor.post("/sign-in", {"name": "Ada", "password": PASSWORD})
    cookie = done.headers["set-cookie"]
    assert "chosen-by-somebody-else" not in cookie
    for part in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    other = office.visitor()
    other.client.cookies.set("assay", f"{user.id}.chosen-by-somebody-else")
    assert other.get("/session", accept="application/json").status_code == 401
    kept = str(visitor.client.cookies.get("assay", domain="127.0.0.1"))
    visitor.client.cookies.clear()
    visitor.client.cookies.set("assay", kept)
    visitor.csrf = visitor.get("/session", accept="application/json").json()["csrf"]
    assert visitor.post("/sign-out").status_code == 303
    visitor.client.cookies.set("assay", kept)
    assert visitor.get("/session", accept="application/json").status_code == 401


def test_over_tls_the_cookie_is_bound_to_this_host(office: Office) -> None:
    office.person("Ada")
    serving = replace(office.serving, origin="https://desk.example.org")
    client = TestClient(served(serving), base_url="https://desk.example.org", follow_redirects=False)
    form = {"name": "Ada", "password": PASSWORD}
    done = client.post("/sign-in", data=form, headers={"origin": "https://desk.example.org"})
    assert done.headers["set-cookie"].startswith("__Host-assay=")
    assert "Secure" in done.headers["set-cookie"]
    assert "max-age" in done.headers["strict-transport-security"]
    assert client.get("/sign-in", headers={"host": "127.0.0.1:8470"}).status_code == 421


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "", "127.0.0.1:8470.evil.example"])
def test_under_another_name_nothing_is_served(office: Office, host: str) -> None:
    assert office.visitor().get("/sign-in", host=host).status_code == 421


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_whether_it_answers_is_told_to_whoever_asks_by_its_address(office: Office, path: str) -> None:
    """Kubernetes and load balancers ask by the address of a process."""
    serving = replace(office.serving, origin="https://desk.example.org")
    client = TestClient(served(serving), base_url="https://desk.example.org", follow_redirects=False)
    done = client.get(path, headers={"host": "10.1.2.3:8470"})
    assert (done.status_code, done.text) == (200, "ok\n")
    assert client.get(f"{path}/more", headers={"host": "10.1.2.3:8470"}).status_code == 421


def test_names_are_text_wherever_they_are_shown(office: Office) -> None:
    odd = asked(1, resource="file:///srv/{}/" + HOSTILE, identifier=HOSTILE)
    office.ask([odd])
    ada = office.sign_in("Ada", Grant(role=Role.ADMIN))
    office.person(HOSTILE[:90])
    ada.post(f"/review/{odd.id}/comment", {"text": HOSTILE})
    ada.post(f"/review/{odd.id}/assign", {"assignee": HOSTILE[:90]})
    ada.post("/account/tokens", {"name": HOSTILE[:90], "role": "viewer", "scope": HOSTILE, "days": "1"})
    pages = ["/review", f"/review/{odd.id}", f"/review?search={HOSTILE}", "/people", "/account", f"/review/{HOSTILE}"]
    for path in pages:
        text = ada.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        # No style or script stands in a page: the policy would refuse it.
        assert not re.search(
            r"\son\w+=|\sstyle=|javascript:|<style|<script(?! src=)", text.replace("onerror=alert", "")
        ), path
    assert "&lt;script&gt;" in ada.get("/review").text


def test_every_answer_has_the_headers_of_a_careful_site(office: Office) -> None:
    ada = office.sign_in("Ada")
    for answer in (ada.get("/review"), ada.get("/nowhere"), ada.get("/health"), ada.post("/review/x/decide")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_fields_that_nobody_asked_for_change_nothing(office: Office) -> None:
    office.ask([asked(1)])
    vic = office.sign_in("Vic", Grant(role=Role.VIEWER))
    more = {"grants": "admin", "role": "admin", "scope": "*", "user_id": "x", "name": "Root"}
    vic.post("/account/password", {"old": PASSWORD, "new": PASSWORD + " two", "again": PASSWORD + " two", **more})
    with office.catalog.reading() as connection:
        (user,) = people.everybody(connection)
    assert (user.name, user.grants) == ("Vic", (Grant(role=Role.VIEWER),))
    ada = office.sign_in("Ada")
    name = asked(1).id
    ada.post(f"/review/{name}/decide", reject(by="Mallory", state="approved", confidence="1", level="public", path="*"))
    proposal = office.item(name).proposal
    assert proposal is not None
    assert (proposal.by, proposal.level, proposal.confidence, proposal.path) == ("Ada", None, None, None)


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%0d%0aSet-Cookie:x=1?",
        "javascript:alert(1)",
        "/a\r\nb",
        "//evil.example/?a=b",
        "/?a=b\r\nSet-Cookie: x=1",
        "/\t/evil.example?a",
        "https:evil.example?a=b",
        "?a=b",
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(office: Office, target: str) -> None:
    office.person("Ada")
    visitor = office.visitor()
    done = visitor.post("/sign-in", {"name": "Ada", "password": PASSWORD, "next": target})
    assert done.status_code == 303
    location = done.headers["location"]
    assert location == "/" or (location == own_page(target) and location.startswith("/%"))
    assert "x" not in done.cookies
    assert len(done.headers.get_list("set-cookie")) == 1


@pytest.mark.parametrize(
    ("asked", "back"),
    [
        ("/resources?search=a%20b%26c&sort=name", "/resources?search=a%20b%26c&sort=name"),
        ("/review?show=decided&after=0.5~r1", "/review?show=decided&after=0.5~r1"),
        # What is no text of an address, or longer than an identity provider's cookie holds, is left out.
        ("/resources?search=<b>", "/resources?search=%3Cb%3E"),
        ("/resources?search=" + "a" * 2_000, "/resources"),
        ("/resources/a%20b?sort=name", "/resources/a%20b?sort=name"),
        ("/?from=https://evil.example", "/?from=https://evil.example"),
    ],
)
def test_after_signing_in_somebody_is_where_they_were(office: Office, asked: str, back: str) -> None:
    office.person("Ada")
    visitor = office.visitor()
    sent = visitor.get(asked)
    assert sent.status_code == 303
    form = visitor.get(sent.headers["location"]).text
    given = re.search(r'name="next" value="([^"]*)"', form)
    assert given is not None
    target = html.unescape(given.group(1))
    done = visitor.post("/sign-in", {"name": "Ada", "password": PASSWORD, "next": target})
    assert done.headers["location"] == back


def test_who_changes_light_for_dark_stays_at_the_page(office: Office) -> None:
    ada = office.sign_in("Ada")
    given = re.search(r'name="back" value="([^"]*)"', ada.get("/resources?search=b%26c&sort=name").text)
    assert given is not None
    done = ada.post("/theme", {"theme": "dark", "back": html.unescape(given.group(1))})
    assert done.headers["location"] == "/resources?search=b%26c&sort=name"


def test_who_sends_a_form_without_a_session_comes_back_to_its_page(office: Office) -> None:
    visitor = office.visitor()
    for came, back in (
        (f"{ORIGIN}/people?show=all", "/people?show=all"),
        ("https://evil.example/people", "/"),
        (f"{ORIGIN}//evil.example", "/"),
        (f"{ORIGIN}@evil.example/people", "/"),
        ("", "/"),
    ):
        sent = visitor.post("/people", {"name": "x"}, referer=came)
        assert sent.status_code == 303
        assert sent.headers["location"] == f"/sign-in?next={quote(back, safe='')}"


def test_only_the_files_of_the_package_are_served(office: Office) -> None:
    visitor = office.visitor()
    page = visitor.get("/sign-in").text
    css = re.search(r'href="(/static/[0-9a-f]+/desk\.css)"', page)
    assert css is not None
    assert visitor.get(css.group(1)).headers["content-type"].startswith("text/css")
    assert visitor.get(css.group(1)).text == visitor.get(css.group(1), **{"accept-encoding": "identity"}).text
    folder = css.group(1).rpartition("/")[0]
    for name in (
        "../access.py",
        "..%2faccess.py",
        "%2e%2e/%2e%2e/errors.py",
        "/etc/passwd",
        "vendor",
        "",
        "desk.css%00.js",
    ):
        assert visitor.get(f"{folder}/{name}").status_code in (400, 404, 405), name
        assert "import" not in visitor.get(f"{folder}/{name}").text


def test_addresses_and_texts_that_no_database_holds(office: Office) -> None:
    office.ask([asked(1)])
    ada = office.sign_in("Ada")
    for path in ("/review/r%00", "/resources/%01", "/review?search=%00", "/review?after=1~%00", "/audit?actor=%00"):
        assert ada.get(path).status_code == 400, path
    for path in ("/review?search=%ff%fe", "/review?after=%ed%b3%bf~", "/resources?after=~%f0&sort=name", "/review/%ff"):
        assert ada.get(path).status_code in (200, 404), path
    done = ada.post(f"/review/{asked(1).id}/comment", {"text": "a\x00b"})
    assert done.status_code == 303


def test_what_is_too_large_or_no_form_is_refused(office: Office) -> None:
    ada = office.sign_in("Ada")
    huge = {"text": "x" * 2_000_000}
    assert ada.post("/review/x/comment", huge).status_code == 413

    def endless() -> object:
        for _ in range(40):
            yield b"a=" + b"x" * 65_536 + b"&"

    kind = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
    told = ada.client.post("/sign-in", content=endless(), headers=kind)  # type: ignore[arg-type]
    assert told.status_code == 413
    many = "&".join(f"f{number}=1" for number in range(5_000))
    assert ada.client.post("/sign-in", content=many, headers=kind).status_code in (400, 403)
    assert ada.client.post("/sign-in", content=b"\xff\xfe%zz=%&&&", headers=kind).status_code == 403
    assert ada.client.post("/sign-in", json={"name": "Ada"}, headers={"origin": ORIGIN}).status_code == 403
    bot, path = Program(office, name="Bot").client, "/api/v1/classify/text"
    told = bot.post(path, content=endless(), headers={"content-type": "application/json"})  # type: ignore[arg-type]
    assert (told.status_code, told.json()["detail"]) == (413, "a request to this address has at most 1,048,576 bytes")
    for body in (b"[" * 100_000, b'{"text":' + b"9" * 5_000 + b"}"):
        told = bot.post(path, content=body, headers={"content-type": "application/json"})
        assert told.status_code == 400
        assert "nested or long beyond measure" in told.json()["detail"]


def test_a_log_that_cannot_be_written_fails_no_request(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    def lost(_: object) -> object:
        raise CatalogError("the disk is full")

    ada, closed = office.sign_in("Ada"), io.StringIO()
    closed.close()
    monkeypatch.setattr(Catalog, "reading", lost)
    for stream in (Full(), closed):
        monkeypatch.setattr(sys, "stderr", stream)
        told = ada.get("/review")
        assert told.status_code == 503
        assert "nothing was changed" in told.text


def test_a_length_that_is_none_is_refused(office: Office) -> None:
    for length in ("9" * 5_000, "-1", "1e3", "x", "99999999999999"):
        told = office.visitor().client.post("/sign-in", content=b"", headers={"content-length": length})
        assert told.status_code == 413, length[:20]


def test_tries_at_the_door_are_limited_by_address(office: Office) -> None:
    visitor = office.visitor()
    office.serving.limits.door.clock = lambda: 1_000.0
    codes = [visitor.post("/sign-in", {"name": f"n{number}", "password": "x"}).status_code for number in range(25)]
    assert codes[:20] == [403] * 20
    assert set(codes[20:]) == {429}
    late = visitor.post("/sign-in", {"name": "n", "password": "x"})
    assert int(late.headers["retry-after"]) > 0
    assert "n3" not in late.text


def test_the_log_and_the_pages_tell_no_secrets(office: Office) -> None:
    link = office.serving.door.first_link()
    visitor = office.visitor()
    visitor.get(f"/welcome/{link}")
    form = {"name": "hunter2-as-a-name", "password": "hunter2-as-a-password"}
    told = visitor.post("/sign-in", form)
    assert "hunter2" not in told.text
    ada = office.sign_in("Ada", Grant(role=Role.ADMIN))
    made = ada.post("/account/tokens", {"name": "ci", "role": "viewer", "scope": "*", "days": "1"})
    token = re.search(r"assay_[\w-]{40,}", made.text)
    assert token is not None
    assert token.group() not in ada.get("/account").text
    log = office.log.getvalue()
    for secret in (str(link), "hunter2", PASSWORD, ada.client.cookies["assay"], ada.csrf, token.group(), "Ada"):
        assert secret not in log
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"/welcome/{secret}", "/sign-in"} <= {line["route"] for line in lines}


def test_what_should_not_happen_shows_nothing_of_the_inside(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.web.queries import queue

    def broken(*_: object, **__: object) -> None:
        raise ValueError("value 536-90-4399 in /srv/secret/path")

    ada = office.sign_in("Ada")
    monkeypatch.setattr(queue, "page", broken)
    answer = ada.get("/review")
    assert answer.status_code == 500
    assert "536-90-4399" not in answer.text + office.log.getvalue()
    assert "/srv/secret" not in answer.text + office.log.getvalue()
    assert "Traceback" not in answer.text
    told = [json.loads(line) for line in office.log.getvalue().splitlines()]
    assert answer.headers["x-request-id"] in answer.text
    assert any(line["message"] == "request" and line["status"] == 500 for line in told)


def test_invitations_are_for_administrators_and_work_once(office: Office) -> None:
    root = office.sign_in("Root", Grant(role=Role.ADMIN))
    page = root.post("/people", {"name": "Bob", "role": "steward", "scope": "s3://lake/*"})
    link = re.search(re.escape(ORIGIN) + r"(/welcome/[\w-]+)", page.text)
    assert link is not None
    assert link.group(1) not in root.get("/people").text
    bob = office.visitor()
    assert "Welcome, Bob" in bob.get(link.group(1)).text
    form = {"password": PASSWORD, "again": PASSWORD + "x"}
    assert bob.post(link.group(1), form).status_code == 422
    assert bob.post(link.group(1), {"password": PASSWORD, "again": PASSWORD, "name": "Root"}).status_code == 303
    assert bob.get("/review").status_code == 200
    assert office.visitor().get(link.group(1)).status_code == 403
    with office.catalog.reading() as connection:
        bobs = people.named(connection, "bob")
    assert bobs is not None
    assert bobs[0].grants == (LAKE,)
    change = {"version": str(bobs[0].version), "role": "viewer", "scope": "*", "active": "yes"}
    assert root.post(f"/people/{bobs[0].id}", change).status_code == 303
    assert bob.get("/review").status_code == 303, "a change of rights ends the session"
    assert root.post(f"/people/{bobs[0].id}", change).status_code == 422, "it was of another version"


def test_a_token_is_of_the_api_only_and_a_bearer_needs_no_form_token(office: Office) -> None:
    user = office.person("Ada")
    actor = Actor(user=user, grants=EVERYTHING)
    _, secret = peopling.add_token(office.catalog, actor, name="ci", grants=EVERYTHING, days=1, prefix="assay_")
    stranger: Visitor = office.visitor()
    told = stranger.get("/review", authorization=f"Bearer {secret}", accept="application/json")
    assert told.status_code == 401, "pages are for people"
    assert Access(Role.VIEWER).by_token is False


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def catalog_at_hand(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """One of each kind, in which nothing is changed."""
    url = str(tmp_path_factory.mktemp("scopes") / "catalog.db")
    if request.param == "postgresql":
        # No catalog of assay is needed: it is asked what a text matches.
        engine = create_engine(request.getfixturevalue("postgresql").replace("postgresql://", "postgresql+psycopg://"))
        yield Catalog(engine=engine, shown="", id="", seal=Seal("none"))
        engine.dispose()
        return
    with open_catalog(url, create=True) as made:
        yield made


SCOPES = st.text(alphabet="ab/*?[]!^.\\-$(+", min_size=1, max_size=8)


@settings(max_examples=40)
@given(st.lists(st.tuples(SCOPES, st.text(alphabet="ab/.\\^-[]$(+", max_size=8)), min_size=1, max_size=30))
def test_a_scope_means_the_same_to_the_database(catalog_at_hand: Catalog, pairs: list[tuple[str, str]]) -> None:
    with catalog_at_hand.reading() as connection:
        asked_of = [lies_in(connection, literal(uri), [scope]).label(f"c{n}") for n, (scope, uri) in enumerate(pairs)]
        found = connection.execute(select(*asked_of)).one()
    for (scope, uri), there in zip(pairs, found, strict=True):
        assert bool(there) == (scope == "*" or matches(scope, uri)), (scope, uri)


@given(SCOPES, SCOPES, st.text(alphabet="ab/.", max_size=8))
def test_a_scope_within_another_gives_nothing_more(inner: str, outer: str, uri: str) -> None:
    if within(inner, outer) and matches(inner, uri):
        assert outer == "*" or matches(outer, uri)
