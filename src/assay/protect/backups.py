"""Backups of AWS Backup: which plan a resource has to be in, what that needs, and whether it is backed up in truth.

A plan is one for each level, frequency, time and other region, and backs up all that has its name as a tag. Coverage is told from
what was backed up, never from the plan; and a backup counts once a restore of it was tested.
Times: https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from assay.model.backing import ROLE_NAME, ROLE_POLICIES, SCHEME, TAG, policy_arn
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.protect.means import BackupsFound, Means, key_alias
from assay.protect.ownkeys import NO_KEY, key_points, unseen
from assay.protect.points import Point, Verdict, changed, manual, ok, refused, unknown
from assay.protect.policy import Asked, wants

ORDER = ("backup_role", "backup_vault", "backup_plan")
"""Means, made before what they are for."""
LAST = ("backup_join",)
"""The tag, which is written when all that it needs is there."""
NOT_YET, NOT_COVERED, NO_ROOM = "not backed up yet", "not covered", "not opted in"
CONTROL, COPIES = "backup", "cross_region"
MOST_CONTINUOUS = 35
TESTED_DAYS = 90

_SERVICES: Mapping[ResourceType, tuple[str, ...]] = {
    ResourceType.S3_BUCKET: ("S3",),
    ResourceType.DYNAMODB_TABLE: ("DynamoDB",),
    ResourceType.RDS_INSTANCE: ("RDS",),
    ResourceType.RDS_CLUSTER: ("Aurora", "RDS"),
    ResourceType.EBS_VOLUME: ("EBS",),
}
"""How AWS Backup calls them."""
_CONTINUOUS = frozenset({ResourceType.S3_BUCKET, ResourceType.RDS_INSTANCE, ResourceType.RDS_CLUSTER})
_SCHEDULES = {"hourly": "cron(0 * ? * * *)", "daily": "cron(0 2 ? * * *)", "weekly": "cron(0 2 ? * SUN *)"}
_PERIODS = {"weekly": timedelta(days=7), "daily": timedelta(days=1), "hourly": timedelta(hours=1)}
_SLACK = timedelta(days=1)
"""Beside the period: windows of a run, and what a first one takes."""
START, COMPLETION = 60, 120
_IDS: Mapping[ResourceType, tuple[str, ...]] = {
    ResourceType.DYNAMODB_TABLE: ("DynamoDB.4",),
    ResourceType.RDS_INSTANCE: ("RDS.26",),
    ResourceType.EBS_VOLUME: ("EC2.28",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The plan that a resource has to be in: `days` 0 keeps backups until somebody deletes them; `copies` is the other region."""

    level: str
    frequency: str
    days: int
    region: str
    own_key: bool
    copies: str = ""

    @property
    def name(self) -> str:
        """What the plan is called, and the tag's value."""
        kept = f"{self.days}d" if self.days else "kept"
        return f"assay-{self.level}-{self.frequency}-{kept}" + (f"-to-{self.copies}" if self.copies else "")

    @property
    def vault(self) -> str:
        return f"assay-{self.level}"

    @property
    def regions(self) -> tuple[str, ...]:
        """Where a vault is needed."""
        return (self.region, self.copies) if self.copies else (self.region,)


def wanted_of(state: ResourceState, asked: Mapping[str, Asked], level: str) -> Wanted | None:
    """The plan for a resource; `None` where no backups are asked for, or its cluster has them."""
    if not wants(asked, CONTROL) or state.type not in _SERVICES:
        return None
    if state.type is ResourceType.RDS_INSTANCE and state.get("cluster").value:
        return None
    frequency = str(asked[CONTROL].value)
    if frequency == "continuous" and state.type not in _CONTINUOUS:
        frequency = "hourly"
    region = str(asked["copy_region"].value) if wants(asked, COPIES) and "copy_region" in asked else ""
    return Wanted(
        level=level,
        frequency=frequency,
        days=int(asked["retention_days"].value) if "retention_days" in asked else 0,
        region=state.region,
        own_key="encryption" in asked and asked["encryption"].value == "customer-key",
        copies="" if region == state.region else region,
    )


def rules_of(wanted: Wanted, partition: str, account: str) -> dict[str, dict[str, Any]]:
    """The rules of a plan. What is taken often is kept 35 days at most, and once a day for as long as is asked for: continuous backups
    cannot be kept longer, and hourly ones are seldom worth it."""
    rules: dict[str, dict[str, Any]] = {}
    slow = wanted.frequency
    if wanted.frequency in ("continuous", "hourly"):
        days = min(wanted.days or MOST_CONTINUOUS, MOST_CONTINUOUS)
        often = _rule(wanted, wanted.frequency, "daily" if wanted.frequency == "continuous" else "hourly", days)
        if wanted.frequency == "continuous":
            often["EnableContinuousBackup"] = True
        rules[f"rule {often['RuleName']}"] = often
        slow = "daily" if wanted.copies or not 0 < wanted.days <= MOST_CONTINUOUS else ""
    if slow:
        rule = _rule(wanted, slow, slow, wanted.days)
        if wanted.copies:
            vault = f"arn:{partition}:backup:{wanted.copies}:{account}:backup-vault:{wanted.vault}"
            copy: dict[str, Any] = {"DestinationBackupVaultArn": vault, "Lifecycle": rule.get("Lifecycle", {})}
            rule["CopyActions"] = [copy]
        rules[f"rule {rule['RuleName']}"] = rule
    return rules


def _rule(wanted: Wanted, name: str, schedule: str, days: int) -> dict[str, Any]:
    return {
        "RuleName": f"assay-{name}",
        "TargetBackupVaultName": wanted.vault,
        "ScheduleExpression": _SCHEDULES[schedule],
        "StartWindowMinutes": START,
        "CompletionWindowMinutes": COMPLETION,
        **({"Lifecycle": {"DeleteAfterDays": days}} if days else {}),
    }


_MEANS_BY = ("backup_role", "encryption", "key_rotation")


class _Here(NamedTuple):
    state: ResourceState
    asked: Mapping[str, Asked]
    wanted: Wanted
    means: Means
    found: BackupsFound


def points_of(state: ResourceState, asked: Mapping[str, Asked], means: Means, level: str) -> Iterator[Point]:
    """How the backups of a resource stand: what is in the way, what has to be made, or when it was last backed up."""
    if not wants(asked, CONTROL):
        return
    wanted = wanted_of(state, asked, level)
    if wanted is None:
        if state.get("cluster").value:
            yield ok(CONTROL, f"it is backed up with its cluster {state.get('cluster').value}")
        return
    if wants(asked, COPIES) and not wanted.copies:
        yield manual(COPIES, _copies_nowhere(asked, wanted))
    found = means.backups.get(state.region)
    if found is None:
        yield unknown(CONTROL, Setting(reason="not read"), "AWS Backup")
        return
    here = _Here(state, asked, wanted, means, found)
    stops = next(_in_the_way(here), None)
    if stops is not None:
        yield stops
        return
    # Nothing else of the resource says which means it needs.
    values = (here.asked[name].value if name in here.asked else None for name in _MEANS_BY)
    key = (CONTROL, wanted, *values)
    if key not in means.told:
        means.told[key] = tuple(_means(here))
    made = means.told[key]
    stopped = [point for point in made if point.verdict in (Verdict.REFUSED, Verdict.UNKNOWN)]
    if stopped:
        # Half of what a backup needs backs up nothing.
        yield from stopped
        return
    yield from made
    yield _joined(here, waits=bool(made))


def _copies_nowhere(asked: Mapping[str, Asked], wanted: Wanted) -> str:
    if "copy_region" in asked:
        return f"copies of its backups are to go to another region, and copy_region is its own ({wanted.region})"
    return "copies of its backups are to go to another region: say to which with copy_region, since data must not go just anywhere"


def _in_the_way(here: _Here) -> Iterator[Point]:
    """What has to be otherwise before anything is made."""
    state, found, wanted = here.state, here.found, here.wanted
    tags = state.get("tags")
    if not tags.is_known:
        yield unknown(CONTROL, tags, "its tags, and so the plan that it is in,")
    if found.problem:
        yield Point(control=CONTROL, verdict=Verdict.UNKNOWN, detail=found.problem, reason="not seen")
    names = _SERVICES[state.type]
    name = next((each for each in names if each in found.opted), names[-1])
    if not found.opted.get(name, False):
        detail = (
            f"AWS Backup does not copy {name} in {state.region} before the account opts in, which counts for the plans of "
            f"everybody: aws backup update-region-settings --resource-type-opt-in-preference {name}=true --region {state.region}"
        )
        yield manual(CONTROL, detail)
    if wanted.copies and state.type is ResourceType.DYNAMODB_TABLE and not found.managed.get("DynamoDB", False):
        detail = (
            "copies of tables in other regions need AWS Backup's advanced features: aws backup update-region-settings "
            f"--resource-type-management-preference DynamoDB=true --region {state.region}"
        )
        yield manual(CONTROL, detail)
    if state.type is ResourceType.S3_BUCKET and not wants(here.asked, "versioning"):
        versioning = state.get("versioning")
        if not versioning.is_known:
            yield unknown(CONTROL, versioning, "its versioning")
        elif (versioning.value or {}).get("Status") != "Enabled":
            detail = (
                "AWS Backup copies a bucket only where it keeps versions, which are paid for: ask for versioning, and for "
                "noncurrent_days"
            )
            yield manual(CONTROL, detail)


def _means(here: _Here) -> Iterator[Point]:
    """The role, the vaults with their keys, the plan: what of them is not there."""
    wanted, means, found = here.wanted, here.means, here.found
    role = f"arn:{means.partition}:iam::{means.account}:role/{ROLE_NAME}"
    named = here.asked.get("backup_role")
    if named is not None:
        role = str(named.value)
    else:
        yield from _role(role, found, means)
    for region in wanted.regions:
        yield from _vault(here, region)
    after: dict[str, Any] = rules_of(wanted, means.partition, means.account)
    after["selection"] = {"role": role, "tag": wanted.name}
    before = found.plans.get(wanted.name)
    if before is None:
        yield Point(
            control=CONTROL, verdict=Verdict.UNKNOWN, detail=f"plan {wanted.name} was not looked for", reason="not seen"
        )
    elif {name: before.get(name) for name in after} != after:
        other = before.get("selection")
        if other is not None and other != after["selection"]:
            detail = f"plan {wanted.name} copies with the role {other['role']}, and not with {role}; a selection cannot be changed"
            yield refused(CONTROL, "another role", detail)
            return
        told = ", ".join(name.removeprefix("rule assay-") for name in after if name.startswith("rule "))
        yield changed(
            CONTROL,
            "backup_plan",
            before,
            after,
            detail=f"a plan of AWS Backup, {told}, for all that has the tag {TAG}={wanted.name}",
            reversible=False,
            person="backups are paid for by their size",
            note="a plan of AWS Backup is not deleted when this is taken back",
            resource=f"{SCHEME}{means.account}/{wanted.region}/{wanted.name}",
        )


def _role(role: str, found: BackupsFound, means: Means) -> Iterator[Point]:
    after = {"role": "there", "policies": sorted(policy_arn(means.partition, name) for name in ROLE_POLICIES)}
    before = found.role
    if before is None:
        yield Point(control=CONTROL, verdict=Verdict.UNKNOWN, detail=found.role_problem, reason="not seen")
        return
    if before["role"] not in (None, "there"):
        detail = f"{role} is there, and is not for AWS Backup of this account; name another with backup_role"
        yield refused(CONTROL, "another role", detail)
        return
    more = [each for each in before["policies"] if each not in after["policies"]]
    after = {**after, "policies": sorted([*after["policies"], *more])}
    if before == after:
        return
    yield changed(
        CONTROL,
        "backup_role",
        before,
        after,
        detail="a role by which AWS Backup of this account reads what it copies",
        reversible=False,
        person="it may read all that AWS Backup can copy",
        note="a role is not deleted when this is taken back",
        resource=role,
    )


def _vault(here: _Here, region: str) -> Iterator[Point]:
    wanted, means, found = here.wanted, here.means, here.found
    vault = f"arn:{means.partition}:backup:{region}:{means.account}:backup-vault:{wanted.vault}"
    before = found.vaults.get((region, wanted.vault))
    if before is None:
        detail = f"vaults in {region} could not be read: {found.vault_problems.get(region, 'not looked for')}"
        yield Point(control=CONTROL, verdict=Verdict.UNKNOWN, detail=detail, reason="not seen")
        return
    key: str = "AWS's"
    if wanted.own_key:
        named = key_alias(wanted.level)
        there = means.keys.get((region, named))
        if there is None or there.is_unknown:
            yield unseen(CONTROL, f"key {named} in {region} {there.problem if there else 'was not looked for'}")
            return
        if there.problem and not there.alias:
            yield refused(CONTROL, NO_KEY, f"key {named} in {region} {there.problem}; make it usable")
            return
        of_level = {name: each for name, each in here.asked.items() if name != "kms_key"}
        yield from key_points(replace(here.state, region=region), of_level, means, wanted.level)
        key = there.arn or there.alias
    if before["vault"] is not None:
        if wanted.own_key and before["key"] != key:
            detail = f"vault {wanted.vault} in {region} is encrypted with {before['key']}, and a vault keeps its key: empty and delete it"
            yield refused(CONTROL, NO_KEY, detail)
        return
    yield changed(
        CONTROL,
        "backup_vault",
        before,
        {"vault": "there", "key": key},
        detail=f"a vault for backups of level {wanted.level} in {region}, encrypted with {key} key"
        if key == "AWS's"
        else f"a vault for backups of level {wanted.level} in {region}, encrypted with {key}",
        reversible=False,
        person="its key can never be changed",
        note="a vault is not deleted when this is taken back",
        resource=vault,
    )


def _joined(here: _Here, *, waits: bool) -> Point:
    """Whether it has the plan's tag, and whether it is backed up in truth."""
    state, wanted = here.state, here.wanted
    now = (state.get("tags").value or {}).get(TAG)
    if now != wanted.name:
        often = "continuously" if wanted.frequency == "continuous" else wanted.frequency
        told = f"copied {often}, kept {f'{wanted.days:,} days' if wanted.days else 'until somebody deletes them'}"
        return changed(
            CONTROL,
            "backup_join",
            {TAG: now},
            {TAG: wanted.name},
            detail=told + (f", copies in {wanted.copies}" if wanted.copies else ""),
            person="its plan has to be made first" if waits else "",
            ids=_IDS.get(state.type, ()),
            note="paid for by its size; the first backup is long, and may take more than its window; taken back, backups that were "
            "made stay for as long as they were to be kept",
        )
    return _covered(here)


def _covered(here: _Here) -> Point:
    state, wanted, means = here.state, here.wanted, here.means
    setting = state.get("protected")
    if not setting.is_known:
        return unknown(CONTROL, setting, "what was backed up")
    last = (setting.value or {}).get("last")
    if last is None:
        detail = f"it is in the plan {wanted.name}, and has not been backed up yet: look again after the next run"
        return Point(control=CONTROL, verdict=Verdict.UNKNOWN, detail=detail, reason=NOT_YET)
    when = datetime.fromisoformat(last)
    if means.now - when > _PERIODS.get(wanted.frequency, timedelta(days=1)) + _SLACK:
        detail = f"it was last backed up at {when:%Y-%m-%d %H:%M} UTC, and is to be {wanted.frequency}; see the jobs of AWS Backup"
        return Point(control=CONTROL, verdict=Verdict.REFUSED, detail=detail, reason=NOT_COVERED)
    told = f"last backed up at {when:%Y-%m-%d %H:%M} UTC"
    tested = means.tested.get(state.resource)
    if tested is None or means.now - tested.at > timedelta(days=TESTED_DAYS):
        before = "was never tested" if tested is None else f"was last tested at {tested.at:%Y-%m-%d}"
        return manual(
            CONTROL,
            f"{told}; a restore {before}, and a backup counts once it was: assay protect restore-test {state.resource}",
        )
    return ok(CONTROL, f"{told}; a restore was tested at {tested.at:%Y-%m-%d}")
