"""What the catalog concludes, told to the services of an account: once, and again where it was not taken."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from awsservers import ACCOUNT, REGION, Aws
from ocsf_json_schema.embedded import OcsfJsonSchemaEmbedded
from ocsf_json_schema.loader import get_ocsf_schema
from strict.recognised import Request

from assay.cli.__main__ import run

PERSON = "Employee Ada Lovelace, SSN 536-90-4399, mail ada@lovelace-software.org\n"
KEY = "aws_access_key_id = AKIAQYLPMN5HNM4OKGTX\n"


@pytest.fixture
def told(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs `assay ARGUMENT…` in a folder with a catalog; gives its exit code and all that it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    Path("data").mkdir()
    Path("data/people.txt").write_text(PERSON, encoding="utf-8")
    Path("data/harmless.txt").write_text("nothing to see here\n", encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        code = run(arguments)
        out, err = capfd.readouterr()
        assert "536-90-4399" not in out + err
        assert "lovelace-software" not in out + err
        return code, out + err

    assert call("catalog", "init")[0] == 0
    assert call("scan", "data", "--quiet")[0] == 0
    return call


def holds_against_the_schema(events: list[dict[str, Any]]) -> None:
    """They say that they have the profile `cloud`, and have what that demands."""
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.3.0")).get_class_schema("data_security_finding", ["cloud"])
    validator = jsonschema.Draft202012Validator(schema)
    for event in events:
        assert list(validator.iter_errors(event)) == []
        assert event["metadata"]["profiles"] == ["cloud"]
        assert event["cloud"] == {"provider": "AWS", "account": {"uid": ACCOUNT}, "region": REGION}
        for broken in (
            {name: told for name, told in event.items() if name != "cloud"},
            {**event, "cloud": {"account": {"uid": ACCOUNT}}},
            {**event, "cloud": {**event["cloud"], "account": ACCOUNT}},
        ):
            assert list(validator.iter_errors(broken))


def findings(aws: Aws) -> list[dict[str, Any]]:
    found = aws.client("securityhub").get_findings()["Findings"]
    return sorted(found, key=lambda item: item["ProductFields"]["assay/resource"])


def test_security_hub_holds_what_holds(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    aws.client("securityhub").enable_security_hub()
    assert told("aws", "publish", "--security-hub") == (0, "Security Hub: 1 told\n")
    (finding,) = findings(aws)
    assert finding["ProductArn"] == f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"
    assert finding["Severity"]["Label"] == "HIGH"
    assert finding["Types"] == ["Sensitive Data Identifications/PII"]
    assert (
        finding["ProductFields"]["assay/identifiers"].startswith("SSN:1")
        or "SSN:1" in finding["ProductFields"]["assay/identifiers"]
    )
    assert "536-90-4399" not in json.dumps(finding)
    assert told("aws", "publish", "--security-hub") == (0, "Security Hub: 0 told, 1 unchanged\n")


def test_what_is_less_than_it_was_is_archived_and_comes_back(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    aws.client("securityhub").enable_security_hub()
    told("aws", "publish", "--security-hub")
    Path("data/people.txt").write_text("nobody any more, but a longer text\n", encoding="utf-8")
    told("scan", "data", "--quiet")
    assert told("aws", "publish", "--security-hub") == (0, "Security Hub: 0 told, 1 archived\n")
    assert [finding["RecordState"] for finding in findings(aws)] == ["ARCHIVED"]
    assert told("aws", "publish", "--security-hub") == (0, "Security Hub: 0 told\n")
    Path("data/people.txt").write_text(PERSON * 2, encoding="utf-8")
    told("scan", "data", "--quiet")
    assert told("aws", "publish", "--security-hub") == (0, "Security Hub: 1 told\n")
    assert [finding["RecordState"] for finding in findings(aws)] == ["ACTIVE"]


def test_findings_of_others_are_left_alone(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    hub = aws.client("securityhub")
    hub.enable_security_hub()
    told("aws", "publish", "--security-hub")
    foreign = {**findings(aws)[0], "Id": "somebody-elses", "GeneratorId": "another-scanner"}
    hub.batch_import_findings(Findings=[foreign])
    Path("data/people.txt").write_text("nobody any more, but a longer text\n", encoding="utf-8")
    told("scan", "data", "--quiet")
    told("aws", "publish", "--security-hub")
    states = {finding["Id"]: finding["RecordState"] for finding in findings(aws)}
    assert states["somebody-elses"] == "ACTIVE"
    assert sorted(states.values()) == ["ACTIVE", "ARCHIVED"]


def test_findings_that_were_not_taken_are_told_and_sent_again(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    """An answer of success may name some that were not."""
    aws.client("securityhub").enable_security_hub()

    def refused(request: Request) -> dict[str, Any]:
        failed = [
            {"Id": each["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": "no"}
            for each in request.parameters["Findings"]
        ]
        return {"FailedCount": len(failed), "SuccessCount": 0, "FailedFindings": failed}

    aws.strict.answer("securityhub.BatchImportFindings", refused, times=1)
    code, out = told("aws", "publish", "--security-hub")
    assert code == 3
    assert "0 told, 1 not taken" in out
    assert findings(aws) == []
    assert told("aws", "publish", "--security-hub") == (0, "Security Hub: 1 told\n")
    assert len(findings(aws)) == 1


def test_more_findings_than_one_page_and_one_batch(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    aws.client("securityhub").enable_security_hub()
    for number in range(130):
        Path(f"data/{number:03}.txt").write_text(f"{number} {PERSON}", encoding="utf-8")
    told("scan", "data", "--quiet")
    assert told("aws", "publish", "--security-hub") == (0, "Security Hub: 131 told\n")
    assert told("aws", "publish", "--security-hub") == (0, "Security Hub: 0 told, 131 unchanged\n")


def received(aws: Aws, queue: str) -> list[dict[str, Any]]:
    client = aws.client("sqs")
    bodies = []
    while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(json.loads(message["Body"]))
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def queue_with_arn(aws: Aws, name: str) -> tuple[str, str]:
    client = aws.client("sqs")
    url = client.create_queue(QueueName=name)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    services = {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}
    statement = {"Effect": "Allow", "Principal": services, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def test_events_tell_each_change_once(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    url, arn = queue_with_arn(aws, "changes")
    events = aws.client("events")
    events.create_event_bus(Name="governance")
    events.put_rule(Name="all", EventBusName="governance", EventPattern=json.dumps({"source": ["assay"]}))
    events.put_targets(Rule="all", EventBusName="governance", Targets=[{"Id": "1", "Arn": arn}])
    assert told("aws", "publish", "--event-bus", "governance", "--dry-run") == (0, "event bus governance: 2 to tell\n")
    assert told("aws", "publish", "--event-bus", "governance") == (0, "event bus governance: 2 told\n")
    assert told("aws", "publish", "--event-bus", "governance") == (0, "event bus governance: 0 told\n")
    details = {body["detail"]["resource"].rsplit("/", 1)[1]: body["detail"] for body in received(aws, url)}
    assert details["people.txt"]["new_level"] == "restricted"
    assert details["people.txt"]["old_level"] is None
    assert details["people.txt"]["identifiers"]["SSN"] == 1
    assert details["harmless.txt"]["new_level"] == "public"
    Path("data/people.txt").write_text("nobody any more, but a longer text\n", encoding="utf-8")
    told("scan", "data", "--quiet")
    told("aws", "publish", "--event-bus", "governance")
    (body,) = received(aws, url)
    assert (body["detail"]["old_level"], body["detail"]["new_level"]) == ("restricted", "public")


def test_a_bus_that_is_not_there_loses_nothing(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    code, out = told("aws", "publish", "--event-bus", "missing", "--ocsf", "out")
    assert code == 3
    assert out.splitlines() == [
        "event bus missing: 0 told, 2 not taken, to be sent again by the next run, stopped: PutEvents: ResourceNotFoundException",
        "OCSF in out: 2 told",
    ]
    aws.client("events").create_event_bus(Name="missing")
    assert told("aws", "publish", "--event-bus", "missing") == (0, "event bus missing: 2 told\n")


def test_events_that_were_not_taken_are_sent_again(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    """An answer of success may name some that were not."""
    aws.client("events").create_event_bus(Name="changes")

    def refused(request: Request) -> dict[str, Any]:
        last = len(request.parameters["Entries"]) - 1
        entries = [{"EventId": f"{number}"} for number in range(last)]
        return {"FailedEntryCount": 1, "Entries": [*entries, {"ErrorCode": "InternalFailure", "ErrorMessage": "no"}]}

    aws.strict.answer("events.PutEvents", refused, times=1)
    code, out = told("aws", "publish", "--event-bus", "changes")
    assert code == 3
    assert "event bus changes: 1 told, 1 not taken" in out
    assert told("aws", "publish", "--event-bus", "changes") == (0, "event bus changes: 1 told\n")


def test_people_are_notified_of_what_matters(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    url, arn = queue_with_arn(aws, "mail")
    sns = aws.client("sns")
    topic = sns.create_topic(Name="stewards")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert told("aws", "publish", "--topic", topic) == (0, f"topic {topic}: 1 told\n")
    (body,) = received(aws, url)
    assert body["Subject"].startswith("assay: restricted data in ")
    assert len(body["Subject"]) <= 100
    assert "is restricted. It was not known before." in body["Message"]
    assert "536-90-4399" not in json.dumps(body)
    assert body["MessageAttributes"]["level"]["Value"] == "restricted"
    assert told("aws", "publish", "--topic", topic) == (0, f"topic {topic}: 0 told\n")


def test_a_results_table_is_made_and_filled(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    assert told("aws", "publish", "--results-table", "results", "--make-table") == (0, "table results: 2 told\n")
    client = aws.client("dynamodb")
    described = client.describe_table(TableName="results")["Table"]
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    # It is waited for until it is active: before that it takes no settings.
    asked = [call.name.removeprefix("dynamodb.") for call in aws.strict.calls if call.name.startswith("dynamodb.")]
    assert asked[:3] == ["CreateTable", "DescribeTable", "UpdateTimeToLive"]
    assert client.describe_time_to_live(TableName="results")["TimeToLiveDescription"]["AttributeName"] == "expires_at"
    items = client.query(
        TableName="results",
        IndexName="level-index",
        KeyConditionExpression="#l = :restricted",
        ExpressionAttributeNames={"#l": "level"},
        ExpressionAttributeValues={":restricted": {"S": "restricted"}},
    )["Items"]
    (item,) = items
    assert item["resource_arn"]["S"].endswith("/data/people.txt")
    assert Decimal(item["confidence"]["N"]) > Decimal("0.9")
    assert item["identifiers"]["M"]["SSN"] == {"N": "1"}
    assert item["categories"]["SS"] == ["PII"]
    assert int(item["expires_at"]["N"]) > 1_800_000_000
    assert told("aws", "publish", "--results-table", "results") == (0, "table results: 0 told, 2 unchanged\n")
    Path("data/more.txt").write_text(KEY, encoding="utf-8")
    told("scan", "data", "--quiet")
    code, out = told("aws", "publish", "--results-table", "results")
    # What changed shortly before is written once more, which changes nothing.
    assert (code, out) == (0, "table results: 3 told\n")
    assert client.scan(TableName="results")["Count"] == 3


def test_results_that_the_table_had_no_room_for_are_written_once_more(
    aws: Aws, told: Callable[..., tuple[int, str]]
) -> None:
    left = aws.strict.answer(
        "dynamodb.BatchWriteItem", lambda request: {"UnprocessedItems": request.parameters["RequestItems"]}, times=1
    )
    assert told("aws", "publish", "--results-table", "results", "--make-table") == (0, "table results: 2 told\n")
    assert left.met == 1
    assert aws.client("dynamodb").scan(TableName="results")["Count"] == 2


def test_a_table_with_other_keys_is_refused(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    aws.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    code, out = told("aws", "publish", "--results-table", "orders")
    assert code == 3
    assert "its key is not resource_arn and classified_at" in out
    assert aws.client("dynamodb").scan(TableName="orders")["Count"] == 0
    code, out = told("aws", "publish", "--results-table", "nowhere")
    assert (code, "there is no table nowhere; give another, or have it made with --make-table" in out) == (3, True)


def test_ocsf_goes_to_a_bucket(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert told("aws", "publish", "--ocsf", "s3://lake/ext/assay") == (0, "OCSF in s3://lake/ext/assay: 2 told\n")
    assert [call.parameters["ExpectedBucketOwner"] for call in aws.strict.calls.made("s3.PutObject")] == [ACCOUNT]
    (entry,) = s3.list_objects_v2(Bucket="lake")["Contents"]
    assert entry["Key"].startswith(f"ext/assay/region={REGION}/accountId={ACCOUNT}/eventDay=20")
    body = gzip.decompress(s3.get_object(Bucket="lake", Key=entry["Key"])["Body"].read())
    events = [json.loads(line) for line in body.splitlines()]
    assert {event["class_uid"] for event in events} == {2006}
    assert {event["activity_name"] for event in events} == {"Create"}
    holds_against_the_schema(events)
    assert {event["data_security"]["confidentiality"] for event in events} == {"Restricted", "Not Confidential"}
    assert told("aws", "publish", "--ocsf", "s3://lake/ext/assay") == (
        0,
        "OCSF in s3://lake/ext/assay: 0 told, 2 unchanged\n",
    )
    Path("data/harmless.txt").write_text(KEY, encoding="utf-8")
    assert told("scan", "data", "--quiet")[0] == 0
    assert told("aws", "publish", "--ocsf", "s3://lake/ext/assay")[0] == 0
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="lake")["Contents"]]
    (added,) = [key for key in keys if key != entry["Key"]]
    updated = [
        json.loads(line)
        for line in gzip.decompress(s3.get_object(Bucket="lake", Key=added)["Body"].read()).splitlines()
    ]
    # What changed shortly before is told once more, as what it is: its number is the same.
    assert sorted(event["activity_name"] for event in updated) == ["Create", "Update"]
    holds_against_the_schema(updated)


def test_ocsf_goes_to_a_folder_and_one_that_cannot_be_written_is_told(told: Callable[..., tuple[int, str]]) -> None:
    assert told("aws", "publish", "--ocsf", "out")[0] == 0
    assert len(list(Path("out").rglob("*.jsonl.gz"))) == 1
    Path("file").write_text("", encoding="utf-8")
    code, out = told("aws", "publish", "--ocsf", "file")
    assert code == 3
    assert "cannot be written" in out


def test_numbers_for_cloudwatch(aws: Aws, told: Callable[..., tuple[int, str]]) -> None:
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="/assay/metrics")
    for _ in range(2):
        assert told("aws", "publish", "--metrics", "/assay/metrics") == (0, "log group /assay/metrics: 6 told\n")
    events = logs.get_log_events(logGroupName="/assay/metrics", logStreamName="assay-catalog")["events"]
    lines = [json.loads(event["message"]) for event in events][-6:]
    assert {line["Level"]: line["Resources"] for line in lines if "Level" in line} == {
        "restricted": 1,
        "confidential": 0,
        "internal": 0,
        "unclassified": 0,
        "public": 1,
    }
    assert all(line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "assay" for line in lines)


@pytest.mark.parametrize(
    ("rejected", "taken"),
    [({"tooNewLogEventStartIndex": 4}, 4), ({"tooOldLogEventEndIndex": 2, "expiredLogEventEndIndex": 1}, 4), ({}, 6)],
)
def test_numbers_that_were_not_taken_are_told(
    aws: Aws, told: Callable[..., tuple[int, str]], rejected: dict[str, int], taken: int
) -> None:
    """An answer of success may say that some are too old or too new."""
    aws.client("logs").create_log_group(logGroupName="/assay/metrics")
    aws.strict.answer("logs.PutLogEvents", {"nextSequenceToken": "1", "rejectedLogEventsInfo": rejected})
    code, out = told("aws", "publish", "--metrics", "/assay/metrics")
    assert f"log group /assay/metrics: {taken} told" in out
    assert (code, "not taken" in out) == ((0, False) if taken == 6 else (3, True))


@pytest.mark.parametrize(
    ("arguments", "told_why"),
    [
        ((), "nobody to tell"),
        (("--make-table", "--security-hub"), "names; give both"),
        (("--topic", "stewards"), "is no ARN"),
        (("--topic", f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"), "is no SNS topic"),
        (("--ocsf", "s3:/lake"), "is no place in S3"),
    ],
)
def test_what_cannot_be_used(told: Callable[..., tuple[int, str]], arguments: tuple[str, ...], told_why: str) -> None:
    code, out = told("aws", "publish", *arguments)
    assert code == 2
    assert told_why in out
