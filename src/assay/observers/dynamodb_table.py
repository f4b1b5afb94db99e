"""A table with all its settings, as protection looks at it. One that cannot be read is unknown, and stops no other."""

from __future__ import annotations

from collections.abc import Iterator

from assay.aws import tablesettings
from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.keys import CALLS as KEYS
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.observers.reading import read

CALLS: Calls = (
    tablesettings.TABLE | tablesettings.RECOVERY | tablesettings.TAGS | KEYS | frozenset({"dynamodb.ListTables"})
)


class TableObserver:
    """Reads tables of the account."""

    def __init__(self, session: Session, account: str) -> None:
        self._session = session
        self._account = account

    def names(self, region: str | None) -> Iterator[str]:
        """The ARNs of all tables of a region. Raises `AwsError`."""
        start = f"arn:{self._session.partition}:dynamodb:{region}:{self._account}:table/"
        try:
            for name in items(self._session.client("dynamodb", region), "list_tables", "TableNames"):
                yield f"{start}{name}"
        except refusals() as error:
            raise told(error, "DynamoDB") from None

    def observe(self, resource: str) -> ResourceState:
        """All settings of a table. Raises `AwsError` where the table itself is not to be seen."""
        table = tablesettings.table_of(self._session, resource)
        settings = {
            "status": Setting(value=table.get("TableStatus")),
            "deletion_protection": Setting(value=bool(table.get("DeletionProtectionEnabled"))),
            "replicas": Setting(value=[str(each.get("RegionName")) for each in table.get("Replicas", ())]),
            "size_bytes": Setting(value=table.get("TableSizeBytes")),
            "encryption": read(lambda: tablesettings.encryption_of(self._session, table)),
            "recovery": read(lambda: tablesettings.recovery_of(self._session, resource)),
            "tags": read(lambda: tablesettings.tags_of(self._session, resource)),
        }
        return ResourceState(
            resource=resource,
            type=ResourceType.DYNAMODB_TABLE,
            account=self._account,
            region=parse(resource).region,
            settings=settings,
        )
