"""What a process left behind is settled, and the phase decides what is applied."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tagging_for_tests import Desk, Lake, classify, known, outcomes

from assay.app.protection.applying import INTERRUPTED
from assay.model import Classification, Level
from assay.model.action import Action, Outcome, Plan
from assay.model.review import Phase
from assay.store import journal, plans


class TestInterrupted:
    def _intended(self, desk: Desk, plan: Plan, *, step: Outcome = Outcome.INTENDED) -> Action:
        """As a process leaves it that is killed after it wrote what it is going to do."""
        (planned,) = plan.actions
        with desk.catalog.transaction() as connection:
            plan_id = plans.keep(connection, plan)
            journal.begin(connection, plan_id, [planned.action], "theirs", step, by="ada")
            journal.leave(connection, "theirs")
        return planned.action

    def _plan(self, desk: Desk, lake: Lake) -> Plan:
        lake.put("a.csv", {"Owner": "hr"})
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        return desk.plan("s3://lake/a.csv")

    def test_before_the_call_it_was_not_made_and_is_planned_again(self, desk: Desk, lake: Lake) -> None:
        self._intended(desk, self._plan(desk, lake))
        (told,) = list(desk.maker.settle())
        assert (told.outcome, told.reason) == (Outcome.FAILED, INTERRUPTED)
        assert desk.audited() == []
        assert outcomes(desk.tag("s3://lake/a.csv")) == [Outcome.APPLIED]
        assert desk.audited() == [("TAG_APPLIED", "s3://lake/a.csv")]

    def test_after_the_call_it_was_made_and_is_told_once(self, desk: Desk, lake: Lake) -> None:
        made = self._intended(desk, self._plan(desk, lake))
        lake.tag("a.csv", {"Owner": "hr", **made.after})
        (told,) = list(desk.maker.settle())
        assert (told.outcome, told.undo) == (Outcome.APPLIED, made.before)
        assert list(desk.maker.settle()) == []
        assert desk.plan("s3://lake/a.csv").actions == ()
        assert desk.audited() == [("TAG_APPLIED", "s3://lake/a.csv")]

    def test_neither_as_before_nor_as_wanted(self, desk: Desk, lake: Lake) -> None:
        self._intended(desk, self._plan(desk, lake))
        lake.tag("a.csv", {"DataClassification": "internal"})
        (told,) = list(desk.maker.settle())
        assert (told.outcome, told.reason) == (Outcome.FAILED, INTERRUPTED)
        assert "neither as before nor as wanted" in told.detail

    def test_an_undo_that_was_interrupted_after_its_call(self, desk: Desk, lake: Lake) -> None:
        plan = self._plan(desk, lake)
        desk.apply(plan)
        self._intended(desk, plan, step=Outcome.UNDOING)
        lake.tag("a.csv", {"Owner": "hr"})
        (told,) = list(desk.maker.settle())
        assert told.outcome is Outcome.UNDONE
        assert [name for name, _ in desk.audited()] == ["TAG_APPLIED", "TAG_UNDONE"]

    def test_what_is_gone_is_not_looked_for_for_ever(self, desk: Desk, lake: Lake) -> None:
        self._intended(desk, self._plan(desk, lake))
        lake.s3.delete_object(Bucket="lake", Key="a.csv")
        (told,) = list(desk.maker.settle())
        assert (told.outcome, told.reason) == (Outcome.FAILED, "not found")
        assert list(desk.maker.settle()) == []

    def test_what_another_account_has_is_neither_made_nor_undone(self, desk: Desk, lake: Lake) -> None:
        plan = self._plan(desk, lake)
        desk.apply(plan)
        before = lake.tags("a.csv")
        desk.maker = replace(desk.maker, account="210987654321")
        (told,) = desk.undo(plan)
        assert (told.outcome, told.reason) == (Outcome.UNDO_FAILED, "of another account")
        assert lake.tags("a.csv") == before


class TestGates:
    def _known(self, desk: Desk, lake: Lake) -> None:
        sure: dict[str, Classification] = {
            "sure.csv": known(Level.CONFIDENTIAL, confidence=0.8),
            "middling.csv": known(Level.CONFIDENTIAL, confidence=0.79),
            "half.csv": known(Level.CONFIDENTIAL, confidence=0.5),
            "unsure.csv": known(Level.CONFIDENTIAL, confidence=0.49),
        }
        for key in sure:
            lake.put(key)
        classify(desk.catalog, {f"s3://lake/{key}": replace(each, categories=()) for key, each in sure.items()})

    @pytest.mark.parametrize(
        ("phase", "applied"),
        [
            (Phase.PILOT, {}),
            (Phase.SUPERVISED, {"sure.csv": False}),
            (Phase.AUTOMATED, {"sure.csv": False, "middling.csv": True, "half.csv": True}),
        ],
    )
    def test_the_phase_decides_what_is_applied(
        self, desk: Desk, lake: Lake, phase: Phase, applied: dict[str, bool]
    ) -> None:
        self._known(desk, lake)
        plan = desk.plan("s3://lake/*", phase=phase)
        assert len(plan.actions) == 4
        told = desk.apply(plan, approved=False)
        resources = {planned.action.id: planned.action.resource for planned in plan.actions}
        done = {resources[each.action].rpartition("/")[2]: each.watched for each in told}
        assert done == applied
        assert {key for key in ("sure.csv", "middling.csv", "half.csv", "unsure.csv") if lake.tags(key)} == set(applied)

    def test_restricted_that_is_not_sure_waits(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known(confidence=0.89)})
        (planned,) = desk.plan("s3://lake/a.csv").actions
        assert planned.gate == "review"
