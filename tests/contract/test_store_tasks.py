"""Tasks in both kinds of catalog: there is one for each resource, one works on it, and what is asked for meanwhile is done again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from assay.store import tasks
from assay.store.claims import LostClaimError
from assay.store.engine import Catalog
from assay.store.schema.audit import audit_log
from assay.store.schema.events import tasks as table
from assay.store.tasks import Kind, Task
from assay.store.texts import moment

LEASE = timedelta(minutes=2)
NOW = timedelta(0)


def ask(catalog: Catalog, resource: str = "s3://lake", kind: Kind = Kind.RESCAN, after: timedelta = NOW) -> None:
    with catalog.transaction() as connection:
        tasks.ask(connection, kind, resource, because="it is new", region="eu-west-1", after=after)


def take(catalog: Catalog, *, early: bool = False) -> Task | None:
    with catalog.transaction() as connection:
        return tasks.take(connection, (Kind.RESCAN,), LEASE, early=early)


def taken(catalog: Catalog) -> Task:
    found = take(catalog)
    assert found is not None
    return found


def finish(catalog: Catalog, task: Task, again_after: timedelta = NOW) -> None:
    with catalog.transaction() as connection:
        tasks.finish(connection, task, again_after=again_after)


def give_back(catalog: Catalog, task: Task, *, counts: bool, after: timedelta = NOW) -> None:
    with catalog.transaction() as connection:
        tasks.give_back(connection, task, "throttled", counts=counts, after=after)


def statuses(catalog: Catalog) -> list[tuple[str, str]]:
    with catalog.reading() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                select(table.c.resource, table.c.status).order_by(table.c.resource, table.c.status)
            )
        ]


def let_it_run_out(catalog: Catalog) -> None:
    """As if another host's worker had died long ago."""
    with catalog.transaction() as connection:
        connection.execute(update(table).values(until=moment(datetime.now(UTC) - timedelta(seconds=1)), host="gone"))


def test_however_often_it_is_asked_for_it_is_done_once(catalog: Catalog) -> None:
    for _ in range(3):
        ask(catalog)
    ask(catalog, "s3://other")
    ask(catalog, kind=Kind.TAGS)
    first = taken(catalog)
    assert (first.resource, first.region, first.because, first.attempts) == ("s3://lake", "eu-west-1", "it is new", 1)
    finish(catalog, first)
    finish(catalog, taken(catalog))
    assert take(catalog) is None, "tags are of another kind"
    assert statuses(catalog) == [("s3://lake", "done"), ("s3://lake", "waiting"), ("s3://other", "done")]


def test_what_is_asked_for_while_it_is_worked_on_is_done_once_more(catalog: Catalog) -> None:
    ask(catalog)
    first = taken(catalog)
    ask(catalog)
    assert take(catalog) is None
    finish(catalog, first)
    second = taken(catalog)
    assert (second.attempts, second.goes_on) == (1, False)
    finish(catalog, second)
    assert take(catalog) is None


def test_what_was_put_off_often_is_not_tried_at_once_again(catalog: Catalog) -> None:
    """Though no try counted: who works until nothing is left would never end."""
    ask(catalog)
    for _ in range(2):
        task = take(catalog, early=True)
        assert task is not None
        give_back(catalog, task, counts=False, after=timedelta(seconds=30))
    with catalog.transaction() as connection:
        assert tasks.take(connection, (Kind.RESCAN,), LEASE, early=True, tired=[task.id]) is None


def test_what_waits_in_other_accounts_is_told_and_says_why(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        for resource, account in (("s3://mine", "123456789012"), ("s3://any", None), ("s3://theirs", "999999999999")):
            tasks.ask(connection, Kind.PROTECT, resource, because="it is new", account=account)
        tasks.ask(connection, Kind.RESCAN, "s3://theirs", because="it is new", account="999999999999")
        told = tasks.elsewhere(connection, ["123456789012"], because="of another account")
        assert told == {"s3://theirs": "999999999999"}
        assert tasks.elsewhere(connection, ["123456789012", "999999999999"], because="of another account") == {}
        reasons = {(each.kind, each.resource): each.reason for each in tasks.open_tasks(connection, 10)}
    assert {name for name, reason in reasons.items() if reason} == {("protect", "s3://theirs")}


def test_what_waits_for_more_of_its_kind_is_taken_when_it_is_due_or_early(catalog: Catalog) -> None:
    ask(catalog, after=timedelta(hours=1))
    ask(catalog, after=NOW)
    assert take(catalog) is None, "the first who asks says how long it waits"
    early = take(catalog, early=True)
    assert early is not None
    give_back(catalog, early, counts=True, after=timedelta(hours=1))
    assert take(catalog, early=True) is None, "what failed is not tried before it is due"


def test_the_one_that_waits_longest_comes_first(catalog: Catalog) -> None:
    for number in range(3):
        ask(catalog, f"s3://b{number}")
    assert [taken(catalog).resource for _ in range(3)] == ["s3://b0", "s3://b1", "s3://b2"]


def test_one_whose_time_ran_out_is_taken_over_and_the_first_may_not_settle_it(catalog: Catalog) -> None:
    ask(catalog)
    first = taken(catalog)
    let_it_run_out(catalog)
    second = taken(catalog)
    assert (second.attempts, second.goes_on) == (2, True)
    with catalog.transaction() as connection:
        assert not tasks.renew(connection, first, LEASE)
        assert tasks.renew(connection, second, LEASE)
    for settle in (finish, lambda catalog, task: give_back(catalog, task, counts=True)):
        with pytest.raises(LostClaimError):
            settle(catalog, first)
    assert take(catalog) is None, "it was kept for longer"
    finish(catalog, second)


def test_what_was_put_off_goes_on_unless_it_was_asked_for_again(catalog: Catalog) -> None:
    ask(catalog)
    give_back(catalog, taken(catalog), counts=False)
    again = taken(catalog)
    assert (again.attempts, again.goes_on) == (1, True)
    give_back(catalog, again, counts=False)
    ask(catalog)
    assert taken(catalog).goes_on is False


def test_one_that_is_given_up_is_audited_once_and_tried_anew_when_it_is_asked_for(catalog: Catalog) -> None:
    ask(catalog)
    give_back(catalog, taken(catalog), counts=True)
    last = taken(catalog)
    assert last.attempts == 2
    with catalog.transaction() as connection:
        tasks.bury(connection, last, "access denied", actor="test")
    assert take(catalog, early=True) is None
    with catalog.reading() as connection:
        (told,) = tasks.open_tasks(connection, 10)
        entries = connection.execute(select(audit_log.c.resource).where(audit_log.c.action == tasks.GIVEN_UP)).all()
        numbers = tasks.numbers(connection)
    assert (told.status, told.reason, told.attempts) == ("dead", "access denied", 2)
    assert entries == [("s3://lake",)]
    assert numbers == {"rescan": {"dead": 1}}
    ask(catalog)
    assert taken(catalog).attempts == 1


def test_of_many_at_once_one_gets_it(catalog: Catalog) -> None:
    ask(catalog)
    found: list[Task | None] = []
    start = threading.Barrier(5)

    def work() -> None:
        start.wait(30)
        found.append(take(catalog))

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(each is not None for each in found) == 1


def test_what_is_of_another_account_is_left(catalog: Catalog) -> None:
    for resource, account in (("s3://theirs", "999999999999"), ("s3://mine", "123456789012"), ("s3://any", None)):
        with catalog.transaction() as connection:
            tasks.ask(connection, Kind.PROTECT, resource, because="it is new", account=account)
    seen = []
    with catalog.transaction() as connection:
        while task := tasks.take(connection, (Kind.PROTECT,), LEASE, accounts=["123456789012"]):
            seen.append(task.resource)
    assert sorted(seen) == ["s3://any", "s3://mine"]


def test_two_accounts_that_ask_for_the_same_each_get_it(catalog: Catalog) -> None:
    """Workers of several accounts hear of every level that changed, and one of them alone can look at the bucket."""
    ours, theirs = "123456789012", "999999999999"
    for account in (theirs, ours, theirs):
        with catalog.transaction() as connection:
            tasks.ask(connection, Kind.PROTECT, "s3://lake", because="its level changed", account=account)
    with catalog.transaction() as connection:
        found = {who: tasks.take(connection, (Kind.PROTECT,), LEASE, accounts=[who]) for who in (ours, theirs)}
    assert {who: each and (each.account, each.asked) for who, each in found.items()} == {
        ours: (ours, 1),
        theirs: (theirs, 2),
    }
