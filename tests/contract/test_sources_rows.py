"""What every source of rows that is no file gives: the columns of the same rows in a file, a gap for what is bad, nothing clear."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from awsservers import REGION, Aws
from boto3.dynamodb.types import TypeSerializer
from planting import of_kind, records
from rdsfront import doors, postgresql_door

import assay
from assay.cli.__main__ import run
from assay.model import Classification, ColumnRecord
from assay.sinks.jsonl import JsonLinesSink

ROWS = [
    {
        "id": f"c{number:05}",
        "ssn": f"{512 + number % 80:03}-{44 + number % 50:02}-{7100 + number % 800:04}",
        "email": f"wren{number}.halloway@posteo.de",
        "colour": ("blue", "red", "green")[number % 3],
    }
    for number in range(30)
]
CLEAR = [value for row in ROWS for value in (row["ssn"], row["email"])]
LINES = [json.dumps(row).encode() for row in ROWS]
TOLD = ("ssn", "email", "colour")
HIVE_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"


class Place(NamedTuple):
    """A source with the rows in it, and one of its kind that cannot be read, and why. `keeps` says that what has not changed is
    not read again."""

    target: str
    bad: str
    reason: str
    keeps: bool = False


Get = Callable[[str], Any]


def s3(get: Get, _stack: ExitStack, _folder: Path) -> Place:
    aws: Aws = get("aws")
    client = aws.client("s3")
    client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ("rows.jsonl", "bad.jsonl"):
        client.put_object(Bucket="lake", Key=key, Body=b"\n".join(LINES))
    aws.strict.deny("s3.GetObject", key="bad.jsonl")
    return Place("s3://lake/rows.jsonl", "s3://lake/bad.jsonl", "access denied", keeps=True)


def dynamodb(get: Get, _stack: ExitStack, _folder: Path) -> Place:
    aws: Aws = get("aws")
    client = aws.client("dynamodb")
    typed = TypeSerializer()
    for name in ("rows", "bad"):
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        put = [{"PutRequest": {"Item": typed.serialize(row)["M"]}} for row in ROWS]
        for start in range(0, len(put), 25):
            client.batch_write_item(RequestItems={name: put[start : start + 25]})
    aws.strict.deny("dynamodb.Scan", TableName="bad")
    return Place("dynamodb://rows", "dynamodb://bad", "access denied")


def kinesis(get: Get, _stack: ExitStack, _folder: Path) -> Place:
    aws: Aws = get("aws")
    client = aws.client("kinesis")
    for name in ("rows", "bad"):
        client.create_stream(StreamName=name, ShardCount=2)
        client.put_records(
            StreamName=name, Records=[{"Data": line, "PartitionKey": f"k{number}"} for number, line in enumerate(LINES)]
        )
    aws.strict.deny("kinesis.GetShardIterator", StreamName="bad")
    return Place("kinesis://rows", "kinesis://bad", "access denied")


def kafka(_get: Get, stack: ExitStack, _folder: Path) -> Place:
    producer = pytest.importorskip("confluent_kafka").Producer(
        {"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1, "log_level": 0}
    )
    stack.callback(producer.flush, 5)
    brokers = ",".join(f"{each.host}:{each.port}" for each in producer.list_topics(timeout=120).brokers.values())
    for line in LINES:
        producer.produce("rows", line)
    producer.produce("bad", b"\0\0\0\0\7\2\x0ewren")
    assert producer.flush(120) == 0
    return Place(f"kafka://{brokers}/rows", f"kafka://{brokers}/bad", "schema missing")


def mongodb(get: Get, _stack: ExitStack, _folder: Path) -> Place:
    client, scripted = get("mongo"), get("scripted")
    client["shop"]["rows"].insert_many([dict(row) for row in ROWS])
    scripted.cursor("listCollections", {"name": "bad", "type": "collection"})
    scripted.refuses("count", 13)
    host, port = client.address
    return Place(f"mongodb://{host}:{port}/shop?collection=rows", f"mongodb://{scripted.host}/shop", "access denied")


def glue(get: Get, _stack: ExitStack, _folder: Path) -> Place:
    aws: Aws = get("aws")
    client, catalog = aws.client("s3"), aws.client("glue")
    client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    catalog.create_database(DatabaseInput={"Name": "sales"})
    for name in ("rows", "bad"):
        client.put_object(Bucket="lake", Key=f"{name}/part-0.json", Body=b"\n".join(LINES))
        stored = {
            "Columns": [{"Name": column, "Type": "string"} for column in ROWS[0]],
            "Location": f"s3://lake/{name}/",
            "SerdeInfo": {"SerializationLibrary": HIVE_JSON, "Parameters": {}},
        }
        given = {"Name": name, "StorageDescriptor": stored, "TableType": "EXTERNAL_TABLE", "PartitionKeys": []}
        catalog.create_table(DatabaseName="sales", TableInput=given)
    aws.strict.deny("s3.GetObject", key="bad/part-0.json")
    return Place("glue://sales/rows", "glue://sales/bad", "access denied")


def _planted(get: Get, endpoint: dict[str, Any], stack: ExitStack, folder: Path) -> tuple[Any, str]:
    """A door to a real PostgreSQL with the rows, for that endpoint, and the database's name."""
    shop = get("postgres")
    values = ", ".join(f"('{row['id']}', '{row['ssn']}', '{row['email']}', '{row['colour']}')" for row in ROWS)
    shop.run("CREATE TABLE rows (id TEXT, ssn TEXT, email TEXT, colour TEXT)", f"INSERT INTO rows VALUES {values}")
    socket = parse_qs(urlsplit(shop.url).query)["host"][0] + "/.s.PGSQL.5432"
    made = doors(endpoint["Address"], endpoint["Port"], folder, postgresql_door(socket))
    stack.callback(made.close)  # type: ignore[attr-defined]
    return next(made), str(shop.schema[0])


def rds(get: Get, stack: ExitStack, folder: Path) -> Place:
    client = get("aws").client("rds")

    def instance(name: str, *, iam: bool) -> dict[str, Any]:
        return dict(
            client.create_db_instance(
                DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
                MasterUsername="admin", MasterUserPassword="planted-master-1", Port=5432, EnableIAMDatabaseAuthentication=iam,
            )["DBInstance"]["Endpoint"]
        )  # fmt: skip

    door, database = _planted(get, instance("shop", iam=True), stack, folder)
    instance("bad", iam=False)
    return Place(f"rds://reader@shop/{database}?tunnel={door.tunnel}", "rds://reader@bad/rows", "no login", keeps=True)


def redshift(get: Get, stack: ExitStack, folder: Path) -> Place:
    aws: Aws = get("aws")
    client = aws.client("redshift")
    for name in ("dwh", "bad"):
        client.create_cluster(
            ClusterIdentifier=name, NodeType="ra3.large", MasterUsername="admin", MasterUserPassword="Planted-master-1",
            DBName="dwh", ClusterType="single-node",
        )  # fmt: skip
    [told] = client.describe_clusters(ClusterIdentifier="dwh")["Clusters"]
    door, database = _planted(get, told["Endpoint"], stack, folder)
    door.passwords["IAM:reader"] = "planted-p@ss"
    aws.strict.answer(
        "redshift.GetClusterCredentials",
        {"DbUser": "IAM:reader", "DbPassword": "planted-p@ss"},
        ClusterIdentifier="dwh",
    )
    aws.strict.deny("redshift.GetClusterCredentials", ClusterIdentifier="bad")
    return Place(f"redshift://reader@dwh/{database}?tunnel={door.tunnel}", "redshift://reader@bad", "access denied")


KINDS = {each.__name__: each for each in (s3, dynamodb, kinesis, kafka, mongodb, glue, rds, redshift)}


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield KINDS[request.param](request.getfixturevalue, stack, tmp_path)


def columns(found: Iterable[Any]) -> dict[str, tuple[str, str | None]]:
    """What is concluded of the columns that all kinds have."""
    return {
        record.column: (str(record.level), record.detected_type)
        for record in found
        if isinstance(record, ColumnRecord) and record.column in TOLD
    }


@cache
def expected() -> dict[str, tuple[str, str | None]]:
    """What is concluded of the same rows in a file."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(b"\n".join(LINES))
        file.flush()
        return columns(assay.scan(file.name, jobs=1))


def test_the_same_rows_are_the_same_columns_and_the_same_level(place: Place) -> None:
    assert expected()["ssn"] == ("restricted", "SSN")
    for rows in (None, 200):
        found = list(assay.scan(place.target, jobs=1, rows=rows))
        assert columns(found) == expected()
        assert [str(record.level) for record in found if isinstance(record, Classification)] == ["restricted"]


def test_what_cannot_be_read_is_a_gap_all_else_is_read_and_nothing_clear_is_told(
    place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    for form in ("jsonl", "html"):
        assert run(["scan", place.bad, place.target, "--jobs", "1", "--format", form, "--output", f"told.{form}"]) == 3
        out, err = capfd.readouterr()
        written = Path(f"told.{form}").read_text(encoding="utf-8") + out + err
        assert not [value for value in (*CLEAR, "planted-p@ss") if value in written]
    told = records(Path("told.jsonl").read_bytes())
    assert "SSN" in {each["detected_type"] for each in of_kind(told, "column")}
    (gap,) = of_kind(told, "gap")
    assert (gap["reason"], bool(gap["detail"])) == (place.reason, True)
    # What could not be read is neither public nor clean.
    levels = {each["resource"]: each["level"] for each in of_kind(told, "classification")}
    assert levels.get(gap["resource"], "unclassified") == "unclassified"


def test_workers_read_it_and_a_catalog_keeps_it(place: Place, tmp_path: Path) -> None:
    catalog = str(tmp_path / "kept.db")
    assert run(["catalog", "init", "--catalog", catalog]) == 0
    arguments = [
        "scan",
        place.target,
        "--catalog",
        catalog,
        "--jobs",
        "2",
        "--format",
        "jsonl",
        "--output",
        "told.jsonl",
    ]
    for again in (False, True):
        assert run([*arguments, "--jobs", "1" if again else "2"]) == 0
        told = records(Path("told.jsonl").read_bytes())
        assert "SSN" in {each["detected_type"] for each in of_kind(told, "column")}
        (summary,) = of_kind(told, "summary")
        assert (summary["unchanged"] is not None) == (place.keeps and again)
    assert not [value for value in CLEAR if value.encode() in (tmp_path / "kept.db").read_bytes()]


def counted(catalog: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(catalog)) as database:
        return database.execute(query).fetchall()


def test_an_interrupted_scan_goes_on_and_nothing_is_there_twice(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "last"):
        Path(f"{name}.txt").write_text("Employee, SSN 536-90-4399\n", encoding="utf-8")
    kept: dict[str, list[tuple[Any, ...]]] = {}
    for stops in (False, True):
        catalog = tmp_path / f"kept{stops}.db"
        assert run(["catalog", "init", "--catalog", str(catalog)]) == 0
        told = ("--catalog", str(catalog), "--jobs", "1", "--format", "jsonl", "--output", f"told{stops}.jsonl")
        command = ["scan", "first.txt", place.target, "last.txt", *told]
        if stops:
            with monkeypatch.context() as patched:
                patched.setattr(JsonLinesSink, "write", _stopping(JsonLinesSink.write))
                patched.setattr(JsonLinesSink, "write_lines", _stopping(JsonLinesSink.write_lines))
                assert run(command) == 130
            before = counted(catalog, "SELECT count(*) FROM classifications")
            assert before < [(3,)]
            assert counted(catalog, "SELECT status FROM runs") == [("interrupted",)]
            command.append("--resume")
        assert run(command) == 0
        for table in ("classifications", "tables", "columns", "outbox", "table_versions", "resources"):
            kept.setdefault(table, []).append(counted(catalog, f"SELECT count(*) FROM {table}")[0])
        assert counted(catalog, "SELECT status FROM runs") == [("finished",)]
    assert all(whole == resumed for whole, resumed in kept.values()), kept
    whole, resumed = (records(Path(f"told{stops}.jsonl").read_bytes()) for stops in (False, True))
    for kind, names in (
        ("finding", ("resource", "identifier", "location")),
        ("column", ("resource", "table", "column", "level", "detected_type")),
        ("classification", ("resource", "level")),
    ):
        told_whole, told_resumed = (
            sorted(repr([each[name] for name in names]) for each in of_kind(of, kind)) for of in (whole, resumed)
        )
        assert told_resumed == told_whole


def _stopping(write: Callable[..., None]) -> Callable[..., None]:
    """Ctrl-C when the first column is told: in the middle of what is no file."""

    def stops(sink: JsonLinesSink, given: Any) -> None:
        if isinstance(given, ColumnRecord) or (not hasattr(given, "resource") and b'"kind":"column"' in _bytes(given)):
            raise KeyboardInterrupt
        write(sink, given)

    return stops


def _bytes(lines: Any) -> bytes:
    return lines if isinstance(lines, bytes) else b"".join(bytes(piece) for piece in lines)
