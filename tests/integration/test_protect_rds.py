"""Databases of RDS and their snapshots are observed, planned for, protected, verified and taken back, where RDS refuses what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import (
    CLUSTER,
    DATABASE,
    OF_DATABASES,
    SNAPSHOT,
    SNAPSHOT_OF_CLUSTER,
    Guard,
    action,
    controls,
    make_cluster,
    make_database,
    make_key,
    make_snapshots,
    refused,
)
from tagging_for_tests import known, outcomes

from assay.app.protection import protectapply as doing
from assay.aws import rdssettings
from assay.cli.protect_pages import as_plan
from assay.model import Level
from assay.model.action import Gate, Outcome, Plan
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.model.review import Phase
from assay.protect import rdsdatabase
from assay.protect.controls import CONTROLS
from assay.protect.means import Means
from assay.protect.points import Verdict
from assay.store.engine import open_catalog

OF_CLUSTERS = OF_DATABASES[:-1]
WITHOUT_LOGS = [each for each in OF_DATABASES if each != "rds_log_exports"]


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def settings(guard: Guard, resource: str = DATABASE) -> dict[str, Any]:
    return {name: setting.value for name, setting in guard.observe(resource).settings.items() if name != "status"}


def by_hand(plan: Plan) -> dict[str, str]:
    return {each.control: each.detail for each in plan.refusals if each.reason == "by hand"}


@pytest.mark.parametrize(
    ("make", "resource", "wanted"), [(make_database, DATABASE, OF_DATABASES), (make_cluster, CLUSTER, OF_CLUSTERS)]
)
def test_everything_is_made_once_and_taken_back(
    guard: Guard, make: Any, resource: str, wanted: tuple[str, ...]
) -> None:
    assert make(guard) == resource
    before = settings(guard, resource)
    plan = guard.plan(resource)
    assert (controls(plan), refused(plan)) == (list(wanted), {})
    assert outcomes(guard.apply(plan)) == [Outcome.APPLIED] * len(wanted)
    now = settings(guard, resource)
    changed = {"copy_tags": True, "deletion_protection": True, "backup_days": 35, "iam_authentication": True}
    logs = ["postgresql"] if resource == CLUSTER else ["postgresql", "upgrade"]
    assert now == before | changed | {"log_exports": logs} | ({"public": False} if resource == DATABASE else {})
    assert controls(guard.plan(resource)) == []
    assert {each.check for each in doing.verify(guard.maker, plan.id, [each.action for each in plan.actions])} == {
        doing.Check.OK
    }
    assert outcomes(guard.undo(plan)) == [Outcome.UNDONE] * len(wanted)
    assert settings(guard, resource) == before


@pytest.mark.parametrize(
    ("level", "wanted", "days"),
    [
        (Level.CONFIDENTIAL, [each for each in OF_DATABASES if each != "rds_iam_authentication"], 14),
        (Level.INTERNAL, ["rds_copy_tags", "rds_backups", "rds_private"], 7),
        (None, ["rds_copy_tags", "rds_backups", "rds_private"], 7),
    ],
)
def test_every_level_asks_for_its_own(guard: Guard, level: Level | None, wanted: list[str], days: int) -> None:
    make_database(guard, level)
    plan = guard.plan(DATABASE)
    assert controls(plan) == wanted
    assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
    assert settings(guard)["backup_days"] == days


def test_what_a_plan_tells(guard: Guard) -> None:
    make_database(guard)
    plan = guard.plan(DATABASE)
    ids = {each.action.control: each.action.control_ids for each in plan.actions}
    assert ids == {
        "rds_copy_tags": ("RDS.17",), "rds_deletion_protection": ("RDS.8",), "rds_log_exports": ("RDS.9", "RDS.36"),
        "rds_backups": ("RDS.11",), "rds_iam_authentication": ("RDS.10",), "rds_private": ("RDS.2", "CIS 2.3.3"),
    }  # fmt: skip
    assert "every client outside of its network" in action(plan, "rds_private").breaks
    # Who reads logs, and whose way is cut off, is for people; all else the phase lets through.
    waits = {each.action.control for each in plan.actions if each.gate is Gate.REVIEW}
    assert waits == {"rds_log_exports", "rds_private"}
    assert set(by_hand(plan)) == {"encryption", "multi_az", "tls_only"}
    make_cluster(guard)
    ids = {each.action.control: each.action.control_ids for each in guard.plan(CLUSTER).actions}
    assert ids["rds_deletion_protection"] == ("RDS.7",)
    assert ids["rds_log_exports"] == ("RDS.37",)


class TestBackups:
    def test_they_are_switched_on_by_a_person_and_never_off_again(self, guard: Guard) -> None:
        make_database(guard, Level.INTERNAL, BackupRetentionPeriod=0)
        plan = guard.plan(DATABASE)
        (on,) = [each for each in plan.actions if each.action.control == "rds_backups"]
        assert (on.gate, on.action.reversible) == (Gate.REVIEW, False)
        assert "stand still" in on.action.breaks
        guard.apply(plan)
        assert settings(guard)["backup_days"] == 7
        assert "rds_backups" not in [each.control for each in doing.to_undo(guard.catalog, plan.id, plan)]
        # Not even by whoever asks the protector itself.
        assert outcomes(guard.maker.undo(plan.id, [on.action])) == [Outcome.UNDO_FAILED]
        assert settings(guard)["backup_days"] == 7

    def test_they_are_made_more_and_never_less(self, guard: Guard, tmp_path: Path) -> None:
        make_database(guard, Level.INTERNAL, BackupRetentionPeriod=20)
        assert "rds_backups" not in controls(guard.plan(DATABASE))
        guard.own_policy(tmp_path, "policies: [{name: none, where: {type: rds_instance}, set: {backup_days: 0}}]")
        assert "rds_backups" not in controls(guard.plan(DATABASE))
        assert CONTROLS["backup_days"].problem(36) == "must be a whole number of days from 0 to 35"


class TestWhatOthersLeftForTheWindow:
    def wait(self, guard: Guard) -> None:
        guard.aws.client("rds").modify_db_instance(DBInstanceIdentifier="shop", DBInstanceClass="db.m5.large")

    def class_of(self, guard: Guard) -> str:
        (found,) = guard.aws.client("rds").describe_db_instances()["DBInstances"]
        return str(found["DBInstanceClass"])

    def test_nothing_is_planned_that_would_make_it_at_once(self, guard: Guard) -> None:
        make_database(guard, BackupRetentionPeriod=0)
        self.wait(guard)
        plan = guard.plan(DATABASE)
        assert set(refused(plan, "changes of others wait")) == {"backup_days", "iam_authentication"}
        assert "DBInstanceClass would be changed at once" in refused(plan)["backup_days"]
        # All else takes nothing with it.
        assert outcomes(guard.apply(plan)) == [Outcome.APPLIED] * 4
        assert self.class_of(guard) == "db.t3.micro"
        assert settings(guard)["pending"] == ["DBInstanceClass"]

    def test_nor_is_it_made_when_it_came_after_the_plan(self, guard: Guard) -> None:
        make_database(guard, BackupRetentionPeriod=0)
        plan = guard.plan(DATABASE)
        self.wait(guard)
        receipts = {each.action: each for each in guard.apply(plan)}
        for control in ("rds_backups", "rds_iam_authentication"):
            receipt = receipts[action(plan, control).id]
            assert receipt.outcome is Outcome.REFUSED
        assert "DBInstanceClass of others" in receipts[action(plan, "rds_backups").id].detail
        assert self.class_of(guard) == "db.t3.micro"
        assert settings(guard)["backup_days"] == 0

    def test_nor_of_a_cluster(self, guard: Guard) -> None:
        make_cluster(guard)
        plan = guard.plan(CLUSTER)
        client = guard.aws.client("rds")
        client.modify_db_cluster(DBClusterIdentifier="aurora", EngineVersion="16.4")
        assert set(refused(guard.plan(CLUSTER), "changes of others wait")) == {"backup_days", "iam_authentication"}
        told = {each.action: each.outcome for each in guard.apply(plan)}
        for control in ("rds_backups", "rds_iam_authentication"):
            assert told[action(plan, control).id] is Outcome.REFUSED
        assert settings(guard, CLUSTER)["pending"] == ["EngineVersion"]

    def test_nor_when_it_is_taken_back(self, guard: Guard) -> None:
        make_database(guard)
        plan = guard.plan(DATABASE)
        guard.apply(plan)
        self.wait(guard)
        outcome = {each.action: each.outcome for each in guard.undo(plan)}
        assert outcome[action(plan, "rds_iam_authentication").id] is Outcome.UNDO_FAILED
        assert outcome[action(plan, "rds_private").id] is Outcome.UNDONE
        assert self.class_of(guard) == "db.t3.micro"


class TestPending:
    def test_what_waits_or_is_under_way_is_neither_as_made_nor_otherwise(self, guard: Guard) -> None:
        make_database(guard)
        plan = guard.plan(DATABASE)
        guard.apply(plan)
        guard.aws.client("rds").modify_db_instance(DBInstanceIdentifier="shop", EnableIAMDatabaseAuthentication=False)
        checked = doing.verify(
            guard.maker, plan.id, [action(plan, "rds_iam_authentication"), action(plan, "rds_backups")]
        )
        assert [(each.check, "waits or is under way" in each.detail) for each in checked] == [
            (doing.Check.UNKNOWN, True), (doing.Check.OK, False),
        ]  # fmt: skip


class TestMembers:
    def test_only_its_address_is_a_members_own(self, guard: Guard) -> None:
        make_cluster(guard)
        make_database(guard, None, Engine="aurora-postgresql", DBClusterIdentifier="aurora", AllocatedStorage=1)
        # What is known of the cluster's address is known of its members.
        plan = guard.plan(DATABASE)
        assert (controls(plan), by_hand(plan)) == (["rds_private"], {})
        assert "restricted" in plan.notes[DATABASE]
        assert outcomes(guard.apply(plan)) == [Outcome.APPLIED]
        assert settings(guard)["public"] is False

    def test_more_that_becomes_known_stops_it(self, guard: Guard) -> None:
        make_database(guard, Level.INTERNAL)
        plan = guard.plan(DATABASE)
        with guard.catalog.transaction() as connection:
            from assay.store import plans

            plan_id = plans.keep(connection, plan)
        (host,) = settings(guard)["hosts"]
        guard.know({f"postgresql://{host}:5432/shop/public/people": known(Level.RESTRICTED)})
        ready = doing.ready(guard.catalog, plan_id, plan, second=None)
        assert ready.chosen == ()
        assert {each.because for each in ready.waiting if each.planned.gate is not Gate.REVIEW} == {
            f"{doing.RAISED}: plan it again"
        }


class TestEncryption:
    def test_it_is_a_replacement_that_is_told_step_by_step_and_not_made(self, guard: Guard) -> None:
        make_database(guard)
        plan = guard.plan(DATABASE)
        head, *steps = by_hand(plan)["encryption"].split("\n")
        assert "by a plan of its own: assay protect migration" in head
        words = ["stop what writes", "create-db-snapshot", "copy-db-snapshot", "restore-db-instance", "compare", "rename",
                 "signs off", "plan again"]  # fmt: skip
        assert [word in step for word, step in zip(words, steps, strict=True)] == [True] * 8
        assert "--kms-key-id alias/assay-restricted" in steps[2]
        assert "alias/assay-restricted is not there" in head
        told = list(as_plan(plan, 100, lambda text, *_: text))
        assert [line.strip()[:2] for line in told if line.strip()[:2] in {f"{each}." for each in range(1, 9)}] == [
            f"{each}." for each in range(1, 9)
        ]
        guard.apply(plan)
        made = {call.name for call in guard.aws.strict.calls if not call.name.startswith("rds.Describe")}
        assert not {"rds.CreateDBSnapshot", "rds.CopyDBSnapshot", "rds.RestoreDBInstanceFromDBSnapshot"} & made

    def test_a_key_of_ones_own_is_as_wanted(self, guard: Guard, tmp_path: Path) -> None:
        key = make_key(guard.aws)
        make_database(guard, StorageEncrypted=True, KmsKeyId=key)
        assert settings(guard)["encryption"] == {"encryption": "customer-key", "key": key}
        assert "encryption" not in by_hand(guard.plan(DATABASE))
        # But for one that is named, and is another.
        other = guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        own = "policies: [{name: own, where: {type: rds_instance}, set: {kms_key: KEY}}]"
        guard.own_policy(tmp_path, own.replace("KEY", f'"{other}"'))
        assert f"--kms-key-id {other}" in by_hand(guard.plan(DATABASE))["encryption"]
        guard.own_policy(tmp_path, own.replace("KEY", f'"{key}"'))
        assert "encryption" not in by_hand(guard.plan(DATABASE))


class TestSnapshots:
    @pytest.mark.parametrize("resource", [SNAPSHOT, SNAPSHOT_OF_CLUSTER])
    def test_not_everybody_may_restore_them_and_who_is_named_may(self, guard: Guard, resource: str) -> None:
        make_database(guard)
        make_cluster(guard)
        make_snapshots(guard)
        before = settings(guard, resource)
        assert before["shared_with"] == ["999999999999", "all"]
        plan = guard.plan(resource)
        assert controls(plan) == ["rds_snapshot_private"]
        assert action(plan, "rds_snapshot_private").control_ids == ("RDS.1",)
        assert "restricted" in plan.notes[resource]
        assert "snapshot" in by_hand(plan)["encryption"]
        assert outcomes(guard.apply(plan)) == [Outcome.APPLIED]
        assert settings(guard, resource)["shared_with"] == ["999999999999"]
        assert controls(guard.plan(resource)) == []
        guard.undo(plan)
        assert settings(guard, resource) == before

    def test_one_whose_database_is_gone_waits_for_a_person(self, guard: Guard) -> None:
        make_database(guard)
        make_cluster(guard)
        make_snapshots(guard)
        guard.aws.client("rds").delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
        (planned,) = guard.plan(SNAPSHOT).actions
        assert (planned.gate, planned.action.control) == (Gate.REVIEW, "rds_snapshot_private")


class TestOtherEngines:
    def test_logs_of_others_stay_and_are_not_taken_back(self, guard: Guard) -> None:
        make_database(guard, Level.CONFIDENTIAL, Engine="mysql", EnableCloudwatchLogsExports=["error"])
        guard.know({f"mysql://{settings(guard)['hosts'][0]}:3306/shop/orders": known(Level.CONFIDENTIAL)})
        plan = guard.plan(DATABASE)
        assert set(action(plan, "rds_log_exports").after) == {"log audit", "log general", "log slowquery"}
        guard.apply(plan)
        assert settings(guard)["log_exports"] == ["audit", "error", "general", "slowquery"]
        guard.undo(plan)
        assert settings(guard)["log_exports"] == ["error"]

    def test_an_engine_without_iam_is_for_people(self, guard: Guard) -> None:
        make_database(guard, Engine="sqlserver-ex", LicenseModel="license-included")
        guard.aws.client("rds").add_tags_to_resource(
            ResourceName=DATABASE, Tags=[{"Key": "Classification", "Value": "restricted"}]
        )
        plan = guard.plan(DATABASE)
        assert "sqlserver-ex knows no signing in by IAM" in by_hand(plan)["iam_authentication"]
        assert set(action(plan, "rds_log_exports").after) == {"log error"}


def test_engines_that_are_not_known_are_told_and_left() -> None:
    state = ResourceState(
        resource=DATABASE, type=ResourceType.RDS_INSTANCE, account=ACCOUNT, region=REGION,
        settings={"engine": Setting(value="docdb"), "status": Setting(value="available")},
    )  # fmt: skip
    (point,) = rdsdatabase.points_of(state, {}, Means(partition="aws", account=ACCOUNT), "restricted")
    assert (point.verdict, point.detail) == (Verdict.MANUAL, "assay does not protect databases of docdb yet")


class TestUnknown:
    @pytest.mark.parametrize(
        ("call", "missing", "how"),
        [
            ("rds.DescribeDBSnapshotAttributes", "private", "throttle"),
            ("rds.DescribeDBSnapshotAttributes", "private", "deny"),
            ("kms.DescribeKey", "encryption", "deny"),
        ],
    )
    def test_one_call_that_is_refused_stops_nothing_else(self, guard: Guard, call: str, missing: str, how: str) -> None:
        make_database(guard, StorageEncrypted=True, KmsKeyId=make_key(guard.aws))
        guard.aws.client("rds").create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="monday")
        getattr(guard.aws.strict, how)(call)
        plan = guard.plan(DATABASE, SNAPSHOT)
        assert controls(plan) == list(OF_DATABASES)
        assert missing in refused(plan)

    def test_a_member_whose_cluster_cannot_be_read_waits_for_a_person(self, guard: Guard) -> None:
        make_cluster(guard)
        make_database(
            guard, Level.INTERNAL, Engine="aurora-postgresql", DBClusterIdentifier="aurora", AllocatedStorage=1
        )
        guard.aws.strict.deny("rds.DescribeDBClusters")
        (planned,) = guard.plan(DATABASE).actions
        assert planned.gate is Gate.REVIEW
        assert not guard.observe(DATABASE).get("hosts_beside").is_known

    def test_a_cluster_whose_members_cannot_be_read_waits_for_a_person(self, guard: Guard) -> None:
        make_cluster(guard, Level.INTERNAL)
        make_database(guard, None, Engine="aurora-postgresql", DBClusterIdentifier="aurora", AllocatedStorage=1)
        assert {each.gate for each in guard.plan(CLUSTER).actions} == {Gate.APPLY}
        guard.aws.strict.deny("rds.DescribeDBInstances")
        found = guard.plan(CLUSTER).actions
        assert {(each.gate, "where it is reached could not be read" in each.because) for each in found} == {
            (Gate.REVIEW, True)
        }

    def test_a_list_that_is_refused_stops_no_other(self, guard: Guard) -> None:
        make_database(guard, Level.INTERNAL)
        guard.make()
        guard.aws.strict.deny("rds.DescribeDBClusters")
        plan = guard.protection.plan((), by="ada")
        told = {each.resource: each.reason for each in plan.refusals if each.control == "observe"}
        assert told == {f"clusters of RDS in {REGION}": "access denied"}
        assert {"rds_private", "s3_tls_only"} <= set(controls(plan))

    def test_all_of_them_on_all_pages_one_that_is_gone_and_one_of_others(self, guard: Guard) -> None:
        for number in range(3):
            make_database(guard, None, DBInstanceIdentifier=f"shop-{number}")
        guard.aws.strict.pages(1)
        plan = guard.protection.plan((), by="ada")
        assert controls(plan).count("rds_private") == 3
        gone, foreign = f"{DATABASE}-gone", DATABASE.replace(ACCOUNT, "999999999999")
        assert {each.resource: each.reason for each in guard.plan(gone, foreign).refusals} == {
            gone: "not found", foreign: "of another account",
        }  # fmt: skip


class TestUnsettled:
    def test_one_that_is_being_made_is_not_changed(self, guard: Guard) -> None:
        make_database(guard)
        guard.aws.strict.unsettled("rds:shop", "creating", 1)
        plan = guard.plan(DATABASE)
        assert controls(plan) == []
        assert "it is creating" in refused(plan, "not settled")["deletion_protection"]

    def test_one_that_changes_is_waited_for_and_one_that_never_ends_is_unknown(self, guard: Guard) -> None:
        make_database(guard)
        plan = guard.plan(DATABASE)
        guard.aws.strict.unsettled("rds:shop", "modifying", 3)
        assert outcomes(guard.apply(plan, plan.actions[:1])) == [Outcome.APPLIED]
        guard.aws.strict.before(
            "rds.ModifyDBInstance", lambda: guard.aws.strict.before("rds.DescribeDBInstances", stuck)
        )

        def stuck() -> None:
            guard.aws.strict.unsettled("rds:shop", "modifying", 10_000)

        receipts = guard.apply(plan, plan.actions[1:2])
        assert outcomes(receipts) == [Outcome.UNKNOWN]
        guard.aws.strict.unsettled("rds:shop", "modifying", 1)
        assert [each.outcome for each in guard.maker.settle()] == [Outcome.APPLIED]


def test_in_pilot_nothing_is_made_without_a_person(guard: Guard) -> None:
    guard.phase = Phase.PILOT
    make_database(guard)
    assert {each.gate for each in guard.plan(DATABASE).actions} == {Gate.REVIEW}
