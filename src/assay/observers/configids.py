"""What AWS Config calls the resources that it records.

https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html
"""

from __future__ import annotations

from typing import NamedTuple

from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import place_of
from assay.errors import AwsError

CALLS: Calls = frozenset({"rds.DescribeDBInstances", "rds.DescribeDBClusters"})


class ConfigId(NamedTuple):
    """Type and id of a resource: `AWS::S3::Bucket`, `lake`."""

    type: str
    id: str


def config_id(session: Session, resource: str) -> ConfigId:
    """Of a bucket's URI, or an ARN that is tagged. Databases have an id of their own, which is asked for. Raises `AwsError`."""
    if resource.startswith("s3://"):
        return ConfigId("AWS::S3::Bucket", place_of(resource).bucket)
    arn = parse(resource)
    if arn.service == "dynamodb":
        return ConfigId("AWS::DynamoDB::Table", arn.name)
    if arn.service == "ec2":
        return ConfigId("AWS::EC2::Volume", arn.name)
    client = session.client("rds", arn.region)
    try:
        if arn.kind == "cluster":
            clusters = client.describe_db_clusters(DBClusterIdentifier=arn.name)["DBClusters"]
            found = [ConfigId("AWS::RDS::DBCluster", each["DbClusterResourceId"]) for each in clusters]
        else:
            instances = client.describe_db_instances(DBInstanceIdentifier=arn.name)["DBInstances"]
            found = [ConfigId("AWS::RDS::DBInstance", each["DbiResourceId"]) for each in instances]
    except refusals() as error:
        raise told(error, "RDS") from None
    if not found:
        raise AwsError(NOT_FOUND, "RDS: there is no such database")
    return found[0]
