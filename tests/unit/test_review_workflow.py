"""The states of a question and the moves between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from reviews_for_tests import NOW, decision, item, of_kind

from assay.errors import ReviewError
from assay.model import Category, Level
from assay.model.review import Action, Scope, State, Verdict
from assay.review import workflow
from assay.review.workflow import DECIDED, MOVES, OUTCOME, Move

PEOPLE = ("Ada", "Bo", "Cy")


class Desk(RuleBasedStateMachine):
    """Any order of moves, on an item that takes one person or two."""

    @initialize(two_step=st.booleans())
    def start(self, two_step: bool) -> None:
        self.item = item(two_step=two_step)
        self.in_effect = False
        self.people: set[str] = set()

    def take(self, step: workflow.Step) -> None:
        assert step.item.version == self.item.version + 1
        if step.takes_effect:
            assert not self.in_effect
            self.in_effect = True
        if step.revokes:
            assert self.in_effect
            self.in_effect = False
        self.item = step.item

    @rule(verdict=st.sampled_from(Verdict), by=st.sampled_from(PEOPLE))
    def decide(self, verdict: Verdict, by: str) -> None:
        said = decision(verdict, by=by)
        before = self.item
        try:
            step = workflow.decide(before, said)
        except ReviewError:
            waits = before.state is State.AWAITING_SECOND
            first = before.proposal
            differs = first is not None and (first.content != said.content or workflow.same_person(first.by, by))
            assert before.state is not State.OPEN
            assert not waits or differs
            return
        if before.state is State.OPEN:
            self.people = {by}
        else:
            self.people.add(by)
        self.take(step)

    @rule(by=st.sampled_from(PEOPLE))
    def confirm(self, by: str) -> None:
        before = self.item
        try:
            step = workflow.confirm(before, by=by, at=NOW)
        except ReviewError:
            assert before.state is not State.AWAITING_SECOND or by in self.people
            return
        self.people.add(by)
        self.take(step)

    @rule(move=st.sampled_from([Move.UNDO, Move.REOPEN, Move.WITHDRAW]))
    def other(self, move: Move) -> None:
        before = self.item
        try:
            if move is Move.UNDO:
                step = workflow.undo(before)
            elif move is Move.REOPEN:
                step = workflow.reopen(before, NOW)
            else:
                step = workflow.withdraw(before, NOW)
        except ReviewError:
            assert move not in MOVES[before.state]
            return
        assert move in MOVES[before.state]
        self.people = set()
        self.take(step)

    @precondition(lambda self: hasattr(self, "item"))
    @invariant()
    def what_counts_was_decided_by_enough_people(self) -> None:
        assert self.in_effect == (self.item.state in DECIDED)
        if self.in_effect:
            assert self.item.proposal is not None
            assert OUTCOME[self.item.proposal.verdict] is self.item.state
            assert len(self.people) == (2 if self.item.two_step else 1)
        if self.item.state is State.OPEN:
            assert self.item.proposal is None


TestDesk = Desk.TestCase


@given(state=st.sampled_from(State), move=st.sampled_from(Move))
def test_every_move_is_either_allowed_or_told_why_not(state: State, move: Move) -> None:
    at = item(state, proposal=None if state in (State.OPEN, State.WITHDRAWN) else decision())

    def make() -> workflow.Step:
        if move is Move.UNDO:
            return workflow.undo(at)
        if move is Move.REOPEN:
            return workflow.reopen(at, NOW)
        if move is Move.WITHDRAW:
            return workflow.withdraw(at, NOW)
        if move is Move.CONFIRM:
            return workflow.confirm(at, by="Bo", at=NOW)
        return workflow.decide(at, decision(Verdict(move), by="Ada"))

    if move in MOVES[state]:
        assert make().item.state is not state
    else:
        with pytest.raises(ReviewError, match=f"^{at.id}: "):
            make()


def test_the_same_verdict_of_a_second_person_confirms() -> None:
    waiting = workflow.decide(item(two_step=True), decision(Verdict.APPROVE)).item
    assert waiting.state is State.AWAITING_SECOND
    step = workflow.decide(waiting, decision(Verdict.APPROVE, by="Bo", reason="seen it too"))
    assert (step.item.state, step.takes_effect) == (State.APPROVED, True)


def test_one_person_under_two_spellings_is_one_person() -> None:
    waiting = workflow.decide(item(two_step=True), decision(by="Ada Park")).item
    with pytest.raises(ReviewError, match="somebody else"):
        workflow.confirm(waiting, by=" ada  PARK ", at=NOW)


def test_a_different_verdict_of_a_second_person_is_refused_with_what_to_do() -> None:
    waiting = workflow.decide(item(two_step=True), decision(Verdict.REJECT)).item
    with pytest.raises(ReviewError, match="Ada asked to reject it.*assay review confirm"):
        workflow.decide(waiting, decision(Verdict.APPROVE, by="Bo"))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (decision(reason=" "), "needs a reason"),
        (decision(by=""), "--by"),
        (decision(Verdict.RECLASSIFY, level=None), "a level, an identifier or categories"),
        (decision(Verdict.RECLASSIFY, level=Level.UNCLASSIFIED), "no level to decide on"),
        (decision(Verdict.APPROVE, level=Level.PUBLIC), "go with reclassify"),
        (decision(Verdict.RECLASSIFY, confidence=1.5), "from 0 to 1"),
        (decision(expires=(NOW - timedelta(days=1)).date()), "which is past"),
        (decision(scope=Scope.FINDING), "needs the fingerprint"),
        (decision(scope=Scope.PATTERN), "us/ssn#dashed"),
        (decision(path="file:///srv/*"), "goes with scope pattern or identifier"),
        (decision(Verdict.APPROVE, scope=Scope.TABLE), "wider scope"),
    ],
)
def test_a_decision_that_lacks_something_is_refused(said: object, message: str) -> None:
    with pytest.raises(ReviewError, match=message):
        workflow.decide(item(), said)  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.SUPPRESS])
@pytest.mark.parametrize("kind", ["resource", "table"])
def test_a_whole_resource_cannot_be_waved_through(kind: str, verdict: Verdict) -> None:
    with pytest.raises(ReviewError, match="columns or findings in it"):
        workflow.decide(of_kind(kind), decision(verdict))


def test_nothing_to_reject_in_a_column_in_which_nothing_was_detected() -> None:
    open_item = item()
    subject = replace(open_item.question.subject, identifier=None)
    harmless = replace(open_item, question=replace(open_item.question, subject=subject))
    with pytest.raises(ReviewError, match="nothing was detected"):
        workflow.decide(harmless, decision(Verdict.SUPPRESS))
    assert workflow.overrides_of(harmless, decision(Verdict.APPROVE)) == ()


def test_overrides_are_guarded_by_what_was_seen() -> None:
    (made,) = workflow.overrides_of(item(), decision(Verdict.SUPPRESS))
    assert (made.action, made.scope, made.column) == (Action.SUPPRESS, Scope.COLUMN, "ssn")
    assert (made.identifier, made.seen, made.seen_level) == ("SSN", (Category.PII,), Level.RESTRICTED)
    (sure,) = workflow.overrides_of(item(), decision(Verdict.APPROVE))
    assert (sure.action, sure.confidence, sure.identifier) == (Action.SET_CONFIDENCE, 1.0, "SSN")


def test_a_reclassification_leaves_an_override_for_all_that_it_sets() -> None:
    said = decision(Verdict.RECLASSIFY, level=Level.INTERNAL, categories=(Category.CUSTOM,), confidence=0.8)
    made = workflow.overrides_of(item(), said)
    assert [each.action for each in made] == [Action.RECLASSIFY, Action.SET_CATEGORIES, Action.SET_CONFIDENCE]
    assert len({each.id for each in made}) == 3


def test_a_wider_scope_names_its_resources_by_a_glob() -> None:
    (made,) = workflow.overrides_of(item(), decision(scope=Scope.IDENTIFIER, path="file:///srv/tests/*"))
    assert (made.resource, made.path, made.column) == (None, "file:///srv/tests/*", None)
    (alone,) = workflow.overrides_of(of_kind("finding"), decision())
    assert (alone.scope, alone.path) == (Scope.IDENTIFIER, "file:///srv/data/customers.csv")


def test_what_is_said_of_one_value_leaves_the_question_about_the_others() -> None:
    said = decision(Verdict.SUPPRESS, scope=Scope.FINDING, fingerprint="beef" * 16)
    step = workflow.decide(of_kind("finding"), said)
    assert (step.item.state, step.item.proposal, step.takes_effect) == (State.OPEN, None, True)
    (made,) = workflow.overrides_of(step.item, said)
    assert (made.scope, made.fingerprint, made.resource) == (
        Scope.FINDING,
        "beef" * 16,
        "file:///srv/data/customers.csv",
    )


def test_what_expires_is_asked_again_the_day_after() -> None:
    until = NOW.date() + timedelta(days=3)
    settled = workflow.decide(item(), decision(Verdict.SUPPRESS, expires=until)).item
    assert not workflow.expired(settled, until)
    assert workflow.expired(settled, until + timedelta(days=1))
    assert not workflow.expired(item(), until + timedelta(days=1))
