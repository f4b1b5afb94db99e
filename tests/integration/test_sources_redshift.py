"""Redshift by the names of clusters and workgroups, and by URL. A PostgreSQL server stands in for it: the way in, TLS and reading
are tried so; what Redshift itself would answer is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from awsservers import Aws
from rdsfront import Door, doors, postgresql_door, without_tls
from sqltables import MANY, PEOPLE, Shop

import assay
from assay.cli.__main__ import run
from assay.errors import ReadError, UsageError
from assay.model import AssetRef, ColumnRecord, Gap, Skip
from assay.sources.sql.redshift import RedshiftDatabase
from assay.sources.sql.source import SqlSource

CREDENTIALS = {"DbUser": "IAM:assay_reader", "DbPassword": "planted-p@ss"}


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def host(aws: Aws) -> tuple[str, int]:
    redshift = aws.client("redshift")
    redshift.create_cluster(
        ClusterIdentifier="dwh", NodeType="ra3.large", MasterUsername="admin", MasterUserPassword="Planted-master-1",
        DBName="dwh", ClusterType="single-node",
    )  # fmt: skip
    [told] = redshift.describe_clusters(ClusterIdentifier="dwh")["Clusters"]
    return told["Endpoint"]["Address"], told["Endpoint"]["Port"]


@pytest.fixture
def door(host: tuple[str, int], postgres: Shop, tmp_path: Path) -> Iterator[Door]:
    postgres.plant()
    socket = parse_qs(urlsplit(postgres.url).query)["host"][0] + "/.s.PGSQL.5432"
    for made in doors(*host, tmp_path, postgresql_door(socket)):
        made.passwords["IAM:assay_reader"] = CREDENTIALS["DbPassword"]
        yield made


def scan(target: str, **options: Any) -> list[Any]:
    return list(assay.scan(target, jobs=1, **options))


def columns(records: Sequence[Any], table: str = "people") -> dict[str, str | None]:
    return {
        record.column: record.detected_type
        for record in records
        if isinstance(record, ColumnRecord) and record.resource.endswith(f"/{table}")
    }


def gap(records: Sequence[Any]) -> tuple[str, str]:
    [only] = [record for record in records if isinstance(record, Gap)]
    return only.resource, only.reason


class TestByName:
    def test_a_cluster_by_credentials_that_it_gives(self, aws: Aws, door: Door, postgres: Shop) -> None:
        aws.strict.answer("redshift.GetClusterCredentials", CREDENTIALS)
        database = postgres.schema[0]
        records = scan(f"redshift://assay_reader@dwh/{database}?tunnel={door.tunnel}")
        assert columns(records)["ssn"] == "SSN"
        resources = {record.resource for record in records if isinstance(record, ColumnRecord)}
        assert f"redshift://{door.host}:{door.port}/{database}/public/people" in resources
        [call, *_] = [call for call in aws.strict.calls if call.name == "redshift.GetClusterCredentials"]
        asked = call.request.parameters
        assert (asked["DbUser"], asked["DbName"], asked["ClusterIdentifier"]) == ("assay_reader", database, "dwh")
        assert asked.get("AutoCreate") in (False, "false")
        assert not door.unencrypted

    def test_a_workgroup_by_credentials_that_it_gives(self, aws: Aws, door: Door, postgres: Shop) -> None:
        endpoint = {"address": door.host, "port": door.port}
        aws.strict.answer(
            "redshift-serverless.GetWorkgroup",
            {"workgroup": {"workgroupName": "lab", "status": "AVAILABLE", "endpoint": endpoint}},
        )
        aws.strict.answer(
            "redshift-serverless.GetCredentials",
            {"dbUser": CREDENTIALS["DbUser"], "dbPassword": CREDENTIALS["DbPassword"]},
        )
        records = scan(f"redshift://me@lab/{postgres.schema[0]}?tunnel={door.tunnel}")
        assert columns(records)["email"] == "EMAIL"

    def test_by_a_secret(self, aws: Aws, door: Door, postgres: Shop) -> None:
        held = '{"username": "IAM:assay_reader", "password": "planted-p@ss"}'
        arn = aws.client("secretsmanager").create_secret(Name="dwh", SecretString=held)["ARN"]
        records = scan(f"redshift://dwh/{postgres.schema[0]}?secret={arn}&tunnel={door.tunnel}&table=people")
        assert columns(records)["ssn"] == "SSN"
        assert gap(scan(f"redshift://dwh?secret=master&tunnel={door.tunnel}")) == ("redshift://dwh", "no login")

    def test_what_is_refused(self, aws: Aws, door: Door, capfd: pytest.CaptureFixture[str]) -> None:
        aws.strict.deny("redshift.GetClusterCredentials", times=1)
        assert gap(scan(f"redshift://assay_reader@dwh?tunnel={door.tunnel}")) == ("redshift://dwh", "access denied")
        aws.strict.answer("redshift.GetClusterCredentials", CREDENTIALS)
        door.passwords["IAM:assay_reader"] = "another one"
        assert gap(scan(f"redshift://assay_reader@dwh?tunnel={door.tunnel}")) == ("redshift://dwh", "login refused")
        aws.strict.fail("redshift-serverless.GetWorkgroup", "ResourceNotFoundException")
        with pytest.raises(UsageError, match="redshift://dwhh: there is no such cluster or workgroup; there is dwh"):
            scan("redshift://assay_reader@dwhh")
        assert run(["scan", "redshift://assay_reader@dwh?sslmode=disable"]) == 2
        assert "a login must be encrypted" in capfd.readouterr().err


class TestByUrl:
    @pytest.fixture
    def source(self, door: Door, postgres: Shop) -> SqlSource:
        return SqlSource(f"redshift://IAM%3Aassay_reader:planted-p%40ss@{door.tunnel}/{postgres.schema[0]}")

    def test_tables_views_and_values(self, source: SqlSource) -> None:
        listed = list(source.assets())
        assets = {item.name[-1]: item for item in listed if isinstance(item, AssetRef)}
        assert sorted(assets) == ["Order", "many", "nobody", "people", "unkeyed", "wide"]
        assert [item.reason for item in listed if isinstance(item, Skip)] == ["view"]
        opener = source.opener()
        with opener.open(assets["people"]) as reader:
            names = [column.name for column in reader.info.columns]
            [batch] = list(reader.read())
            assert reader.info.rows == len(PEOPLE) == batch.rows
            assert sorted(map(str, batch.columns[names.index("ssn")])) == sorted(row[2] for row in PEOPLE)
            assert set(batch.columns[names.index("active")]) == {"true", "false"}
        with opener.open(assets["many"]) as reader:
            drawn = [int(value or 0) for value in reader.sample(200, 1).columns[0]]
            assert len(set(drawn)) == 200
            assert min(drawn) < MANY / 4 < 3 * MANY / 4 < max(drawn)
            assert sum(each.rows for each in reader.read()) == MANY
        with opener.open(assets["nobody"]) as reader:
            assert reader.sample(10, 1).rows == 0
        found = opener.on(lambda database: database.class_sizes(assets["people"].name, ["active"], 5))
        assert (found.classes, found.k) == (2, 30)

    def test_nothing_can_be_written_and_a_table_may_vanish(self, source: SqlSource, postgres: Shop) -> None:
        [asset] = [item for item in source.assets() if isinstance(item, AssetRef) and item.name[-1] == "wide"]
        opener = source.opener()

        def write(database: Any) -> Any:
            assert isinstance(database, RedshiftDatabase)
            return database.rows("INSERT INTO people (id) VALUES (999) RETURNING id")

        with pytest.raises(ReadError):
            opener.on(write)
        postgres.run("DROP TABLE wide")
        with pytest.raises(ReadError) as caught, opener.open(asset):
            pass
        assert caught.value.reason == "vanished"

    def test_a_server_without_tls_gets_no_password(self) -> None:
        with without_tls() as (port, heard), pytest.raises(UsageError, match="agree on no encryption"):
            list(SqlSource(f"redshift://u:planted-p4ss@127.0.0.1:{port}/x").assets())
        assert not any(b"planted" in data for data in heard)
