"""Parameters and comments of Glue tables. The call that writes them replaces the whole table, so that all that is there is sent
back with what is ours in it, for the version that was read: where somebody wrote meanwhile, it is refused.

https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.aws.catalogtags import GLUE, named
from assay.aws.failures import code_of, refusals
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError
from assay.model.action import CHANGED
from assay.model.columntags import column_of, key_of, marked
from assay.protectors.tagging import TagProtector, Write

CONTROL = "glue_tags"
WRITES: Calls = frozenset({"glue.UpdateTable"})
CALLS: Calls = GLUE | WRITES
_MEANWHILE = "ConcurrentModificationException"


def protector(session: Session, account: str) -> TagProtector:
    """Writes what tables and their columns bear."""
    return TagProtector(session, account, control=CONTROL, calls=CALLS, write=_write)


def _write(write: Write) -> None:
    """Partitions, which are no part of a table's description, stay as they are."""
    region, database, _ = named(write.resource)
    client = write.session.client("glue", region)
    # What the service tells of a table is more than it takes; what it takes, its model says.
    taken = client.meta.service_model.shape_for("TableInput").members
    table = _changed({key: value for key, value in write.raw.items() if key in taken}, write)
    try:
        client.update_table(DatabaseName=database, TableInput=table, VersionId=write.raw["VersionId"])
    except refusals() as error:
        if code_of(error) == _MEANWHILE:
            raise ActionError(CHANGED, "somebody wrote the table in the same moment; plan it again") from None
        raise told(error, "Glue") from None


def _changed(table: dict[str, Any], write: Write) -> dict[str, Any]:
    own = {key: value for key, value in write.sets.items() if column_of(key) is None}
    gone = [key for key in write.takes if column_of(key) is None]
    parameters = {key: value for key, value in (table.get("Parameters") or {}).items() if key not in gone}
    changed = {**table, "Parameters": {**parameters, **own}}
    if table.get("StorageDescriptor"):
        stored = table["StorageDescriptor"]
        columns = [_column(column, write) for column in stored.get("Columns") or ()]
        changed["StorageDescriptor"] = {**stored, "Columns": columns}
    if table.get("PartitionKeys"):
        changed["PartitionKeys"] = [_column(column, write) for column in table["PartitionKeys"]]
    return changed


def _column(column: Mapping[str, Any], write: Write) -> dict[str, Any]:
    start, mark = key_of(column["Name"], ""), key_of(column["Name"], None)
    sets = {key.removeprefix(start): value for key, value in write.sets.items() if key.startswith(start)}
    gone = {key.removeprefix(start) for key in write.takes if key.startswith(start)}
    changed = dict(column)
    if sets or gone:
        there = column.get("Parameters") or {}
        changed["Parameters"] = {**{key: value for key, value in there.items() if key not in gone}, **sets}
        if not changed["Parameters"]:
            del changed["Parameters"]
    if mark in write.sets:
        changed["Comment"] = marked(column.get("Comment") or "", write.sets[mark])
        if not changed["Comment"]:
            del changed["Comment"]
    return changed
