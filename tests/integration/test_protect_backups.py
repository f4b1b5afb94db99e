"""What is backed up, by which plan, and whether it is in truth: observed, planned, made, told, and taken back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, TESTS, Aws
from botocore.exceptions import ClientError
from protecting_for_tests import (
    CLUSTER,
    DATABASE,
    TABLE,
    URI,
    Guard,
    action,
    controls,
    make_cluster,
    make_database,
    make_key,
    make_table,
    make_volume,
    refused,
    set_state,
)
from tagging_for_tests import outcomes

from assay.app.protection import protectapply as doing
from assay.aws import tablesettings
from assay.model import Level
from assay.model.action import CHANGED, Gate, Outcome, Plan
from assay.protect.policyfile import policy_of
from assay.protectors import backup_role
from assay.store.engine import open_catalog

OTHER = "eu-central-1"
BACKUPS = ("backup_role", "backup_vault", "backup_plan", "backup_join")
ONLY = "policies: [{name: only, set: {data_events: none, monitoring: none%s}}]"


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        guard = Guard(aws=aws, catalog=catalog)
        ask(guard, tmp_path)
        yield guard


def ask(guard: Guard, folder: Path, more: str = "") -> None:
    """Backups are asked for as the shipped policies do, and whatever else is said."""
    guard.own_policy(folder, ONLY % (f", {more}" if more else ""), is_apart=False)


def of_backups(plan: Plan) -> list[str]:
    return [each for each in controls(plan) if each in BACKUPS]


def document(guard: Guard, name: str, region: str = REGION) -> dict[str, Any]:
    client = guard.aws.client("backup", region)
    (found,) = [each for each in client.list_backup_plans()["BackupPlansList"] if each["BackupPlanName"] == name]
    told: dict[str, Any] = client.get_backup_plan(BackupPlanId=found["BackupPlanId"])["BackupPlan"]
    return told


def tags(guard: Guard, resource: str) -> dict[str, str]:
    told: dict[str, str] = guard.observe(resource).get("tags").value
    return told


class TestWhole:
    def test_a_restricted_bucket_is_joined_copied_and_taken_back(self, guard: Guard, tmp_path: Path) -> None:
        ask(guard, tmp_path, f"copy_region: {OTHER}")
        guard.make()
        key, there = make_key(guard.aws), make_key(guard.aws, region=OTHER)
        guard.s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "Team", "Value": "hr"}]})
        plan = guard.plan()
        # Two vaults, since one of them takes the copies.
        assert of_backups(plan) == ["backup_role", "backup_vault", "backup_vault", "backup_plan", "backup_join"]
        assert refused(plan) == {}
        receipts = guard.apply(plan)
        assert set(outcomes(receipts)) == {Outcome.APPLIED}, [each.detail for each in receipts]
        name = f"assay-restricted-continuous-2555d-to-{OTHER}"
        often, slow = document(guard, name)["Rules"]
        assert (often["EnableContinuousBackup"], often["Lifecycle"]["DeleteAfterDays"]) == (True, 35)
        assert (slow["ScheduleExpression"], slow["Lifecycle"]["DeleteAfterDays"]) == ("cron(0 2 ? * * *)", 2555)
        assert {(each["StartWindowMinutes"], each["CompletionWindowMinutes"]) for each in (often, slow)} == {(60, 120)}
        assert [each["DestinationBackupVaultArn"].split(":")[3] for each in slow["CopyActions"]] == [OTHER]
        vaults = {
            region: guard.aws.client("backup", region).list_backup_vaults()["BackupVaultList"][0]["EncryptionKeyArn"]
            for region in (REGION, OTHER)
        }
        assert vaults == {REGION: key, OTHER: there}
        assert tags(guard, URI) == {"Team": "hr", "assay:backup": name}
        # Nothing was backed up yet: that is told, and no more is to be made.
        again = guard.plan()
        assert (controls(again), "has not been backed up yet" in refused(again)["backup"]) == ([], True)
        assert set(outcomes(guard.apply(plan))) == {Outcome.UNCHANGED}
        assert Outcome.UNDO_FAILED not in outcomes(guard.undo(plan))
        assert tags(guard, URI) == {"Team": "hr"}
        stays = {each.control for each in doing.stays(guard.catalog, plan.id, plan)}
        assert stays == {"s3_log_bucket", "backup_role", "backup_vault", "backup_plan"}

    @pytest.mark.parametrize(
        ("level", "schedule", "days"),
        [(Level.INTERNAL, "cron(0 2 ? * SUN *)", 90), (Level.CONFIDENTIAL, "cron(0 2 ? * * *)", 365)],
    )
    def test_every_level_asks_for_its_own(self, guard: Guard, level: Level, schedule: str, days: int) -> None:
        make_table(guard, level)
        plan = guard.plan(TABLE)
        guard.apply(plan)
        name = tags(guard, TABLE)["assay:backup"]
        (rule,) = document(guard, name)["Rules"]
        assert (rule["ScheduleExpression"], rule["Lifecycle"]["DeleteAfterDays"]) == (schedule, days)
        assert name.startswith(f"assay-{level}-")
        assert action(plan, "backup_join").control_ids == ("DynamoDB.4",)
        assert controls(guard.plan(TABLE)) == []

    def test_what_cannot_be_copied_continuously_is_copied_hourly_and_daily(self, guard: Guard) -> None:
        make_table(guard)
        make_key(guard.aws)
        guard.apply(guard.plan(TABLE))
        rules = {each["RuleName"]: each for each in document(guard, "assay-restricted-hourly-2555d")["Rules"]}
        hourly, daily = rules["assay-hourly"], rules["assay-daily"]
        assert (hourly["ScheduleExpression"], hourly["Lifecycle"]["DeleteAfterDays"]) == ("cron(0 * ? * * *)", 35)
        assert daily["Lifecycle"]["DeleteAfterDays"] == 2555

    def test_databases_and_volumes_are_joined_and_members_are_not(self, guard: Guard) -> None:
        make_cluster(guard, Level.INTERNAL)
        database = make_database(guard, Level.INTERNAL)
        volume = make_volume(guard, Level.INTERNAL)
        client = guard.aws.client("rds")
        client.create_db_instance(
            DBInstanceIdentifier="member", DBClusterIdentifier="aurora", Engine="aurora-postgresql",
            DBInstanceClass="db.t3.medium",
        )  # fmt: skip
        member = DATABASE.replace(":shop", ":member")
        plan = guard.plan(CLUSTER, database, volume, member)
        joined = {each.action.resource for each in plan.actions if each.action.control == "backup_join"}
        assert joined == {CLUSTER, database, volume}
        guard.apply(plan)
        assert {tags(guard, each).get("assay:backup") for each in joined} == {"assay-internal-weekly-90d"}
        assert "assay:backup" not in tags(guard, member)
        assert set(guard.aws.strict.backs_up()) == joined

    def test_means_are_made_once_for_all_and_wait_for_a_person(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        volume = make_volume(guard, Level.INTERNAL)
        plan = guard.plan(TABLE, volume)
        assert of_backups(plan) == ["backup_role", "backup_vault", "backup_plan", "backup_join", "backup_join"]
        assert {each.gate for each in plan.actions if each.action.control in BACKUPS} == {Gate.REVIEW}
        guard.apply(plan)
        # Where all is there a tag is no more than that.
        guard.undo(plan)
        again = guard.plan(TABLE, volume)
        assert of_backups(again) == ["backup_join"] * 2
        assert {each.gate for each in again.actions if each.action.control == "backup_join"} == {Gate.APPLY}


class TestCovered:
    """Coverage is told from what was backed up."""

    def joined(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        guard.apply(guard.plan(TABLE))

    def test_a_plan_alone_covers_nothing(self, guard: Guard) -> None:
        self.joined(guard)
        assert refused(guard.plan(TABLE), "not backed up yet")
        guard.aws.strict.backs_up()
        plan = guard.plan(TABLE)
        assert refused(plan) == {}
        (by_hand,) = [each.detail for each in plan.refusals if each.control == "backup"]
        assert "a backup counts once it was: assay protect restore-test" in by_hand

    def test_one_that_is_old_is_not_covered(self, guard: Guard) -> None:
        self.joined(guard)
        guard.aws.strict.backs_up(at=datetime.now(UTC) - timedelta(days=9))
        assert "is to be weekly" in refused(guard.plan(TABLE), "not covered")["backup"]

    def test_it_is_looked_for_on_every_page(self, guard: Guard) -> None:
        volumes = [make_volume(guard, Level.INTERNAL) for _ in range(3)]
        guard.apply(guard.plan(*volumes))
        guard.aws.strict.backs_up()
        guard.aws.strict.pages(1)
        assert [guard.observe(each).get("protected").value is None for each in volumes] == [False] * 3

    def test_what_may_not_be_read_is_unknown(self, guard: Guard) -> None:
        self.joined(guard)
        for call in (
            "backup.ListProtectedResources", "backup.ListBackupPlans", "backup.ListBackupVaults",
            "backup.DescribeRegionSettings", "iam.GetRole", "backup.ListBackupSelections",
        ):  # fmt: skip
            injected = guard.aws.strict.deny(call, times=20)
            plan = guard.plan(TABLE)
            assert (controls(plan), list(refused(plan))) == ([], ["backup"]), call
            injected.left = 0


class TestInTheWay:
    def test_a_bucket_without_versions(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        plan = guard.plan()
        assert of_backups(plan) == []
        assert "only where it keeps versions" in next(each.detail for each in plan.refusals if each.control == "backup")

    def test_a_bucket_whose_versions_were_suspended_since(self, guard: Guard) -> None:
        guard.make(level=Level.CONFIDENTIAL)
        guard.apply(guard.plan())
        plan = guard.plan()
        guard.s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": []})
        plan = guard.plan()
        guard.s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Suspended"})
        (receipt,) = guard.apply(plan)
        assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, "needs versioning")

    def test_a_kind_that_the_account_has_not_opted_in_for(self, guard: Guard) -> None:
        guard.aws.client("backup").update_region_settings(ResourceTypeOptInPreference={"DynamoDB": False})
        make_table(guard, Level.INTERNAL)
        plan = guard.plan(TABLE)
        assert of_backups(plan) == []
        assert any("DynamoDB=true" in each.detail for each in plan.refusals)

    def test_copies_of_tables_need_advanced_features(self, guard: Guard, tmp_path: Path) -> None:
        ask(guard, tmp_path, f"copy_region: {OTHER}")
        make_table(guard)
        make_key(guard.aws)
        make_key(guard.aws, region=OTHER)
        assert of_backups(guard.plan(TABLE)) == []
        guard.aws.client("backup").update_region_settings(ResourceTypeManagementPreference={"DynamoDB": True})
        assert "backup_join" in of_backups(guard.plan(TABLE))

    def test_no_copy_goes_anywhere_that_nobody_named(self, guard: Guard) -> None:
        make_table(guard)
        make_key(guard.aws)
        plan = guard.plan(TABLE)
        assert "copy_region" in next(each.detail for each in plan.refusals if each.control == "cross_region")
        guard.apply(plan)
        assert guard.aws.client("backup", OTHER).list_backup_vaults()["BackupVaultList"] == []

    def test_a_role_of_that_name_that_is_somebody_elses(self, guard: Guard) -> None:
        trusts = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
        guard.aws.client("iam").create_role(RoleName="assay-backup", AssumeRolePolicyDocument=trusts)
        make_table(guard, Level.INTERNAL)
        plan = guard.plan(TABLE)
        assert (of_backups(plan), "is not for AWS Backup" in refused(plan)["backup"]) == ([], True)

    def test_a_vault_keeps_the_key_that_it_has(self, guard: Guard) -> None:
        guard.aws.client("backup").create_backup_vault(BackupVaultName="assay-restricted")
        make_table(guard)
        make_key(guard.aws)
        plan = guard.plan(TABLE)
        assert "a vault keeps its key" in refused(plan)["backup"]
        assert of_backups(plan) == []

    def test_no_vault_is_made_with_a_key_that_was_disabled_since(self, guard: Guard) -> None:
        make_table(guard)
        key = make_key(guard.aws)
        plan = guard.plan(TABLE)
        set_state(key, "Disabled")
        receipts = guard.apply(plan, [each for each in plan.actions if each.action.control == "backup_vault"])
        assert [each.outcome for each in receipts] == [Outcome.REFUSED]
        assert "Disabled" in receipts[0].detail
        assert guard.aws.client("backup").list_backup_vaults()["BackupVaultList"] == []

    def test_no_plan_is_made_whose_vault_is_gone(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        plan = guard.plan(TABLE)
        receipts = guard.apply(plan, [each for each in plan.actions if each.action.control == "backup_plan"])
        assert [(each.outcome, each.reason) for each in receipts] == [(Outcome.REFUSED, CHANGED)]
        assert "vault assay-internal is not there" in receipts[0].detail
        assert guard.aws.client("backup").list_backup_plans()["BackupPlansList"] == []

    @pytest.mark.parametrize("call", ["iam.CreateRole", "backup.CreateBackupVault"])
    def test_what_somebody_else_made_meanwhile_is_used(self, guard: Guard, call: str) -> None:
        make_table(guard, Level.INTERNAL)
        plan = guard.plan(TABLE)

        def make() -> None:
            if call == "iam.CreateRole":
                trust = json.dumps(backup_role.trust(ACCOUNT))
                guard.aws.client("iam").create_role(RoleName="assay-backup", AssumeRolePolicyDocument=trust)
            else:
                guard.aws.client("backup").create_backup_vault(BackupVaultName="assay-internal")

        guard.aws.strict.before(call, make)
        receipts = guard.apply(plan)
        assert set(outcomes(receipts)) == {Outcome.APPLIED}, [each.detail for each in receipts]
        assert of_backups(guard.plan(TABLE)) == []

    def test_the_tag_alone_is_not_written(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        plan = guard.plan(TABLE)
        receipts = guard.apply(plan, [each for each in plan.actions if each.action.control == "backup_join"])
        assert [(each.outcome, each.reason) for each in receipts] == [(Outcome.REFUSED, "no plan")]


class TestOthers:
    def test_rules_of_others_stay_in_a_plan_of_that_name(self, guard: Guard) -> None:
        client = guard.aws.client("backup")
        client.create_backup_vault(BackupVaultName="theirs")
        own = {"RuleName": "theirs", "TargetBackupVaultName": "theirs", "ScheduleExpression": "cron(0 5 ? * * *)"}
        client.create_backup_plan(BackupPlan={"BackupPlanName": "assay-internal-weekly-90d", "Rules": [own]})
        make_table(guard, Level.INTERNAL)
        assert set(outcomes(guard.apply(guard.plan(TABLE)))) == {Outcome.APPLIED}
        rules = document(guard, "assay-internal-weekly-90d")["Rules"]
        assert [each["RuleName"] for each in rules] == ["theirs", "assay-weekly"]
        assert rules[0]["ScheduleExpression"] == "cron(0 5 ? * * *)"

    def test_what_else_is_set_in_a_plan_of_that_name_stays(self, guard: Guard) -> None:
        client = guard.aws.client("backup")
        client.create_backup_vault(BackupVaultName="theirs")
        rule = {"RuleName": "theirs", "TargetBackupVaultName": "theirs", "ScheduleExpression": "cron(0 5 ? * * *)"}
        more = [{"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}]
        name = "assay-internal-weekly-90d"
        client.create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": [rule], "AdvancedBackupSettings": more})
        make_table(guard, Level.INTERNAL)
        receipts = guard.apply(guard.plan(TABLE))
        assert set(outcomes(receipts)) == {Outcome.APPLIED}, [each.detail for each in receipts]
        (sent,) = guard.aws.strict.calls.made("backup.UpdateBackupPlan")
        assert sent.parameters["BackupPlan"]["AdvancedBackupSettings"] == more

    def test_a_plan_without_a_selection_gets_one(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        guard.apply(guard.plan(TABLE))
        client = guard.aws.client("backup")
        (listed,) = client.list_backup_plans()["BackupPlansList"]
        which = {"BackupPlanId": listed["BackupPlanId"]}
        (selection,) = client.list_backup_selections(**which)["BackupSelectionsList"]
        client.delete_backup_selection(SelectionId=selection["SelectionId"], **which)
        plan = guard.plan(TABLE)
        assert of_backups(plan) == ["backup_plan"]
        guard.apply(plan)
        assert len(client.list_backup_selections(**which)["BackupSelectionsList"]) == 1
        assert guard.aws.strict.backs_up() == [TABLE]

    def test_what_changed_since_is_not_written_over(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        plan = guard.plan(TABLE)
        guard.aws.client("dynamodb").tag_resource(ResourceArn=TABLE, Tags=[{"Key": "assay:backup", "Value": "by hand"}])
        told = {each.action.control: receipt for each, receipt in zip(plan.actions, guard.apply(plan), strict=True)}
        assert (told["backup_join"].outcome, told["backup_join"].reason) == (Outcome.REFUSED, CHANGED)
        assert tags(guard, TABLE)["assay:backup"] == "by hand"

    def test_the_order_of_calls(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        guard.apply(guard.plan(TABLE))
        writes = ("iam.CreateRole", "iam.AttachRolePolicy", "backup.CreateBackupVault", "backup.CreateBackupPlan",
                  "backup.CreateBackupSelection", "dynamodb.TagResource")  # fmt: skip
        made = [
            call.name for call in guard.aws.strict.calls
            if call.name in writes and TESTS not in call.request.environ.get("HTTP_USER_AGENT", "")
        ]  # fmt: skip
        assert list(dict.fromkeys(made)) == list(writes)


def test_all_that_ships_can_be_asked_for(guard: Guard) -> None:
    assert {entry.controls.get("backup") for entry in policy_of().entries} >= {"weekly", "daily", "continuous"}


class TestLayer:
    """The layer refuses what AWS refuses."""

    def refusal(self, call: Any, **given: Any) -> str:
        with pytest.raises(ClientError) as caught:
            call(**given)
        return str(caught.value.response["Error"]["Code"])

    def test_of_plans(self, aws: Aws) -> None:
        client = aws.client("backup")
        client.create_backup_vault(BackupVaultName="vault")
        good = {
            "RuleName": "a",
            "TargetBackupVaultName": "vault",
            "StartWindowMinutes": 60,
            "CompletionWindowMinutes": 120,
        }
        bad: list[dict[str, Any]] = [
            {"TargetBackupVaultName": "none"}, {"CompletionWindowMinutes": 100}, {"StartWindowMinutes": 30},
            {"EnableContinuousBackup": True}, {"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 36}},
        ]  # fmt: skip
        for wrong in bad:
            told = self.refusal(client.create_backup_plan, BackupPlan={"BackupPlanName": "p", "Rules": [good | wrong]})
            assert told == "InvalidParameterValueException", wrong
        made = client.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [good]})
        selection = {"SelectionName": "s", "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/none", "Resources": ["*"]}
        told = self.refusal(
            client.create_backup_selection, BackupPlanId=made["BackupPlanId"], BackupSelection=selection
        )
        assert told == "InvalidParameterValueException"

    def test_of_vaults(self, aws: Aws) -> None:
        client = aws.client("backup")
        assert self.refusal(client.describe_backup_vault, BackupVaultName="none") == "AccessDeniedException"
        gone = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/none"
        told = self.refusal(client.create_backup_vault, BackupVaultName="vault", EncryptionKeyArn=gone)
        assert told == "InvalidParameterValueException"


def test_who_changed_a_plan_is_told_of_nobody_rather_than_of_somebody_else(guard: Guard) -> None:
    from assay.aws.access import Access
    from assay.aws.session import Session
    from assay.observers.changes import CALLS, Changes

    changes = Changes(session=Session(Access(), CALLS))
    plan = f"backup://{ACCOUNT}/{REGION}/assay-internal-weekly-90d"
    assert changes.last(plan, "backup_plan", after=datetime.now(UTC) - timedelta(days=1)) is None
    assert not guard.aws.strict.calls.made("cloudtrail.LookupEvents")
