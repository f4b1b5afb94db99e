"""What the desk's pages ask, on catalogs of both kinds: every resource once, in every order, of every scope; and counts."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from desks import asked
from sqlalchemy import Connection, select, update
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.review.scopes import matches
from assay.store import reviews
from assay.store.engine import Catalog
from assay.store.schema.catalog import LEVELS, classifications
from assay.store.schema.catalog import resources as stored
from assay.store.texts import moment
from assay.store.units import resource_id
from assay.web.queries import found as found_queries
from assay.web.queries import overview as overview_queries
from assay.web.queries import queue, resources
from assay.web.queries.overview import DAYS, Remembered, overview
from assay.web.queries.scopes import lies_in

NUMBER = 60
PLACES = ("s3://lake/hr/{}.csv", "s3://lake-2/{}.csv", "file:///srv/data/{}.csv", "postgresql://db:5432/shop/{}")


@pytest.fixture
def full(catalog: Catalog) -> Catalog:
    """Resources of all levels, in several places, that changed at different times; some at the same."""
    recording = begin(catalog, ["/srv"], ruleset="r", actor="tess@desk")
    for number in range(NUMBER):
        level = list(Level)[number % 5]
        uri = PLACES[number % 4].format(f"{number:03}")
        recording.take(made.classification(resource=uri, level=level, needs_review=number % 3 == 0))
    recording.finish(made.summary())
    now = datetime(2026, 11, 2, tzinfo=UTC)
    with catalog.transaction() as connection:
        for number in range(NUMBER):
            of = resource_id(PLACES[number % 4].format(f"{number:03}"))
            at = moment(now - timedelta(hours=number // 3))
            connection.execute(update(classifications).where(classifications.c.resource_id == of).values(changed_at=at))
    return catalog


def through(connection: Connection, limit: int, **changes: object) -> list[resources.Row]:
    wanted = resources.Wanted(**{"scopes": ("*",), **changes})  # type: ignore[arg-type]
    rows: list[resources.Row] = []
    after: str | None = None
    while True:
        found = resources.page(connection, wanted, after=after, limit=limit)
        rows += found.rows
        assert len(rows) <= NUMBER, "it goes on for ever"
        after = found.next
        if after is None:
            return rows
        assert len(found.rows) == limit


def test_every_resource_is_there_once_in_every_order(full: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    with full.reading() as connection:
        for few in (2_000, 3):
            # However few they are, they come the same way.
            monkeypatch.setattr(resources, "_FEW", few)
            for limit in (7, NUMBER):
                by_level = through(connection, limit)
                assert len({row.uri for row in by_level}) == len(by_level) == NUMBER
                ranks = [(LEVELS.index(row.classification.level), row.uri) for row in by_level]
                assert ranks == sorted(ranks)
                changed = [row.changed_at for row in through(connection, limit, sort="changed")]
                assert len(changed) == NUMBER
                assert changed == sorted(changed, reverse=True)
                names = [row.uri for row in through(connection, limit, sort="name")]
                assert sorted(names) == sorted(row.uri for row in by_level)
            for filters, number in (
                ({"search": "LAKE"}, 30),
                ({"search": "lake hr"}, 15),
                ({"search": "%"}, 0),
                ({"scheme": "s3"}, 30),
                ({"scheme": "postgresql", "sort": "changed"}, 15),
                ({"scopes": ("s3://lake",)}, 15),
                ({"scopes": ("s3://lake*", "file:///srv"), "sort": "name"}, 45),
                ({"scopes": ()}, 0),
                ({"level": "restricted"}, 12),
                ({"review": True}, 20),
                ({"review": True, "search": "lake", "level": "restricted", "sort": "changed"}, 2),
            ):
                found = through(connection, 4, **filters)
                assert len({row.uri for row in found}) == len(found) == number, filters


def test_a_cursor_that_is_none_begins_at_the_beginning_or_ends(full: Catalog) -> None:
    with full.reading() as connection:
        for sort in resources.SORTS:
            for after in ("", "~", "x", "restricted~\udcff", "~" * 50, "public~zzzz", "\x00"):
                wanted = resources.Wanted(scopes=("*",), sort=sort)
                assert len(resources.page(connection, wanted, after=after, limit=5).rows) <= 5


def test_the_overview_counts_what_somebody_may_see(full: Catalog) -> None:
    remembered = Remembered(clock=lambda: 0.0)
    today = datetime.now(UTC).date()
    with full.transaction() as connection:
        reviews.add(connection, [asked(1, resource="s3://lake/hr/{}"), asked(2, resource="file:///srv/{}")])
    whole = overview(full, ("*",), today, remembered)
    lake = overview(full, ("s3://lake/*",), today, remembered)
    assert whole.held.levels == Counter(dict.fromkeys(LEVELS, 12))
    places = {place.name: sum(place.levels.values()) for place in whole.held.places}
    assert places == {"s3://lake": 15, "s3://lake-2": 15, "file:///srv": 15, "postgresql://db:5432": 15}
    assert [place.name for place in lake.held.places] == ["s3://lake"]
    assert sum(lake.held.levels.values()) == 15
    assert (whole.waiting.total(), lake.waiting.total()) == (2, 1)
    assert len(whole.runs) == 1
    assert lake.runs == [], "what was scanned besides is not told"
    trend = whole.held.trend
    assert len(trend) == DAYS
    assert trend[-1].levels == whole.held.levels
    assert trend[0].levels.total() == 0, "before the first scan nothing was known"
    assert lake.held.trend[-1].levels == lake.held.levels


def test_what_has_no_host_is_counted_by_its_first_folder(full: Catalog) -> None:
    recording = begin(full, ["git:/srv/shop"], ruleset="r", actor="tess@desk")
    for uri in ("git:///srv/shop/a.env?commit=1", "git:///srv/shop/b/c.env?commit=2", "git:///home/x/d.env"):
        recording.take(made.classification(resource=uri, level=Level.RESTRICTED))
    recording.finish(made.summary())
    held = Remembered(clock=lambda: 0.0).held(full, ("*",), datetime.now(UTC).date())
    places = {place.name: place.levels.total() for place in held.places if place.name.startswith("git:")}
    assert places == {"git:///srv": 2, "git:///home": 1}


def test_what_was_counted_is_kept_until_a_level_changes(full: Catalog) -> None:
    remembered = Remembered(clock=lambda: 0.0)
    today = datetime.now(UTC).date()
    first = remembered.held(full, ("*",), today)
    assert remembered.held(full, ("*",), today) is first
    assert remembered.held(full, ("s3://lake/*",), today) is not first
    recording = begin(full, ["/srv"], ruleset="r", actor="tess@desk")
    recording.take(made.classification(resource="s3://lake/new.csv", level=Level.RESTRICTED))
    recording.finish(made.summary())
    assert remembered.held(full, ("*",), today).levels["restricted"] == 13


def test_what_takes_long_is_not_counted_with_every_change(full: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    now, counted = [0.0], overview_queries._held

    def slowly(*given: Any) -> Any:
        now[0] += 5
        return counted(*given)

    monkeypatch.setattr(overview_queries, "_held", slowly)
    remembered, today = Remembered(clock=lambda: now[0]), datetime.now(UTC).date()
    first = remembered.held(full, ("*",), today)
    recording = begin(full, ["/srv"], ruleset="r", actor="tess@desk")
    recording.take(made.classification(resource="s3://lake/new.csv", level=Level.RESTRICTED))
    recording.finish(made.summary())
    assert remembered.held(full, ("*",), today) is first, "it took five seconds, so it holds for fifty"
    now[0] += 51
    # While somebody else counts, what was counted before is told.
    with remembered._counting["*",]:
        assert remembered.held(full, ("*",), today) is first
    assert remembered.held(full, ("*",), today) is first, "what takes long is counted beside"
    for each in threading.enumerate():
        if each.name == "assay-overview":
            each.join(60)
    assert remembered.held(full, ("*",), today).levels["restricted"] == 13


def test_who_waits_for_the_first_count_keeps_no_connection(full: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    counting, on, counted = threading.Event(), threading.Event(), overview_queries._held

    def slowly(*given: Any) -> Any:
        counting.set()
        assert on.wait(60)
        return counted(*given)

    monkeypatch.setattr(overview_queries, "_held", slowly)
    remembered, today = Remembered(), datetime.now(UTC).date()
    told: list[Any] = []
    asking = [threading.Thread(target=lambda: told.append(remembered.held(full, ("*",), today))) for _ in range(20)]
    for each in asking:
        each.start()
    assert counting.wait(60)
    pool: Any = full.engine.pool
    ends = time.monotonic() + 60
    while pool.checkedout() > 1 and time.monotonic() < ends:
        time.sleep(0.01)
    assert pool.checkedout() == 1, "the one that counts"
    on.set()
    for each in asking:
        each.join(60)
    assert len(told) == 20
    assert len(set(map(id, told))) == 1


def test_the_queue_is_paged_and_counted_in_both_kinds(catalog: Catalog) -> None:
    items = [asked(number) for number in range(40)]
    with catalog.transaction() as connection:
        reviews.add(connection, items)
    wanted = queue.Wanted(scopes=("file:///srv/*",), me="Ada", today="2026-11-02")
    with catalog.reading() as connection:
        seen: list[str] = []
        after: str | None = None
        while True:
            found = queue.page(connection, wanted, after=after, limit=7)
            seen += [row.item.id for row in found.rows]
            assert len(seen) <= len(items), "it goes on for ever"
            after = found.next
            if after is None:
                break
        assert seen == [item.id for item in items]
        assert queue.counts(connection, wanted) == {"waiting": 40, "second": 0, "mine": 0, "due": 0}
        for show in queue.TABS:
            one = queue.Wanted(scopes=("*",), me="Ada", today="2026-11-02", show=show)
            assert len(queue.page(connection, one, after=None, limit=50).rows) == (
                40 if show in ("waiting", "all") else 0
            )


def test_where_all_lie_in_one_place_what_is_in_it_is_told(catalog: Catalog) -> None:
    recording = begin(catalog, ["/srv"], ruleset="r", actor="tess@desk")
    for uri, level in (
        ("file:///srv/data/hr/Z.csv", Level.RESTRICTED),
        ("file:///srv/data/hr/a.csv", Level.PUBLIC),
        ("file:///srv/data/Crm/b.csv", Level.PUBLIC),
        ("file:///srv/data/c.csv", Level.INTERNAL),
    ):
        recording.take(made.classification(resource=uri, level=level))
    recording.finish(made.summary())
    whole = overview(catalog, ("*",), datetime.now(UTC).date(), Remembered()).held
    part = overview(catalog, ("file:///srv/data/hr/*",), datetime.now(UTC).date(), Remembered()).held
    assert [(place.name, sum(place.levels.values())) for place in whole.places] == [
        ("file:///srv/data/hr", 2), ("file:///srv/data/c.csv", 1), ("file:///srv/data/Crm", 1),
    ]  # fmt: skip
    assert [place.name for place in part.places] == ["file:///srv/data/hr/Z.csv", "file:///srv/data/hr/a.csv"]


@pytest.mark.parametrize("word", ["HR", "É", "%", "_", "staff"])
def test_a_search_finds_letters_of_either_size_and_signs_as_they_are(catalog: Catalog, word: str) -> None:
    recording = begin(catalog, ["/srv"], ruleset="r", actor="tess@desk")
    uris = [f"file:///srv/{name}" for name in ("hr/Staff.csv", "HR.txt", "été", "100%", "a_b", "ab")]
    for uri in uris:
        recording.take(made.classification(resource=uri))
    recording.finish(made.summary())
    with catalog.reading() as connection:
        wanted = resources.Wanted(scopes=("*",), search=word, sort="name")
        found = {row.uri for row in resources.page(connection, wanted, after=None, limit=50).rows}
    # SQLite has no other small letters than those of ASCII.
    expected = {
        uri for uri in uris if word.lower() in (uri.lower() if word.isascii() or not catalog.is_sqlite else uri)
    }
    assert found == expected


def test_ranges_leave_nothing_of_a_scope_out(catalog: Catalog) -> None:
    """Scopes, as databases look for them, hold what they hold by `matches`; whatever stands before and behind."""
    stems = [
        "s3://lake",
        "s3://lake/",
        "s3://lake/a",
        "s3://lake-2/a",
        "s3://lake/é",
        "s3://lake/\U0010ffff",
        "s3://lakf/a",
        "s3://lak",
    ]
    uris = [
        f"{stem}{end}" for stem in stems for end in ("", "x", "/y", "\U0010ffff", "\U0010ffff\U0010ffffz", "Z", "-")
    ]
    recording = begin(catalog, ["/srv"], ruleset="r", actor="tess@desk")
    for uri in dict.fromkeys(uris):
        recording.take(made.classification(resource=uri))
    recording.finish(made.summary())
    scopes = [
        *stems,
        *(f"{stem}*" for stem in stems),
        "s3://lake/?",
        "s3://l*/a*",
        "*lake*",
        "s3://[lx]ake/*",
        "s3://lake//",
    ]
    with catalog.reading() as connection:
        for scope in scopes:
            asked_for = select(stored.c.uri).where(lies_in(connection, stored.c.uri, (scope,)))
            found = set(connection.execute(asked_for).scalars())
            assert found == {uri for uri in uris if matches(scope, uri)}, scope


def test_findings_that_are_rare_are_found_window_by_window(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_queries, "_WINDOW", 7)
    recording = begin(catalog, ["/srv"], ruleset="r", actor="tess@desk")
    for number in range(60):
        recording.take(made.finding(identifier="CARD" if number % 20 == 0 else "SSN", redacted=f"{number}"))
    recording.take(made.classification())
    recording.finish(made.summary())
    for identifier, number in (("CARD", 3), ("SSN", 57), ("", 60), ("NONE", 0)):
        seen: list[str] = []
        after, pages = 0, 0
        with catalog.reading() as connection:
            while True:
                wanted = found_queries.Wanted(scopes=("*",), identifier=identifier)
                told = found_queries.findings_page(connection, wanted, after=after, limit=5)
                assert len(told.rows) <= 5
                seen += [row.redacted for row in told.rows]
                pages += 1
                if told.next is None:
                    break
                assert int(told.next) > after
                after = int(told.next)
        assert len(seen) == len(set(seen)) == number, identifier
        assert pages > 2 if identifier in ("CARD", "NONE") else pages >= 12


def test_findings_behind_many_of_others_are_found(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_queries, "_BATCH", 5)
    recording = begin(catalog, ["/srv"], ruleset="r", actor="tess@desk")
    for uri, number in (("s3://theirs/a", 23), ("s3://mine/a", 4), ("s3://theirs/b", 9), ("s3://mine/b", 2)):
        for at in range(number):
            recording.take(made.finding(resource=uri, redacted=f"{uri} {at}"))
        recording.take(made.classification(resource=uri))
    recording.finish(made.summary())
    wanted = found_queries.Wanted(scopes=("s3://mine/*",))
    with catalog.reading() as connection:
        first = found_queries.findings_page(connection, wanted, after=0, limit=3)
        assert first.next is not None
        rest = found_queries.findings_page(connection, wanted, after=int(first.next), limit=50)
    assert [row.redacted for row in (*first.rows, *rest.rows)] == [
        *(f"s3://mine/a {at}" for at in range(4)),
        *(f"s3://mine/b {at}" for at in range(2)),
    ]
    assert rest.next is None
