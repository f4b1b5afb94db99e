"""The HTTP API: what programs ask and do with a token, each move on the version that it is based on."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from desks import ORIGIN, Office, Program, asked
from sqlalchemy import select
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.model.identity import Grant, Role
from assay.model.review import State
from assay.store.schema.scans import kept_answers
from assay.store.units import resource_id
from assay.web.application import decides, make, routes

SSN = "536-90-4399"
FILE = "file:///srv/data/customers.csv"


def scanned(office: Office) -> None:
    recording = begin(office.catalog, ["/srv/data"], ruleset="r", actor="tess@desk")
    recording.take(made.finding())
    recording.take(made.finding(confidence=0.7))
    recording.table(FILE, None, (), [made.column()], made.table())
    recording.take(made.classification())
    for number in range(5):
        recording.take(made.classification(resource=f"s3://lake/{number}.csv", level=Level.INTERNAL))
    recording.finish(made.summary())


def test_a_text_is_classified_and_nothing_of_it_told(office: Office) -> None:
    bot = Program(office, Grant(role=Role.VIEWER))
    told = bot.post("/classify/text", {"text": f"ssn: {SSN}, and 4111 1111 1111 1111 is a card for tests"})
    assert told.status_code == 200
    assert SSN not in told.text
    body = told.json()
    assert body["level"] == "restricted"
    assert [each["identifier"] for each in body["findings"]] == ["SSN"]
    assert body["test_values_ignored"] == 1
    every = bot.post("/classify/text", {"text": f"ssn: {SSN}, 4111 1111 1111 1111", "include_test_values": True}).json()
    assert {each["identifier"] for each in every["findings"]} == {"SSN", "CREDIT_CARD"}
    assert bot.post("/classify/text", {"text": "nothing at all"}).json()["level"] is None
    assert SSN not in office.log.getvalue()


def test_what_keeps_nothing_keeps_no_answer_either(office: Office) -> None:
    bot, key = Program(office), {"idempotency-key": "once"}
    for path, body in (
        ("/classify/text", {"text": f"ssn {SSN}"}),
        ("/governance/patterns/test", {"regex": "[0-9]+", "text": SSN}),
        ("/governance/try", {"rows": {"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": "rule", "WEIGHT": 0.05}]}}),
    ):
        first, second = (bot.post(path, body, **key) for _ in range(2))
        assert first.status_code == second.status_code == 200, path
        assert "idempotency-replayed" not in second.headers, path
    files = [("file", ("a.txt", f"ssn {SSN}".encode()))]
    for _ in range(2):
        told = bot.client.post("/api/v1/classify/files", files=files, headers=key)
        assert told.json()["files"][0]["level"] == "restricted"
    office.serving.uploads.close()
    with office.catalog.reading() as connection:
        assert connection.execute(select(kept_answers)).all() == []


def test_files_that_wait_to_be_read_hold_up_nobody_else(office: Office) -> None:
    """Whoever waits for a reader holds a thread of those that serve everything, and the file in memory."""
    entered, ends = threading.Semaphore(0), threading.Event()

    def slow(*_: object, **__: object) -> list[dict[str, object]]:
        entered.release()
        assert ends.wait(60)
        return [{"kind": "gap", "resource": "memory:upload/a"}]

    office.serving.uploads.classify = slow  # type: ignore[method-assign]
    bots = [Program(office, name=f"Bot {number}") for number in range(3)]
    files = [("file", ("a.txt", b"text"))]
    done: list[int] = []

    def send(bot: Program) -> None:
        done.append(bot.client.post("/api/v1/classify/files", files=files).status_code)

    threads = [threading.Thread(target=send, args=(bot,)) for bot in bots[:2] for _ in range(2)]
    for thread in threads:
        thread.start()
        assert entered.acquire(timeout=60)
    for bot in (bots[0], bots[2]):
        refused = bot.client.post("/api/v1/classify/files", files=files)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    ends.set()
    for thread in threads:
        thread.join()
    assert done == [200] * 4
    for _ in range(5):
        assert bots[0].client.post("/api/v1/classify/files", files={"x": b""}).status_code == 422
    assert bots[0].client.post("/api/v1/classify/files", files=files).status_code == 200


def test_who_sends_files_slowly_does_not_keep_a_place(office: Office) -> None:
    object.__setattr__(office.serving, "upload_seconds", 0.05)
    bot = Program(office)
    headers = {
        "host": "127.0.0.1:8470",
        "authorization": bot.client.headers["authorization"],
        "content-type": "multipart/form-data; boundary=x",
        "content-length": "1000",
    }
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/classify/files",
        "raw_path": b"/api/v1/classify/files",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8470),
        "root_path": "",
    }
    told: list[Any] = []

    async def slowly() -> Any:
        await asyncio.sleep(0 if told else 3_600)
        return {"type": "http.disconnect"}

    async def hear(message: Any) -> None:
        told.append(message)

    asyncio.run(office.app(scope, slowly, hear))
    assert told[0]["status"] == 408
    assert not office.serving.sending._open


def test_resources_and_all_that_is_known_of_one(office: Office) -> None:
    scanned(office)
    bot = Program(office, Grant(role=Role.VIEWER))
    first = bot.get("/resources?limit=4").json()
    second = bot.client.get("/api/v1/resources", params={"limit": 4, "after": first["next"]}).json()
    found = [each["resource"] for each in (*first["items"], *second["items"])]
    assert len(set(found)) == len(found) == 6
    assert second["next"] is None
    assert first["items"][0]["kind"] == "classification"
    one = f"/resources/{resource_id(FILE)}"
    assert bot.get(one).json()["resource"] == FILE
    findings = bot.get(f"{one}/findings?limit=1").json()
    assert findings["items"][0]["kind"] == "finding"
    assert findings["next"] == "1"
    assert bot.get(f"{one}/findings?after=1&limit=1").json()["next"] is None
    assert [each["column"] for each in bot.get(f"{one}/columns").json()["items"]] == [made.column().column]
    assert bot.get(f"{one}/history").json()["items"][0]["version"] == 1
    far = Program(office, Grant(role=Role.VIEWER, scope="s3://lake/*"), name="Far")
    assert len(far.get("/resources").json()["items"]) == 5
    for path in (one, f"{one}/findings", f"{one}/columns", f"{one}/history", "/resources/none"):
        assert far.get(path).status_code == 404


def test_a_decision_is_based_on_a_version(office: Office) -> None:
    office.ask([asked(1), asked(2)])
    name, bot = asked(1).id, Program(office)
    assert [each["id"] for each in bot.get("/reviews?limit=1").json()["items"]] == [name]
    looked = bot.get(f"/reviews/{name}")
    tag = looked.headers["etag"]
    assert tag == f'"{name}.1"'
    said = {"verdict": "reject", "reason": f"orders, not {SSN}"}
    path = f"/reviews/{name}/decisions"
    assert bot.post(path, said).status_code == 428
    for stale in ('"*"', "*", f'"{name}.7"', f'"{asked(2).id}.1"', "x" * 500):
        assert bot.post(path, said, **{"if-match": stale}).status_code == 412, stale
    done = bot.post(path, said, **{"if-match": tag})
    assert (done.status_code, done.json()["state"]) == (200, "rejected")
    assert SSN not in done.text
    again = bot.post(path, said, **{"if-match": tag})
    assert again.status_code == 412
    assert "moved to rejected by Bot" in again.json()["detail"]
    undone = bot.post(f"/reviews/{name}/undo", {}, **{"if-match": done.headers["etag"]})
    assert undone.json()["state"] == "open"
    assert len(bot.get(f"/reviews/{name}").json()["history"]) == 2
    assert office.item(asked(2).id).state is State.OPEN


def test_what_is_no_call_is_a_problem_that_says_so(office: Office) -> None:
    office.ask([asked(1)])
    bot, name = Program(office), asked(1).id
    tag = {"if-match": f'"{name}.1"'}
    for body in (
        {"verdict": "reject"},
        {"verdict": "destroy", "reason": "x"},
        {"verdict": "reject", "reason": "x", "by": "Mallory"},
        {"verdict": "reject", "reason": ""},
        {"verdict": "reclassify", "reason": "x", "confidence": 7},
        {"verdict": "reclassify", "reason": "x", "identifier": "NONE_SUCH"},
        [],
        "text",
        None,
        {"verdict": "reject", "reason": {"a": 1}},
    ):
        told = bot.post(f"/reviews/{name}/decisions", body, **tag)
        assert told.status_code == 422, body
        assert told.headers["content-type"] == "application/problem+json"
        assert told.json()["title"]
    broken = bot.client.post(f"/api/v1/reviews/{name}/decisions", content=b'{"verdict": ', headers=tag)
    assert broken.status_code == 422
    for path in (
        "/resources?limit=0",
        "/resources?limit=x",
        "/resources?level=secret",
        "/reviews?show=nothing",
        "/nowhere",
    ):
        assert bot.get(path).status_code in (404, 422), path
        assert bot.get(path).headers["content-type"] == "application/problem+json"
    assert office.item(name).version == 1


def test_a_token_does_what_its_role_and_scope_allow(office: Office) -> None:
    office.ask([asked(1, resource="s3://lake/{}.csv"), asked(2)])
    mine, other = asked(1, resource="s3://lake/{}.csv"), asked(2)
    viewer = Program(office, Grant(role=Role.VIEWER), name="Vic")
    said, tag = {"verdict": "reject", "reason": "x"}, {"if-match": f'"{mine.id}.1"'}
    assert viewer.post(f"/reviews/{mine.id}/decisions", said, **tag).status_code == 403
    steward = Program(office, Grant(role=Role.STEWARD, scope="s3://lake/*"), name="Stu")
    assert [each["id"] for each in steward.get("/reviews").json()["items"]] == [mine.id]
    assert steward.get(f"/reviews/{other.id}").status_code == 404
    assert steward.post(f"/reviews/{other.id}/decisions", said, **{"if-match": f'"{other.id}.1"'}).status_code == 404
    assert steward.post(f"/reviews/{mine.id}/decisions", said, **tag).status_code == 200
    stranger = office.visitor().client
    told = stranger.get("/api/v1/resources", headers={"authorization": "Bearer assay_nothing"})
    assert (told.status_code, told.headers["content-type"]) == (401, "application/problem+json")


def test_a_session_calls_it_too_but_only_with_its_token(office: Office) -> None:
    ada = office.sign_in("Ada")
    body = {"text": "hello"}
    assert ada.client.post("/api/v1/classify/text", json=body, headers={"origin": ORIGIN}).status_code == 403
    headers = {"origin": ORIGIN, "x-csrf-token": ada.csrf}
    assert ada.client.post("/api/v1/classify/text", json=body, headers=headers).status_code == 200
    assert ada.client.post("/api/v1/classify/text", json=body, headers={"x-csrf-token": ada.csrf}).status_code == 403


def test_numbers_for_dashboards_are_of_what_may_be_seen(office: Office) -> None:
    scanned(office)
    office.ask([asked(1)])
    bot = Program(office, Grant(role=Role.VIEWER))
    told = bot.get("/metrics").json()
    assert told["resources"] == {"restricted": 1, "internal": 5}
    assert told["places"]["s3://lake"] == {"internal": 5}
    text = bot.get("/metrics?format=prometheus")
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'assay_resources{level="internal"} 5\n' in text.text
    assert "# TYPE assay_review_waiting gauge\nassay_review_waiting{" in text.text
    lake = Program(office, Grant(role=Role.VIEWER, scope="s3://lake/*"), name="Far")
    assert lake.get("/metrics").json()["resources"] == {"internal": 5}
    assert bot.get("/metrics?format=xml").status_code == 422


def test_every_call_stands_in_the_document(office: Office) -> None:
    document = Program(office, Grant(role=Role.VIEWER)).get("/openapi.json").json()
    calls = {(method.upper(), path) for path, told in document["paths"].items() for method in told}
    app = make(office.serving)
    there = {(method, each.path) for each in routes(app) if each.path.startswith("/api/") for method in each.methods}
    assert calls == there - {("GET", "/api/v1/openapi.json")}
    assert document["security"] == [{"token": []}]
    for each in routes(app):
        (access,) = decides(each)
        assert access.by_token == each.path.startswith("/api/")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[" * 20_000, b'{"text": "\\ud800"}', b'{"text": ' + b"9" * 5_000 + b"}"]
)
def test_no_body_is_an_error_of_the_server(office: Office, body: bytes) -> None:
    bot = Program(office, Grant(role=Role.VIEWER))
    told = bot.client.post("/api/v1/classify/text", content=body, headers={"content-type": "application/json"})
    assert told.status_code < 500
