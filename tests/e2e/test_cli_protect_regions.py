"""`assay protect observe` and `plan` over regions and accounts at once: what cannot be looked at is told, and never counts as looked at."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from calling import Assay, Done
from strictly import new_table

from assay.app.protection import protecttargets
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


class TestAccounts:
    @pytest.fixture(autouse=True)
    def _roles(self, estate: Aws) -> None:
        """A second account has a table; a third cannot be entered."""
        for account in (OTHER, ACCOUNT):
            got = estate.client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{account}:role/make", RoleSessionName="tests"
            )["Credentials"]
            if account == OTHER:
                import boto3

                client = boto3.client(
                    "dynamodb", region_name="eu-west-1", endpoint_url=estate.url, aws_access_key_id=got["AccessKeyId"],
                    aws_secret_access_key=got["SecretAccessKey"], aws_session_token=got["SessionToken"],
                )  # fmt: skip
                new_table(client, "theirs")
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
        assert "Nothing to change: 1 resource looked at; 1 refused or unknown" in done.out
        page = assay("protect", "plan", "--format", "html", "--output", "plan.html")
        assert (page.code, "a page is of one account" in page.err) == (2, True)

    def test_with_a_target_the_account_of_the_credentials_is_meant(self, estate: Aws, assay: Assay) -> None:
        assert assay("protect", "observe", "s3://lake").code == 0
