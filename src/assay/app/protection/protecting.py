"""Protection of an account's resources: they are observed, judged by the catalog and the policies, and planned."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from assay.app.cloud.tagging import Judge
from assay.app.protection import lately
from assay.app.protection.backuplooking import backups_found, tested_of
from assay.app.protection.protecttargets import OBSERVE, Looking, known_of, name_of, whole
from assay.app.protection.trailslooking import trails_found
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND
from assay.aws.keygrants import grantees_of
from assay.aws.keypolicies import policy_of
from assay.aws.keys import is_rotated, key_of
from assay.aws.session import Session
from assay.errors import AwsError
from assay.model import Level
from assay.model.action import LEFT_ALONE, Gate, Plan, Refusal
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.observers.reading import read
from assay.ports import Protector
from assay.protect import dataevents
from assay.protect.backups import wanted_of
from assay.protect.bucketpolicy import Reader
from assay.protect.costs import Prices
from assay.protect.judged import Judged
from assay.protect.keyusers import key_there
from assay.protect.means import KeyFound, LogsFound, Means, key_alias, log_bucket
from assay.protect.ownkeys import wanted_key
from assay.protect.policy import Asked, Effective, Policy, Subject, asked_of, effective_level
from assay.protect.policy import wants as is_wanted
from assay.protect.protection import BESIDE, ORDER, Assessed, assess, hosts_of, key_level, plan_of
from assay.protect.s3access import foreign
from assay.protect.s3data import PURPOSE
from assay.protect.tagscheme import Scheme, Tag
from assay.protectors import kms_key, s3_log_bucket
from assay.store.engine import Catalog

PROTECTORS = ORDER
"""What stands once it is made, drifts, and is healed."""
ONCE = ("rds_migration", "rds_cluster_migration", "ebs_migration", "evidence_bucket", "evidence")
"""What is made once, for a replacement or an incident: it is verified by its plan, and no drift from it is healed."""
_THREADS = 8
_NOTHING_KNOWN = "nothing is known of it: a person decides"


def protectors(session: Session, account: str) -> dict[str, Protector]:
    """What makes protective changes, by control."""
    return {
        name: importlib.import_module(f"assay.protectors.{name}").protector(session, account)
        for name in (*PROTECTORS, *ONCE)
    }


@dataclass(kw_only=True)
class Protection:
    """Plans protection of resources of `account`, which is that of the session. `level_tags` are keys of tags that say how
    sensitive something is, besides the one of `scheme`. What has one of the tags of `leave_alone` (`KEY=VALUE`, the value a glob) is
    left alone, and that is told. `on_looked` is told how many resources were looked at so far. `regions` are those in which everything is
    looked at where no target is named; without one, that of the session. `accesses` are who accessed what lately."""

    catalog: Catalog
    session: Session
    account: str
    policy: Policy
    scheme: Scheme
    judge: Judge
    level_tags: Sequence[str] = ()
    leave_alone: Sequence[str] = ()
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    on_looked: Callable[[int], None] = lambda _: None
    prices: Prices | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    regions: Sequence[str] = ()
    accesses: lately.Accesses = field(default_factory=lately.Accesses)

    def __post_init__(self) -> None:
        self._looking = Looking(self.session, self.account, self._level_keys)

    def resources(self, targets: Sequence[str]) -> list[str | Refusal]:
        """The resources that are meant, each once; without a target all that there are, and why some could not be listed.
        Raises `AwsError`."""
        if not targets:
            return self._looking.all(self.regions)
        partition, region = self.session.partition, self.session.region
        named = [whole(each, partition=partition, region=region, account=self.account) for each in targets]
        return [*dict.fromkeys(named)]

    def observe(self, resources: Sequence[str | Refusal]) -> Iterator[ResourceState | Refusal]:
        """Each resource as it is, or why it cannot be seen. What one cannot be seen for stops no other."""
        self._looking.before(resources)
        with ThreadPoolExecutor(_THREADS) as threads:
            for number, found in enumerate(threads.map(self._looking.at, resources), start=1):
                self.on_looked(number)
                yield found

    def plan(self, targets: Sequence[str], *, by: str) -> Plan:
        """The plan for these targets."""
        return plan_of(self.assessed(self.resources(targets)), self.calls, targets=targets, at=self.clock(), by=by)

    def assessed(self, resources: Sequence[str | Refusal]) -> list[Assessed | Refusal]:
        """How each resource stands, in their order."""
        found = [self._left_alone(each) or each for each in self.observe(resources)]
        states = [each for each in found if isinstance(each, ResourceState)]
        judged = {state.resource: self._judged(state) for state in states}
        asked = {resource: asked_of(self.policy, each[0]) for resource, each in judged.items()}
        means = self._means(states, judged, asked)
        told: list[Assessed | Refusal] = []
        for each in found:
            if isinstance(each, Refusal):
                told.append(each)
                continue
            subject, effective, gate, because = judged[each.resource]
            told.append(assess(subject, each, effective, asked[each.resource], means, gate=gate, because=because))
        return told

    def _left_alone(self, found: ResourceState | Refusal) -> Refusal | None:
        if isinstance(found, Refusal):
            return None
        for key, value in (found.get("tags").value or {}).items():
            for wanted in self.leave_alone:
                name, _, glob = wanted.partition("=")
                if key.casefold() == name.strip().casefold() and fnmatchcase(value, glob.strip()):
                    detail = f"its tag {key}={value} says that it is left alone"
                    return Refusal(resource=found.resource, control=OBSERVE, reason=LEFT_ALONE, detail=detail)
        return None

    def _judged(self, state: ResourceState) -> tuple[Subject, Effective, Gate, str]:
        """What a resource is, by which level it is protected, and what may happen to it without a person."""
        known = known_of(self.catalog, state.resource, hosts_of(state))
        tags = state.get("tags").value or {}
        # Of an account's settings for volumes, what its volumes say.
        labels = state.settings.get("volume_labels", Setting())
        tagged = [*self._tagged(tags.items()), *self._tagged(labels.value or ())]
        effective = effective_level(
            None if known.judged is None else known.judged.level,
            tagged,
            # Where its tags cannot be read, one may say that it is not.
            attested=self.policy.attested.get(state.resource) if state.get("tags").is_known else None,
            all_public=known.all_public,
        )
        subject = Subject(
            resource=state.resource,
            type=state.type,
            name=name_of(state.resource),
            account=state.account,
            region=state.region,
            level=effective.level,
            tags=tags,
            frameworks=() if known.judged is None else known.judged.frameworks,
        )
        if effective.level is None:
            return subject, effective, Gate.REVIEW, _NOTHING_KNOWN
        if not state.get("tags").is_known:
            return subject, effective, Gate.REVIEW, "its tags could not be read, and one may say a higher level"
        if not labels.is_known:
            because = "tags of its volumes could not be read, and one may say a higher level"
            return subject, effective, Gate.REVIEW, because
        if not state.settings.get(BESIDE, Setting()).is_known:
            return subject, effective, Gate.REVIEW, "where it is reached could not be read, and more may be known there"
        judged = known.judged
        if judged is None or judged.level is not effective.level:
            # The owner's word, or a reviewer's, is sure.
            sure = Judged(
                level=effective.level, confidence=1.0, types=(), frameworks=(), categories=(), needs_review=False, at=""
            )
            judged = sure if judged is None else replace(judged, level=effective.level, confidence=1.0)
        gate, because = self.judge.ruling(state.resource, judged)
        return subject, effective, gate, because

    @property
    def _level_keys(self) -> frozenset[str]:
        return frozenset(key.casefold() for key in (*self.level_tags, self.scheme.keys[Tag.LEVEL]))

    def _tagged(self, tags: Iterable[tuple[str, str]]) -> list[tuple[str, str, Level]]:
        keys = self._level_keys
        found = []
        for key, value in sorted(tags):
            level = self.scheme.level_of(value) if key.casefold() in keys else None
            if level is not None:
                found.append((key, value, level))
        return found

    def _means(
        self,
        states: Sequence[ResourceState],
        judged: Mapping[str, tuple[Subject, Effective, Gate, str]],
        asked: Mapping[str, Mapping[str, Asked]],
    ) -> Means:
        """The keys and buckets of logs that these resources need, each looked for once."""
        keys: dict[tuple[str, str], KeyFound] = {}
        logs: dict[tuple[str, str], LogsFound] = {}
        readers: dict[tuple[str, str], tuple[Reader, ...]] = {}
        buckets = [state for state in states if state.type is ResourceType.S3_BUCKET]
        into = {state.resource for state in buckets if (state.get("tags").value or {}).get("assay:purpose") == PURPOSE}
        for state in states:
            target = (state.get("logging").value or {}).get("TargetBucket")
            if target:
                into.add(f"s3://{target}")
            wants = asked[state.resource]
            for named in _key_names(state, wants, judged[state.resource][0].level):
                if (state.region, named) not in keys:
                    keys[state.region, named] = self._key(named, state.region)
        wanted = [
            each
            for state in states
            if (each := wanted_of(state, asked[state.resource], key_level(judged[state.resource][0].level)))
        ]
        for named, region in {
            (key_alias(each.level), region) for each in wanted if each.own_key for region in each.regions
        }:
            if (region, named) not in keys:
                keys[region, named] = self._key(named, region)
        for state in buckets:
            wants = asked[state.resource]
            for named in list(_key_names(state, wants, judged[state.resource][0].level))[:1]:
                # Only of buckets that it is for: a key for restricted data serves nobody who reads something else.
                readers[state.region, named] = (*readers.get((state.region, named), ()), *foreign(state))
            own = str(wants["log_bucket"].value) if "log_bucket" in wants else ""
            if own:
                into.add(f"s3://{own}")
            else:
                into.add(f"s3://{log_bucket(self.account, state.region)}")
            logged = (state.get("logging").value or {}).get("TargetBucket")
            if wants.get("access_logs") is not None and not logged and (state.region, own) not in logs:
                logs[state.region, own] = self._logs(state.region, own)
        return Means(
            partition=self.session.partition,
            account=self.account,
            keys=keys,
            logs=logs,
            readers=readers,
            logged_into=frozenset(into),
            backups=backups_found(self.session, self.account, wanted),
            trails=trails_found(
                self.session,
                self.account,
                [
                    each.region
                    for each in states
                    if each.type in dataevents.TYPES and is_wanted(asked[each.resource], dataevents.CONTROL)
                ],
            ),
            key_policies=self._key_policies(states, asked, keys),
            grantees=self._grantees(states, asked, keys),
            level_tag=self.scheme.keys[Tag.LEVEL],
            level_names=self.scheme.levels,
            tested=tested_of(self.catalog, self.account),
            lately={state.resource: lately.of(self.accesses, state.resource) for state in states},
            lately_until=self.accesses.until,
            prices=self.prices,
            now=self.clock(),
        )

    def _key_policies(
        self,
        states: Sequence[ResourceState],
        asked: Mapping[str, Mapping[str, Asked]],
        keys: Mapping[tuple[str, str], KeyFound],
    ) -> dict[str, Setting]:
        """The policies of keys of which something is asked, each read once."""
        return {arn: read(partial(policy_of, self.session, arn)) for arn in _restricted(states, asked, keys)}

    def _grantees(
        self,
        states: Sequence[ResourceState],
        asked: Mapping[str, Mapping[str, Asked]],
        keys: Mapping[tuple[str, str], KeyFound],
    ) -> dict[tuple[str, str], Setting]:
        """Whom grants let use the keys that resources have, of which a policy says how they are encrypted; each key asked once."""
        wanted = {
            (each.region, key_there(each))
            for each in states
            if "encryption" in asked[each.resource] and key_there(each)
        }
        wanted |= {(parse(arn).region, arn) for arn in _restricted(states, asked, keys)}
        found: dict[tuple[str, str], Setting] = {}
        by_arn: dict[str, Setting] = {}
        for region, named in sorted(wanted):
            key = keys.get((region, named)) or (KeyFound(arn=named) if ":key/" in named else self._key(named, region))
            if not key.arn:
                found[region, named] = Setting(reason="key not seen", detail=f"the key {key.problem}")
                continue
            if key.arn not in by_arn:
                by_arn[key.arn] = read(partial(grantees_of, self.session, key.arn))
            found[region, named] = by_arn[key.arn]
        return found

    def _key(self, named: str, region: str) -> KeyFound:
        try:
            key = key_of(self.session, named, region)
        except AwsError as error:
            if error.reason != NOT_FOUND:
                return _unseen_key(error)
            return self._missing_key(named, region)
        if key.region != region:
            return KeyFound(problem=f"is in {key.region}, and a service takes keys of its own region")
        if key.is_aws:
            return KeyFound(problem="is AWS's own")
        if not key.is_usable:
            return KeyFound(arn=key.arn, problem=f"is {key.state} ({key.usage})")
        try:
            return KeyFound(arn=key.arn, rotated=is_rotated(self.session, key))
        except AwsError:
            return KeyFound(arn=key.arn)

    def _missing_key(self, named: str, region: str) -> KeyFound:
        """One of a level is assay's to make; one that somebody names is theirs."""
        if not named.startswith(key_alias("")):
            return KeyFound(problem="is not there")
        alias = f"arn:{self.session.partition}:kms:{region}:{self.account}:{named}"
        try:
            return KeyFound(problem="is not there", alias=alias, state=kms_key.observe(self.session, alias))
        except AwsError as error:
            return _unseen_key(error)

    def _logs(self, region: str, own: str) -> LogsFound:
        resource = f"s3://{own or log_bucket(self.account, region)}"
        try:
            state: dict[str, Any] = s3_log_bucket.observe(self.session, resource, self.account)
        except AwsError as error:
            return LogsFound(
                resource=resource, state=None, problem=f"could not be seen: {error.detail}", is_own=bool(own)
            )
        problem = ""
        if state["region"] not in (None, region):
            problem = f"is in {state['region']}, and logs go to a bucket of the same region ({region})"
        elif own and state["region"] is None:
            problem = "is not there; make it, or leave log_bucket out"
        elif own:
            problem = self._own_logs(resource)
        return LogsFound(resource=resource, state=state, problem=problem, is_own=bool(own))

    def _own_logs(self, resource: str) -> str:
        """Why a bucket of the user's takes no logs; empty where it does."""
        observed = self._looking.at(resource)
        if isinstance(observed, Refusal):
            return f"could not be seen: {observed.detail}"
        return log_target_problem(observed)


def _restricted(
    states: Sequence[ResourceState],
    asked: Mapping[str, Mapping[str, Asked]],
    keys: Mapping[tuple[str, str], KeyFound],
) -> list[str]:
    """The ARNs of keys whose policies may have to change."""
    regions = {each.region for each in states if is_wanted(asked[each.resource], "key_tag_access")}
    return sorted({key.arn for (region, _), key in keys.items() if region in regions and key.arn and not key.problem})


def _unseen_key(error: AwsError) -> KeyFound:
    return KeyFound(problem=f"could not be seen ({error.detail})", is_unknown=True)


def log_target_problem(state: ResourceState) -> str:
    """Why S3 does not deliver logs into a bucket, as far as its settings tell; empty where nothing speaks against it."""
    from assay.protect.bucketpolicy import lets_logs_in

    unread = [name for name in ("encryption", "object_lock", "policy", "acl") if not state.get(name).is_known]
    if unread:
        return f"its {', '.join(unread).replace('_', ' ')} could not be read, and S3 may not deliver into it"
    rule = ((state.get("encryption").value or {}).get("Rules") or [{}])[0]
    if rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", "AES256") != "AES256":
        return "is encrypted with a key of KMS, with which S3 delivers no logs"
    if (state.get("object_lock").value or {}).get("Rule"):
        return "has a default retention of Object Lock, with which S3 delivers no logs"
    if not lets_logs_in(state.get("policy").value, state.get("acl").value, state.account):
        return "lets S3 write no logs: its policy needs a statement for logging.s3.amazonaws.com"
    return ""


def _key_names(state: ResourceState, asked: Mapping[str, Asked], level: Level | None) -> Iterator[str]:
    """The keys to look for: the one that is asked for, and the one that is there."""
    if "encryption" not in asked:
        return
    wants_own = asked["encryption"].value == "customer-key" or (
        asked["encryption"].value != "sse-s3" and "kms_key" in asked
    )
    if not wants_own:
        return
    yield wanted_key(asked, key_level(level))
    if state.type is not ResourceType.S3_BUCKET:
        return
    rule = ((state.get("encryption").value or {}).get("Rules") or [{}])[0]
    there = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
    if there and "alias/aws/" not in there:
        yield str(there)
