"""Buckets are set up to tell of their changes, and nothing of others is lost on the way, or on the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws

from assay.cli.__main__ import run
from assay.store.engine import open_catalog

TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:others"


@pytest.fixture
def catalog(tmp_path: Path) -> str:
    url = str(tmp_path / "catalog.db")
    open_catalog(url, create=True).close()
    return url


def allowed(service: str, action: str, arn: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def queue(aws: Aws, name: str, *, lets_in: bool = True) -> str:
    client = aws.client("sqs")
    url = client.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}"
    if lets_in:
        policy = allowed("s3.amazonaws.com", "sqs:SendMessage", arn)
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return arn


def told(aws: Aws, bucket: str = "intake") -> dict[str, Any]:
    answer = aws.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.fixture
def others(aws: Aws) -> dict[str, Any]:
    """A bucket that tells others already."""
    client = aws.client("s3")
    client.create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    theirs = queue(aws, "theirs")
    rules = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "logs/"}]}}
    configuration = {
        "QueueConfigurations": [
            {"Id": "theirs", "QueueArn": theirs, "Events": ["s3:ReducedRedundancyLostObject"], "Filter": rules},
        ],
    }
    client.put_bucket_notification_configuration(Bucket="intake", NotificationConfiguration=configuration)
    return told(aws)


def test_eventbridge_is_switched_on_beside_what_is_there_and_off_again(
    aws: Aws, catalog: str, others: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["aws", "setup-events", "intake", "--dry-run", "--catalog", catalog]) == 0
    assert told(aws) == others
    assert "eventbridge  – → True" in capsys.readouterr().out
    assert run(["aws", "setup-events", "intake", "--catalog", catalog]) == 0
    assert "EventBridgeConfiguration" in told(aws)
    assert told(aws)["QueueConfigurations"] == others["QueueConfigurations"]
    capsys.readouterr()
    assert run(["aws", "setup-events", "intake", "--catalog", catalog]) == 0
    assert "Nothing to change: 1 bucket looked at." in capsys.readouterr().out
    assert run(["aws", "setup-events", "intake", "--undo", "--catalog", catalog]) == 0
    assert told(aws) == others
    assert run(["aws", "setup-events", "intake", "--undo", "--catalog", catalog]) == 2
    assert "nothing was set up by this catalog" in capsys.readouterr().err


def test_what_was_on_before_is_not_switched_off_by_undo(
    aws: Aws, catalog: str, others: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    mine = {**others, "EventBridgeConfiguration": {}}
    aws.client("s3").put_bucket_notification_configuration(Bucket="intake", NotificationConfiguration=mine)
    assert run(["aws", "setup-events", "intake", "--catalog", catalog]) == 0
    assert run(["aws", "setup-events", "intake", "--undo", "--catalog", catalog]) == 2
    assert "EventBridgeConfiguration" in told(aws)


def test_a_queue_is_told_of_writes_deletions_expirations_and_restores(
    aws: Aws, catalog: str, others: dict[str, Any]
) -> None:
    arn = queue(aws, "ours")
    assert run(["aws", "setup-events", "s3://intake/", "--queue", arn, "--catalog", catalog]) == 0
    found = {each["QueueArn"]: each for each in told(aws)["QueueConfigurations"]}
    assert sorted(found[arn]["Events"]) == [
        "s3:LifecycleExpiration:*", "s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:Completed",
    ]  # fmt: skip
    assert len(found) == 2
    assert run(["aws", "setup-events", "intake", "--undo", "--catalog", catalog]) == 0
    assert told(aws) == others


def test_a_bucket_that_is_not_there_does_not_keep_the_others_from_it(
    aws: Aws, catalog: str, others: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["aws", "setup-events", "nowhere", "intake", "--catalog", catalog]) == 3
    assert "EventBridgeConfiguration" in told(aws)
    assert "s3://nowhere" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--queue", "arn:aws:sns:eu-west-1:1:t"], "is of sns; give the ARN of a queue"),
        (["--queue", "intake"], "is no ARN"),
        (["--queue", "arn:aws:sqs:eu-west-1:1:q", "--eventbridge"], "two ways"),
        (["--undo", "--eventbridge"], "leave out"),
    ],
)
def test_wrong_usage_is_said(catalog: str, options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["aws", "setup-events", "intake", *options, "--catalog", catalog]) == 2
    assert said in capsys.readouterr().err
