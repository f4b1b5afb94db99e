"""Backups that count: restores are tested, and kept in the journal. What is restored lies apart, and is deleted whatever becomes of it.

A process that dies in between leaves a copy behind; the next one deletes it before anything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from assay.app.protection.applying import INTERRUPTED, OTHER_ACCOUNT
from assay.app.protection.protecttargets import resource_of, whole
from assay.aws import s3settings
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.model.action import Action, Gate, Outcome, Plan, Planned, Receipt, Refusal
from assay.model.backing import RESTORE_TEST, ROLE_NAME
from assay.observers.backed_up import arn_of
from assay.protectors import restored_bucket, restored_table
from assay.protectors.restoring import (
    JOBS,
    NOT_DONE,
    NOT_THE_SAME,
    POINTS,
    Compared,
    Place,
    RecoveryPoint,
    newest_point,
    restore,
)
from assay.store import journal, plans
from assay.store.engine import Catalog

COMMAND = "protect restore-test"
CALLS: Calls = POINTS | JOBS | restored_table.CALLS | restored_bucket.CALLS | {"s3.GetBucketLocation"}
POINT, AT, SIZE, REGION = "recovery_point", "at", "size", "region"
_BUCKETS = "s3://"
_LEFT_AT_ONCE = 100
NO_BACKUP, NOT_TESTABLE = "no backup", "not testable"


@dataclass(kw_only=True)
class RestoreTests:
    """Tests restores of resources of `account`. `changed` is the share of items (0–1) that may be another than in the source, which
    was written since; of at most `sample` objects of a bucket the content is read (0: of all); `seconds` is how long a restore may take."""

    catalog: Catalog
    session: Session
    account: str
    by: str
    role: str = ""
    changed: float = 0.0
    sample: int = 1_000
    seconds: float = 4 * 3600.0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: Callable[[float], None] = time.sleep

    def plan(self, targets: Sequence[str]) -> Plan:
        """What would be restored: the newest backup of each. Changes nothing. Raises `AwsError`, `UsageError`."""
        partition, region = self.session.partition, self.session.region
        wanted = dict.fromkeys(
            whole(resource_of(each), partition=partition, region=region, account=self.account) for each in targets
        )
        actions: list[Planned] = []
        refusals: list[Refusal] = []
        for resource in wanted:
            told = self._planned(resource)
            if isinstance(told, Refusal):
                refusals.append(told)
            else:
                actions.append(Planned(action=told, gate=Gate.REVIEW, because="a person asked for it"))
        return Plan(
            command=COMMAND,
            targets=tuple(targets),
            actions=tuple(actions),
            refusals=tuple(refusals),
            notes={},
            looked_at=len(wanted),
            made_at=self.clock(),
            made_by=self.by,
        )

    def run(self, plan: Plan) -> Iterator[tuple[Action, Receipt, Compared | None]]:
        """Restores one after the other, compares, deletes, and writes what became of it."""
        with self.catalog.transaction() as connection:
            plan_id = plans.keep(connection, plan)
        for planned in plan.actions:
            action, claim = planned.action, journal.new_claim()
            with self.catalog.transaction() as connection:
                begun = journal.begin(connection, plan_id, [action], claim, Outcome.INTENDED, by=self.by)
            if not begun.free:
                detail = "another process tests it"
                yield action, self._receipt(plan_id, action, Outcome.REFUSED, "busy", detail), None
                continue
            receipt, compared = self._tested(plan_id, action)
            with self.catalog.transaction() as connection:
                journal.finish(connection, [receipt], [action], claim)
            yield action, receipt, compared

    def settle(self) -> list[Receipt]:
        """Deletes what tests that were interrupted left behind, and writes that they were."""
        with self.catalog.transaction() as connection:
            left = journal.take_over(connection, [RESTORE_TEST], self.account, limit=_LEFT_AT_ONCE)
        told: list[Receipt] = []
        for each in left:
            try:
                self._place(each.action).clean()
                outcome, detail = Outcome.FAILED, "it was interrupted; what it had restored is deleted"
            except AwsError as error:
                outcome, detail = Outcome.UNKNOWN, f"what it had restored could not be deleted: {error.detail}"
            told.append(self._receipt(each.plan, each.action, outcome, INTERRUPTED, detail))
            with self.catalog.transaction() as connection:
                journal.finish(connection, told[-1:], [each.action], each.claim)
        return told

    def _planned(self, resource: str) -> Action | Refusal:
        arn = arn_of(self.session, resource)
        service = parse(arn).service
        if service not in ("s3", "dynamodb"):
            detail = "what is in it can only be compared by signing in; restore it by hand"
            return Refusal(resource=resource, control=RESTORE_TEST, reason=NOT_TESTABLE, detail=detail)
        try:
            if service == "dynamodb" and parse(arn).account != self.account:
                raise AwsError(OTHER_ACCOUNT, f"it is of account {parse(arn).account}")
            region = (
                s3settings.region_of(self.session, resource, self.account) if service == "s3" else parse(arn).region
            )
            point = newest_point(self.session, arn, region)
        except AwsError as error:
            return Refusal(resource=resource, control=RESTORE_TEST, reason=error.reason, detail=error.detail)
        if point is None:
            detail = "AWS Backup has no recovery point of it that is whole"
            return Refusal(resource=resource, control=RESTORE_TEST, reason=NO_BACKUP, detail=detail)
        after = {POINT: point.arn, AT: point.at.astimezone(UTC).isoformat(), SIZE: point.size}
        return Action(
            resource=resource,
            control=RESTORE_TEST,
            before=dict.fromkeys(after),
            after=after,
            account=self.account,
            calls=CALLS,
            found={REGION: region, "asked": self.clock().isoformat()},
            reversible=False,
            note="restored into a place of its own, compared, and deleted again; restores and reading are paid for by their size",
        )

    def _place(self, action: Action) -> Place:
        number, region = action.id[:12], action.found[REGION]
        if action.resource.startswith(_BUCKETS):
            return restored_bucket.RestoredBucket(
                self.session, action.resource, number, account=self.account, region=region, sample=self.sample
            )
        return restored_table.RestoredTable(self.session, action.resource, number)

    def _tested(self, plan: str, action: Action) -> tuple[Receipt, Compared | None]:
        place = self._place(action)
        compared: Compared | None = None
        failure: AwsError | None = None
        try:
            compared = self._restored(place, action)
        except AwsError as error:
            failure = error
        left = ""
        try:
            place.clean()
        except AwsError as error:
            if error.reason != NOT_FOUND:
                left = f"; what was restored could not be deleted: {error.detail}"
        if failure is not None or compared is None:
            reason, detail = (failure.reason, failure.detail) if failure else (INTERRUPTED, "")
            # Whether the backup is good could not be seen: that is not that it is bad, and not that it is good.
            outcome = Outcome.FAILED if reason == NOT_DONE and not left else Outcome.UNKNOWN
            return self._receipt(plan, action, outcome, reason, f"{detail}{left}"), None
        told = sentence(compared)
        if left:
            return self._receipt(plan, action, Outcome.UNKNOWN, "not deleted", f"{told}{left}"), compared
        if not compared.holds(self.changed):
            return self._receipt(plan, action, Outcome.FAILED, NOT_THE_SAME, told), compared
        return self._receipt(plan, action, Outcome.APPLIED, "", told), compared

    def _restored(self, place: Place, action: Action) -> Compared:
        point = RecoveryPoint(str(action.after[POINT]), datetime.fromisoformat(str(action.after[AT])), None)
        place.prepare()
        restore(
            self.session,
            action.found[REGION],
            point,
            metadata=place.metadata(),
            role=self.role or f"arn:{self.session.partition}:iam::{self.account}:role/{ROLE_NAME}",
            token=action.id,
            pause=self.pause,
            seconds=self.seconds,
        )
        place.settle()
        return place.compare(point)

    def _receipt(self, plan: str, action: Action, outcome: Outcome, reason: str, detail: str) -> Receipt:
        is_done = outcome is Outcome.APPLIED
        return Receipt(
            plan=plan,
            action=action.id,
            outcome=outcome,
            at=self.clock(),
            by=self.by,
            before=action.before,
            after=action.after if is_done else None,
            reason=reason,
            detail=detail,
        )


def sentence(compared: Compared) -> str:
    """What was compared, for people."""
    return (
        f"{compared.items:,} items restored: {compared.same:,} as in the source ({compared.read:,} by their content), "
        f"{compared.other:,} other, {compared.missing:,} missing, {compared.since:,} written or deleted since"
    )
