"""The other pages of the desk: the overview, resources, one of them, and the audit log with its proof."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from desks import ORIGIN, Office, asked, quick
from sqlalchemy import create_engine, text
from unit import records_for_tests as made

from assay.app.config.settings import load_settings
from assay.app.identity.signingin import Door
from assay.app.reviews.desk import Desk
from assay.app.scan.recording import begin
from assay.errors import AssayError, AwsError, CatalogError, NoConnectionError, RuleError
from assay.model import Level
from assay.model.identity import Grant, Role
from assay.store.engine import Catalog, open_catalog
from assay.store.units import resource_id
from assay.web.state import Serving

FILE = "file:///srv/data/customers.csv"
HOSTILE = "<img src=x onerror=alert(1)>"


def scanned(office: Office, level: Level = Level.RESTRICTED, confidence: float = 97.0) -> None:
    recording = begin(office.catalog, ["/srv/data"], ruleset="r", actor="tess@desk")
    recording.take(made.finding(redacted=HOSTILE))
    recording.take(made.finding(confidence=0.7))
    recording.table(FILE, None, (), [made.column(confidence=confidence, column=HOSTILE)], made.table())
    recording.take(made.gap(resource=FILE))
    recording.take(made.classification(level=level, because=f"a reason {confidence}"))
    recording.take(made.classification(resource="s3://lake/x.csv", level=Level.PUBLIC))
    recording.finish(made.summary())


def test_the_overview_leads_to_what_is_asked(office: Office) -> None:
    ada = office.sign_in("Ada")
    assert "Nothing is known yet" in ada.get("/").text
    scanned(office)
    office.ask([asked(1)])
    office.serving.remembered._kept.clear()
    page = ada.get("/").text
    assert "file:///srv" in page
    assert "s3://lake" in page
    assert re.search(r'href="/resources\?level=restricted"><b>1</b>', page)
    assert re.search(r'href="/review"><b>1</b>', page)
    assert "<polygon" in page
    far = office.sign_in("Far", Grant(role=Role.VIEWER, scope="s3://lake/*"))
    assert "/srv" not in far.get("/").text


def test_one_resource_with_all_that_is_known_of_it(office: Office) -> None:
    scanned(office, confidence=90.0)
    scanned(office, Level.CONFIDENTIAL)
    ada = office.sign_in("Ada")
    listed = ada.get("/resources").text
    assert f'href="/resources/{resource_id(FILE)}"' in listed
    page = ada.get(f"/resources/{resource_id(FILE)}").text
    for told in ("a reason 97.0", "a reason 90.0", "customers", "Not read", "From 0 to 1"):
        assert told in page
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert ada.get(f"/resources/{resource_id(FILE)}?after=99999").status_code == 200
    assert ada.get(f"/resources/{resource_id(FILE)}?after=-1%27").status_code == 200
    far = office.sign_in("Far", Grant(role=Role.VIEWER, scope="s3://lake/*"))
    assert FILE not in far.get("/resources").text
    hidden = far.get(f"/resources/{resource_id(FILE)}", accept="application/json")
    nowhere = far.get("/resources/none", accept="application/json")
    assert (hidden.status_code, hidden.json()["detail"]) == (404, nowhere.json()["detail"])


def test_a_list_of_resources_goes_on_where_it_ended(office: Office) -> None:
    recording = begin(office.catalog, ["/srv"], ruleset="r", actor="tess@desk")
    for number in range(70):
        recording.take(made.classification(resource=f"s3://lake/{number:03}.csv?v=1&w={number}", level=Level.INTERNAL))
    recording.finish(made.summary())
    ada = office.sign_in("Ada")
    for sort in ("level", "changed", "name"):
        first = ada.get(f"/resources?sort={sort}&search=lake").text
        more = re.search(r'<tr class="more">.*?hx-get="([^"]+)"', first)
        assert more is not None
        second = ada.get(more.group(1).replace("&amp;", "&"), **{"hx-request": "true", "hx-target": "rows"}).text
        assert "<html" not in second
        found = re.findall(r'href="/resources/([0-9a-f]{32})"', first + second)
        assert len(set(found)) == len(found) == 70


def test_a_catalog_that_is_lost_is_said_so_and_nothing_of_it_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask([asked(1)])
    ada = office.sign_in("Ada")

    def lost(_: object) -> object:
        raise CatalogError("postgresql://assay@db.internal/catalog: the server closed the connection", transient=True)

    form = {"verdict": "reject", "version": "1", "reason": "orders"}
    with monkeypatch.context() as broken:
        broken.setattr(Catalog, "transaction", lost)
        told = ada.post(f"/review/{asked(1).id}/decide", form, **{"hx-request": "true"})
        assert told.status_code == 503
        assert "nothing was changed" in told.text
        assert told.headers["hx-retarget"] == "#notice"
        broken.setattr(Catalog, "reading", lost)
        for path in ("/ready", "/review", "/sign-in?next=/"):
            answer = ada.get(path)
            assert answer.status_code == (200 if path.startswith("/sign-in") else 503)
            assert "db.internal" not in answer.text
        assert ada.get("/health").status_code == 200
    assert "db.internal" not in office.log.getvalue()
    assert ada.post(f"/review/{asked(1).id}/decide", form).status_code == 303


def test_a_database_that_lets_nobody_in_is_told_and_nothing_is_lost(
    new_database: Callable[[], str], request: pytest.FixtureRequest
) -> None:
    """The real thing: every connection is cut, and no other one comes about."""
    with open_catalog(new_database(), create=True) as catalog:
        desk = Desk(catalog=catalog, settings=load_settings())
        desk.__dict__["redact"] = request.getfixturevalue("_redact")
        office = Office(serving=Serving(desk=desk, door=Door(catalog=catalog, passwords=quick()), origin=ORIGIN))
        office.ask([asked(1)])
        ada = office.sign_in("Ada")
        form = {"verdict": "reject", "version": "1", "reason": "orders"}
        name = catalog.engine.url.database
        outside = create_engine(catalog.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with outside.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            assert connection.execute(text(cut), {"name": name}).all()
            for _ in range(2):
                for path in ("/", "/review", "/resources", "/scans", "/account", "/api/v1/reviews", "/ready"):
                    told = ada.get(path)
                    assert told.status_code == 503, path
                    assert str(name) not in told.text
                told = ada.post(f"/review/{asked(1).id}/decide", form)
                assert told.status_code == 503
                assert "nothing was changed" in told.text
            assert ada.get("/health").status_code == 200
            connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
        outside.dispose()
        assert office.item(asked(1).id).version == 1
        assert ada.post(f"/review/{asked(1).id}/decide", form).status_code == 303, "the session is there still"
        assert "unexpected" not in office.log.getvalue()


def test_where_all_connections_are_in_use_it_is_said_so(office: Office) -> None:
    ada = office.sign_in("Ada")
    pool: Any = office.catalog.engine.pool
    was = pool._timeout, pool._max_overflow
    pool._timeout, pool._max_overflow = 0.01, 0
    held = [office.catalog.engine.connect() for _ in range(pool.size())]
    try:
        for path in ("/", "/review", "/api/v1/metrics"):
            told = ada.get(path)
            assert told.status_code == 503, path
            assert "nothing was changed" in told.text
            assert told.headers["retry-after"] == "5"
        assert told.headers["content-type"] == "application/problem+json"
        assert told.json()["status"] == 503
    finally:
        for each in held:
            each.close()
        pool._timeout, pool._max_overflow = was
    assert ada.get("/").status_code == 200
    assert "unexpected" not in office.log.getvalue()
    assert ada.get("/api/v1/metrics").json()["requests_without_connection"] == 3
    told = ada.get("/api/v1/metrics?format=prometheus")
    assert "counter\nassay_requests_without_connection_total 3\n" in told.text


def test_the_desk_waits_for_a_connection_as_long_as_it_was_told(catalog_url: str) -> None:
    with open_catalog(catalog_url, create=True, patience=0.05) as catalog:
        pool: Any = catalog.engine.pool
        held = [catalog.engine.connect() for _ in range(pool.size() + pool._max_overflow)]
        try:
            with pytest.raises(NoConnectionError), catalog.reading():
                pass
        finally:
            for each in held:
                each.close()


def test_the_audit_log_says_whether_it_holds(office: Office) -> None:
    scanned(office)
    root = office.sign_in("Root", Grant(role=Role.ADMIN))
    page = root.get("/audit").text
    assert "DETECTION_RUN" in page
    assert "LOGIN" in page
    assert "DETECTION_RUN" not in root.get("/audit?action=LOGIN").text.partition("<tbody>")[2]
    assert "It holds." in root.post("/audit/verify").text
    with office.catalog.engine.begin() as connection:
        connection.execute(text("UPDATE classifications SET level = 'public'"))
        connection.execute(text("DELETE FROM record_touched"))
    told = root.post("/audit/verify").text
    assert "It does not hold." in told
    assert "classifications" in told


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (AwsError("access denied", "s3://models/column-type: AccessDenied"), 422, "AccessDenied"),
        (RuleError("/srv/rules/own.yaml: does not run"), 500, "something that this server works with cannot be used"),
    ],
)
def test_what_is_no_fault_of_the_catalog_is_not_said_to_be(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: AssayError, status: int, told: str
) -> None:
    ada = office.sign_in("Ada")

    def failing(*_: object) -> object:
        raise error

    monkeypatch.setattr(Catalog, "reading", failing)
    answer = ada.get("/resources")
    assert answer.status_code == status
    assert told.casefold() in answer.text.casefold()
    assert "the catalog cannot" not in answer.text.casefold()
    assert "/srv/rules" not in answer.text + office.log.getvalue()
