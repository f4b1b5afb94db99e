"""`assay aws discover` against an emulator: accounts, regions, services, and what each of them refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from awsservers import ACCOUNT, REGION, Aws
from calling import Assay, Done
from sqlalchemy import text
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.store import glossary
from assay.store.engine import open_catalog

OTHER = "210987654321"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/assay.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
KEY = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def bucket(aws: Aws, name: str, region: str = REGION, client: Any = None) -> None:
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    (client or aws.client("s3", region)).create_bucket(Bucket=name, **where)


def in_account(aws: Aws, account: str, service: str, region: str = REGION) -> Any:
    """A client of another account."""
    import boto3

    role = f"arn:aws:iam::{account}:role/reader"
    given = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=aws.url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def records(done: Done) -> list[dict[str, Any]]:
    """The lines, each checked against the published schema."""
    found = [json.loads(line) for line in done.out.splitlines()]
    for record in found:
        VALIDATOR.validate(record)
    assert found[-1]["kind"] == "summary"
    return found


def assets(done: Done) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in records(done) if each["kind"] == "asset"}


@pytest.fixture
def estate(aws: Aws) -> Aws:
    """One of everything, in three regions."""
    bucket(aws, "customer-exports")
    bucket(aws, "hr-dumps", "eu-central-1")
    bucket(aws, "lake", "us-east-1")
    tags = [{"Key": "owner", "Value": "ada"}, {"Key": "Team", "Value": "shop"}, {"Key": "Stage", "Value": "live"}]
    labels = [{"Key": "DataClassification", "Value": "confidential"}]
    aws.client("s3").put_bucket_tagging(Bucket="customer-exports", Tagging={"TagSet": [*tags, *labels]})
    aws.client("dynamodb").create_table(TableName="orders3", Tags=tags, **KEY)
    aws.client("dynamodb").create_table(TableName="records", **KEY)
    rds = aws.client("rds")
    login = {"MasterUsername": "admin1", "MasterUserPassword": "only-for-tests"}
    rds.create_db_instance(DBInstanceIdentifier="s3", DBInstanceClass="db.t3.micro", Engine="postgres",
                           AllocatedStorage=20, PubliclyAccessible=True, Tags=tags, **login)  # fmt: skip
    rds.create_db_cluster(DBClusterIdentifier="core", Engine="aurora-mysql", **login)
    rds.create_db_instance(
        DBInstanceIdentifier="core-1", DBInstanceClass="db.r5.large", Engine="aurora-mysql", DBClusterIdentifier="core"
    )
    aws.client("redshift").create_cluster(
        ClusterIdentifier="dwh", NodeType="ra3.xlplus", DBName="dwh", ClusterType="single-node",
        MasterUsername="admin1", MasterUserPassword="OnlyForTests1",
    )  # fmt: skip
    ec2 = aws.client("ec2", "us-east-1")
    kept = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
    lost = ec2.create_volume(AvailabilityZone="us-east-1a", Size=9)["VolumeId"]
    for volume in (kept, lost):
        ec2.create_snapshot(VolumeId=volume)
    ec2.delete_volume(VolumeId=lost)
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "lakehouse"})
    stored = {"Location": "s3://lake/orders/"}
    facts = {"classification": "parquet", "recordCount": "1200", "Sensitivity": "high"}
    glue.create_table(
        DatabaseName="lakehouse",
        TableInput={"Name": "orders", "StorageDescriptor": stored, "Parameters": facts, "Owner": "etl"},
    )
    aws.client("kinesis").create_stream(StreamName="dynamodb-changes", ShardCount=1)
    aws.client("opensearch").create_domain(DomainName="search")
    return aws


class TestOneAccount:
    def test_everything_in_all_regions(self, estate: Aws, assay: Assay) -> None:
        done = assay("aws", "discover", "--format", "jsonl")
        assert (done.code, done.err) == (0, "")
        found = assets(done)
        assert {name: each["type"] for name, each in found.items() if not name.startswith(("vol-", "snap-"))} == {
            "customer-exports": "s3:bucket",
            "hr-dumps": "s3:bucket",
            "lake": "s3:bucket",
            "core": "rds:cluster",
            "core-1": "rds:db",
            "s3": "rds:db",
            "dwh": "redshift:cluster",
            "orders3": "dynamodb:table",
            "records": "dynamodb:table",
            "lakehouse": "glue:database",
            "lakehouse.orders": "glue:table",
            "dynamodb-changes": "kinesis:stream",
            "search": "es:domain",
        }
        assert {each["region"] for each in found.values()} == {REGION, "eu-central-1", "us-east-1"}
        assert found["hr-dumps"]["region"] == "eu-central-1"
        assert found["orders3"]["arn"] == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders3"
        assert found["core-1"]["held_by"] == found["core"]["arn"] == f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:core"
        assert found["s3"]["resource"].startswith("postgresql://s3.")
        assert (found["s3"]["public"], found["s3"]["capacity_bytes"]) == (True, 20 * 1024**3)
        assert found["lakehouse.orders"]["related"]["location"] == "s3://lake/orders"
        assert (found["lakehouse.orders"]["items"], found["lakehouse.orders"]["engine"]) == (1200, "parquet")
        summary = records(done)[-1]
        assert summary["by_type"]["ec2:volume"] == 1
        assert summary["by_type"]["ec2:snapshot"] == 2
        assert summary["by_state"] == {}
        snapshots = [each for each in found.values() if each["type"] == "ec2:snapshot"]
        assert sorted(each["related"]["volume_is_there"] for each in snapshots) == ["no", "yes"]

    def test_owners_and_labels_are_told_by_the_names_that_are_set(
        self, estate: Aws, assay: Assay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = assets(assay("aws", "discover", "--region", REGION, "--format", "jsonl"))
        assert found["customer-exports"]["owners"] == {"owner": "ada", "Team": "shop"}
        assert found["customer-exports"]["labels"] == {"DataClassification": "confidential"}
        assert found["s3"]["owners"] == found["orders3"]["owners"] == {"owner": "ada", "Team": "shop"}
        assert (found["records"]["owners"], found["records"]["labels"]) == ({}, {})
        assert found["lakehouse.orders"]["owners"] == {"Owner": "etl"}
        assert found["lakehouse.orders"]["labels"] == {"Sensitivity": "high"}
        monkeypatch.setenv("ASSAY_OWNER_TAGS", "stage")
        found = assets(assay("aws", "discover", "--region", REGION, "--format", "jsonl"))
        assert found["customer-exports"]["owners"] == {"Stage": "live"}

    def test_regions_and_services_are_narrowed(self, estate: Aws, assay: Assay) -> None:
        done = assay("aws", "discover", "--region", "eu-central-1", "--region", "us-east-1", "--service", "s3",
                     "--service", "dynamodb", "--format", "jsonl")  # fmt: skip
        assert list(assets(done)) == ["hr-dumps", "lake"]
        assert records(done)[-1]["regions"] == ["eu-central-1", "us-east-1"]

    def test_a_region_that_is_none_is_a_gap(self, estate: Aws, assay: Assay) -> None:
        done = assay(
            "aws", "discover", "--region", "eu-wset-1", "--region", REGION, "--service", "s3", "--format", "jsonl"
        )
        assert done.code == 3
        (gap,) = [each for each in records(done) if each["kind"] == "gap"]
        assert gap["resource"] == f"aws://{ACCOUNT}/eu-wset-1"
        assert gap["reason"] == "region disabled"
        assert "did you mean eu-west-1?" in gap["detail"]
        assert list(assets(done)) == ["customer-exports"]

    def test_the_order_is_the_same_each_time(self, estate: Aws, assay: Assay) -> None:
        options = ("--region", REGION, "--region", "us-east-1", "--format", "jsonl")
        runs = [records(assay("aws", "discover", *options))[:-1] for _ in range(2)]
        assert runs[0] == runs[1]

    def test_csv_has_a_row_for_each(self, estate: Aws, assay: Assay) -> None:
        done = assay("aws", "discover", "--region", REGION, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(done.out)))
        assert [row["kind"] for row in rows].count("asset") == len(rows) - 1
        (row,) = [row for row in rows if row["name"] == "customer-exports"]
        assert json.loads(row["owners"]) == {"owner": "ada", "Team": "shop"}
        assert json.loads(rows[-1]["detail"])["by_type"]["dynamodb:table"] == 2

    def test_the_page_fits_and_names_what_there_is(self, estate: Aws, assay: Assay) -> None:
        done = assay("aws", "discover")
        lines = done.out.splitlines()
        assert lines[0].startswith("16 resources in 1 account and ")
        assert all(len(line) <= 80 for line in lines)
        assert f"  {ACCOUNT} eu-central-1" in lines
        assert any("RDS PostgreSQL" in line and "public" in line and " ada" in line for line in lines)
        said = " ".join(done.out.split())
        assert f"{ACCOUNT} us-east-1: 1 EBS volume; up to 8.6 GB; unencrypted; attached to nothing" in said
        assert "2 EBS snapshots; up to 18.3 GB; 2 unencrypted; 1 of a volume that is gone" in said

    def test_three_hundred_buckets(self, aws: Aws, assay: Assay) -> None:
        client = aws.client("s3")
        for number in range(300):
            bucket(aws, f"bucket-{number:03}", client=client)
        done = assay("aws", "discover", "--service", "s3", "--region", REGION, "--format", "jsonl")
        assert list(assets(done)) == [f"bucket-{number:03}" for number in range(300)]

    def test_a_file_gets_its_name_when_it_is_whole(self, estate: Aws, assay: Assay) -> None:
        done = assay("aws", "discover", "--service", "s3", "--format", "jsonl", "--output", "estate.jsonl")
        assert (done.code, done.out) == (0, "")
        assert len(Path("estate.jsonl").read_text().splitlines()) == 4


class TestManyAccounts:
    @pytest.fixture(autouse=True)
    def _two(self, aws: Aws) -> None:
        bucket(aws, "ours")
        bucket(aws, "theirs", client=in_account(aws, OTHER, "s3"))
        in_account(aws, OTHER, "dynamodb").create_table(TableName="orders", **KEY)

    def test_a_list(self, assay: Assay) -> None:
        done = assay(
            "aws",
            "discover",
            "--accounts",
            f"{OTHER},{ACCOUNT}",
            "--role-name",
            "reader",
            "--region",
            REGION,
            "--format",
            "jsonl",
        )
        assert done.code == 0
        found = records(done)
        assert [(each["account"], each["name"]) for each in found if each["kind"] == "asset"] == [
            (OTHER, "theirs"),
            (OTHER, "orders"),
            (ACCOUNT, "ours"),
        ]
        assert found[-1]["accounts"] == [OTHER, ACCOUNT]

    def test_an_organisation(self, aws: Aws, assay: Assay) -> None:
        organizations = aws.client("organizations", "us-east-1")
        organizations.create_organization(FeatureSet="ALL")
        ids = []
        for name in ("a", "b", "c"):
            status = organizations.create_account(Email=f"{name}@example.com", AccountName=name)
            ids.append(status["CreateAccountStatus"]["AccountId"])
        organizations.close_account(AccountId=ids[1])
        bucket(aws, "of-a", client=in_account(aws, ids[0], "s3"))
        done = assay(
            "aws", "discover", "--organization", "--role-name", "reader", "--service", "s3", "--format", "jsonl"
        )
        assert done.code == 0
        found = records(done)
        assert found[-1]["accounts"] == sorted((ACCOUNT, ids[0], ids[2]))
        assert {each["name"] for each in found if each["kind"] == "asset"} == {"ours", "of-a"}
        (skip,) = [each for each in found if each["kind"] == "skip"]
        assert skip["resource"] == f"aws://{ids[1]}"
        assert skip["reason"] in ("account suspended", "account closed", "account pending closure")

    def test_no_organisation(self, assay: Assay) -> None:
        done = assay("aws", "discover", "--organization", "--role-name", "reader")
        assert done.code == 2
        assert "the organisation's list of accounts is empty; give --accounts" in done.err
        assert done.out == ""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--organization",), "give --role-name"),
            (("--accounts", OTHER), "give --role-name"),
            (("--accounts", OTHER, "--organization", "--role-name", "r"), "exclude each other"),
            (("--role-name", "r"), "give --accounts or --organization"),
            (("--accounts", "1234", "--role-name", "r"), "is no account number"),
            (("--accounts", OTHER, "--role-name", "no role"), "is no name of a role"),
            (("--dark",), "--dark compares with what was scanned; give --catalog"),
            (("--service", "sqs"), "'sqs' is not one of"),
            (("--endpoint-url", "localhost"), "must begin with https:// or http://"),
        ],
    )
    def test_what_cannot_be_asked_for(self, arguments: tuple[str, ...], said: str, assay: Assay) -> None:
        done = assay("aws", "discover", *arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.err


class TestAgainstACatalog:
    @pytest.fixture
    def catalog(self, estate: Aws, assay: Assay) -> str:
        """Some of it scanned today, some in 2024."""
        here = ("--service", "rds", "--region", REGION)
        shop = assets(assay("aws", "discover", *here, "--format", "jsonl"))["s3"]["resource"]
        with open_catalog("estate.db", create=True) as catalog:
            recording = begin(catalog, ["made"], ruleset="r", governance="g", sampling="all", options={})
            for uri, level in {
                "s3://customer-exports/2026/a.csv": Level.RESTRICTED,
                "s3://customer-exports/b.csv": Level.PUBLIC,
                "s3://hr-dumps/old.csv": Level.CONFIDENTIAL,
                "s3://old-bucket/1": Level.RESTRICTED,
                f"{shop}/shop/public/customers": Level.RESTRICTED,
            }.items():
                recording.take(made.finding(resource=uri))
                recording.take(made.classification(resource=uri, level=level))
            recording.finish(made.summary())
            with catalog.transaction() as connection:
                old = "UPDATE resources SET seen_at = '2024-05-01T12:00:00.000000Z' WHERE uri LIKE :uri"
                for uri in ("s3://hr-dumps/%", "postgresql:%"):
                    connection.execute(text(old), {"uri": uri})
        return "estate.db"

    def test_dark_stale_and_gone(self, catalog: str, assay: Assay) -> None:
        done = assay("aws", "discover", "--catalog", catalog, "--format", "jsonl")
        assert done.code == 0
        found = records(done)
        states = {each["name"] or each["resource"]: each["state"] for each in found if each["kind"] == "asset"}
        assert states["customer-exports"] == "scanned"
        assert states["hr-dumps"] == states["s3"] == "stale"
        assert states["lake"] == states["orders3"] == states["lakehouse.orders"] == states["core"] == "dark"
        assert states["core-1"] == states["lakehouse"] == "elsewhere"
        assert states["s3://old-bucket"] == "gone"
        assert found[-1]["by_state"] == {
            "dark": 7,
            "stale": 2,
            "scanned": 1,
            "unsupported": 4,
            "gone": 1,
            "elsewhere": 2,
        }
        scanned = assets(done)["customer-exports"]
        assert (scanned["level"], scanned["scanned_resources"]) == ("restricted", 2)
        assert assets(done)["hr-dumps"]["scanned_at"] == "2024-05-01T12:00:00Z"

    def test_owners_of_tags_are_kept_where_nobody_has_said_otherwise(self, catalog: str, assay: Assay) -> None:
        told = assay("aws", "discover", "--catalog", catalog, "--keep-owners", "--format", "jsonl")
        assert told.code == 0
        assert "owners of tags: " in told.err
        wanted = {}
        for each in assets(told).values():
            if owner := next((value for value in (each["owners"] or {}).values() if value), ""):
                wanted |= dict.fromkeys([each["resource"]], owner)
        assert wanted, "some have an owner"
        with open_catalog(catalog) as opened, opened.reading() as connection:
            kept = {each.scope: (each.owner, each.source) for each in glossary.owners(connection)}
        assert {scope: kept[scope] for scope in wanted if scope.startswith("s3://")} == {
            scope: (owner, "tag") for scope, owner in wanted.items() if scope.startswith("s3://")
        }
        again = assay("aws", "discover", "--catalog", catalog, "--keep-owners", "--format", "jsonl")
        assert "owners of tags: 0 scopes changed" in again.err
        alone = assay("aws", "discover", "--no-catalog", "--keep-owners")
        assert alone.code == 2
        assert "--keep-owners compares" in alone.err

    def test_a_namespace_was_scanned_by_the_endpoint_of_its_workgroup(self, aws: Aws, assay: Assay) -> None:
        arn = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}/1"
        host = f"{{}}.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com"
        for name in ("workgroup", "namespace"):
            told = {f"{name}Arn": arn.format("redshift-serverless", name), "namespaceName": "sales"}
            if name == "workgroup":
                told |= {"workgroupName": "lab", "endpoint": {"address": host.format("lab"), "port": 5439}}
            aws.strict.holds("redshift-serverless", f"{name}s", told)
        with open_catalog("estate.db", create=True) as catalog:
            recording = begin(catalog, ["made"], ruleset="r", governance="g", sampling="all", options={})
            for name in ("lab", "old"):
                uri = f"redshift://{host.format(name)}:5439/dev/public/people"
                recording.take(made.finding(resource=uri))
                recording.take(made.classification(resource=uri, level=Level.RESTRICTED))
            recording.finish(made.summary())
        options = ("--service", "redshift-serverless", "--service", "docdb-elastic", "--catalog", "estate.db")
        done = assay("aws", "discover", *options, "--format", "jsonl")
        states = {each["name"] or each["resource"]: each["state"] for each in records(done) if each["kind"] == "asset"}
        assert states == {
            "sales": "scanned",
            "lab": "elsewhere",
            f"redshift://{host.format('old')}:5439": "gone",
        }
        assert done.code == 0
        page = assay("aws", "discover", *options)
        assert "1 Redshift Serverless" in page.out or "Redshift Serverless 1" in page.out

    def test_filters_and_the_exit_code(self, catalog: str, assay: Assay) -> None:
        options = ("--catalog", catalog, "--format", "jsonl", "--region", "eu-central-1")
        done = assay("aws", "discover", "--stale", "--fail-on-dark", *options)
        assert (done.code, list(assets(done))) == (0, ["hr-dumps"])
        done = assay("aws", "discover", "--dark", *options)
        assert (done.code, list(assets(done))) == (0, [])
        ebs = ("--service", "ebs", "--region", "us-east-1", "--catalog", catalog)
        assert assay("aws", "discover", "--fail-on-dark", *ebs).code == 0
        options = ("--catalog", catalog, "--format", "jsonl", "--region", REGION)
        done = assay("aws", "discover", "--dark", "--stale", "--fail-on-dark", *options)
        assert done.code == 1
        assert {each["state"] for each in assets(done).values()} == {"dark", "stale", "unsupported"}
        assert (records(done)[-1]["assets"], records(done)[-1]["shown"]) == (11, 8)

    def test_ages_are_options_and_settings(self, catalog: str, assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
        options = ("--catalog", catalog, "--format", "jsonl", "--service", "s3", "--stale")
        assert list(assets(assay("aws", "discover", "--stale-objects", "0", *options))) == []
        monkeypatch.setenv("ASSAY_STALE_OBJECTS", "0")
        assert list(assets(assay("aws", "discover", *options))) == []
        assert list(assets(assay("aws", "discover", "--stale-objects", "5", *options))) == ["hr-dumps"]

    def test_the_page_shows_what_nobody_has_looked_at_first(self, catalog: str, assay: Assay) -> None:
        lines = assay("aws", "discover", "--catalog", catalog).out.splitlines()
        heads = [line for line in lines if line and not line.startswith(" ")]
        assert [head.partition(" (")[0] for head in heads[-6:]] == [
            "Dark: never scanned",
            "Stale: scanned too long ago",
            "Never scanned, and of kinds that no scan reads",
            "Gone: in the catalog, but not in the estate",
            "Scanned, or held by another",
            "Next, with the same catalog: assay scan s3://lake",
        ]

    def test_a_catalog_that_is_not_there(self, aws: Aws, assay: Assay) -> None:
        done = assay("aws", "discover", "--catalog", "nowhere.db")
        assert (done.code, done.out) == (2, "")
        assert "assay catalog init" in done.err

    def test_what_a_scan_has_read_is_dark_no_more(self, aws: Aws, assay: Assay) -> None:
        client = aws.client("s3")
        bucket(aws, "people")
        client.put_object(
            Bucket="people", Key="in 2026/ä b+c.csv", Body=b"name,ssn\nAda,536-90-4399\nBob,532-11-8812\n"
        )
        glue = aws.client("glue")
        glue.create_database(DatabaseInput={"Name": "lakehouse"})
        for name, where in {"people": "s3://people/in 2026/", "others": "s3://people/in 202/"}.items():
            stored = {"Location": where}
            glue.create_table(DatabaseName="lakehouse", TableInput={"Name": name, "StorageDescriptor": stored})
        assert assay("catalog", "init", "--catalog", "estate.db").code == 0
        look = ("aws", "discover", "--region", REGION, "--catalog", "estate.db", "--format", "jsonl")
        assert assets(assay(*look))["people"]["state"] == "dark"
        assert assay("scan", "s3://people", "--catalog", "estate.db", "--quiet").code == 0
        found = assets(assay(*look))
        assert (found["people"]["state"], found["people"]["level"]) == ("scanned", "restricted")
        assert found["lakehouse.people"]["state"] == "scanned"
        assert found["lakehouse.others"]["state"] == "dark"
