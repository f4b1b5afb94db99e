"""Collections of MongoDB: listed, sampled, read whole, and what goes wrong; on servers of others that speak its protocol."""

from __future__ import annotations

import json
import pickle
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, ObjectId, Regex, Timestamp
from mongoservers import Scripted

import assay
from assay.cli.__main__ import run
from assay.errors import UsageError
from assay.model import AssetRef, Classification, ColumnRecord, Gap, Skip, TableRecord
from assay.sources.mongodb.address import parse
from assay.sources.mongodb.source import MongoSource, connect

PEOPLE = [
    {
        "ssn": f"{512 + number % 80:03}-{44 + number % 50:02}-{7100 + number % 800:04}",
        "contact": {"email": f"wren{number}.halloway@posteo.de", "phones": [{"number": f"+1 415 555 {number:04}"}]},
        "visits": number,
        "left": None,
    }
    for number in range(30)
]


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


def place(client: Any) -> str:
    host, port = client.address
    return f"mongodb://{host}:{port}"


def documents(*given: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(each) for each in given]


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class TestDocuments:
    @pytest.mark.parametrize("rows", [200, None])
    def test_the_columns_are_those_of_the_same_documents_in_a_file(
        self, mongo: Any, tmp_path: Path, rows: int | None
    ) -> None:
        mongo.shop.people.insert_many(documents(*PEOPLE))
        file = tmp_path / "people.jsonl"
        file.write_text("".join(json.dumps(person) + "\n" for person in PEOPLE))
        told = []
        for target in (str(file), f"{place(mongo)}/shop"):
            found = [record for record in scan(target, rows=rows) if isinstance(record, ColumnRecord)]
            told.append({each.column: (each.level, each.detected_type, each.confidence) for each in found})
        assert told[1].pop("_id")[1] is None
        assert told[0] == told[1]
        assert told[1]["contact.email"][1] == "EMAIL"

    def test_all_databases_but_those_of_the_server(self, mongo: Any) -> None:
        mongo.shop.people.insert_one({"a": 1})
        mongo.hr.staff.insert_one({"a": 1})
        mongo.hr.old_staff.insert_one({"a": 1})
        found = list(MongoSource(f"{place(mongo)}", exclude=["people"]).assets())
        assert [each.uri if isinstance(each, AssetRef) else each.reason for each in found] == [
            f"{place(mongo)}/hr/old_staff",
            f"{place(mongo)}/hr/staff",
            "excluded",
        ]

    def test_collections_are_named_by_patterns(self, mongo: Any) -> None:
        for name in ("orders_1", "orders_2", "people"):
            mongo.shop[name].insert_one({"a": 1})
        found = MongoSource(f"{place(mongo)}/shop?collection=orders_*,missing").assets()
        assert [each.name for each in found if isinstance(each, AssetRef)] == [
            ("shop", "orders_1"),
            ("shop", "orders_2"),
        ]
        with pytest.raises(UsageError, match="there is no collection that is called peopel; check the spelling"):
            scan(f"{place(mongo)}/shop?collection=peopel")
        with pytest.raises(UsageError, match="/nothing: there is no collection; check the spelling"):
            scan(f"{place(mongo)}/nothing")

    def test_many_documents_are_sampled_or_all_read_once(self, mongo: Any) -> None:
        mongo.shop.people.insert_many([{"number": number} for number in range(1_200)])
        opener = pickle.loads(pickle.dumps(MongoSource(place(mongo)).opener()))  # our own
        asset = AssetRef(kind="table", uri="mongodb://x/shop/people", name=("shop", "people"))
        with opener.open(asset) as reader:
            batch = reader.sample(100, 0)
            values = batch.columns[[info.name for info in batch.infos].index("number")]
            assert (batch.rows, reader.info.rows) == (100, 1_200)
            assert set(map(int, values)) - set(range(300))
            numbers = [
                int(value)
                for batch in reader.read()
                for value in batch.columns[[info.name for info in batch.infos].index("number")]
            ]
        assert sorted(numbers) == list(range(1_200))
        (classification,) = [one for one in scan(place(mongo), rows=100) if isinstance(one, Classification)]
        coverage = classification.coverage
        assert (coverage.rows_read, coverage.rows_total, coverage.complete) == (100, 1_200, False)

    @pytest.mark.parametrize("arguments", [(), ("--full",), ("--format", "jsonl")])
    def test_no_clear_value_is_printed(
        self, mongo: Any, arguments: tuple[str, ...], capfd: pytest.CaptureFixture[str]
    ) -> None:
        mongo.shop.people.insert_many(documents(*PEOPLE))
        assert run(("scan", f"{place(mongo)}/shop", "--jobs", "1", *arguments)) == 0
        out, err = capfd.readouterr()
        assert "ssn" in out
        for person in PEOPLE:
            assert str(person["ssn"]) not in out + err
        assert "posteo" not in out + err


@pytest.mark.parametrize("rows", [200, None])
def test_every_type_of_bson_is_read(scripted: Scripted, rows: int | None) -> None:
    identity = uuid.UUID("6f1c5b1e-6a2f-4b5e-9a0e-2d6e3c1b7a90")
    document = {
        "_id": ObjectId("65f0c0ffee0123456789abcd"),
        "card": 4111111111111111.0,
        "price": Decimal128("12.50"),
        "long": Int64(2**62),
        "at": datetime(2026, 3, 2, 8, 15, tzinfo=UTC),
        "uuid": Binary(identity.bytes, 4),
        "old_uuid": Binary(identity.bytes, 3),
        "note": b"the SSN is 512-44-7100",
        "photo": Binary(b"\x89PNG\r\n\x00\x01", 0),
        "regex": Regex("^wren", "i"),
        "code": Code("return 1"),
        "stamp": Timestamp(1772439300, 1),
        "ref": DBRef("people", 7),
        "most": MaxKey(),
        "yes": True,
        "nan": float("nan"),
        "list": [1, [2, {"deep": "x"}]],
    }
    scripted.answers("count", n=1)
    scripted.cursor("find", document)
    with (
        MongoSource(f"mongodb://{scripted.host}/shop")
        .opener()
        .open(AssetRef(kind="table", uri="mongodb://x/shop/people", name=("shop", "people"))) as reader
    ):
        batch = reader.sample(rows, 0) if rows else next(iter(reader.read()))
        found = {info.name: column for info, column in zip(batch.infos, batch.columns, strict=True)}
    assert found == {
        "_id": ["65f0c0ffee0123456789abcd"],
        "card": ["4111111111111111"],
        "price": ["12.50"],
        "long": [str(2**62)],
        "at": ["2026-03-02 08:15:00"],
        "uuid": [str(identity)],
        "old_uuid": [str(identity)],
        "note": ["the SSN is 512-44-7100"],
        "photo": [None],
        "regex": ["^wren"],
        "code": ["return 1"],
        "stamp": ["2026-03-02 08:15:00+00:00"],
        "ref.$ref": ["people"],
        "ref.$id": ["7"],
        "most": [None],
        "yes": ["true"],
        "nan": [None],
        "list[]": ["1"],
        "list[][]": ["2"],
        "list[][].deep": ["x"],
    }
    if rows:
        assert dict(reader.info.left_out) == {"binary": 1}


def test_it_only_reads_and_says_so_to_secondaries(scripted: Scripted) -> None:
    scripted.answers("count", n=5_000)
    scripted.cursor("aggregate", *documents(*PEOPLE))
    scan(f"mongodb://{scripted.host}/shop", rows=20)
    asked: dict[str, Any] = {}
    for command in scripted.commands:
        asked.setdefault(next(iter(command)), command)
    assert set(asked) == {"listCollections", "count", "aggregate"}
    assert asked["aggregate"]["pipeline"] == [{"$sample": {"size": 20}}]
    assert {asked[name]["maxTimeMS"] for name in ("count", "aggregate")} == {300_000}
    with connect(parse(f"mongodb://{scripted.host}/shop")) as client:
        assert client.read_preference.mongos_mode == "secondaryPreferred"


def test_views_are_left_out_or_read_and_the_servers_own_are_not_told(scripted: Scripted) -> None:
    scripted.cursor(
        "listCollections",
        {"name": "adults", "type": "view"},
        {"name": "people", "type": "collection"},
        {"name": "system.views", "type": "collection"},
        {"name": "weather", "type": "timeseries"},
    )
    for end, views in (("", ["view"]), ("?views=1", [])):
        found = list(MongoSource(f"mongodb://{scripted.host}/shop{end}").assets())
        assert [each.reason for each in found if isinstance(each, Skip)] == views
        assert [each.name[1] for each in found if isinstance(each, AssetRef)] == [
            *([] if views else ["adults"]),
            "people",
            "weather",
        ]


class TestFailures:
    def told(self, scripted: Scripted, reason: str, *, rows: int | None = 200) -> Gap:
        found = scan(self.url(scripted), rows=rows)
        (gap,) = [one for one in found if isinstance(one, Gap)]
        assert gap.reason == reason
        assert "512-44-7100" not in gap.detail
        assert levels(found) == {f"mongodb://{scripted.host}/shop/people": "unclassified"}
        return gap

    def url(self, scripted: Scripted) -> str:
        return f"mongodb://{scripted.host}/shop"

    def test_rights_that_are_missing(self, scripted: Scripted) -> None:
        scripted.refuses("count", 13)
        assert "grant the role 'read'" in self.told(scripted, "access denied").detail

    @pytest.mark.parametrize("rows", [200, None])
    def test_what_takes_too_long(self, scripted: Scripted, rows: int | None) -> None:
        scripted.answers("count", n=1)
        scripted.refuses("find", 50)
        assert "longer than 5 minutes" in self.told(scripted, "timed out", rows=rows).detail

    def test_a_collection_that_is_there_no_more(self, scripted: Scripted) -> None:
        source = MongoSource(self.url(scripted))
        (asset,) = source.assets()
        scripted.cursor("listCollections")
        with pytest.raises(Exception, match="was there when the database was listed"), source.opener().open(asset):  # type: ignore[arg-type]
            pass

    def test_a_connection_that_is_lost(self, scripted: Scripted) -> None:
        scripted.answers("count", n=1)
        scripted.hangs_up("find")
        assert self.told(scripted, "lost connection", rows=None).detail

    def test_user_or_password_that_are_wrong(self, scripted: Scripted, capfd: pytest.CaptureFixture[str]) -> None:
        scripted.refuses("saslStart", 18)
        url = f"mongodb://wren:geheim@{scripted.host}/shop?authMechanism=SCRAM-SHA-256"
        assert run(("scan", url, "--jobs", "1")) == 2
        out, err = capfd.readouterr()
        assert "user or password were refused; check them, and which database has the user (authSource=admin)" in err
        assert "geheim" not in out + err
        assert "wren" not in out + err

    def test_nobody_there(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setattr("assay.sources.mongodb.source.CONNECT_SECONDS", 0.3)
        assert run(("scan", "mongodb://wren:geheim@127.0.0.1:9/shop")) == 2
        out, err = capfd.readouterr()
        assert (
            "mongodb://127.0.0.1:9/shop: its collections cannot be listed: no server that can be read from answered"
            in err
        )
        assert "geheim" not in out + err

    def test_tls_that_the_server_does_not_speak(self, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("assay.sources.mongodb.source.CONNECT_SECONDS", 0.5)
        with pytest.raises(UsageError, match="whether it wants TLS"):
            scan(f"mongodb://{scripted.host}/shop?tls=true")

    def test_a_database_that_may_not_be_listed_leaves_the_others(self, scripted: Scripted) -> None:
        scripted.answers("listDatabases", databases=[{"name": "shop"}, {"name": "admin"}])
        scripted.refuses("listCollections", 13)
        found = scan(f"mongodb://{scripted.host}")
        assert gaps(found) == {f"mongodb://{scripted.host}/shop": "access denied"}

    def test_an_answer_that_is_none_of_mongodb(self, scripted: Scripted) -> None:
        scripted.answers("saslStart")
        with pytest.raises(UsageError, match="does not answer as MongoDB does"):
            scan(f"mongodb://wren:geheim@{scripted.host}/shop?authMechanism=SCRAM-SHA-256")
