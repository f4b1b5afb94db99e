"""Resources that are gone: what is concluded of them ends, their versions stay and go on when they come back."""

from __future__ import annotations

from sqlalchemy import func, select
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.store import gone, incoming
from assay.store.engine import Catalog
from assay.store.eventcounts import received
from assay.store.history import exported, versions
from assay.store.incoming import Incoming, Status
from assay.store.schema import catalog as schema

FILE = "file:///srv/data/customers.csv"
OTHER = "file:///srv/data/Customers.csv"
FAR = "file:///srv/data_2/far.txt"


def record(catalog: Catalog, *resources: str, level: Level = Level.RESTRICTED) -> str:
    recording = begin(catalog, ["/srv"], ruleset="r")
    for resource in resources:
        recording.unchanged(resource, None, f"file:{level}")
        recording.take(made.finding(resource=resource))
        recording.table(resource, None, (), [made.column(resource=resource)], made.table(resource=resource))
        recording.take(made.classification(resource=resource, level=level))
    recording.finish(made.summary())
    return recording.run


def count(catalog: Catalog, table: object) -> int:
    with catalog.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def history(catalog: Catalog, kind: str = "resource") -> list[tuple[int, str | None]]:
    with catalog.reading() as connection:
        found = [each for each in versions(connection, FILE) if each.kind == kind]
    return [(each.version, None if each.record is None else each.record.get("level")) for each in found]


def end(catalog: Catalog, run: str, *resources: str) -> int:
    with catalog.transaction() as connection:
        return gone.end(connection, run, resources)


def test_what_is_gone_has_no_conclusion_and_all_its_versions(catalog: Catalog) -> None:
    run = record(catalog, FILE, FAR)
    assert end(catalog, run, FILE, "file:///srv/never-seen.txt") == 1
    with catalog.reading() as connection:
        kept = [row["resource"] for row in exported(connection, "classifications")]
        found = [row["resource"] for row in exported(connection, "findings")]
    assert (kept, found) == ([FAR], [FAR])
    assert (count(catalog, schema.tables), count(catalog, schema.columns)) == (1, 1)
    assert history(catalog) == [(1, "restricted"), (2, None)]
    assert [version for version, _ in history(catalog, "table")] == [1, 2]
    # Once more there is nothing to end.
    assert end(catalog, run, FILE) == 0
    assert history(catalog) == [(1, "restricted"), (2, None)]


def test_what_comes_back_goes_on_where_it_ended(catalog: Catalog) -> None:
    run = record(catalog, FILE)
    end(catalog, run, FILE)
    record(catalog, FILE, level=Level.INTERNAL)
    assert history(catalog) == [(1, "restricted"), (2, None), (3, "internal")]
    assert history(catalog, "table")[-1][0] == 3
    end(catalog, run, FILE)
    record(catalog, FILE, level=Level.INTERNAL)
    assert [version for version, _ in history(catalog)] == [1, 2, 3, 4, 5]


def test_what_is_below_a_folder(catalog: Catalog) -> None:
    run = record(catalog, OTHER, FILE, FAR)
    with catalog.reading() as connection:
        assert sorted(gone.current_below(connection, "file:///srv/data/")) == sorted([FILE, OTHER])
        assert gone.current_below(connection, "file:///srv/data/c") == [FILE]
        assert gone.current_below(connection, "file:///srv/d_ta/") == []
    end(catalog, run, FILE)
    with catalog.reading() as connection:
        assert gone.current_below(connection, "file:///srv/data/") == [OTHER]


def test_events_of_files_are_counted_once_each(catalog: Catalog) -> None:
    event = Incoming(identity="0" * 64, resource=FILE, source="file", type="changed")
    other = Incoming(identity="1" * 64, resource=FAR, source="file", type="changed")
    with catalog.transaction() as connection:
        incoming.note_done(connection, [(event, Status.DONE, "", "review"), (other, Status.SKIPPED, "symlink", None)])
        incoming.note_done(connection, [])
    with catalog.transaction() as connection:
        incoming.note_done(connection, [(event, Status.DONE, "", "review")])
    with catalog.reading() as connection:
        told = received(connection)
    assert (told.number, told.repeated, dict(told.by_source)) == (2, 1, {"file": 2})
    assert (dict(told.by_status), dict(told.by_gate)) == ({"done": 1, "skipped": 1}, {"review": 1})
    assert told.reasons == {"symlink": 1}
