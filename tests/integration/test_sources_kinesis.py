"""Streams of Kinesis: listed, sampled, read up to now, and what is refused; on an emulator that refuses what AWS refuses."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws

import assay
from assay.aws.access import Access
from assay.cli.__main__ import run
from assay.errors import AwsError, UsageError
from assay.model import AssetRef, Classification, ColumnRecord, Gap, Skip, Summary, TableRecord
from assay.sources.kinesis.source import KinesisSource

PEOPLE = [
    {
        "id": f"c{number:05}",
        "ssn": f"{512 + number % 80:03}-{44 + number % 50:02}-{7100 + number % 800:04}",
        "contact": {"email": f"wren{number}.halloway@posteo.de", "phones": [{"number": f"+1 415 555 {number:04}"}]},
        "visits": number,
    }
    for number in range(30)
]


def made(aws: Aws, name: str, payloads: Iterable[bytes] = (), *, shards: int = 2) -> Any:
    """A stream with these records, spread over its shards."""
    client = aws.client("kinesis")
    client.create_stream(StreamName=name, ShardCount=shards)
    put(client, name, payloads)
    return client


def put(client: Any, name: str, payloads: Iterable[bytes]) -> None:
    entries = [{"Data": data, "PartitionKey": f"k{number}"} for number, data in enumerate(payloads)]
    for start in range(0, len(entries), 500):
        client.put_records(StreamName=name, Records=entries[start : start + 500])


def people() -> list[bytes]:
    return [json.dumps(person).encode() for person in PEOPLE]


def scan(target: str, **options: Any) -> list[Any]:
    return list(assay.scan(target, jobs=1, **options))


def columns(records: Sequence[Any]) -> dict[str, str | None]:
    return {record.column: record.detected_type for record in records if isinstance(record, ColumnRecord)}


def gaps(records: Sequence[Any]) -> dict[str, str]:
    return {record.resource: record.reason for record in records if isinstance(record, Gap)}


def levels(records: Sequence[Any]) -> dict[str, str]:
    return {record.resource: str(record.level) for record in records if isinstance(record, Classification)}


def rows_read(records: Sequence[Any]) -> list[int]:
    return [record.rows_read for record in records if isinstance(record, TableRecord)]


def names(target: str, **options: Any) -> list[str]:
    return [item.uri for item in KinesisSource(target, Access(), **options).assets() if isinstance(item, AssetRef)]


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("rows", [200, None])
def test_the_columns_are_those_of_the_same_documents_in_a_file(aws: Aws, tmp_path: Path, rows: int | None) -> None:
    made(aws, "people", people())
    file = tmp_path / "people.jsonl"
    file.write_bytes(b"\n".join(people()))
    told = []
    for target in (str(file), "kinesis://people"):
        found = [record for record in scan(target, rows=rows) if isinstance(record, ColumnRecord)]
        told.append({each.column: (each.level, each.detected_type, each.confidence) for each in found})
    assert told[1].pop("(partition key)")[1] is None
    assert told[0] == told[1]
    assert told[1]["contact.email"][1] == "EMAIL"


def test_streams_by_name_by_pattern_and_all(aws: Aws) -> None:
    for name in ("orders-1", "orders-2", "people", "a.b_c", "orders-3"):
        made(aws, name)
    aws.strict.pages(2)
    assert names("kinesis://orders-*") == [f"kinesis://orders-{number}" for number in (1, 2, 3)]
    assert names("kinesis://", exclude=["orders-*"]) == ["kinesis://a.b_c", "kinesis://people"]
    aws.strict.calls.clear()
    assert names("kinesis://people") == ["kinesis://people"]
    assert set(aws.strict.calls.names()) == {"kinesis.DescribeStreamSummary"}


def test_no_streams_are_no_error_and_no_match_is_one(aws: Aws) -> None:
    assert names("kinesis://") == []
    made(aws, "people")
    with pytest.raises(UsageError, match=r"kinesis://peopel: there is no such stream; there is people; check its name"):
        scan("kinesis://peopel")
    with pytest.raises(UsageError, match=r"kinesis://peeple\*: no stream is called so; there is people"):
        scan("kinesis://peeple*")
    with pytest.raises(UsageError, match="is no name of a stream"):
        scan("kinesis://a/b")


def test_all_shards_are_read_in_pages_closed_ones_and_their_children_too(aws: Aws) -> None:
    client = made(aws, "people", people(), shards=5)
    client.split_shard(StreamName="people", ShardToSplit="shardId-000000000001", NewStartingHashKey=str(2**126))
    put(client, "people", people())
    aws.strict.pages(2)
    found = scan("kinesis://people", rows=None)
    assert rows_read(found) == [60]
    (classification,) = [one for one in found if isinstance(one, Classification)]
    assert classification.coverage.complete
    read = aws.strict.calls.made("kinesis.GetRecords")
    shards = {base64.b64decode(call.request.parameters["ShardIterator"]).decode().split(":")[1] for call in read}
    assert len(shards) == 7
    assert not [call for call in aws.strict.calls if call.status == 400]


class TestManyRecords:
    @pytest.fixture
    def many(self, aws: Aws) -> Aws:
        made(aws, "people", (b'{"number": %d}' % number for number in range(3_000)), shards=3)
        return aws

    def opened(self) -> Any:
        opener = pickle.loads(pickle.dumps(KinesisSource("kinesis://people", Access()).opener()))  # our own
        return opener.open(AssetRef(kind="table", uri="kinesis://people", name=("people",)))

    def values(self, batch: Any) -> list[str]:
        return list(batch.columns[[info.name for info in batch.infos].index("number")])

    def test_all_are_read_once(self, many: Aws) -> None:
        with self.opened() as reader:
            read = [value for batch in reader.read() for value in self.values(batch)]
        assert sorted(map(int, read)) == list(range(3_000))

    def test_a_sample_is_of_several_shards_and_reads_little(self, many: Aws) -> None:
        with self.opened() as reader:
            batch = reader.sample(200, 0)
        values = self.values(batch)
        assert (batch.rows, len(set(values))) == (200, 200)
        asked = [call.request.parameters["Limit"] for call in many.strict.calls.made("kinesis.GetRecords")]
        assert sum(asked) <= 3_000
        begun = many.strict.calls.made("kinesis.GetShardIterator")
        kinds = {call.request.parameters["ShardIteratorType"] for call in begun}
        assert {"TRIM_HORIZON", "AT_TIMESTAMP"} <= kinds

    def test_what_was_drawn_is_told(self, many: Aws) -> None:
        found = scan("kinesis://people", rows=100)
        (classification,) = [one for one in found if isinstance(one, Classification)]
        coverage = classification.coverage
        assert (coverage.rows_read, coverage.rows_total, coverage.complete) == (100, None, False)
        # Nor is the whole, although nobody knows how many records there are.
        assert (found[-1].coverage.complete, "random rows" in found[-1].sampling) == (False, True)
        assert str(classification.level) == "unclassified"


def test_an_empty_stream_is_read(aws: Aws) -> None:
    made(aws, "empty")
    for rows in (200, None):
        found = scan("kinesis://empty", rows=rows)
        assert (columns(found), gaps(found), rows_read(found)) == ({}, {}, [0])


def test_records_that_come_meanwhile_are_left_to_the_next_scan(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    client = made(aws, "people", people(), shards=1)
    now = datetime.now(UTC)
    monkeypatch.setattr("assay.sources.kinesis.source._now", lambda _: now)
    aws.strict.before("kinesis.GetRecords", lambda: put(client, "people", people()))
    assert rows_read(scan("kinesis://people", rows=None)) == [30]


def test_since_leaves_out_what_came_before_and_says_so(aws: Aws) -> None:
    made(aws, "people", people())
    later = datetime.now(UTC) + timedelta(hours=1)
    for rows in (200, None):
        found = scan("kinesis://people", rows=rows, since=datetime.now(UTC) - timedelta(hours=1))
        assert rows_read(found) == [30]
        assert levels(found) == {"kinesis://people": "restricted"}
        found = scan("kinesis://people", rows=rows, since=later)
        assert rows_read(found) == [0]
        (skip,) = [one for one in found if isinstance(one, Skip)]
        assert (skip.reason, skip.detail) == (
            "not asked for",
            f"records that came before {later:%Y-%m-%d %H:%M:%S} UTC",
        )
        assert levels(found) == {"kinesis://people": "unclassified"}


def test_payloads_of_every_kind(aws: Aws) -> None:
    logs = {
        "messageType": "DATA_MESSAGE",
        "logGroup": "shop",
        "logEvents": [{"id": "1", "message": f"mail to wren{number}.halloway@posteo.de"} for number in range(9)],
    }
    made(aws, "logs", [gzip.compress(json.dumps(logs).encode())], shards=1)
    made(aws, "rows", [b"id,mail,amount"] + [b"%d,wren%d.h@posteo.de,%d" % (n, n, n * 3) for n in range(20)], shards=1)
    made(aws, "text", [b"the SSN is 512-44-7%03d, please" % number for number in range(20)], shards=1)
    found = columns(scan("kinesis://"))
    assert found["logEvents[].message"] == "EMAIL"
    assert found["mail"] == "EMAIL"
    assert found["value"] == "SSN"


def test_what_needs_a_schema_is_a_gap_and_what_is_no_text_is_counted(aws: Aws) -> None:
    made(aws, "avro", [b"\0\0\0\0\7\2\x0ewren" + bytes([number]) for number in range(3)])
    made(aws, "photos", [b"\x89PNG\r\n\x1a\n" + bytes(40)] * 3)
    for rows in (200, None):
        found = scan("kinesis://", rows=rows)
        assert gaps(found) == {"kinesis://avro": "schema missing"}
        assert [(skip.reason, skip.detail) for skip in found if isinstance(skip, Skip)] == [
            ("image", "3 values of photos")
        ]
        assert levels(found) == {"kinesis://avro": "unclassified", "kinesis://photos": "unclassified"}


class TestFailures:
    @pytest.fixture
    def two(self, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
        monkeypatch.setattr("assay.aws.session._ATTEMPTS", 2)
        for name in ("aaa", "people"):
            made(aws, name, people(), shards=1)
        return aws

    def told(self, reason: str, *, rows: int | None = 200) -> list[Any]:
        """The other stream is read whatever happens to the first."""
        found = scan("kinesis://", rows=rows)
        assert gaps(found) == {"kinesis://aaa": reason}
        assert levels(found)["kinesis://people"] == "restricted"
        assert isinstance(found[-1], Summary)
        return found

    def test_denied(self, two: Aws) -> None:
        two.strict.deny("kinesis.GetShardIterator", StreamName="aaa")
        (gap,) = [one for one in self.told("access denied") if isinstance(one, Gap)]
        assert "allow kinesis:DescribeStreamSummary" in gap.detail

    def test_a_key_that_may_not_be_used(self, two: Aws) -> None:
        two.strict.fail("kinesis.GetRecords", "KMSAccessDeniedException", times=1)
        (gap,) = [one for one in self.told("key denied") if isinstance(one, Gap)]
        assert "kms:Decrypt" in gap.detail

    def test_throttled_is_tried_again_and_then_a_gap(self, two: Aws) -> None:
        two.strict.throttle("kinesis.GetRecords", times=1)
        assert gaps(scan("kinesis://")) == {}
        two.strict.throttle("kinesis.ListShards", StreamName="aaa")
        self.told("throttled")

    def test_iterators_that_expired_are_renewed_behind_what_was_read(self, two: Aws) -> None:
        two.strict.pages(7)
        for behind in (0, 14):
            place = base64.encodebytes(f"aaa:shardId-000000000000:{behind}".encode()).decode()
            two.strict.fail("kinesis.GetRecords", "ExpiredIteratorException", times=1, ShardIterator=place)
        assert rows_read(scan("kinesis://", rows=None)) == [30, 30]
        renewed = two.strict.calls.made("kinesis.GetShardIterator", ShardIteratorType="AFTER_SEQUENCE_NUMBER")
        assert [call.request.parameters["StartingSequenceNumber"] for call in renewed] == ["14"]

    def test_iterators_that_expire_at_once_are_a_gap(self, two: Aws) -> None:
        two.strict.fail("kinesis.GetRecords", "ExpiredIteratorException", times=2)
        self.told("unreadable")

    def test_deleted_after_it_was_listed(self, two: Aws) -> None:
        def gone() -> None:
            two.client("kinesis").delete_stream(StreamName="aaa")

        two.strict.before("kinesis.ListShards", gone)
        self.told("vanished")

    def test_a_shard_that_has_aged_out_is_no_gap(self, two: Aws) -> None:
        two.strict.fail("kinesis.GetShardIterator", "ResourceNotFoundException", StreamName="aaa")
        found = scan("kinesis://aaa", rows=None)
        assert (gaps(found), rows_read(found)) == ({}, [0])

    def test_one_shard_that_cannot_be_read_leaves_the_others(self, two: Aws) -> None:
        made(two, "wide", people(), shards=4)
        two.strict.deny("kinesis.GetShardIterator", StreamName="wide", ShardId="shardId-000000000002")
        found = scan("kinesis://wide", rows=None)
        assert gaps(found) == {"kinesis://wide": "access denied"}
        assert levels(found) == {"kinesis://wide": "restricted"}
        assert 0 < rows_read(found)[0] < 30

    def test_being_made(self, two: Aws) -> None:
        told = two.client("kinesis").describe_stream_summary(StreamName="aaa")["StreamDescriptionSummary"]
        told |= {"StreamStatus": "CREATING", "EnhancedMonitoring": []}
        two.strict.answer("kinesis.DescribeStreamSummary", {"StreamDescriptionSummary": told}, StreamName="aaa")
        self.told("not ready")

    def test_streams_that_may_not_be_listed(self, two: Aws) -> None:
        two.strict.deny("kinesis.ListStreams")
        assert gaps(scan("kinesis://")) == {"kinesis://": "access denied"}
        assert levels(scan("kinesis://people")) == {"kinesis://people": "restricted"}

    def test_no_credentials(self, two: Aws) -> None:
        two.strict.expire("kinesis.*")
        with pytest.raises(AwsError, match="sign in again"):
            scan("kinesis://people")


@pytest.mark.parametrize("arguments", [(), ("--full",), ("--since", "1d", "--format", "jsonl")])
def test_no_clear_value_is_printed(aws: Aws, arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    client = made(aws, "people", people())
    client.put_record(StreamName="people", Data=b"{}", PartitionKey="wren99.halloway@posteo.de")
    assert run(("scan", "kinesis://people", "--jobs", "1", *arguments)) == 0
    out, err = capfd.readouterr()
    assert "ssn" in out
    for person in PEOPLE:
        assert str(person["ssn"]) not in out + err
    assert "halloway" not in out + err


def test_discovery_knows_what_was_scanned(aws: Aws, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("people", "other"):
        made(aws, name, people())
    assert run(("catalog", "init", "--catalog", "c.db")) == 0
    assert run(("scan", "kinesis://people", "--jobs", "1", "--catalog", "c.db", "--region", "eu-west-1")) == 0
    capfd.readouterr()
    options = ("--service", "kinesis", "--region", "eu-west-1", "--format", "jsonl")
    assert run(("aws", "discover", "--catalog", "c.db", *options)) == 0
    told = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assets = {each["name"]: (each["state"], each["level"]) for each in told if each["kind"] == "asset"}
    assert assets == {"people": ("scanned", "restricted"), "other": ("dark", None)}


def test_since_is_refused_where_nothing_has_a_time(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(("scan", ".", "--since", "1d")) == 2
    assert "--since: is for streams and topics" in capfd.readouterr().err
