"""`assay aws discover` where AWS refuses: each failure stays within its account, region and service, and is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from calling import Assay, Done
from e2e.test_cli_aws_discover import KEY, OTHER, VALIDATOR, bucket, in_account
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.store.engine import open_catalog

BOTH = ("--accounts", f"{ACCOUNT},{OTHER}", "--role-name", "reader")


def records(done: Done) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in done.out.splitlines()]
    for record in found:
        VALIDATOR.validate(record)
    return found


def names(done: Done) -> list[str]:
    return [each["name"] for each in records(done) if each["kind"] == "asset"]


def gaps(done: Done) -> list[tuple[str, str]]:
    return [(each["resource"], each["reason"]) for each in records(done) if each["kind"] == "gap"]


def detail(done: Done) -> str:
    """Of the only gap."""
    (gap,) = [each for each in records(done) if each["kind"] == "gap"]
    return str(gap["detail"])


@pytest.fixture
def look(assay: Assay) -> Assay:
    """Runs it in one region, with JSON Lines."""

    def call(*arguments: str) -> Done:
        return assay("aws", "discover", "--format", "jsonl", "--quiet", *arguments)

    return call


@pytest.fixture
def tables(aws: Aws) -> Aws:
    """Five tables, a stream and a bucket in each of two accounts."""
    for account in (ACCOUNT, OTHER):
        client = in_account(aws, account, "dynamodb")
        for number in range(5):
            client.create_table(TableName=f"orders{number}", **KEY)
        in_account(aws, account, "kinesis").create_stream(StreamName="clicks", ShardCount=1)
        bucket(aws, f"data-{account}", client=in_account(aws, account, "s3"))
    return aws


SERVICES = ("--service", "s3", "--service", "dynamodb", "--service", "kinesis")
HERE = ("--region", REGION, *SERVICES)
TABLES = [f"orders{number}" for number in range(5)]


def test_pages_of_two_are_all_followed(aws: Aws, look: Assay) -> None:
    owner = [{"Key": "Owner", "Value": "ada"}]
    s3, tables, streams = aws.client("s3"), aws.client("dynamodb"), aws.client("kinesis")
    rds, ec2, glue = aws.client("rds"), aws.client("ec2"), aws.client("glue")
    for name in ("a", "b", "c", "d", "e"):
        bucket(aws, f"bucket-{name}", client=s3)
        s3.put_bucket_tagging(Bucket=f"bucket-{name}", Tagging={"TagSet": owner})
        tables.create_table(TableName=f"table-{name}", Tags=owner, **KEY)
        streams.create_stream(StreamName=f"stream-{name}", ShardCount=1)
        rds.create_db_instance(DBInstanceIdentifier=f"db-{name}", DBInstanceClass="db.t3.micro", Engine="postgres",
                               MasterUsername="admin1", MasterUserPassword="only-for-tests", AllocatedStorage=20)  # fmt: skip
        ec2.create_snapshot(VolumeId=ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8)["VolumeId"])
        glue.create_database(DatabaseInput={"Name": f"base-{name}"})
        glue.create_table(DatabaseName="base-a", TableInput={"Name": f"under-{name}"})
    whole = records(look("--region", REGION))[:-1]
    assert len(whole) == 5 * 8
    aws.strict.pages(2)
    assert records(look("--region", REGION))[:-1] == whole
    for service, operation in {"s3": "ListBuckets", "dynamodb": "ListTables", "kinesis": "ListStreams",
                               "rds": "DescribeDBInstances", "ec2": "DescribeVolumes", "glue": "GetTables",
                               "resourcegroupstaggingapi": "GetResources"}.items():  # fmt: skip
        assert len(aws.strict.calls.made(f"{service}.{operation}")) >= 1 + 3, operation


def test_a_service_that_is_denied_in_one_account(tables: Aws, look: Assay) -> None:
    tables.strict.deny("dynamodb.ListTables", account=OTHER)
    done = look(*BOTH, *HERE)
    assert done.code == 3
    assert gaps(done) == [(f"aws://{OTHER}/{REGION}/dynamodb", "access denied")]
    assert detail(done) == "ListTables: AccessDeniedException"
    assert names(done) == [f"data-{ACCOUNT}", *TABLES, "clicks", f"data-{OTHER}", "clicks"]


def test_a_list_that_is_denied_midway_keeps_what_came_before(tables: Aws, look: Assay) -> None:
    tables.strict.pages(2)
    tables.strict.deny("dynamodb.ListTables", ExclusiveStartTableName=lambda name: name is not None)
    done = look(*HERE)
    assert (done.code, names(done)) == (3, [f"data-{ACCOUNT}", *TABLES[:2], "clicks"])
    assert gaps(done) == [(f"aws://{ACCOUNT}/{REGION}/dynamodb", "access denied")]
    assert "2 were listed before" in detail(done)


def test_throttling_is_tried_again_and_told_in_the_end(tables: Aws, look: Assay) -> None:
    briefly = tables.strict.throttle("dynamodb.ListTables", times=2)
    assert look(*HERE).code == 0
    assert briefly.met == 2
    tables.strict.throttle("kinesis.ListStreams")
    done = look(*HERE)
    assert (done.code, names(done)) == (3, [f"data-{ACCOUNT}", *TABLES])
    assert gaps(done) == [(f"aws://{ACCOUNT}/{REGION}/kinesis", "throttled")]


def test_a_region_that_is_off(tables: Aws, look: Assay) -> None:
    tables.strict.disable_region("eu-central-1")
    done = look("--region", REGION, "--region", "eu-central-1", *SERVICES)
    assert done.code == 3
    assert names(done) == [f"data-{ACCOUNT}", *TABLES, "clicks"]
    assert gaps(done) == [
        (f"aws://{ACCOUNT}/eu-central-1/dynamodb", "region disabled"),
        (f"aws://{ACCOUNT}/eu-central-1/kinesis", "region disabled"),
    ]


def test_a_role_that_cannot_be_assumed(tables: Aws, look: Assay) -> None:
    tables.strict.deny("sts.AssumeRole", RoleArn=f"arn:aws:iam::{OTHER}:role/reader")
    done = look(*BOTH, *HERE)
    assert (done.code, names(done)) == (3, [f"data-{ACCOUNT}", *TABLES, "clicks"])
    assert gaps(done) == [(f"aws://{OTHER}", "access denied")]
    assert detail(done).startswith(f"arn:aws:iam::{OTHER}:role/reader cannot be assumed")
    assert records(done)[-1]["accounts"] == [ACCOUNT]


def test_the_external_id_goes_with_each_role(tables: Aws, look: Assay) -> None:
    assert look(*BOTH, *HERE, "--external-id", "only-ours").code == 0
    (call,) = tables.strict.calls.made("sts.AssumeRole", ExternalId="only-ours")
    assert call.parameters["RoleArn"] == f"arn:aws:iam::{OTHER}:role/reader"


def test_who_calls_is_not_known(tables: Aws, look: Assay) -> None:
    tables.strict.expire("sts.*")
    done = look(*HERE)
    assert (done.code, done.out) == (2, "")
    assert "sign in again" in done.err


def test_an_organisation_that_may_not_be_listed(tables: Aws, look: Assay) -> None:
    tables.strict.deny("organizations.ListAccounts")
    done = look("--organization", "--role-name", "reader", *HERE)
    assert (done.code, done.out) == (2, "")
    assert "management account" in done.err
    assert "--accounts" in done.err


def test_regions_that_may_not_be_listed(tables: Aws, look: Assay) -> None:
    tables.strict.deny("ec2.DescribeRegions")
    done = look("--service", "kinesis")
    assert (done.code, names(done)) == (3, ["clicks"])
    assert gaps(done)[0] == (f"aws://{ACCOUNT}", "access denied")
    named = look(*HERE)
    assert (named.code, names(named)) == (0, [f"data-{ACCOUNT}", *TABLES, "clicks"])


def test_a_table_that_may_not_be_described_is_told_all_the_same(tables: Aws, look: Assay) -> None:
    tables.strict.deny("dynamodb.DescribeTable", table="orders3")
    done = look(*HERE)
    assert (done.code, names(done)) == (3, [f"data-{ACCOUNT}", *TABLES, "clicks"])
    assert gaps(done) == [(f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders3", "access denied")]
    (denied,) = [each for each in records(done) if each.get("name") == "orders3"]
    assert (denied["size_bytes"], denied["created"], denied["encrypted"]) == (None, None, None)


def test_a_table_that_is_deleted_meanwhile(tables: Aws, look: Assay) -> None:
    tables.strict.before(
        "dynamodb.DescribeTable", lambda: tables.client("dynamodb").delete_table(TableName="orders4"), table="orders0"
    )
    done = look(*HERE)
    assert (done.code, names(done)) == (0, [f"data-{ACCOUNT}", *TABLES[:4], "clicks"])


def test_tags_come_from_the_services_where_the_list_of_all_is_denied(tables: Aws, look: Assay) -> None:
    tagged = {"TagSet": [{"Key": "Owner", "Value": "ada"}]}
    tables.client("s3").put_bucket_tagging(Bucket=f"data-{ACCOUNT}", Tagging=tagged)
    tables.strict.deny("resourcegroupstaggingapi.*")
    done = look(*HERE)
    assert done.code == 0
    owners = {each["name"]: each["owners"] for each in records(done) if each["kind"] == "asset"}
    assert owners == {f"data-{ACCOUNT}": {"Owner": "ada"}, "clicks": {}, **{name: {} for name in TABLES}}


def test_tags_that_nobody_tells_are_not_none(tables: Aws, look: Assay) -> None:
    tables.strict.deny("resourcegroupstaggingapi.*")
    tables.strict.deny("dynamodb.ListTagsOfResource")
    done = look(*HERE)
    assert done.code == 3
    assert gaps(done) == [(f"aws://{ACCOUNT}/{REGION}/dynamodb", "access denied")]
    assert detail(done) == "tags of 5 resources are not known: ListTagsOfResource: AccessDeniedException"
    owners = {each["name"]: each["owners"] for each in records(done) if each["kind"] == "asset"}
    assert owners == {f"data-{ACCOUNT}": {}, "clicks": {}, **dict.fromkeys(TABLES)}


def test_a_bucket_whose_region_is_not_told(aws: Aws, look: Assay) -> None:
    bucket(aws, "open")
    bucket(aws, "closed")
    aws.strict.deny("s3.GetBucketLocation", bucket="closed")
    done = look("--region", REGION, "--service", "s3")
    assert (done.code, sorted(names(done))) == (3, ["closed", "open"])
    assert gaps(done) == [("arn:aws:s3:::closed", "access denied")]
    regions = {each["name"]: each["region"] for each in records(done) if each["kind"] == "asset"}
    assert regions == {"closed": None, "open": REGION}


def test_nothing_is_gone_while_something_could_not_be_listed(tables: Aws, look: Assay) -> None:
    with open_catalog("estate.db", create=True) as catalog:
        recording = begin(catalog, ["made"], ruleset="r", governance="g", sampling="all", options={})
        for uri in ("dynamodb://lost", "s3://lost/1"):
            recording.take(made.finding(resource=uri))
            recording.take(made.classification(resource=uri))
        recording.finish(made.summary())
    tables.strict.deny("dynamodb.ListTables", region="eu-north-1")
    done = look(*SERVICES, "--catalog", "estate.db")
    states = {each["resource"]: each["state"] for each in records(done) if each["kind"] == "asset"}
    assert (states["dynamodb://lost"], states["s3://lost"]) == ("unknown", "gone")


def test_gaps_are_on_the_page_and_fit(tables: Aws, assay: Assay) -> None:
    tables.strict.deny("dynamodb.ListTables")
    done = assay("aws", "discover", *HERE)
    assert done.code == 3
    assert "Not known (1)" in done.out
    assert f"  aws://{ACCOUNT}/{REGION}/dynamodb: access denied (ListTables:" in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())


def test_china_has_arns_of_its_own(aws: Aws, look: Assay) -> None:
    aws.client("dynamodb", "cn-north-1").create_table(TableName="orders3", **KEY)
    done = look("--region", "cn-north-1", "--service", "dynamodb")
    (table,) = [each for each in records(done) if each["kind"] == "asset"]
    assert table["arn"] == f"arn:aws-cn:dynamodb:cn-north-1:{ACCOUNT}:table/orders3"


def test_ctrl_c_leaves_what_was_found(tables: Aws) -> None:
    tables.strict.delay("kinesis.ListStreams", 300)
    command = (sys.executable, "-m", "assay", "aws", "discover", *HERE, "--format", "jsonl")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)) as running:
        deadline = time.monotonic() + 240
        while len(tables.strict.calls.made("dynamodb.DescribeTable")) < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=300)
    done = Done(code=running.returncode, out=out.decode(), err=err.decode())
    assert done.code == 130
    assert "interrupted; what was found so far was written" in done.err
    assert names(done) == [f"data-{ACCOUNT}", *TABLES]
    assert gaps(done) == [(f"aws://{ACCOUNT}/{REGION}/kinesis", "interrupted")]
    assert records(done)[-1]["interrupted"] is True
