"""Plans are applied and taken back from the desk: in the background of the server, with the rights that the server has, and with all that
becomes of it in the journal, where the next one goes on if the server ends."""

from __future__ import annotations

import hmac
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from assay.app.permissions import calls_of
from assay.app.protection import protectapply as doing
from assay.errors import AssayError, ConflictError, UsageError
from assay.model.action import Outcome, Plan
from assay.protect.plan import Limit
from assay.protect.protection import COMMAND, resources_of
from assay.store import audit, plans

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.app.protection.applying import Maker
    from assay.app.reviews.desk import Desk
    from assay.aws.access import Access

Verb = Literal["apply", "rollback"]
_COMMAND = "protect apply"
_KEPT = 50
_GOOD = (Outcome.APPLIED, Outcome.UNDONE, Outcome.UNCHANGED)


class Ended(NamedTuple):
    """How a run ended, in words, and whether all is as it was asked for."""

    told: str
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One run of a plan: who began it, and what it ended with."""

    plan: str
    verb: Verb
    by: str
    since: datetime
    ends: Future[Ended]

    @property
    def is_done(self) -> bool:
        return self.ends.done()

    @property
    def told(self) -> str:
        """How it ended, in words; empty while it goes on."""
        if not self.ends.done():
            return ""
        error = self.ends.exception()
        if error is None:
            return self.ends.result().told
        if isinstance(error, AssayError):
            return f"it ended early: {error}"
        return f"it ended by an error that should not be ({type(error).__name__}); what was made stands in the receipts"

    @property
    def is_good(self) -> bool:
        """Whether all went well."""
        return self.ends.done() and self.ends.exception() is None and self.ends.result().is_whole


@dataclass(kw_only=True)
class Working:
    """The runs of this server, one at a time. `access` says how AWS is reached, `make` who changes something there."""

    desk: Desk
    access: Access | None = None
    make: Callable[[str], Maker] | None = None
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="assay-plan"))
    _known: dict[str, Work] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def of(self, plan_id: str) -> Work | None:
        """The latest run of a plan that this server knows of."""
        return self._known.get(plan_id)

    def apply(self, plan_id: str, *, digest: str, most: int, by: str, reason: str) -> Work:
        """Begins to make what of a plan may be made. Raises `UsageError`, `ConflictError`."""
        plan = self._meant(plan_id, digest)
        told = doing.ready(self.desk.catalog, plan_id, plan, second=self.desk.settings.second_approval)
        if not told.chosen:
            because = f": {told.waiting[0].because}" if told.waiting else ""
            raise UsageError(f"nothing of it may be applied now{because}")
        changed = len(resources_of(told.chosen))
        if not Limit(number=most).allows(changed, plan.looked_at):
            raise UsageError(
                f"it would change {changed:,} resources, and you allow {most:,}; look at it, then allow more"
            )

        def work() -> Ended:
            maker = self._maker(by)
            self._settle(maker)
            done = doing.carry_out(maker, plan_id, plan, told.chosen)
            good = sum(receipt.outcome in _GOOD for receipt in done.receipts)
            if done.failed.resources:
                return Ended(
                    f"{len(done.failed.resources):,} resources do not hold what was made of them, and were taken back",
                    False,
                )
            if good < len(done.receipts) or done.unseen or told.waiting:
                rest = len(done.receipts) - good
                parts = [
                    f"{rest:,} were not made" if rest else "",
                    f"{len(done.unseen):,} could not be seen again" if done.unseen else "",
                ]
                parts.append(f"{len(told.waiting):,} wait" if told.waiting else "")
                return Ended(
                    f"not all of it is made: {good:,} are; " + ", ".join(part for part in parts if part), False
                )
            return Ended(f"all {good:,} changes are made, and hold", True)

        return self._begin(plan_id, "apply", by, reason, plan, work)

    def rollback(self, plan_id: str, *, digest: str, by: str, reason: str) -> Work:
        """Begins to take back what a plan made. Raises `UsageError`, `ConflictError`."""
        plan = self._meant(plan_id, digest)
        if not doing.to_undo(self.desk.catalog, plan_id, plan):
            raise UsageError("nothing of it is made that could be taken back")

        def work() -> Ended:
            maker = self._maker(by)
            self._settle(maker)
            receipts = list(maker.undo(plan_id, doing.to_undo(self.desk.catalog, plan_id, plan)))
            good = sum(receipt.outcome in _GOOD for receipt in receipts)
            stays = doing.stays(self.desk.catalog, plan_id, plan)
            if good < len(receipts) or stays:
                return Ended(
                    f"not all is taken back: {good:,} are, {len(receipts) - good:,} are not, {len(stays):,} cannot be",
                    False,
                )
            return Ended(f"all {good:,} changes are taken back", True)

        return self._begin(plan_id, "rollback", by, reason, plan, work)

    def identity(self) -> tuple[str, str]:
        """As whom the server would change something: its account and ARN. Raises `AwsError`."""
        from assay.aws.access import Access
        from assay.aws.session import Session

        session = Session(self.access or Access(), calls_of(_COMMAND))
        found = session.identity()
        return str(found["Account"]), str(found["Arn"])

    def close(self) -> None:
        """Waits for what is under way: a change that was begun is ended and journalled."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self, plan_id: str, verb: Verb, by: str, reason: str, plan: Plan, work: Callable[[], Ended]) -> Work:
        with self._turn:
            going = next((each for each in self._known.values() if not each.is_done), None)
            if going is not None:
                raise ConflictError(f"{going.by} has plan {going.plan[:8]} under way here; wait until it is done")
            with self.desk.catalog.transaction() as connection:
                audit.append(
                    connection,
                    actor=by,
                    action="PLAN_APPLY_BEGUN" if verb == "apply" else "PLAN_ROLLBACK_BEGUN",
                    details={"plan": plan_id, "digest": plan.digest, "reason": reason},
                )
            begun = Work(plan=plan_id, verb=verb, by=by, since=datetime.now(UTC), ends=self._pool.submit(work))
            while len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            self._known.pop(plan_id, None)
            self._known[plan_id] = begun
        return begun

    def _meant(self, plan_id: str, digest: str) -> Plan:
        with self.desk.catalog.reading() as connection:
            plan = plans.load(connection, plan_id)
        if plan.command != COMMAND:
            raise UsageError(f"this plan is of 'assay {plan.command}', which applies it and takes it back")
        if not hmac.compare_digest(digest.encode(), plan.digest.encode()):
            raise ConflictError("the plan is not the one that you looked at; look again")
        return plan

    def _maker(self, by: str) -> Maker:
        if self.make is not None:
            return self.make(by)
        from assay.app.protection import protectsetup
        from assay.aws.access import Access

        return protectsetup.maker_of(self.desk.catalog, self.access or Access(), _COMMAND, by)

    def _settle(self, maker: Maker) -> None:
        """What earlier runs left unfinished is looked at first, and grants whose time is over are taken back."""
        from assay.app.protection.granting import revoke_due

        list(maker.settle())
        list(revoke_due(maker))
