"""A lease that is kept while work goes on, by a thread beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from assay.errors import CatalogError
from assay.store import leases
from assay.store.engine import Catalog
from assay.store.leases import Holder, Lease


@contextmanager
def all_leased(
    catalog: Catalog, names: Sequence[str], lasts: timedelta, *, by: str
) -> Iterator[Callable[[], bool] | Holder]:
    """Has several leases, all of them or none: yields what tells whether one was lost, or who has one."""
    with ExitStack() as stack:
        held: list[Callable[[], bool]] = []
        for name in sorted(names):
            taken = stack.enter_context(leased(catalog, name, lasts, by=by))
            if isinstance(taken, Holder):
                yield taken
                return
            held.append(taken)
        yield lambda: any(is_lost() for is_lost in held)


@contextmanager
def leased(catalog: Catalog, name: str, lasts: timedelta, *, by: str) -> Iterator[Callable[[], bool] | Holder]:
    """Has a lease until the block ends: yields what tells whether it was lost; or who has it, if another has."""
    with catalog.transaction() as connection:
        taken = leases.take(connection, name, lasts, by=by)
    if isinstance(taken, Holder):
        yield taken
        return
    ended, lost = threading.Event(), threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(catalog, taken, lasts, ended, lost), name="assay-lease-keeper", daemon=True
    )
    keeper.start()
    try:
        yield lost.is_set
    finally:
        ended.set()
        keeper.join()
        with catalog.transaction() as connection:
            leases.give_back(connection, taken)


def _keep(catalog: Catalog, lease: Lease, lasts: timedelta, ended: threading.Event, lost: threading.Event) -> None:
    while not ended.wait(lasts.total_seconds() / 3):
        try:
            with catalog.transaction() as connection:
                if not leases.renew(connection, lease, lasts):
                    lost.set()
                    return
        except CatalogError:
            # Another try follows before the time is over; what it ends with tells what is wrong.
            continue
