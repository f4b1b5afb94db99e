"""Replacements as plans: every step of encrypting an instance, a cluster or a volume that is there is an action, which a person approves; and the
deletion of what was replaced is a plan of its own, which cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from assay.app.protection import replacingdatabases, replacingvolumes
from assay.app.protection.migrating import arn_of
from assay.app.protection.protecting import Protection
from assay.app.protection.replacedparts import LOST
from assay.aws.arn import Arn
from assay.aws.keys import CALLS as KEYS
from assay.aws.session import Calls, Session
from assay.errors import UsageError
from assay.model.action import Action, Gate, Plan, Planned, Refusal
from assay.protect.protection import COMMAND, LEVEL
from assay.protectors import ebs_migration, rds_cluster_migration, rds_migration

CALLS: Calls = KEYS | {
    "rds.DescribeDBInstances", "rds.DescribeDBSnapshots", "rds.DescribeDBClusters", "rds.DescribeDBClusterSnapshots",
    "ec2.DescribeVolumes", "ec2.DescribeSnapshots", "ec2.DescribeInstances",
}  # fmt: skip
_BECAUSE = "a replacement interrupts who uses it: a person decides"
_FINAL = "nothing brings it back: a person decides, once the owner signed off"


class _Kind(NamedTuple):
    """How a kind of resource is replaced, and by which control."""

    control: str
    steps: Callable[[Session, Arn, str], Iterator[Action | Refusal]]
    retired: Callable[[Session, Arn, str], Iterator[Action | Refusal]]


_KINDS: Mapping[tuple[str, str], _Kind] = {
    ("rds", "db"): _Kind(rds_migration.CONTROL, replacingdatabases.instance, replacingdatabases.retired),
    ("rds", "cluster"): _Kind(rds_cluster_migration.CONTROL, replacingdatabases.cluster, replacingdatabases.retired),
    ("ec2", "volume"): _Kind(ebs_migration.CONTROL, replacingvolumes.volume, replacingvolumes.retired_volume),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacing:
    """Plans replacements by a session that reads, for what `protection` knows of them."""

    session: Session
    protection: Protection

    def plan(self, resource: str, key: str, *, retire: bool, at: datetime, by: str) -> Plan:
        """All steps of a replacement; with `retire` the deletion of what was replaced. Raises `UsageError`, `AwsError`."""
        arn = arn_of(resource, self.protection.account)
        level = self._level(resource, retire=retire)
        kind = _KINDS[arn.service, arn.kind]
        found = list(kind.retired(self.session, arn, key) if retire else kind.steps(self.session, arn, key))
        control = kind.control
        because = _FINAL if retire else _BECAUSE
        actions = [
            Action(
                resource=resource, control=control, before=each.before, after=each.after, account=arn.account,
                calls=self.protection.calls.get(control, frozenset()), found={**each.found, LEVEL: level}, reversible=each.reversible,
                breaks=each.breaks, note=each.note, control_ids=each.control_ids,
            )
            for each in found
            if isinstance(each, Action)
        ]  # fmt: skip
        refused = tuple(each for each in found if isinstance(each, Refusal))
        return Plan(
            command=COMMAND,
            targets=(resource,),
            # Half of a replacement is none.
            actions=()
            if refused
            else tuple(Planned(action=each, gate=Gate.REVIEW, because=because) for each in actions),
            refusals=refused,
            notes={} if retire else {resource: LOST},
            looked_at=1,
            made_at=at,
            made_by=by,
        )

    def _level(self, resource: str, *, retire: bool) -> str:
        """By which level a second person may be needed; of a volume that is gone nothing is known."""
        (found,) = self.protection.assessed([resource])
        if isinstance(found, Refusal):
            if retire:
                return "unknown"
            raise UsageError(f"{found.resource}: {found.reason}: {found.detail}")
        return found.subject.level_name
