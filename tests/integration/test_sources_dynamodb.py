"""Tables of DynamoDB: listed, sampled, read whole, and what is refused; on an emulator that refuses what AWS refuses."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from boto3.dynamodb.types import TypeSerializer

import assay
from assay.aws.access import Access
from assay.aws.uris import dynamodb_table
from assay.cli.__main__ import run
from assay.errors import AwsError, UsageError
from assay.formats.documents import OTHERS
from assay.model import AssetRef, Classification, ColumnRecord, Gap, Skip, Summary, TableRecord
from assay.sources.dynamodb.source import DynamoSource

PEOPLE = [
    {
        "id": f"c{number:05}",
        "ssn": f"{512 + number % 80:03}-{44 + number % 50:02}-{7100 + number % 800:04}",
        "contact": {"email": f"wren{number}.halloway@posteo.de", "phones": [{"number": f"+1 415 555 {number:04}"}]},
        "active": number % 3 > 0,
        "visits": number,
        "tags": ["a", "b"],
        "left": None,
        **({"nickname": f"wren{number}"} if number % 4 else {}),
    }
    for number in range(30)
]


def made(aws: Aws, name: str, items: Iterable[dict[str, Any]] = (), **settings: Any) -> Any:
    """A table with the items, which are documents."""
    client = aws.client("dynamodb")
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **(settings or {"BillingMode": "PAY_PER_REQUEST"}),
    )
    typed = TypeSerializer()
    put = [{"PutRequest": {"Item": typed.serialize(item)["M"]}} for item in items]
    for start in range(0, len(put), 25):
        client.batch_write_item(RequestItems={name: put[start : start + 25]})
    return client


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
    return [item.uri for item in DynamoSource(target, Access(), **options).assets() if isinstance(item, AssetRef)]


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("rows", [200, None])
def test_the_columns_are_those_of_the_same_documents_in_a_file(aws: Aws, tmp_path: Path, rows: int | None) -> None:
    made(aws, "people", PEOPLE)
    file = tmp_path / "people.jsonl"
    file.write_text("".join(json.dumps(item) + "\n" for item in PEOPLE))
    told = []
    for target in (str(file), "dynamodb://people"):
        found = [record for record in scan(target, rows=rows) if isinstance(record, ColumnRecord)]
        told.append({each.column: (each.level, each.detected_type, each.categories, each.confidence) for each in found})
    assert told[0] == told[1]
    assert told[1]["ssn"][1] == "SSN"
    assert told[1]["contact.email"][1] == "EMAIL"
    assert {"contact.phones[].number", "tags[]", "active", "visits"} <= set(told[1])


def test_tables_by_name_by_pattern_and_all(aws: Aws) -> None:
    for name in ("orders-1", "orders-2", "people", "a.b_c", "orders-3"):
        made(aws, name)
    aws.strict.pages(2)
    assert names("dynamodb://orders-*") == [f"dynamodb://orders-{number}" for number in (1, 2, 3)]
    assert names("dynamodb://") == [
        dynamodb_table(name) for name in ("a.b_c", "orders-1", "orders-2", "orders-3", "people")
    ]
    assert names("dynamodb://people") == ["dynamodb://people"]
    assert names("dynamodb://", exclude=["orders-*"]) == ["dynamodb://a.b_c", "dynamodb://people"]
    aws.strict.calls.clear()
    names("dynamodb://people")
    assert set(aws.strict.calls.names()) == {"dynamodb.DescribeTable"}


def test_no_tables_are_no_error_and_no_match_is_one(aws: Aws) -> None:
    assert names("dynamodb://") == []
    made(aws, "people")
    with pytest.raises(UsageError, match=r"dynamodb://peopel: there is no such table; there is people; check its name"):
        scan("dynamodb://peopel")
    with pytest.raises(UsageError, match=r"dynamodb://peeple\*: no table is called so; there is people"):
        scan("dynamodb://peeple*")
    with pytest.raises(UsageError, match="is no name of a table"):
        scan("dynamodb://a/b")


def test_short_pages_are_all_read(aws: Aws) -> None:
    made(aws, "people", PEOPLE)
    aws.strict.pages(2)
    found = scan("dynamodb://people", rows=None)
    assert rows_read(found) == [30]
    assert columns(found)["ssn"] == "SSN"
    assert rows_read(scan("dynamodb://people", rows=10_000)) == [30]


class TestManyItems:
    @pytest.fixture
    def many(self, aws: Aws) -> Aws:
        made(aws, "people", ({"id": f"c{number:05}", "number": number} for number in range(5_000)))
        return aws

    def test_all_are_read_once(self, many: Aws) -> None:
        opener = pickle.loads(pickle.dumps(DynamoSource("dynamodb://people", Access()).opener()))  # our own
        with opener.open(AssetRef(kind="table", uri="dynamodb://people", name=("people",))) as reader:
            batches = list(reader.read())
        ids = [
            value for batch in batches for value in batch.columns[[info.name for info in batch.infos or ()].index("id")]
        ]
        assert sorted(map(str, ids)) == [f"c{number:05}" for number in range(5_000)]

    def test_a_sample_is_of_all_over_it_and_asks_no_more_than_it_needs(self, many: Aws) -> None:
        opener = DynamoSource("dynamodb://people", Access()).opener()
        drawn = []
        with opener.open(AssetRef(kind="table", uri="dynamodb://people", name=("people",))) as reader:
            for seed in (0, 0, 1):
                many.strict.calls.clear()
                batch = reader.sample(200, seed)
                scans = many.strict.calls.made("dynamodb.Scan")
                assert sum(call.request.parameters["Limit"] for call in scans) <= 210
                assert not any(call.request.parameters.get("ConsistentRead") for call in scans)
                assert (batch.rows, len(set(batch.columns[0]))) == (200, 200)
                assert len({call.request.parameters["Segment"] for call in scans}) >= 35
                drawn.append(set(batch.columns[0]))
        assert drawn[0] == drawn[1]
        assert len(drawn[0] & drawn[2]) < 100

    def test_what_was_drawn_is_told(self, many: Aws) -> None:
        (classification,) = [one for one in scan("dynamodb://people", rows=100) if isinstance(one, Classification)]
        coverage = classification.coverage
        assert (coverage.rows_read, coverage.rows_total, coverage.complete) == (100, 5_000, False)

    def test_a_count_that_is_old_makes_no_sample_of_the_first(self, many: Aws) -> None:
        told = many.client("dynamodb").describe_table(TableName="people")["Table"]
        del told["ProvisionedThroughput"]
        for count in (0, 50):
            many.strict.answer("dynamodb.DescribeTable", {"Table": {**told, "ItemCount": count}}, times=2)
            found = scan("dynamodb://people", rows=100)
            (classification,) = [one for one in found if isinstance(one, Classification)]
            assert (classification.coverage.rows_read, classification.coverage.rows_total) == (100, None)
            assert not classification.coverage.complete


def test_an_empty_table_is_read(aws: Aws) -> None:
    made(aws, "empty")
    for rows in (200, None):
        found = scan("dynamodb://empty", rows=rows)
        assert (columns(found), gaps(found), rows_read(found)) == ({}, {}, [0])
        assert levels(found) == {"dynamodb://empty": "public"}


def test_items_need_not_be_alike_and_every_value_is_looked_at(aws: Aws) -> None:
    long = [{"mail": "plain"}] * 150 + [{"mail": f"wren{number}.halloway@posteo.de"} for number in range(60)]
    deep: dict[str, Any] = {"mail": "wren77.halloway@posteo.de"}
    for _ in range(20):
        deep = {"in": deep}
    wide = {f"a{number}": "x" for number in range(600)}
    made(
        aws,
        "mixed",
        [
            {"id": "1", "list": long},
            {"id": "2", "deep": deep},
            {"id": "3", "note": b"the SSN is 512-44-7100", "set": {"b", "a"}, "numbers": {1, 2}},
        ],
    )
    made(aws, "wide", [{"id": "1", **wide, "zz": "wren1.halloway@posteo.de"}])
    opener = DynamoSource("dynamodb://", Access()).opener()
    read = {}
    for name in ("mixed", "wide"):
        with opener.open(AssetRef(kind="table", uri=f"dynamodb://{name}", name=(name,))) as reader:
            batch = reader.sample(10, 0)
        read[name] = dict(zip([info.name for info in batch.infos or ()], batch.columns, strict=True))
    mixed = read["mixed"]
    assert len(mixed["list[].mail"]) == 210
    assert any(
        "wren77.halloway@posteo.de" in str(value) for name in mixed if name.startswith("deep") for value in mixed[name]
    )
    assert [note for note in mixed["note"] if note] == ["the SSN is 512-44-7100"]
    assert (mixed["set[]"], sorted(map(str, mixed["numbers[]"]))) == (["a", "b"], ["1", "2"])
    assert "wren1.halloway@posteo.de" in [value for column in read["wide"].values() for value in column]
    assert len(read["wide"]) == 501
    assert OTHERS in read["wide"]


def test_items_that_are_alike_are_counted_among_those_drawn(aws: Aws) -> None:
    people = [
        {"id": str(number), "date_of_birth": f"{1950 + number // 2}-03-07", "zip_code": f"{90210 + number // 2}"}
        | ({} if number < 4 else {"gender": "female"})
        for number in range(40)
    ]
    made(aws, "patients", people)
    (table,) = [one for one in scan("dynamodb://patients") if isinstance(one, TableRecord)]
    assert table.k_anonymity is not None
    assert set(table.k_anonymity.columns) == {"date_of_birth", "zip_code", "gender"}
    assert (table.k_anonymity.rows, table.k_anonymity.classes, table.k_anonymity.unique_rows) == (40, 20, 0)


def test_bytes_that_are_no_text_are_counted(aws: Aws) -> None:
    made(aws, "photos", [{"id": str(number), "photo": b"\x89PNG\x00\x01\xff"} for number in range(3)])
    found = scan("dynamodb://photos")
    assert [(skip.reason, skip.detail) for skip in found if isinstance(skip, Skip)] == [
        ("binary", "3 values of photos")
    ]
    assert levels(found) == {"dynamodb://photos": "unclassified"}
    assert gaps(found) == {}


class TestFailures:
    @pytest.fixture
    def two(self, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
        monkeypatch.setattr("assay.aws.session._ATTEMPTS", 2)
        for name in ("aaa", "people"):
            made(aws, name, PEOPLE)
        return aws

    def told(self, reason: str, *, rows: int | None = 200) -> list[Any]:
        """The other table is read whatever happens to the first."""
        found = scan("dynamodb://", rows=rows)
        assert gaps(found) == {"dynamodb://aaa": reason}
        assert levels(found)["dynamodb://people"] == "restricted"
        assert isinstance(found[-1], Summary)
        return found

    @pytest.mark.parametrize("call", ["dynamodb.Scan", "dynamodb.DescribeTable"])
    def test_denied(self, two: Aws, call: str) -> None:
        two.strict.deny(call, TableName="aaa")
        (gap,) = [one for one in self.told("access denied") if isinstance(one, Gap)]
        assert "allow dynamodb:DescribeTable and dynamodb:Scan" in gap.detail

    def test_throttled_is_tried_again_and_then_a_gap(self, two: Aws) -> None:
        two.strict.throttle("dynamodb.Scan", times=1)
        assert gaps(scan("dynamodb://")) == {}
        two.strict.throttle("dynamodb.Scan", TableName="aaa")
        self.told("throttled")

    def test_being_made(self, two: Aws) -> None:
        two.strict.unsettled("aaa", "CREATING", describes=9)
        self.told("not ready")

    @pytest.mark.parametrize("rows", [200, None])
    def test_deleted_after_it_was_listed(self, two: Aws, rows: int | None) -> None:
        two.strict.before("dynamodb.DescribeTable", lambda: two.client("dynamodb").delete_table(TableName="aaa"))
        self.told("vanished", rows=rows)

    def test_deleted_while_it_is_read_keeps_what_was_read(self, two: Aws) -> None:
        two.strict.pages(2)
        two.strict.delay("dynamodb.Scan", 1.0, TableName="aaa", Segment=3)
        two.strict.fail("dynamodb.Scan", "ResourceNotFoundException", TableName="aaa", Segment=3)
        found = self.told("vanished", rows=None)
        assert levels(found)["dynamodb://aaa"] == "restricted"
        assert 0 < rows_read(found)[0] < 30

    def test_tables_that_may_not_be_listed(self, two: Aws) -> None:
        two.strict.deny("dynamodb.ListTables")
        assert gaps(scan("dynamodb://")) == {"dynamodb://": "access denied"}
        assert levels(scan("dynamodb://people")) == {"dynamodb://people": "restricted"}
        with pytest.raises(UsageError, match="there is no such table; check its name"):
            scan("dynamodb://other")

    def test_a_named_one_that_may_not_be_described(self, two: Aws) -> None:
        two.strict.deny("dynamodb.DescribeTable")
        assert gaps(scan("dynamodb://people")) == {"dynamodb://people": "access denied"}

    def test_no_credentials(self, two: Aws) -> None:
        two.strict.expire("dynamodb.*")
        with pytest.raises(AwsError, match="sign in again"):
            scan("dynamodb://people")


@pytest.mark.parametrize("arguments", [(), ("--full",), ("--format", "jsonl")])
def test_no_clear_value_is_printed(aws: Aws, arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    keyed = {"id": "k", "by": {f"wren{number}.halloway@posteo.de": "x" for number in range(3)}}
    made(aws, "people", [*PEOPLE, keyed])
    assert run(("scan", "dynamodb://people", "--jobs", "1", *arguments)) == 0
    out, err = capfd.readouterr()
    assert "ssn" in out
    for item in PEOPLE:
        assert item["ssn"] not in out + err
        assert item["contact"]["email"] not in out + err  # type: ignore[index]
        assert item["contact"]["phones"][0]["number"] not in out + err  # type: ignore[index]


def test_discovery_knows_what_was_scanned(aws: Aws, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("people", "other"):
        made(aws, name, PEOPLE)
    assert run(("catalog", "init", "--catalog", "c.db")) == 0
    assert run(("scan", "dynamodb://people", "--jobs", "1", "--catalog", "c.db", "--region", "eu-west-1")) == 0
    capfd.readouterr()
    options = ("--service", "dynamodb", "--region", "eu-west-1", "--format", "jsonl")
    assert run(("aws", "discover", "--catalog", "c.db", *options)) == 0
    told = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assets = {each["name"]: (each["state"], each["level"]) for each in told if each["kind"] == "asset"}
    assert assets == {"people": ("scanned", "restricted"), "other": ("dark", None)}
