"""Transactions of several threads, committed as one where they wait for one another anyway.

SQLite has one writer at a time, and each commit waits for the disk; so does the note of the audit log's end. A thread that is
through while others wait for their turn leaves its transaction open to the next, and all return when it is committed. Each
part has a savepoint, so that one that fails takes back what is its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from assay.errors import CatalogError
from assay.store import audit

_MOST = 16
_SECONDS = 0.2
"""How many, and for how long, before others get their turn: other processes wait meanwhile."""

Whole = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True, kw_only=True)
class _Group:
    """A transaction that is open, by `whole`, and those that wait for its commit."""

    whole: AbstractContextManager[Connection]
    connection: Connection
    began: float
    members: int = 0
    error: BaseException | None = None
    ended: threading.Event = field(default_factory=threading.Event)


class Together:
    """Begins and ends transactions for all threads of a process."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._group: _Group | None = None

    @contextmanager
    def part(self, whole: Whole) -> Iterator[Connection]:
        """A connection that writes. When this ends well, what was written is kept, with that of others or alone.

        `whole` begins a transaction of its own, and raises what goes wrong with it: so does this, in every thread.
        """
        with self._count:
            self._waiting += 1
        self._turn.acquire()
        with self._count:
            self._waiting -= 1
        group = None
        try:
            group = self._open(whole)
            yield from self._within(group)
        finally:
            # Whether this part failed or not, others of the group may wait for its commit.
            mine = group is None or self._leave(group)
            self._turn.release()
        if not mine:
            self._await(group)
        if group.error is not None:
            raise group.error

    def _open(self, whole: Whole) -> _Group:
        if self._group is None:
            begun = whole()
            self._group = _Group(whole=begun, connection=begun.__enter__(), began=monotonic())
        return self._group

    def _within(self, group: _Group) -> Generator[Connection]:
        connection = group.connection
        before = connection.info.get(audit.PENDING)
        connection.exec_driver_sql("SAVEPOINT part")
        try:
            yield connection
            connection.exec_driver_sql("RELEASE part")
        except BaseException:
            try:
                connection.exec_driver_sql("ROLLBACK TO part")
                connection.exec_driver_sql("RELEASE part")
                connection.info[audit.PENDING] = before
            except (DBAPIError, PendingRollbackError):
                # The database has given up the whole of it, as it does where the disk is full; or Ctrl-C within a statement
                # has closed the connection.
                group.error = CatalogError("the catalog gave up a transaction; try again", transient=True)
            raise
        group.members += 1

    def _await(self, group: _Group) -> None:
        """Waits until the group is committed; where nobody goes on with it after all, it is ended here."""
        while not group.ended.wait(_SECONDS):
            if self._turn.acquire(blocking=False):
                try:
                    if self._group is group:
                        self._finish(group)
                finally:
                    self._turn.release()

    def _leave(self, group: _Group) -> bool:
        """Ends the group unless others go on with it; whether it is ended."""
        goes_on = group.error is None and group.members < _MOST and monotonic() - group.began < _SECONDS
        if goes_on and self._waiting:
            return False
        self._finish(group)
        return True

    def _finish(self, group: _Group) -> None:
        self._group = None
        error = group.error
        try:
            if error is None:
                group.whole.__exit__(None, None, None)
            else:
                with suppress(type(error)):
                    group.whole.__exit__(type(error), error, error.__traceback__)
        except BaseException as failed:  # noqa: BLE001  # it is raised in every thread that waits for this
            group.error = failed
        finally:
            group.ended.set()
