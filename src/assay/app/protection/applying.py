"""Makes the actions of a plan, and takes them back: each is journalled, made, read back, and journalled again.

What is going to be done is in the journal before any call is made. A process that dies in between leaves that behind;
`settle` of the next one looks at what is there and writes what became of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assay.app.protection.anew import ANEW, made_anew
from assay.aws.failures import ACCESS_DENIED, CLOCK, EXPIRED, KEY_DENIED, NO_CREDENTIALS, NOT_FOUND, REGION_DISABLED
from assay.errors import ActionError, AwsError
from assay.model.action import UNCHANGED, Action, Gate, Outcome, Plan, Planned, Receipt, State
from assay.ports import Protector
from assay.store import journal
from assay.store.engine import Catalog

BUSY = "another process has it"
DIFFERS = "not as written"
UNSEEN = "could not be read back"
OTHER_ACCOUNT = "of another account"
NO_CONTROL = "unknown control"
INTERRUPTED = "interrupted"
EARLIER = "an earlier step failed"

_AT_ONCE = 32
"""Actions that are journalled together. So many at most are settled after a crash."""
_THREADS = 8
_LOOKS = (0.0, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each look: some services take a moment until they tell what was written."""
_CERTAIN = frozenset({ACCESS_DENIED, CLOCK, KEY_DENIED, NOT_FOUND, EXPIRED, NO_CREDENTIALS, REGION_DISABLED})
"""Reasons for which a call surely did nothing; one look is enough, for what a call before it did."""
_LEFT_AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Makes actions on resources of `account` by `protectors` (control → protector) for `by`, and keeps the journal in
    `catalog`. With `in_steps` all actions of one control are made before any of the next one begins. `is_gone` tells whether a resource is
    surely no longer there, `born` when it was made, where that is known; both raise `AwsError`."""

    catalog: Catalog
    protectors: Mapping[str, Protector]
    account: str
    by: str
    in_steps: bool = False
    is_gone: Callable[[str], bool] = lambda _: False
    born: Callable[[str], datetime | None] = lambda _: None
    pause: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def apply(self, plan: str, chosen: Sequence[Planned]) -> Iterator[Receipt]:
        """Makes these actions of a kept plan, in their order. After a step that failed the others of its resource are refused."""
        watched = frozenset(each.action.id for each in chosen if each.gate is Gate.APPLY_AND_WATCH)
        yield from self._all(plan, [each.action for each in chosen], Outcome.INTENDED, watched)

    def undo(self, plan: str, made: Sequence[Action]) -> Iterator[Receipt]:
        """Takes back actions of a plan that were made, the last first, where what was written is there still. What was made anew by the same name
        since is left as it is: what that was before is not for this one."""
        with self.catalog.reading() as connection:
            entries = journal.of_plan(connection, plan)
        others = made_anew(made, entries, now=self.now(), born=self.born, stands=self._stands)
        yield from self._all(
            plan, [each for each in reversed(made) if each.id not in others], Outcome.UNDOING, frozenset()
        )
        for each in made:
            if each.id in others:
                yield self._receipt(plan, each, Outcome.UNDO_FAILED, reason=ANEW, detail=others[each.id])

    def _stands(self, action: Action) -> bool:
        """Whether something is as it was made, as far as can be seen: what cannot be is not taken for gone."""
        try:
            return dict(self.protectors[action.control].read_back(action)) == dict(action.after)
        except AwsError:
            return True

    def settle(self) -> Iterator[Receipt]:
        """Looks at what others began and left behind, and writes what became of it."""
        with self.catalog.transaction() as connection:
            left = journal.take_over(connection, self.protectors, self.account, limit=_LEFT_AT_ONCE)
        for at in range(0, len(left), _AT_ONCE):
            part = left[at : at + _AT_ONCE]
            with ThreadPoolExecutor(_THREADS) as threads:
                told = list(threads.map(self._settled, part))
            seen = [receipt for receipt in told if receipt.outcome is not Outcome.UNKNOWN]
            with self.catalog.transaction() as connection:
                journal.finish(connection, seen, [each.action for each in part], part[0].claim)
            yield from told
        if left:
            with self.catalog.transaction() as connection:
                journal.leave(connection, left[0].claim)

    def _all(self, plan: str, actions: Sequence[Action], step: Outcome, watched: frozenset[str]) -> Iterator[Receipt]:
        failed: set[str] = set()
        for batch in _batches(actions, in_steps=self.in_steps):
            claim = journal.new_claim()
            ready = [action for action in batch if action.resource not in failed]
            with self.catalog.transaction() as connection:
                begun = journal.begin(connection, plan, ready, claim, step, by=self.by, watched=watched)
            told = self._batch(plan, begun.free, claim, step, watched)
            told += [self._receipt(plan, action, Outcome.UNCHANGED, reason=UNCHANGED) for action in begun.done]
            told += [self._receipt(plan, action, Outcome.REFUSED, reason=BUSY) for action in begun.busy]
            told += [
                self._receipt(plan, action, Outcome.REFUSED, reason=EARLIER) for action in batch if action not in ready
            ]
            order = {action.id: number for number, action in enumerate(batch)}
            by_id = {action.id: action for action in batch}
            for receipt in sorted(told, key=lambda receipt: order[receipt.action]):
                if receipt.outcome not in (Outcome.APPLIED, Outcome.UNCHANGED, Outcome.UNDONE):
                    failed.add(by_id[receipt.action].resource)
                yield receipt

    def _batch(
        self, plan: str, actions: Sequence[Action], claim: str, step: Outcome, watched: frozenset[str]
    ) -> list[Receipt]:
        if not actions:
            return []
        with ThreadPoolExecutor(_THREADS) as threads:
            futures = [threads.submit(self._made, plan, action, step, action.id in watched) for action in actions]
        told = [future.result() for future in futures]
        with self.catalog.transaction() as connection:
            journal.finish(connection, told, actions, claim)
        return told

    def _made(self, plan: str, action: Action, step: Outcome, watched: bool) -> Receipt:
        if action.account != self.account:
            refused = Outcome.UNDO_FAILED if step is Outcome.UNDOING else Outcome.REFUSED
            detail = f"it is of account {action.account}, and the credentials of {self.account}"
            return self._receipt(plan, action, refused, reason=OTHER_ACCOUNT, detail=detail)
        if action.control not in self.protectors:
            refused = Outcome.UNDO_FAILED if step is Outcome.UNDOING else Outcome.REFUSED
            return self._receipt(plan, action, refused, reason=NO_CONTROL, detail=unknown_control(action))
        protector = self.protectors[action.control]
        undoes = step is Outcome.UNDOING
        wanted = action.before if undoes else action.after
        try:
            found = protector.undo(action) if undoes else protector.apply(action)
        except ActionError as error:
            if error.reason == UNCHANGED:
                done = Outcome.UNDONE if undoes else Outcome.UNCHANGED
                return self._receipt(plan, action, done, before=wanted, after=wanted, reason=error.reason)
            refused = Outcome.UNDO_FAILED if undoes else Outcome.REFUSED
            return self._receipt(plan, action, refused, reason=error.reason, detail=error.detail)
        except AwsError as error:
            # Whether the call arrived, or a part of it was done, is not known: what is there now tells.
            return self._seen(plan, action, step, before=None, watched=watched, failure=error)
        return self._seen(plan, action, step, before=found, watched=watched, failure=None)

    def _seen(
        self, plan: str, action: Action, step: Outcome, *, before: State | None, watched: bool, failure: AwsError | None
    ) -> Receipt:
        """Reads back until it is as wanted, for a few seconds."""
        undoes = step is Outcome.UNDOING
        wanted, was = (action.before, action.after) if undoes else (action.after, action.before)
        after: State | None = None
        unread: AwsError | None = None
        for seconds in _LOOKS if failure is None or failure.reason not in _CERTAIN else _LOOKS[:1]:
            self.pause(seconds)
            try:
                after = self.protectors[action.control].read_back(action)
            except AwsError as error:
                unread = error
                continue
            if dict(after) == dict(wanted):
                done = Outcome.UNDONE if undoes else Outcome.APPLIED
                undo = None if undoes or not action.reversible else action.before
                return self._receipt(
                    plan, action, done, before=before or was, after=after, undo=undo, watched=watched and not undoes
                )
        bad = Outcome.UNDO_FAILED if undoes else Outcome.FAILED
        if failure is not None and (failure.reason in _CERTAIN or after is not None) and after in (None, dict(was)):
            return self._receipt(
                plan, action, bad, before=was, after=after, reason=failure.reason, detail=failure.detail
            )
        if after is None:
            detail = unread.detail if unread is not None else ""
            if unread is not None and unread.reason == NOT_FOUND:
                return self._receipt(plan, action, bad, before=before, reason=NOT_FOUND, detail=detail)
            return self._receipt(
                plan, action, Outcome.UNKNOWN, before=before, reason=UNSEEN, detail=detail, watched=watched
            )
        detail = f"{', '.join(sorted(_other(after, wanted)))}: not as written when read back"
        return self._receipt(plan, action, bad, before=before, after=after, reason=DIFFERS, detail=detail)

    def _settled(self, left: journal.Open) -> Receipt:
        action, undoes = left.action, left.step is Outcome.UNDOING
        wanted, was = (action.before, action.after) if undoes else (action.after, action.before)
        try:
            now = self.protectors[action.control].read_back(action)
        except AwsError as error:
            if error.reason == NOT_FOUND:
                gone = Outcome.UNDO_FAILED if undoes else Outcome.FAILED
                return self._receipt(left.plan, action, gone, reason=NOT_FOUND, detail=error.detail)
            return self._receipt(left.plan, action, Outcome.UNKNOWN, reason=UNSEEN, detail=error.detail)
        if dict(now) == dict(wanted):
            done = Outcome.UNDONE if undoes else Outcome.APPLIED
            undo = None if undoes or not action.reversible else action.before
            receipt = self._receipt(left.plan, action, done, before=was, after=now, undo=undo, watched=left.watched)
            return replace(receipt, detail="it was interrupted, and found made")
        bad = Outcome.UNDO_FAILED if undoes else Outcome.FAILED
        detail = "it was interrupted before it was made"
        if dict(now) != dict(was):
            detail = (
                f"it was interrupted, and {', '.join(sorted(_other(now, wanted)))} is neither as before nor as wanted"
            )
        return self._receipt(left.plan, action, bad, before=was, after=now, reason=INTERRUPTED, detail=detail)

    def _receipt(
        self,
        plan: str,
        action: Action,
        outcome: Outcome,
        *,
        before: State | None = None,
        after: State | None = None,
        undo: State | None = None,
        reason: str = "",
        detail: str = "",
        watched: bool = False,
    ) -> Receipt:
        return Receipt(
            plan=plan,
            action=action.id,
            outcome=outcome,
            at=self.now(),
            by=self.by,
            before=before,
            after=after,
            undo=undo,
            reason=reason,
            detail=detail,
            watched=watched,
        )


def left_to_undo(plan: Plan, entries: Sequence[Receipt]) -> list[Action]:
    """The actions of a plan that were made and not taken back, as its journal has it."""
    steps: dict[str, set[Outcome]] = {}
    for entry in entries:
        steps.setdefault(entry.action, set()).add(entry.outcome)
    return [
        each.action
        for each in plan.actions
        if each.action.reversible
        and Outcome.APPLIED in steps.get(each.action.id, ())
        and Outcome.UNDONE not in steps[each.action.id]
    ]


def _other(state: State, wanted: State) -> list[str]:
    return [name for name in wanted if state.get(name) != wanted[name]]


def unknown_control(action: Action) -> str:
    """Why a change of a plan can be neither made nor read back: another version of assay planned it."""
    return f"this version of assay knows no '{action.control}'; use the version that planned it"


def _batches(actions: Sequence[Action], *, in_steps: bool) -> Iterator[list[Action]]:
    """Each with at most one action of a resource, so that its steps follow one another."""
    batch: list[Action] = []
    resources: set[str] = set()
    for action in actions:
        next_step = in_steps and bool(batch) and batch[-1].control != action.control
        if len(batch) == _AT_ONCE or action.resource in resources or next_step:
            yield batch
            batch, resources = [], set()
        batch.append(action)
        resources.add(action.resource)
    if batch:
        yield batch
