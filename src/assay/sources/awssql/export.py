"""An export of a snapshot of RDS as a source: Parquet in S3, read in place of the database, and told of as the database.

How it lies there: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.FileNames.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import orjson

from assay.aws.access import Access
from assay.aws.arn import parse as parse_arn
from assay.aws.failures import NOT_FOUND, code_of, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Session
from assay.errors import ReadError, UsageError
from assay.formats.kinds import Kind
from assay.model import AssetRef, Gap, Skip
from assay.ports import TableReader
from assay.sources.awssql import rds
from assay.sources.awssql.address import Named, parse
from assay.sources.awssql.calls import EXPORT
from assay.sources.awssql.failures import NOT_READY, refused
from assay.sources.glue.described import Described, Folder
from assay.sources.glue.places import Folders, Place, object_of
from assay.sources.glue.reader import GlueTable
from assay.sources.s3.connection import Connection
from assay.sources.s3.failures import of_listing
from assay.sources.s3.listing import Entry, Pages, Unlisted, listed
from assay.sources.s3.opener import S3Opener
from assay.sources.s3.options import S3Options
from assay.sources.sql.address import Address

_DONE = "COMPLETE"
_ENDED = ("FAILED", "CANCELED", "CANCELING")
_NOT_FOUND = ("ExportTaskNotFound", "ExportTaskNotFoundFault")
_TABLES = "export_tables_info_"
_END = ".parquet"
_PARTS = 3
_ALLOW = "rds:DescribeExportTasks, rds:DescribeDBSnapshots and rds:DescribeDBClusterSnapshots"


class Exported(NamedTuple):
    """Where an export lies, and whose data it has."""

    folder: Folder
    engine: str
    called: tuple[str, int]

    def uri(self, *names: str) -> str:
        """The URI of a table, as a scan of the database itself has it."""
        return Address(engine=self.engine, url="", called=self.called).uri(*names)


class ExportSource:
    """One target, the `number`-th of its scan."""

    def __init__(
        self,
        target: str,
        access: Access,
        *,
        number: int = 0,
        exclude: Sequence[str] = (),
        note: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.target = target
        self._named = parse(target)
        self._access = access
        self._number = number
        self._exclude = tuple(exclude)
        self._note = note
        self._opener = ExportOpener(access)

    @property
    def is_narrowed(self) -> bool:
        """Whether some of the tables only are asked for."""
        return bool(self._named.query or self._named.database)

    def opener(self) -> ExportOpener:
        """Opens the tables, in this process or another one."""
        return self._opener

    def assets(self) -> Iterator[AssetRef | Gap | Skip]:
        """Every table that was exported, and a gap for each that was not; one gap where the export cannot be read at all.

        Raises `UsageError` where there is no such export or database, and `AwsError` where AWS cannot be asked.
        """
        named = self._named
        try:
            found = self._found()
            self._opener.found = found
            items_found = self._items(found)
            if self.is_narrowed and not items_found:
                raise UsageError(
                    f"{named.uri}: the export has no table that is asked for; check database, schema and table"
                )
            self._note(f"{named.shown}: read from s3://{found.folder.bucket}/{found.folder.key}")
            return iter(items_found)
        except ReadError as error:
            return iter((Gap(resource=named.uri, reason=error.reason, detail=error.detail),))

    def _found(self) -> Exported:
        named = self._named
        client = Session(self._access, EXPORT).client("rds")
        try:
            task = next(items(client, "describe_export_tasks", "ExportTasks", ExportTaskIdentifier=named.export), None)
        except refusals() as error:
            if code_of(error) not in _NOT_FOUND:
                raise refused(error, named.shown, _ALLOW) from None
            task = None
        if task is None:
            raise UsageError(f"{named.shown}: there is no export named {named.export}; check its name and --region")
        _check(task)
        identity = rds.identity(client, named)
        _belongs(client, task, identity, named)
        prefix = str(task.get("S3Prefix") or "").strip("/")
        folder = Folder(str(task["S3Bucket"]), f"{prefix}/{named.export}".lstrip("/"))
        return Exported(folder, identity.engine, identity.called)

    def _items(self, found: Exported) -> list[AssetRef | Gap | Skip]:
        connection = self._opener.connection
        pages = Pages(connection=connection, bucket=found.folder.bucket)
        below = f"{found.folder.key}/"
        tables: dict[tuple[str, str], None] = {}
        listed_items: list[AssetRef | Gap | Skip] = []
        try:
            for entry in listed(pages, below, pages.page(below)):
                if isinstance(entry, Unlisted):
                    listed_items.append(
                        Gap(resource=self._named.uri, reason=entry.error.reason, detail=entry.error.detail)
                    )
                    continue
                parts = entry.key[len(below) :].split("/")
                if len(parts) >= _PARTS and entry.key.endswith(_END):
                    tables.setdefault((parts[0], parts[1]))
                elif len(parts) == 1 and parts[0].startswith(_TABLES):
                    listed_items += self._not_exported(found, entry)
        except refusals() as error:
            raise of_listing(error) from None
        wanted = (self._item(found, *table) for table in tables)
        return [*(item for item in wanted if item is not None), *listed_items]

    def _item(self, found: Exported, database: str, folder: str) -> AssetRef | Skip | None:
        schema, _, table = folder.partition(".")
        names = _names(found.engine, database, schema, table)
        if not self._is_wanted(database, schema, table):
            return None
        uri = found.uri(*names)
        if any(fnmatchcase(f"{schema}/{table}", glob) or fnmatchcase(table, glob) for glob in self._exclude):
            return Skip(resource=uri, reason="excluded", detail="")
        return AssetRef(kind="table", uri=uri, source=self._number, name=(database, schema, table))

    def _is_wanted(self, database: str, schema: str, table: str) -> bool:
        given = dict(self._named.query)
        wanted = {"schema": schema, "table": table}
        fits = all(
            any(fnmatchcase(name, glob.strip()) for glob in given[option].split(","))
            for option, name in wanted.items()
            if given.get(option)
        )
        return fits and self._named.database in ("", database)

    def _not_exported(self, found: Exported, entry: Entry) -> Iterator[Gap]:
        """A gap for each table whose export did not succeed, as the export's own list of its tables has it."""
        asset = object_of(found.folder.bucket, entry.key, entry.size, entry.etag)
        try:
            with self._opener.objects.open(asset, ahead=False) as stream:
                told = orjson.loads(stream.read())
            statuses = told["perTableStatus"]
            failed = [str(each["target"]) for each in statuses if each.get("status") != _DONE]
        except (ReadError, orjson.JSONDecodeError, KeyError, TypeError):
            yield Gap(
                resource=self._named.uri,
                reason="unreadable",
                detail=f"{asset.uri}: which tables were exported is not known",
            )
            return
        for target in failed:
            parts = target.split(".", 2)
            database, schema, table = parts if len(parts) == _PARTS else (parts[0], parts[0], parts[-1])
            if self._is_wanted(database, schema, table):
                yield Gap(
                    resource=found.uri(*_names(found.engine, database, schema, table)),
                    reason="not exported",
                    detail="the export did not get it; read it from the database itself",
                )


class ExportOpener:
    """Opens tables of an export, in any process: it is picklable, and holds no secret."""

    def __init__(self, access: Access, found: Exported | None = None) -> None:
        self._access = access
        self.found = found
        self.connection = Connection(S3Options(access=access))
        self.objects = S3Opener(self.connection)

    def __reduce__(self) -> tuple[Any, ...]:
        return ExportOpener, (self._access, self.found)

    @contextmanager
    def open(self, asset: AssetRef) -> Iterator[TableReader]:
        """Raises `ReadError` for a table that cannot be read."""
        if self.found is None:
            raise ReadError(NOT_READY, "the export was not looked for before its tables were")
        database, schema, table = asset.name
        folder = Folder(self.found.folder.bucket, f"{self.found.folder.key}/{database}/{schema}.{table}")
        described = Described(database=schema, name=table, columns=(), keys=(), layout=Kind.PARQUET, folder=folder)
        place = Place(folder, {}, Kind.PARQUET, 0)
        yield GlueTable(described, asset.uri, Folders(self.connection, [place], described), self.objects)


def _names(engine: str, database: str, schema: str, table: str) -> tuple[str, ...]:
    return (database, table) if engine == "mysql" else (database, schema, table)


def _check(task: Mapping[str, Any]) -> None:
    status = str(task.get("Status") or "").upper()
    if status in _ENDED:
        raise ReadError("not exported", f"the export ended as {status.lower()}; make another one")
    if status != _DONE:
        done = task.get("PercentProgress")
        far = f", {done} % are done" if done is not None else ""
        raise ReadError(NOT_READY, f"the export goes on{far}; scan it when it is complete")


def _belongs(client: Any, task: Mapping[str, Any], identity: rds.Identity, named: Named) -> None:
    """Raises where an export is another database's, or where that is not known: what is found would be told of the wrong one."""
    arn = parse_arn(str(task.get("SourceArn") or ""))
    if arn.kind == "cluster":
        owner: tuple[str | None, str | None] = (arn.name, None)
    else:
        operation, key = ("describe_db_snapshots", "DBSnapshots")
        if arn.kind == "cluster-snapshot":
            operation, key = ("describe_db_cluster_snapshots", "DBClusterSnapshots")
        name = "DBSnapshotIdentifier" if arn.kind == "snapshot" else "DBClusterSnapshotIdentifier"
        try:
            told = next(items(client, operation, key, **{name: arn.name}), None)
        except refusals() as error:
            if failure_of(error).reason != NOT_FOUND and "NotFound" not in code_of(error):
                raise refused(error, named.shown, _ALLOW) from None
            told = None
        if told is None:
            raise ReadError("not known", "the snapshot of the export is gone, so that nobody knows whose data it has")
        owner = (told.get("DBClusterIdentifier"), told.get("DBInstanceIdentifier"))
    if identity.cluster not in (None, owner[0]) or identity.instance not in (None, owner[1]):
        whose = owner[0] or owner[1]
        raise UsageError(f"{named.shown}: the export {named.export} is of {whose}; name that one")
