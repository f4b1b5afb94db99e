"""Every route with what belongs to somebody else, with a form that is not the page's, and with a session that has ended: none is left out,
since the routes themselves are walked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desks import ORIGIN, Office, Program, Visitor, asked
from integration.test_desk_plans import kept
from sqlalchemy import select
from unit import records_for_tests as made

from assay.app.identity import people as peopling
from assay.app.reviews import glossary
from assay.app.scan.recording import begin
from assay.app.serving import asking
from assay.app.serving.roots import roots_of
from assay.model.identity import Actor, Grant, Role
from assay.store import glossary as terms
from assay.store import notices
from assay.store.auditlog import Wanted, newest
from assay.store.schema.catalog import findings
from assay.store.units import resource_id
from assay.web.access import Access
from assay.web.application import decides, make, routes

LAKE = Grant(role=Role.STEWARD, scope="s3://lake/*")
OTHER = "s3://other-place"
_SAFE = frozenset({"GET", "HEAD"})
_FORM = {
    "verdict": "reject", "version": "1", "reason": "orders", "text": "hello", "assignee": "Stu", "digest": "0" * 64, "most": "10",
    "column": "card", "table": "", "name": "x", "role": "viewer", "scope": "*", "days": "1", "term": "x", "definition": "y", "remove": "yes",
}  # fmt: skip
"""What forms may hold; what one does not know it passes over."""
_BODIES: Mapping[str, Any] = {
    "decisions": {"verdict": "reject", "reason": "orders"},
    "confirm": {},
    "undo": {},
    "comments": {"text": "hello"},
    "assignment": {"assignee": "Stu"},
    "cancel": None,
}


def filled(office: Office, tmp_path: Path) -> dict[str, str]:
    """Things of another scope, of each kind that an address names; and where they are."""
    file = f"{OTHER}/staff.csv"
    recording = begin(office.catalog, [OTHER], ruleset="r", actor="tess@desk")
    recording.take(made.finding(resource=file))
    recording.table(file, None, (), [made.column(resource=file)], made.table(resource=file))
    recording.take(made.gap(resource=file))
    recording.take(made.classification(resource=file))
    recording.take(made.classification(resource="s3://lake/mine.csv"))
    recording.finish(made.summary())
    item = asked(1, resource=f"{OTHER}/{{}}.csv")
    office.ask([item])
    ada = office.person("Root", Grant(role=Role.ADMIN))
    actor = Actor(user=ada, grants=ada.grants)
    settings, roots = office.serving.desk.settings, roots_of(office.serving.desk.settings, tmp_path)
    scan = asking.ask(office.catalog, actor, asking.judged([str(tmp_path)], {}, roots=roots, settings=settings))
    plan_id, _ = kept(office)
    names = {each.name for each in office.serving.desk.identifiers}
    given = {"term": "Salary", "definition": "what is paid", "links": f"{OTHER}/*#salary"}
    term = glossary.put_term(office.catalog, given, identifiers=names, by="Root", redact=office.serving.desk.redact)
    glossary.set_owner(office.catalog, f"{OTHER}/*", "HR", by="Root", redact=office.serving.desk.redact)
    token, _ = peopling.add_token(office.catalog, actor, name="ci", grants=ada.grants, days=1, prefix="assay_")
    with office.catalog.transaction() as connection:
        notice = notices.add(connection, "webhook", {"title": f"{OTHER} is restricted"}, datetime.now(UTC))
        number = connection.execute(select(findings.c.id)).scalars().first()
    return {
        "item_id": item.id, "resource_id": resource_id(file), "scan_id": scan.id, "plan_id": plan_id, "incident_id": "x", "term_id": term,
        "token_id": getattr(token, "id", str(token)), "user_id": ada.id, "notice_id": notice, "number": str(number), "table": "SENSITIVITY_WEIGHTS",
        "form": "csv", "secret": "x", "digest": "x", "name": "x",
    }  # fmt: skip


def address(path: str, ids: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z_]+)(?::path)?\}", lambda found: ids[found.group(1)], path)


def state(office: Office, ids: Mapping[str, str]) -> Any:
    """What nobody of another scope may have changed."""
    with office.catalog.reading() as connection:
        log = [entry["action"] for entry in newest(connection, Wanted(), 10_000)]
        kept_terms = terms.terms(connection)
    quiet = {"ACCESS_DENIED", "LOGIN", "LOGOUT", "PASSWORD_SET", "USER_MADE", "USER_INVITED", "TOKEN_MADE"}
    return office.item(ids["item_id"]).version, kept_terms, [each for each in log if each not in quiet]


@pytest.mark.parametrize("way", ["session", "token"])
def test_nothing_of_another_scope_is_told_or_moved_by_any_route(office: Office, tmp_path: Path, way: str) -> None:
    ids = filled(office, tmp_path)
    stu: Visitor | None = office.sign_in("Stu", LAKE) if way == "session" else None
    client = stu.client if stu is not None else Program(office, LAKE, name="Stu").client
    before = state(office, ids)
    open_to_all = {"table", "form", "secret", "digest", "name"}
    named = walked = 0
    for route in routes(make(office.serving)):
        (access,) = decides(route)
        if access.role is None or (way == "token" and not access.by_token) or route.path == "/sign-out":
            continue
        parts = set(re.findall(r"\{([a-z_]+)", route.path)) - open_to_all
        for method in route.methods:
            headers = {"origin": ORIGIN, "accept": "application/json", "if-match": f'"{ids["item_id"]}.1"'}
            headers |= {"x-csrf-token": stu.csrf} if stu is not None else {}
            sent: dict[str, Any] = {} if method in _SAFE else {"data": _FORM}
            if route.path.startswith("/api/") and method not in _SAFE:
                sent = {"json": _BODIES.get(route.path.rsplit("/", 1)[-1], {})}
            if not parts and method not in _SAFE:
                continue  # what is made new is of nobody
            answer = client.request(method, address(route.path, ids), headers=headers, **sent)
            walked += 1
            assert OTHER not in answer.text, (method, route.path)
            assert answer.status_code < 500, (method, route.path)
            if parts:
                named += 1
                if route.path.endswith("glossary/{term_id}") and method == "GET":
                    assert answer.json()["links"] == []
                    continue
                # A token that is not theirs is told as one that is not there.
                refused = (422,) if route.path == "/account/tokens/{token_id}/revoke" else (403, 404)
                assert answer.status_code in refused, (method, route.path, answer.status_code)
    assert named > (25 if way == "session" else 15)
    assert walked > named + (15 if way == "session" else 8)
    assert state(office, ids) == before


def test_no_form_counts_without_the_token_of_its_session(office: Office, tmp_path: Path) -> None:
    ids = filled(office, tmp_path)
    ada, bob = office.sign_in("Ada", Grant(role=Role.ADMIN)), office.sign_in("Bob", Grant(role=Role.ADMIN))
    before, walked = state(office, ids), 0
    for route in routes(make(office.serving)):
        (access,) = decides(route)
        for method in route.methods - _SAFE:
            if access.role is None:
                continue
            walked += 1
            for headers in (
                {"origin": ORIGIN},
                {"origin": ORIGIN, "x-csrf-token": bob.csrf},
                {"origin": "https://evil.example", "x-csrf-token": ada.csrf},
                {"x-csrf-token": ada.csrf},
            ):
                given: dict[str, Any] = {"json": {}} if route.path.startswith("/api/") else {"data": _FORM}
                answer = ada.client.request(method, address(route.path, ids), headers=headers, **given)
                assert answer.status_code == 403, (method, route.path, headers)
    assert walked > 40
    assert state(office, ids) == before
    assert ada.get("/session", accept="application/json").status_code == 200


def test_a_session_that_has_ended_does_nothing_by_any_route(office: Office, tmp_path: Path) -> None:
    ids = filled(office, tmp_path)
    ada = office.sign_in("Ada", Grant(role=Role.ADMIN))
    cookie = str(ada.client.cookies.get("assay"))
    assert ada.post("/sign-out").status_code == 303
    ada.client.cookies.clear()
    ada.client.cookies.set("assay", cookie)
    before = state(office, ids)
    for route in routes(make(office.serving)):
        (access,) = decides(route)
        if access.role is None:
            continue
        for method in route.methods:
            headers = {"origin": ORIGIN, "x-csrf-token": ada.csrf, "accept": "application/json"}
            answer = ada.client.request(method, address(route.path, ids), headers=headers)
            assert answer.status_code == 401, (method, route.path)
            assert OTHER not in answer.text
    assert state(office, ids) == before


def test_no_route_takes_a_token_that_is_none(office: Office) -> None:
    client = office.visitor().client
    client.headers["authorization"] = "Bearer assay_none"
    for route in routes(make(office.serving)):
        (access,) = decides(route)
        assert isinstance(access, Access)
        if access.role is None:
            continue
        for method in route.methods:
            answer = client.request(
                method, re.sub(r"\{[^}]+\}", "x", route.path), headers={"accept": "application/json"}
            )
            assert answer.status_code == 401, (method, route.path)
