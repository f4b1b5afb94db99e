"""Scans of the desk: asked for on the page and by programs, worked on by processes that may die, followed, ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desks import ORIGIN, Office
from sqlalchemy import update

from assay.app.identity import people as peopling
from assay.app.serving.roots import Root, roots_of
from assay.app.serving.working import ENDED, Worker
from assay.errors import CatalogError
from assay.model.identity import Actor, Grant, Role
from assay.store import scans
from assay.store.engine import Catalog, open_catalog
from assay.store.scans import Scan
from assay.store.schema.scans import desk_scans


def delivered(records: Iterator[Any], write: Callable[[Any], None]) -> bool:
    """As the command line does, where no signal comes."""
    for record in records:
        write(record)
    return False


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "srv"
    (folder / "hr").mkdir(parents=True)
    (folder / "hr" / "staff.csv").write_text("name,ssn\nBo Ek,536-90-4399\nAl Fo,536-90-4388\n")
    (folder / "notes.txt").write_text("nothing of note\n")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04" + b"x" * 100)
    return folder


@pytest.fixture
def scanning(office: Office, data: Path) -> Office:
    """The desk, from which `data` may be scanned."""
    # It is frozen: the roots are known only now.
    object.__setattr__(office.serving, "roots", roots_of(office.serving.desk.settings, data))
    return office


def worker(office: Office, **changes: Any) -> Worker:
    desk = office.serving.desk
    given: dict[str, Any] = {
        "catalog": desk.catalog,
        "catalog_url": str(desk.catalog.path),
        "settings": desk.settings,
        "roots": office.serving.roots,
        "deliver": delivered,
    }
    return Worker(**(given | changes))


class Bot:
    """A program with a token."""

    def __init__(self, office: Office, *grants: Grant, name: str = "Bot") -> None:
        user = office.person(name, *grants)
        given: dict[str, Any] = {"name": "ci", "grants": user.grants, "days": 1, "prefix": "assay_"}
        _, secret = peopling.add_token(office.catalog, Actor(user=user, grants=user.grants), **given)
        self.client = office.visitor().client
        self.client.headers["authorization"] = f"Bearer {secret}"

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=headers)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1{path}", json=body, headers=named)


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for part in text.split("\n\n"):
        told = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line)
        if "event" in told:
            found.append((told["event"], json.loads(told["data"])))
    return found


def test_from_the_page_to_what_was_found(scanning: Office, data: Path) -> None:
    ada = scanning.sign_in("Ada")
    page = ada.get("/scans").text
    assert str(data) in page
    started = ada.post("/scans", {"root": str(data), "below": "", "exclude": "notes.*", "category": "PII"})
    assert started.status_code == 303, started.text
    place = started.headers["location"]
    assert "waits for a worker" in ada.get(place).text
    assert worker(scanning).run(until_empty=True) == 1
    page = ada.get(place).text
    assert "scan-done" in page
    assert "broken.zip" in page
    assert "536-90-4399" not in page
    assert "536-90-4399" not in scanning.log.getvalue()
    assert "1 gap" in page
    assert "notes.txt" not in page
    assert "scan-done" in ada.get("/scans").text
    part = ada.get(place, **{"hx-request": "true", "hx-target": "scan"}).text
    assert "<html" not in part
    assert "scan-done" in part
    assert "staff.csv" in ada.get("/resources").text


def test_what_the_page_is_told_wrong(scanning: Office, data: Path) -> None:
    ada = scanning.sign_in("Ada")
    for form, message in (
        ({"root": "/etc", "below": ""}, "Choose what is to be scanned"),
        ({"root": str(data), "below": "../../etc"}, "may not be scanned"),
        ({"root": str(data), "below": "x\ny"}, "control characters"),
        ({"root": str(data), "sample": "many"}, "The share is a number"),
        ({"root": str(data), "sample": "500"}, "sample"),
    ):
        told = ada.post("/scans", form)
        assert told.status_code == 422, form
        assert message in told.text
    # What was typed stays.
    told = ada.post("/scans", {"root": str(data), "below": "hr", "exclude": "*.log", "sample": "x"}).text
    assert 'value="hr"' in told
    assert 'value="*.log"' in told


def test_programs_start_follow_and_end_scans(scanning: Office, data: Path) -> None:
    bot = Bot(scanning, Grant(role=Role.STEWARD))
    assert bot.get("/scans/roots").json()["items"] == [{"target": str(data), "open": True}]
    started = bot.post("/scans", {"targets": ["hr"], "options": {"categories": ["PII"]}}, idempotency_key="k1")
    assert started.status_code == 202
    again = bot.post("/scans", {"targets": ["hr"], "options": {"categories": ["PII"]}}, idempotency_key="k1")
    assert (again.status_code, again.json()) == (202, started.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == started.headers["location"]
    other = bot.post("/scans", {"targets": ["hr"]}, idempotency_key="k1")
    assert (other.status_code, other.headers["content-type"]) == (422, "application/problem+json")
    assert len(bot.get("/scans").json()["items"]) == 1
    path = started.headers["location"].removeprefix("/api/v1")
    seen = bot.get(path)
    assert bot.get(path, **{"if-none-match": seen.headers["etag"]}).status_code == 304
    assert worker(scanning).one()
    assert bot.get(path, **{"if-none-match": seen.headers["etag"]}).status_code == 200
    told = events(bot.get(f"{path}/events").text)
    assert [name for name, _ in told] == ["scan", "end"]
    assert told[0][1]["summary"]["by_identifier"]["SSN"] == 2
    assert told[0][1]["run_id"]
    over = bot.post(f"{path}/cancel")
    assert over.status_code == 409
    # One that waits ends at once; a call on an older version does not.
    waits = bot.post("/scans", {"targets": [str(data)]})
    path = waits.headers["location"].removeprefix("/api/v1")
    assert bot.post(f"{path}/cancel", if_match='"x.1"').status_code == 412
    assert bot.post(f"{path}/cancel", if_match=waits.headers["etag"]).json()["status"] == "cancelled"
    assert not worker(scanning).one()
    assert [each["status"] for each in bot.get("/scans?status=cancelled").json()["items"]] == ["cancelled"]
    for body in ({}, {"targets": []}, {"targets": "hr"}, {"targets": ["hr"], "user": "root"}, {"targets": [7]}):
        assert bot.post("/scans", body).status_code == 422
    assert bot.post("/scans", {"targets": ["hr"], "options": {"comprehend": True}}).status_code == 422
    assert bot.post("/scans", {"targets": ["hr"]}, idempotency_key="k" * 300).status_code == 400


def test_an_idempotency_key_is_of_one_caller_and_what_failed_may_be_tried_again(scanning: Office) -> None:
    one, two = Bot(scanning, Grant(role=Role.STEWARD)), Bot(scanning, Grant(role=Role.STEWARD), name="Other")
    first = one.post("/scans", {"targets": ["hr"]}, idempotency_key="k").json()["id"]
    assert two.post("/scans", {"targets": ["hr"]}, idempotency_key="k").json()["id"] != first
    assert one.post("/scans", {"targets": ["/etc"]}, idempotency_key="j").status_code == 422
    assert one.post("/scans", {"targets": ["hr"]}, idempotency_key="j").status_code == 202
    nobody = scanning.visitor().client
    assert nobody.post("/api/v1/scans", json={"targets": ["hr"]}, headers={"idempotency-key": "k"}).status_code == 401


def test_scopes(scanning: Office, data: Path) -> None:
    """Nobody starts, sees or ends a scan that reads more than is theirs."""
    hr = Grant(role=Role.STEWARD, scope=f"file://{data}/hr")
    bot = Bot(scanning, hr)
    boss = Bot(scanning, Grant(role=Role.STEWARD), name="Boss")
    looker = Bot(scanning, Grant(role=Role.VIEWER), name="Looker")
    assert bot.post("/scans", {"targets": [str(data)]}).status_code == 403
    assert bot.post("/scans", {"targets": ["hr", str(data)]}).status_code == 403
    assert looker.post("/scans", {"targets": ["hr"]}).status_code == 403
    mine = bot.post("/scans", {"targets": ["hr"]}).json()["id"]
    whole = boss.post("/scans", {"targets": [str(data)]}).json()["id"]
    assert [each["id"] for each in bot.get("/scans").json()["items"]] == [mine]
    assert len(looker.get("/scans").json()["items"]) == 2
    for path in (f"/scans/{whole}", f"/scans/{whole}/events", "/scans/nothing"):
        assert bot.get(path).status_code == 404
    assert bot.post(f"/scans/{whole}/cancel").status_code == 404
    assert looker.post(f"/scans/{whole}/cancel").status_code == 403
    # Who sees all, and is a steward of a part, ends what reads that part only.
    part = Bot(scanning, hr, Grant(role=Role.VIEWER), name="Part")
    assert part.post(f"/scans/{whole}/cancel").status_code == 403
    cleo = scanning.sign_in("Cleo", hr, Grant(role=Role.VIEWER))
    assert cleo.post(f"/scans/{whole}/cancel").status_code == 403
    assert boss.get(f"/scans/{whole}").json()["cancelled_by"] is None
    ada = scanning.sign_in("Ada", hr)
    assert ada.get(f"/scans/{whole}").status_code == 404
    assert ada.post(f"/scans/{whole}/cancel").status_code == 404
    assert ada.get(f"/scans/{mine}").status_code == 200
    assert ada.post("/scans", {"root": str(data), "below": "../hr"}).status_code == 422
    refused = ada.post("/scans", {"root": str(data), "below": "notes.txt"})
    assert refused.status_code == 403
    assert 'value="notes.txt"' in refused.text, "what was typed stays"
    bob = scanning.sign_in("Bob", Grant(role=Role.VIEWER))
    assert "scan-form" not in bob.get("/scans").text
    assert bob.post(f"/scans/{whole}/cancel").status_code == 403


def test_roots_are_told_to_those_whose_scopes_reach_there(office: Office, data: Path) -> None:
    roots = tuple(Root(target=each, told=each) for each in (str(data), "s3://payroll/2026/", "postgresql://db/shop"))
    object.__setattr__(office.serving, "roots", roots)
    hr, lake = (
        Bot(office, Grant(role=Role.STEWARD, scope=scope), name=name)
        for name, scope in (("Hr", f"{data.resolve().as_uri()}/hr/*"), ("Lake", "s3://lake/*"))
    )
    assert [each["target"] for each in hr.get("/scans/roots").json()["items"]] == [str(data)]
    assert lake.get("/scans/roots").json()["items"] == []
    months = Bot(office, Grant(role=Role.STEWARD, scope="s3://payroll/2026/0*"), name="Months")
    assert [each["target"] for each in months.get("/scans/roots").json()["items"]] == ["s3://payroll/2026/"]
    assert hr.post("/scans", {"targets": ["hr"]}).status_code == 202, "all of the folder is theirs"
    boss = Bot(office, Grant(role=Role.STEWARD), name="Boss")
    assert len(boss.get("/scans/roots").json()["items"]) == 3
    # What lies elsewhere is answered as what is nowhere.
    for target in ("s3://payroll/2026/", "s3://nowhere/2026/", "postgresql://db/shop", "/etc"):
        told = hr.post("/scans", {"targets": [target]})
        assert told.status_code == 422, target
        assert told.json()["detail"] == f"this may not be scanned from here; what may is, with what lies below: {data}"
        told = lake.post("/scans", {"targets": [target]})
        assert (told.status_code, told.json()["detail"]) == (422, "this may not be scanned from here")
    page = office.sign_in("Lou", Grant(role=Role.STEWARD, scope="s3://lake/*"))
    assert "lies where you are a steward" in page.get("/scans").text
    assert "Scans are started by stewards" in office.sign_in("Vic", Grant(role=Role.VIEWER)).get("/scans").text
    for told in (page.get("/scans"), page.post("/scans", {"root": str(data), "below": "hr"})):
        assert str(data) not in told.text
        assert "payroll" not in told.text


def test_roots_count_where_the_work_is_done_too(scanning: Office, data: Path, tmp_path: Path) -> None:
    bot = Bot(scanning, Grant(role=Role.STEWARD))
    path = bot.post("/scans", {"targets": ["hr"]}).headers["location"].removeprefix("/api/v1")
    (tmp_path / "elsewhere").mkdir()
    (data / "hr").rename(tmp_path / "moved")
    (data / "hr").symlink_to(tmp_path / "moved")
    assert worker(scanning).one()
    told = bot.get(path).json()
    assert told["status"] == "failed"
    assert "may not be scanned" in told["reason"]


def test_what_leads_elsewhere_below_the_root_by_now_is_not_read(scanning: Office, data: Path) -> None:
    """It was asked for by somebody who may have this folder scanned, and perhaps no other."""
    bot = Bot(scanning, Grant(role=Role.STEWARD, scope=f"{data.resolve().as_uri()}/hr"))
    path = bot.post("/scans", {"targets": ["hr"]}).headers["location"].removeprefix("/api/v1")
    (data / "other").mkdir()
    (data / "other" / "theirs.txt").write_text("ssn 536-90-4399")
    (data / "hr").rename(data / "moved")
    (data / "hr").symlink_to(data / "other")
    assert worker(scanning).one()
    told = bot.get(path).json()
    assert (told["status"], "leads elsewhere" in told["reason"]) == ("failed", True), told
    assert not Bot(scanning, Grant(role=Role.STEWARD), name="All").get("/resources").json()["items"]


def test_tries_are_counted(scanning: Office) -> None:
    bot = Bot(scanning, Grant(role=Role.STEWARD))
    path = bot.post("/scans", {"targets": ["hr"]}).headers["location"].removeprefix("/api/v1")
    assert worker(scanning, attempts=0).one()
    told = bot.get(path).json()
    assert (told["status"], told["reason"]) == ("failed", ENDED)


def test_a_catalog_that_gave_up_is_tried_again_and_then_told(scanning: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay.app.scan import line

    def broken(*_: object, **__: object) -> Iterator[Any]:
        raise CatalogError("/srv/catalog.db: the catalog is locked")
        yield

    monkeypatch.setattr(line, "scan", broken)
    bot = Bot(scanning, Grant(role=Role.STEWARD))
    path = bot.post("/scans", {"targets": ["hr"]}).headers["location"].removeprefix("/api/v1")
    assert worker(scanning).one()
    told = bot.get(path).json()
    assert (told["status"], told["reason"], told["attempts"]) == ("waiting", "the catalog gave up", 1)
    assert not worker(scanning).one()
    with scanning.catalog.transaction() as connection:
        connection.execute(update(desk_scans).values(due_at="2020", attempts=2))
    assert worker(scanning).one()
    told = bot.get(path).json()
    assert (told["status"], told["reason"]) == ("failed", "the catalog cannot be used")
    assert "/srv" not in str(told["reason"])


def test_so_many_may_be_followed_at_once(scanning: Office) -> None:
    bot = Bot(scanning, Grant(role=Role.STEWARD))
    path = bot.post("/scans", {"targets": ["hr"]}).headers["location"].removeprefix("/api/v1")
    scanning.serving.streams.most_each = 0
    assert bot.get(f"{path}/events").status_code == 429
    scanning.serving.streams.most_each = 1
    scanning.serving.stopping.set()
    for _ in range(3):
        assert bot.get(f"{path}/events").status_code == 200


def test_who_is_gone_before_the_first_event_follows_nothing(scanning: Office) -> None:
    bot = Bot(scanning, Grant(role=Role.STEWARD))
    path = bot.post("/scans", {"targets": ["hr"]}).headers["location"]
    host = ORIGIN.removeprefix("http://").encode()
    headers = [(b"host", host), (b"authorization", bot.client.headers["authorization"].encode())]
    scope = {
        "type": "http", "method": "GET", "path": f"{path}/events", "raw_path": b"", "query_string": b"", "headers": headers,
        "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "root_path": "",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip
    told: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        told.append(message)
        # As where the connection takes no more for now.
        await asyncio.sleep(0.001)

    for _ in range(12):
        asyncio.run(scanning.app({**scope}, receive, send))
    assert not any(message.get("status", 200) != 200 for message in told), told
    scanning.serving.stopping.set()
    assert bot.get(f"{path.removeprefix('/api/v1')}/events").status_code == 200


@contextmanager
def process(url: str, folder: Path, number: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "assay.cli.__main__", "worker", "--scans"]
    with (folder / f"worker{number}.log").open("wb") as log:
        made = subprocess.Popen(command, cwd=folder, env={**os.environ, "ASSAY_CATALOG": url}, stderr=log)
    try:
        yield made
    finally:
        made.kill()
        made.wait()


def until(catalog: Catalog, ids: list[str], is_so: Callable[[list[Scan]], bool], what: str) -> list[Scan]:
    ends = time.monotonic() + 400
    while time.monotonic() < ends:
        with catalog.reading() as connection:
            found = [each for each in (scans.one(connection, one) for one in ids) if each is not None]
        if is_so(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: {[(each.id, each.status, each.reason) for each in found]}")


@pytest.mark.slow
def test_two_workers_one_of_which_is_killed(catalog_url: str, tmp_path: Path) -> None:
    """Each scan is worked on by one of them, and what the dead one was at by the other."""
    folder = tmp_path / "srv"
    # So many that the first has not done them all by when the second one has started.
    names = "abcdef"
    text = "the quick brown fox jumps over 12 lazy dogs\n" * 40_000
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(16):
            (folder / name / f"{number}.txt").write_text(f"{text}ssn 536-90-{4000 + number}\n")
    with open_catalog(catalog_url, create=True) as catalog:
        ids = []
        for name in names:
            with catalog.transaction() as connection:
                given: dict[str, Any] = {"covers": [], "options": {}, "by": "Ada", "user_id": "u"}
                ids.append(scans.ask(connection, [str(folder / name)], **given).id)
        with process(catalog_url, folder, 1) as first, process(catalog_url, folder, 2) as second:

            def are_two_at_work(found: list[Scan]) -> bool:
                return sum(each.status == "working" for each in found) == 2

            while True:
                until(catalog, ids, are_two_at_work, "two are worked on")
                # One that has just come to an end has nothing that it could leave to the other.
                first.send_signal(signal.SIGSTOP)
                with catalog.reading() as connection:
                    both = [each for each in (scans.one(connection, one) for one in ids) if each is not None]
                if are_two_at_work(both):
                    break
                first.send_signal(signal.SIGCONT)
            first.kill()
            first.wait()
            done = until(catalog, ids, lambda found: all(each.is_over for each in found), "all are done")
            assert [each.status for each in done] == ["done"] * len(names), done
            assert sorted(each.attempts for each in done) == [*[1] * (len(names) - 1), 2]
            assert all(each.summary and each.summary["resources"] == 16 for each in done)
            # Asked to end while it is at one, it gives that back.
            with catalog.transaction() as connection:
                last = scans.ask(connection, [str(folder)], **given | {"options": {"preview": True}}).id
            until(catalog, [last], lambda found: bool(found[0].progress), "it is begun")
            second.send_signal(signal.SIGTERM)
            assert second.wait(300) == 0
        with catalog.reading() as connection:
            left = scans.one(connection, last)
        assert left is not None
        assert (left.status, left.attempts) == ("waiting", 0)
        # And one that somebody ends stops where it is.
        with process(catalog_url, folder, 3) as third:
            until(catalog, [last], lambda found: found[0].status == "working", "it goes on")
            with catalog.transaction() as connection:
                scans.cancel(connection, last, by="Bob")
            (ended,) = until(catalog, [last], lambda found: found[0].is_over, "it is ended")
            assert third.poll() is None
        assert ended.status in ("cancelled", "done")
        # Ended before it had found anything, it has no summary.
        assert bool((ended.summary or {"interrupted": True})["interrupted"]) == (ended.status == "cancelled")
