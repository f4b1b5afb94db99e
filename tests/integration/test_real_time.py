"""From an object that is put to its tags: the bucket tells, the queue gathers, the worker classifies and tags."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from awsservers import ACCOUNT, Aws
from workers_for_tests import SSN, queues

from assay.cli.__main__ import run
from assay.store.engine import open_catalog

KEYS = ("in/Q1 report+1.csv", "in/100%2F.csv", "ünï.csv")
CSV = f"name,ssn\nAda Park,{SSN}\nJo Reyes,601-55-3127\n".encode()
ARN = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:events"


def letting_in(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": ARN}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("way", ["queue", "eventbridge"])
def test_what_is_put_carries_its_tags(
    way: str, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", str(tmp_path / "catalog.db"))
    open_catalog(str(tmp_path / "catalog.db"), create=True).close()
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    queue = queues(aws)
    sender = "s3.amazonaws.com" if way == "queue" else "events.amazonaws.com"
    queue.client.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": letting_in(sender)})
    if way == "queue":
        assert run(["aws", "setup-events", "intake", "--queue", ARN]) == 0
    else:
        rules = aws.client("events")
        pattern = json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": ["intake"]}}})
        rules.put_rule(Name="intake", EventPattern=pattern)
        rules.put_targets(Rule="intake", Targets=[{"Id": "1", "Arn": ARN}])
        assert run(["aws", "setup-events", "intake"]) == 0
    assert run(["phase", "set", "s3://intake/**", "automated", "--force", "--reason", "a test"]) == 0
    for key in KEYS:
        s3.put_object(Bucket="intake", Key=key, Body=CSV)
    s3.put_object(Bucket="intake", Key="gone.csv", Body=CSV)
    s3.delete_object(Bucket="intake", Key="gone.csv")
    capsys.readouterr()
    assert run(["worker", "--queue", queue.url, "--until-empty", "--concurrency", "1"]) == 0
    told = capsys.readouterr().err
    for key in KEYS:
        tags = {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket="intake", Key=key)["TagSet"]}
        assert tags["DataClassification"] == "restricted", told
        assert tags["SensitiveDataTypes"] == "PERSON_NAME+SSN", told
    assert queue.waiting() == 0
    assert queue.dead_letters() == []
    # Its own tags, if they are told of, are no reason to go on for ever.
    assert run(["worker", "--queue", queue.url, "--until-empty"]) == 0
    capsys.readouterr()
    assert run(["worker", "--statistics", "--format", "json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    # EventBridge tells of tags, too, which leave the object as it is: nothing is read or written again for it.
    told_of = {"created": len(KEYS) + 1, "deleted": 1} | ({"tags changed": len(KEYS)} if way == "eventbridge" else {})
    assert {name: number for name, number in counts["by_type"].items() if name != "message"} == told_of
    assert len(aws.strict.calls.made("s3.PutObjectTagging")) == len(KEYS)
