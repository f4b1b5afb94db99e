"""The collections that a URL names, and what opens them in any process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

from assay.errors import UsageError
from assay.model import AssetRef, Gap, Skip
from assay.ports import TableReader
from assay.sources.mongodb.address import Address, parse
from assay.sources.mongodb.failures import CONNECT_SECONDS, STATEMENT_SECONDS, errors, failure_of, vanished

_SYSTEM = frozenset({"admin", "config", "local"})
_SYSTEM_COLLECTIONS = "system."
_NAME = "assay"
# So it also answers users who may read some collections only.
_NAMES = {"nameOnly": True, "authorizedCollections": True}

Items = Iterator[AssetRef | Gap | Skip]


class MongoSource:
    """The collections of one URL, the `number`-th target of its scan. Raises `UsageError` for a URL that is wrong.

    `exclude` are patterns of names, `database/collection` or the collection's alone.
    """

    def __init__(self, target: str, *, number: int = 0, exclude: Sequence[str] = ()) -> None:
        self.target = target
        self._address = parse(target)
        self._number = number
        self._exclude = tuple(exclude)

    @property
    def root(self) -> str:
        """What the URIs of all collections of this source begin with."""
        database = self._address.database
        return f"{self._address.uri(database)}/" if database else self._address.root

    def opener(self) -> MongoOpener:
        """Opens the collections, in this process or another one."""
        return MongoOpener(self._address)

    def assets(self) -> Items:
        """Collections by database, in the order of their names. Asks at once; raises `UsageError` where the server cannot be
        reached, lets nobody in with this user, or has none that is asked for."""
        address = self._address
        client = connect(address)
        try:
            databases = [address.database] if address.database else self._databases(client)
            items = [item for database in databases for item in self._listed(client, database)]
        finally:
            client.close()
        is_named = bool(address.collections or address.database)
        if is_named and not items:
            of = f" that is called {','.join(address.collections)}" if address.collections else ""
            raise UsageError(
                f"{address.shown}: there is no collection{of}; check the spelling, upper and lower case, and that the user may "
                "see it"
            )
        return iter(items)

    def _databases(self, client: Any) -> list[str]:
        try:
            names = client.list_database_names()
        except errors() as error:
            raise self._told(error, "its databases cannot be listed") from None
        return sorted(name for name in names if name not in _SYSTEM)

    def _listed(self, client: Any, database: str) -> Items:
        address = self._address
        try:
            found = list(client[database].list_collections(**_NAMES))
        except errors() as error:
            if address.database:
                raise self._told(error, "its collections cannot be listed") from None
            failed = failure_of(error)
            yield Gap(resource=address.uri(database), reason=failed.reason, detail=failed.detail)
            return
        for told in sorted(found, key=lambda each: str(each["name"])):
            name = str(told["name"])
            globs = address.collections
            if not name.startswith(_SYSTEM_COLLECTIONS) and (
                not globs or any(fnmatchcase(name, glob) for glob in globs)
            ):
                yield self._item(database, name, told)

    def _item(self, database: str, name: str, told: Mapping[str, Any]) -> AssetRef | Skip:
        uri = self._address.uri(database, name)
        is_view = told.get("type") == "view"
        if is_view and not self._address.views:
            return Skip(
                resource=uri, reason="view", detail="what it shows is read where it is kept; views=1 reads it, too"
            )
        if any(fnmatchcase(f"{database}/{name}", glob) or fnmatchcase(name, glob) for glob in self._exclude):
            return Skip(resource=uri, reason="excluded", detail="matches --exclude")
        return AssetRef(kind="table", uri=uri, source=self._number, name=(database, name))

    def _told(self, error: Exception, what: str) -> UsageError:
        failed = failure_of(error)
        return UsageError(f"{self._address.shown}: {what}: {failed.detail or failed.reason}")


class MongoOpener:
    """Opens collections with one client for each process: it is picklable, and a forked process makes its own."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client: Any = None
        self._process = 0

    def __getstate__(self) -> Address:
        return self._address

    def __setstate__(self, state: Address) -> None:
        self._address = state
        self._client = None
        self._process = 0

    @contextmanager
    def open(self, asset: AssetRef) -> Iterator[TableReader]:
        """Raises `ReadError` for a collection that cannot be opened."""
        from assay.sources.mongodb.reader import MongoCollection

        database, name = asset.name
        if self._client is None or self._process != os.getpid():
            self._client, self._process = connect(self._address), os.getpid()
        try:
            found = list(self._client[database].list_collections(filter={"name": name}, **_NAMES))
        except errors() as error:
            raise failure_of(error) from None
        if not found:
            raise vanished()
        yield MongoCollection(
            self._client[database][name], asset.uri, f"{database}.{name}", is_view=found[0].get("type") == "view"
        )


def connect(address: Address) -> Any:
    """A client that reads from secondaries where there are some, and connects when it is first asked. Raises `UsageError`."""
    try:
        from pymongo import MongoClient
        from pymongo.errors import ConfigurationError, PyMongoError
    except ImportError:
        raise UsageError("mongodb://… is read with pymongo: pip install 'assay[mongodb]'") from None
    given = {name for name, _ in address.options}
    usual: dict[str, Any] = {
        "appName": _NAME,
        "readPreference": "secondaryPreferred",
        "connectTimeoutMS": CONNECT_SECONDS * 1000,
        "serverSelectionTimeoutMS": CONNECT_SECONDS * 1000,
        "socketTimeoutMS": (STATEMENT_SECONDS + CONNECT_SECONDS) * 1000,
        "maxPoolSize": 4,
        # What cannot be decoded as it is declared is read all the same.
        "unicode_decode_error_handler": "replace",
        "datetime_conversion": "DATETIME_AUTO",
    }
    options = {name: value for name, value in usual.items() if name not in given}
    if address.user is not None:
        options |= {"username": address.user, "password": address.password}
    try:
        return MongoClient(address.url, connect=False, **options)
    except (ConfigurationError, ValueError, TypeError, OSError) as error:
        # Its message may quote the URL.
        raise UsageError(
            f"{address.shown}: its host or options cannot be used ({type(error).__name__}); check their names and values, and "
            "that files of certificates are there"
        ) from None
    except PyMongoError as error:
        raise UsageError(f"{address.shown}: {failure_of(error).detail}") from None
