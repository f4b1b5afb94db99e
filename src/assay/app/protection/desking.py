"""Plans are applied and taken back from the desk: in the background of the server, with the rights that the server has, and with all that
becomes of it in the journal, where the next one goes on if the server ends."""

from __future__ import annotations

import hmac
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from assay.app.permissions import calls_of
from assay.app.protection import protectapply as doing
from assay.errors import AssayError, CatalogError, ConflictError, UsageError
from assay.model.action import Outcome, Plan
from assay.protect.plan import Limit
from assay.protect.protection import COMMAND, resources_of
from assay.store import audit, leases, planruns, plans
from assay.store.leases import Holder, Lease
from assay.store.planruns import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.app.protection.applying import Maker
    from assay.app.reviews.desk import Desk
    from assay.aws.access import Access

Verb = Literal["apply", "rollback"]
_COMMAND = "protect apply"
_LEASE = "plans of the desk"
_LASTS = timedelta(seconds=60)
"""How long nothing is heard of a run before its server is taken to have ended."""
_GOOD = (Outcome.APPLIED, Outcome.UNDONE, Outcome.UNCHANGED)


class Ended(NamedTuple):
    """How a run ended, in words, and whether all is as it was asked for."""

    told: str
    is_whole: bool


@dataclass(kw_only=True)
class Working:
    """The runs of plans, one at a time in all servers of a catalog. `access` says how AWS is reached, `make` who changes something there."""

    desk: Desk
    access: Access | None = None
    make: Callable[[str], Maker] | None = None
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="assay-plan"))

    def of(self, plan_id: str) -> Run | None:
        """The latest run of a plan, in whichever server."""
        with self.desk.catalog.reading() as connection:
            return planruns.latest(connection, plan_id)

    def apply(self, plan_id: str, *, digest: str, most: int, by: str, reason: str) -> None:
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
            maker = self._maker(by, plan)
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

        self._begin(plan_id, "apply", by, reason, plan, work)

    def rollback(self, plan_id: str, *, digest: str, by: str, reason: str) -> None:
        """Begins to take back what a plan made. Raises `UsageError`, `ConflictError`."""
        plan = self._meant(plan_id, digest)
        if not doing.to_undo(self.desk.catalog, plan_id, plan):
            raise UsageError("nothing of it is made that could be taken back")

        def work() -> Ended:
            maker = self._maker(by, plan)
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

        self._begin(plan_id, "rollback", by, reason, plan, work)

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

    def _begin(self, plan_id: str, verb: Verb, by: str, reason: str, plan: Plan, work: Callable[[], Ended]) -> None:
        with self.desk.catalog.transaction() as connection:
            lease = leases.take(connection, _LEASE, _LASTS, by=by)
            if isinstance(lease, Holder):
                raise ConflictError(f"{lease.by} has a plan under way; wait until it is done")
            run = planruns.begin(connection, plan_id, verb, by=by, lasts=_LASTS)
            audit.append(
                connection,
                actor=by,
                action="PLAN_APPLY_BEGUN" if verb == "apply" else "PLAN_ROLLBACK_BEGUN",
                details={"plan": plan_id, "digest": plan.digest, "reason": reason},
            )
        self._pool.submit(self._carry, run, lease, work)

    def _carry(self, run: str, lease: Lease, work: Callable[[], Ended]) -> None:
        """Does it, with a thread beside that says that it goes on; how it ended is known to every server."""
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(run, lease, over), name="assay-plan-keeper", daemon=True)
        keeper.start()
        ended: Ended | None = None
        try:
            ended = work()
        except AssayError as error:
            ended = Ended(f"it ended early: {error}", False)
        finally:
            over.set()
            keeper.join()
            kind = getattr(sys.exc_info()[0], "__name__", "")
            told = ended or Ended(
                f"it ended by an error that should not be ({kind}); what was made stands in the receipts", False
            )
            with self.desk.catalog.transaction() as connection:
                planruns.end(connection, run, told=told.told, is_whole=told.is_whole)
                leases.give_back(connection, lease)

    def _keep(self, run: str, lease: Lease, over: threading.Event) -> None:
        while not over.wait(_LASTS.total_seconds() / 4):
            # Another try follows before the time is over.
            with suppress(CatalogError), self.desk.catalog.transaction() as connection:
                leases.renew(connection, lease, _LASTS)
                planruns.renew(connection, run, _LASTS)

    def _meant(self, plan_id: str, digest: str) -> Plan:
        with self.desk.catalog.reading() as connection:
            plan = plans.load(connection, plan_id)
        if plan.command != COMMAND:
            raise UsageError(f"this plan is of 'assay {plan.command}', which applies it and takes it back")
        if not hmac.compare_digest(digest.encode(), plan.digest.encode()):
            raise ConflictError("the plan is not the one that you looked at; look again")
        doing.check_as_applied(self.desk.catalog, plan_id, plan)
        return plan

    def _maker(self, by: str, plan: Plan) -> Maker:
        if self.make is not None:
            return self.make(by)
        from assay.app.protection import protectsetup
        from assay.app.protection.entering import account_of
        from assay.aws.access import Access

        return protectsetup.maker_of(
            self.desk.catalog, self.access or Access(), _COMMAND, by,
            account=account_of(plan), roles=self.desk.settings.protect_roles,
        )  # fmt: skip

    def _settle(self, maker: Maker) -> None:
        """What earlier runs left unfinished is looked at first, and grants whose time is over are taken back."""
        from assay.app.protection.granting import revoke_due

        list(maker.settle())
        list(revoke_due(maker))
