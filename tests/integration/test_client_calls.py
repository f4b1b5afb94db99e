"""Every call that the API describes has a function of the client; those that change something are made against a running desk."""

from __future__ import annotations

import email.message
import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from desks import Office, asked
from integration.test_desk_plans import kept
from servingdesks import running, token_of

from assay.client import ApiError, Desk
from assay.model.identity import Grant, Role
from assay.model.review import Phase
from assay.store import plans
from assay.web.api.document import document

_OTHER = "Ü/../x y?"
"""What stands for an id: a part of a path, whatever it holds."""
_GIVEN: dict[str, Any] = {
    "Question": {"id": _OTHER, "etag": '"x.1"'},
    "Term": {"id": _OTHER, "etag": '"x.1"'},
    "Governance": {"etag": '"governance.1"'},
    "Plan": {"id": _OTHER, "digest": "0" * 64},
    "Sequence[str]": ["x"],
    "Mapping[str, bytes] | Sequence[Path]": {"x": b"x"},
}


class Recorder:
    """Takes the place of the connection, and notes what is asked for."""

    def __init__(self) -> None:
        self.calls: set[tuple[str, str]] = set()

    def call(self, method: str, path: str, **_: Any) -> tuple[Any, email.message.Message]:
        self.calls.add((method, path))
        if path.endswith("/reports/catalog"):
            return b"", email.message.Message()
        return {"items": [], "next": None, "changed": True, "matches": []}, email.message.Message()

    def lines(self, path: str) -> Iterator[str]:
        self.calls.add(("GET", path))
        yield from ("event: scan", 'data: {"version": 1, "status": "done"}', "")

    def close(self) -> None: ...


def test_every_call_that_is_described_has_a_function(office: Office) -> None:
    told = document(None, None)  # type: ignore[arg-type]
    described = {
        (method.upper(), re.sub(r"\{[^}]+\}", "{}", path.removeprefix("/api/v1")))
        for path, each in told["paths"].items()
        for method in each
    }
    recorder = Recorder()
    desk = Desk("http://127.0.0.1:1", "t")
    object.__setattr__(desk, "_connection", recorder)
    for name, function in inspect.getmembers(desk, inspect.ismethod):
        if name.startswith("_"):
            continue
        needed = [each for each in inspect.signature(function).parameters.values() if each.default is each.empty]
        values = [_GIVEN.get(str(each.annotation), _OTHER) for each in needed if each.kind != each.VAR_KEYWORD]
        found = function(*values)
        if inspect.isgenerator(found):
            list(found)
    made = {(method, path.replace("%C3%9C%2F..%2Fx%20y%3F", "{}")) for method, path in recorder.calls}
    assert made == described
    assert len(made) > 40


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    with running(office) as origin:
        yield origin


def test_moves_of_a_question(office: Office, address: str) -> None:
    office.ask([asked(1)])
    bob = office.person("Bob", Grant(role=Role.STEWARD))
    with Desk(address, token_of(office, "Ada", Grant(role=Role.ADMIN))) as desk:
        looked = desk.review(asked(1).id)
        decided = desk.decide(looked, "reject", "order numbers")
        assert decided["state"] == "rejected"
        with pytest.raises(ApiError) as caught:
            desk.undo(looked, "an older one")
        assert caught.value.status == 412
        assert desk.undo(decided, "looked again")["state"] == "open"
        with pytest.raises(ApiError) as caught:
            desk.confirm(desk.review(asked(1).id))
        assert caught.value.status in (409, 422)
        assert [each["text"] for each in desk.comment(asked(1).id, "is 536-90-4399 one?")["comments"]] == [
            "is 5*********9 one?"
        ]
        assert desk.assign(asked(1).id, "bob", due="2027-01-31")["assignment"] == {
            "assignee": bob.name,
            "due": "2027-01-31",
        }
        seen: Any = desk.review(asked(1).id)
        assert seen["assignment"]["assignee"] == "Bob"
        assert len(seen["comments"]) == 1
        assert desk.assign(asked(1).id)["assignment"] is None
        with pytest.raises(ApiError, match="nobody of that name"):
            desk.assign(asked(1).id, "nobody")


def test_who_may_not_decide_says_something_and_makes_nothing_anybodys(office: Office, address: str) -> None:
    mine, theirs = asked(1, resource="s3://lake/{}.csv"), asked(2, resource="s3://other/{}.csv")
    office.ask([mine, theirs])
    with Desk(address, token_of(office, "Vic", Grant(role=Role.VIEWER, scope="s3://lake/*"))) as desk:
        assert desk.comment(mine.id, "who knows?")["comments"][0]["by"] == "Vic"
        for call, status in (
            (lambda: desk.assign(mine.id, "Vic"), 403),
            (lambda: desk.comment(theirs.id, "hello"), 404),
            (lambda: desk.assign(theirs.id, "Vic"), 403),
        ):
            with pytest.raises(ApiError) as caught:
                call()
            assert caught.value.status == status
    grants = (Grant(role=Role.VIEWER, scope="s3://lake/*"), Grant(role=Role.STEWARD, scope="s3://desk/*"))
    with Desk(address, token_of(office, "Stu", *grants)) as desk:
        for item, status in ((mine.id, 403), (theirs.id, 404)):
            with pytest.raises(ApiError) as caught:
                desk.assign(item, "Stu")
            assert caught.value.status == status


def test_the_configuration_and_the_glossary(office: Office, address: str) -> None:
    with Desk(address, token_of(office, "Ada", Grant(role=Role.ADMIN))) as desk:
        looked = desk.governance()
        rows = {"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": "rule", "WEIGHT": 0.05}]}
        assert desk.try_governance(rows)["rows"]
        assert desk.change_governance(looked, "names mislead", rows)["version"] == 1
        with pytest.raises(ApiError) as caught:
            desk.change_governance(looked, "again", back_to=0)
        assert caught.value.status == 412
        origins = {each["row"]["WEIGHT_ID"]: each["origin"] for each in desk.governance_rows("SENSITIVITY_WEIGHTS")}
        assert origins["rule"] == "changed"
        desk.change_governance(desk.governance(), "back", reset=[("SENSITIVITY_WEIGHTS", "rule")])
        assert [each["reason"] for each in desk.governance_history()] == ["back", "names mislead"]
        assert desk.test_pattern("[0-9]{3}", "x 123")[0]["redacted"] == "***"

        salary = desk.add_term("Salary", "what somebody is paid", links=["s3://lake/hr/*#salary", "SSN"])
        changed = desk.change_term(salary, "Pay", "what somebody is paid", owner="HR")
        assert (changed["name"], changed["links"]) == ("Pay", [])
        with pytest.raises(ApiError) as caught:
            desk.remove_term(salary)
        assert caught.value.status == 412
        assert [each["name"] for each in desk.terms(search="pay")] == ["Pay"]
        desk.remove_term(desk.term(changed["id"]))
        assert list(desk.terms()) == []
        assert desk.set_owner("s3://lake/*", "HR")
        assert not desk.set_owner("s3://lake/*", "HR")
        assert [each["source"] for each in desk.owners()] == ["person"]
        assert desk.verify_audit()["holds"]
        assert "assay_resources" in desk.prometheus()


def test_plans_incidents_and_phases(office: Office, address: str) -> None:
    plan_id, _ = kept(office)
    with Desk(address, token_of(office, "Ada", Grant(role=Role.ADMIN))) as desk:
        assert {each["id"] for each in desk.plans()} == {plan_id}
        looked = desk.plan(plan_id)
        assert desk.approve_plan(looked, "looked")["approvals"][0]["by"] == "Ada"
        with pytest.raises(ApiError) as caught:
            desk.approve_plan(looked | {"digest": "0" * 64}, "another")  # type: ignore[arg-type, operator]
        assert caught.value.status == 409
        with pytest.raises(ApiError):
            desk.roll_back_plan(looked, "nothing is made")
        with pytest.raises(ApiError):
            desk.apply_plan(looked, "none", max_resources=0)
        assert list(desk.incidents(state="open")) == []
        with pytest.raises(ApiError):
            desk.move_phase("s3://lake/*", "automated", "not earned")
        moved = desk.move_phase("s3://lake/*", "automated", "tested elsewhere", force=True)
        assert [each["phase"] for each in moved] == [str(Phase.AUTOMATED)]
        assert [each["scope"] for each in desk.phases()] == ["s3://lake/*"]


def test_long_lists_are_told_page_by_page(office: Office, address: str) -> None:
    _, plan = kept(office)
    with office.catalog.transaction() as connection:
        # Two of them were made in the same moment.
        made = [plan.made_at + timedelta(seconds=seconds) for seconds in (1, 1, 2, 3)]
        others = [replace(plan, targets=(f"s3://lake-{n}",), made_at=at) for n, at in enumerate(made)]
        ids = {plans.keep(connection, each) for each in others}
    assert len(ids) == 4
    for number in range(5):
        with Desk(address, token_of(office, f"P{number}", Grant(role=Role.ADMIN))) as desk:
            desk.set_owner(f"s3://lake-{number}", "HR")
            rows = {"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": "rule", "WEIGHT": 0.04 + number / 100}]}
            desk.change_governance(desk.governance(), f"change {number}", rows)
    with Desk(address, token_of(office, "Ada", Grant(role=Role.ADMIN))) as desk:
        whole = {path: list(desk._pages(path)) for path in ("/plans", "/owners", "/governance/history")}
        for path, items in whole.items():
            assert len(items) == 5, path
            seen, after = [], None
            while True:
                told, _ = desk._connection.call("GET", path, query={"limit": 3, "after": after})
                seen += told["items"]
                after = told["next"]
                if after is None:
                    break
                assert len(told["items"]) == 3
            assert seen == items, path
        assert {each["id"] for each in desk.plans()} > ids
