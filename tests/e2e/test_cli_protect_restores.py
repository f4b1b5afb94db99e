"""`assay protect restore-test` over accounts: each backup is restored, compared and deleted where it is, and what cannot be reached is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from calling import Assay
from strictly import new_table
from test_cli_protect_regions import OTHER, THIRD, lines, theirs

from assay.aws import tablesettings
from assay.protectors import restoring
from assay.store.engine import open_catalog

ROLE, THIRD_ROLE = (f"arn:aws:iam::{account}:role/see" for account in (OTHER, THIRD))
THEIRS = f"arn:aws:dynamodb:eu-west-1:{OTHER}:table/theirs"
OURS = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/ours"
COPIES = "assay-restore-test"


@pytest.fixture
def estate(aws: Aws, assay: Assay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """A table in each of two accounts, and a bucket in the other, all backed up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(restoring, "_SECONDS", 0.01)
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    Path("policies.yaml").write_text(
        "policies: [{name: only, set: {data_events: none, monitoring: none, tls_only: false, versioning: true}}]"
    )
    monkeypatch.setenv("ASSAY_PROTECTION", "policies.yaml")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    open_catalog("catalog.db", create=True).close()
    Path("assay.toml").write_text(f'protect_roles = ["{ROLE}"]')
    for name, client in (("ours", aws.client("dynamodb")), ("theirs", theirs(aws))):
        new_table(client, name)
        client.put_item(TableName=name, Item={"id": {"S": name}})
    where = {"LocationConstraint": "eu-west-1"}
    theirs(aws, "s3").create_bucket(Bucket="their-lake", CreateBucketConfiguration=where)
    theirs(aws, "s3").put_object(Bucket="their-lake", Key="a.csv", Body=b"name\n")
    for each in lines(assay("protect", "plan", "--format", "jsonl")):
        if each["kind"] == "plan":
            assert assay("protect", "approve", each["plan"]).code == 0
            assay("protect", "apply", each["plan"], "--execute")
    later = datetime.now(UTC) + timedelta(hours=1)
    assert OURS in aws.strict.backs_up(at=later)
    assert set(aws.strict.backs_up(at=later, account=OTHER)) == {THEIRS, "arn:aws:s3:::their-lake"}
    aws.strict.calls.clear()
    return aws


def told(assay: Assay, *given: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what was told of each resource."""
    done = assay("protect", "restore-test", *given, "--format", "jsonl")
    return done.code, {each["resource"]: each for each in lines(done)}


def copies(aws: Aws) -> list[str]:
    tables = [name for client in (aws.client("dynamodb"), theirs(aws)) for name in client.list_tables()["TableNames"]]
    buckets = [
        each["Name"] for client in (aws.client("s3"), theirs(aws, "s3")) for each in client.list_buckets()["Buckets"]
    ]
    return [name for name in (*tables, *buckets) if COPIES in name]


def started(aws: Aws) -> list[str]:
    return [each.request.account for each in aws.strict.calls.made("backup.StartRestoreJob")]


def test_each_is_restored_where_it_is(estate: Aws, assay: Assay) -> None:
    code, found = told(assay, OURS, THEIRS, "s3://their-lake")
    assert (code, {name: each["account"] for name, each in found.items()}) == (
        0, {OURS: ACCOUNT, THEIRS: OTHER, "s3://their-lake": OTHER},
    )  # fmt: skip
    assert not started(estate)
    code, found = told(assay, THEIRS, OURS, "s3://their-lake", "--execute")
    assert (code, {each["outcome"] for each in found.values()}) == (0, {"applied"}), found
    assert {name: each["account"] for name, each in found.items()} == {
        OURS: ACCOUNT, THEIRS: OTHER, "s3://their-lake": OTHER,
    }  # fmt: skip
    assert sorted(started(estate)) == sorted([ACCOUNT, OTHER, OTHER])
    roles = {
        each.request.parameters["IamRoleArn"].split(":")[4]
        for each in estate.strict.calls.made("backup.StartRestoreJob")
    }
    assert roles == {ACCOUNT, OTHER}
    assert {each.request.account for each in estate.strict.calls.made("dynamodb.DeleteTable")} == {ACCOUNT, OTHER}
    assert {each.request.account for each in estate.strict.calls.made("s3.DeleteBucket")} == {OTHER}
    assert copies(estate) == []


def test_an_account_that_cannot_be_entered_is_a_gap_and_stops_no_other(estate: Aws, assay: Assay) -> None:
    Path("assay.toml").write_text(f"protect_roles = {json.dumps([THIRD_ROLE, ROLE])}")
    estate.strict.deny("sts.AssumeRole", RoleArn=THIRD_ROLE)
    third = THEIRS.replace(OTHER, THIRD)
    code, found = told(assay, third, THEIRS, "s3://their-lake", "--execute")
    assert (code, found[third]["kind"], found[third]["reason"]) == (3, "refusal", "access denied")
    assert f"{THIRD_ROLE} cannot be assumed" in found[third]["detail"]
    assert {found[name]["outcome"] for name in (THEIRS, "s3://their-lake")} == {"applied"}


def test_where_nothing_leads_it_is_refused(estate: Aws, assay: Assay) -> None:
    Path("assay.toml").write_text("")
    code, found = told(assay, THEIRS, "s3://their-lake", OURS, "--execute")
    assert (code, found[OURS]["outcome"], started(estate)) == (3, "applied", [ACCOUNT])
    assert f"it is of account {OTHER}, and the credentials of {ACCOUNT}" in found[THEIRS]["detail"]
    assert (found["s3://their-lake"]["kind"], found["s3://their-lake"]["reason"]) == ("refusal", "access denied")


def test_a_role_of_another_account_restores_nothing(estate: Aws, assay: Assay) -> None:
    code, found = told(assay, THEIRS, "--role", f"arn:aws:iam::{ACCOUNT}:role/own", "--execute")
    assert (code, found[THEIRS]["reason"], started(estate)) == (3, "of another account", [])
    done = assay("protect", "restore-test", THEIRS, "--role", "own")
    assert (done.code, "--role own: is no ARN" in done.err) == (2, True)


def test_what_was_left_in_another_account_is_deleted_by_the_next_run(
    estate: Aws, assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import update

    from assay.protectors.restored_table import RestoredTable
    from assay.store.schema.protect import action_claims

    def killed(self: Any, point: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(RestoredTable, "compare", killed)
        patched.setattr(RestoredTable, "clean", killed)
        assay("protect", "restore-test", THEIRS, "--execute")
    assert len(copies(estate)) == 1
    with open_catalog("catalog.db") as catalog, catalog.transaction() as connection:
        connection.execute(update(action_claims).values(until="2000-01-01T00:00:00+00:00", process=0))
    Path("assay.toml").write_text("")
    done = assay("protect", "restore-test", OURS, "--execute")
    assert (done.code, f"aws://{OTHER}: of another account" in done.err, len(copies(estate))) == (3, True, 1), done.err
    Path("assay.toml").write_text(f'protect_roles = ["{ROLE}"]')
    done = assay("protect", "restore-test", OURS, "--execute")
    assert (done.code, "1 tests that were interrupted are cleaned up" in done.err, copies(estate)) == (0, True, [])
