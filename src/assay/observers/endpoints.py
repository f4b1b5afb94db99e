"""Where databases of RDS are reached: by that the catalog knows them."""

from __future__ import annotations

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told

CALLS: Calls = frozenset({"rds.DescribeDBInstances", "rds.DescribeDBClusters"})


def hosts_of(session: Session, resource: str) -> list[str]:
    """Host names of an instance or a cluster, with those of its readers. Raises `AwsError`."""
    arn = parse(resource)
    client = session.client("rds", arn.region)
    try:
        if arn.kind == "cluster":
            clusters = client.describe_db_clusters(DBClusterIdentifier=resource)["DBClusters"]
            return [host for each in clusters for host in (each.get("Endpoint"), each.get("ReaderEndpoint")) if host]
        instances = client.describe_db_instances(DBInstanceIdentifier=arn.name)["DBInstances"]
    except refusals() as error:
        raise told(error, "RDS") from None
    return [each["Endpoint"]["Address"] for each in instances if "Endpoint" in each]
