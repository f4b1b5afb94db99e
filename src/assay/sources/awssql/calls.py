"""The calls that a scan of databases by their names makes, and what it may do there without a call."""

from __future__ import annotations

from assay.aws.grants import Grant
from assay.aws.session import Calls

RDS: Calls = frozenset({"rds.DescribeDBClusters", "rds.DescribeDBInstances"})
SECRET: Calls = frozenset({"secretsmanager.GetSecretValue"})
BY_RDS: Calls = RDS | SECRET
REDSHIFT: Calls = frozenset({"redshift.DescribeClusters", "redshift.GetClusterCredentials"})
SERVERLESS: Calls = frozenset({"redshift-serverless.GetWorkgroup", "redshift-serverless.GetCredentials"})
BY_REDSHIFT: Calls = REDSHIFT | SERVERLESS | SECRET
EXPORT: Calls = RDS | {"rds.DescribeExportTasks", "rds.DescribeDBSnapshots", "rds.DescribeDBClusterSnapshots"}
BY_EXPORT: Calls = EXPORT | {"s3.ListObjectsV2", "s3.GetObject"}

# A token is made here, of the credentials; what it lets in is asked of IAM by the server.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
BESIDE_RDS = (Grant(("rds-db:connect",), ("arn:{partition}:rds-db:{region}:{account}:dbuser:*/{dbuser}",)),)
