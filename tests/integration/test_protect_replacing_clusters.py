"""Clusters of Aurora, DocumentDB and Neptune are replaced by plans: with their instances, with what they had, under their names; every step is
made once whatever happens in between, and nothing of the original is deleted but by a plan of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from botocore.exceptions import ClientError
from protecting_for_tests import CLUSTER, Guard, make_cluster, make_key, set_state
from replacing_steps import (
    LATER,
    a_protected_original_stays,
    killed,
    killed_back,
    outcomes,
    planned,
    replacing_guard,
    sent,
    steps,
)
from strict.clusters import known

from assay.app.permissions import calls_of
from assay.app.protection import protectapply
from assay.app.protection.migrating import migration_of
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model.action import Outcome

APPLIED, UNDONE, REFUSED, UNCHANGED = Outcome.APPLIED, Outcome.UNDONE, Outcome.REFUSED, Outcome.UNCHANGED
CONTROL = "rds_cluster_migration"
WRITES = (
    "CreateDBClusterSnapshot", "RestoreDBClusterFromSnapshot", "CreateDBInstance", "ModifyDBCluster", "AddRoleToDBCluster", "ModifyDBInstance",
    "DeleteDBInstance", "DeleteDBCluster", "DeleteDBClusterSnapshot",
)  # fmt: skip
STEPS = [
    "snapshot",
    "replacement",
    "instance writes",
    "instance reads",
    "settings",
    "switch",
    "switch writes",
    "switch reads",
]
BEFORE = {"aurora": (False, {"writes": True, "reads": False})}
REPLACED = {
    "aurora": (True, {"writes": True, "reads": False}),
    "aurora-old": (False, {"writes-old": True, "reads-old": False}),
}
TAKEN_BACK = {**BEFORE, "aurora-new": (True, {"writes-new": True, "reads-new": False})}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/imports"


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with replacing_guard(aws, tmp_path, monkeypatch) as made:
        yield made


def make(guard: Guard, engine: str = "aurora-postgresql", **more: Any) -> str:
    """A cluster with two instances, of which the second one made is not the one that writes."""
    rds = guard.aws.client("rds")
    given: dict[str, Any] = {
        "Engine": engine, "BackupRetentionPeriod": 7, "PreferredBackupWindow": "01:00-01:30", "PreferredMaintenanceWindow": "tue:02:00-tue:02:30",
        "Tags": [{"Key": "Team", "Value": "hr"}], **more,
    }  # fmt: skip
    make_cluster(guard, **given)
    for name, tier in (("writes", 1), ("reads", 0)):
        rds.create_db_instance(
            DBInstanceIdentifier=name, DBClusterIdentifier="aurora", Engine=engine, DBInstanceClass="db.r6g.large", PromotionTier=tier,
            Tags=[{"Key": "Of", "Value": name}], AvailabilityZone=f"{REGION}b",
        )  # fmt: skip
    return CLUSTER


def with_roles(guard: Guard) -> None:
    """A role for imports: the emulator has none for a cluster."""
    cluster_of(guard, "aurora")._associated_roles = []
    guard.aws.client("rds").add_role_to_db_cluster(DBClusterIdentifier="aurora", RoleArn=ROLE, FeatureName="s3Import")


def cluster_of(guard: Guard, name: str) -> Any:
    from moto.rds.models import rds_backends

    return rds_backends[ACCOUNT][REGION].clusters[name]


def clusters(guard: Guard) -> dict[str, tuple[bool, dict[str, bool]]]:
    """Each cluster: whether it is encrypted, and of each instance whether it writes."""
    return {
        each["DBClusterIdentifier"]: (
            bool(each["StorageEncrypted"]),
            {one["DBInstanceIdentifier"]: one["IsClusterWriter"] for one in each["DBClusterMembers"]},
        )
        for each in guard.aws.client("rds").describe_db_clusters()["DBClusters"]
    }


def deletions(guard: Guard) -> list[Any]:
    return [each for name in WRITES[-3:] for each in guard.aws.strict.calls.made(f"rds.{name}")]


def stages() -> list[str]:
    told = migration_of(Session(Access(), calls_of("protect migration")), CLUSTER, ACCOUNT, "alias/assay-restricted")
    return [str(each.stage) for each in told]


def test_a_cluster_is_replaced_verified_and_taken_back(guard: Guard) -> None:
    make(guard, DeletionProtection=True, CopyTagsToSnapshot=True, EnableIAMDatabaseAuthentication=True, EnableCloudwatchLogsExports=["postgresql"],
         ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 4.0}, DBClusterParameterGroupName="ours", VpcSecurityGroupIds=["sg-0123456789abcdef0"])  # fmt: skip
    with_roles(guard)
    key = make_key(guard.aws)
    assert clusters(guard) == BEFORE
    plan = planned(guard, CLUSTER)
    assert steps(plan) == STEPS
    assert [each.action.reversible for each in plan.actions] == [False] * 5 + [True] * 3
    assert {str(each.gate) for each in plan.actions} == {"review"}
    assert plan.actions[5].action.control_ids == ("RDS.27",)
    assert "stop what writes" in plan.actions[5].action.breaks
    assert outcomes(guard, plan) == [APPLIED] * 8
    assert clusters(guard) == REPLACED
    rds = guard.aws.client("rds")
    (new,) = rds.describe_db_clusters(DBClusterIdentifier="aurora")["DBClusters"]
    (old,) = rds.describe_db_clusters(DBClusterIdentifier="aurora-old")["DBClusters"]
    assert new["KmsKeyId"] == key
    for name in ("BackupRetentionPeriod", "PreferredBackupWindow", "PreferredMaintenanceWindow", "DeletionProtection", "CopyTagsToSnapshot",
                 "IAMDatabaseAuthenticationEnabled", "EnabledCloudwatchLogsExports", "ServerlessV2ScalingConfiguration", "Port", "Engine",
                 "EngineVersion", "DBSubnetGroup", "DBClusterParameterGroup", "VpcSecurityGroups"):  # fmt: skip
        assert new.get(name) == old.get(name), name
    assert [(each["RoleArn"], each["FeatureName"]) for each in new["AssociatedRoles"]] == [(ROLE, "s3Import")]
    assert {"Key": "Team", "Value": "hr"} in new["TagList"]
    (member,) = rds.describe_db_instances(DBInstanceIdentifier="reads")["DBInstances"]
    assert (member["DBInstanceClass"], member["PromotionTier"], member["AvailabilityZone"]) == (
        "db.r6g.large",
        0,
        f"{REGION}b",
    )
    assert {"Key": "Of", "Value": "reads"} in member["TagList"]
    made = [each.action for each in plan.actions]
    assert {str(each.check) for each in protectapply.verify(guard.maker, plan.id, made)} == {"ok"}
    assert outcomes(guard, plan) == [UNCHANGED] * 8
    assert [receipt.outcome for receipt in guard.undo(plan)] == [UNDONE] * 3
    assert clusters(guard) == TAKEN_BACK
    assert deletions(guard) == []
    # What was taken back is approved anew: its names are all that is left to do.
    assert outcomes(guard, planned(guard, CLUSTER, at=LATER)) == [UNCHANGED] * 5 + [APPLIED] * 3
    assert clusters(guard) == REPLACED


def test_how_far_it_is_is_told_after_each_step(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    told = [stages()]
    for number in range(len(plan.actions)):
        assert [each.outcome for each in guard.apply(plan, plan.actions[: number + 1])][-1] is APPLIED
        told.append(stages())
    d, n, later, person, running = "done", "next", "later", "for a person", "running"
    assert told == [
        [person, n, later, later, later, later, later],
        [d, d, n, later, later, later, later],
        [d, d, d, n, later, later, later],
        [d, d, d, n, later, later, later],
        [d, d, d, d, person, n, later],
        [d, d, d, d, person, n, later],
        [d, d, d, d, person, running, later],
        [d, d, d, d, person, running, later],
        [d, d, d, d, d, d, n],
    ]
    for _ in range(2):
        guard.apply(planned(guard, CLUSTER, retire=True))
    assert stages() == [d] * 7


def test_the_original_is_deleted_by_a_plan_of_its_own(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    assert [each.reason for each in planned(guard, CLUSTER, retire=True).refusals] == ["not replaced yet"]
    guard.apply(planned(guard, CLUSTER))
    last = planned(guard, CLUSTER, retire=True)
    assert steps(last) == ["deleted reads-old", "deleted writes-old", "deleted aurora-old", "deleted aurora-before"]
    assert not any(each.action.reversible for each in last.actions)
    assert all("gone for good" in each.action.breaks for each in last.actions)
    assert outcomes(guard, last) == [APPLIED] * 4
    assert clusters(guard) == {"aurora": REPLACED["aurora"]}
    (call,) = guard.aws.strict.calls.made("rds.DeleteDBCluster")
    assert call.parameters.get("DeleteAutomatedBackups") in (False, "false")
    assert guard.undo(last) == []
    assert planned(guard, CLUSTER, retire=True).actions == ()
    (refused,) = planned(guard, CLUSTER).refusals
    assert refused.detail.startswith("it is encrypted; with another key it is replaced by hand")


def test_nothing_is_deleted_before_each_instance_has_its_name(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    guard.apply(plan, plan.actions[:6])
    (only,) = planned(guard, CLUSTER, retire=True).refusals
    assert (only.reason, "reads of aurora-old has its name still" in only.detail) == ("not replaced yet", True)
    # Planned again it is the same, by the names that they had: nothing is made twice.
    again = planned(guard, CLUSTER)
    assert steps(again) == STEPS
    assert set(outcomes(guard, again)) <= {APPLIED, UNCHANGED}
    assert clusters(guard) == REPLACED


def test_planned_again_between_two_names_it_goes_on(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    guard.apply(plan, plan.actions[:6])
    guard.aws.client("rds").modify_db_instance(
        DBInstanceIdentifier="writes", NewDBInstanceIdentifier="writes-old", ApplyImmediately=True
    )
    again = planned(guard, CLUSTER)
    assert steps(again) == STEPS
    assert set(outcomes(guard, again)) <= {APPLIED, UNCHANGED}
    assert clusters(guard) == REPLACED


def test_nothing_is_deleted_once_it_was_taken_back(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    guard.apply(plan)
    last = planned(guard, CLUSTER, retire=True)
    guard.undo(plan)
    told = guard.apply(last)
    assert {receipt.outcome for receipt in told} <= {UNCHANGED, REFUSED}
    assert deletions(guard) == []
    assert clusters(guard) == TAKEN_BACK


def test_an_instance_that_is_not_of_the_original_is_not_deleted(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    guard.apply(planned(guard, CLUSTER))
    last = planned(guard, CLUSTER, retire=True)
    rds = guard.aws.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="other",
        Engine="aurora-postgresql",
        MasterUsername="admin",
        MasterUserPassword="not-a-secret",
    )
    from moto.rds.models import rds_backends

    rds_backends[ACCOUNT][REGION].databases["reads-old"].db_cluster_identifier = "other"
    told = guard.apply(last)
    assert (told[0].outcome, "not of the original" in told[0].detail) == (REFUSED, True)
    assert deletions(guard) == []


def test_a_protected_original_keeps_its_instances_too(guard: Guard) -> None:
    make(guard, DeletionProtection=True)
    a_protected_original_stays(guard, CLUSTER)
    assert deletions(guard) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(12))
def test_killed_at_every_write(guard: Guard, monkeypatch: pytest.MonkeyPatch, at: int, when: str) -> None:
    """Snapshot, restore, two instances, settings, a role, two names of the cluster, two of each instance; then all names back."""
    make(guard)
    with_roles(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    assert killed(guard, monkeypatch, plan, CONTROL, WRITES, at, when) <= {APPLIED, UNCHANGED}
    assert clusters(guard) == REPLACED
    for name, times in (
        ("CreateDBClusterSnapshot", 1),
        ("RestoreDBClusterFromSnapshot", 1),
        ("CreateDBInstance", 4),
        ("AddRoleToDBCluster", 2),
    ):
        assert sent(guard, f"rds.{name}") == times, name
    assert deletions(guard) == []
    if at >= 6:
        killed_back(guard, plan, CONTROL, WRITES, at - 6, when)
        assert clusters(guard) == TAKEN_BACK


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(4))
def test_killed_at_every_deletion(guard: Guard, monkeypatch: pytest.MonkeyPatch, at: int, when: str) -> None:
    make(guard)
    make_key(guard.aws)
    guard.apply(planned(guard, CLUSTER))
    last = planned(guard, CLUSTER, retire=True)
    assert killed(guard, monkeypatch, last, CONTROL, WRITES, at, when) <= {APPLIED, UNCHANGED}
    assert clusters(guard) == {"aurora": REPLACED["aurora"]}
    assert len([each for each in deletions(guard) if not each.code]) == 4


@pytest.mark.parametrize(
    ("engine", "control"), [("docdb", "DocumentDB.1"), ("neptune", "Neptune.1"), ("aurora-mysql", "RDS.27")]
)
def test_each_engine_is_asked_for_what_it_takes(guard: Guard, engine: str, control: str) -> None:
    """What the service's own model does not have is refused by the layer."""
    more = {"BacktrackWindow": 3600} if engine == "aurora-mysql" else {}
    make(guard, engine, EnableCloudwatchLogsExports=["audit"], **more)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    assert plan.actions[5].action.control_ids == (control,)
    assert outcomes(guard, plan) == [APPLIED] * 8
    assert clusters(guard) == REPLACED
    assert outcomes(guard, planned(guard, CLUSTER, retire=True)) == [APPLIED] * 4
    assert clusters(guard) == {"aurora": REPLACED["aurora"]}
    assert known("docdb", "DeleteDBCluster") == {
        "DBClusterIdentifier",
        "SkipFinalSnapshot",
        "FinalDBSnapshotIdentifier",
    }


def test_a_cluster_without_instances(guard: Guard) -> None:
    make_cluster(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    assert steps(plan) == ["snapshot", "replacement", "settings", "switch"]
    assert outcomes(guard, plan) == [APPLIED] * 4
    assert clusters(guard) == {"aurora": (True, {}), "aurora-old": (False, {})}


REFUSALS: Mapping[str, tuple[str, str]] = {
    "encrypted": ("cannot be replaced so", "it is encrypted"),
    "zones": ("cannot be replaced so", "cluster of postgres in several zones"),
    "global": ("cannot be replaced so", "global cluster world"),
    "replica": ("cannot be replaced so", "it has replicas"),
    "long": ("cannot be replaced so", "longer than 63 characters"),
    "instance": ("cannot be replaced so", "its instance reads is stopped"),
    "disabled": ("no key", "Disabled"),
    "gone": ("not found", "alias/none"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_cluster_that_cannot_be_replaced_so(guard: Guard, case: str) -> None:
    key = make_key(guard.aws)
    rds, resource = guard.aws.client("rds"), CLUSTER
    if case == "zones":
        make_cluster(
            guard,
            Engine="postgres",
            DBClusterInstanceClass="db.m5d.large",
            AllocatedStorage=100,
            StorageType="io1",
            Iops=1000,
        )
    elif case == "long":
        # What is made of the longer name of its instance would fit.
        resource = CLUSTER.replace("aurora", "a" * 57)
        make_cluster(guard, DBClusterIdentifier="a" * 57)
        rds.create_db_instance(
            DBInstanceIdentifier="b" * 58, DBClusterIdentifier="a" * 57, Engine="aurora-postgresql", DBInstanceClass="db.r6g.large"
        )  # fmt: skip
    else:
        make(guard, **({"StorageEncrypted": True, "KmsKeyId": key} if case == "encrypted" else {}))
    if case == "global":
        cluster_of(guard, "aurora").global_cluster_identifier = "world"
    if case == "replica":
        rds.create_db_cluster(DBClusterIdentifier="copy", Engine="aurora-postgresql", MasterUsername="admin", MasterUserPassword="not-a-secret",
                              ReplicationSourceIdentifier=CLUSTER)  # fmt: skip
    if case == "instance":
        from moto.rds.models import rds_backends

        rds_backends[ACCOUNT][REGION].databases["reads"].status = "stopped"
    if case == "disabled":
        set_state(key, "Disabled")
    plan = planned(guard, resource, key="alias/none" if case == "gone" else "alias/assay-restricted")
    assert plan.actions == ()
    ((told, why),) = [(each.reason, each.detail) for each in plan.refusals]
    assert (told, REFUSALS[case][1] in why) == (REFUSALS[case][0], True), why


def test_a_name_of_which_all_that_is_made_just_fits(guard: Guard) -> None:
    make_key(guard.aws)
    make_cluster(guard, DBClusterIdentifier="a" * 56)
    assert planned(guard, CLUSTER.replace("aurora", "a" * 56)).refusals == ()


def test_what_people_have_to_make_anew_is_told(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    assert "by hand" not in planned(guard, CLUSTER).actions[5].action.note
    held = cluster_of(guard, "aurora")
    held._enable_http_endpoint = True
    note = planned(guard, CLUSTER).actions[5].action.note
    assert note.endswith("; to be made anew by hand: the data API"), note


def test_a_member_names_its_cluster(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    plan = planned(guard, f"arn:aws:rds:{REGION}:{ACCOUNT}:db:reads")
    assert (plan.actions, "of the cluster aurora" in plan.refusals[0].detail) == ((), True)


def test_what_waits_for_the_maintenance_window_of_an_instance_stops_its_names(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    guard.aws.client("rds").modify_db_instance(DBInstanceIdentifier="reads", DBInstanceClass="db.r6g.xlarge")
    told = guard.apply(plan)
    # Refused before AWS is asked: there it would be made at once.
    assert (told[-1].outcome, told[-1].reason) == (REFUSED, "changed meanwhile")
    assert "DBInstanceClass of others" in told[-1].detail


def test_one_that_goes_or_is_denied_midway_stops_it_and_loses_nothing(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    injected = guard.aws.strict.deny("rds.CreateDBInstance")
    told = guard.apply(plan)
    assert [each.outcome for each in told][:2] == [APPLIED, APPLIED]
    assert APPLIED not in [each.outcome for each in told][2:]
    assert clusters(guard) == {**BEFORE, "aurora-new": (True, {})}
    injected.end()
    assert set(outcomes(guard, plan)) <= {APPLIED, UNCHANGED}
    assert clusters(guard) == REPLACED


def test_a_replacement_by_that_name_of_somebody_else_stops_it(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    make_cluster(guard, None, DBClusterIdentifier="aurora-new")
    told = guard.apply(planned(guard, CLUSTER))
    assert (told[1].outcome, told[1].reason) == (REFUSED, "changed meanwhile")
    assert clusters(guard) == {**BEFORE, "aurora-new": (False, {})}


def test_a_snapshot_of_that_name_of_another_cluster_stops_it(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    make_cluster(guard, None, DBClusterIdentifier="other")
    guard.aws.client("rds").create_db_cluster_snapshot(
        DBClusterIdentifier="other", DBClusterSnapshotIdentifier="aurora-before"
    )
    first, *_ = guard.apply(planned(guard, CLUSTER))
    assert (first.outcome, first.reason) == (REFUSED, "changed meanwhile")
    assert guard.aws.strict.calls.made("rds.RestoreDBClusterFromSnapshot") == []


def test_one_that_is_encrypted_by_now_is_left_alone(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    cluster_of(guard, "aurora").storage_encrypted = True
    first, *_ = guard.apply(plan)
    assert (first.outcome, "encrypted by now" in first.detail) == (REFUSED, True)
    assert guard.aws.strict.calls.made("rds.CreateDBClusterSnapshot") == []


def test_an_instance_by_that_name_of_another_cluster_stops_it(guard: Guard) -> None:
    make(guard)
    key = make_key(guard.aws)
    make_cluster(guard, None, DBClusterIdentifier="other", StorageEncrypted=True, KmsKeyId=key)
    guard.aws.client("rds").create_db_instance(
        DBInstanceIdentifier="writes-new",
        DBClusterIdentifier="other",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r6g.large",
    )
    told = guard.apply(planned(guard, CLUSTER))
    assert (told[2].outcome, told[2].reason) == (REFUSED, "changed meanwhile")
    assert guard.aws.strict.calls.made("rds.ModifyDBInstance") == []


def test_an_instance_is_not_deleted_whose_name_nothing_has(guard: Guard) -> None:
    make(guard)
    make_key(guard.aws)
    guard.apply(planned(guard, CLUSTER))
    last = planned(guard, CLUSTER, retire=True)
    guard.aws.client("rds").modify_db_instance(
        DBInstanceIdentifier="reads", NewDBInstanceIdentifier="elsewhere", ApplyImmediately=True
    )
    first, *_ = guard.apply(last)
    assert (first.outcome, "nothing serves under the name reads" in first.detail) == (REFUSED, True)
    assert [each.parameters["DBInstanceIdentifier"] for each in deletions(guard)] in ([], ["writes-old"])


def test_killed_between_two_roles_the_other_is_given_alone(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    make(guard)
    with_roles(guard)
    other = ROLE.replace("imports", "exports")
    guard.aws.client("rds").add_role_to_db_cluster(DBClusterIdentifier="aurora", RoleArn=other, FeatureName="s3Export")
    make_key(guard.aws)
    plan = planned(guard, CLUSTER)
    assert killed(guard, monkeypatch, plan, CONTROL, ("AddRoleToDBCluster",), 0, "after") <= {APPLIED, UNCHANGED}
    (new,) = guard.aws.client("rds").describe_db_clusters(DBClusterIdentifier="aurora")["DBClusters"]
    assert sorted(each["RoleArn"] for each in new["AssociatedRoles"]) == [other, ROLE]
    assert len(guard.aws.strict.calls.made("rds.AddRoleToDBCluster")) == 4


def test_what_the_plan_of_protection_says_of_it(guard: Guard) -> None:
    """By hand it names the plan; of DocumentDB the encryption is said as well."""
    make(guard, "docdb")
    make_key(guard.aws)
    told = {each.control: each.detail for each in guard.plan(CLUSTER).refusals if each.reason == "by hand"}
    assert f"assay protect migration {CLUSTER} --key" in told["encryption"]
    assert "does not protect databases of docdb" in told["engine"]


def test_a_refusal_of_the_service_is_told_as_it_is(guard: Guard) -> None:
    """The layer has what RDS has: a snapshot that is not encrypted is not copied with a key, a cluster with instances not deleted."""
    make(guard)
    key, rds = make_key(guard.aws), guard.aws.client("rds")
    rds.create_db_cluster_snapshot(DBClusterIdentifier="aurora", DBClusterSnapshotIdentifier="one")
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        rds.copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier="one", TargetDBClusterSnapshotIdentifier="two", KmsKeyId=key
        )
    with pytest.raises(ClientError, match="InvalidDBClusterStateFault"):
        rds.delete_db_cluster(DBClusterIdentifier="aurora", SkipFinalSnapshot=True)
    with pytest.raises(ClientError, match="already exists"):
        rds.modify_db_instance(DBInstanceIdentifier="reads", NewDBInstanceIdentifier="writes", ApplyImmediately=True)
    with pytest.raises(ClientError, match="set by the DB cluster"):
        rds.create_db_instance(DBInstanceIdentifier="x", DBClusterIdentifier="aurora", Engine="aurora-postgresql", DBInstanceClass="db.r6g.large",
                               BackupRetentionPeriod=3)  # fmt: skip
    assert json.dumps(sorted(clusters(guard))) == '["aurora"]'
