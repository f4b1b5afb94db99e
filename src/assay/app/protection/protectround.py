"""One look at what is protected: what drifted, who did that, what is healed, and what waits for whom.

A look ends in plans as any other: what may be made without a person is one plan, applied over all resources in safe order and
read back; what waits is a plan for each resource, kept once, whose approval holds for exactly that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from assay.app.protection import granting
from assay.app.protection import protectapply as doing
from assay.app.protection.applying import Maker
from assay.app.protection.protecting import PROTECTORS, Protection
from assay.app.protection.protecttargets import is_meant
from assay.errors import AwsError
from assay.model import Level
from assay.model.action import LEFT_ALONE, MANUAL, Action, Outcome, Plan, Planned, Receipt, Refusal
from assay.observers.changes import Changed, Changes
from assay.protect.calendar import Calendar
from assay.protect.plan import Limit
from assay.protect.protection import Assessed, hosts_of, may_be_made, plan_of, resources_of
from assay.store import audit, journal, plans
from assay.store.engine import Catalog

OFTEN, WITHIN = 3, timedelta(days=1)
"""So often within that time the same is healed; who keeps changing it back has a reason that a person should hear."""
_LOOK_UPS = 20
_GOOD = (Outcome.APPLIED, Outcome.UNCHANGED)
Told: TypeAlias = Callable[[dict[str, Any]], None]
"""Is given what a look finds, as JSON lines have it."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Something that protection made and that is otherwise now. `who` is whoever changed it, or why that is not known."""

    plan: str
    action: Action
    now: Mapping[str, Any]
    who: Changed | str

    @property
    def explained(self) -> str:
        """Who did it, as a sentence's end."""
        if isinstance(self.who, str):
            return f"by nobody knows whom ({self.who})"
        where = f" from {self.who.address}" if self.who.address else ""
        return f"by {self.who.by} on {self.who.at:%Y-%m-%d at %H:%M:%S} UTC with {self.who.call}{where}"


@dataclass(kw_only=True)
class Seen:
    """What came of a look. `known` are the resources that there are, by the addresses at which they are reached too."""

    looked_at: int = 0
    drifted: int = 0
    unexplained: int = 0
    healed: int = 0
    failed: int = 0
    queued: int = 0
    waiting: int = 0
    left_alone: int = 0
    gone: int = 0
    gaps: int = 0
    known: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Looks:
    """Looks at resources of an account: at all `targets` (none: everything) in a round, at one between rounds. `protecting` makes who plans, anew for each look, so that a phase or a policy that was
    changed counts. Without `execute` nothing is changed. `limit` is for all that changes within `span`; where a look at everything
    would have passed it, nothing is changed until another one does not. `may_go_on` is asked before anything is."""

    catalog: Catalog
    protecting: Callable[[], Protection]
    maker: Maker
    changes: Changes
    calendar: Calendar
    limit: Limit
    tell: Told
    by: str
    targets: tuple[str, ...] = ()
    execute: bool = False
    second: Level | None = None
    may_go_on: Callable[[], bool] = lambda: True
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    span: timedelta = timedelta(minutes=5)
    _changed: dict[str, datetime] = field(default_factory=dict)
    _whole: int = 0
    _over: str = ""
    _told: set[str] = field(default_factory=set)
    _found: set[str] = field(default_factory=set)
    _failures: dict[tuple[str, str], tuple[int, datetime]] = field(default_factory=dict)

    def look(self, targets: Sequence[str] = (), *, because: str = "") -> Seen:
        """Looks at these targets, or at everything, and does what may be done. Raises `AwsError` where nothing can be asked."""
        seen = Seen()
        self._found.clear()
        protection = self.protecting()
        assessed = protection.assessed(protection.resources(targets))
        seen.looked_at = len(assessed)
        regions = {each.subject.resource: each.state.region for each in assessed if isinstance(each, Assessed)}
        for each in assessed:
            if isinstance(each, Assessed):
                seen.known[each.subject.resource] = each.subject.resource
                seen.known |= {host.lower(): each.subject.resource for host in hosts_of(each.state)}
        plan = plan_of(assessed, protection.calls, targets=targets, at=self.now(), by=self.by)
        self._refused(plan, seen)
        drifts = self._drifts(targets, {_resource(each) for each in assessed}, regions, seen)
        plan = replace(plan, notes=_noted(plan, drifts, because))
        chosen, held = self._chosen(plan, {(each.action.resource, each.action.control) for each in drifts})
        if chosen:
            self._heal(plan, chosen, seen)
        self._queue(plan, held, seen)
        # What is gone, and comes again, is told again.
        self._told = set(self._found) if tuple(targets) == self.targets else self._told | self._found
        return seen

    def take_back(self) -> None:
        """Takes back access whose time is over, each once."""
        if not self.execute:
            return
        for each in granting.standing(self.catalog, self.maker.account):
            if each.until <= self.now():
                for receipt in granting.revoke(self.maker, [each]):
                    self._receipt(receipt, each.action)

    def _refused(self, plan: Plan, seen: Seen) -> None:
        for refusal in plan.refusals:
            if refusal.reason == LEFT_ALONE:
                seen.left_alone += 1
                self._once({"kind": "left_alone", "resource": refusal.resource, "detail": refusal.detail})
            elif refusal.reason != MANUAL:
                seen.gaps += 1
                seen.reasons.append(refusal.reason)
                told = {"kind": "gap", "resource": refusal.resource, "control": refusal.control}
                self._once(told | {"reason": refusal.reason, "detail": refusal.detail})

    def _drifts(
        self, targets: Sequence[str], resources: set[str], regions: Mapping[str, str], seen: Seen
    ) -> list[Drift]:
        standing = doing.standing(self.catalog, PROTECTORS, self.maker.account)
        chosen: dict[str, list[Action]] = {}
        for plan, action in standing:
            if not targets or is_meant(action.resource, resources | set(targets)):
                chosen.setdefault(plan, []).append(action)
        found: list[Drift] = []
        gone: set[str] = set()
        new: list[doing.Checked] = []
        for plan, actions in chosen.items():
            for each in doing.verify(self.maker, plan, actions):
                if each.check is doing.Check.UNKNOWN:
                    seen.gaps += 1
                    told = {"kind": "gap", "resource": each.action.resource, "control": each.action.control}
                    self._once(told | {"reason": "unknown", "detail": each.detail})
                elif each.check is doing.Check.GONE:
                    gone.add(each.action.resource)
                    if self._once(
                        {"kind": "gone", "resource": each.action.resource, "plan": plan, "detail": each.detail}
                    ):
                        new.append(each)
                elif each.check is doing.Check.DIFFERS:
                    who = self._who(plan, each.action, regions.get(each.action.resource), len(found))
                    found.append(Drift(plan=plan, action=each.action, now=each.now or {}, who=who))
        seen.drifted, seen.gone = len(found), len(gone)
        doing.record_gone(self.catalog, new, by=self.by)
        for drift in found:
            seen.unexplained += isinstance(drift.who, str)
            self._tell_drift(drift)
        return found

    def _who(self, plan: str, action: Action, region: str | None, number: int) -> Changed | str:
        if number >= _LOOK_UPS:
            return "more changed at once than CloudTrail is asked for"
        with self.catalog.reading() as connection:
            entries = journal.of_plan(connection, plan)
        made = [entry.at for entry in entries if entry.action == action.id and entry.outcome in _GOOD]
        if not made:
            return "what the catalog has of it is not what was applied: it was changed there"
        try:
            # CloudTrail tells whole seconds: rather nobody than whoever made it.
            found = self.changes.last(action.resource, action.control, after=max(made), region=region)
        except AwsError as error:
            return f"CloudTrail could not be read: {error.detail}"
        return "CloudTrail tells of no such call, or not yet" if found is None else found

    def _tell_drift(self, drift: Drift) -> None:
        who = drift.who
        is_new = self._once(
            {
                "kind": "drift",
                "resource": drift.action.resource,
                "control": drift.action.control,
                "plan": drift.plan,
                "made": dict(drift.action.after),
                "now": {name: drift.now.get(name) for name in drift.action.after},
                "by": None if isinstance(who, str) else who.by,
                "at": None if isinstance(who, str) else who.at.isoformat(),
                "call": None if isinstance(who, str) else who.call,
                "detail": drift.explained,
            }
        )
        if is_new:
            with self.catalog.transaction() as connection:
                audit.append(
                    connection,
                    actor=self.by,
                    action="DRIFT_FOUND",
                    resource=drift.action.resource,
                    details={"plan": drift.plan, "control": drift.action.control, "changed": drift.explained},
                )

    def _chosen(self, plan: Plan, drifted: set[tuple[str, str]]) -> tuple[list[Planned], dict[str, str]]:
        """What is made now, and why each other action is not, by its id."""
        ready, waiting = may_be_made(plan, 0, second=self.second)
        held = {each.planned.action.id: each.because for each in waiting}
        closed = "nothing is changed without --execute" if not self.execute else self.calendar.closed(self.now())
        with self.catalog.reading() as connection:
            often = journal.made_since(connection, self.now() - WITHIN)
        chosen: list[Planned] = []
        for planned in ready:
            key = (planned.action.resource, planned.action.control)
            failures, until = self._failures.get(key, (0, self.now()))
            if closed:
                held[planned.action.id] = closed
            elif key in drifted and often[key] >= OFTEN:
                held[planned.action.id] = (
                    f"it was healed {often[key]} times within a day, and changed back: a person decides"
                )
            elif failures and until > self.now():
                held[planned.action.id] = f"it failed {failures} times, and is tried again at {until:%H:%M} UTC"
            else:
                chosen.append(planned)
        because = self._too_many(plan, chosen)
        if because:
            return [], held | {planned.action.id: because for planned in chosen}
        return chosen, held

    def _too_many(self, plan: Plan, chosen: Sequence[Planned]) -> str:
        """Why none of these is made: too many resources change at once, one by one or together; empty where they may be."""
        if tuple(plan.targets) == self.targets:
            self._whole = plan.looked_at
            self._over = ""
        begun = self.now() - self.span
        self._changed = {name: at for name, at in self._changed.items() if at > begun}
        changed, looked_at = len({*resources_of(chosen), *self._changed}), max(plan.looked_at, self._whole)
        if chosen and not self._over and not self.limit.allows(changed, looked_at):
            told = f"{changed:,} of {looked_at:,} resources would change at once"
            self._over = f"{told}, and --max-resources is {self.limit}"
        return self._over if chosen else ""

    def _heal(self, plan: Plan, chosen: Sequence[Planned], seen: Seen) -> None:
        part = replace(plan, actions=tuple(chosen), refusals=())
        with self.catalog.transaction() as connection:
            plan_id = plans.keep(connection, part)
        self._carry_out(plan_id, part, chosen, seen)

    def _carry_out(self, plan_id: str, plan: Plan, chosen: Sequence[Planned], seen: Seen) -> None:
        if not self.may_go_on():
            return
        actions = {planned.action.id: planned.action for planned in plan.actions}

        def tell(receipts: Any) -> list[Receipt]:
            return [self._receipt(receipt, actions[receipt.action]) for receipt in receipts]

        done = doing.carry_out(self.maker, plan_id, plan, chosen, tell=tell)
        seen.gaps += len(done.unseen)
        for receipt in done.receipts:
            action = actions[receipt.action]
            key, bad = (action.resource, action.control), action.resource in done.failed.resources
            if receipt.outcome is Outcome.APPLIED:
                self._changed[action.resource] = self.now()
            if receipt.outcome in _GOOD and not bad:
                self._failures.pop(key, None)
                seen.healed += receipt.outcome is Outcome.APPLIED
                continue
            seen.failed += 1
            count = self._failures.get(key, (0, self.now()))[0] + 1
            self._failures[key] = (count, self.now() + min(timedelta(hours=1), timedelta(minutes=2) * 2**count))

    def _receipt(self, receipt: Receipt, action: Action) -> Receipt:
        self.tell(
            {
                "kind": "receipt",
                "plan": receipt.plan,
                "resource": action.resource,
                "control": action.control,
                "outcome": str(receipt.outcome),
                "reason": receipt.reason,
                "detail": receipt.detail,
            }
        )
        return receipt

    def _queue(self, plan: Plan, held: Mapping[str, str], seen: Seen) -> None:
        left = [planned for planned in plan.actions if planned.action.id in held]
        for resource in resources_of(left):
            part = _part(plan, resource, [planned for planned in left if planned.action.resource == resource])
            with self.catalog.transaction() as connection:
                plan_id = plans.keep(connection, part)
                agreed = plans.approvals(connection, plan_id)
            if agreed and self.execute and not self.calendar.closed(self.now()):
                told = doing.ready(self.catalog, plan_id, part, second=self.second)
                self._carry_out(plan_id, part, told.chosen, seen)
                left_over = len(told.waiting)
            else:
                left_over = len(part.actions)
            if not left_over:
                continue
            seen.waiting += left_over
            because = list(dict.fromkeys(held[planned.action.id] for planned in part.actions))
            is_new = self._once(
                {
                    "kind": "queued",
                    "plan": plan_id,
                    "resource": resource,
                    "changes": [planned.action.control for planned in part.actions],
                    "because": because,
                    "note": part.notes.get(resource, ""),
                }
            )
            seen.queued += is_new

    def _once(self, told: dict[str, Any]) -> bool:
        """Tells what was not told before by this process. Whether it was not."""
        key = repr(sorted((name, value) for name, value in told.items() if name not in ("detail", "note")))
        self._found.add(key)
        if key in self._told:
            return False
        self._told.add(key)
        self.tell(told)
        return True


def _part(plan: Plan, resource: str, chosen: Sequence[Planned]) -> Plan:
    """What of a plan is of one resource: the same as long as nothing of that changes."""
    return replace(
        plan,
        targets=(resource,),
        actions=tuple(chosen),
        refusals=tuple(each for each in plan.refusals if each.resource == resource),
        notes={name: note for name, note in plan.notes.items() if name == resource},
        looked_at=1,
    )


def _noted(plan: Plan, drifts: Sequence[Drift], because: str) -> dict[str, str]:
    """What people are told of each resource, with what drifted and why it was looked at."""
    notes = dict(plan.notes)
    for drift in drifts:
        was = notes.get(drift.action.resource, "")
        told = f"{drift.action.control} was changed {drift.explained}"
        notes[drift.action.resource] = f"{was}; {told}" if was else told
    return {name: f"{note}; looked at since {because}" if because else note for name, note in notes.items()}


def _resource(each: Assessed | Refusal) -> str:
    return each.subject.resource if isinstance(each, Assessed) else each.resource


def totals(seen: Seen) -> Iterator[tuple[str, int]]:
    """The numbers of a look, by what they are of."""
    told = Counter(
        {
            "looked_at": seen.looked_at, "drifted": seen.drifted, "unexplained": seen.unexplained, "healed": seen.healed,
            "failed": seen.failed, "queued": seen.queued, "waiting": seen.waiting, "left_alone": seen.left_alone,
            "gone": seen.gone, "gaps": seen.gaps,
        }
    )  # fmt: skip
    yield from told.items()
