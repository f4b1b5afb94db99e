"""The tables that a target names, and what opens them in any process."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from assay.aws.access import Access
from assay.aws.failures import NOT_FOUND, Failure, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Session
from assay.aws.uris import glue_database, glue_table
from assay.errors import AwsError, ReadError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.ports import TableReader
from assay.sources.glue import iceberg
from assay.sources.glue.address import is_pattern, parse
from assay.sources.glue.calls import GLUE
from assay.sources.glue.described import Iceberg, described, metadata_of
from assay.sources.glue.failures import of_table, told
from assay.sources.glue.places import File, Folders, Missing, places
from assay.sources.glue.reader import GlueTable
from assay.sources.s3.connection import Connection
from assay.sources.s3.opener import S3Opener
from assay.sources.s3.options import S3Options

Item = AssetRef | Gap | Skip

_VIEW = "VIRTUAL_VIEW"


class GlueSource:
    """One target, the `number`-th of its scan. `exclude` are patterns of tables' names, with the database's or without."""

    def __init__(self, target: str, access: Access, *, number: int = 0, exclude: Sequence[str] = ()) -> None:
        self.target = target
        self._names = parse(target)
        self._access = access
        self._number = number
        self._exclude = tuple(exclude)

    @property
    def is_narrowed(self) -> bool:
        """Whether not all tables of the databases that are meant are asked for."""
        return self._names.table != "*"

    @property
    def root(self) -> str:
        """What the URIs of all tables of this source begin with, or the URI of the only one."""
        database, table = self._names
        if is_pattern(database):
            return glue_database("")
        return f"{glue_database(database)}/" if is_pattern(table) else glue_table(database, table)

    def opener(self) -> GlueOpener:
        """Opens the tables, in this process or another one."""
        return GlueOpener(self._access)

    def assets(self) -> Iterator[Item]:
        """Tables in the order of their names, database by database. Asks at once; raises `UsageError` where nothing is named so,
        and `AwsError` where Glue cannot be asked with these credentials."""
        client = Session(self._access, GLUE).client("glue")
        database, table = self._names
        if not is_pattern(database) and not is_pattern(table):
            return iter([self._named(client, database, table)])
        listed: list[Item] = []
        any_of = False
        for name in self._databases(client, listed):
            any_of |= self._tables(client, name, listed)
        if not any_of and self.is_narrowed and not any(isinstance(item, Gap) for item in listed):
            raise UsageError(f"{self.target}: no table is called so; check its name, and --profile and --region")
        return iter(listed)

    def _databases(self, client: Any, listed: list[Item]) -> list[str]:
        """The databases that are meant; links to those of others, and why they could not be listed, go to `listed`."""
        pattern = self._names.database
        if not is_pattern(pattern):
            return [pattern]
        found: list[str] = []
        try:
            for told_of in items(client, "get_databases", "DatabaseList"):
                name = str(told_of["Name"])
                if not fnmatchcase(name, pattern):
                    continue
                if told_of.get("TargetDatabase"):
                    listed.append(
                        Skip(resource=glue_database(name), reason="link", detail="to a database of another name")
                    )
                else:
                    found.append(name)
        except refusals() as error:
            failure = self._reached(error)
            listed.append(Gap(resource=glue_database(""), reason=failure.reason, detail=told(failure)))
        else:
            if not found and not listed and pattern != "*":
                raise UsageError(f"{self.target}: no database is called so; check its name, and --profile and --region")
        return found

    def _tables(self, client: Any, database: str, listed: list[Item]) -> bool:
        """The tables of a database that are meant, to `listed`. Whether there are some."""
        found: list[Item] = []
        try:
            for table in items(client, "get_tables", "TableList", DatabaseName=database):
                if fnmatchcase(str(table["Name"]), self._names.table):
                    found.append(self._item(database, table))  # noqa: PERF401  # those before a failure are kept
        except refusals() as error:
            failure = self._reached(error)
            if failure.reason == NOT_FOUND and not is_pattern(self._names.database):
                raise UsageError(f"{self.target}: there is no such database{_close(client, database)}") from None
            if failure.reason != NOT_FOUND:
                detail = f"not all of its tables could be listed: {told(failure)}"
                found.append(Gap(resource=glue_database(database), reason=failure.reason, detail=detail))
        listed += found
        return bool(found)

    def _named(self, client: Any, database: str, table: str) -> Item:
        try:
            return self._item(database, client.get_table(DatabaseName=database, Name=table)["Table"])
        except refusals() as error:
            failure = self._reached(error)
            if failure.reason == NOT_FOUND:
                raise UsageError(f"{self.target}: there is no such table{_near(client, database, table)}") from None
            return Gap(resource=glue_table(database, table), reason=failure.reason, detail=told(failure))

    def _item(self, database: str, table: dict[str, Any]) -> Item:
        name = str(table["Name"])
        uri = glue_table(database, name)
        if any(fnmatchcase(name, glob) or fnmatchcase(f"{database}/{name}", glob) for glob in self._exclude):
            return Skip(resource=uri, reason="excluded", detail="matches --exclude")
        left_out = _left_out(table)
        if left_out is not None:
            return Skip(resource=uri, reason=left_out[0], detail=left_out[1])
        return AssetRef(kind="table", uri=uri, source=self._number, name=(database, name))

    def _reached(self, error: Exception) -> Failure:
        failure = failure_of(error)
        if failure.is_hopeless:
            raise AwsError(failure.reason, f"{self.target}: {failure.detail}") from None
        return failure


def _left_out(table: dict[str, Any]) -> tuple[str, str] | None:
    """Why a table is not read, by policy; its data are read where they are."""
    if table.get("TargetTable"):
        return "link", "to a table of another name"
    if table.get("FederatedTable"):
        return "federated table", "its rows are another system's"
    if table.get("TableType") == _VIEW or table.get("IsMultiDialectView"):
        return "view", "the tables that it reads are"
    location = str((table.get("StorageDescriptor") or {}).get("Location") or "")
    scheme = location.partition("://")[0].lower() if "://" in location else ""
    if metadata_of(table) is None and location and scheme not in ("s3", "s3a", "s3n"):
        kind = str((table.get("Parameters") or {}).get("classification") or scheme or "another system")
        return "not in S3", f"its rows are in {kind}"
    return None


class GlueOpener:
    """Opens tables with one session for each process: it is picklable, and holds no secret."""

    def __init__(self, access: Access) -> None:
        self._start(access)

    def _start(self, access: Access) -> None:
        self._access = access
        self._session: Session | None = None
        self._connection = Connection(S3Options(access=access))
        self._objects = S3Opener(self._connection)

    def __getstate__(self) -> Access:
        return self._access

    def __setstate__(self, state: Access) -> None:
        self._start(state)

    @contextmanager
    def open(self, asset: AssetRef) -> Iterator[TableReader]:
        """Raises `ReadError` for a table that cannot be opened."""
        database, name = asset.name
        try:
            self._session = self._session or Session(self._access, GLUE)
            client = self._session.client("glue")
            table = described({"DatabaseName": database, **client.get_table(DatabaseName=database, Name=name)["Table"]})
        except refusals() as error:
            raise of_table(error) from None
        except AwsError as error:
            raise ReadError(error.reason, error.detail) from None
        listing: Folders | _Manifests
        if isinstance(table.layout, Iceberg):
            metadata = iceberg.Files(self._connection, self._objects)
            known = metadata.table(table.layout.metadata)
            table = replace(table, columns=known.columns, keys=(), rows=known.rows)
            listing = _Manifests(metadata, known)
        else:
            listing = Folders(self._connection, places(client, table), table)
        yield GlueTable(table, asset.uri, listing, self._objects)


class _Manifests:
    """Files by the manifests of Iceberg."""

    def __init__(self, metadata: iceberg.Files, table: iceberg.Table) -> None:
        self._metadata = metadata
        self._table = table

    def listed(self, draw: random.Random | None) -> Iterator[File | Missing]:
        if draw is None:
            yield from self._metadata.of(self._table)
            return
        found = list(self._metadata.of(self._table))
        draw.shuffle(found)
        yield from found


def _close(client: Any, database: str) -> str:
    try:
        names = [str(each["Name"]) for each in items(client, "get_databases", "DatabaseList")]
    except refusals():
        names = []
    return _hint(database, names)


def _near(client: Any, database: str, table: str) -> str:
    try:
        names = [str(each["Name"]) for each in items(client, "get_tables", "TableList", DatabaseName=database)]
    except refusals() as error:
        return _close(client, database) if failure_of(error).reason == NOT_FOUND else _hint(table, [])
    return _hint(table, names)


def _hint(name: str, names: Sequence[str]) -> str:
    found = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; there is {' and '.join(found)}" if found else ""
    return f"{hint}; check its name, and --profile and --region"
