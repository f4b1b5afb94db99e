"""The queue of scans in both databases: one process at a time, kept, given back, taken over, ended."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from assay.store import answers, scans
from assay.store.auditlog import Wanted, newest
from assay.store.claims import LostClaimError
from assay.store.engine import Catalog
from assay.store.scans import Became, Scan, Taken
from assay.store.schema.scans import desk_scans, kept_answers
from assay.store.texts import moment

LEASE = timedelta(minutes=1)
LONG_AGO = "2020-01-01T00:00:00.000000Z"


def ask(catalog: Catalog, name: str = "a") -> Scan:
    given = {"covers": [f"file:///srv/{name}"], "options": {"sample": 5}, "by": "Ada", "user_id": "u1"}
    with catalog.transaction() as connection:
        return scans.ask(connection, [f"/srv/{name}"], **given)


def take(catalog: Catalog) -> Taken | None:
    with catalog.transaction() as connection:
        return scans.take(connection, LEASE)


def taken(catalog: Catalog) -> Taken:
    found = take(catalog)
    assert found is not None
    return found


def one(catalog: Catalog, scan: Scan) -> Scan:
    with catalog.reading() as connection:
        found = scans.one(connection, scan.id)
    assert found is not None
    return found


def set_row(catalog: Catalog, scan: Scan, **values: object) -> None:
    with catalog.transaction() as connection:
        connection.execute(update(desk_scans).where(desk_scans.c.id == scan.id).values(**values))


def test_from_asking_to_done(catalog: Catalog) -> None:
    first, second = ask(catalog), ask(catalog, "b")
    set_row(catalog, first, due_at=LONG_AGO)
    mine = taken(catalog)
    assert (mine.scan.id, mine.scan.status, mine.scan.attempts) == (first.id, "working", 1)
    assert mine.scan.options == {"sample": 5}
    assert taken(catalog).scan.id == second.id
    assert take(catalog) is None
    with catalog.transaction() as connection:
        kept = scans.renew(connection, mine, LEASE, {"files_done": 3})
    assert kept == (True, None)
    now = one(catalog, first)
    assert now.progress == {"files_done": 3}
    assert now.version > mine.scan.version
    with catalog.transaction() as connection:
        became = Became("run1", {"gaps": 1}, [{"resource": "x", "reason": "damaged", "detail": ""}], ["one question"])
        scans.finish(connection, mine, became, cancelled=False)
    now = one(catalog, first)
    assert (now.status, now.run_id, now.summary, now.is_over) == ("done", "run1", {"gaps": 1}, True)
    assert now.gaps[0]["reason"] == "damaged"
    with pytest.raises(LostClaimError), catalog.transaction() as connection:
        scans.fail(connection, mine, "no")
    with catalog.reading() as connection:
        actions = [each["action"] for each in newest(connection, Wanted(), 10)]
    assert actions.count("SCAN_ASKED") == 2
    assert actions.count("SCAN_ENDED") == 1


def test_a_scan_of_a_dead_process_or_of_one_that_is_silent_is_taken_over(catalog: Catalog) -> None:
    scan = ask(catalog)
    mine = taken(catalog)
    assert take(catalog) is None
    set_row(catalog, scan, process=2**22 + 1)
    other = taken(catalog)
    assert other.scan.attempts == 2
    with catalog.transaction() as connection:
        assert not scans.renew(connection, mine, LEASE, None).is_mine
    for end in (lambda c: scans.finish(c, mine, Became(None, None), cancelled=False),):
        with pytest.raises(LostClaimError), catalog.transaction() as connection:
            end(connection)
    set_row(catalog, scan, until=LONG_AGO, process=os.getpid())
    assert taken(catalog).scan.attempts == 3


def test_given_back_it_waits_and_counts_only_where_it_failed(catalog: Catalog) -> None:
    scan = ask(catalog)
    mine = taken(catalog)
    with catalog.transaction() as connection:
        scans.give_back(connection, mine, "asked to end", counts=False, after=timedelta(0))
    again = taken(catalog)
    assert again.scan.attempts == 1
    assert again.scan.reason == "asked to end"
    with catalog.transaction() as connection:
        scans.give_back(connection, again, "busy", counts=True, after=timedelta(hours=1))
    assert take(catalog) is None
    assert one(catalog, scan).attempts == 1


def test_ending_a_scan(catalog: Catalog) -> None:
    waiting, working, left = ask(catalog, "a"), ask(catalog, "b"), ask(catalog, "c")
    for scan in (left, working):
        set_row(catalog, scan, due_at=LONG_AGO)
    abandoned, mine = taken(catalog), taken(catalog)
    by_id = {each.scan.id: each for each in (abandoned, mine)}
    with catalog.transaction() as connection:
        assert scans.cancel(connection, waiting.id, by="Bob", version=99) is None
        ended = scans.cancel(connection, waiting.id, by="Bob", version=waiting.version)
        assert ended is not None
        assert (ended.status, ended.cancelled_by) == ("cancelled", "Bob")
        assert scans.cancel(connection, waiting.id, by="Bob") is None
        told = scans.cancel(connection, working.id, by="Bob")
        assert told is not None
        assert told.status == "working"
        assert scans.cancel(connection, working.id, by="Bob") is None
        assert scans.renew(connection, by_id[working.id], LEASE, None) == (True, "Bob")
        assert scans.cancel(connection, "nothing", by="Bob") is None
        assert scans.cancel(connection, left.id, by="Bob") is not None
    # Nobody takes it up again, only to end it.
    set_row(catalog, left, process=2**22 + 1)
    assert take(catalog) is None
    assert one(catalog, left).status == "cancelled"
    assert one(catalog, working).status == "working"


def test_the_list_is_a_page_at_a_time_and_passes_over_what_is_not_shown(catalog: Catalog) -> None:
    for number in range(9):
        set_row(catalog, ask(catalog, str(number)), id=f"2026-{number}")
    with catalog.reading() as connection:
        found, after = [], None
        while True:
            some, after = scans.listed(connection, after=after, limit=2, shown=lambda scan: int(scan.id[-1]) % 2 == 0)
            found += [scan.id for scan in some]
            if after is None:
                break
        assert found == ["2026-8", "2026-6", "2026-4", "2026-2", "2026-0"]
        none, _ = scans.listed(connection, after=None, limit=2, shown=lambda _scan: True, status="done")
        assert none == []
        assert scans.numbers(connection) == {"waiting": 9}


def test_answers_are_kept_once(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        assert answers.begin(connection, "c" * 64, "a" * 64) is None
        goes_on = answers.begin(connection, "c" * 64, "a" * 64)
        assert goes_on is not None
        assert goes_on.status is None
        answers.keep(connection, "c" * 64, status=202, headers={"etag": "x"}, body=b"{}")
        kept = answers.begin(connection, "c" * 64, "b" * 64)
        assert kept == ("a" * 64, 202, {"etag": "x"}, b"{}")
        answers.forget(connection, "c" * 64)
        assert answers.begin(connection, "c" * 64, "b" * 64) is None
        connection.execute(update(kept_answers).values(expires_at=moment()))
        assert answers.begin(connection, "d" * 64, "b" * 64) is None
        assert len(connection.execute(select(kept_answers)).all()) == 1
