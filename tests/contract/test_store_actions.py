"""Plans, approvals and the journal of actions, in every kind of catalog."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from assay.errors import CatalogError, UsageError
from assay.model.action import Action, Gate, Outcome, Plan, Planned, Receipt, Refusal
from assay.store import auditlog, here, journal, plans, proof
from assay.store.engine import Catalog
from assay.store.schema.protect import action_claims, receipts
from assay.store.texts import moment

NOW = datetime(2026, 11, 29, 12, 0, 0, 500, tzinfo=UTC)
CONTROLS = ("s3_object_tags",)


def action(resource: str = "s3://lake/a.csv", **changes: Any) -> Action:
    values: dict[str, Any] = {
        "resource": resource,
        "control": "s3_object_tags",
        "before": {"DataClassification": None},
        "after": {"DataClassification": "restricted"},
        "account": "123456789012",
        "calls": frozenset({"s3.PutObjectTagging"}),
        "found": {"version": "v1"},
        "control_ids": ("S3.1",),
        "note": "a note",
    }
    return Action(**{**values, **changes})


def plan_of(*actions: Action, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "command": "aws tag",
        "targets": ("s3://lake",),
        "actions": tuple(Planned(action=each, gate=Gate.REVIEW, because="in pilot") for each in actions),
        "refusals": (Refusal(resource="s3://lake/b", control="s3_object_tags", reason="no room", detail="full"),),
        "notes": {"s3://lake/c": "stays"},
        "looked_at": 3,
        "made_at": NOW,
        "made_by": "ada",
    }
    return Plan(**{**values, **changes})


def keep(catalog: Catalog, plan: Plan) -> str:
    with catalog.transaction() as connection:
        return plans.keep(connection, plan)


def begin(catalog: Catalog, plan: str, *actions: Action, step: Outcome = Outcome.INTENDED) -> tuple[str, journal.Begun]:
    claim = journal.new_claim()
    with catalog.transaction() as connection:
        return claim, journal.begin(connection, plan, actions, claim, step, by="ada")


def receipt(plan: str, made: Action, outcome: Outcome = Outcome.APPLIED, **changes: Any) -> Receipt:
    values: dict[str, Any] = {"before": made.before, "after": made.after, "undo": made.before, "at": NOW, "by": "ada"}
    return Receipt(plan=plan, action=made.id, outcome=outcome, **{**values, **changes})


def finish(catalog: Catalog, claim: str, made: Action, *told: Receipt) -> None:
    with catalog.transaction() as connection:
        journal.finish(connection, told, [made], claim)


def audited(catalog: Catalog) -> list[tuple[str, str | None]]:
    with catalog.reading() as connection:
        return [(entry["action"], entry["resource"]) for entry in auditlog.newest(connection, auditlog.Wanted(), 100)]


def left(catalog: Catalog, account: str = "123456789012") -> list[journal.Open]:
    with catalog.transaction() as connection:
        return journal.take_over(connection, CONTROLS, account, limit=100)


def leave_behind(catalog: Catalog) -> None:
    """As if the process that has the claims had died."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    with catalog.transaction() as connection:
        connection.execute(update(action_claims).values(process=int(gone.stdout)))


class TestPlans:
    def test_one_is_read_as_it_was_made(self, catalog: Catalog) -> None:
        plan = plan_of(action(), action("s3://lake/é"))
        plan_id = keep(catalog, plan)
        with catalog.reading() as connection:
            assert plans.load(connection, plan_id) == plan
            assert plans.load(connection, plan_id).digest == plan.digest

    def test_the_same_plan_again_is_the_same_until_something_became_of_it(self, catalog: Catalog) -> None:
        first = keep(catalog, plan_of(action()))
        assert keep(catalog, plan_of(action(), made_at=NOW + timedelta(days=1))) == first
        assert keep(catalog, plan_of(action("s3://lake/other"))) != first
        assert keep(catalog, plan_of(action(), targets=("s3://lake/a.csv",))) != first
        begin(catalog, first, action())
        assert keep(catalog, plan_of(action())) == first
        assert keep(catalog, plan_of(action(), made_at=NOW + timedelta(days=2))) != first

    def test_one_is_found_by_the_beginning_of_its_id(self, catalog: Catalog) -> None:
        plan_id = keep(catalog, plan_of(action()))
        with catalog.reading() as connection:
            assert plans.find(connection, plan_id[:8].upper()) == plan_id
            for wrong in ("", plan_id[:3], "ffff0000", "%%%%"):
                with pytest.raises(UsageError, match="there is no plan"):
                    plans.find(connection, wrong)

    def test_an_approval_is_of_what_was_shown_and_audited_once(self, catalog: Catalog) -> None:
        plan = plan_of(action())
        plan_id = keep(catalog, plan)
        for by in ("ada", "grace", "ada"):
            with catalog.transaction() as connection:
                plans.approve(connection, plan_id, by=by, at=NOW, reason="agreed")
        with catalog.reading() as connection:
            assert [each.by for each in plans.approvals(connection, plan_id)] == ["ada", "grace"]
            entries = auditlog.newest(connection, auditlog.Wanted(action="PLAN_APPROVED"), 10)
        assert [entry["actor"] for entry in entries] == ["ada", "grace"]
        assert entries[0]["details"] == {"plan": plan_id, "digest": plan.digest, "actions": 1, "reason": "agreed"}

    def test_lists_tell_what_became_of_each(self, catalog: Catalog) -> None:
        one, two = action(), action("s3://lake/two")
        plan_id = keep(catalog, plan_of(one, two))
        keep(catalog, plan_of(action("s3://lake/late"), made_at=NOW + timedelta(days=1)))
        claim, _ = begin(catalog, plan_id, one, two)
        with catalog.transaction() as connection:
            told = [receipt(plan_id, one), receipt(plan_id, two, Outcome.REFUSED, undo=None)]
            journal.finish(connection, told, [one, two], claim)
        with catalog.reading() as connection:
            newest, oldest = plans.listed(connection, limit=5)
            assert plans.listed(connection, limit=1) == [newest]
        assert (newest.actions, newest.outcomes) == (1, {})
        assert (oldest.actions, oldest.refusals, oldest.outcomes) == (2, 1, {"applied": 1, "refused": 1})


class TestJournal:
    def test_what_is_going_to_be_done_is_written_before_and_what_became_of_it_after(self, catalog: Catalog) -> None:
        made = action()
        plan_id = keep(catalog, plan_of(made))
        claim, begun = begin(catalog, plan_id, made)
        assert begun == ([made], [], [])
        assert audited(catalog) == []
        finish(catalog, claim, made, receipt(plan_id, made))
        with catalog.reading() as connection:
            steps = journal.of_plan(connection, plan_id)
        assert [each.outcome for each in steps] == [Outcome.INTENDED, Outcome.APPLIED]
        assert (steps[1].before, steps[1].after, steps[1].undo) == (made.before, made.after, made.before)
        assert audited(catalog) == [("TAG_APPLIED", "s3://lake/a.csv")]
        assert left(catalog) == []
        assert proof.verify(catalog).holds

    def test_the_same_action_of_a_plan_is_made_once(self, catalog: Catalog) -> None:
        made = action()
        plan_id = keep(catalog, plan_of(made))
        claim, _ = begin(catalog, plan_id, made)
        finish(catalog, claim, made, receipt(plan_id, made))
        assert begin(catalog, plan_id, made)[1] == ([], [made], [])
        with pytest.raises(IntegrityError), catalog.transaction() as connection:
            connection.execute(
                insert(receipts).values(
                    plan_id=plan_id, action_id=made.id, outcome="applied", reason="", detail="", watched=False,
                    at=moment(NOW), by="ada",
                )
            )  # fmt: skip
        assert audited(catalog) == [("TAG_APPLIED", "s3://lake/a.csv")]

    def test_two_processes_do_not_change_the_same_at_once(self, catalog: Catalog) -> None:
        made, other = action(), action(after={"DataClassification": "internal"})
        first = keep(catalog, plan_of(made))
        second = keep(catalog, plan_of(other))
        claim, _ = begin(catalog, first, made)
        assert begin(catalog, second, other)[1] == ([], [], [other])
        finish(catalog, claim, made, receipt(first, made))
        assert begin(catalog, second, other)[1].free == [other]

    def test_what_is_going_on_is_left_alone(self, catalog: Catalog) -> None:
        made = action()
        begin(catalog, keep(catalog, plan_of(made)), made)
        assert left(catalog) == []

    def test_what_a_process_left_behind_is_taken_over_once(self, catalog: Catalog) -> None:
        made = action()
        plan_id = keep(catalog, plan_of(made))
        claim, _ = begin(catalog, plan_id, made)
        leave_behind(catalog)
        (found,) = left(catalog)
        assert (found.plan, found.action, found.step) == (plan_id, made, Outcome.INTENDED)
        assert left(catalog) == []
        with pytest.raises(CatalogError, match="took it over"):
            finish(catalog, claim, made, receipt(plan_id, made))
        assert audited(catalog) == []
        finish(catalog, found.claim, made, receipt(plan_id, made))
        assert audited(catalog) == [("TAG_APPLIED", "s3://lake/a.csv")]

    def test_a_lease_of_another_host_runs_out(self, catalog: Catalog) -> None:
        made = action()
        begin(catalog, keep(catalog, plan_of(made)), made)
        with catalog.transaction() as connection:
            connection.execute(update(action_claims).values(host="elsewhere/1", process=1))
        assert left(catalog) == []
        with catalog.transaction() as connection:
            connection.execute(update(action_claims).values(until=moment(datetime.now(UTC) - timedelta(seconds=1))))
        assert len(left(catalog)) == 1
        with catalog.reading() as connection:
            assert connection.execute(select(action_claims.c.host)).scalar_one() == here.host()

    def test_other_controls_are_left_to_those_who_know_them(self, catalog: Catalog) -> None:
        made = action(control="s3_encryption")
        begin(catalog, keep(catalog, plan_of(made)), made)
        leave_behind(catalog)
        assert left(catalog) == []

    def test_other_accounts_are_left_to_those_who_reach_them(self, catalog: Catalog) -> None:
        made = action()
        begin(catalog, keep(catalog, plan_of(made)), made)
        leave_behind(catalog)
        assert left(catalog, "210987654321") == []
        assert len(left(catalog)) == 1

    def test_what_is_unknown_is_looked_at_again(self, catalog: Catalog) -> None:
        made = action()
        plan_id = keep(catalog, plan_of(made))
        claim, _ = begin(catalog, plan_id, made)
        finish(catalog, claim, made, receipt(plan_id, made, Outcome.UNKNOWN, after=None, undo=None))
        assert audited(catalog) == []
        (found,) = left(catalog)
        with catalog.transaction() as connection:
            journal.leave(connection, found.claim)
        (again,) = left(catalog)
        finish(catalog, again.claim, made, receipt(plan_id, made))
        assert audited(catalog) == [("TAG_APPLIED", "s3://lake/a.csv")]

    def test_what_was_made_is_undone_once(self, catalog: Catalog) -> None:
        made = action()
        plan_id = keep(catalog, plan_of(made))
        claim, _ = begin(catalog, plan_id, made)
        finish(catalog, claim, made, receipt(plan_id, made))
        claim, begun = begin(catalog, plan_id, made, step=Outcome.UNDOING)
        assert begun.free == [made]
        leave_behind(catalog)
        (found,) = left(catalog)
        assert found.step is Outcome.UNDOING
        undone = receipt(plan_id, made, Outcome.UNDONE, before=made.after, after=made.before, undo=None)
        finish(catalog, found.claim, made, undone)
        assert begin(catalog, plan_id, made, step=Outcome.UNDOING)[1].done == [made]
        assert [name for name, _ in audited(catalog)] == ["TAG_APPLIED", "TAG_UNDONE"]

    def test_controls_that_write_no_tags_are_audited_as_protection(self, catalog: Catalog) -> None:
        made = action(control="s3_encryption")
        plan_id = keep(catalog, plan_of(made))
        claim, _ = begin(catalog, plan_id, made)
        finish(catalog, claim, made, receipt(plan_id, made))
        assert audited(catalog) == [("PROTECTION_APPLIED", "s3://lake/a.csv")]

    @pytest.mark.parametrize("statement", ["UPDATE receipts SET outcome = 'failed'", "DELETE FROM receipts"])
    def test_the_journal_is_append_only(self, catalog: Catalog, statement: str) -> None:
        made = action()
        begin(catalog, keep(catalog, plan_of(made)), made)
        with pytest.raises((DBAPIError, CatalogError)), catalog.transaction() as connection:
            connection.execute(text(statement))
        with catalog.reading() as connection:
            assert connection.execute(select(func.count()).select_from(receipts)).scalar_one() == 1


def test_an_id_depends_on_what_is_changed_alone() -> None:
    made = action()
    assert replace(made, note="another", breaks="readers").id == made.id
    for change in (
        {"resource": "s3://lake/b"},
        {"before": {}},
        {"after": {"x": "y"}},
        {"found": {}},
        {"control": "x"},
        {"account": ""},
    ):
        assert replace(made, **change).id != made.id
    assert made.inverse.inverse == made
