"""States of a question and the moves between them, as data; and what a decision leaves for later runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from assay.errors import ReviewError
from assay.model import Level
from assay.model.review import (
    Action,
    Decision,
    Override,
    QueueItem,
    Scope,
    State,
    Subject,
    Verdict,
    content_id,
    storable,
)


class Move(StrEnum):
    """What can happen to a question. The first seven are a person's; `reopen` and `withdraw` come with a run."""

    APPROVE = "approve"
    REJECT = "reject"
    RECLASSIFY = "reclassify"
    SUPPRESS = "suppress"
    CONFIRM = "confirm"
    UNDO = "undo"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


OUTCOME: Mapping[Verdict, State] = {
    Verdict.APPROVE: State.APPROVED,
    Verdict.REJECT: State.REJECTED,
    Verdict.RECLASSIFY: State.RECLASSIFIED,
    Verdict.SUPPRESS: State.SUPPRESSED,
}
"""Where a verdict leads once it counts."""

DECIDED = frozenset(OUTCOME.values())

MOVES: Mapping[State, frozenset[Move]] = {
    State.OPEN: frozenset({Move.APPROVE, Move.REJECT, Move.RECLASSIFY, Move.SUPPRESS, Move.WITHDRAW}),
    State.AWAITING_SECOND: frozenset({Move.CONFIRM, Move.UNDO, Move.REOPEN}),
    State.APPROVED: frozenset({Move.UNDO, Move.REOPEN}),
    State.REJECTED: frozenset({Move.UNDO, Move.REOPEN}),
    State.RECLASSIFIED: frozenset({Move.UNDO, Move.REOPEN}),
    State.SUPPRESSED: frozenset({Move.UNDO, Move.REOPEN}),
    State.WITHDRAWN: frozenset({Move.REOPEN}),
}
"""The moves that a state allows; every other one is refused."""

ONE_VALUE = frozenset({Scope.FINDING, Scope.VALUE})
"""Scopes of a decision after which its item is still open."""

NO_CONTENT = "a reclassification says what it becomes: a level, an identifier or categories"


class Step(NamedTuple):
    """An item after a move. `takes_effect`: overrides are to be made; `revokes`: those that it made end."""

    item: QueueItem
    takes_effect: bool = False
    revokes: bool = False


def decide(item: QueueItem, decision: Decision) -> Step:
    """The item after one person's verdict. Where it takes two, the second one's equal verdict confirms the first's.

    Raises `ReviewError` where the state does not allow it, where something is missing, or where a second person has to.
    """
    check(decision, item)
    if item.state is State.AWAITING_SECOND:
        first = item.proposal
        if first is not None and first.content == decision.content:
            return confirm(item, by=decision.by, at=decision.at)
        said = first.verdict if first is not None else "decide"
        raise ReviewError(
            f"{item.id}: {_by(first)} asked to {said} it, and a second person has to confirm that; "
            f"run 'assay review confirm {item.id}', or 'undo' to take it back"
        )
    _allow(item, Move(decision.verdict))
    if item.two_step:
        return Step(replace(item, state=State.AWAITING_SECOND, proposal=decision, version=item.version + 1))
    return _settled(item, decision, decision.at)


def confirm(item: QueueItem, *, by: str, at: datetime) -> Step:
    """The item after a second person has agreed. Raises `ReviewError`, also for the first person again."""
    _allow(item, Move.CONFIRM)
    first = item.proposal
    if first is None:
        raise ReviewError(f"{item.id}: nothing is there to confirm; decide it first")
    if same_person(first.by, by):
        raise ReviewError(f"{item.id}: {by} decided it already; the second of two has to be somebody else")
    return _settled(item, first, at)


def undo(item: QueueItem) -> Step:
    """The item open again: a proposal is taken back, or a decision with all its overrides. Raises `ReviewError`."""
    _allow(item, Move.UNDO)
    return _reopened(item)


def reopen(item: QueueItem, at: datetime) -> Step:
    """The item open again because its evidence changed or its decision expired. Raises `ReviewError`."""
    _allow(item, Move.REOPEN)
    step = _reopened(item)
    return step._replace(item=replace(step.item, queued_at=at))


def withdraw(item: QueueItem, at: datetime) -> Step:
    """The item no longer asked. Raises `ReviewError`."""
    _allow(item, Move.WITHDRAW)
    return Step(replace(item, state=State.WITHDRAWN, decided_at=at, version=item.version + 1))


def expired(item: QueueItem, today: date) -> bool:
    """Whether the item's decision no longer holds."""
    decision = item.proposal
    return item.state in DECIDED and decision is not None and decision.expires is not None and decision.expires < today


def same_person(one: str, other: str) -> bool:
    """Whether two names are those of one person, however they are written."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def check(decision: Decision, item: QueueItem) -> None:
    """Raises `ReviewError` for a decision that lacks something, or says what its verdict has no use for."""
    where = item.id
    if not decision.by.strip():
        raise ReviewError(f"{where}: who decides is not said; give --by NAME")
    if not decision.reason.strip():
        raise ReviewError(f"{where}: a decision needs a reason; give --reason TEXT")
    sets = decision.level is not None or bool(decision.identifier) or bool(decision.categories)
    if decision.verdict is Verdict.RECLASSIFY and not sets and decision.confidence is None:
        raise ReviewError(f"{where}: {NO_CONTENT}")
    subject = item.question.subject
    nothing = subject.kind == "column" and subject.identifier is None
    if nothing and decision.categories and not decision.identifier:
        raise ReviewError(f"{where}: nothing was detected in it; name the identifier that its categories go with")
    if decision.verdict is not Verdict.RECLASSIFY and (sets or decision.confidence is not None):
        raise ReviewError(f"{where}: a level, an identifier or categories go with reclassify, not {decision.verdict}")
    if decision.level is Level.UNCLASSIFIED:
        raise ReviewError(f"{where}: unclassified is no level to decide on; it says that nobody knows")
    if decision.confidence is not None and not 0 <= decision.confidence <= 1:
        raise ReviewError(f"{where}: a confidence is a number from 0 to 1")
    if decision.expires is not None and decision.expires < decision.at.date():
        raise ReviewError(f"{where}: expires on {decision.expires}, which is past; give a later day")
    _check_scope(decision, subject, where)


def _check_scope(decision: Decision, subject: Subject, where: str) -> None:
    scope = decision.scope
    if scope is not None and decision.verdict is Verdict.APPROVE:
        raise ReviewError(f"{where}: an approval holds for what was asked; a wider scope needs another verdict")
    if scope in (Scope.FINDING, Scope.VALUE) and not decision.fingerprint:
        raise ReviewError(f"{where}: scope {scope} needs the fingerprint of the value")
    if scope is Scope.COLUMN and subject.column is None:
        raise ReviewError(f"{where}: it is no column; choose another scope")
    if scope is Scope.TABLE and subject.table is None:
        raise ReviewError(f"{where}: it is in no table; choose another scope")
    if scope is Scope.PATTERN and not decision.pattern:
        raise ReviewError(f"{where}: scope pattern needs the pattern's id, such as us/ssn#dashed")
    if scope is Scope.IDENTIFIER and subject.identifier is None:
        raise ReviewError(f"{where}: nothing was identified there; choose another scope")
    if decision.path is not None and scope not in (Scope.PATTERN, Scope.IDENTIFIER):
        raise ReviewError(f"{where}: a path goes with scope pattern or identifier")
    if decision.verdict not in (Verdict.REJECT, Verdict.SUPPRESS):
        return
    if subject.kind == "resource" or (subject.kind == "table" and scope is None):
        raise ReviewError(f"{where}: say it of the columns or findings in it, or reclassify the {subject.kind}")
    if subject.kind == "column" and subject.identifier is None:
        raise ReviewError(f"{where}: nothing was detected in it; approve that it is harmless, or reclassify it")


def overrides_of(item: QueueItem, decision: Decision) -> tuple[Override, ...]:
    """What a decision that counts leaves for later runs.

    An approval makes its subject certain, a rejection and a suppression make it count no more, a reclassification sets
    what it says. Each is guarded by what the reviewer saw, and its id is derived from its content.
    """
    subject, verdict = item.question.subject, decision.verdict
    scope = decision.scope or _natural_scope(subject)
    guard = subject.identifier
    base = Override(
        id="",
        action=Action.SUPPRESS,
        scope=scope,
        author=decision.by,
        reason=decision.reason,
        at=decision.at,
        resource=None if scope in (Scope.VALUE, Scope.PATTERN, Scope.IDENTIFIER) else storable(subject.resource),
        table=storable(subject.table) if subject.table is not None and scope in (Scope.COLUMN, Scope.TABLE) else None,
        column=storable(subject.column) if subject.column is not None and scope is Scope.COLUMN else None,
        identifier=guard,
        fingerprint=decision.fingerprint if scope in (Scope.FINDING, Scope.VALUE) else None,
        pattern=decision.pattern if scope is Scope.PATTERN else None,
        path=(decision.path or literal(storable(subject.resource)))
        if scope in (Scope.PATTERN, Scope.IDENTIFIER)
        else None,
        seen=item.question.categories,
        seen_level=item.question.level,
        below=None if scope in ONE_VALUE else subject.below,
        verdict=verdict,
        expires=decision.expires,
        item=item.id,
    )
    made: list[Override] = []
    if verdict in (Verdict.REJECT, Verdict.SUPPRESS):
        made.append(base)
    elif verdict is Verdict.APPROVE:
        if guard is not None or subject.kind == "resource":
            made.append(replace(base, action=Action.SET_CONFIDENCE, confidence=1.0))
    else:
        if decision.level is not None or decision.identifier is not None:
            made.append(
                replace(base, action=Action.RECLASSIFY, level=decision.level, to_identifier=decision.identifier)
            )
        if decision.categories:
            made.append(replace(base, action=Action.SET_CATEGORIES, categories=decision.categories))
        # A candidate of which somebody says what it is, is one no more.
        sure = 1.0 if subject.is_candidate and decision.confidence is None else decision.confidence
        if sure is not None:
            made.append(replace(base, action=Action.SET_CONFIDENCE, confidence=sure))
    return tuple(replace(each, id=override_id(each)) for each in made)


def override_id(override: Override) -> str:
    """The id of an override, derived from what it does, for what, and when it was decided."""
    fields = (
        override.action,
        override.scope,
        override.resource,
        override.table,
        override.column,
        override.identifier,
        override.fingerprint,
        override.pattern,
        override.path,
        override.item,
        override.at.isoformat(),
    )
    return "f" + content_id(*(None if each is None else str(each) for each in fields))[:15]


def literal(resource: str) -> str:
    """A glob that matches this URI only."""
    import glob  # only decisions of a wider scope write globs

    return glob.escape(resource)


def _natural_scope(subject: Subject) -> Scope:
    if subject.kind == "column":
        return Scope.COLUMN
    if subject.kind == "table":
        return Scope.TABLE
    return Scope.RESOURCE if subject.kind == "resource" else Scope.IDENTIFIER


def _allow(item: QueueItem, move: Move) -> None:
    if move in MOVES[item.state]:
        return
    hint = ""
    if item.state in DECIDED:
        hint = f" by {_by(item.proposal)}; run 'assay review undo {item.id}' first to decide it again"
    elif item.state is State.WITHDRAWN:
        hint = "; a later run no longer asks it"
    elif item.state is State.OPEN:
        hint = "; nobody has decided it"
    raise ReviewError(f"{item.id}: cannot {move} what is {item.state.replace('_', ' ')}{hint}")


def _by(decision: Decision | None) -> str:
    return "somebody" if decision is None else decision.by


def _settled(item: QueueItem, decision: Decision, at: datetime) -> Step:
    if decision.scope in ONE_VALUE:
        # It is said of one value; the question about the others stays.
        return Step(replace(item, state=State.OPEN, proposal=None, version=item.version + 1), takes_effect=True)
    settled = replace(item, state=OUTCOME[decision.verdict], proposal=decision, decided_at=at, version=item.version + 1)
    return Step(settled, takes_effect=True)


def _reopened(item: QueueItem) -> Step:
    again = replace(item, state=State.OPEN, proposal=None, decided_at=None, version=item.version + 1)
    return Step(again, revokes=item.state in DECIDED)
