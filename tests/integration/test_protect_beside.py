"""What others have beside what protection makes stays, on whatever page it is; and no step of a replacement is made of something else than it was
planned for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import (
    DATABASE,
    LOGS,
    TABLE,
    URI,
    Guard,
    action,
    controls,
    make_database,
    make_key,
    make_table,
    make_volume,
    set_state,
)
from tagging_for_tests import NOW

from assay.app.permissions import calls_of
from assay.app.protection.replacing import Replacing
from assay.aws import tablesettings
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model import Level
from assay.model.action import Action, Outcome, Plan, Receipt
from assay.protectors import backup_role, ebs_migration, evidence, replacing
from assay.protectors.restored_bucket import RestoredBucket
from assay.store.engine import open_catalog

APPLIED, REFUSED = Outcome.APPLIED, Outcome.REFUSED
ONLY = "policies: [{name: only, set: {%s}}]"
_AUTOSCALING = "aws:autoscaling:groupName"


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(replacing, "_PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr("time.sleep", lambda _: None)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def calls(guard: Guard, name: str) -> int:
    return len(guard.aws.strict.calls.made(name))


class TestMeans:
    def test_what_others_let_into_the_bucket_of_logs_stays(self, guard: Guard) -> None:
        logs = LOGS.removeprefix("s3://")
        guard.s3.create_bucket(Bucket=logs, CreateBucketConfiguration={"LocationConstraint": REGION})
        theirs = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/auditor"},
                  "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{logs}/*"}  # fmt: skip
        guard.put_policy(theirs, bucket=logs)
        guard.make(level=Level.INTERNAL)
        tags = [{"Key": "Team", "Value": "hr"}, {"Key": "assay:purpose", "Value": "access-logs"}]
        guard.s3.put_bucket_tagging(Bucket=logs, Tagging={"TagSet": tags})
        made = action(guard.plan(), "s3_log_bucket")
        guard.s3.put_bucket_tagging(Bucket=logs, Tagging={"TagSet": tags[:1]})
        guard.maker.protectors["s3_log_bucket"].apply(_as_it_is(guard, made))
        assert guard.statements(logs) == ["Theirs", "AssayLogDelivery"]
        assert {each["Key"] for each in guard.s3.get_bucket_tagging(Bucket=logs)["TagSet"]} == {"Team", "assay:purpose"}

    def test_what_others_let_into_the_bucket_of_evidence_stays(self, guard: Guard) -> None:
        bucket = f"assay-evidence-{ACCOUNT}-{REGION}"
        guard.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}, ObjectLockEnabledForBucket=True
        )
        theirs = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/auditor"},
                  "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}  # fmt: skip
        guard.put_policy(theirs, bucket=bucket)
        wanted = Action(
            resource=f"s3://{bucket}", control=evidence.PLACES, account=ACCOUNT, reversible=False,
            before={evidence.PLACE: None}, after={evidence.PLACE: REGION},
        )  # fmt: skip
        guard.maker.protectors[evidence.PLACES].apply(wanted)
        assert guard.statements(bucket) == ["Theirs", "AssayLogExportAcl", "AssayLogExportPut"]

    def test_a_role_that_lacks_one_policy_gets_that_one(self, guard: Guard, tmp_path: Path) -> None:
        guard.own_policy(tmp_path, ONLY % "monitoring: none, data_events: none", is_apart=False)
        iam = guard.aws.client("iam")
        trust = json.dumps(backup_role.trust(ACCOUNT))
        iam.create_role(RoleName="assay-backup", AssumeRolePolicyDocument=trust)
        make_table(guard, Level.INTERNAL)
        wanted = action(guard.plan(TABLE), "backup_role").after[backup_role.POLICIES]
        iam.attach_role_policy(RoleName="assay-backup", PolicyArn=wanted[0])
        plan = guard.plan(TABLE)
        assert {receipt.outcome for receipt in guard.apply(plan)} == {APPLIED}
        attached = guard.aws.strict.calls.made("iam.AttachRolePolicy")
        assert [call.parameters["PolicyArn"] for call in attached] == list(wanted)

    def test_a_plan_and_a_vault_are_looked_for_on_every_page(self, guard: Guard, tmp_path: Path) -> None:
        guard.own_policy(tmp_path, ONLY % "monitoring: none, data_events: none", is_apart=False)
        client = guard.aws.client("backup")
        for name in ("their-a", "their-b", "their-c"):
            client.create_backup_vault(BackupVaultName=name)
            rule = {"RuleName": name, "TargetBackupVaultName": name, "ScheduleExpression": "cron(0 5 ? * * *)"}
            client.create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": [rule]})
        make_table(guard, Level.INTERNAL)
        guard.aws.strict.pages(1)
        plan = guard.plan(TABLE)
        assert {receipt.outcome for receipt in guard.apply(plan)} == {APPLIED}
        assert controls(guard.plan(TABLE)) == []

    def test_a_bucket_that_does_not_say_that_it_is_a_copy_is_not_emptied(self, guard: Guard) -> None:
        guard.make()
        guard.s3.put_object(Bucket="lake", Key="a.csv", Body=b"x")
        guard.s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "Team", "Value": "hr"}]})
        session = Session(Access(), calls_of("protect restore-test"))
        place = RestoredBucket(session, URI, "0", account=ACCOUNT, region=REGION, sample=0)
        place.name = "lake"
        place.clean()
        assert len(guard.s3.list_objects_v2(Bucket="lake")["Contents"]) == 1


def _as_it_is(guard: Guard, made: Action) -> Action:
    return replace(made, before=guard.maker.protectors[made.control].read_back(made))


class TestWatching:
    @pytest.fixture(autouse=True)
    def _asked(self, guard: Guard, tmp_path: Path) -> None:
        guard.own_policy(tmp_path, ONLY % "backup: none, data_events: none, cross_region: false", is_apart=False)
        guard.make()
        make_table(guard)

    def test_metrics_of_others_stay_when_ours_are_taken_back(self, guard: Guard) -> None:
        plan = guard.plan(URI)
        guard.apply(plan)
        guard.s3.put_bucket_metrics_configuration(Bucket="lake", Id="theirs", MetricsConfiguration={"Id": "theirs"})
        guard.undo(plan)
        left = guard.s3.list_bucket_metrics_configurations(Bucket="lake")["MetricsConfigurationList"]
        assert [each["Id"] for each in left] == ["theirs"]

    def test_alarms_of_others_stay_when_ours_are_taken_back(self, guard: Guard) -> None:
        of_bucket, of_table = guard.plan(URI), guard.plan(TABLE)
        guard.apply(of_bucket)
        guard.apply(of_table)
        guard.undo(of_bucket)
        left = {each["AlarmName"] for each in guard.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]}
        wanted = {name for each in of_table.actions if each.action.control == "alarms" for name in each.action.after}
        assert left == wanted != set()


def replacement(guard: Guard, resource: str, *, retire: bool = False) -> Plan:
    session = Session(Access(), calls_of("protect migration"))
    whole = Replacing(session=session, protection=guard.protection)
    return whole.plan(resource, "alias/assay-restricted", retire=retire, at=NOW, by="ada")


def only(guard: Guard, plan: Plan, *steps: str) -> list[Receipt]:
    """Some steps of a plan, by their names."""
    return guard.apply(plan, [each for each in plan.actions if next(iter(each.action.after)) in steps])


class TestInstances:
    @pytest.fixture(autouse=True)
    def _there(self, guard: Guard) -> None:
        make_database(guard, DeletionProtection=False)
        make_key(guard.aws)

    def test_a_step_of_a_replacement_is_not_made_of_something_else(self, guard: Guard) -> None:
        from moto.rds.models import rds_backends

        plan = replacement(guard, DATABASE)
        (receipt,) = only(guard, plan, "replacement")
        assert (receipt.outcome, receipt.reason) == (REFUSED, "not ready")
        assert calls(guard, "rds.RestoreDBInstanceFromDBSnapshot") == 0
        held = rds_backends[ACCOUNT][REGION].databases["shop"]
        held.storage_encrypted, held.kms_key_id = True, plan.actions[0].action.found["key"]
        (receipt,) = only(guard, plan, "snapshot")
        assert (receipt.outcome, "encrypted by now" in receipt.detail) == (REFUSED, True)
        assert calls(guard, "rds.CreateDBSnapshot") == 0


class TestVolumes:
    @pytest.fixture
    def key(self, guard: Guard) -> str:
        return make_key(guard.aws)

    def attached(self, guard: Guard) -> tuple[str, str]:
        ec2 = guard.aws.client("ec2")
        arn = make_volume(guard, VolumeType="gp3")
        where = {"AvailabilityZone": f"{REGION}a"}
        made = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1, Placement=where)
        instance = str(made["Instances"][0]["InstanceId"])
        ec2.attach_volume(VolumeId=arn.rpartition("/")[2], InstanceId=instance, Device="/dev/sdf")
        return arn, instance

    def at_device(self, guard: Guard, instance: str) -> Any:
        (one,) = guard.aws.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"]
        mappings: Sequence[Any] = one["Instances"][0]["BlockDeviceMappings"]
        return next((each["Ebs"] for each in mappings if each["DeviceName"] == "/dev/sdf"), None)

    def test_a_step_of_a_volume_is_not_made_of_something_else(self, guard: Guard, key: str) -> None:
        from moto.ec2.models import ec2_backends

        arn = make_volume(guard)
        plan = replacement(guard, arn)
        (receipt,) = only(guard, plan, "replacement")
        assert (receipt.outcome, receipt.reason, calls(guard, "ec2.CreateVolume")) == (REFUSED, "not ready", 1)
        assert [each.outcome for each in only(guard, plan, "snapshot")] == [APPLIED]
        set_state(key, "Disabled")
        (receipt,) = only(guard, plan, "encrypted copy")
        assert (receipt.outcome, "Disabled" in receipt.detail, calls(guard, "ec2.CopySnapshot")) == (REFUSED, True, 0)
        other = make_volume(guard)
        set_state(key, "Enabled")
        late = replacement(guard, other)
        held = ec2_backends[ACCOUNT][REGION].volumes[other.rpartition("/")[2]]
        held.encrypted, held.kms_key_id = True, late.actions[0].action.found["key"]
        (receipt,) = only(guard, late, "snapshot")
        assert (receipt.outcome, "encrypted by now" in receipt.detail) == (REFUSED, True)
        assert calls(guard, "ec2.CreateSnapshot") == 1

    def test_two_of_one_mark_stop_it_on_whatever_page(self, guard: Guard, key: str) -> None:
        arn = make_volume(guard)
        plan = replacement(guard, arn)
        name = arn.rpartition("/")[2]
        only(guard, plan, "snapshot")
        marks = [{"Key": "assay:migration", "Value": name}, {"Key": "assay:step", "Value": "snapshot"}]
        ec2 = guard.aws.client("ec2")
        (made,) = guard.aws.strict.calls.made("ec2.CreateSnapshot")
        told = made.parameters["TagSpecifications"][0]["Tags"]
        assert {each["Key"] for each in told} >= {marks[0]["Key"]}
        ec2.create_snapshot(VolumeId=name, TagSpecifications=[{"ResourceType": "snapshot", "Tags": told}])
        guard.aws.strict.pages(1)
        (receipt,) = only(guard, plan, "encrypted copy")
        assert (receipt.outcome, "there are 2" in receipt.detail) == (Outcome.FAILED, True)
        assert calls(guard, "ec2.CopySnapshot") == 0

    def test_a_group_that_it_came_to_meanwhile_stops_it(self, guard: Guard, key: str) -> None:
        from moto.ec2.models import ec2_backends

        arn, instance = self.attached(guard)
        plan = replacement(guard, arn)
        ec2_backends[ACCOUNT][REGION].tags[instance] = {_AUTOSCALING: "web"}
        first, *_ = guard.apply(plan)
        assert (first.outcome, "Auto Scaling" in first.detail) == (REFUSED, True)
        assert calls(guard, "ec2.StopInstances") == 0

    def test_a_volume_is_not_switched_while_its_instance_runs(self, guard: Guard, key: str) -> None:
        arn, instance = self.attached(guard)
        told = only(guard, replacement(guard, arn), "snapshot", "encrypted copy", "replacement", "switch")
        assert [each.outcome for each in told] == [APPLIED, APPLIED, APPLIED, REFUSED]
        assert "runs" in told[-1].detail
        assert self.at_device(guard, instance)["VolumeId"] == arn.rpartition("/")[2]
        assert calls(guard, "ec2.DetachVolume") == 0

    @pytest.mark.parametrize("ends", [True, False])
    def test_whether_a_volume_ends_with_its_instance_is_as_it_was(self, guard: Guard, key: str, ends: bool) -> None:
        arn, instance = self.attached(guard)
        plan = replacement(guard, arn)
        only(guard, plan, "stopped", "snapshot", "encrypted copy", "replacement")
        (switch,) = [each.action for each in plan.actions if "switch" in each.action.after]
        # The emulator neither tells it of a volume nor keeps it.
        told = {**switch.found, ebs_migration.ENDS: "yes" if ends else "no"}
        guard.maker.protectors["ebs_migration"].apply(replace(switch, found=told))
        assert self.at_device(guard, instance)["VolumeId"] != arn.rpartition("/")[2]
        (call,) = guard.aws.strict.calls.made("ec2.ModifyInstanceAttribute")
        (mapping,) = call.parameters["BlockDeviceMappings"]
        assert (mapping["DeviceName"], mapping["Ebs"]["DeleteOnTermination"]) == ("/dev/sdf", ends)

    def test_a_volume_is_not_deleted_where_its_replacement_is_not_in_its_place(self, guard: Guard, key: str) -> None:
        arn, instance = self.attached(guard)
        guard.apply(replacement(guard, arn))
        last = replacement(guard, arn, retire=True)
        assert len(last.actions) == 2
        guard.aws.client("ec2").detach_volume(
            VolumeId=self.at_device(guard, instance)["VolumeId"], InstanceId=instance, Device="/dev/sdf"
        )
        assert next(each.reason for each in guard.apply(last)) == "not ready"
        assert calls(guard, "ec2.DeleteVolume") == calls(guard, "ec2.DeleteSnapshot") == 0
