"""The desk in this process: a catalog with questions, people who may decide them, and clients that are signed in."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from answering import as_described
from reviews_for_tests import NOW, item, question
from starlette.testclient import TestClient

from assay.app.config.settings import load_settings
from assay.app.identity import people as peopling
from assay.app.identity.passwords import Passwords
from assay.app.identity.signingin import Door
from assay.app.reviews import reviewing
from assay.app.reviews.desk import Desk
from assay.model.identity import Actor, Grant, Role, User
from assay.model.review import QueueItem, Subject
from assay.store import reviews
from assay.store.engine import Catalog, open_catalog
from assay.web.application import served
from assay.web.state import Serving

ORIGIN = "http://127.0.0.1:8470"
PASSWORD = "correct horse battery"
EVERYTHING = (Grant(role=Role.STEWARD),)


def quick() -> Passwords:
    """Passwords that cost nothing: there is nothing to be guessed."""
    return Passwords(time_cost=1, memory_cost=8, parallelism=1)


def asked(
    number: int, *, resource: str = "file:///srv/data/{}.csv", identifier: str = "SSN", **changes: Any
) -> QueueItem:
    """One of many open questions, each of findings in a file of its own."""
    subject = Subject(kind="finding", resource=resource.format(number), identifier=identifier)
    details = {"count": 2, "patterns": ["us/ssn#bare"], "examples": [_example(number)]}
    made = replace(question(), subject=subject, details=details, priority=round(1 - number / 1000, 4))
    return item(question=made, queued_at=NOW + timedelta(minutes=number), **changes)


def _example(number: int) -> dict[str, Any]:
    return {"redacted": f"5*******{number % 10}", "fingerprint": f"{number:064x}", "line": number, "confidence": 0.35}


@dataclass(kw_only=True)
class Visitor:
    """A browser at the desk, in as far as it sends cookies, says where a form comes from, and sends the form's token."""

    client: TestClient
    csrf: str = ""
    name: str = ""

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.client.get(path, headers=headers)

    def post(self, path: str, form: Any = None, **headers: str) -> httpx2.Response:
        given = dict(form or {})
        if self.csrf:
            given.setdefault("csrf", self.csrf)
        return self.client.post(path, data=given, headers={"origin": ORIGIN, **headers})


@dataclass(kw_only=True)
class Office:
    """A desk, and whoever comes to it."""

    serving: Serving
    log: io.StringIO = field(default_factory=io.StringIO)
    made: list[TestClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = served(self.serving, log=self.log)

    @property
    def catalog(self) -> Catalog:
        return self.serving.desk.catalog

    def ask(self, items: Sequence[QueueItem]) -> None:
        with self.catalog.transaction() as connection:
            reviews.add(connection, items)

    def item(self, item_id: str) -> QueueItem:
        with self.catalog.reading() as connection:
            return reviews.by_id(connection, [item_id])[item_id]

    def person(self, name: str, *grants: Grant) -> User:
        """Somebody with a password."""
        user = peopling.add(self.catalog, name, grants or EVERYTHING, by="test")
        door = self.serving.door
        return door.accept(door.invitation(user, by="test"), name="", password=PASSWORD)

    def visitor(self) -> Visitor:
        """Somebody who is not signed in."""
        client = TestClient(self.app, base_url=ORIGIN, raise_server_exceptions=False, follow_redirects=False)
        client.event_hooks = {"response": [as_described]}
        self.made.append(client)
        return Visitor(client=client)

    def sign_in(self, name: str, *grants: Grant) -> Visitor:
        """Somebody new, signed in."""
        self.person(name, *grants)
        visitor = self.visitor()
        done = visitor.post("/sign-in", {"name": name, "password": PASSWORD})
        assert done.status_code == 303, done.text
        visitor.csrf = visitor.get("/session", accept="application/json").json()["csrf"]
        visitor.name = name
        return visitor


class Program:
    """A client with a token."""

    def __init__(self, office: Office, *grants: Grant, name: str = "Bot") -> None:
        user = office.person(name, *grants)
        actor = Actor(user=user, grants=user.grants)
        given = {"name": "ci", "grants": user.grants, "days": 1, "prefix": "assay_"}
        _, secret = peopling.add_token(office.catalog, actor, **given)
        self.client = office.visitor().client
        self.client.headers["authorization"] = f"Bearer {secret}"

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}")

    def post(self, path: str, body: object, **headers: str) -> Any:
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)


@pytest.fixture(scope="session")
def _redact(compiled: Any) -> Callable[[str], str]:
    return reviewing.redactor(load_settings())


@pytest.fixture
def office(tmp_path: Any, _redact: Callable[[str], str]) -> Any:
    """An empty desk on a catalog in SQLite."""
    with open_catalog(str(tmp_path / "catalog.db"), create=True) as catalog:
        desk = Desk(catalog=catalog, settings=load_settings())
        desk.__dict__["redact"] = _redact
        yield Office(serving=Serving(desk=desk, door=Door(catalog=catalog, passwords=quick()), origin=ORIGIN))
