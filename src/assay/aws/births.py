"""When something that has a name, and could be made anew by that name, was made: a later one is another one.

Buckets are not among them: what S3 tells as the day of their creation may be that of a change of their policy
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told

CALLS: Calls = frozenset(
    {"dynamodb.DescribeTable", "rds.DescribeDBInstances", "rds.DescribeDBClusters", "rds.DescribeDBSnapshots", "rds.DescribeDBClusterSnapshots"}
)  # fmt: skip


class _Question(NamedTuple):
    """A call that describes one thing, the parameter that names it, and where its answer has the moment."""

    method: str
    named: str
    within: str
    moment: str


_BY_KIND = {
    ("dynamodb", "table"): _Question("describe_table", "TableName", "Table", "CreationDateTime"),
    ("rds", "db"): _Question("describe_db_instances", "DBInstanceIdentifier", "DBInstances", "InstanceCreateTime"),
    ("rds", "cluster"): _Question("describe_db_clusters", "DBClusterIdentifier", "DBClusters", "ClusterCreateTime"),
    ("rds", "snapshot"): _Question(
        "describe_db_snapshots", "DBSnapshotIdentifier", "DBSnapshots", "SnapshotCreateTime"
    ),
    ("rds", "cluster-snapshot"): _Question(
        "describe_db_cluster_snapshots", "DBClusterSnapshotIdentifier", "DBClusterSnapshots", "SnapshotCreateTime"
    ),
}


def born(session: Session, resource: str) -> datetime | None:
    """When a table, a database or a snapshot was made; `None` for what is no such thing, and where it is not told. Raises `AwsError`."""
    if not resource.startswith("arn:"):
        return None
    arn = parse(resource)
    question = _BY_KIND.get((arn.service, arn.kind))
    if question is None:
        return None
    try:
        answer = getattr(session.client(arn.service, arn.region), question.method)(**{question.named: arn.name})
    except refusals() as error:
        raise told(error, arn.service) from None
    found = answer[question.within]
    one = found if isinstance(found, dict) else found[0] if found else {}
    moment = one.get(question.moment)
    return moment if isinstance(moment, datetime) else None
