"""Topics of Kafka: listed, sampled, read up to now, and what goes wrong; on the cluster that Kafka's C library has for tests.

That cluster speaks the protocol over sockets of this machine. It is not Kafka: it knows neither users, nor times, nor compaction.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, Producer

import assay
from assay.app.scan.sources import shown
from assay.cli.__main__ import run
from assay.errors import UsageError
from assay.model import AssetRef, Classification, ColumnRecord, Gap, Skip, TableRecord
from assay.sources.kafka.address import parse
from assay.sources.kafka.client import Client
from assay.sources.kafka.failures import failure_of
from assay.sources.kafka.source import KafkaSource

PEOPLE = [
    {
        "ssn": f"{512 + number % 80:03}-{44 + number % 50:02}-{7100 + number % 800:04}",
        "contact": {"email": f"wren{number}.halloway@posteo.de"},
        "visits": number,
    }
    for number in range(30)
]


class Cluster:
    """Brokers that last as long as this, and what a test puts into them."""

    def __init__(self) -> None:
        self.producer = Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 2, "log_level": 0})
        told = self.producer.list_topics(timeout=120).brokers.values()
        self.brokers = ",".join(sorted(f"{broker.host}:{broker.port}" for broker in told))
        self.url = f"kafka://{self.brokers}"

    def put(self, topic: str, *payloads: bytes | None, **more: Any) -> None:
        for payload in payloads:
            self.producer.produce(topic, payload, **more)
        assert self.producer.flush(120) == 0


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.chdir(tmp_path)
    made = Cluster()
    yield made
    made.producer.flush(5)


def people() -> list[bytes]:
    return [json.dumps(person).encode() for person in PEOPLE]


def scan(target: str, **options: Any) -> list[Any]:
    return list(assay.scan(target, jobs=1, **options))


def columns(records: Sequence[Any]) -> dict[str, str | None]:
    return {record.column: record.detected_type for record in records if isinstance(record, ColumnRecord)}


def levels(records: Sequence[Any]) -> dict[str, str]:
    return {record.resource: str(record.level) for record in records if isinstance(record, Classification)}


def rows_read(records: Sequence[Any]) -> list[int]:
    return [record.rows_read for record in records if isinstance(record, TableRecord)]


@pytest.mark.parametrize("rows", [200, None])
def test_fields_keys_and_headers_are_columns(cluster: Cluster, rows: int | None) -> None:
    for person in PEOPLE:
        key, headers = person["contact"]["email"].encode(), [("user", b"wren@posteo.de"), ("n", b"1"), ("n", None)]  # type: ignore[index]
        cluster.put("people", json.dumps(person).encode(), key=key, headers=headers)
    cluster.put("people", None, key=(4711).to_bytes(8, "big"))
    found = scan(f"{cluster.url}/people", rows=rows)
    assert rows_read(found) == [31]
    told = columns(found)
    assert {name: told[name] for name in ("(key)", "(headers).user", "contact.email", "ssn")} == {
        "(key)": "EMAIL",
        "(headers).user": "EMAIL",
        "contact.email": "EMAIL",
        "ssn": "SSN",
    }
    assert {"(headers).n[]", "visits", "value"} <= set(told)
    assert levels(found) == {f"{cluster.url}/people": "restricted"}


def test_topics_by_name_by_pattern_and_all(cluster: Cluster) -> None:
    for name in ("orders-1", "orders-2", "people", "__internal"):
        cluster.put(name, b"{}")

    def names(end: str, **options: Any) -> list[str]:
        return [
            item.name[0] if isinstance(item, AssetRef) else item.reason
            for item in KafkaSource(f"{cluster.url}{end}", **options).assets()
        ]

    assert names("/orders-*") == ["orders-1", "orders-2"]
    assert names("", exclude=["orders-*"]) == ["excluded", "excluded", "people"]
    assert names("/__internal") == ["__internal"]
    with pytest.raises(UsageError, match="there is no topic of this name that the user may see; there is people"):
        scan(f"{cluster.url}/peopel")
    assert "peopel" not in names("")  # nothing was made by asking


def test_all_are_read_once_and_a_sample_is_of_all_over_it(cluster: Cluster) -> None:
    cluster.put("people", *(b'{"number": %d}' % number for number in range(3_000)))
    opener = pickle.loads(pickle.dumps(KafkaSource(f"{cluster.url}/people").opener()))  # our own

    def values(batch: Any) -> list[int]:
        return [int(value) for value in batch.columns[[info.name for info in batch.infos].index("number")]]

    asset = AssetRef(kind="table", uri="kafka://x/people", name=("people",))
    with opener.open(asset) as reader:
        assert sorted(value for batch in reader.read() for value in values(batch)) == list(range(3_000))
        drawn = [values(reader.sample(200, seed)) for seed in (0, 0, 1)]
        assert (reader.info.rows, len(set(drawn[0]))) == (3_000, 200)
    assert set(drawn[0]) == set(drawn[1]) != set(drawn[2])
    assert max(drawn[0]) - min(drawn[0]) > 2_000
    (classification,) = [one for one in scan(f"{cluster.url}/people", rows=100) if isinstance(one, Classification)]
    coverage = classification.coverage
    assert (coverage.rows_read, coverage.rows_total, coverage.complete) == (100, 3_000, False)


def test_a_sample_hardly_waits(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each place is read at once: neither a broker that was asked for more nor a full queue is waited for."""
    cluster.put("people", *(b'{"number": %d}' % number for number in range(3_000)))
    answers: list[int] = []
    some = Client.some

    def noted(self: Client, most: int) -> tuple[list[Any], set[int]]:
        messages, ended = some(self, most)
        answers.append(len(messages) + len(ended))
        return messages, ended

    monkeypatch.setattr(Client, "some", noted)
    with (
        KafkaSource(f"{cluster.url}/people")
        .opener()
        .open(AssetRef(kind="table", uri="kafka://x/people", name=("people",))) as reader
    ):
        assert reader.sample(200, 0).rows == 200
        # An answer with nothing in it took a tenth of a second. There were about forty.
        assert answers.count(0) < 20
    cluster.put("many", *(b"{}" for _ in range(40_000)))
    answers.clear()
    with KafkaSource(f"{cluster.url}/many").opener().open(AssetRef(kind="table", uri="x", name=("many",))) as reader:
        assert sum(batch.rows for batch in reader.read()) == 40_000
        assert answers.count(0) < 10


def test_since_leaves_out_what_came_before(cluster: Cluster) -> None:
    now = datetime.now(UTC)
    cluster.put("people", *people(), timestamp=int((now - timedelta(days=9)).timestamp() * 1000))
    cluster.put("people", *people()[:7])
    for rows in (200, None):
        found = scan(f"{cluster.url}/people", rows=rows, since=now - timedelta(days=1))
        assert rows_read(found) == [7]
        assert [skip.reason for skip in found if isinstance(skip, Skip)] == ["not asked for"]
        found = scan(f"{cluster.url}/people", rows=rows, since=now + timedelta(days=1))
        assert (rows_read(found), levels(found)) == ([0], {f"{cluster.url}/people": "unclassified"})


def test_what_needs_a_schema_is_a_gap(cluster: Cluster) -> None:
    cluster.put("avro", b"\0\0\0\0\7\2\x0ewren", b"\0\0\0\0\7\2\x0eadas")
    found = scan(f"{cluster.url}/avro")
    (gap,) = [one for one in found if isinstance(one, Gap)]
    assert (gap.reason, gap.detail[:55]) == (
        "schema missing",
        "2 records can be read with their schema only (schema 7)",
    )
    assert levels(found) == {f"{cluster.url}/avro": "unclassified"}


def test_no_clear_value_is_printed(cluster: Cluster, capfd: pytest.CaptureFixture[str]) -> None:
    cluster.put("people", *people(), key=b"wren.halloway@posteo.de")
    for arguments in ((), ("--full", "--format", "jsonl")):
        assert run(("scan", f"{cluster.url}/people", "--jobs", "1", *arguments)) == 0
        out, err = capfd.readouterr()
        assert "ssn" in out
        assert "posteo" not in out + err
        assert not [person for person in PEOPLE if str(person["ssn"]) in out + err]


def test_nobody_there_and_brokers_that_want_no_user(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("assay.sources.kafka.client.SECONDS", 2)
    for brokers in ("127.0.0.1:9", cluster.brokers):
        assert run(("scan", f"kafka://wren:geheim@{brokers}/people")) == 2
        out, err = capfd.readouterr()
        assert f"kafka://{brokers}/people: no broker answered" in err or "TLS could not be agreed on" in err
        assert "geheim" not in out + err


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (KafkaError._AUTHENTICATION, "access denied", "user or password were refused"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "access denied", "allow it Describe and Read"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, "vanished", "was there"),
        (KafkaError._SSL, "unreachable", "ssl.ca.location"),
        (KafkaError.CORRUPT_MESSAGE if hasattr(KafkaError, "CORRUPT_MESSAGE") else 2, "unreadable", "error 2"),
    ],
)
def test_what_brokers_refuse(code: int, reason: str, said: str) -> None:
    failed = failure_of(code)
    assert failed.reason == reason
    assert said in failed.detail


class TestTargets:
    def test_what_a_client_connects_with(self) -> None:
        address = parse("kafka://wren:p%40ss@B1,b2:9093/orders?sasl.mechanism=SCRAM-SHA-512&ssl.ca.location=/ca.pem")
        assert address.configuration() == {
            "bootstrap.servers": "b1:9092,b2:9093",
            "sasl.username": "wren",
            "sasl.password": "p@ss",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "ssl.ca.location": "/ca.pem",
        }
        assert address.uri("orders") == "kafka://b1:9092,b2:9093/orders"
        assert "p@ss" not in repr(address) + address.shown
        assert parse("kafka://b").configuration() == {"bootstrap.servers": "b:9092"}

    @pytest.mark.parametrize(
        ("target", "said"),
        [
            ("kafka://", "the URL cannot be read"),
            ("kafka://u:geheim@b/a/b", "names no topic"),
            ("kafka://u:geheim@b/orders?sasl.password=geheim", "there is no option 'sasl.password' here"),
        ],
    )
    def test_what_is_no_target_is_told_without_a_password(self, target: str, said: str) -> None:
        with pytest.raises(UsageError) as raised:
            parse(target)
        assert said in str(raised.value)
        assert "geheim" not in str(raised.value) + shown(target)

    def test_options_that_cannot_be_used(self) -> None:
        with pytest.raises(UsageError, match="its options cannot be used"):
            scan("kafka://u:geheim@b/orders?security.protocol=NONE")
        with pytest.raises(UsageError, match=r"there is no file where ssl\.ca\.location should be; check the path"):
            scan("kafka://u:geheim@b/orders?ssl.ca.location=nowhere.pem")
