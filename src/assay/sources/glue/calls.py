"""The calls that a scan of tables of Glue makes: the catalog's, and those for the objects that the tables are of."""

from __future__ import annotations

from assay.aws.session import Calls

GLUE: Calls = frozenset({"glue.GetDatabases", "glue.GetTables", "glue.GetTable", "glue.GetPartitions"})
CALLS: Calls = GLUE | {"s3.ListObjectsV2", "s3.GetObject", "s3.HeadBucket"}
