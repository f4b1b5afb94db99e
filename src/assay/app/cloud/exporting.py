"""Exports of snapshots: planned, started with the journal, and followed to their end."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from assay.app.protection.applying import Maker
from assay.aws.arn import Arn, parse
from assay.aws.session import Session
from assay.errors import ActionError, AwsError, UsageError
from assay.model.action import Action, Gate, Plan, Planned, Receipt, Refusal
from assay.observers.snapshots import Snapshot, check_bucket, key_arn, snapshot_of
from assay.protect.plan import Change, plan_of
from assay.protectors.rds_export import CALLS, CONTROL, RdsExport, Task, asked, task_of
from assay.store import plans
from assay.store.engine import Catalog

COMMAND = "aws export-snapshot"
PRICE = 0.010
"""USD for each GB of a snapshot: https://aws.amazon.com/rds/pricing/, us-east-1."""

_KINDS = ("snapshot", "cluster-snapshot", "db", "cluster")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ONLY = re.compile(r"[^\s.]+(\.[^\s.]+){0,2}")
_NOT_NAMES = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 30
_AGAIN = 20
_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where exports go: `key` is a KMS key of one's own, `role` the ARN of one that RDS takes on to write there, `only` the
    databases, schemas or tables that are exported (empty: all)."""

    bucket: str
    prefix: str
    role: str
    key: str
    only: tuple[str, ...] = ()


class Cost(NamedTuple):
    """What exports of a plan cost at most; `unknown` are how many have a size that nobody tells."""

    usd: float
    gib: int
    unknown: int


def target_of(text: str) -> Arn:
    """The ARN of a snapshot, or of an instance or a cluster. Raises `UsageError`."""
    try:
        arn = parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if arn.service != "rds" or arn.kind not in _KINDS or not arn.region or not arn.account:
        raise UsageError(
            f"{text}: cannot be exported; snapshots of RDS can, and the newest one of an instance or a cluster"
        )
    return arn


def wanted_of(bucket: str, prefix: str, role: str, key: str, only: Sequence[str]) -> Wanted:
    """What the command line says. Raises `UsageError`."""
    if not _BUCKET.fullmatch(bucket):
        raise UsageError(f"--bucket {bucket}: is no name of a bucket")
    try:
        if parse(role).service != "iam":
            raise ValueError(f"{role}: is no role of IAM")
    except ValueError as error:
        raise UsageError(f"--role {error}") from None
    for each in only:
        if not _ONLY.fullmatch(each):
            raise UsageError(f"--only {each}: write database, database.schema or database.schema.table")
    return Wanted(bucket=bucket, prefix=prefix.strip("/"), role=role, key=key, only=tuple(only))


@dataclass(frozen=True, kw_only=True)
class Exports:
    """What plans and starts exports in an account, for `by`, and keeps what it did in the journal of the catalog."""

    catalog: Catalog
    session: Session
    account: str
    by: str

    def plan(self, targets: Sequence[Arn], wanted: Wanted) -> tuple[Plan, Cost]:
        """What has to be started, and what it costs at most."""
        found: dict[str, Snapshot] = {}
        changes = [(str(target), self._change(target, wanted, found)) for target in targets]
        plan = plan_of(changes, command=COMMAND, targets=list(map(str, targets)), at=datetime.now(UTC), by=self.by)
        started = [found[each.action.resource] for each in plan.actions]
        sizes = [each.gib for each in started if each.gib is not None]
        return plan, Cost(sum(sizes) * PRICE, sum(sizes), len(started) - len(sizes))

    def keep(self, plan: Plan) -> str:
        """Keeps a plan that has actions. Returns its id."""
        with self.catalog.transaction() as connection:
            return plans.keep(connection, plan)

    def apply(self, plan_id: str, plan: Plan, reason: str) -> list[Receipt]:
        """Starts all of it, as a person approved."""
        with self.catalog.transaction() as connection:
            plans.approve(connection, plan_id, by=self.by, at=datetime.now(UTC), reason=reason)
        maker = Maker(
            catalog=self.catalog, protectors={CONTROL: RdsExport(self.session)}, account=self.account, by=self.by
        )
        return list(maker.apply(plan_id, plan.actions))

    def follow(self, action: Action, pause: Callable[[float], None] = time.sleep) -> Iterator[Task]:
        """The export again and again, to its end. Raises `AwsError`."""
        name = str(action.after["export"])
        while True:
            task = task_of(self.session, name, parse(action.resource).region)
            if task is None:
                raise AwsError("not found", f"the export {name} is not there any more")
            yield task
            if task.has_failed or task.status == "COMPLETE":
                return
            pause(_SECONDS)

    def _change(self, target: Arn, wanted: Wanted, found: dict[str, Snapshot]) -> Change:
        def refused(reason: str, detail: str) -> Change:
            return Change(refusal=Refusal(resource=str(target), control=CONTROL, reason=reason, detail=detail))

        if target.account != self.account:
            return refused("of another account", f"it is of account {target.account}; give --role-arn")
        try:
            snapshot = snapshot_of(self.session, target)
            check_bucket(self.session, wanted.bucket, target.region, self.account)
            key = key_arn(self.session, wanted.key, target.region)
            state, task = self._named(snapshot, replace(wanted, key=key), target.region)
        except (ActionError, AwsError) as error:
            return refused(error.reason, error.detail)
        if task is not None:
            return Change(
                note=f"is exported already, as rds://{snapshot.of}?export={state['export']} ({task.status.lower()})"
            )
        found[snapshot.arn] = snapshot
        action = Action(
            resource=snapshot.arn,
            account=self.account,
            control=CONTROL,
            before=dict.fromkeys(state),
            after=state,
            calls=CALLS,
            reversible=False,
            breaks="nothing; what is exported is a copy of the data in S3, which its owner has to delete",
            note=f"of {snapshot.of}",
        )
        return Change(planned=Planned(action=action, gate=Gate.REVIEW, because="it costs money, and copies data"))

    def _named(self, snapshot: Snapshot, wanted: Wanted, region: str) -> tuple[dict[str, Any], Task | None]:
        """The export, whose name follows from what it is, and the one that goes on or is done under that name.

        Names are used once: after one that failed the next is taken.
        """

        def under(name: str) -> dict[str, Any]:
            given = {"bucket": wanted.bucket, "prefix": wanted.prefix, "key": wanted.key, "role": wanted.role}
            return asked(name, snapshot.arn, **given, only=wanted.only)

        start = _NOT_NAMES.sub("-", snapshot.of)[:_LONGEST].strip("-")
        for number in range(_AGAIN):
            digest = hashlib.sha256(json.dumps([under(""), number], sort_keys=True).encode()).hexdigest()[:10]
            name = f"assay-{start}-{digest}"
            task = task_of(self.session, name, region)
            if task is None or not task.has_failed:
                return under(name), task
        raise ActionError("failed before", f"{_AGAIN} exports of it have failed; see why before another one is started")
