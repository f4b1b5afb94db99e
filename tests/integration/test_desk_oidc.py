"""Signing in by an identity provider that runs here: what it says counts, and nothing that could be somebody else's."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from desks import ORIGIN, Office, Visitor
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from assay.app.identity.oidc import Oidc, Provider, roles_of
from assay.errors import UsageError
from assay.model.identity import Grant, Role
from assay.store import people
from assay.store.auditlog import Wanted, newest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock

ROLES = ("stewards=steward@s3://lake/*", "admins=admin")
PEOPLE = {
    "s-ada": {"email": "ada@example.org", "groups": ["stewards", "others"]},
    "s-root": {"email": "root@example.org", "groups": "admins"},
    "s-no": {"email": "no@example.org", "groups": ["others"]},
    "s-odd": {"email": "odd@example.org", "groups": {"admins": 1}},
    "s-unsure": {"email": "unsure@example.org", "email_verified": False, "groups": ["admins"]},
    "s-nameless": {"groups": ["admins"]},
}


@dataclass
class Checking:
    """The provider, with the check of PKCE that it leaves out, and what a dishonest one would answer."""

    app: Any
    challenges: dict[str, str] = field(default_factory=dict)
    checked: int = 0
    spoil: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        if request.path == "/oauth2/token":
            data = request.get_data()
            environ["wsgi.input"] = io.BytesIO(data)
            form = dict(parse_qsl(data.decode()))
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if self.challenges.get(form.get("code", "")) != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
                return Response('{"error": "invalid_grant"}', 400, content_type="application/json")(environ, start)
            self.checked += 1
        answer = Response.from_app(self.app, environ)
        if request.path == "/oauth2/authorize" and "Location" in answer.headers:
            code = parse_qs(urlsplit(answer.headers["Location"]).query).get("code", [""])[0]
            assert request.args["code_challenge_method"] == "S256"
            self.challenges[code] = request.args["code_challenge"]
        if self.spoil is not None and answer.is_json:
            answer = Response(
                json.dumps(self.spoil(request.path, answer.get_json())),
                answer.status_code,
                content_type="application/json",
            )
        return answer(environ, start)


@pytest.fixture(scope="module")
def provider() -> Iterator[tuple[str, Checking]]:
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    checking = Checking(oidc_provider_mock.app(user_claims=users, require_nonce=True))
    server = make_server("localhost", 0, checking, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://localhost:{server.server_port}", checking
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def entrance(office: Office, provider: tuple[str, Checking]) -> Iterator[Checking]:
    """A desk that this provider signs in at."""
    issuer, checking = provider
    made = Provider(issuer=issuer, client_id="assay", secret="shh", roles=roles_of(ROLES))
    office.serving.__dict__["oidc"] = Oidc(provider=made, door=office.serving.door, back=f"{ORIGIN}/sign-in/oidc/back")
    checking.spoil = None
    yield checking
    checking.spoil = None


def there(visitor: Visitor, sub: str, target: str = "/review", **form: str) -> str:
    """Goes to the provider and says who one is; gives the way back."""
    sent = visitor.get(f"/sign-in/oidc?next={target}")
    assert sent.status_code == 303, sent.text
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    assert (asked["client_id"], asked["response_type"]) == (["assay"], ["code"])
    assert len(asked["nonce"][0]) > 30
    answer = httpx2.post(sent.headers["location"], data=form or {"sub": sub}, trust_env=False)
    assert answer.status_code in (302, 303), answer.text
    place = urlsplit(answer.headers["location"])
    return f"{place.path}?{place.query}"


def failures(office: Office) -> list[str]:
    with office.catalog.reading() as connection:
        return [entry["details"]["reason"] for entry in newest(connection, Wanted(action="LOGIN_FAILED"), 50)]


def grants(office: Office, name: str) -> tuple[Grant, ...]:
    with office.catalog.reading() as connection:
        found = people.named(connection, name)
    assert found is not None
    return found[0].grants


def test_signed_in_with_what_the_groups_may_and_out_again(office: Office, entrance: Checking) -> None:
    visitor = office.visitor()
    assert "Sign in with your organisation" in visitor.get("/sign-in").text
    before = entrance.checked
    done = visitor.get(there(visitor, "s-ada"))
    assert (done.status_code, done.headers["location"]) == (303, "/review")
    assert entrance.checked == before + 1, "the verifier was sent"
    session = visitor.get("/session", accept="application/json").json()
    assert session["name"] == "ada@example.org"
    assert grants(office, "ada@example.org") == (Grant(role=Role.STEWARD, scope="s3://lake/*"),)
    assert visitor.get("/people", accept="application/json").status_code == 403
    boss = office.sign_in("Boss", Grant(role=Role.ADMIN))
    assert boss.get("/people").text.count("<td>active, by the identity provider</td>") == 1
    visitor.csrf = session["csrf"]
    out = visitor.post("/sign-out")
    assert "Sign out there, too" in out.text
    assert "post_logout_redirect_uri" in out.text
    assert visitor.get("/session", accept="application/json").status_code == 401
    again = office.visitor()
    assert again.get(there(again, "s-ada")).status_code == 303
    with office.catalog.reading() as connection:
        assert people.count(connection) == 2, "the same person, and Boss"
        (made, *_) = newest(connection, Wanted(action="USER_MADE"), 5)
        logins = newest(connection, Wanted(action="LOGIN", actor="ada@example.org"), 5)
    assert made["details"]["by"].startswith("http://localhost:")
    assert len(logins) == 2


def test_changed_groups_count_at_once_and_a_disabled_person_stays_out(office: Office, entrance: Checking) -> None:
    first = office.visitor()
    first.get(there(first, "s-root"))
    assert grants(office, "root@example.org") == (Grant(role=Role.ADMIN),)
    oidc = office.serving.oidc
    assert oidc is not None
    oidc.provider = replace(oidc.provider, roles=roles_of(["admins=viewer"]))
    second = office.visitor()
    assert second.get(there(second, "s-root")).status_code == 303
    assert grants(office, "root@example.org") == (Grant(role=Role.VIEWER),)
    assert first.get("/session", accept="application/json").status_code == 401, "what it may changed"
    with office.catalog.transaction() as connection:
        found = people.named(connection, "root@example.org")
        assert found is not None
        people.change(connection, found[0], status="disabled")
    third = office.visitor()
    told = third.get(there(third, "s-root"))
    assert told.status_code == 403
    assert "may not sign in here any more" in told.text


@pytest.mark.parametrize(
    ("sub", "said"),
    [
        ("s-no", "none of your groups has a role"),
        ("s-odd", "none of your groups has a role"),
        ("s-unsure", "is not verified"),
        ("s-nameless", "does not say your email"),
    ],
)
def test_who_has_no_role_or_no_name_is_told_so(office: Office, entrance: Checking, sub: str, said: str) -> None:
    visitor = office.visitor()
    told = visitor.get(there(visitor, sub))
    assert told.status_code == 403
    assert said in told.text
    assert said in failures(office)[0]
    assert visitor.get("/session", accept="application/json").status_code == 401
    with office.catalog.reading() as connection:
        assert people.count(connection) == 0


def test_a_name_that_is_somebody_elses_is_not_taken_over(office: Office, entrance: Checking) -> None:
    office.person("Ada@Example.org", Grant(role=Role.ADMIN))
    visitor = office.visitor()
    told = visitor.get(there(visitor, "s-ada"))
    assert told.status_code == 403
    assert "somebody else has your name" in told.text.lower()
    assert grants(office, "ada@example.org") == (Grant(role=Role.ADMIN),)


def test_what_was_begun_elsewhere_or_was_changed_is_refused(office: Office, entrance: Checking) -> None:
    ada, eve = office.visitor(), office.visitor()
    path = there(ada, "s-ada")
    assert eve.get(path).status_code == 403, "a browser that began nothing"
    there(eve, "s-ada")
    assert eve.get(path).status_code == 403, "the state of another"
    query = dict(parse_qsl(urlsplit(path).query))
    for changed in ({**query, "state": "x"}, {"state": query["state"]}, {**query, "code": "x"}, {}):
        mallory = office.visitor()
        there(mallory, "s-ada")
        assert mallory.get(f"/sign-in/oidc/back?{urlencode(changed)}").status_code == 403, changed
    fresh = office.visitor()
    way = there(fresh, "s-ada")
    fresh.client.cookies.set("assay-oidc", "e30=.0000", domain="127.0.0.1", path="/sign-in/oidc")
    assert fresh.get(way).status_code == 403
    denied = office.visitor()
    # This provider leaves the state out then, and whoever cannot say it began nothing.
    assert denied.get(there(denied, "", action="deny")).status_code == 403
    state = dict(parse_qsl(urlsplit(there(denied, "s-ada")).query))["state"]
    told = denied.get(f"/sign-in/oidc/back?{urlencode({'error': 'access_denied', 'state': state})}")
    assert told.status_code == 403
    assert "did not sign you in" in told.text
    with office.catalog.reading() as connection:
        assert people.count(connection) == 0
        assert not newest(connection, Wanted(action="LOGIN"), 5)


def test_a_begun_sign_in_holds_for_ten_minutes_and_leads_to_no_other_site(office: Office, entrance: Checking) -> None:
    oidc = office.serving.oidc
    assert oidc is not None
    now = oidc.clock()
    visitor = office.visitor()
    way = there(visitor, "s-ada")
    oidc.clock = lambda: now + 700
    assert visitor.get(way).status_code == 403
    oidc.clock = lambda: now + 1
    other = office.visitor()
    done = other.get(there(other, "s-ada", target="//evil.example"))
    assert (done.status_code, done.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "spoil",
    [
        {"id_token": None},
        {"id_token": "a.b.c"},
        {"id_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzLXJvb3QifQ."},
        "nonce",
        "audience",
        "issuer",
        "keys",
        "late",
    ],
)
def test_tokens_that_do_not_hold_are_refused(office: Office, entrance: Checking, spoil: Any) -> None:
    oidc = office.serving.oidc
    assert oidc is not None
    visitor = office.visitor()
    way = there(visitor, "s-root")
    if isinstance(spoil, dict):
        entrance.spoil = lambda path, answer: answer | spoil if path == "/oauth2/token" else answer
    elif spoil == "keys":
        entrance.spoil = lambda path, answer: {"keys": []} if path == "/jwks" else answer
    elif spoil == "audience":
        oidc.provider = replace(oidc.provider, client_id="other")
    elif spoil == "issuer":
        known = oidc._metadata()
        oidc._known[f"{oidc.provider.issuer}/.well-known/openid-configuration"] = (
            oidc.clock(),
            {**known, "issuer": "https://evil.example"},
        )
        oidc.provider = replace(oidc.provider, issuer=oidc.provider.issuer)
    elif spoil == "late":
        begun = oidc.clock()
        calls: list[int] = []

        def clock() -> float:
            calls.append(1)
            return begun + (1 if len(calls) == 1 else 1_000_000)

        oidc.clock = clock
    else:
        text, _, _ = str(visitor.client.cookies.get("assay-oidc")).partition(".")
        state, _, verifier, target, at = json.loads(base64.urlsafe_b64decode(text))
        told = base64.urlsafe_b64encode(json.dumps([state, "another", verifier, target, at]).encode()).decode()
        cookie = f"{told}.{oidc._sealed(told)}"
        visitor.client.cookies.clear()
        visitor.client.cookies.set("assay-oidc", cookie)
    told_page = visitor.get(way)
    assert told_page.status_code == 403, spoil
    with office.catalog.reading() as connection:
        assert people.count(connection) == 0


def test_a_provider_that_is_not_there_is_told(office: Office, entrance: Checking) -> None:
    made = Provider(issuer="http://localhost:9", client_id="assay", roles=roles_of(ROLES))
    office.serving.__dict__["oidc"] = Oidc(provider=made, door=office.serving.door, back=f"{ORIGIN}/sign-in/oidc/back")
    told = office.visitor().get("/sign-in/oidc")
    assert told.status_code == 403
    assert "cannot be reached" in told.text
    office.serving.__dict__["oidc"] = None
    assert office.visitor().get("/sign-in/oidc").status_code == 404
    assert "organisation" not in office.visitor().get("/sign-in").text


@pytest.mark.parametrize("text", ["team", "team=chief", "=admin", "team=admin@s3://lake/*"])
def test_mappings_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        roles_of([text])
