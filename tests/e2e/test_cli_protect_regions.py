"""`assay protect observe` and `plan` over regions and accounts at once: what cannot be looked at is told, and never counts as looked at."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from calling import Assay, Done
from strictly import new_table

from assay.app.protection import protecttargets
from assay.cli import protect_grant
from assay.store import leases
from assay.store.engine import open_catalog

REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2", "sa-east-1")
OTHER, THIRD = "111122223333", "444455556666"
ASK = "policies: [{name: little, set: {backup: none, cross_region: false, data_events: none, monitoring: none}}]"


@pytest.fixture
def estate(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """A table in each region, and a bucket."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    Path("policies.yaml").write_text(ASK)
    monkeypatch.setenv("ASSAY_PROTECTION", "policies.yaml")
    open_catalog("catalog.db", create=True).close()
    for region in REGIONS:
        new_table(aws.client("dynamodb", region), f"orders-{region}")
    aws.client("s3", "us-east-1").create_bucket(Bucket="lake")
    return aws


def lines(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def regions() -> list[str]:
    return [part for region in REGIONS for part in ("--region", region)]


def tables(told: list[dict[str, Any]]) -> list[str]:
    return [each["resource"].rpartition("/")[2] for each in told if ":table/" in each["resource"]]


class TestRegions:
    def test_all_are_looked_at_in_the_order_in_which_they_are_named(self, estate: Aws, assay: Assay) -> None:
        done = assay("protect", "observe", "--format", "jsonl", *regions())
        assert done.code == 0, done.out
        told = lines(done)
        assert tables(told) == [f"orders-{region}" for region in REGIONS]
        assert [each["resource"] for each in told].count("s3://lake") == 1
        assert [each["resource"] for each in told if each["resource"].startswith("ebs://")] == [
            f"ebs://{ACCOUNT}/{region}" for region in REGIONS
        ]
        again = assay("protect", "observe", "--format", "jsonl", *regions())
        assert again.out == done.out

    def test_those_of_the_settings(self, estate: Aws, assay: Assay) -> None:
        Path("assay.toml").write_text('protect_regions = ["us-west-2", "eu-west-1"]')
        assert tables(lines(assay("protect", "observe", "--format", "jsonl"))) == [
            "orders-us-west-2",
            "orders-eu-west-1",
        ]
        told = lines(assay("protect", "observe", "--format", "jsonl", "--region", "sa-east-1"))
        assert tables(told) == ["orders-sa-east-1"]

    def test_one_that_denies_is_a_gap_and_stops_no_other(self, estate: Aws, assay: Assay) -> None:
        estate.strict.deny("dynamodb.*", region="us-west-2")
        estate.strict.disable_region("sa-east-1")
        done = assay("protect", "observe", "--format", "jsonl", *regions())
        told = lines(done)
        assert done.code == 3
        assert tables(told) == [f"orders-{region}" for region in REGIONS if region not in ("us-west-2", "sa-east-1")]
        gaps = {each["resource"]: each["reason"] for each in told if each["kind"] == "gap"}
        assert gaps["tables of DynamoDB in us-west-2"] == "access denied"
        assert {name for name in gaps if "sa-east-1" in name} >= {
            "tables of DynamoDB in sa-east-1", "instances of RDS in sa-east-1", "volumes of EBS in sa-east-1",
        }  # fmt: skip
        (settings,) = [each for each in told if each["resource"] == f"ebs://{ACCOUNT}/sa-east-1"]
        assert set(settings["unknown"]) >= {"default_encryption", "default_key", "snapshot_block"}

    def test_a_plan_of_them_tells_what_it_does_not_know(self, estate: Aws, assay: Assay) -> None:
        estate.strict.deny("dynamodb.ListTables", region="us-west-2")
        done = assay("protect", "plan", "--format", "jsonl", *regions())
        told = lines(done)
        assert done.code == 3
        (refused,) = [each for each in told if each.get("resource") == "tables of DynamoDB in us-west-2"]
        assert (refused["kind"], refused["reason"]) == ("refusal", "access denied")
        changed = {
            each["resource"].split(":")[3]
            for each in told
            if each["kind"] == "action" and ":table/" in each["resource"]
        }
        assert changed == set(REGIONS) - {"us-west-2"}

    def test_they_are_asked_at_once_and_not_too_many(
        self, estate: Aws, assay: Assay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every list waits until another is asked for, too: one by one it would never end."""
        real, lock, running, most = protecttargets._listed, threading.Lock(), [0], [0]
        together = threading.Event()

        def listed(asked: Any) -> Any:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
                if running[0] > 1:
                    together.set()
            assert together.wait(60)
            told = real(asked)
            with lock:
                running[0] -= 1
            return told

        monkeypatch.setattr(protecttargets, "_listed", listed)
        assert assay("protect", "observe", "--format", "jsonl", *regions()).code == 0
        assert 1 < most[0] <= protecttargets._LISTS_AT_ONCE

    def test_throttling_is_waited_out(self, estate: Aws, assay: Assay) -> None:
        estate.strict.throttle("dynamodb.ListTables", times=2)
        done = assay("protect", "observe", "--format", "jsonl", *regions())
        assert (done.code, len(tables(lines(done)))) == (0, len(REGIONS))


def theirs(aws: Aws, service: str = "dynamodb", region: str = "eu-west-1") -> Any:
    """DynamoDB, or another service, of the other account."""
    import boto3

    got = aws.client("sts").assume_role(RoleArn=f"arn:aws:iam::{OTHER}:role/make", RoleSessionName="tests")
    keys = got["Credentials"]
    return boto3.client(
        service, region_name=region, endpoint_url=aws.url, aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"],
    )  # fmt: skip


class TestAccounts:
    @pytest.fixture(autouse=True)
    def _roles(self, estate: Aws) -> None:
        """A second account has a table; a third cannot be entered."""
        new_table(theirs(estate), "theirs")
        roles = [f"arn:aws:iam::{account}:role/see" for account in (OTHER, THIRD, ACCOUNT)]
        Path("assay.toml").write_text(
            f"protect_roles = {json.dumps(roles)}\nprotect_regions = ['eu-west-1', 'us-west-2']\n"
        )
        estate.strict.deny("sts.AssumeRole", RoleArn=f"arn:aws:iam::{THIRD}:role/see")

    def test_all_are_looked_at_and_one_that_cannot_be_entered_is_a_gap(self, estate: Aws, assay: Assay) -> None:
        done = assay("protect", "observe", "--format", "jsonl")
        told = lines(done)
        assert done.code == 3
        assert tables(told) == ["orders-eu-west-1", "orders-us-west-2", "theirs"]
        (gap,) = [each for each in told if each["kind"] == "gap"]
        assert (gap["resource"], gap["reason"]) == (f"aws://{THIRD}", "access denied")
        assert f"arn:aws:iam::{THIRD}:role/see cannot be assumed" in gap["detail"]
        assert {each["account"] for each in told if each["kind"] == "state"} == {ACCOUNT, OTHER}

    def test_each_has_a_plan_of_its_own(self, estate: Aws, assay: Assay) -> None:
        done = assay("protect", "plan")
        assert done.code == 3
        assert [line for line in done.out.splitlines() if line.startswith("Account ")] == [
            f"Account {ACCOUNT}", f"Account {OTHER}", f"Account {THIRD}",
        ]  # fmt: skip
        assert done.out.count("Approve exactly this with: assay protect approve") == 2
        assert f"aws://{THIRD}" in done.out
        assert "Nothing is planned: no resource was looked at; 1 refused or unknown" in done.out
        page = assay("protect", "plan", "--format", "html", "--output", "plan.html")
        assert (page.code, "a page is of one account" in page.err) == (2, True)

    def plans(self, assay: Assay) -> dict[str, str]:
        """The plans of both accounts, approved."""
        told = lines(assay("protect", "plan", "--format", "jsonl"))
        found = {each["targets"][0].removeprefix("aws://"): each["plan"] for each in told if each["kind"] == "plan"}
        for account in (ACCOUNT, OTHER):
            assert assay("protect", "approve", found[account]).code == 0
        return found

    def recovery(self, aws: Aws) -> str:
        """Whether the table of the other account can be brought back to any moment."""
        answer = theirs(aws).describe_continuous_backups(TableName="theirs")["ContinuousBackupsDescription"]
        return str(answer["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"])

    def test_each_plan_is_applied_verified_and_taken_back_in_its_own_account(self, estate: Aws, assay: Assay) -> None:
        plan = self.plans(assay)[OTHER]
        shown = assay("protect", "apply", plan)
        assert (shown.code, "would be applied" in shown.out) == (0, True)
        estate.strict.calls.clear()
        done = assay("protect", "apply", plan, "--execute", "--format", "jsonl")
        assert {each["outcome"] for each in lines(done) if each["kind"] == "receipt"} == {"applied"}, (
            done.out + done.err
        )
        assert {each.request.account for each in estate.strict.calls.made("dynamodb.UpdateContinuousBackups")} == {
            OTHER
        }
        assert self.recovery(estate) == "ENABLED"
        assert assay("protect", "verify", plan).code == 0
        assert assay("protect", "drift").code == 0
        theirs(estate).update_continuous_backups(
            TableName="theirs", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        )
        assert assay("protect", "verify", plan).code == 1
        drift = assay("protect", "drift", "--format", "jsonl")
        assert drift.code == 1
        (differs,) = [each for each in lines(drift) if each.get("check") == "differs"]
        assert f":{OTHER}:table/theirs" in differs["resource"]
        assert assay("protect", "rollback", plan, "--execute").code in (0, 3)
        assert self.recovery(estate) == "DISABLED"

    @pytest.mark.parametrize("verb", [("apply", "--execute"), ("rollback", "--execute"), ("verify",)])
    def test_with_credentials_of_another_account_it_is_refused(
        self, estate: Aws, assay: Assay, verb: tuple[str, ...]
    ) -> None:
        plan = self.plans(assay)[OTHER]
        if verb[0] != "apply":
            assert assay("protect", "apply", plan, "--execute").code in (0, 3)
        Path("assay.toml").write_text("")
        estate.strict.calls.clear()
        done = assay("protect", verb[0], plan, *verb[1:])
        assert done.code == 2
        assert (
            f"it is of account {OTHER}, and the credentials of {ACCOUNT}: give --role-arn of a role there" in done.err
        )
        assert not [name for name in estate.strict.calls.names() if name.startswith("dynamodb.")]
        # With the role itself it is the same as with the setting.
        own = assay("protect", verb[0], plan, *verb[1:], "--role-arn", f"arn:aws:iam::{OTHER}:role/see")
        assert own.code in (0, 3), own.err

    def test_an_account_that_cannot_be_entered_is_told_and_nothing_is_made(self, estate: Aws, assay: Assay) -> None:
        plan = self.plans(assay)[OTHER]
        assert assay("protect", "apply", plan, "--execute").code in (0, 3)
        denied = estate.strict.deny("sts.AssumeRole")
        done = assay("protect", "rollback", plan, "--execute")
        assert (done.code, f"arn:aws:iam::{OTHER}:role/see cannot be assumed" in done.err) == (2, True), done.err
        drift = assay("protect", "drift", "--format", "jsonl")
        assert drift.code == 3
        assert {each["check"] for each in lines(drift) if OTHER in each.get("resource", "")} == {"unknown"}
        denied.end()
        assert self.recovery(estate) == "ENABLED"

    def rounds(self, done: Done) -> dict[str, int]:
        """How much was looked at in each account."""
        return {each["account"]: each["looked_at"] for each in lines(done) if each["kind"] == "round"}

    def test_a_watch_is_over_all_accounts_and_regions(self, estate: Aws, assay: Assay) -> None:
        estate.strict.answer("cloudtrail.LookupEvents", {"Events": []})
        plan = self.plans(assay)[OTHER]
        assert assay("protect", "apply", plan, "--execute").code in (0, 3)
        done = assay("protect", "watch", "--once", "--format", "jsonl")
        # Two tables, two regions' settings and a bucket; of the other account a table and the settings.
        assert self.rounds(done) == {ACCOUNT: 5, OTHER: 3}
        assert (done.code, f"arn:aws:iam::{THIRD}:role/see cannot be assumed: access denied" in done.err) == (3, True)
        theirs(estate).update_continuous_backups(
            TableName="theirs", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        )
        done = assay("protect", "watch", "--once", "--format", "jsonl", "--execute")
        (drift,) = [each for each in lines(done) if each["kind"] == "drift"]
        assert (done.code, drift["account"], f":{OTHER}:table/theirs" in drift["resource"]) == (1, OTHER, True)
        told = assay("protect", "watch", "--once").out
        assert f"{OTHER} round: 3 resources looked at" in told

    def test_what_another_watches_is_left_to_it_and_stops_no_other(self, estate: Aws, assay: Assay) -> None:
        with open_catalog("catalog.db") as catalog:
            with catalog.transaction() as connection:
                taken = leases.take(connection, f"protect watch {ACCOUNT} us-west-2", timedelta(minutes=5), by="grace")
            assert isinstance(taken, leases.Lease)
            done = assay("protect", "watch", "--once", "--format", "jsonl")
            assert (done.code, self.rounds(done)) == (3, {OTHER: 3})
            assert "grace watches already" in done.err
            # What it had taken of the others is given back.
            assert set(self.rounds(assay("protect", "watch", "--once", "--format", "jsonl", "--region", "eu-west-1"))) == {
                ACCOUNT, OTHER,
            }  # fmt: skip

    def test_with_a_target_the_account_of_the_credentials_is_meant(self, estate: Aws, assay: Assay) -> None:
        assert assay("protect", "observe", "s3://lake").code == 0

    def test_what_is_made_where_nothing_leads_is_told_by_drift(self, estate: Aws, assay: Assay) -> None:
        """Nothing of it counts as ok: by name it is unknown, else it is said how much was not looked at."""
        plan = self.plans(assay)[OTHER]
        assert assay("protect", "apply", plan, "--execute").code in (0, 3)
        Path("assay.toml").write_text("")
        done = assay("protect", "drift")
        assert (done.code, f"in account {OTHER} were not looked at" in done.err) == (0, True), done.err
        named = assay("protect", "drift", f"arn:aws:dynamodb:eu-west-1:{OTHER}:table/theirs", "--format", "jsonl")
        assert (named.code, {each["check"] for each in lines(named) if each["kind"] == "check"}) == (3, {"unknown"})
        # Another account's table of the same name is not meant.
        assert assay("protect", "drift", "dynamodb://theirs").code == 0


class TestGrantsOfAnotherAccount:
    """A plan that let somebody in there is taken back there, or it is said that it is not."""

    @pytest.fixture
    def given(self, estate: Aws, assay: Assay) -> str:
        theirs(estate, "s3").create_bucket(
            Bucket="their-lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}],
        }
        theirs(estate, "iam").create_role(RoleName="helper", AssumeRolePolicyDocument=json.dumps(trust))
        Path("assay.toml").write_text(f'protect_roles = ["arn:aws:iam::{OTHER}:role/see"]')
        told = assay(
            "protect", "grant", "give", "s3://their-lake", "--to", f"arn:aws:iam::{OTHER}:role/helper", "--for", "4h",
            "--role-arn", f"arn:aws:iam::{OTHER}:role/see", "--format", "jsonl",
        )  # fmt: skip
        *_, plan = lines(told)
        assert assay("protect", "approve", plan["plan"]).code == 0
        assert assay("protect", "apply", plan["plan"], "--execute").code == 0
        assert self.statements(estate) == 2
        return str(plan["plan"])

    def statements(self, aws: Aws) -> int:
        client = theirs(aws, "s3")
        try:
            return len(json.loads(client.get_bucket_policy(Bucket="their-lake")["Policy"])["Statement"])
        except client.exceptions.ClientError:
            return 0

    def test_it_is_entered(self, estate: Aws, assay: Assay, given: str) -> None:
        assert "1 grant. Nothing was changed" in assay("protect", "grant", "revoke", given).out
        done = assay("protect", "grant", "revoke", given, "--execute")
        assert (done.code, "1 grant taken back" in done.out, self.statements(estate)) == (0, True, 0), done.out

    def test_it_is_listed_with_its_account_whoever_asks(self, estate: Aws, assay: Assay, given: str) -> None:
        told = assay("protect", "grant", "list", "--format", "jsonl")
        assert (told.code, {(each["plan"], each["account"]) for each in lines(told)}) == (0, {(given, OTHER)})
        assert f"{given[:8]} {OTHER} s3://their-lake: until " in assay("protect", "grant", "list").out
        # Nothing leads there any more: it is told all the same, and so is that nobody could take it back from here.
        Path("assay.toml").write_text("")
        told = assay("protect", "grant", "list", "--format", "jsonl")
        *rows, gap = lines(told)
        assert (told.code, {each["account"] for each in rows}, gap["kind"]) == (3, {OTHER}, "gap"), told.out
        assert (gap["resource"], gap["reason"]) == (f"aws://{OTHER}", "of another account")
        page = assay("protect", "grant", "list")
        assert (page.code, f"aws://{OTHER}: of another account" in page.err) == (3, True)
        assert page.out.endswith("1 given, 0 over; 1 account cannot be entered.\n"), page.out

    def test_an_account_that_cannot_be_entered_hides_no_other(self, estate: Aws, assay: Assay, given: str) -> None:
        roles = [f"arn:aws:iam::{account}:role/see" for account in (THIRD, OTHER)]
        Path("assay.toml").write_text(f"protect_roles = {json.dumps(roles)}")
        estate.strict.deny("sts.AssumeRole", RoleArn=roles[0])
        told = assay("protect", "grant", "list", "--format", "jsonl")
        assert (told.code, [each["kind"] for each in lines(told)]) == (3, ["grant", "gap"])
        assert (lines(told)[1]["resource"], lines(told)[1]["reason"]) == (f"aws://{THIRD}", "access denied")
        estate.strict.deny("sts.AssumeRole")
        told = assay("protect", "grant", "list", "--format", "jsonl")
        assert [each["resource"] for each in lines(told)][1:] == [f"aws://{THIRD}", f"aws://{OTHER}"]

    def over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Later, when the time is over."""
        later = datetime.now(UTC) + timedelta(hours=5)

        class Later(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return later

        monkeypatch.setattr(protect_grant, "datetime", Later)

    def test_what_is_over_is_taken_back_in_every_account(
        self, estate: Aws, assay: Assay, given: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert assay("protect", "grant", "revoke", "--execute").out == "0 grants taken back.\n"
        self.over(monkeypatch)
        assert (assay("protect", "grant", "list").code, self.statements(estate)) == (3, 2)
        shown = assay("protect", "grant", "revoke")
        assert (shown.code, f"would be taken back: {OTHER} s3://their-lake" in shown.out) == (0, True)
        estate.strict.calls.clear()
        done = assay("protect", "grant", "revoke", "--execute")
        assert (done.code, "1 grant taken back" in done.out, self.statements(estate)) == (0, True, 0), done.out
        assert {each.request.account for each in estate.strict.calls.made("s3.DeleteBucketPolicy")} == {OTHER}

    def test_what_is_over_where_nothing_leads_is_told(
        self, estate: Aws, assay: Assay, given: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Path("assay.toml").write_text("")
        self.over(monkeypatch)
        for more in ((), ("--execute",)):
            done = assay("protect", "grant", "revoke", *more)
            assert (done.code, f"aws://{OTHER}: of another account" in done.err) == (3, True), done.out
        assert self.statements(estate) == 2

    def test_where_nothing_leads_it_is_refused(self, estate: Aws, assay: Assay, given: str) -> None:
        Path("assay.toml").write_text("")
        for more in ((), ("--execute",)):
            done = assay("protect", "grant", "revoke", given, *more)
            assert (done.code, f"it is of account {OTHER}" in done.err) == (2, True), done.out
        assert self.statements(estate) == 2


def test_what_is_left_of_an_incident_of_another_account_is_looked_for_there(estate: Aws, assay: Assay) -> None:
    theirs(estate, "s3").create_bucket(
        Bucket="their-lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    role = f"arn:aws:iam::{OTHER}:role/see"
    told = assay(
        "protect", "incident", "open", "--resource", "s3://their-lake", "--role-arn", role, "--format", "jsonl"
    )
    number = lines(told)[0]["incident"]
    done = assay("protect", "incident", "recover", number)
    assert (done.code, f"it is of account {OTHER}" in done.err) == (2, True), done.out
    Path("assay.toml").write_text(f'protect_roles = ["{role}"]')
    estate.strict.calls.clear()
    done = assay("protect", "incident", "recover", number)
    assert (done.code, "AWS Backup has no backup of it" in " ".join(done.out.split())) == (0, True), done.err
    asked = estate.strict.calls.made("backup.ListRecoveryPointsByResource")
    assert {each.request.account for each in asked} == {OTHER}


class TestPlansOfOtherAccounts:
    """A grant and an incident are planned where the bucket is, by the role that leads there, and are of that account from then on."""

    ROLE = f"arn:aws:iam::{OTHER}:role/see"

    @pytest.fixture(autouse=True)
    def _their_bucket(self, estate: Aws) -> None:
        where = {"LocationConstraint": "eu-west-1"}
        theirs(estate, "s3").create_bucket(Bucket="their-lake", CreateBucketConfiguration=where)
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}],
        }
        theirs(estate, "iam").create_role(RoleName="helper", AssumeRolePolicyDocument=json.dumps(trust))
        roles = [f"arn:aws:iam::{THIRD}:role/see", self.ROLE]
        Path("assay.toml").write_text(f"protect_roles = {json.dumps(roles)}")

    def given(self, assay: Assay) -> Done:
        who = f"arn:aws:iam::{OTHER}:role/helper"
        return assay("protect", "grant", "give", "s3://their-lake", "--to", who, "--for", "4h", "--format", "jsonl")

    def test_access_is_given_where_the_bucket_is(self, estate: Aws, assay: Assay) -> None:
        # A role of which nobody lets us in stops the search no more than another account does.
        estate.strict.deny("sts.AssumeRole", times=1)
        told = self.given(assay)
        assert told.code == 0, told.err
        *_, plan = lines(told)
        assert assay("protect", "approve", plan["plan"]).code == 0
        assert assay("protect", "apply", plan["plan"], "--execute").code == 0
        policy = json.loads(theirs(estate, "s3").get_bucket_policy(Bucket="their-lake")["Policy"])
        assert len(policy["Statement"]) == 2

    def test_where_nothing_leads_it_is_refused(self, estate: Aws, assay: Assay) -> None:
        Path("assay.toml").write_text("")
        told = self.given(assay)
        assert (told.code, "s3://their-lake: access denied" in told.err) == (2, True), told.err

    def test_one_of_the_credentials_is_asked_for_with_them_alone(self, estate: Aws, assay: Assay) -> None:
        estate.strict.calls.clear()
        assay("protect", "incident", "open", "--resource", "s3://lake", "--format", "jsonl")
        assert not estate.strict.calls.made("sts.AssumeRole")
        estate.strict.calls.clear()
        # None of that name is nobody's.
        assay("protect", "incident", "open", "--resource", "s3://nobodys-lake", "--format", "jsonl")
        assert not estate.strict.calls.made("sts.AssumeRole")

    @pytest.mark.parametrize("finding", [False, True])
    def test_an_incident_is_planned_where_it_happened(self, estate: Aws, assay: Assay, *, finding: bool) -> None:
        named = ("--resource", "s3://their-lake")
        if finding:
            found = {
                "id": "f" * 32, "type": "Policy:S3/BucketAnonymousAccessGranted", "severity": 8, "accountId": OTHER,
                "arn": f"arn:aws:guardduty:eu-west-1:{OTHER}:detector/d/finding/f", "region": "eu-west-1",
                "resource": {"s3BucketDetails": [{"name": "their-lake"}]},
            }  # fmt: skip
            Path("finding.json").write_text(json.dumps(found))
            named = ("finding.json",)
        told = assay("protect", "incident", "open", *named, "--format", "jsonl")
        opened = lines(told)[0]
        assert assay("protect", "approve", opened["plan"]).code == 0
        assert assay("protect", "apply", opened["plan"], "--execute").code in (0, 3)
        versioning = theirs(estate, "s3").get_bucket_versioning(Bucket="their-lake")
        assert versioning.get("Status") == "Enabled"
