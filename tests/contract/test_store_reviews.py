"""The review queue in the catalog: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from reviews_for_tests import LEVELS, aggregate, describe, override
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from unit.records_for_tests import classification, column, finding, table

from assay.app.governing.measuring import measure
from assay.app.reviews import phasing, reviewing
from assay.app.reviews.decisions import Decisions
from assay.app.reviews.queueing import Filling, sweep
from assay.errors import AssayError, ReviewError
from assay.model import Category, Level
from assay.model.review import Action, Decision, Override, Phase, PhaseRow, QueueItem, Scope, State, Verdict
from assay.review.triage import Surroundings
from assay.store import phases as stored_phases
from assay.store import reviews
from assay.store.engine import Catalog
from assay.store.texts import moment

AROUND = Surroundings(review_below=lambda _category: 0.5)
KNOWN = reviewing.Known(identifiers=LEVELS, categories=tuple(Category))
UNSURE = {"confidence": 64.0, "confidence_level": "MEDIUM", "need_review": True, "regex_hits": 3}


def masked(written: str) -> str:
    return written.replace("536-90-4399", "***********")


def decisions(catalog: Catalog) -> Decisions:
    with catalog.reading() as connection:
        living = reviews.overrides(connection)
    return Decisions(
        overrides=tuple(living), today=reviewing.today(), levels=LEVELS, aggregate=aggregate, describe=describe
    )


def fill(catalog: Catalog, *results: Any, second_from: Level | None = None) -> int:
    """A run that yields these results. Returns how many questions it asked."""
    made = decisions(catalog)
    filling = Filling(
        catalog=catalog, around=lambda _resource: AROUND, decisions=made, second_from=second_from, run="run"
    )
    records = [each for each in results if type(each).__name__ == "ColumnRecord"]
    if records:
        settled, whole = made.on_columns(records, table())
        for each in (*settled, whole):
            filling.take(each)
    for each in made.on_findings(item for item in results if type(item).__name__ == "Finding"):
        filling.take(each)
    for each in results:
        if type(each).__name__ == "Classification":
            filling.take(made.on_classification(each))
    filling.flush()
    return filling.asked


def queue(catalog: Catalog, *states: State) -> list[QueueItem]:
    with catalog.reading() as connection:
        return reviews.items(connection, states=states)


def decide(catalog: Catalog, item: QueueItem, verdict: Verdict, *, by: str = "Ada", **changes: Any) -> QueueItem:
    said = Decision(verdict=verdict, by=by, at=datetime.now(UTC), reason="seen 536-90-4399", **changes)
    return reviewing.decide(catalog, item.id, said, redact=masked, known=KNOWN)


def count(catalog: Catalog, table_name: str, where: str = "1 = 1") -> int:
    with catalog.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table_name} WHERE {where}")).scalar_one())


def test_the_same_question_is_asked_once(catalog: Catalog) -> None:
    assert fill(catalog, column(**UNSURE)) == 1
    assert fill(catalog, column(**UNSURE)) == 0
    assert fill(catalog, column(**{**UNSURE, "confidence": 66.0})) == 0
    (item,) = queue(catalog)
    assert (item.state, item.version, item.question.confidence) == (State.OPEN, 1, 0.66)
    assert item.question.subject.column == "ssn"
    assert "restricted with medium confidence" in item.question.reasons


def test_the_most_pressing_come_first(catalog: Catalog) -> None:
    sure = column(**{**UNSURE, "confidence": 88.0, "column": "b"})
    unsure = column(**{**UNSURE, "confidence": 51.0, "column": "a"})
    fill(catalog, sure, unsure)
    assert [item.question.subject.column for item in queue(catalog)] == ["a", "b"]


def test_a_question_that_a_later_run_does_not_ask_is_withdrawn_and_asked_again_when_it_comes_back(
    catalog: Catalog,
) -> None:
    fill(catalog, column(**UNSURE))
    fill(catalog, column(pattern_score=1.0))
    assert [item.state for item in queue(catalog)] == [State.WITHDRAWN]
    fill(catalog, column(**UNSURE))
    assert [item.state for item in queue(catalog)] == [State.OPEN]


def test_what_is_gone_is_withdrawn_only_when_everything_was_read(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    partly = classification()
    fill(catalog, replace(partly, coverage=replace(partly.coverage, complete=False)))
    assert [item.state for item in queue(catalog)] == [State.OPEN]
    fill(catalog, classification())
    assert [item.state for item in queue(catalog)] == [State.WITHDRAWN]


def test_a_decision_holds_in_later_runs_and_is_not_asked_for_again(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    decide(catalog, item, Verdict.REJECT)
    made = decisions(catalog)
    settled, whole = made.on_columns([column(**UNSURE)], table())
    assert settled[0].detected_type is None
    assert whole.level is Level.UNCLASSIFIED
    assert "rejected by Ada" in settled[0].detection_reason
    assert fill(catalog, column(**UNSURE)) == 0
    assert [each.state for each in queue(catalog)] == [State.REJECTED]


def test_other_evidence_asks_again_and_ends_the_override(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    decide(catalog, item, Verdict.REJECT)
    both = column(**UNSURE, categories=(Category.PII, Category.PCI))
    assert fill(catalog, both) == 1
    (again,) = queue(catalog)
    assert (again.state, again.version) == (State.OPEN, 3)
    assert decisions(catalog).overrides == ()
    with catalog.reading() as connection:
        moves = [(move.move, move.by, move.reason) for move in reviews.history(connection, item.id)]
    assert moves == [("reject", "Ada", "seen ***********"), ("reopen", "assay", "its evidence changed")]


def test_other_evidence_of_one_column_leaves_what_was_decided_for_many_resources(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    decide(catalog, item, Verdict.SUPPRESS, scope=Scope.IDENTIFIER, path="file:///srv/*")
    other = column(**{**UNSURE, "detected_type": "CREDIT_CARD", "categories": (Category.PCI,)})
    fill(catalog, other)
    assert queue(catalog)[0].state is State.OPEN
    (kept,) = decisions(catalog).overrides
    assert kept.path == "file:///srv/*"


def test_what_takes_two_people_now_takes_two_whatever_held_when_it_was_asked(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    said = Decision(verdict=Verdict.REJECT, by="Ada", at=datetime.now(UTC), reason="seen")
    waiting = reviewing.decide(catalog, item.id, said, redact=masked, known=KNOWN, second_from=Level.RESTRICTED)
    assert waiting.state is State.AWAITING_SECOND
    assert queue(catalog)[0].two_step


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scope": Scope.VALUE, "fingerprint": "536-90-4399"}, "64 digits"),
        ({"scope": Scope.PATTERN, "pattern": "536-90-4399"}, "no pattern has that id"),
        ({"scope": Scope.IDENTIFIER, "path": "file:///536-90-4399/*"}, "looks like a sensitive value"),
    ],
)
def test_what_is_typed_beside_the_reason_is_no_way_in_for_values(
    catalog: Catalog, changes: dict[str, Any], message: str
) -> None:
    fill(catalog, column(**UNSURE))
    with pytest.raises(ReviewError, match=message) as caught:
        decide(catalog, queue(catalog)[0], Verdict.SUPPRESS, **changes)
    assert "536-90-4399" not in str(caught.value)


def test_a_folder_named_by_a_date_is_a_scope(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    decide(catalog, item, Verdict.SUPPRESS, scope=Scope.IDENTIFIER, path="file:///srv/20261101/*")
    assert decisions(catalog).overrides[0].path == "file:///srv/20261101/*"


def test_an_approved_harmless_column_leaves_no_override_and_is_not_asked_again(catalog: Catalog) -> None:
    near = column(
        detected_type=None,
        categories=(),
        level=Level.PUBLIC,
        confidence=43.0,
        confidence_level="LOW",
        rule_score=1.0,
        pattern_score=0.0,
    )
    assert fill(catalog, near) == 1
    decide(catalog, queue(catalog)[0], Verdict.APPROVE)
    assert decisions(catalog).overrides == ()
    assert fill(catalog, near) == 0


def test_a_reclassification_is_not_taken_for_other_evidence(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    decide(catalog, queue(catalog)[0], Verdict.RECLASSIFY, level=Level.INTERNAL)
    assert fill(catalog, column(**UNSURE)) == 0
    assert [each.state for each in queue(catalog)] == [State.RECLASSIFIED]
    settled, _ = decisions(catalog).on_columns([column(**UNSURE)], table())
    assert settled[0].level is Level.INTERNAL


def test_undo_ends_what_the_decision_made(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    decide(catalog, item, Verdict.SUPPRESS)
    assert len(decisions(catalog).overrides) == 1
    reviewing.undo(catalog, item.id[:6], by="Bo", reason="was right after all", redact=masked)
    assert decisions(catalog).overrides == ()
    assert queue(catalog)[0].state is State.OPEN
    assert count(catalog, "sensitive_feedback_log", "event = 'created'") == 1
    assert count(catalog, "sensitive_feedback_log", "event = 'revoked'") == 1
    assert count(catalog, "sensitive_feedback") == 1
    decide(catalog, item, Verdict.SUPPRESS)
    assert len(decisions(catalog).overrides) == 1


def test_every_decision_is_audited_with_before_and_after(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    decide(catalog, queue(catalog)[0], Verdict.RECLASSIFY, level=Level.INTERNAL)
    with catalog.reading() as connection:
        asked = "SELECT actor, resource, details, before, after FROM audit_log WHERE action = 'FEEDBACK_APPLIED'"
        ((actor, resource, details, before, after),) = connection.execute(text(asked)).all()
    assert (actor, resource) == ("Ada", column().resource)
    assert '"move":"reclassify"' in details
    assert '"level":"restricted"' in before
    assert '"level":"internal"' in after


def test_no_value_that_somebody_typed_is_kept(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    decide(catalog, item, Verdict.SUPPRESS, by="Ada 536-90-4399")
    reviewing.undo(catalog, item.id, by="Ada", reason="was 536-90-4399", redact=masked)
    for name in ("review_items", "review_decisions", "sensitive_feedback", "sensitive_feedback_log", "audit_log"):
        with catalog.reading() as connection:
            rows = connection.execute(text(f"SELECT * FROM {name}")).all()
        assert rows
        assert "536-90-4399" not in str(rows)


def test_two_people_where_it_takes_two(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE), second_from=Level.RESTRICTED)
    (item,) = queue(catalog)
    waiting = decide(catalog, item, Verdict.REJECT)
    assert waiting.state is State.AWAITING_SECOND
    assert decisions(catalog).overrides == ()
    with pytest.raises(ReviewError, match="somebody else"):
        reviewing.confirm(catalog, item.id, by="ADA", reason="", redact=masked)
    settled = reviewing.confirm(catalog, item.id, by="Bo", reason="yes", redact=masked)
    assert settled.state is State.REJECTED
    (made,) = decisions(catalog).overrides
    assert made.author == "Ada"
    with catalog.reading() as connection:
        assert [move.by for move in reviews.history(connection, item.id)] == ["Ada", "Bo"]


def test_of_two_stewards_at_once_one_is_refused_and_told(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    barrier = threading.Barrier(2)
    outcomes: list[object] = []

    def steward(name: str, verdict: Verdict) -> None:
        said = Decision(verdict=verdict, by=name, at=datetime.now(UTC), reason="looked")
        change = reviewing._decided(item, said)
        barrier.wait(30)
        try:
            with catalog.transaction() as connection:
                reviews.make(connection, change)
            outcomes.append(name)
        except AssayError as error:
            outcomes.append(error)

    people = [
        threading.Thread(target=steward, args=("Ada", Verdict.REJECT)),
        threading.Thread(target=steward, args=("Bo", Verdict.APPROVE)),
    ]
    for person in people:
        person.start()
    for person in people:
        person.join(60)
    (winner,) = [each for each in outcomes if isinstance(each, str)]
    (refused,) = [each for each in outcomes if isinstance(each, AssayError)]
    assert isinstance(refused, ReviewError)
    assert f"by {winner} meanwhile" in str(refused)
    assert count(catalog, "review_decisions") == 1
    assert count(catalog, "sensitive_feedback") == 1
    assert count(catalog, "audit_log", "action = 'FEEDBACK_APPLIED'") == 1


def test_a_run_that_meets_a_decision_made_meanwhile_leaves_it(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(catalog, column(**UNSURE))
    (before,) = queue(catalog)
    decide(catalog, before, Verdict.SUPPRESS, scope=Scope.TABLE)
    # As it reads where the decision is committed between the run's look and its write.
    monkeypatch.setattr(reviews, "by_id", lambda _connection, _ids: {before.id: before})
    other = column(**{**UNSURE, "detected_type": "CREDIT_CARD", "categories": (Category.PCI,)})
    fill(catalog, other)
    monkeypatch.undo()
    (now,) = queue(catalog)
    assert (now.state, now.version) == (State.SUPPRESSED, 2)


def test_what_has_expired_is_asked_again(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    decide(catalog, item, Verdict.SUPPRESS, expires=reviewing.today() + timedelta(days=1))
    assert sweep(catalog) == 0
    past = (reviewing.today() - timedelta(days=1)).isoformat()
    with catalog.transaction() as connection:
        stored = connection.execute(text("SELECT proposal FROM review_items")).scalar_one()
        changed = str(stored if isinstance(stored, str) else __import__("json").dumps(stored))
        changed = changed.replace((reviewing.today() + timedelta(days=1)).isoformat(), past)
        connection.execute(
            text("UPDATE review_items SET expires = :past, proposal = :changed"), {"past": past, "changed": changed}
        )
    assert sweep(catalog) == 1
    assert queue(catalog)[0].state is State.OPEN
    assert decisions(catalog).overrides == ()


def test_the_log_of_overrides_cannot_be_changed(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    decide(catalog, queue(catalog)[0], Verdict.SUPPRESS)
    for statement in ("UPDATE sensitive_feedback_log SET event = 'revoked'", "DELETE FROM sensitive_feedback_log"):
        with pytest.raises((DBAPIError, AssayError)), catalog.transaction() as connection:
            connection.execute(text(statement))
    assert count(catalog, "sensitive_feedback_log", "event = 'created'") == 1


def test_findings_are_asked_about_together_and_a_single_value_can_be_accepted(catalog: Catalog) -> None:
    here = "file:///srv/note.txt"
    low = [
        finding(
            resource=here,
            confidence=0.75,
            fingerprint=f"{number:064x}",
            location=replace(finding().location, field=None),
        )
        for number in range(3)
    ]
    level = classification(resource=here)
    assert fill(catalog, *low, level) == 1
    (item,) = queue(catalog)
    assert item.question.details["count"] == 3
    after = decide(catalog, item, Verdict.SUPPRESS, scope=Scope.FINDING, fingerprint=f"{0:064x}")
    assert after.state is State.OPEN
    made = decisions(catalog)
    assert len(made.on_findings(low)) == 2
    (override_made,) = made.overrides
    fill(catalog, *low, level)
    (item,) = queue(catalog, State.OPEN)
    assert item.question.details["count"] == 2
    decide(catalog, item, Verdict.REJECT)
    assert decisions(catalog).on_findings(low) == []
    reviewing.undo(catalog, item.id, by="Ada", reason="again", redact=masked)
    assert [each.id for each in decisions(catalog).overrides] == [override_made.id]
    reviewing.end_override(catalog, override_made.id, by="Ada", reason="again", redact=masked)
    assert decisions(catalog).overrides == ()
    with pytest.raises(ReviewError, match="no override"):
        reviewing.end_override(catalog, override_made.id, by="Ada", reason="again", redact=masked)


def test_a_value_in_a_column_with_a_record_is_asked_about_there(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE), finding(confidence=0.75), classification())
    assert [item.question.subject.kind for item in queue(catalog)] == ["column"]


def test_names_that_no_database_takes_as_they_are(catalog: Catalog) -> None:
    odd = column(**{**UNSURE, "column": 'se"l\x00ect\udcff;--'})
    assert fill(catalog, odd) == 1
    decide(catalog, queue(catalog)[0], Verdict.SUPPRESS)
    assert fill(catalog, odd) == 0
    settled, _ = decisions(catalog).on_columns([odd], table())
    assert settled[0].detected_type is None


def test_precision_as_reviewers_judge_it(catalog: Catalog) -> None:
    names = ["a", "b", "c", "d"]
    fill(catalog, *(column(**{**UNSURE, "column": name}) for name in names))
    items = {item.question.subject.column: item for item in queue(catalog)}
    decide(catalog, items["a"], Verdict.APPROVE)
    decide(catalog, items["b"], Verdict.REJECT)
    decide(catalog, items["c"], Verdict.RECLASSIFY, identifier="EMAIL")
    decide(catalog, items["d"], Verdict.REJECT)
    reviewing.undo(catalog, items["d"].id, by="Ada", reason="by mistake", redact=masked)
    answers = reviewing.judged(catalog)
    assert sorted(str(each.right) for each in answers) == ["False", "False", "True"]
    assert {each.identifier for each in answers} == {"SSN"}
    assert reviewing.judged(catalog, since=datetime.now(UTC) + timedelta(hours=1)) == []


def test_phases_are_kept_audited_and_fall_back(catalog: Catalog) -> None:
    with pytest.raises(ReviewError, match="not ready for supervised"):
        phasing.set_phase(catalog, "file:///srv/*", Phase.SUPERVISED, by="Ada", reason="go", redact=masked)
    row = phasing.set_phase(
        catalog, "file:///srv/*", Phase.SUPERVISED, by="Ada", reason="go 536-90-4399", redact=masked, force=True
    )
    assert (row.version, row.reason) == (1, "go ***********")
    with pytest.raises(ReviewError, match="in supervised already"):
        phasing.set_phase(catalog, "file:///srv/*", Phase.SUPERVISED, by="Ada", reason="go", redact=masked)
    assert phasing.fall_back(catalog) == []
    fill(catalog, *(column(**{**UNSURE, "column": f"c{number}"}) for number in range(50)))
    for item in queue(catalog):
        decide(catalog, item, Verdict.REJECT)
    ((moved, why),) = phasing.fall_back(catalog)
    assert (moved.phase, moved.by) == (Phase.PILOT, "assay")
    assert "precision 0% of 50 reviews" in why
    assert count(catalog, "audit_log", "action = 'PHASE_CHANGE'") == 2
    with catalog.reading() as connection:
        (now,) = stored_phases.phases(connection)
    assert (now.phase, now.version) == (Phase.PILOT, 2)
    stale = PhaseRow(scope=now.scope, phase=Phase.SUPERVISED, since=now.since, by="Bo", version=2)
    with pytest.raises(ReviewError, match="changed by somebody else"), catalog.transaction() as connection:
        stored_phases.set_phase(connection, replace(stale, version=3), row, {})


def test_an_override_comes_back_as_it_was_made(catalog: Catalog) -> None:
    fill(catalog, column(**UNSURE))
    (item,) = queue(catalog)
    until = reviewing.today() + timedelta(days=30)
    decide(
        catalog,
        item,
        Verdict.RECLASSIFY,
        identifier="EMAIL",
        level=Level.INTERNAL,
        categories=(Category.PII, Category.CUSTOM),
        confidence=0.75,
        scope=Scope.IDENTIFIER,
        path="file:///srv/*",
        expires=until,
    )
    made = {each.action: each for each in decisions(catalog).overrides}
    assert set(made) == {Action.RECLASSIFY, Action.SET_CATEGORIES, Action.SET_CONFIDENCE}
    changed = made[Action.RECLASSIFY]
    assert isinstance(changed, Override)
    assert (changed.to_identifier, changed.level, changed.path) == ("EMAIL", Level.INTERNAL, "file:///srv/*")
    assert (changed.seen, changed.seen_level, changed.expires) == ((Category.PII,), Level.RESTRICTED, until)
    assert made[Action.SET_CATEGORIES].categories == (Category.PII, Category.CUSTOM)
    assert made[Action.SET_CONFIDENCE].confidence == 0.75


def test_what_is_kept_under_another_set_of_overrides_has_to_be_made_again(catalog: Catalog) -> None:
    before = decisions(catalog).digest(column().resource, "customers")
    fill(catalog, column(**UNSURE))
    decide(catalog, queue(catalog)[0], Verdict.SUPPRESS)
    made = decisions(catalog)
    assert made.digest(column().resource, "customers") != before
    assert made.digest(column().resource, "other") == before
    assert made.digest("file:///elsewhere.csv") == before
    assert made.concerns(column().resource)
    assert not made.concerns("file:///elsewhere.csv")
    assert Decisions(overrides=(override(scope=Scope.VALUE),), today=reviewing.today()).concerns("file:///any")


def test_numbers_of_a_period(catalog: Catalog) -> None:
    fill(catalog, *(column(column=f"c{number}", **UNSURE) for number in range(5)))
    now = datetime.now(UTC)
    with catalog.transaction() as connection:
        connection.execute(text("UPDATE review_items SET queued_at = :at"), {"at": moment(now - timedelta(hours=10))})
    first, second, third, *_ = queue(catalog)
    decide(catalog, first, Verdict.APPROVE)
    decide(catalog, second, Verdict.REJECT)
    decide(catalog, third, Verdict.SUPPRESS)
    reviewing.undo(catalog, third.id, by="Ada", reason="no", redact=masked)
    with catalog.reading() as connection:
        found = measure(connection, since=moment(now - timedelta(hours=24)))
        before = measure(connection, until=moment(now - timedelta(hours=1)))
        later = measure(connection, since=moment(now + timedelta(hours=1)))
    assert (found.queue.asked, found.queue.waiting, dict(found.queue.waiting_by_level)) == (5, 3, {"restricted": 3})
    assert (found.answers.number, dict(found.answers.by_verdict)) == (2, {"approve": 1, "reject": 1})
    assert found.answers.median_hours == pytest.approx(10, abs=0.1)
    assert found.answers.p90_hours == pytest.approx(10, abs=0.1)
    assert [(each.identifier, each.right, each.wrong) for each in found.precision] == [("SSN", 1, 1)]
    # What has been answered since then was waiting.
    assert (before.queue.asked, before.queue.waiting, before.answers.number) == (5, 5, 0)
    assert (later.queue.asked, later.answers.number, later.answers.median_hours) == (0, 0, None)
    assert later.together.judged == 0
