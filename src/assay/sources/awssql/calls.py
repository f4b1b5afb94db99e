"""The calls that a scan of databases by their names makes, and what it may do there without a call."""

from __future__ import annotations

from assay.aws.grants import Grant
from assay.aws.session import Calls

RDS: Calls = frozenset({"rds.DescribeDBClusters", "rds.DescribeDBInstances"})
REDSHIFT: Calls = frozenset({"redshift.DescribeClusters", "redshift.GetClusterCredentials"})
SERVERLESS: Calls = frozenset({"redshift-serverless.GetWorkgroup", "redshift-serverless.GetCredentials"})
SECRET: Calls = frozenset({"secretsmanager.GetSecretValue"})
EXPORT: Calls = RDS | {"rds.DescribeExportTasks", "rds.DescribeDBSnapshots", "rds.DescribeDBClusterSnapshots"}
"""Of what is exported, the objects are read by the calls of the source of objects."""
CALLS: Calls = EXPORT | REDSHIFT | SERVERLESS | SECRET

# A token is made here, of the credentials; what it lets in is asked of IAM by the server.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
BESIDE = (Grant(("rds-db:connect",), ("arn:{partition}:rds-db:{region}:{account}:dbuser:*/*",)),)
