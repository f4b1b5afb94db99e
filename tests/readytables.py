"""Tables of new catalogs, made by the migrations once for each kind of database, and by the same statements from then on.

What the migrations say is compiled anew for every catalog, which takes longer than most tests that need one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from assay.store import versions

if TYPE_CHECKING:
    from sqlalchemy import Connection

# What only looks leaves nothing.
_LOOKS = ("SELECT", "PRAGMA", "SHOW")


class ReadyTables:
    """Stands for `versions.upgrade`. Databases that have tables already are left to that."""

    def __init__(self, upgrade: Callable[..., None]) -> None:
        self._upgrade = upgrade
        self._said: dict[str, list[tuple[str, Any]]] = {}

    def __call__(self, connection: Connection, to: str = "head") -> None:
        from sqlalchemy import event

        kind = connection.dialect.name
        if to != "head" or not versions.is_empty(connection):
            self._upgrade(connection, to)
            return
        if kind in self._said:
            cursor = connection.connection.cursor()
            for statement, parameters in self._said[kind]:
                cursor.execute(statement, parameters)
            cursor.close()
            return
        said: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if not statement.lstrip().upper().startswith(_LOOKS):
                said.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        try:
            self._upgrade(connection)
        finally:
            event.remove(connection, "before_cursor_execute", note)
        self._said[kind] = said


@pytest.fixture(scope="session", autouse=True)
def ready_tables() -> Iterator[None]:
    """For all tests of a process. A test of the migrations themselves brings older tables to the newest version."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions, "upgrade", ReadyTables(versions.upgrade))
        yield
