"""The tables that a target names, and what opens them in any process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from assay.aws.access import Access
from assay.aws.failures import refusals
from assay.aws.session import Session
from assay.errors import AwsError, ReadError
from assay.model import AssetRef
from assay.ports import TableReader
from assay.sources.awsnamed import NamedResources
from assay.sources.dynamodb.calls import CALLS
from assay.sources.dynamodb.kind import TABLES
from assay.sources.dynamodb.reader import DynamoTable


class DynamoSource(NamedResources):
    """One target, the `number`-th of its scan. `exclude` are patterns of tables' names."""

    def __init__(self, target: str, access: Access, *, number: int = 0, exclude: Sequence[str] = ()) -> None:
        super().__init__(TABLES, target, access, number=number, exclude=exclude)

    def opener(self) -> DynamoOpener:
        """Opens the tables, in this process or another one."""
        return DynamoOpener(self._access)


class DynamoOpener:
    """Opens tables with one session for each process: it is picklable, and holds no secret."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._session: Session | None = None

    def __getstate__(self) -> Access:
        return self._access

    def __setstate__(self, state: Access) -> None:
        self._access = state
        self._session = None

    @contextmanager
    def open(self, asset: AssetRef) -> Iterator[TableReader]:
        """Raises `ReadError` for a table that cannot be opened."""
        try:
            # Clients know which process they are of.
            self._session = self._session or Session(self._access, CALLS)
            client = self._session.client("dynamodb")
            told = client.describe_table(TableName=asset.name[0])["Table"]
        except refusals() as error:
            raise TABLES.refused(error) from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        refused = TABLES.of_status(str(told.get("TableStatus", "")))
        if refused is not None:
            raise refused
        yield DynamoTable(client, asset.uri, told)
