"""What observers make of what services tell, beyond what the command's own tests show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws

from assay.aws.access import Access
from assay.aws.session import Session
from assay.cli.estate_pages import kind_of
from assay.model import Asset
from assay.observers import activity, glue, look, rds
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
    from botocore.stub import Stubber  # the emulator has no DocumentDB; answers are checked against the service's model

    session = Session(Access(), rds.CALLS)
    client = session.client("rds", REGION)
    member = {
        "DBInstanceIdentifier": "docs-1",
        "DBInstanceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:docs-1",
        "Engine": "docdb",
        "DBClusterIdentifier": "docs",
    }
    with Stubber(client) as stub:
        first = {"DBClusters": [cluster("docs", "docdb", 27017)], "Marker": "more"}
        stub.add_response("describe_db_clusters", first, {})
        rest = [cluster("core", "aurora-postgresql", 5432), cluster("graph", "neptune", 8182)]
        stub.add_response("describe_db_clusters", {"DBClusters": rest}, {"Marker": "more"})
        stub.add_response("describe_db_instances", {"DBInstances": [member]}, {})
        found = list(rds.observe(look_at(session)))
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
