"""`assay catalog due` of catalogs of each kind: what is told, and what a worker is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from unit import records_for_tests as made

from assay.app.config.settings import load_settings
from assay.app.reviews.desk import Desk
from assay.app.scan.recipe import recipe_of
from assay.app.scan.recording import begin
from assay.app.work.falling_due import Ages, falling_due
from assay.cli.__main__ import run
from assay.model.options import ScanOptions
from assay.store import auditlog, tasks
from assay.store.engine import Catalog
from assay.store.schema.catalog import classifications, runs
from assay.store.texts import moment

OBJECTS = ("s3://lake/crm/a.csv", "s3://lake/crm/b.csv")
STAFF = "postgresql://db:5432/shop/public/staff"
FILE = "file:///srv/data/a.csv"


@pytest.fixture
def desk(catalog: Catalog, monkeypatch: pytest.MonkeyPatch, compiled: Any) -> Desk:
    """A catalog in which all was read now, by the rules and the configuration of now."""
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(compiled))
    monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "only-for-these-tests")
    found = Desk(catalog=catalog, settings=load_settings(None))
    rules = recipe_of(ScanOptions(), found.settings, catalog=catalog).make().rules.digest
    recording = begin(catalog, ["s3://lake"], ruleset=rules, governance=found.governance.digest, actor="tess@desk")
    for uri in (*OBJECTS, STAFF, FILE):
        recording.take(made.classification(resource=uri))
    recording.finish(made.summary())
    return found


def at(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def told(desk: Desk, asked: Sequence[str] = (), days: float = 0) -> dict[str, tuple[str, ...]]:
    return {each.resource: each.because for each in falling_due(desk, Ages(), asked, now=at(days))}


def test_nothing_is_due_that_was_read_now(desk: Desk) -> None:
    assert told(desk) == {}


def test_objects_are_due_after_7_days_and_all_else_after_30(desk: Desk) -> None:
    assert told(desk, days=6.9) == {}
    assert told(desk, days=7.5) == dict.fromkeys(OBJECTS, ("last read 7 days ago",))
    assert set(told(desk, days=30.5)) == {*OBJECTS, STAFF, FILE}


@pytest.mark.parametrize(
    ("changed", "because"),
    [({"ruleset": "0"}, "the rules have changed since"), ({"governance": "0"}, "the configuration has changed since")],
)
def test_what_was_read_by_others_rules_or_configuration_is_due(
    desk: Desk, changed: dict[str, str], because: str
) -> None:
    with desk.catalog.transaction() as connection:
        connection.execute(update(runs).values(**changed))
    assert set(told(desk).values()) == {(because,)}


def test_rules_of_a_scan_for_some_identifiers_are_not_compared(desk: Desk) -> None:
    with desk.catalog.transaction() as connection:
        connection.execute(update(runs).values(ruleset="0", options={"identifiers": ["SSN"]}))
    assert told(desk) == {}


def test_what_is_asked_for_is_due_whatever_its_age(desk: Desk) -> None:
    assert told(desk, ["s3://lake/crm"]) == dict.fromkeys(OBJECTS, ("asked for",))
    assert told(desk, ["s3://lake/cr"]) == {}


def test_a_worker_is_asked_once_for_each_bucket_and_database(
    desk: Desk, catalog_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with desk.catalog.transaction() as connection:
        connection.execute(update(classifications).values(seen_at=moment(at(-40))))
    command = ["catalog", "due", "--queue", "--by", "ada", "--format", "jsonl", "--catalog", catalog_url]
    for _ in range(2):
        assert run(command) == 3
    out, err = capsys.readouterr()
    assert "no worker reads 1 resource: scan it by hand" in err
    assert {json.loads(line)["target"] for line in out.splitlines()} == {"s3://lake", "postgresql://db:5432/shop", None}
    with desk.catalog.reading() as connection:
        waiting = [each.resource for each in tasks.open_tasks(connection, 10)]
        entry = auditlog.newest(connection, auditlog.Wanted(action="RECLASSIFICATION_ASKED"), 1)[0]
    assert sorted(waiting) == ["postgresql://db:5432/shop", "s3://lake"]
    assert (entry["actor"], entry["details"]["resources"]) == ("ada", 3)


def test_what_nobody_scanned_is_refused(desk: Desk, catalog_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalog", "due", "s3://new", "--catalog", catalog_url]) == 2
    assert "nothing is known of s3://new; scan it first" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--objects", "--others"])
def test_ages_that_no_calendar_has_are_refused(
    desk: Desk, catalog_url: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["catalog", "due", option, "99999999999", "--catalog", catalog_url]) == 2
    assert f"invalid value for '{option}'" in capsys.readouterr().err
