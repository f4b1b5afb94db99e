"""What was protected and is no longer there: it is gone where the service itself says so, in the account and region that it was in; else it is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import (
    CLUSTER,
    DATABASE,
    NOW,
    ROLE,
    SNAPSHOT,
    SNAPSHOT_OF_CLUSTER,
    TABLE,
    TRUST,
    URI,
    USER,
    Guard,
    make_cluster,
    make_database,
    make_key,
    make_people,
    make_snapshots,
    make_table,
    make_volume,
    share_snapshot,
    unmake_people,
)

from assay.app.permissions import calls_of
from assay.app.protection import protectapply
from assay.app.protection.incidents import plan_incident
from assay.app.protection.protectapply import GONE, Check, Checked
from assay.app.protection.protecting import PROTECTORS
from assay.app.protection.protectwatching import watch_of
from assay.aws import presence
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model.action import Outcome, Plan
from assay.model.backing import ROLE_NAME
from assay.observers.changes import Changes
from assay.protect.calendar import Calendar
from assay.protect.incidents import Incident
from assay.protect.plan import Limit
from assay.protect.policyfile import policy_of
from assay.store.auditlog import Wanted, newest
from assay.store.engine import open_catalog

Delete = Callable[[Guard], Any]
IN_A_PATH = f"arn:aws:iam::{ACCOUNT}:role/team/ada"


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Iterator[Guard]:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def verified(guard: Guard, plan: Plan) -> list[Checked]:
    """How all stands that was made of a plan."""
    made = [each for _, each in protectapply.standing(guard.catalog, PROTECTORS)]
    return list(protectapply.verify(guard.maker, plan.id, made))


def made(guard: Guard, *targets: str) -> Plan:
    plan = guard.plan(*targets)
    assert Outcome.APPLIED in {each.outcome for each in guard.apply(plan)}
    return plan


def told(guard: Guard) -> list[tuple[str, str]]:
    """What the audit log says is gone, and of which plan."""
    with guard.catalog.reading() as connection:
        found = newest(connection, Wanted(action=GONE), 100)
    return [(each["resource"], each["details"]["plan"]) for each in found]


def _bucket(guard: Guard) -> Plan:
    guard.make()
    make_key(guard.aws)
    return made(guard, URI)


def _table(guard: Guard) -> Plan:
    """With its alarms, which stay when it goes."""
    guard.policy = policy_of()
    make_table(guard)
    plan = made(guard, TABLE)
    assert TABLE in {each.action.resource for each in plan.actions if each.action.control == "alarms"}
    return plan


def _snapshot(guard: Guard, arn: str) -> Plan:
    make_database(guard)
    make_cluster(guard)
    make_snapshots(guard)
    return made(guard, arn)


def _shared(guard: Guard) -> Plan:
    share_snapshot(guard, make_volume(guard), groups=["all"])
    return made(guard, f"ebs://{ACCOUNT}/{REGION}")


def _no_table(guard: Guard) -> None:
    client = guard.aws.client("dynamodb")
    client.update_table(TableName="orders", DeletionProtectionEnabled=False)
    for _ in range(3):
        client.describe_table(TableName="orders")
    client.delete_table(TableName="orders")


def _no_instance(guard: Guard) -> None:
    client = guard.aws.client("rds")
    client.modify_db_instance(DBInstanceIdentifier="shop", DeletionProtection=False)
    client.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)


def _no_cluster(guard: Guard) -> None:
    client = guard.aws.client("rds")
    client.modify_db_cluster(DBClusterIdentifier="aurora", DeletionProtection=False)
    client.delete_db_cluster(DBClusterIdentifier="aurora", SkipFinalSnapshot=True)


def _no_shared(guard: Guard) -> None:
    client = guard.aws.client("ec2")
    for each in client.describe_snapshots(OwnerIds=["self"])["Snapshots"]:
        client.delete_snapshot(SnapshotId=each["SnapshotId"])


KINDS: dict[str, tuple[Callable[[Guard], Plan], Delete, str]] = {
    "bucket": (_bucket, lambda guard: guard.s3.delete_bucket(Bucket="lake"), URI),
    "table": (_table, _no_table, TABLE),
    "instance": (lambda guard: made(guard, make_database(guard)), _no_instance, DATABASE),
    "cluster": (lambda guard: made(guard, make_cluster(guard)), _no_cluster, CLUSTER),
    "snapshot": (
        lambda guard: _snapshot(guard, SNAPSHOT),
        lambda guard: guard.aws.client("rds").delete_db_snapshot(DBSnapshotIdentifier="monday"),
        SNAPSHOT,
    ),
    "snapshot of a cluster": (
        lambda guard: _snapshot(guard, SNAPSHOT_OF_CLUSTER),
        lambda guard: guard.aws.client("rds").delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="tuesday"),
        SNAPSHOT_OF_CLUSTER,
    ),
    "snapshot of a volume": (_shared, _no_shared, ":snapshot/"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_gone_and_neither_ok_nor_unknown(guard: Guard, kind: str) -> None:
    protect, delete, resource = KINDS[kind]
    plan = protect(guard)
    before = [each for each in verified(guard, plan) if resource in each.action.resource]
    assert {each.check for each in before} == {Check.OK}
    delete(guard)
    after = verified(guard, plan)
    assert [each.check for each in after if resource in each.action.resource] == [Check.GONE] * len(before)
    # Keys, vaults, the region's settings and whatever else it was protected with are as they were.
    assert {each.check for each in after if resource not in each.action.resource} <= {Check.OK}
    assert not protectapply.failed_of([], after, {}).resources


def test_only_the_service_itself_says_that_a_bucket_is_not_there(guard: Guard) -> None:
    """One of that name that is of somebody else now is refused, and what stands between answers in other words."""
    plan = _bucket(guard)
    guard.s3.delete_bucket(Bucket="lake")
    for code in ("AccessDenied", "404", "403", "NoSuchKey", "PermanentRedirect"):
        failing = guard.aws.strict.fail("s3.GetBucketLocation", code)
        assert {each.check for each in verified(guard, plan) if each.action.resource == URI} == {Check.UNKNOWN}, code
        failing.end()


def test_a_table_that_is_there_is_not_gone_whatever_else_is_not_found(guard: Guard) -> None:
    plan = _table(guard)
    for call, code in (
        ("dynamodb.DescribeContinuousBackups", "ResourceNotFoundException"),
        ("dynamodb.*", "AccessDeniedException"),
        ("dynamodb.*", "UnrecognizedClientException"),
    ):
        failing = guard.aws.strict.fail(call, code)
        checked = verified(guard, plan)
        assert Check.UNKNOWN in {each.check for each in checked if each.action.resource == TABLE}, call
        assert Check.GONE not in {each.check for each in checked}, call
        failing.end()


def test_a_volume_that_is_deleted(guard: Guard) -> None:
    volume = make_volume(guard)
    session = Session(Access(), calls_of("protect verify"))
    assert not presence.is_gone(session, ACCOUNT, volume)
    guard.aws.client("ec2").delete_volume(VolumeId=volume.rpartition("/")[2])
    assert presence.is_gone(session, ACCOUNT, volume)


def test_one_of_another_region_is_not_asked_for_here(guard: Guard) -> None:
    make_table(guard)
    session = Session(Access(region="us-east-1"), calls_of("protect verify"))
    assert not presence.is_gone(session, ACCOUNT, TABLE)
    assert presence.is_gone(session, ACCOUNT, TABLE.replace(REGION, "us-east-1"))


@pytest.mark.parametrize(
    "resource",
    [f"ebs://{ACCOUNT}/{REGION}", f"{URI}/a.csv", f"arn:aws:iam::{ACCOUNT}:policy/gone", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/none",
     f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:none"],
)  # fmt: skip
def test_of_what_others_are_protected_with_nobody_knows_it(guard: Guard, resource: str) -> None:
    """A key, a vault or a trail that is deleted is no end of what it protects."""
    session = Session(Access(), calls_of("protect verify"))
    assert not presence.is_gone(session, ACCOUNT, resource)


def _quarantined(guard: Guard) -> Plan:
    """A user, and a role that has a path."""
    make_people(guard.aws)
    iam = guard.aws.client("iam", "us-east-1")
    iam.create_role(RoleName="ada", Path="/team/", AssumeRolePolicyDocument=TRUST)
    people = Incident(
        source="person", reference="", what="test", severity="high", account="", buckets=(), principals=(ROLE, USER, IN_A_PATH)
    )  # fmt: skip
    plan = plan_incident(guard.protection, people, lock=False, spared=(), at=NOW, by="ada")
    assert [each.outcome for each in guard.apply(plan)] == [Outcome.APPLIED] * 3
    return plan


def standing(guard: Guard, plan: Plan) -> dict[str, Check]:
    return {each.action.resource: each.check for each in verified(guard, plan)}


class TestPrincipals:
    """Of a user or a role that is not there no policy is read, as of one who has none."""

    def test_who_is_deleted_is_gone_and_who_was_let_go_differs(self, guard: Guard) -> None:
        plan = _quarantined(guard)
        assert standing(guard, plan) == {ROLE: Check.OK, USER: Check.OK, IN_A_PATH: Check.OK}
        iam = guard.aws.client("iam", "us-east-1")
        iam.delete_role_policy(RoleName="ada", PolicyName="AssayQuarantine")
        unmake_people(guard.aws)
        assert standing(guard, plan) == {ROLE: Check.GONE, USER: Check.GONE, IN_A_PATH: Check.DIFFERS}
        iam.delete_role(RoleName="ada")
        assert set(standing(guard, plan).values()) == {Check.GONE}
        # One of that name who comes later is not held, and that is told.
        make_people(guard.aws)
        assert standing(guard, plan) == {ROLE: Check.DIFFERS, USER: Check.DIFFERS, IN_A_PATH: Check.GONE}

    @pytest.mark.parametrize("code", ["AccessDenied", "404", "NoSuchBucket", "ValidationError"])
    def test_only_iam_itself_says_so(self, guard: Guard, code: str) -> None:
        plan = _quarantined(guard)
        unmake_people(guard.aws)
        guard.aws.strict.fail("iam.ListRolePolicies", code)
        guard.aws.strict.fail("iam.ListUserPolicies", code)
        assert standing(guard, plan) == {ROLE: Check.DIFFERS, USER: Check.DIFFERS, IN_A_PATH: Check.OK}

    def test_it_is_taken_back_where_nobody_is(self, guard: Guard) -> None:
        plan = _quarantined(guard)
        unmake_people(guard.aws)
        assert {each.outcome for each in guard.undo(plan)} == {Outcome.UNDONE}
        assert not verified(guard, plan)


def test_a_role_that_backups_are_made_by_is_no_resource_that_goes(guard: Guard) -> None:
    guard.policy = policy_of()
    guard.make()
    make_key(guard.aws)
    plan = made(guard, URI)
    role = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
    assert standing(guard, plan)[role] is Check.OK
    iam = guard.aws.client("iam")
    for each in iam.list_attached_role_policies(RoleName=ROLE_NAME)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE_NAME, PolicyArn=each["PolicyArn"])
    iam.delete_role(RoleName=ROLE_NAME)
    assert standing(guard, plan)[role] is Check.DIFFERS


def test_it_is_written_down_once_for_each_plan(guard: Guard) -> None:
    plan = _bucket(guard)
    guard.s3.delete_bucket(Bucket="lake")
    for by in ("ada", "grace"):
        protectapply.record_gone(guard.catalog, verified(guard, plan), by=by)
    assert told(guard) == [(URI, plan.id)]
    other = [Checked(plan="b" * 64, action=each.action, check=each.check, now=None) for each in verified(guard, plan)]
    protectapply.record_gone(guard.catalog, other, by="ada")
    assert told(guard) == [(URI, plan.id), (URI, "b" * 64)]


def test_what_goes_while_it_is_applied_does_not_count_as_made(guard: Guard) -> None:
    guard.make()
    make_key(guard.aws)
    plan = guard.plan(URI)
    guard.apply(plan)
    guard.s3.delete_bucket(Bucket="lake")
    done = protectapply.carry_out(
        guard.maker, plan.id, plan, [each for each in plan.actions if each.action.resource == URI]
    )
    assert {each.outcome for each in done.receipts} == {Outcome.UNCHANGED}
    assert {each.check for each in done.unseen} == {Check.GONE}
    assert told(guard) == [(URI, plan.id)]


def test_a_watch_tells_it_once_and_takes_it_for_no_gap(guard: Guard) -> None:
    guard.aws.strict.answer("cloudtrail.LookupEvents", {"Events": []})
    guard.policy = policy_of()
    make_table(guard)
    plan = made(guard, TABLE)
    _no_table(guard)
    heard: list[dict[str, Any]] = []
    watch = watch_of(
        guard.catalog, guard.maker, lambda: guard.protection, Changes(session=Session(Access(), calls_of("protect watch"))), Calendar(),
        tell=heard.append, note=heard.append, execute=True, limit=Limit(number=100),
    )  # fmt: skip
    for number, kinds in enumerate([["gone", "round"], ["round"]], start=1):
        heard.clear()
        assert watch.once() is None
        assert [each["kind"] for each in heard if each["kind"] in ("gone", "gap", "drift", "round")] == kinds, number
        assert (heard[-1]["gone"], heard[-1]["gaps"], heard[-1]["drifted"]) == (1, 0, 0)
    assert [resource for resource, _ in told(guard)] == [TABLE]
    assert plan.id == told(guard)[0][1]
