"""The calls that a scan of tables of DynamoDB makes."""

from __future__ import annotations

from assay.aws.session import Calls

CALLS: Calls = frozenset({"dynamodb.ListTables", "dynamodb.DescribeTable", "dynamodb.Scan"})
"""`dynamodb.ListTables` is made where no table is named, where a pattern is, and where the one that is named is not there."""
