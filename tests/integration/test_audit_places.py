"""The audit log in S3 and CloudWatch Logs: each entry once, whatever was there before, and what is refused is told."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws

from assay.cli.__main__ import run
from assay.errors import OutputError
from assay.sinks import auditplaces
from assay.store import audit
from assay.store.engine import open_catalog


class Log:
    """A catalog whose log grows, and `assay audit export`."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self._capsys = url, capsys
        self.out = self.err = ""

    def grow(self, number: int) -> None:
        with open_catalog(self.url) as catalog, catalog.transaction() as connection:
            for each in range(number):
                audit.append(connection, actor="ada", action="LOGIN", details={"n": each})

    def export(self, *arguments: str) -> int:
        self._capsys.readouterr()
        code = run(["audit", "export", *arguments, "--catalog", self.url])
        self.out, self.err = self._capsys.readouterr()
        return code


@pytest.fixture
def log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Log:
    url = str(tmp_path / "catalog.db")
    open_catalog(url, create=True).close()
    return Log(url, capsys)


def objects(aws: Aws) -> list[int]:
    client = aws.client("s3")
    found = client.list_objects_v2(Bucket="trail").get("Contents", [])
    bodies = [client.get_object(Bucket="trail", Key=each["Key"])["Body"].read() for each in found]
    return [json.loads(line)["seq"] for body in bodies for line in gzip.decompress(body).splitlines()]


def events(aws: Aws) -> list[int]:
    client = aws.client("logs")
    (stream,) = client.describe_log_streams(logGroupName="/assay/audit")["logStreams"]
    found = client.get_log_events(
        logGroupName="/assay/audit", logStreamName=stream["logStreamName"], startFromHead=True
    )
    return [json.loads(each["message"])["seq"] for each in found["events"]]


def test_objects_hold_each_entry_once_and_prove_the_chain(aws: Aws, log: Log) -> None:
    aws.client("s3").create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    log.grow(3)
    assert log.export("--to", "s3://trail/logs") == 0
    assert "3 entries written" in log.out
    checkpoint = log.err.split("checkpoint ")[1].strip()
    assert run(["audit", "verify", "--checkpoint", checkpoint, "--catalog", log.url]) == 0
    assert log.export("--to", "s3://trail/logs") == 0
    assert "0 entries written" in log.out
    log.grow(2)
    assert log.export("--to", "s3://trail/logs") == 0
    assert objects(aws) == [1, 2, 3, 4, 5]


def test_a_stream_goes_on_where_it_ended(aws: Aws, log: Log) -> None:
    aws.client("logs").create_log_group(logGroupName="/assay/audit")
    for number in (2, 0, 3):
        log.grow(number)
        assert log.export("--to", "logs:/assay/audit") == 0
        assert f"{number} entries written" in log.out
    assert events(aws) == [1, 2, 3, 4, 5]


def test_what_is_not_there_or_denied_is_told_in_one_line(aws: Aws, log: Log) -> None:
    log.grow(1)
    assert log.export("--to", "logs:/nowhere") == 2
    assert "logs:/nowhere" in log.err
    assert "ResourceNotFoundException" in log.err
    aws.client("s3").create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws.strict.deny("s3.PutObject")
    assert log.export("--to", "s3://trail") == 2
    assert "access denied" in log.err
    assert objects(aws) == []


@pytest.mark.parametrize("place", ["trail", "logs:", "https://trail"])
def test_a_place_that_is_none_is_refused(aws: Aws, log: Log, place: str) -> None:
    assert log.export("--to", place) == 2
    assert place in log.err


class Taking:
    """Takes calls as the service's limits are, and notes them."""

    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []

    def create_log_stream(self, **_: Any) -> None: ...

    def get_log_events(self, **_: Any) -> dict[str, Any]:
        return {"events": []}

    def put_log_events(self, *, logEvents: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803  # botocore's name
        assert len(logEvents) <= 10_000
        assert sum(len(each["message"].encode()) + 26 for each in logEvents) <= 1_048_576
        times = [each["timestamp"] for each in logEvents]
        assert times == sorted(times)
        assert times[-1] - times[0] < 24 * 3_600 * 1_000
        self.calls.append(logEvents)
        return {}


def entry(seq: int, at: datetime, size: int = 10) -> dict[str, Any]:
    return {"seq": seq, "at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "details": "x" * size}


NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_calls_stay_within_the_limits_of_the_service() -> None:
    taking = Taking()
    long = [entry(number, NOW - timedelta(hours=60 - number), 200_000) for number in range(1, 60)]
    assert auditplaces.to_logs(long, "g", "c", client=taking, now=NOW) == 59
    many = [entry(number, NOW) for number in range(1, 10_002)]
    assert auditplaces.to_logs(many, "g", "c", client=taking, now=NOW) == 10_001
    assert [each["timestamp"] for call in taking.calls for each in call][-1] == int(NOW.timestamp() * 1_000)


def test_an_entry_that_is_too_old_for_the_service_keeps_its_own_time_in_itself() -> None:
    taking = Taking()
    auditplaces.to_logs([entry(1, NOW - timedelta(days=400))], "g", "c", client=taking, now=NOW)
    ((event,),) = taking.calls
    assert event["timestamp"] == int((NOW - timedelta(days=13)).timestamp() * 1_000)
    assert json.loads(event["message"])["at"].startswith("2025-")


def test_an_entry_that_is_too_long_is_told() -> None:
    with pytest.raises(OutputError, match="entry 1 of the audit log is longer than CloudWatch Logs takes"):
        auditplaces.to_logs([entry(1, NOW, 300_000)], "g", "c", client=Taking(), now=NOW)


def test_a_clock_that_jumped_leaves_events_in_order_and_none_in_the_future() -> None:
    taking = Taking()
    times = [NOW - timedelta(hours=1), NOW + timedelta(days=400), NOW - timedelta(hours=2)]
    jumped = [entry(number, at) for number, at in enumerate(times, 1)]
    assert auditplaces.to_logs(jumped, "g", "c", client=taking, now=NOW) == 3
    (call,) = taking.calls
    assert max(each["timestamp"] for each in call) <= NOW.timestamp() * 1_000
    assert [json.loads(each["message"])["seq"] for each in call] == [1, 2, 3]


@pytest.mark.parametrize("message", ["started", "[1]", '{"seq": "3"}', "{}"])
def test_a_stream_that_others_write_to_is_told_and_not_added_to(message: str) -> None:
    taking = Taking()
    taking.get_log_events = lambda **_: {"events": [{"message": message}]}  # type: ignore[method-assign]
    with pytest.raises(OutputError, match="ends with what is no entry of the audit log"):
        auditplaces.to_logs([entry(1, NOW)], "g", "c", client=taking, now=NOW)
    assert not taking.calls
