"""Events in both kinds of catalog: taken by one at a time, settled once, in the order of their keys."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from assay.events.items import is_older
from assay.store import eventcounts, incoming
from assay.store.engine import Catalog
from assay.store.incoming import Busy, Incoming, Known, LostClaimError, Status, Taken
from assay.store.schema.audit import audit_log
from assay.store.schema.events import event_order, events
from assay.store.texts import moment

LEASE = timedelta(minutes=2)


def event(name: str = "a", sequencer: str | None = "01", *, key: str | None = "s3://b/k") -> Incoming:
    return Incoming(
        identity=f"{name:0<64}", resource="s3://b/k", source="s3", type="created", ordered=key, sequencer=sequencer
    )


def claim(catalog: Catalog, which: Incoming) -> Taken | Known | Busy:
    with catalog.transaction() as connection:
        return incoming.claim(connection, which, LEASE)


def taken(catalog: Catalog, which: Incoming) -> Taken:
    found = claim(catalog, which)
    assert isinstance(found, Taken)
    return found


def finish(catalog: Catalog, mine: Taken, which: Incoming, status: Status = Status.DONE) -> None:
    with catalog.transaction() as connection:
        incoming.hold(connection, mine)
        incoming.finish(connection, mine, which, status, actor="test")


def let_it_run_out(catalog: Catalog) -> None:
    """As if another host's worker had died long ago."""
    with catalog.transaction() as connection:
        connection.execute(update(events).values(until=moment(datetime.now(UTC) - timedelta(seconds=1)), host="gone"))


def entries(catalog: Catalog) -> int:
    with catalog.reading() as connection:
        return len(connection.execute(select(audit_log.c.seq).where(audit_log.c.action == incoming.ACTION)).all())


def test_an_event_is_taken_by_one_and_known_when_it_is_done(catalog: Catalog) -> None:
    mine = taken(catalog, event())
    assert isinstance(claim(catalog, event()), Busy)
    finish(catalog, mine, event())
    assert claim(catalog, event()) == Known(Status.DONE)
    with catalog.reading() as connection:
        (row,) = connection.execute(select(events)).all()
    assert (row.deliveries, row.attempts, row.claim) == (3, 1, None)
    assert entries(catalog) == 1


def test_one_whose_time_ran_out_is_taken_over_and_the_first_may_not_settle_it(catalog: Catalog) -> None:
    first = taken(catalog, event())
    let_it_run_out(catalog)
    second = taken(catalog, event())
    assert second.attempts == 2
    with pytest.raises(LostClaimError):
        finish(catalog, first, event())
    finish(catalog, second, event())
    with pytest.raises(LostClaimError):
        finish(catalog, first, event())
    assert entries(catalog) == 1


def test_one_that_is_kept_for_longer_is_not_taken_over(catalog: Catalog) -> None:
    first = taken(catalog, event())
    let_it_run_out(catalog)
    with catalog.transaction() as connection:
        incoming.renew(connection, [first], LEASE)
    assert isinstance(claim(catalog, event()), Busy)


def test_another_event_of_its_key_waits_and_one_of_another_key_does_not(catalog: Catalog) -> None:
    first = taken(catalog, event("a", "01"))
    assert isinstance(claim(catalog, event("b", "02")), Busy)
    taken(catalog, event("c", "01", key="s3://b/other"))
    taken(catalog, event("d", None, key=None))
    finish(catalog, first, event("a", "01"))
    assert taken(catalog, event("b", "02")).attempts == 1


def test_an_older_event_is_overtaken_and_does_not_move_the_key_back(catalog: Catalog) -> None:
    finish(catalog, taken(catalog, event("a", "00B")), event("a", "00B"))
    older = event("b", "00A")
    mine = taken(catalog, older)
    with catalog.transaction() as connection:
        assert incoming.is_overtaken(connection, older, is_older)
        assert not incoming.is_overtaken(connection, event("c", "00C"), is_older)
        assert not incoming.is_overtaken(connection, event("d", None), is_older)
        incoming.finish(connection, mine, older, Status.STALE, actor="test")
    with catalog.reading() as connection:
        assert connection.execute(select(event_order.c.sequencer)).scalars().all() == ["00B"]


def test_what_is_given_back_is_taken_again_and_counts_only_its_own_failures(catalog: Catalog) -> None:
    for counts, attempts in ((False, 1), (True, 1), (True, 2), (False, 3)):
        mine = taken(catalog, event())
        assert mine.attempts == attempts
        with catalog.transaction() as connection:
            incoming.give_back(connection, mine, "throttled", counts=counts)


def test_what_is_kept_and_has_more_to_follow_is_not_done_again(catalog: Catalog) -> None:
    mine = taken(catalog, event())
    finish(catalog, mine, event(), Status.APPLYING)
    with catalog.transaction() as connection:
        incoming.give_back(connection, mine, "throttled", counts=False)
    again = taken(catalog, event())
    assert again.applying
    with catalog.transaction() as connection:
        incoming.applied(connection, again)
    assert claim(catalog, event()) == Known(Status.DONE)
    assert entries(catalog) == 1


def test_what_was_given_up_is_tried_anew_when_it_is_sent_again(catalog: Catalog) -> None:
    mine = taken(catalog, event())
    with catalog.transaction() as connection:
        incoming.bury(connection, mine, event(), "access denied", actor="test")
    assert taken(catalog, event()).attempts == 1


def test_of_many_at_once_one_gets_it(catalog: Catalog) -> None:
    found: list[Taken | Known | Busy] = []
    start = threading.Barrier(6)

    def work() -> None:
        start.wait(30)
        found.append(claim(catalog, event()))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(type(each).__name__ for each in found) == ["Busy"] * 5 + ["Taken"]


def test_the_numbers_are_by_source_type_status_and_hour(catalog: Catalog) -> None:
    finish(catalog, taken(catalog, event("a")), event("a"))
    finish(catalog, taken(catalog, event("b", "02")), event("b", "02"), Status.SKIPPED)
    claim(catalog, event("b", "02"))
    with catalog.transaction() as connection:
        incoming.note(connection, ("q", "m1", "0"), status=Status.REFUSED, reason="is no JSON")
        incoming.note(connection, ("q", "m1", "0"), status=Status.REFUSED, reason="is no JSON")
    with catalog.reading() as connection:
        told = eventcounts.received(connection)
        none = eventcounts.received(connection, until="2020-01-01T00:00:00.000000Z")
    assert (told.number, told.repeated, none.number) == (3, 2, 0)
    assert told.by_source == {"s3": 2, "unknown": 1}
    assert told.by_type == {"created": 2, "message": 1}
    assert told.by_status == {"done": 1, "skipped": 1, "refused": 1}
    assert sum(told.by_hour.values()) == 3
    assert told.reasons == {"is no JSON": 1}
