"""Replacements as plans: every step is made once whatever happens in between, a switch is taken back, and the original is deleted by nothing
but a plan of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import DATABASE, Guard, make_database, make_key, make_volume, set_state
from replacing_steps import (
    a_protected_original_stays,
    killed,
    killed_back,
    outcomes,
    planned,
    replacing_guard,
    sent,
    steps,
)

from assay.app.permissions import calls_of
from assay.app.protection import protectapply
from assay.app.protection.migrating import migration_of
from assay.aws.access import Access
from assay.aws.session import Session
from assay.errors import AwsError, UsageError
from assay.model import Level
from assay.model.action import Outcome
from assay.protect.protection import may_be_made
from assay.protectors import ebs_migration, rds_cluster_migration, rds_migration, rds_replacing, replacing
from assay.store import plans

APPLIED, UNDONE, REFUSED = Outcome.APPLIED, Outcome.UNDONE, Outcome.REFUSED
RDS_WRITES = (
    "CreateDBSnapshot",
    "CopyDBSnapshot",
    "RestoreDBInstanceFromDBSnapshot",
    "ModifyDBInstance",
    "DeleteDBInstance",
    "DeleteDBSnapshot",
)
EC2_WRITES = ("StopInstances", "StartInstances", "CreateSnapshot", "CopySnapshot", "CreateVolume", "DetachVolume", "AttachVolume",
              "ModifyInstanceAttribute", "DeleteVolume", "DeleteSnapshot")  # fmt: skip


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with replacing_guard(aws, tmp_path, monkeypatch) as made:
        yield made


def instances(guard: Guard) -> dict[str, bool]:
    found = guard.aws.client("rds").describe_db_instances()["DBInstances"]
    return {each["DBInstanceIdentifier"]: bool(each["StorageEncrypted"]) for each in found}


def make_shop(guard: Guard) -> str:
    return make_database(
        guard,
        DeletionProtection=False,
        BackupRetentionPeriod=7,
        PubliclyAccessible=False,
        Tags=[{"Key": "Team", "Value": "hr"}],
    )


def attached(guard: Guard, **more: Any) -> tuple[str, str]:
    """A volume at a device of an instance that runs."""
    ec2 = guard.aws.client("ec2")
    arn = make_volume(
        guard,
        VolumeType="gp3",
        TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "Team", "Value": "hr"}]}],
    )
    made = ec2.run_instances(
        ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, Placement={"AvailabilityZone": f"{REGION}a"}, **more
    )
    instance = made["Instances"][0]["InstanceId"]
    ec2.attach_volume(VolumeId=arn.rpartition("/")[2], InstanceId=instance, Device="/dev/sdf")
    return arn, instance


def at_device(guard: Guard, instance: str) -> str | None:
    found = guard.aws.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return next(
        (each["Ebs"]["VolumeId"] for each in found["BlockDeviceMappings"] if each["DeviceName"] == "/dev/sdf"), None
    )


def runs(guard: Guard, instance: str) -> bool:
    found = guard.aws.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return bool(found["State"]["Name"] == "running")


def test_an_instance_is_replaced_verified_and_taken_back(guard: Guard) -> None:
    make_shop(guard)
    key = make_key(guard.aws)
    plan = planned(guard, DATABASE)
    assert steps(plan) == ["snapshot", "encrypted copy", "replacement", "settings", "switch"]
    assert [each.action.reversible for each in plan.actions] == [False] * 4 + [True]
    assert {str(each.gate) for each in plan.actions} == {"review"}
    assert "stop what writes" in plan.actions[-1].action.breaks
    assert outcomes(guard, plan) == [APPLIED] * 5
    assert instances(guard) == {"shop": True, "shop-old": False}
    (shop,) = guard.aws.client("rds").describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"]
    assert (shop["KmsKeyId"], shop["BackupRetentionPeriod"]) == (key, 7)
    assert {"Key": "Team", "Value": "hr"} in shop["TagList"]
    made = [each.action for each in plan.actions]
    assert {str(each.check) for each in protectapply.verify(guard.maker, plan.id, made)} == {"ok"}
    assert outcomes(guard, plan) == [Outcome.UNCHANGED] * 5
    assert [receipt.outcome for receipt in guard.undo(plan)] == [UNDONE]
    assert instances(guard) == {"shop": False, "shop-new": True}
    assert guard.aws.strict.calls.made("rds.DeleteDBInstance") == []


def test_the_original_is_deleted_by_a_plan_of_its_own(guard: Guard) -> None:
    make_shop(guard)
    make_key(guard.aws)
    assert [each.reason for each in planned(guard, DATABASE, retire=True).refusals] == ["not replaced yet"]
    guard.apply(planned(guard, DATABASE))
    last = planned(guard, DATABASE, retire=True)
    assert steps(last) == ["deleted shop-old", "deleted shop-before", "deleted shop-encrypted"]
    assert not any(each.action.reversible for each in last.actions)
    assert all("gone for good" in each.action.breaks for each in last.actions)
    assert outcomes(guard, last) == [APPLIED] * 3
    assert instances(guard) == {"shop": True}
    assert guard.undo(last) == []
    assert planned(guard, DATABASE, retire=True).actions == ()


class TestAnotherKey:
    """What is encrypted, with another key than is asked for, is replaced as what is not encrypted is."""

    def test_an_instance_gets_the_key_and_back(self, guard: Guard) -> None:
        before = guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        make_database(guard, PubliclyAccessible=False, BackupRetentionPeriod=7, StorageEncrypted=True, KmsKeyId=before)
        key = make_key(guard.aws)
        plan = planned(guard, DATABASE)
        assert steps(plan) == ["snapshot", "encrypted copy", "replacement", "settings", "switch"]
        assert outcomes(guard, plan) == [APPLIED] * 5
        assert keys(guard) == {"shop": key, "shop-old": before}
        assert outcomes(guard, plan) == [Outcome.UNCHANGED] * 5
        assert [each.stage for each in shown(guard, DATABASE, key)[:6]] == ["done"] * 6
        # It is encrypted with that key now, and only what stands beside it is deleted, by the key that it has.
        (wrong,) = planned(guard, DATABASE, key=before, retire=True).refusals
        assert (wrong.reason, "name its key" in wrong.detail) == ("not replaced yet", True)
        assert steps(planned(guard, DATABASE, retire=True)) == [
            "deleted shop-old",
            "deleted shop-before",
            "deleted shop-encrypted",
        ]
        assert [receipt.outcome for receipt in guard.undo(plan)] == [UNDONE]
        assert keys(guard) == {"shop": before, "shop-new": key}
        (back,) = planned(guard, DATABASE, retire=True).refusals
        assert (back.reason, "in the making" in back.detail) == ("not replaced yet", True)

    def test_the_original_goes_by_its_key(self, guard: Guard) -> None:
        before = guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        make_database(guard, PubliclyAccessible=False, StorageEncrypted=True, KmsKeyId=before)
        key = make_key(guard.aws)
        guard.apply(planned(guard, DATABASE))
        assert outcomes(guard, planned(guard, DATABASE, retire=True)) == [APPLIED] * 3
        assert keys(guard) == {"shop": key}

    def test_what_has_the_key_is_left_alone_and_a_neighbour_of_that_name_too(self, guard: Guard) -> None:
        key = make_key(guard.aws)
        make_database(guard, PubliclyAccessible=False, StorageEncrypted=True, KmsKeyId=key)
        (refused,) = planned(guard, DATABASE).refusals
        assert refused.detail == f"it is encrypted with {key} already"
        other = guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        make_database(guard, None, DBInstanceIdentifier="shop-old", StorageEncrypted=True, KmsKeyId=other)
        (refused,) = planned(guard, DATABASE, retire=True).refusals
        assert "is something else, and is not deleted" in refused.detail

    def test_a_volume_gets_the_key_and_back(self, guard: Guard) -> None:
        before = guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        key = make_key(guard.aws)
        arn = make_volume(guard, Encrypted=True, KmsKeyId=before)
        plan = planned(guard, arn)
        assert outcomes(guard, plan) == [APPLIED] * len(plan.actions)
        ec2 = guard.aws.client("ec2")
        made = {each["VolumeId"]: each["KmsKeyId"] for each in ec2.describe_volumes()["Volumes"]}
        assert sorted(made.values()) == sorted([before, key])
        (wrong,) = planned(guard, arn, key=before, retire=True).refusals
        assert "name its key" in wrong.detail
        last = planned(guard, arn, retire=True)
        assert outcomes(guard, last) == [APPLIED] * 2
        assert [each["KmsKeyId"] for each in ec2.describe_volumes()["Volumes"]] == [key]
        new = next(iter(ec2.describe_volumes()["Volumes"]))["VolumeId"]
        (refused,) = planned(guard, f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/{new}").refusals
        assert refused.detail == f"it is encrypted with {key} already"


def keys(guard: Guard) -> dict[str, str]:
    found = guard.aws.client("rds").describe_db_instances()["DBInstances"]
    return {each["DBInstanceIdentifier"]: each["KmsKeyId"] for each in found}


def shown(guard: Guard, resource: str, key: str) -> list[Any]:
    return migration_of(Session(Access(), calls_of("protect migration")), resource, ACCOUNT, key)


def test_nothing_is_deleted_once_it_was_taken_back(guard: Guard) -> None:
    make_shop(guard)
    make_key(guard.aws)
    plan = planned(guard, DATABASE)
    guard.apply(plan)
    last = planned(guard, DATABASE, retire=True)
    guard.undo(plan)
    told = guard.apply(last)
    # What was renamed back is not there under that name; nothing else is touched.
    assert [receipt.outcome for receipt in told] == [Outcome.UNCHANGED, REFUSED, REFUSED]
    assert (
        guard.aws.strict.calls.made("rds.DeleteDBInstance") == guard.aws.strict.calls.made("rds.DeleteDBSnapshot") == []
    )
    assert instances(guard) == {"shop": False, "shop-new": True}


def test_a_protected_original_is_not_deleted(guard: Guard) -> None:
    make_database(guard, DeletionProtection=True)
    a_protected_original_stays(guard, DATABASE)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(6))
def test_killed_at_every_write_of_an_instance(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, at: int, when: str
) -> None:
    """Snapshot, copy, restore, settings, two names; then the two names back."""
    make_shop(guard)
    make_key(guard.aws)
    plan = planned(guard, DATABASE)
    assert killed(guard, monkeypatch, plan, "rds_migration", RDS_WRITES, at, when) <= {APPLIED, Outcome.UNCHANGED}
    assert instances(guard) == {"shop": True, "shop-old": False}
    assert [sent(guard, f"rds.{name}") for name in RDS_WRITES[:3]] == [1, 1, 1]
    if at > 3:
        killed_back(guard, plan, "rds_migration", RDS_WRITES, at - 4, when)
        assert instances(guard) == {"shop": False, "shop-new": True}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(8))
def test_killed_at_every_write_of_a_volume(guard: Guard, monkeypatch: pytest.MonkeyPatch, at: int, when: str) -> None:
    """Stop, snapshot, copy, volume, out, in, whether it ends with the instance, start; then all of it back."""
    make_key(guard.aws)
    arn, instance = attached(guard)
    plan = planned(guard, arn)
    assert killed(guard, monkeypatch, plan, "ebs_migration", EC2_WRITES, at, when) <= {APPLIED, Outcome.UNCHANGED}
    assert (runs(guard, instance), at_device(guard, instance)) == (True, volumes(guard)[True])
    assert [sent(guard, f"ec2.{name}") for name in ("CreateSnapshot", "CopySnapshot", "CreateVolume")] == [1, 1, 2]
    if at < 6:
        killed_back(guard, plan, "ebs_migration", EC2_WRITES, at, when)
        assert (runs(guard, instance), at_device(guard, instance)) == (True, arn.rpartition("/")[2])


def volumes(guard: Guard) -> dict[bool, str]:
    """The volumes that are not those that instances were made with, by whether they are encrypted."""
    found = guard.aws.client("ec2").describe_volumes()["Volumes"]
    return {bool(each["Encrypted"]): each["VolumeId"] for each in found if each["Size"] == 1}


def test_a_volume_is_replaced_and_signed_off(guard: Guard) -> None:
    key = make_key(guard.aws)
    arn, instance = attached(guard)
    name = arn.rpartition("/")[2]
    plan = planned(guard, arn)
    assert steps(plan) == ["stopped", "snapshot", "encrypted copy", "replacement", "switch", "running"]
    assert [each.reason for each in planned(guard, arn, retire=True).refusals] == ["not replaced yet"]
    assert outcomes(guard, plan) == [APPLIED] * 6
    made = [each.action for each in plan.actions]
    assert {str(each.check) for each in protectapply.verify(guard.maker, plan.id, made)} == {"ok"}
    (new,) = guard.aws.client("ec2").describe_volumes(VolumeIds=[volumes(guard)[True]])["Volumes"]
    assert (new["KmsKeyId"], new["VolumeType"], new["AvailabilityZone"]) == (key, "gp3", f"{REGION}a")
    assert {"Key": "Team", "Value": "hr"} in new["Tags"]
    last = planned(guard, arn, retire=True)
    assert len(last.actions) == 2
    assert outcomes(guard, last) == [APPLIED] * 2
    assert name not in volumes(guard).values()
    left = guard.aws.client("ec2").describe_snapshots(OwnerIds=[ACCOUNT])["Snapshots"]
    assert [
        each["Encrypted"] for each in left if any(tag["Key"] == "assay:migration" for tag in each.get("Tags", ()))
    ] == [True]
    assert runs(guard, instance)


def test_a_volume_that_is_attached_to_nothing(guard: Guard) -> None:
    make_key(guard.aws)
    arn = make_volume(guard)
    plan = planned(guard, arn)
    assert steps(plan) == ["snapshot", "encrypted copy", "replacement"]
    assert outcomes(guard, plan) == [APPLIED] * 3
    assert guard.undo(plan) == []


def test_what_is_under_way_is_unknown_and_goes_on_with_the_next_run(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_shop(guard)
    make_key(guard.aws)
    plan = planned(guard, DATABASE)
    see, looks = rds_replacing.snapshot_of, iter(range(1000))

    def slow(session: Session, arn: str) -> dict[str, Any]:
        found = see(session, arn)
        return {**found, "Status": "creating"} if next(looks) < 12 else found

    monkeypatch.setattr(rds_replacing, "snapshot_of", slow)
    told = guard.apply(plan)
    assert [receipt.outcome for receipt in told] == [Outcome.UNKNOWN, *[REFUSED] * 4]
    assert guard.aws.strict.calls.made("rds.CopyDBSnapshot") == []
    for _ in range(20):
        if all(receipt.outcome is not Outcome.UNKNOWN for receipt in list(guard.maker.settle())):
            break
    assert set(outcomes(guard, plan)) <= {APPLIED, Outcome.UNCHANGED}
    assert len(guard.aws.strict.calls.made("rds.CreateDBSnapshot")) == 1
    assert instances(guard) == {"shop": True, "shop-old": False}


def test_a_step_waits_until_the_one_before_it_is_done(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(guard)
    make_key(guard.aws)
    see, looks = rds_replacing.snapshot_of, iter(range(1000))

    def slow(session: Session, arn: str) -> dict[str, Any]:
        found = see(session, arn)
        return {**found, "Status": "creating"} if next(looks) < 20 else found

    # Longer than what any change is looked at for once it was made.
    monkeypatch.setattr(replacing, "_PAUSES", (0.0,) * 30)
    monkeypatch.setattr(rds_replacing, "snapshot_of", slow)
    assert set(outcomes(guard, planned(guard, DATABASE))) == {APPLIED}


@pytest.mark.parametrize(
    ("case", "reason", "detail"),
    [
        ("encrypted", "cannot be replaced so", "it is encrypted"), ("replica", "cannot be replaced so", "replicas"),
        ("disabled", "no key", "Disabled"), ("gone", "not found", "alias/none"),
    ],
)  # fmt: skip
def test_an_instance_that_cannot_be_replaced_so(guard: Guard, case: str, reason: str, detail: str) -> None:
    key = make_key(guard.aws)
    make_database(guard, **({"StorageEncrypted": True, "KmsKeyId": key} if case == "encrypted" else {}))
    if case == "replica":
        guard.aws.client("rds").create_db_instance_read_replica(
            DBInstanceIdentifier="copy", SourceDBInstanceIdentifier="shop"
        )
    if case == "disabled":
        set_state(key, "Disabled")
    plan = planned(guard, DATABASE, key="alias/none" if case == "gone" else "alias/assay-restricted")
    assert plan.actions == ()
    ((told, why),) = [(each.reason, each.detail) for each in plan.refusals]
    assert (told, detail in why) == (reason, True)


def test_a_volume_of_a_group_that_scales_is_left_alone(guard: Guard) -> None:
    make_key(guard.aws)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "aws:autoscaling:groupName", "Value": "web"}]}]
    arn, instance = attached(guard)
    from moto.ec2.models import ec2_backends

    guard.aws.client("ec2")
    ec2_backends[ACCOUNT][REGION].tags[instance] = {tags[0]["Tags"][0]["Key"]: "web"}
    plan = planned(guard, arn)
    assert (plan.actions, "Auto Scaling group web" in plan.refusals[0].detail) == ((), True)


def test_a_key_that_is_disabled_meanwhile_stops_it_and_loses_nothing(guard: Guard) -> None:
    make_shop(guard)
    key = make_key(guard.aws)
    plan = planned(guard, DATABASE)
    set_state(key, "Disabled")
    assert outcomes(guard, plan) == [APPLIED, *[REFUSED] * 4]
    assert instances(guard) == {"shop": False}
    set_state(key, "Enabled")
    assert set(outcomes(guard, plan)) <= {APPLIED, Outcome.UNCHANGED}


def test_what_waits_for_the_maintenance_window_stops_the_switch(guard: Guard) -> None:
    make_shop(guard)
    make_key(guard.aws)
    plan = planned(guard, DATABASE)
    guard.aws.client("rds").modify_db_instance(DBInstanceIdentifier="shop", DBInstanceClass="db.r5.large")
    told = guard.apply(plan)
    assert (told[-1].outcome, "DBInstanceClass" in told[-1].detail) == (REFUSED, True)
    assert instances(guard) == {"shop": False, "shop-new": True}


def test_a_snapshot_of_that_name_of_something_else_stops_it(guard: Guard) -> None:
    make_shop(guard)
    make_key(guard.aws)
    rds = guard.aws.client("rds")
    make = {
        "Engine": "postgres",
        "DBInstanceClass": "db.t3.micro",
        "AllocatedStorage": 20,
        "MasterUsername": "admin",
        "MasterUserPassword": "not-a-secret",
    }
    rds.create_db_instance(DBInstanceIdentifier="other", **make)
    rds.create_db_snapshot(DBInstanceIdentifier="other", DBSnapshotIdentifier="shop-before")
    told = guard.apply(planned(guard, DATABASE))
    assert (told[0].outcome, told[0].reason) == (REFUSED, "changed meanwhile")
    assert guard.aws.strict.calls.made("rds.CopyDBSnapshot") == []


def test_two_people_where_the_level_asks_for_it(guard: Guard) -> None:
    make_shop(guard)
    make_key(guard.aws)
    assert may_be_made(planned(guard, DATABASE), 1, second=Level.RESTRICTED)[0] == []


def test_what_is_none(guard: Guard) -> None:
    for wrong in (
        "shop",
        "s3://lake",
        f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:monday",
        DATABASE.replace(ACCOUNT, "9" * 12),
    ):
        with pytest.raises(UsageError):
            planned(guard, wrong)
    with pytest.raises((UsageError, AwsError)):
        planned(guard, DATABASE)
    with pytest.raises((UsageError, AwsError)):
        planned(guard, f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-0123456789abcdef0", retire=False)


def test_no_drift_of_it_is_healed(guard: Guard) -> None:
    from assay.app.protection.protecting import ONCE, PROTECTORS

    assert {rds_migration.CONTROL, rds_cluster_migration.CONTROL, ebs_migration.CONTROL} <= set(ONCE)
    assert not set(ONCE) & set(PROTECTORS)
    make_shop(guard)
    make_key(guard.aws)
    plan = planned(guard, DATABASE)
    guard.apply(plan)
    with guard.catalog.reading() as connection:
        assert plans.load(connection, plan.id).digest == plan.digest
    assert protectapply.standing(guard.catalog, PROTECTORS, ACCOUNT) == []


@pytest.mark.parametrize(
    ("iops", "throughput", "asked"),
    [(12_000, 500, {"Iops": 12_000, "StorageThroughput": 500}), (3_000, 125, {})],
)
def test_a_replacement_is_as_quick_as_its_original(
    guard: Guard, iops: int, throughput: int, asked: dict[str, int]
) -> None:
    """What every gp3 has is not asked for: RDS refuses that for small storage."""
    make_database(
        guard, PubliclyAccessible=False, BackupRetentionPeriod=7, StorageType="gp3", AllocatedStorage=400, Iops=iops, StorageThroughput=throughput
    )  # fmt: skip
    make_key(guard.aws)
    plan = planned(guard, DATABASE)
    assert outcomes(guard, plan) == [APPLIED] * len(plan.actions)
    (made,) = guard.aws.strict.calls.made("rds.RestoreDBInstanceFromDBSnapshot")
    assert made.parameters["StorageType"] == "gp3"
    assert {name: made.parameters[name] for name in ("Iops", "StorageThroughput") if name in made.parameters} == asked
