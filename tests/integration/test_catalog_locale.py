"""A catalog in a database whose texts are in the order of a language, as most servers of PostgreSQL are set up: nothing of it is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.store.classified import levels_below
from assay.store.engine import Catalog, open_catalog
from assay.web.queries import resources
from assay.web.queries.overview import _held

LAKE = [f"s3://lake/{name}.csv" for name in ("B", "a", "_c", "D-1", "e", "Z", "%20f")]
OTHERS = ["s3://lake-2/a.csv", "file:///srv/data/a.csv"]
pytestmark = pytest.mark.skipif(
    shutil.which("localedef") is None or not Path("/usr/share/i18n/locales/en_US").exists(),
    reason="this machine cannot make the order of a language",
)


@pytest.fixture(scope="module")
def ordered() -> Iterator[str]:
    """The URL of a server that knows English."""
    import pgserver

    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory(prefix="assay-postgresql-") as folder:
        os.chmod(folder, 0o755)  # started by root the server runs as another user
        locales = Path(folder, "locales")
        locales.mkdir()
        subprocess.run(["localedef", "-i", "en_US", "-f", "UTF-8", str(locales / "en_US.UTF-8")], check=True)
        patched.setenv("LOCPATH", str(locales))
        server = pgserver.get_server(Path(folder, "server"), cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="module")
def catalog(ordered: str) -> Iterator[Catalog]:
    import psycopg

    with psycopg.connect(ordered, autocommit=True) as connection:
        connection.execute("CREATE DATABASE english TEMPLATE template0 LOCALE 'en_US.UTF-8'")
    with open_catalog(ordered.replace("/postgres?", "/english?"), create=True) as opened:
        recording = begin(opened, ["s3://lake"], ruleset="r")
        for uri in (*LAKE, *OTHERS):
            recording.take(made.classification(resource=uri))
        recording.finish(made.summary())
        yield opened


def test_what_lies_in_a_bucket_is_known(catalog: Catalog) -> None:
    with catalog.reading() as connection:
        assert levels_below(connection, "s3://lake") == {Level.RESTRICTED}
        assert not levels_below(connection, "s3://lak")


@pytest.mark.parametrize("sort", ["level", "name", "changed"])
@pytest.mark.parametrize("few", [2, 2_000])
def test_every_resource_is_on_one_page(catalog: Catalog, sort: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_FEW", few)
    wanted = resources.Wanted(scopes=("*",), sort=sort)
    seen: list[str] = []
    after = None
    with catalog.reading() as connection:
        while True:
            page = resources.page(connection, wanted, after=after, limit=2)
            seen += [row.uri for row in page.rows]
            after = page.next
            if after is None:
                break
    assert sorted(seen) == sorted([*LAKE, *OTHERS])


def test_resources_of_one_kind_of_place(catalog: Catalog) -> None:
    with catalog.reading() as connection:
        page = resources.page(connection, resources.Wanted(scopes=("*",), scheme="s3"), after=None, limit=50)
        assert {row.uri for row in page.rows} == {*LAKE, OTHERS[0]}
        held = _held(connection, ("s3://lake/*",), date(2027, 1, 31))
        assert {place.name for place in held.places} == set(LAKE)
