"""The review queue of the desk: what is shown, what a decision does, and two people at once."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from desks import Office, asked
from reviews_for_tests import question
from unit import records_for_tests as made

from assay.app.reviews import evidence as evidences
from assay.app.reviews import reviewing
from assay.errors import CatalogError
from assay.model.finding import Evidence
from assay.model.identity import Grant, Role
from assay.model.review import State
from assay.store import reviews
from assay.store.auditlog import Wanted, newest

HX = {"hx-request": "true"}


def reject(version: int, **more: str) -> dict[str, str]:
    return {"verdict": "reject", "version": str(version), "reason": "order numbers", **more}


def ids(page: str) -> list[str]:
    return re.findall(r'id="row-(r[0-9a-f]+)"', page)


def test_the_queue_is_paged_in_order_and_searched(office: Office) -> None:
    items = [asked(number) for number in range(120)]
    office.ask(items)
    ada = office.sign_in("Ada")
    seen: list[str] = []
    path = "/review"
    while path:
        page = ada.get(path)
        assert page.status_code == 200
        seen += ids(page.text)
        more = re.search(r'<li class="more"><a href="([^"]+)"', page.text)
        path = more.group(1).replace("&amp;", "&") if more else ""
    assert seen == [each.id for each in items]
    assert ids(ada.get("/review?search=DATA/77").text) == [items[77].id]
    assert ids(ada.get("/review?search=77+ssn").text) == [items[77].id]
    assert ids(ada.get("/review?search=100%25").text) == []
    assert "Nothing here is called so" in ada.get("/review?level=public").text
    assert ids(ada.get("/review?after=nonsense~").text)[0] == items[0].id


def test_a_question_shows_evidence_that_adds_up_and_no_form_for_those_who_only_look(office: Office) -> None:
    office.ask([asked(1)])
    name = asked(1).id
    page = office.sign_in("Ada").get(f"/review/{name}")
    assert page.headers["content-type"].startswith("text/html")
    assert "5*******1" in page.text
    assert 'action="/review/' + name + '/decide"' in page.text
    viewer = office.sign_in("Vic", Grant(role=Role.VIEWER))
    looked = viewer.get(f"/review/{name}")
    assert "5*******1" in looked.text
    assert "/decide" not in looked.text
    assert viewer.post(f"/review/{name}/decide", reject(1)).status_code == 403
    assert office.item(name).state is State.OPEN


def test_a_decision_is_kept_with_its_reason_cleared_and_undone(office: Office) -> None:
    office.ask([asked(1)])
    name, ada = asked(1).id, office.sign_in("Ada")
    done = ada.post(f"/review/{name}/decide", reject(1, reason="not 536-90-4399, an order"))
    assert (done.status_code, done.headers["location"]) == (303, f"/review/{name}")
    item = office.item(name)
    assert (item.state, item.version) == (State.REJECTED, 2)
    assert item.proposal is not None
    assert item.proposal.by == "Ada"
    assert "536-90-4399" not in item.proposal.reason
    with office.catalog.reading() as connection:
        assert len(reviews.overrides(connection)) == 1
        (entry,) = newest(connection, Wanted(action="FEEDBACK_APPLIED"), 10)
    assert entry["actor"] == "Ada"
    assert "rejected" in ada.get("/review?show=decided").text
    assert ada.post(f"/review/{name}/undo", {"version": "2", "reason": ""}).status_code == 303
    counted = lambda: ada.get("/api/v1/metrics").json()["review_decided_30_days"]  # noqa: E731  # short
    assert counted() == {}, "what was taken back was not decided"
    assert ada.post(f"/review/{name}/decide", reject(3)).status_code == 303
    assert counted() == {"reject": 1}
    assert ada.post(f"/review/{name}/undo", {"version": "4", "reason": ""}).status_code == 303
    assert office.item(name).state is State.OPEN
    with office.catalog.reading() as connection:
        assert reviews.overrides(connection) == []


def test_a_part_of_the_page_tells_what_moved(office: Office) -> None:
    office.ask([asked(1), asked(2)])
    name, ada = asked(1).id, office.sign_in("Ada")
    done = ada.post(f"/review/{name}/decide", reject(1), **HX)
    assert done.status_code == 200
    moved = json.loads(done.headers["hx-trigger"])["assay:moved"]
    assert moved == {"id": name, "state": "rejected", "version": 2, "words": "rejected"}
    assert done.headers["etag"] == f'"{name}.2"'
    assert ids(done.text) == [name]
    assert 'id="count-waiting" hx-swap-oob="true">1</span>' in done.text
    assert "<html" not in done.text


def test_the_second_of_two_is_told_who_was_quicker(office: Office) -> None:
    office.ask([asked(1)])
    name, ada, bob = asked(1).id, office.sign_in("Ada"), office.sign_in("Bob")
    assert ada.post(f"/review/{name}/decide", reject(1)).status_code == 303
    late = bob.post(f"/review/{name}/decide", {"verdict": "approve", "version": "1", "reason": "an SSN"}, **HX)
    assert late.status_code == 409
    assert "</b> It was moved to rejected by Ada meanwhile." in late.text
    # What he has typed stays on his page: only the notice is put in.
    assert (late.headers["hx-retarget"], late.headers["hx-reswap"]) == ("#notice", "innerHTML")
    assert office.item(name).state is State.REJECTED
    assert bob.post(f"/review/{name}/undo", {"version": "1", "reason": "x"}).status_code == 409
    told = bob.post(f"/review/{name}/decide", reject(1), accept="application/json")
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["status"] == 409


IMPOSSIBLE = [
    ({"verdict": "reject", "version": "1", "reason": " "}, "needs a reason"),
    ({"verdict": "destroy", "version": "1", "reason": "x"}, "verdict is approve"),
    ({"verdict": "approve", "version": "one", "reason": "x"}, "whole number"),
    ({"verdict": "approve", "reason": "x"}, "whole number"),
    ({"verdict": "reclassify", "version": "1", "reason": "x"}, "says what it becomes"),
    ({"verdict": "reclassify", "version": "1", "reason": "x", "identifier": "SNS"}, "did you mean"),
    ({"verdict": "reclassify", "version": "1", "reason": "x", "level": "secret"}, "choose one"),
    ({"verdict": "suppress", "version": "1", "reason": "x", "expires": "soon"}, "has to be a day"),
    ({"verdict": "suppress", "version": "1", "reason": "x", "expires": "2001-01-01"}, "past"),
    ({"verdict": "suppress", "version": "1", "reason": "x", "scope": "value"}, "fingerprint"),
    ({"verdict": "reject", "version": "1", "reason": "x" * 3_000}, "at most"),
]


def test_a_decision_that_cannot_be_is_said_so(office: Office) -> None:
    office.ask([asked(1)])
    ada = office.sign_in("Ada")
    for form, says in IMPOSSIBLE:
        answer = ada.post(f"/review/{asked(1).id}/decide", form)
        assert answer.status_code == 422, says
        assert says in answer.text
        assert office.item(asked(1).id).version == 1


def test_much_is_decided_at_once_and_the_rest_is_said(office: Office) -> None:
    office.ask([asked(number) for number in range(5)])
    ada, bob = office.sign_in("Ada"), office.sign_in("Bob")
    bob.post(f"/review/{asked(3).id}/decide", reject(1))
    marked = [f"{asked(number).id}:1" for number in range(4)] + ["r00000000000:1"]
    form = {"item": marked, "verdict": "suppress", "reason": "test data"}
    done = ada.post("/review/decide", form, **HX)
    assert "3 questions: suppress" in done.text
    assert "moved to rejected by Bob" in done.text
    assert "no longer in the queue" in done.text
    states = [office.item(asked(number).id).state for number in range(5)]
    assert states == [State.SUPPRESSED] * 3 + [State.REJECTED, State.OPEN]
    assert ada.post("/review/decide", {"verdict": "approve", "reason": "x"}).status_code == 422
    page = ada.post("/review/decide", {"item": f"{asked(4).id}:1", "verdict": "approve", "reason": "right"})
    assert "1 question: approve" in page.text


def test_a_catalog_that_is_lost_among_many_says_how_far_it_came(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask([asked(number) for number in range(3)])
    ada, left = office.sign_in("Ada"), [True, False]
    decide = reviewing.decide

    def once(*given: Any, **more: Any) -> Any:
        if left.pop(0):
            return decide(*given, **more)
        raise CatalogError("catalog.db: lost")

    monkeypatch.setattr(reviewing, "decide", once)
    form = {"item": [f"{asked(number).id}:1" for number in range(3)], "verdict": "reject", "reason": "orders"}
    told = ada.post("/review/decide", form, **HX)
    assert told.status_code == 503
    assert "1 of 3 are decided" in told.text
    assert "catalog.db" not in told.text
    left[:] = [False]
    assert "nothing was changed" in ada.post("/review/decide", form, **HX).text
    assert [office.item(asked(number).id).state for number in range(3)] == [State.REJECTED, State.OPEN, State.OPEN]


def test_two_people_where_it_takes_two(office: Office) -> None:
    office.ask([asked(1, two_step=True)])
    name, ada, bob = asked(1).id, office.sign_in("Ada"), office.sign_in("Bob")
    ada.post(f"/review/{name}/decide", reject(1))
    assert office.item(name).state is State.AWAITING_SECOND
    mine, his = ada.get(f"/review/{name}"), bob.get(f"/review/{name}")
    assert f"/review/{name}/confirm" not in mine.text
    assert f"/review/{name}/confirm" in his.text
    assert ada.post(f"/review/{name}/confirm", {"version": "2", "reason": "x"}).status_code == 422
    assert bob.post(f"/review/{name}/confirm", {"version": "2", "reason": "looked"}).status_code == 303
    assert office.item(name).state is State.REJECTED


def test_whose_it_is_and_what_was_said(office: Office) -> None:
    office.ask([asked(1), asked(2)])
    name, ada = asked(1).id, office.sign_in("Ada")
    bob = office.sign_in("Bob", Grant(role=Role.STEWARD, scope="file:///srv/data/*"))
    assert ada.post(f"/review/{name}/assign", {"assignee": "bob", "due": "2020-01-31"}).status_code == 303
    assert ids(bob.get("/review?show=mine").text) == [name]
    assert ids(ada.get("/review?show=mine").text) == []
    assert ids(ada.get("/review?show=due").text) == [name]
    assert "due late" in ada.get("/review").text
    assert ada.post(f"/review/{name}/assign", {"assignee": "nobody here"}).status_code == 422
    office.person("Far", Grant(role=Role.STEWARD, scope="s3://lake/*"))
    assert ada.post(f"/review/{name}/assign", {"assignee": "Far"}).status_code == 422
    bob.post(f"/review/{name}/comment", {"text": "is 536-90-4399 one of ours?"})
    page = ada.get(f"/review/{name}").text
    assert "one of ours?" in page
    assert "536-90-4399" not in page
    assert bob.post(f"/review/{name}/comment", {"text": " "}).status_code == 422
    assert ada.post(f"/review/{name}/assign", {"assignee": "", "due": ""}).status_code == 303
    assert ids(bob.get("/review?show=mine").text) == []


def test_an_empty_desk_says_what_to_do(office: Office) -> None:
    ada = office.sign_in("Ada")
    assert "Nothing waits for you" in ada.get("/review").text
    assert "assay scan" in ada.get("/review?show=all").text
    office.ask([asked(1)])
    decided = ada.get("/review?show=decided").text
    assert "Nothing is decided yet" in decided
    assert "assay scan" not in decided, "there is a question; nobody has to scan for one"
    assert ada.get("/review/r00000000000").status_code == 404


def test_a_column_shows_its_methods_as_steps(office: Office) -> None:
    from unit import records_for_tests as made

    from assay.app.scan.recording import begin

    recording = begin(office.catalog, ["/srv/data"], ruleset="r", actor="tess@desk")
    record = made.column(confidence=64.0, confidence_level="MEDIUM", need_review=True)
    recording.table(record.resource, None, (), [record], made.table())
    recording.take(made.classification())
    recording.finish(made.summary())
    subject = question().subject
    office.ask([asked(1)])
    from reviews_for_tests import item

    office.ask([item()])
    page = office.sign_in("Ada").get(f"/review/{subject.id}").text
    rows = re.findall(r'<th scope="row">(\w+)</th>.*?<td class="num">([^<]+)</td>', page, re.DOTALL)
    steps = {name: told.strip() for name, told in rows}
    assert {"rule", "pattern", "semantic", "ml", "confidence"} <= steps.keys()
    added = sum(float(told) for name, told in steps.items() if name != "confidence" and told != "–")
    assert added == pytest.approx(float(steps["confidence"]), abs=0.02)


def test_what_is_drawn_of_a_value_ends_where_its_sum_does() -> None:
    weights = (0.7, 0.25, 0.1, 0.05, -0.11)
    told = ("dashed", "ssn", "near", "beside", "no single finding is certain")
    evidence = tuple(Evidence("pattern", detail, weight) for detail, weight in zip(told, weights, strict=True))
    fall = evidences.sample_of(made.finding(confidence=0.99, evidence=evidence)).waterfall
    assert [step.adds for step in fall.steps] == list(weights)
    assert all(0 <= step.start <= 1 and 0 <= step.end <= 1 for step in fall.steps)
    assert fall.steps[-1].end == pytest.approx(fall.total)
    # That a sum stays below 1 is nothing that the value looks like.
    assert [step.label for step in fall.steps] == ["what it looks like"] * 4 + ["most it can be"]
