"""A table of the data catalog over objects, and what the catalog knows of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsservers import Aws
from tagging_for_tests import ASKED, arn, known
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import ColumnRecord, Level
from assay.store.engine import Catalog

RESOURCE = arn("glue", "table/shop/people")
FILE = "s3://lake/people/part-0.parquet"
COLUMNS = [
    {"Name": "ssn", "Type": "string", "Comment": "of the person", "Parameters": {"owner": "hr"}},
    {"Name": "home", "Type": "struct<zip:string>"},
    {"Name": "amount", "Type": "int", "Comment": "in cents"},
]
TABLE: dict[str, Any] = {
    "Name": "people",
    "Description": "People of the shop",
    "Owner": "hr",
    "Retention": 0,
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"classification": "parquet", "recordCount": "3"},
    "PartitionKeys": [{"Name": "day", "Type": "date", "Comment": "when"}],
    "StorageDescriptor": {
        "Location": "s3://lake/people/",
        "Columns": COLUMNS,
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    },
}


def make_table(aws: Aws, **changes: Any) -> str:
    """The table with a partition. Returns its ARN."""
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "shop"})
    glue.create_table(DatabaseName="shop", TableInput={**TABLE, **changes})
    stored = {**TABLE["StorageDescriptor"], "Location": "s3://lake/people/day=1/"}
    partition = {"Values": ["1"], "StorageDescriptor": stored, "Parameters": {"rows": "3"}}
    glue.create_partition(DatabaseName="shop", TableName="people", PartitionInput=partition)
    return RESOURCE


def table_now(aws: Aws) -> dict[str, Any]:
    """What Glue takes of the table as it is."""
    told: dict[str, Any] = aws.client("glue").get_table(DatabaseName="shop", Name="people")["Table"]
    return {key: value for key, value in told.items() if key in TABLE}


def column_now(aws: Aws, name: str) -> dict[str, Any]:
    table = table_now(aws)
    found: Mapping[str, Any] = {
        each["Name"]: each for each in [*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"]]
    }
    return dict(found[name])


def scanned(catalog: Catalog, *columns: ColumnRecord, level: Level = Level.RESTRICTED, **changes: Any) -> None:
    """A file below the table's location was scanned, and these columns were found."""
    recording = begin(catalog, [FILE], **ASKED)
    assert recording.unchanged(FILE, None, None) is None
    if columns:
        found = made.table(resource=FILE, table_name="part-0", level=level)
        recording.table(FILE, None, (), columns, found)
    recording.take(known(level, resource=FILE, **changes))
    recording.finish(made.summary())


def column(name: str, level: Level = Level.RESTRICTED, kind: str | None = "SSN") -> ColumnRecord:
    return made.column(resource=FILE, table="part-0", column=name, level=level, detected_type=kind)
