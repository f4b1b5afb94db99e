"""Leases in both kinds of catalog: one process has what only one may do, and loses it when it is silent or gone."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from assay.store import leases
from assay.store.engine import Catalog
from assay.store.leases import Holder, Lease
from assay.store.schema.leases import leases as table
from assay.store.texts import moment

LASTS = timedelta(minutes=2)
NAME = "protect watch 123456789012 eu-west-1"


def take(catalog: Catalog, name: str = NAME, by: str = "ada") -> Lease | Holder:
    with catalog.transaction() as connection:
        return leases.take(connection, name, LASTS, by=by)


def taken(catalog: Catalog, name: str = NAME) -> Lease:
    found = take(catalog, name)
    assert isinstance(found, Lease)
    return found


def renew(catalog: Catalog, lease: Lease) -> bool:
    with catalog.transaction() as connection:
        return leases.renew(connection, lease, LASTS)


def test_one_has_it_until_it_is_given_back(catalog: Catalog) -> None:
    mine = taken(catalog)
    other = take(catalog, by="grace")
    assert isinstance(other, Holder)
    assert other.by == "ada"
    assert other.until > datetime.now(UTC)
    assert isinstance(take(catalog, "something else"), Lease)
    assert renew(catalog, mine)
    with catalog.transaction() as connection:
        leases.give_back(connection, mine)
    assert not renew(catalog, mine)
    assert isinstance(take(catalog, by="grace"), Lease)


def test_who_is_silent_loses_it_and_gives_nothing_back(catalog: Catalog) -> None:
    mine = taken(catalog)
    with catalog.transaction() as connection:
        connection.execute(update(table).values(host="elsewhere/1", until=moment(datetime.now(UTC) - LASTS)))
    other = taken(catalog)
    assert not renew(catalog, mine)
    with catalog.transaction() as connection:
        leases.give_back(connection, mine)
    assert renew(catalog, other)


def test_a_process_that_is_gone_has_nothing(catalog: Catalog) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    taken(catalog)
    with catalog.transaction() as connection:
        connection.execute(update(table).values(process=int(gone.stdout)))
    assert isinstance(take(catalog), Lease)
    # Elsewhere its number says nothing.
    with catalog.transaction() as connection:
        connection.execute(update(table).values(process=int(gone.stdout), host="elsewhere/1"))
    assert isinstance(take(catalog), Holder)


def test_of_many_at_once_one_has_it(catalog: Catalog) -> None:
    found: list[Lease | Holder] = []
    threads = [threading.Thread(target=lambda: found.append(take(catalog))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, Lease) for each in found) == 1
    assert len(found) == 8
