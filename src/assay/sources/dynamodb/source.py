"""The tables that a target names, and what opens them in any process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

from assay.aws.access import Access
from assay.aws.failures import ACCESS_DENIED, NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Session
from assay.aws.uris import dynamodb_table
from assay.errors import AwsError, ReadError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.ports import TableReader
from assay.sources.dynamodb.address import parse
from assay.sources.dynamodb.calls import CALLS
from assay.sources.dynamodb.failures import is_hopeless, of_status, of_table
from assay.sources.dynamodb.reader import DynamoTable
from assay.sources.names import close_to, is_pattern

Items = Iterator[AssetRef | Gap | Skip]


class DynamoSource:
    """One target, the `number`-th of its scan. `exclude` are patterns of tables' names."""

    def __init__(self, target: str, access: Access, *, number: int = 0, exclude: Sequence[str] = ()) -> None:
        self.target = target
        self._name = parse(target)
        self._access = access
        self._number = number
        self._exclude = tuple(exclude)

    @property
    def is_narrowed(self) -> bool:
        """Whether not all tables of the account and region are asked for."""
        return self._name != "*"

    @property
    def root(self) -> str:
        """What the URIs of all tables of this source begin with, or the URI of the only one."""
        return dynamodb_table("") if is_pattern(self._name) else dynamodb_table(self._name)

    def opener(self) -> DynamoOpener:
        """Opens the tables, in this process or another one."""
        return DynamoOpener(self._access)

    def assets(self) -> Items:
        """Tables in the order of their names. Asks at once; raises `UsageError` where nothing is named so, and `AwsError`
        where DynamoDB cannot be reached with these credentials."""
        client = Session(self._access, CALLS).client("dynamodb")
        if not is_pattern(self._name):
            return iter([self._named(client)])
        try:
            names = list(items(client, "list_tables", "TableNames"))
        except refusals() as error:
            failure = self._reached(error)
            detail = failure.detail
            if failure.reason == ACCESS_DENIED:
                detail = "tables cannot be listed; allow dynamodb:ListTables, or name the tables"
            return iter([Gap(resource=dynamodb_table(""), reason=failure.reason, detail=detail)])
        found = sorted(name for name in names if fnmatchcase(name, self._name))
        if not found and self.is_narrowed:
            raise UsageError(f"{self.target}: no table is called so{_close(self._name, names)}")
        return iter([self._item(name) for name in found])

    def _named(self, client: Any) -> AssetRef | Gap | Skip:
        try:
            client.describe_table(TableName=self._name)
        except refusals() as error:
            if failure_of(error).reason == NOT_FOUND:
                raise UsageError(f"{self.target}: there is no such table{_close(self._name, _names(client))}") from None
            self._reached(error)
            failed = of_table(error)
            return Gap(resource=dynamodb_table(self._name), reason=failed.reason, detail=failed.detail)
        return self._item(self._name)

    def _item(self, name: str) -> AssetRef | Skip:
        uri = dynamodb_table(name)
        if any(fnmatchcase(name, glob) for glob in self._exclude):
            return Skip(resource=uri, reason="excluded", detail="matches --exclude")
        return AssetRef(kind="table", uri=uri, source=self._number, name=(name,))

    def _reached(self, error: Exception) -> Any:
        failure = failure_of(error)
        if is_hopeless(failure):
            raise AwsError(failure.reason, f"{self.target}: {failure.detail}") from None
        return failure


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
            raise of_table(error) from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        refused = of_status(str(told.get("TableStatus", "")))
        if refused is not None:
            raise refused
        yield DynamoTable(client, asset.uri, told)


def _names(client: Any) -> list[str]:
    """All tables, for a hint; none where they may not be listed."""
    try:
        return list(items(client, "list_tables", "TableNames"))
    except refusals():
        return []


def _close(name: str, names: Sequence[str]) -> str:
    return f"{close_to(name, names)}; check its name, and --profile and --region"
