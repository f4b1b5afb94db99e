"""What a table of the Glue data catalog and its columns bear: parameters and comments, or LF-tags of Lake Formation.

The names of what columns bear are those of `assay.model.columntags`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told
from assay.aws.tagset import TagSet
from assay.errors import AwsError
from assay.model.columntags import DATABASE, PREFIX, has_room, key_of, mark_in

GLUE: Calls = frozenset({"glue.GetTable"})
LAKE_FORMATION: Calls = GLUE | {"lakeformation.GetResourceLFTags"}
LINK = "a link"


class Named(NamedTuple):
    """A table of the data catalog."""

    region: str
    database: str
    table: str


def named(resource: str) -> Named:
    """
    >>> named("arn:aws:glue:eu-west-1:123456789012:table/shop/orders")
    Named(region='eu-west-1', database='shop', table='orders')
    """
    arn = parse(resource)
    database, _, table = arn.name.partition("/")
    return Named(arn.region, database, table)


def table_of(session: Session, resource: str) -> dict[str, Any]:
    """The table as Glue describes it. Raises `AwsError`, also for a link to another table, and for one that another catalog
    holds: those have nothing of their own."""
    region, database, table = named(resource)
    try:
        found: dict[str, Any] = session.client("glue", region).get_table(DatabaseName=database, Name=table)["Table"]
    except refusals() as error:
        raise told(error, "Glue") from None
    if found.get("TargetTable") or found.get("FederatedTable") or found.get("ViewDefinition"):
        raise AwsError(LINK, "Glue: it is a link, a federated table or a view; tag the tables that it reads")
    return found


def columns_in(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Columns, then those that it is partitioned by."""
    return [*((table.get("StorageDescriptor") or {}).get("Columns") or ()), *(table.get("PartitionKeys") or ())]


def glue_tags(session: Session, resource: str, owner: str) -> TagSet:  # noqa: ARG001  # the ARN names the account
    """Parameters of the table, and those and the comments of its columns. `raw` is the table."""
    table = table_of(session, resource)
    tags = {key: value for key, value in (table.get("Parameters") or {}).items() if not key.startswith(PREFIX)}
    for column in columns_in(table):
        name, comment = column["Name"], column.get("Comment") or ""
        tags[key_of(name, "")] = ""
        if has_room(comment):
            tags[key_of(name, None)] = mark_in(comment)
        tags |= {key_of(name, key): value for key, value in (column.get("Parameters") or {}).items()}
    return TagSet(tags, {}, table)


def lf_tags(session: Session, resource: str, owner: str) -> TagSet:  # noqa: ARG001  # the ARN names the account
    """LF-tags that are assigned to the table and its columns, and those of its database, which count where it has none."""
    columns = [column["Name"] for column in columns_in(table_of(session, resource))]
    region, database, table = named(resource)
    client = session.client("lakeformation", region)
    where = {"DatabaseName": database, "Name": table}
    try:
        above = client.get_resource_lf_tags(Resource={"Database": {"Name": database}}, ShowAssignedLFTags=True)
        own = client.get_resource_lf_tags(Resource={"Table": where}, ShowAssignedLFTags=True)
        wanted = {"TableWithColumns": {**where, "ColumnNames": columns}}
        below = client.get_resource_lf_tags(Resource=wanted, ShowAssignedLFTags=True) if columns else {}
    except refusals() as error:
        raise told(error, "Lake Formation") from None
    tags = {DATABASE + key: value for key, value in _plain(above.get("LFTagOnDatabase")).items()}
    tags |= _plain(own.get("LFTagsOnTable")) | {key_of(name, ""): "" for name in columns}
    for column in below.get("LFTagsOnColumns") or ():
        tags |= {key_of(column["Name"], key): value for key, value in _plain(column.get("LFTags")).items()}
    return TagSet(tags, {})


def _plain(pairs: Any) -> dict[str, str]:
    """A resource has one value of a key."""
    return {pair["TagKey"]: pair["TagValues"][0] for pair in pairs or () if pair.get("TagValues")}
