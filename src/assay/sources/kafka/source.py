"""The topics that a target names, and what opens them in any process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from fnmatch import fnmatchcase

from assay.errors import ReadError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.ports import TableReader
from assay.sources.kafka.address import Address, parse
from assay.sources.kafka.client import Client
from assay.sources.kafka.reader import KafkaTopic
from assay.sources.names import close_to, is_pattern

_INTERNAL = "__"
"""Names of Kafka's own topics begin so: `__consumer_offsets`, `__transaction_state`."""


class KafkaSource:
    """One target, the `number`-th of its scan. `exclude` are patterns of topics' names; records before `since` are not read.
    Raises `UsageError` for a target that is wrong."""

    def __init__(
        self, target: str, *, number: int = 0, exclude: Sequence[str] = (), since: datetime | None = None
    ) -> None:
        self.target = target
        self._address = parse(target)
        self._number = number
        self._exclude = tuple(exclude)
        self._since = since

    @property
    def root(self) -> str:
        """What the URIs of all topics of this source begin with, or the URI of the only one."""
        topic = self._address.topic
        return self._address.uri() if is_pattern(topic) else self._address.uri(topic)

    def opener(self) -> KafkaOpener:
        """Opens the topics, in this process or another one."""
        return KafkaOpener(self._address, self._since)

    def assets(self) -> Iterator[AssetRef | Gap | Skip]:
        """Topics in the order of their names. Asks at once; raises `UsageError` where no broker answers or lets nobody in with
        this user, and where no topic is called so."""
        address = self._address
        client = Client(address)
        try:
            names = sorted(client.topics())
        except ReadError as error:
            raise UsageError(f"{address.shown}: {error.detail or error.reason}") from None
        finally:
            client.close()
        found = [name for name in names if fnmatchcase(name, address.topic)]
        if is_pattern(address.topic):
            found = [name for name in found if not name.startswith(_INTERNAL)]
        if not found and address.topic != "*":
            raise UsageError(
                f"{address.shown}: there is no topic of this name that the user may see{close_to(address.topic, names)}; "
                "check the spelling, and that the user may describe it"
            )
        return iter([self._item(name) for name in found])

    def _item(self, name: str) -> AssetRef | Skip:
        uri = self._address.uri(name)
        if any(fnmatchcase(name, glob) for glob in self._exclude):
            return Skip(resource=uri, reason="excluded", detail="matches --exclude")
        return AssetRef(kind="table", uri=uri, source=self._number, name=(name,))


class KafkaOpener:
    """Opens topics with one client for each process: it is picklable, and a forked process makes its own."""

    def __init__(self, address: Address, since: datetime | None = None) -> None:
        self._address = address
        self._since = since
        self._client: Client | None = None
        self._process = 0

    def __getstate__(self) -> tuple[Address, datetime | None]:
        return self._address, self._since

    def __setstate__(self, state: tuple[Address, datetime | None]) -> None:
        self._address, self._since = state
        self._client = None
        self._process = 0

    @contextmanager
    def open(self, asset: AssetRef) -> Iterator[TableReader]:
        """Raises `ReadError` for a topic that cannot be opened."""
        if self._client is None or self._process != os.getpid():
            self._client, self._process = Client(self._address), os.getpid()
        name = asset.name[0]
        extents = self._client.extents(name, self._since)
        yield KafkaTopic(self._client, asset.uri, name, extents, since=self._since)
