"""What observers make of what services tell, beyond what the command's own tests show."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from assay.app.cloud.accounts import Account
from assay.app.cloud.discovering import Estate, Listing, Wanted, refused
from assay.app.permissions import calls_of
from assay.aws.access import Access
from assay.aws.failures import has_no_host
from assay.aws.session import Session
from assay.cli.estate_pages import kind_of
from assay.model import Asset, Gap, Skip
from assay.observers import activity, docdb_elastic, glue, look, rds, redshift_serverless, s3
from assay.observers.look import Look, RegionTags


def look_at(session: Session) -> Look:
    return Look(
        session=session, account=ACCOUNT, partition="aws", region=REGION, tags_in=lambda r: RegionTags(session, r)
    )


def cluster(name: str, engine: str, port: int) -> dict[str, Any]:
    host = f"{name}.cluster-c9.{REGION}.{'docdb' if engine == 'docdb' else 'rds'}.amazonaws.com"
    return {
        "DBClusterIdentifier": name,
        "DBClusterArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{name}",
        "Engine": engine,
        "Endpoint": host,
        "ReaderEndpoint": host.replace("cluster-", "cluster-ro-"),
        "Port": port,
        "AllocatedStorage": 1,
    }


def test_documentdb_aurora_and_neptune_are_told_apart(aws: Aws) -> None:
    member = {
        "DBInstanceIdentifier": "docs-1",
        "DBInstanceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:docs-1",
        "Engine": "docdb",
        "DBClusterIdentifier": "docs",
    }
    first = {"DBClusters": [cluster("docs", "docdb", 27017)], "Marker": "more"}
    rest = [cluster("core", "aurora-postgresql", 5432), cluster("graph", "neptune", 8182)]
    # The emulator has no DocumentDB.
    aws.strict.answer("rds.DescribeDBClusters", first, Marker=None)
    aws.strict.answer("rds.DescribeDBClusters", {"DBClusters": rest}, Marker="more")
    aws.strict.answer("rds.DescribeDBInstances", {"DBInstances": [member]})
    found = list(rds.observe(look_at(Session(Access(), rds.CALLS))))
    assert [(kind_of(each), each.type) for each in found] == [
        ("DocumentDB", "rds:cluster"),
        ("Aurora PostgreSQL", "rds:cluster"),
        ("Neptune cluster", "rds:cluster"),
        ("DocumentDB instance", "rds:db"),
    ]
    assert found[0].uris == (
        f"mongodb://docs.cluster-c9.{REGION}.docdb.amazonaws.com:27017",
        f"mongodb://docs.cluster-ro-c9.{REGION}.docdb.amazonaws.com:27017",
    )
    assert found[2].uris == ()
    assert found[3].held_by == found[0].arn
    # Aurora's storage grows by itself: the one gibibyte that is told of it is none.
    assert found[1].capacity_bytes is None


def workgroup(name: str, namespace: str, public: bool = False) -> dict[str, Any]:
    host = f"{name}.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com"
    return {
        "workgroupArn": f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/{name}-id",
        "workgroupName": name,
        "namespaceName": namespace,
        "status": "AVAILABLE",
        "publiclyAccessible": public,
        "endpoint": {"address": host, "port": 5439},
        "tags": {"team": name},
    }


def namespace(name: str, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:namespace/{name}-id"
    return {"namespaceArn": arn, "namespaceName": name, "status": "AVAILABLE", "tags": {"owner": "ada"}, **more}


def test_data_of_redshift_serverless_are_the_namespace_s(aws: Aws) -> None:
    told = (workgroup("lab", "sales"), workgroup("night", "sales", public=True), workgroup("lost", "elsewhere"))
    aws.strict.holds("redshift-serverless", "workgroups", *told)
    made = datetime(2026, 1, 2, tzinfo=UTC)
    spaces = (namespace("sales", dbName="dev", kmsKeyId="AWS_OWNED_KMS_KEY", creationDate=made), namespace("empty"))
    aws.strict.holds("redshift-serverless", "namespaces", *spaces)
    # Tags are no matter of the list of all: that one is not asked.
    aws.strict.pages(1)
    found = {
        each.name: each for each in redshift_serverless.observe(look_at(Session(Access(), redshift_serverless.CALLS)))
    }
    assert list(found) == ["sales", "empty", "lab", "night", "lost"]
    sales = found["sales"]
    assert sales.uris == tuple(
        f"redshift://{name}.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com:5439" for name in ("lab", "night")
    )
    assert (sales.public, sales.encrypted, sales.created, sales.tags) == (True, True, made, {"owner": "ada"})
    assert (found["empty"].uris, found["empty"].public, found["empty"].encrypted) == ((), None, None)
    assert found["lab"].held_by == found["night"].held_by == sales.arn
    assert (found["lab"].public, found["lab"].tags) == (False, {"team": "lab"})
    # Of a namespace that is not in the list nobody knows who holds its data.
    assert found["lost"].held_by is None
    assert kind_of(sales) == "Redshift Serverless"


def test_workgroups_are_told_where_namespaces_are_refused(aws: Aws) -> None:
    aws.strict.holds("redshift-serverless", "workgroups", workgroup("lab", "sales"))
    aws.strict.deny("redshift-serverless.ListNamespaces")
    aws.strict.deny("redshift-serverless.ListTagsForResource")
    here = look_at(Session(Access(), redshift_serverless.CALLS))
    telling = redshift_serverless.observe(here)
    found = [next(telling)]
    with pytest.raises(ClientError, match="AccessDenied"):
        next(telling)
    assert [(each.name, each.held_by, each.tags) for each in found] == [("lab", None, None)]
    assert [failure.reason for failure in here.untold] == ["access denied"]


def elastic(name: str, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:docdb-elastic:{REGION}:{ACCOUNT}:cluster/{name}-id"
    usual = {"adminUserName": "admin1", "authType": "PLAIN_TEXT", "createTime": "2026-01-02T10:11:12Z", "kmsKeyId": "k",
             "preferredMaintenanceWindow": "sun:05:00-sun:06:00", "shardCapacity": 2, "shardCount": 1, "subnetIds": [],
             "vpcSecurityGroupIds": [], "status": "ACTIVE", "tags": {"owner": "ada"},
             "clusterEndpoint": f"{name}-539385264.{REGION}.docdb-elastic.amazonaws.com"}  # fmt: skip
    return {"clusterArn": arn, "clusterName": name, **usual, **more}


def test_elastic_clusters_of_documentdb(aws: Aws) -> None:
    told = [
        elastic("docs"),
        elastic("secret"),
        elastic("old", createTime="last winter", clusterEndpoint=""),
        elastic("gone"),
    ]
    aws.strict.holds("docdb-elastic", "clusters", *told)
    aws.strict.deny("docdb-elastic.GetCluster", clusterArn=told[1]["clusterArn"])
    aws.strict.fail("docdb-elastic.GetCluster", "ResourceNotFoundException", clusterArn=told[3]["clusterArn"])
    aws.strict.pages(2)
    found = list(docdb_elastic.observe(look_at(Session(Access(), docdb_elastic.CALLS))))
    (gap,) = [each for each in found if isinstance(each, Gap)]
    assert (gap.resource, gap.reason) == (told[1]["clusterArn"], "access denied")
    docs, secret, old = (each for each in found if isinstance(each, Asset))
    assert docs.uris == (f"mongodb://docs-539385264.{REGION}.docdb-elastic.amazonaws.com:27017",)
    assert (docs.created, docs.encrypted) == (datetime(2026, 1, 2, 10, 11, 12, tzinfo=UTC), True)
    assert (docs.tags, kind_of(docs)) == ({"owner": "ada"}, "DocumentDB elastic")
    assert (secret.name, secret.uris, secret.encrypted) == ("secret", (), None)
    assert (old.created, old.uris) == (None, ())


def test_views_and_links_of_glue_hold_nothing(aws: Aws) -> None:
    client = aws.client("glue")
    client.create_database(DatabaseInput={"Name": "lakehouse"})
    elsewhere = {"CatalogId": "210987654321", "DatabaseName": "theirs"}
    client.create_database(DatabaseInput={"Name": "linked", "TargetDatabase": elsewhere})
    for table in (
        {"Name": "orders", "StorageDescriptor": {"Location": "s3a://lake/orders/"}, "PartitionKeys": [{"Name": "day"}]},
        {"Name": "report", "TableType": "VIRTUAL_VIEW"},
        {"Name": "events", "StorageDescriptor": {"Location": "clicks"}, "Parameters": {"numRows": "-1"}},
    ):
        client.create_table(DatabaseName="lakehouse", TableInput=table)
    session = Session(Access(), glue.CALLS | look.CALLS)
    found = {each.name: each for each in glue.observe(look_at(session)) if isinstance(each, Asset)}
    assert list(found) == ["lakehouse", "lakehouse.orders", "lakehouse.report", "lakehouse.events", "linked"]
    assert found["lakehouse.orders"].uris == ("glue://lakehouse/orders", "s3://lake/orders")
    assert found["lakehouse.orders"].related["partitioned_by"] == "day"
    assert found["lakehouse.report"].held_by == "the tables that it reads"
    assert (found["lakehouse.events"].items, found["lakehouse.events"].uris) == (None, ("glue://lakehouse/events",))
    assert found["linked"].held_by == "210987654321/theirs"
    assert not aws.strict.calls.made("glue.GetTables", database="linked")


@pytest.mark.parametrize(
    ("days", "most", "used"),
    [
        (10, {3: 2.0}, True),
        (10, dict.fromkeys(range(11), 0.0), False),
        (10, {3: 0.0}, None),
        (10, {}, None),
        (10, {9: 1.0, **dict.fromkeys(range(9), 0.0)}, True),
        (500, {3: 2.0}, None),
    ],
)
def test_what_nobody_connects_to_is_not_used(aws: Aws, days: int, most: dict[int, float], used: bool | None) -> None:
    now = datetime.now(UTC)
    name = f"shop-{days}-{len(most)}"
    for ago, number in most.items():
        aws.client("cloudwatch").put_metric_data(
            Namespace="AWS/RDS",
            MetricData=[
                {
                    "MetricName": "DatabaseConnections",
                    "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": name}],
                    "Timestamp": now - timedelta(days=ago, minutes=1),
                    "Value": number,
                }
            ],
        )
    client = Session(Access(), activity.CALLS).client("cloudwatch", REGION)
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{name}"
    shop = Asset(arn=arn, type="rds:db", name=name, account=ACCOUNT, region=REGION, engine="postgres")
    assert activity.connected_since(client, shop, now - timedelta(days=days)) is used


def test_regions_of_buckets_come_with_their_list(aws: Aws) -> None:
    listed = {"Name": "orders", "BucketRegion": "eu-central-1", "CreationDate": datetime(2026, 1, 2, tzinfo=UTC)}
    aws.strict.answer("s3.ListBuckets", {"Buckets": [listed]})
    session = Session(Access(), s3.CALLS | look.CALLS)
    (found,) = s3.observe(look_at(session))
    assert isinstance(found, Asset)
    assert (found.region, found.created, found.tags) == ("eu-central-1", listed["CreationDate"], {})
    assert not aws.strict.calls.made("s3.GetBucketLocation")
    # Without a size of page the service would not tell them.
    (call,) = aws.strict.calls.made("s3.ListBuckets")
    assert call.parameters["MaxBuckets"] == 1_000


def test_regions_that_an_account_has_not_enabled_are_left_out(aws: Aws) -> None:
    told = {"eu-west-1": "opt-in-not-required", "eu-south-1": "not-opted-in", "af-south-1": "opted-in"}
    regions = [{"RegionName": name, "OptInStatus": status} for name, status in told.items()]
    aws.strict.answer("ec2.DescribeRegions", {"Regions": regions})

    def estate(*wanted: str) -> Estate:
        made = Estate(
            session=Session(Access(), calls_of("aws discover")),
            wanted=Wanted(regions=wanted, services=("kinesis",)),
            accounts=[Account(ACCOUNT)],
        )
        assert made.look()
        return made

    everywhere = estate()
    assert everywhere.regions == {"eu-west-1", "af-south-1"}
    assert list(everywhere.found()) == []
    (gap,) = estate("eu-south-1", "eu-west-1").found()
    assert isinstance(gap, Gap)
    assert gap.resource == f"aws://{ACCOUNT}/eu-south-1"
    assert (gap.reason, gap.detail) == ("region disabled", "the account has not enabled it")


def test_a_service_that_a_region_has_not_is_no_gap(aws: Aws) -> None:
    there = Listing(account=ACCOUNT, region=REGION, service="kinesis", look=None, offered=False)
    unreachable = EndpointConnectionError(endpoint_url="https://kinesis.xx-new-1.amazonaws.com/")
    assert refused(there, unreachable) == Skip(
        resource=f"aws://{ACCOUNT}/{REGION}/kinesis", reason="not offered", detail="the service is not in this region"
    )
    there.offered = True
    assert isinstance(refused(there, unreachable), Gap)


@pytest.mark.parametrize(("number", "told"), [(socket.EAI_NONAME, Skip), (socket.EAI_AGAIN, Gap), (None, Gap)])
def test_of_a_service_without_known_regions_only_a_name_that_is_none_says_that_it_is_not_there(
    aws: Aws, number: int | None, told: type
) -> None:
    there = Listing(account=ACCOUNT, region=REGION, service="docdb-elastic", look=None, offered=None)
    why = OSError("refused") if number is None else socket.gaierror(number, "told by name servers")
    nobody = EndpointConnectionError(endpoint_url="https://docdb-elastic.xx-new-1.amazonaws.com/", error=why)
    assert isinstance(refused(there, nobody), told)


def test_the_name_that_is_none_is_seen_through_the_library(aws: Aws) -> None:
    import boto3

    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("docdb-elastic", region_name=REGION, endpoint_url="http://nowhere.invalid:1", config=once)
    with pytest.raises(EndpointConnectionError) as caught:
        client.list_clusters()
    number = next(each.errno for each in _chain(caught.value) if isinstance(each, socket.gaierror))
    assert has_no_host(caught.value) is (number == socket.EAI_NONAME)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: Any = error
    while seen is not None:
        yield seen
        seen = getattr(seen, "kwargs", {}).get("error") or seen.__cause__ or seen.__context__
