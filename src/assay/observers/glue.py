"""Databases and tables of the Glue data catalog: what they are called, and where their data lie.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws import uris
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls
from assay.model import Asset, Gap
from assay.observers.look import Look, Tags

CALLS: Calls = frozenset({"glue.GetDatabases", "glue.GetTables", "glue.GetTags"})
TYPES = ("glue:database", "glue:table")

# What crawlers and engines write of a table's rows and bytes, in the order in which it is believed.
_ROWS = ("recordCount", "numRows")
_BYTES = ("sizeKey", "totalSize")
# What crawlers call the format of its files; of sensitivity it says nothing.
_FORMAT = "classification"
_VIEW = "VIRTUAL_VIEW"


def observe(look: Look) -> Iterator[Asset | Gap]:
    """Each database, then its tables; of one that links to another account's, the link alone."""
    client = look.client("glue")
    for database in items(client, "get_databases", "DatabaseList"):
        name = database["Name"]
        arn = look.arn("glue", f"database/{name}")
        target = database.get("TargetDatabase")
        yield _database(database, look, arn, target)
        if target is not None:
            continue
        try:
            for table in items(client, "get_tables", "TableList", DatabaseName=name):
                yield _table(table, look, name, arn)
        except refusals() as error:
            failure = failure_of(error)
            if failure.reason != NOT_FOUND:
                detail = f"not all of its tables are known: {failure.detail}"
                yield Gap(resource=arn, reason=failure.reason, detail=detail)


def _database(told: Mapping[str, Any], look: Look, arn: str, target: Mapping[str, str] | None) -> Asset:
    related = {"location": told["LocationUri"]} if told.get("LocationUri") else {}
    held_by = "its tables"
    if target is not None:
        held_by = look_elsewhere = f"{target.get('CatalogId', look.account)}/{target.get('DatabaseName', '')}"
        related["links_to"] = look_elsewhere
    return Asset(
        arn=arn,
        type="glue:database",
        name=told["Name"],
        account=look.account,
        region=look.region,
        created=told.get("CreateTime"),
        tags=look.tags(arn, lambda: _tags(look, arn)),
        uris=(uris.glue_database(told["Name"]),),
        held_by=held_by,
        related=related,
    )


def _table(told: Mapping[str, Any], look: Look, database: str, database_arn: str) -> Asset:
    name = told["Name"]
    stored = told.get("StorageDescriptor") or {}
    parameters: dict[str, str] = told.get("Parameters") or {}
    where = stored.get("Location") or ""
    covered = uris.location(where)
    related = {"database": database_arn}
    if where:
        related["location"] = covered or where
    if told.get("PartitionKeys"):
        related["partitioned_by"] = ", ".join(key["Name"] for key in told["PartitionKeys"])
    is_view = told.get("TableType") == _VIEW
    target = told.get("TargetTable")
    return Asset(
        arn=look.arn("glue", f"table/{database}/{name}"),
        type="glue:table",
        name=f"{database}.{name}",
        account=look.account,
        region=look.region,
        engine=parameters.get(_FORMAT) or parameters.get("table_type"),
        created=told.get("CreateTime"),
        size_bytes=_number(parameters, _BYTES),
        items=_number(parameters, _ROWS),
        tags=_as_tags(told, parameters),
        uris=(uris.glue_table(database, name), *((covered,) if covered else ())),
        held_by="the tables that it reads" if is_view else _linked(target),
        related=related,
    )


def _as_tags(told: Mapping[str, Any], parameters: Mapping[str, str]) -> Tags:
    """Tables have no tags: what is known of their owners stands among their parameters."""
    found = {name: value for name, value in parameters.items() if name != _FORMAT}
    return {"Owner": told["Owner"], **found} if told.get("Owner") else found


def _linked(target: Mapping[str, str] | None) -> str | None:
    if target is None:
        return None
    return f"{target.get('CatalogId', '')}/{target.get('DatabaseName', '')}.{target.get('Name', '')}"


def _number(parameters: Tags, names: tuple[str, ...]) -> int | None:
    found = (parameters.get(name, "") for name in names)
    return next((int(text) for text in found if text.isascii() and text.isdigit()), None)


def _tags(look: Look, arn: str) -> Tags:
    return dict(look.client("glue").get_tags(ResourceArn=arn).get("Tags") or {})
