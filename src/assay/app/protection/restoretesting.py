"""Backups that count: restores are tested, and kept in the journal. What is restored lies apart, and is deleted whatever becomes of it.

A process that dies in between leaves a copy behind; the next one deletes it before anything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from assay.app.protection.applying import INTERRUPTED, OTHER_ACCOUNT
from assay.app.protection.databasecontents import compare
from assay.app.protection.protecttargets import resource_of, whole
from assay.app.work.databaselogins import cluster_of, how_to, targets_of
from assay.aws import s3settings
from assay.aws.access import Access
from assay.aws.arn import Arn, parse
from assay.aws.ebssettings import SCHEME
from assay.aws.failures import NOT_FOUND
from assay.aws.session import Calls, Session
from assay.errors import AwsError
from assay.model.action import Action, Gate, Outcome, Plan, Planned, Receipt, Refusal
from assay.model.backing import RESTORE_TEST, ROLE_NAME
from assay.observers.backed_up import arn_of
from assay.protectors import restored_bucket, restored_database, restored_table, restored_volume
from assay.protectors.restored_database import Apart
from assay.protectors.restoring import (
    JOBS,
    NOT_DONE,
    NOT_READ,
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
CALLS: Calls = (
    POINTS | JOBS | restored_table.CALLS | restored_bucket.CALLS | restored_database.CALLS | restored_volume.CALLS
    | {"s3.GetBucketLocation"}
)  # fmt: skip
POINT, AT, SIZE, REGION = "recovery_point", "at", "size", "region"
_BUCKETS = "s3://"
_LEFT_AT_ONCE = 100
NO_BACKUP, NOT_TESTABLE = "no backup", "not testable"
_FITS = {"rds": restored_database.is_snapshot, "ec2": restored_volume.is_snapshot}
"""Of what kinds recovery points have to be snapshots: the service itself makes a copy of those, with tags at once."""


@dataclass(kw_only=True)
class RestoreTests:
    """Tests restores of resources of `account`. `changed` is the share of items (0–1) that may be another than in the source, which
    was written since; of at most `sample` objects of a bucket, and blocks of a volume, the content is read (0: of all); `seconds` is how
    long a restore may take. Databases are restored `apart`, and compared by those of `logins` that are theirs."""

    catalog: Catalog
    session: Session
    account: str
    by: str
    role: str = ""
    changed: float = 0.0
    sample: int = 1_000
    seconds: float = 4 * 3600.0
    apart: Apart = field(default_factory=Apart)
    logins: Sequence[str] = ()
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
        if resource.startswith(SCHEME):
            detail = "settings of an account have no backup: give the ARN of a volume"
            return Refusal(resource=resource, control=RESTORE_TEST, reason=NOT_TESTABLE, detail=detail)
        arn = arn_of(self.session, resource)
        service = parse(arn).service
        problem = self._untestable(arn)
        if problem:
            return Refusal(resource=resource, control=RESTORE_TEST, reason=NOT_TESTABLE, detail=problem)
        try:
            if service != "s3" and parse(arn).account != self.account:
                detail = f"it is of account {parse(arn).account}, and the credentials of {self.account}: give --role-arn of a role there"
                raise AwsError(OTHER_ACCOUNT, detail)
            if self.role and parse(self.role).account != self.account:
                detail = f"AWS Backup restores it in account {self.account}, where it takes no role of another one: {self.role}"
                raise AwsError(OTHER_ACCOUNT, detail)
            region = (
                s3settings.region_of(self.session, resource, self.account) if service == "s3" else parse(arn).region
            )
            point = newest_point(self.session, arn, region, _FITS.get(service, lambda _: True))
        except AwsError as error:
            return Refusal(resource=resource, control=RESTORE_TEST, reason=error.reason, detail=error.detail)
        if point is None:
            which = "snapshot of it" if service in _FITS else "recovery point of it"
            detail = f"AWS Backup has no {which} that is whole"
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
            note=self._note(service, arn),
        )

    def _place(self, action: Action) -> Place:
        number, region = action.id[:12], action.found[REGION]
        if action.resource.startswith(_BUCKETS):
            return restored_bucket.RestoredBucket(
                self.session, action.resource, number, account=self.account, region=region, sample=self.sample
            )
        arn = parse(action.resource)
        if arn.service == "ec2":
            return restored_volume.RestoredVolume(
                self.session, action.resource, number, sample=self.sample, pause=self.pause, seconds=self.seconds
            )
        if arn.service == "rds":
            return restored_database.RestoredDatabase(
                self.session,
                action.resource,
                number,
                apart=self.apart,
                contents=lambda name: self._contents(arn, name),
                is_read=arn.kind == "cluster" and bool(self._targets(arn)),
                pause=self.pause,
                seconds=self.seconds,
            )
        return restored_table.RestoredTable(self.session, action.resource, number)

    def _untestable(self, arn: str) -> str:
        """Why nothing of a kind can be restored as things are said; empty where it can."""
        of = parse(arn)
        if of.service == "rds" and of.kind not in ("db", "cluster"):
            return "it is a snapshot: give the ARN of the database that it is of"
        if of.service == "rds" and not self.apart.groups:
            return "it is not said where it is restored apart: name a security group that keeps others out, with --security-group or restore_security_groups"
        if of.service not in ("s3", "dynamodb", "rds", "ec2"):
            return "it is nothing that is backed up"
        return ""

    def _note(self, service: str, arn: str) -> str:
        told = "restored into a place of its own, compared, and deleted again; restores and reading are paid for by their size"
        if service == "rds" and not self._targets(parse(arn)):
            return f"{told}; its content will not be compared: {how_to(parse(arn).name)}"
        return told

    def _access(self, arn: Arn) -> Access:
        return replace(self.session.access, region=arn.region)

    def _targets(self, arn: Arn) -> list[str]:
        return targets_of(arn, self.logins, lambda name: cluster_of(name, self._access(arn)))

    def _contents(self, arn: Arn, name: str) -> Compared:
        targets = self._targets(arn)
        if not targets:
            raise AwsError(NOT_READ, f"it was restored, and stood apart as it was to; what is in it was not compared: {how_to(arn.name)}")  # fmt: skip
        return compare(targets, name, self._access(arn))

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
            seen = {NOT_DONE: Outcome.FAILED, NOT_READ: Outcome.REFUSED}
            outcome = seen.get(reason, Outcome.UNKNOWN) if not left else Outcome.UNKNOWN
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
        place.restore(
            point,
            lambda metadata: restore(
                self.session,
                action.found[REGION],
                point,
                metadata=metadata,
                role=self.role or f"arn:{self.session.partition}:iam::{self.account}:role/{ROLE_NAME}",
                token=action.id,
                pause=self.pause,
                seconds=self.seconds,
            ),
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
    if compared.what == "blocks":
        told = f"{compared.read:,} of {compared.items:,} blocks read: {compared.same:,} with the checksum that goes with them, {compared.other:,} with another"  # fmt: skip
    else:
        told = (
            f"{compared.items:,} {compared.what} restored: {compared.same:,} as in the source ({compared.read:,} by their content), "
            f"{compared.other:,} other, {compared.missing:,} missing, {compared.since:,} written or deleted since"
        )
    return f"{told}; {compared.note}" if compared.note else told
