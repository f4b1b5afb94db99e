"""Kills what is done in this process at its calls that change something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import update
from strict.injections import Injection

from assay.app.protection import applying
from assay.aws import rdssettings, session, tablesettings
from assay.store.engine import Catalog
from assay.store.schema.protect import action_claims

_READS = ("Get", "List", "Describe", "Head", "Scan", "Query")


class KilledError(BaseException):
    """As kill -9 comes: nothing is done, and nothing is written, after it."""


class Killing:
    """Kills at the next call that changes something, before it or after it; every later call of the process dies, too."""

    def __init__(self) -> None:
        self.after: bool | None = None
        self.is_dead = False
        self.instead: Callable[[], Injection] | None = None
        self.injected: Injection | None = None
        self.at: set[tuple[str, bool]] = set()

    def watch(self, client: Any, service: str) -> Any:
        client.meta.events.register_first("before-call.*", lambda model, **_: self._before(f"{service}.{model.name}"))
        client.meta.events.register_last("after-call.*", lambda model, **_: self._after(f"{service}.{model.name}"))
        return client

    @contextmanager
    def once(self, *, after: bool, instead: Callable[[], Injection] | None = None) -> Iterator[Callable[[], bool]]:
        """Tells whether it came to that. `instead` of dying something may be injected, until this ends."""
        self.after, self.is_dead = after, False
        self.instead, self.injected = instead, None
        try:
            yield lambda: self.is_dead or self.injected is not None
        finally:
            if self.injected is not None:
                self.injected.end()
            self.after, self.is_dead = None, False

    def _before(self, name: str) -> None:
        if self.is_dead:
            raise KilledError
        if self.after is False and _changes(name):
            self._die(name)

    def _after(self, name: str) -> None:
        if self.after is True and not self.is_dead and _changes(name):
            self._die(name)

    def _die(self, name: str) -> None:
        if self.instead is not None:
            self.injected = self.injected or self.instead()
            return
        self.is_dead = True
        self.at.add((name, bool(self.after)))
        raise KilledError


def _changes(name: str) -> bool:
    return not name.partition(".")[2].startswith(_READS)


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> Killing:
    """Kills what is done from now on; nothing waits for anything."""
    made, whole = Killing(), session._client
    monkeypatch.setattr(
        session, "_client", lambda base, service, *more: made.watch(whole(base, service, *more), service)
    )
    # One after the other, so that each call is the one that is killed.
    monkeypatch.setattr(applying, "_THREADS", 1)
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    return made


def dead(catalog: Catalog) -> None:
    """The process that had the claims is no more."""
    with catalog.transaction() as connection:
        connection.execute(update(action_claims).values(process=0, until="2000-01-01T00:00:00.000000Z"))
