"""What a worker keeps to: no more is taken than it can work on, and what ends it each time is given up."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import update
from workers_for_tests import Queues, audited, drain, object_created, statuses, worker

from assay.app.work.handling import Handled
from assay.app.work.processing import ENDED, event_of
from assay.app.work.worker import Until
from assay.events.items import ObjectItem, WorkItem
from assay.events.parse import parse
from assay.store import incoming
from assay.store.engine import Catalog
from assay.store.incoming import Incoming, Taken
from assay.store.schema.events import events

pytestmark = pytest.mark.parametrize("catalog_url", ["sqlite"], indirect=True)


def test_no_more_is_received_than_is_bounded_while_all_threads_are_busy(catalog: Catalog, inbox: Queues) -> None:
    go_on = threading.Event()
    begun = threading.Semaphore(0)

    def handle(_item: WorkItem, _event: Incoming) -> Handled:
        begun.release()
        assert go_on.wait(240)
        return Handled()

    inbox.send(*(object_created(f"k{at}", "01") for at in range(40)))
    with worker(catalog, inbox, concurrency=2, tags=False) as made:
        made.processing.handle = handle
        thread = threading.Thread(target=made.run, args=(Until.EMPTY,))
        thread.start()
        for _ in range(2):
            assert begun.acquire(timeout=300)
        most, ends = 0, time.monotonic() + 1.5
        while time.monotonic() < ends:
            most = max(most, made.queue.depth().in_work)
            time.sleep(0.05)
        go_on.set()
        thread.join(240)
    assert 2 <= most <= 10
    assert statuses(catalog) == {"done": 40}


def test_an_event_that_ends_the_worker_each_time_is_given_up_with_that_reason(catalog: Catalog, inbox: Queues) -> None:
    told = object_created("bomb.csv", "01")
    (item,) = parse(json.dumps(told))
    assert isinstance(item, ObjectItem)
    for attempt in (1, 2):
        with catalog.transaction() as connection:
            taken = incoming.claim(connection, event_of(item), timedelta(minutes=1))
            assert isinstance(taken, Taken)
            assert taken.attempts == attempt
            # As a worker leaves it that was killed.
            connection.execute(update(events).values(until="2000-01-01T00:00:00.000000Z", host="gone"))
    inbox.send(told, object_created("good.csv", "01", size=0))
    drain(catalog, inbox, attempts=2, tags=False)
    assert statuses(catalog) == {"dead": 1, "skipped": 1}
    (letter,) = inbox.dead_letters()
    assert letter["MessageAttributes"]["Reason"]["StringValue"] == ENDED
    assert [(entry["outcome"], entry["reason"]) for entry in audited(catalog) if entry["outcome"] == "dead"] == [
        ("dead", ENDED)
    ]
