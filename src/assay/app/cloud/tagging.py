"""Tags for what the catalog knows of a cloud account: planned of classifications and the tags that are there."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

from assay.app.cloud.tagtargets import Target, Where, held_by, objects_of
from assay.app.protection.applying import OTHER_ACCOUNT
from assay.aws.session import Session
from assay.errors import AwsError
from assay.model import Governance
from assay.model.action import Plan, Refusal
from assay.model.review import Override, Phase, PhaseRow, Scope
from assay.observers.endpoints import hosts_of
from assay.observers.gluetables import places_of
from assay.observers.tags import TagObserver
from assay.ports import Protector
from assay.protect.judged import Judged, of_column, of_many, of_one
from assay.protect.plan import Change, Desired, plan_of, tag_change
from assay.protect.tagscheme import Scheme
from assay.review.phases import Ruling, Thresholds, decide, phase_of
from assay.store import phases, reviews
from assay.store.classified import Classified, classified, columns_at
from assay.store.engine import Catalog

COMMAND = "aws tag"
CONTROLS = ("s3_bucket_tags", "s3_object_tags", "rds_tags", "dynamodb_tags", "ebs_tags", "glue_tags", "lf_tags")
OF_GLUE = ("glue_tags", "lf_tags")
NOT_CLASSIFIED = "not classified"

_AT_ONCE = 500
_THREADS = 16


def protectors(session: Session, account: str, controls: Sequence[str] = CONTROLS) -> dict[str, Protector]:
    """What writes tags, by control."""
    return {
        control: importlib.import_module(f"assay.protectors.{control}").protector(session, account)
        for control in controls
    }


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Says what may happen to what is known of a resource, as its phase, its categories and its reviewers have it."""

    phases: Sequence[PhaseRow]
    governance: Governance
    decided: frozenset[str]

    def ruling(self, resource: str, judged: Judged) -> Ruling:
        """What may happen without a person, and why."""
        phase = phase_of(resource, self.phases)
        least = max((self.governance.threshold(name, "REVIEW") for name in judged.categories), default=0.0)
        # In pilot a reviewer decides on what a resource is, not yet on what is done to it.
        settled = resource in self.decided and phase is not Phase.PILOT
        return decide(judged.confidence, judged.level, phase, Thresholds(review=least), settled=settled)


def judge_of(catalog: Catalog, governance: Governance) -> Judge:
    """The judge of a catalog as it is now."""
    with catalog.reading() as connection:
        rows = phases.phases(connection)
        overrides = reviews.overrides(connection)
    return Judge(phases=rows, governance=governance, decided=frozenset(_decided(overrides, datetime.now(UTC))))


def _decided(overrides: Iterable[Override], now: datetime) -> Iterator[str]:
    for override in overrides:
        lives = override.expires is None or override.expires >= now.date()
        if override.scope is Scope.RESOURCE and override.resource is not None and lives:
            yield override.resource


@dataclass(frozen=True, kw_only=True)
class Tagger:
    """Plans tags of an account's resources. `account` is that of the session: what another owns is refused. `on_looked` is
    told how many resources were looked at so far."""

    catalog: Catalog
    session: Session
    account: str
    scheme: Scheme
    judge: Judge
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    on_looked: Callable[[int], None] = lambda _: None

    def plan(self, targets: Sequence[Target], *, by: str, include_objects: bool = True) -> Plan:
        """The plan for these targets. Raises `AwsError` where nothing can be asked at all."""
        told = [target.text for target in targets]
        changes = self.changes(targets, include_objects=include_objects)
        return plan_of(changes, command=COMMAND, targets=told, at=datetime.now(UTC), by=by)

    def plan_one(self, resource: str, control: str, held: Where, *, command: str, by: str) -> Plan:
        """The plan for one resource alone, by what is known of what it holds."""
        with self.catalog.reading() as connection:
            found = list(classified(connection, *held))
        judged = of_many(of_one(each.classification, each.at) for each in found)
        change = _found(found[0].change) if len(found) == 1 else None
        wanted = resource, self._desired(resource, control, judged, change)
        return plan_of(
            [(resource, self._change(wanted))], command=command, targets=[resource], at=datetime.now(UTC), by=by
        )

    def changes(self, targets: Sequence[Target], *, include_objects: bool = True) -> Iterator[tuple[str, Change]]:
        """What becomes of each resource of these targets, one after the other."""
        seen: set[str] = set()
        for target in targets:
            wanted = self._wanted(target, include_objects)
            while batch := list(islice(wanted, _AT_ONCE)):
                fresh = [each for each in batch if each[0] not in seen]
                seen.update(resource for resource, _ in fresh)
                yield from self._observed(fresh)
                self.on_looked(len(seen))

    def _observed(self, batch: Sequence[tuple[str, Desired | Refusal]]) -> Iterator[tuple[str, Change]]:
        with ThreadPoolExecutor(_THREADS) as threads:
            yield from zip((resource for resource, _ in batch), threads.map(self._change, batch), strict=True)

    def _change(self, wanted: tuple[str, Desired | Refusal]) -> Change:
        resource, desired = wanted
        if isinstance(desired, Refusal):
            return Change(refusal=desired)
        observed = TagObserver(self.session, desired.control, self.account).observe(resource)
        calls = self.calls.get(desired.control, frozenset())
        return tag_change(desired, observed, self.scheme, account=self.account, calls=calls)

    def _wanted(self, target: Target, include_objects: bool) -> Iterator[tuple[str, Desired | Refusal]]:
        """Each resource of a target with what is wanted of it, or why nothing can be."""
        if target.bucket is None:
            yield target.text, self._of_arn(target)
            return
        bucket = f"s3://{target.bucket}"
        if target.is_whole:
            judged = self._judged(Where([bucket], [f"{bucket}/"]))
            yield bucket, self._desired(bucket, "s3_bucket_tags", judged)
        if not include_objects and target.is_whole:
            return
        known = 0
        with self.catalog.reading() as connection:
            for each in classified(connection, *objects_of(target)):
                known += 1
                yield each.resource, self._of_object(each)
        if not known and not target.is_whole:
            yield target.text, _unknown(target.text, "s3_object_tags")

    def _of_object(self, each: Classified) -> Desired | Refusal:
        return self._desired(each.resource, "s3_object_tags", of_one(each.classification, each.at), _found(each.change))

    def _of_arn(self, target: Target) -> Desired | Refusal:
        assert target.arn is not None
        if target.arn.account != self.account:
            detail = f"it is of account {target.arn.account}, and the credentials of {self.account}; give --role-arn"
            return Refusal(resource=target.text, control=target.control, reason=OTHER_ACCOUNT, detail=detail)
        hosts: list[str] = []
        places: list[str] = []
        try:
            if target.control == "rds_tags":
                hosts = hosts_of(self.session, target.text)
            if target.control in OF_GLUE:
                places = places_of(self.session, target.text)
        except AwsError as error:
            return Refusal(resource=target.text, control=target.control, reason=error.reason, detail=error.detail)
        where = held_by(target, hosts, places)
        desired = self._desired(target.text, target.control, self._judged(where))
        if isinstance(desired, Refusal) or target.control not in OF_GLUE:
            return desired
        return replace(desired, columns=self._columns(where))

    def _columns(self, where: Where) -> dict[str, Judged]:
        """What is known of columns at a place, by their names in small letters, as the data catalog has them."""
        found: dict[str, list[Judged]] = {}
        with self.catalog.reading() as connection:
            for record, at in columns_at(connection, *where):
                found.setdefault(record.column.casefold(), []).append(of_column(record, at))
        return {name: judged for name, parts in found.items() if (judged := of_many(parts)) is not None}

    def _judged(self, where: Where) -> Judged | None:
        with self.catalog.reading() as connection:
            return of_many(of_one(each.classification, each.at) for each in classified(connection, *where))

    def _desired(
        self, resource: str, control: str, judged: Judged | None, found: Mapping[str, str] | None = None
    ) -> Desired | Refusal:
        if judged is None:
            return _unknown(resource, control)
        gate, because = self.judge.ruling(resource, judged)
        return Desired(resource=resource, control=control, judged=judged, gate=gate, because=because, found=found or {})


def _unknown(resource: str, control: str) -> Refusal:
    detail = "nothing in the catalog is of it; scan it first, with the same catalog"
    return Refusal(resource=resource, control=control, reason=NOT_CLASSIFIED, detail=detail)


def _found(change: str | None) -> dict[str, str]:
    """What has to be so still, of a token as the source of objects writes it: `s3:size:version:"etag"`."""
    parts = (change or "").split(":", 3)
    return {"etag": parts[3]} if len(parts) == 4 and parts[0] == "s3" else {}
