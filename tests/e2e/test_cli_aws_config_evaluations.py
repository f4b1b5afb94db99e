"""`assay aws config-evaluations`, as a user calls it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from awsservers import Aws
from calling import Assay
from gluetables_for_tests import RESOURCE
from strict.recognised import Request
from tagging_for_tests import Lake, classify, database, known, table

from assay.model import Level
from assay.store.engine import open_catalog

CATALOG = "catalog.db"
PUT = "config.PutEvaluations"


@pytest.fixture(autouse=True)
def _catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", CATALOG)
    open_catalog(CATALOG, create=True).close()


def _known(*resources: str, level: Level = Level.RESTRICTED) -> None:
    with open_catalog(CATALOG) as catalog:
        classify(catalog, {each: known(level) for each in resources})


def _sent(aws: Aws) -> list[list[dict[str, Any]]]:
    return [call.request.parameters["Evaluations"] for call in aws.strict.calls.made(PUT)]


def test_what_differs_and_what_does_not(aws: Aws, assay: Assay) -> None:
    lake = Lake(aws=aws)
    orders, shop = table(aws), database(aws)
    _known("s3://lake/a.csv", orders, shop)
    lake.tag_bucket({"DataClassification": "internal", "Team": "data"})
    assert assay("aws", "tag", orders, "--yes").code == 0
    done = assay("aws", "config-evaluations", "s3://lake", "dynamodb://orders", shop, "--test")
    assert done.code == 0
    assert "3 evaluations, 2 of tags that differ; 3 checked by Config, none kept." in done.out
    (sent,) = _sent(aws)
    told = {each["ComplianceResourceType"]: each for each in sent}
    bucket = told["AWS::S3::Bucket"]
    assert (bucket["ComplianceResourceId"], bucket["ComplianceType"]) == ("lake", "NON_COMPLIANT")
    assert bucket["Annotation"].startswith("DataClassification is internal, and should be restricted")
    assert told["AWS::DynamoDB::Table"]["ComplianceType"] == "COMPLIANT"
    # A database is called by an id of its own.
    instance = aws.client("rds").describe_db_instances()["DBInstances"][0]
    assert told["AWS::RDS::DBInstance"]["ComplianceResourceId"] == instance["DbiResourceId"]
    assert all(len(each.get("Annotation", "")) <= 256 for each in sent)


def test_nothing_is_said_of_what_is_not_known(aws: Aws, assay: Assay) -> None:
    Lake(aws=aws)
    Lake(aws=aws, bucket="other")
    _known("s3://other/a.csv")
    aws.strict.deny("s3.GetBucketTagging", bucket="other")
    done = assay("aws", "config-evaluations", "s3://lake", "s3://other", "--test")
    assert done.code == 3
    assert "not classified" in done.out
    assert "access denied" in done.out
    assert "0 evaluations, 0 of tags that differ, 2 unknown" in done.out
    assert _sent(aws) == []


def test_batches_of_a_hundred_and_what_config_does_not_take(aws: Aws, assay: Assay) -> None:
    names = [f"lake{number}" for number in range(101)]
    for name in names:
        Lake(aws=aws, bucket=name)
    _known(*(f"s3://{name}/a.csv" for name in names))

    def refusing_the_last(request: Request) -> dict[str, Any]:
        given = request.parameters["Evaluations"]
        return {"FailedEvaluations": [each for each in given if each["ComplianceResourceId"] == "lake100"]}

    aws.strict.answer(PUT, refusing_the_last)
    told = ("--result-token", "token", "--format", "jsonl")
    done = assay("aws", "config-evaluations", *(f"s3://{name}" for name in names), *told)
    assert done.code == 3
    assert [len(batch) for batch in _sent(aws)] == [100, 1]
    assert [call.request.parameters["TestMode"] for call in aws.strict.calls.made(PUT)] == [False, False]
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [line["id"] for line in lines if not line["taken"]] == ["lake100"]


def test_a_dry_run_sends_nothing(aws: Aws, assay: Assay) -> None:
    Lake(aws=aws)
    _known("s3://lake/a.csv")
    done = assay("aws", "config-evaluations", "s3://lake", "--dry-run")
    assert (done.code, _sent(aws)) == (0, [])
    assert done.out.endswith("1 evaluation, 1 of tags that differ; none sent.\n")


@pytest.mark.parametrize(
    ("target", "more", "said"),
    [
        ("s3://lake", [], "give --result-token"),
        ("s3://lake/a.csv", ["--test"], "records buckets, not objects"),
        (RESOURCE, ["--test"], "does not record Glue tables"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/x", ["--test"], "--region"),
        ("ftp://x", ["--test"], "cannot be tagged"),
    ],
)
def test_wrong_usage(aws: Aws, assay: Assay, target: str, more: list[str], said: str) -> None:
    done = assay("aws", "config-evaluations", target, *more)
    assert done.code == 2
    assert said in done.err
    assert _sent(aws) == []
