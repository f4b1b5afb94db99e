"""A catalog in a database whose texts are in the order of a language, as most servers of PostgreSQL are set up: nothing of it is lost."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desks import asked
from postgresqls import end, new_postgresql
from sqlalchemy import Connection, select, text
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.store import gone, reviews
from assay.store.classified import classified, levels_below
from assay.store.engine import Catalog, open_catalog
from assay.store.ordering import begins, by_code_point
from assay.store.schema.catalog import resources as stored
from assay.store.schema.review import review_items
from assay.web.queries import resources
from assay.web.queries.overview import _held
from assay.web.queries.scopes import lies_in

LAKE = [f"s3://lake/{name}.csv" for name in ("B", "a", "_c", "D-1", "e", "Z", "%20f")]
OTHERS = ["s3://lake-2/a.csv", "file:///srv/data/a.csv"]
pytestmark = pytest.mark.skipif(
    shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/en_US").exists(),
    reason="this machine cannot make the order of a language",
)


@pytest.fixture(scope="module")
def ordered() -> Iterator[str]:
    """The URL of a server that knows English."""
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory(prefix="assay-locales-") as folder:
        os.chmod(folder, 0o755)  # started by root the server runs as another user
        subprocess.run(["localedef", "-i", "en_US", "-f", "UTF-8", f"{folder}/en_US.UTF-8"], check=True)
        patched.setenv("LOCPATH", folder)
        server = new_postgresql()
        try:
            yield server.url()
        finally:
            end(server)


@pytest.fixture(scope="module")
def english(ordered: str) -> Iterator[Catalog]:
    import psycopg

    with psycopg.connect(ordered, autocommit=True) as connection:
        connection.execute("CREATE DATABASE english TEMPLATE template0 LOCALE 'en_US.UTF-8'")
    with open_catalog(ordered.replace("/postgres?", "/english?"), create=True) as opened:
        recording = begin(opened, ["s3://lake"], ruleset="r")
        for uri in (*LAKE, *OTHERS):
            recording.take(made.classification(resource=uri))
        recording.finish(made.summary())
        yield opened


def test_what_lies_in_a_bucket_is_known(english: Catalog) -> None:
    with english.reading() as connection:
        assert levels_below(connection, "s3://lake") == {Level.RESTRICTED}
        assert not levels_below(connection, "s3://lak")


@pytest.mark.parametrize("sort", ["level", "name", "changed"])
@pytest.mark.parametrize("few", [2, 2_000])
def test_every_resource_is_on_one_page(english: Catalog, sort: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_FEW", few)
    wanted = resources.Wanted(scopes=("*",), sort=sort)
    seen: list[str] = []
    after = None
    with english.reading() as connection:
        while True:
            page = resources.page(connection, wanted, after=after, limit=2)
            seen += [row.uri for row in page.rows]
            after = page.next
            if after is None:
                break
    assert sorted(seen) == sorted([*LAKE, *OTHERS])


def test_resources_of_one_kind_of_place(english: Catalog) -> None:
    with english.reading() as connection:
        page = resources.page(connection, resources.Wanted(scopes=("*",), scheme="s3"), after=None, limit=50)
        assert {row.uri for row in page.rows} == {*LAKE, OTHERS[0]}
        held = _held(connection, ("s3://lake/*",), date(2027, 1, 31))
        assert {place.name for place in held.places} == set(LAKE)


def test_what_lies_below_is_found_as_it_is_written(english: Catalog) -> None:
    below = sorted(LAKE)
    with english.reading() as connection:
        assert gone.current_below(connection, "s3://lake/") == below
        assert gone.current_below(connection, "s3://LAKE/") == []
        assert [each.resource for each in classified(connection, [], ["s3://lake/"])] == below
        page = resources.page(connection, resources.Wanted(scopes=("s3://lake/*",), sort="name"), after=None, limit=3)
        assert [row.uri for row in page.rows] == below[:3]


@pytest.fixture(scope="module", params=["english", "by code"])
def large(ordered: str, request: pytest.FixtureRequest) -> Iterator[Catalog]:
    """A catalog in a database of either order, with so many addresses that to read all of them is not the way."""
    import psycopg

    locale = "en_US.UTF-8" if request.param == "english" else "C"
    name = f"large_{request.param.replace(' ', '_')}"
    with psycopg.connect(ordered, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE '{locale}'")
    with open_catalog(ordered.replace("/postgres?", f"/{name}?"), create=True) as opened:
        recording = begin(opened, ["s3://lake"], ruleset="r")
        recording.take(made.classification(resource=LAKE[0]))
        recording.finish(made.summary())
        with opened.transaction() as connection:
            reviews.add(connection, [asked(0, resource="s3://lake/{}.csv")])
        with opened.engine.begin() as connection:
            for statement in _MANY:
                connection.execute(text(statement))
        yield opened


_MANY = (
    "ALTER TABLE resources DISABLE TRIGGER ALL",
    "ALTER TABLE review_items DISABLE TRIGGER ALL",
    (
        "INSERT INTO resources (id, uri, source, first_seen_at, seen_at, run_id) SELECT 'many' || n, "
        "'s3://bucket-' || n % 500 || '/' || n || '.csv', source, first_seen_at, seen_at, run_id "
        "FROM resources, generate_series(1, 20000) AS n"
    ),
    "CREATE TEMPORARY TABLE one AS SELECT * FROM review_items LIMIT 1",
    (
        "DO $$ BEGIN FOR n IN 1..5000 LOOP UPDATE one SET id = 'many' || n, resource = 's3://bucket-' || n % 500 || '/' || n; "
        "INSERT INTO review_items SELECT * FROM one; END LOOP; END $$"
    ),
    "ANALYZE resources",
    "ANALYZE review_items",
)
_ASKED: dict[str, tuple[str, Callable[[Connection], Any]]] = {
    "below a place": (
        "ix_resources_uri",
        lambda on: select(stored.c.id).where(begins(on, stored.c.uri, "s3://bucket-7/")),
    ),
    "a scope": ("ix_resources_uri", lambda on: select(stored.c.id).where(lies_in(on, stored.c.uri, ["s3://bucket-7"]))),
    "several scopes": (
        "ix_resources_uri",
        lambda on: select(stored.c.id).where(lies_in(on, stored.c.uri, ["s3://bucket-7/*", "s3://bucket-9/?*.csv"])),
    ),
    "in order": (
        "ix_resources_uri",
        lambda on: select(stored.c.id).order_by(by_code_point(on, stored.c.uri)).limit(50),
    ),
    "questions in a scope": (
        "ix_review_items_resource",
        lambda on: select(review_items.c.id).where(lies_in(on, review_items.c.resource, ["s3://bucket-7/*"])),
    ),
}


@pytest.mark.parametrize("what", _ASKED)
def test_ranges_go_by_an_index_in_either_order(large: Catalog, what: str) -> None:
    index, ask = _ASKED[what]
    with large.reading() as connection:
        compiled = ask(connection).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {compiled}").scalars())
        plain = connection.scalar(text("SELECT 'B' < 'a'"))
    name = index if plain else f"{index}_by_code"
    assert re.search(rf"using {name} |on {name} ", plan), plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
