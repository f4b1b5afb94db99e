"""Transactions of threads that are committed together: each is kept whole or not at all, and the log is one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from assay.errors import CatalogError
from assay.store import audit
from assay.store.engine import Catalog, open_catalog
from assay.store.proof import verify
from assay.store.schema.audit import audit_log


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(str(tmp_path / "catalog.db"), create=True, keys=tmp_path / "keys") as opened:
        yield opened.grouped()


def entries(catalog: Catalog) -> list[str]:
    with catalog.reading() as connection:
        return list(connection.scalars(select(audit_log.c.resource).order_by(audit_log.c.seq)))


def test_many_threads_keep_all_and_the_log_holds(catalog: Catalog) -> None:
    commits: list[object] = []
    event.listen(catalog.engine, "commit", commits.append)

    def one(number: int) -> None:
        with catalog.transaction() as connection:
            audit.append(connection, actor="test", action="LOGIN", resource=f"first {number}")
            audit.append(connection, actor="test", action="LOGIN", resource=f"then {number}")
            if number % 7 == 3:
                raise ValueError(number)

    failed = 0
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(one, number) for number in range(120)]:
            failed += isinstance(done.exception(), ValueError)
    kept = [number for number in range(120) if number % 7 != 3]
    assert failed == 120 - len(kept)
    told = entries(catalog)
    assert sorted(told) == sorted(f"{which} {number}" for which in ("first", "then") for number in kept)
    # What one has written stands together.
    assert all(told[at + 1] == told[at].replace("first", "then") for at in range(0, len(told), 2))
    assert 0 < len(commits) < 120
    assert not verify(catalog).problems


def test_nobody_returns_before_it_is_committed(catalog: Catalog) -> None:
    seen: list[int] = []
    begun = threading.Barrier(4)

    def one(number: int) -> None:
        begun.wait()
        with catalog.transaction() as connection:
            audit.append(connection, actor="test", action="LOGIN", resource=str(number))
            time.sleep(0.02)
        # A reader of its own sees it, which it does not before the commit.
        seen.append(str(number) in entries(catalog))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    assert seen == [True] * 4


def test_a_commit_that_fails_is_told_to_all(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Barrier(3)

    def lost(*_: object) -> None:
        raise CatalogError("the disk is full", transient=True)

    monkeypatch.setattr("assay.store.engine.sealing.settle", lost)

    def one(number: int) -> None:
        begun.wait()
        with catalog.transaction() as connection:
            audit.append(connection, actor="test", action="LOGIN", resource=str(number))
            time.sleep(0.05)

    with ThreadPoolExecutor(3) as pool:
        errors = [done.exception() for done in [pool.submit(one, number) for number in range(3)]]
    assert [str(error) for error in errors] == ["the disk is full"] * 3
    monkeypatch.undo()
    assert not entries(catalog)
    one_more = threading.Barrier(1)
    begun = one_more
    one(9)
    assert entries(catalog) == ["9"]


def test_a_transaction_that_the_database_gave_up_takes_all_of_it_back(catalog: Catalog) -> None:
    inside, goes_on = threading.Event(), threading.Event()

    def first() -> None:
        with catalog.transaction() as connection:
            audit.append(connection, actor="test", action="LOGIN", resource="first")
            inside.set()
            goes_on.wait(300)

    def second() -> None:
        with catalog.transaction() as connection:
            connection.exec_driver_sql("ROLLBACK")
            raise ValueError("given up")

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        assert inside.wait(300)
        other = pool.submit(second)
        while not catalog.together._waiting:  # type: ignore[union-attr]
            time.sleep(0.001)
        goes_on.set()
        assert isinstance(other.exception(), ValueError)
        lost = one.exception()
    assert isinstance(lost, CatalogError)
    assert lost.transient
    assert not entries(catalog)
    with catalog.transaction() as connection:
        assert connection.scalar(select(func.count()).select_from(audit_log)) == 0
