"""The catalog by its database's driver alone: loading SQLAlchemy takes longer than a few statements do."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from assay.store.kinds import DIGEST, digest_of

_BUSY_SECONDS = 30
_CONNECT_SECONDS = 10
_FILE = re.compile(r"sqlite:///([^?#%]+)")

Rows = list[Sequence[Any]]


class PlainError(Exception):
    """What is wanted cannot be had so: it goes the usual way, which tells what is wrong, if anything is."""


class Plain:
    """A connection to the catalog at `url` (as `engine.open_catalog` takes it); one that `reads` sees one state of it.

    Statements have `?` for parameters. `held` is what holds the rows of a query until the transaction ends. Whatever fails
    is a `PlainError`.
    """

    def __init__(self, url: str, *, reads: bool) -> None:
        self._failures: tuple[type[Exception], ...] = (sqlite3.Error, OSError)
        self._mark = "?"
        self.held = ""
        file = _file_of(url)
        self.is_sqlite = file is not None
        if file is not None:
            self._begin = "BEGIN" if reads else "BEGIN IMMEDIATE"
            with self._translated():
                at = f"file:{quote(file)}?mode=rw"
                self._raw: Any = sqlite3.connect(at, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
            self._raw.create_function(DIGEST, -1, digest_of, deterministic=True)
            self.rows("PRAGMA foreign_keys=ON")
            self.rows("PRAGMA synchronous=FULL")
        else:
            self._connect_postgresql(url)
            self._begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if reads else "BEGIN"
        if reads:
            self.rows(self._begin)

    def _connect_postgresql(self, url: str) -> None:
        if not url.startswith(("postgresql://", "postgres://")):
            raise PlainError
        try:
            import psycopg
        except ImportError:
            raise PlainError from None
        self._failures = (psycopg.Error, OSError)
        self._mark, self.held = "%s", " FOR UPDATE"
        with self._translated():
            self._raw = psycopg.connect(
                url, autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name="assay"
            )
        self.rows(f"SET lock_timeout = '{_BUSY_SECONDS}s'")

    def rows(self, statement: str, *values: Any) -> Rows:
        """What a statement gives."""
        with self._translated():
            cursor = self._raw.execute(statement.replace("?", self._mark), values)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """The same with each of these."""
        if not values:
            return
        with self._translated():
            self._raw.cursor().executemany(statement.replace("?", self._mark), values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written within is kept, or nothing."""
        self.rows(self._begin)
        try:
            yield
            self.rows("COMMIT")
        except BaseException:
            with suppress(PlainError):
                self.rows("ROLLBACK")
            raise

    def close(self) -> None:
        with suppress(*self._failures):
            self._raw.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._failures:
            raise PlainError from None


def _file_of(url: str) -> str | None:
    """The file of a catalog in SQLite."""
    found = _FILE.fullmatch(url)
    if found is None and "://" in url and not os.path.lexists(url):
        return None
    return os.path.abspath(os.path.expanduser(url if found is None or os.path.lexists(url) else found[1]))
