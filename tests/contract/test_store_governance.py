"""The governance configuration in the catalog: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from governance_for_tests import PATIENTS, fill, judged, shipped_identifiers

from assay.app.governing.governance import Watched, current, in_effect, of_catalog, of_file
from assay.app.governing.replay import VERDICT, Replayed, replay
from assay.errors import CatalogError, ConfigError
from assay.model import ColumnRecord, Level
from assay.model.review import Question, QueueItem, State, Subject
from assay.store import governance as store
from assay.store import reviews
from assay.store.engine import Catalog, open_catalog
from assay.store.governance import RowChange
from assay.store.schema.audit import audit_log
from assay.tables.defaults import defaults

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
RULE = {"WEIGHT_ID": "rule", "WEIGHT": 0.05}
CHILD = """
import sys
from governance_for_tests import shipped_identifiers
from assay.app.governing.governance import of_catalog
from assay.store import governance
from assay.store.engine import open_catalog
from pathlib import Path
with open_catalog(sys.argv[1], keys=Path(sys.argv[2])) as catalog:
    before = of_catalog(catalog, shipped_identifiers())
    after = before.proposed({"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": "rule", "WEIGHT": float(sys.argv[3])}]})
    with catalog.transaction() as connection:
        governance.write(connection, before.changes_to(after), actor="child", based_on=before.version)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a catalog that is to be made."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    return str(request.getfixturevalue("new_database")())


@pytest.fixture
def catalog(place: str, tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(place, create=True, keys=tmp_path / "keys") as opened:
        yield opened


def change(catalog: Catalog, rows: dict[str, list[dict[str, Any]]], reason: str = "") -> int:
    before = of_catalog(catalog, shipped_identifiers())
    changes = before.changes_to(before.proposed(rows))
    with catalog.transaction() as connection:
        return store.write(connection, changes, actor="ada", based_on=before.version, reason=reason)


def test_an_empty_catalog_has_what_ships(catalog: Catalog) -> None:
    assert current(catalog, shipped_identifiers()) == defaults(shipped_identifiers())


def test_a_change_counts_is_kept_and_is_audited(catalog: Catalog) -> None:
    assert change(catalog, {"SENSITIVITY_WEIGHTS": [RULE]}, "names mislead here") == 1
    threshold = {"THRESHOLD_ID": "classification-phi", "VALUE": 0.85}
    assert change(catalog, {"SENSITIVITY_THRESHOLDS": [threshold]}) == 2
    governance = current(catalog, shipped_identifiers())
    assert governance.weights["rule"] == 0.05
    assert governance.threshold("PHI", "CLASSIFICATION") == 0.85
    with catalog.reading() as connection:
        newest, first = store.history(connection)
        entries = connection.execute(audit_log.select().order_by(audit_log.c.seq)).all()[-2:]
    assert (first.actor, first.reason, first.change.row_id) == ("ada", "names mislead here", "rule")
    assert first.change.before is not None
    assert first.change.after is not None
    assert (first.change.before["WEIGHT"], first.change.after["WEIGHT"]) == (0.3, 0.05)
    assert newest.version == 2
    assert [entry.action for entry in entries] == ["CONFIG_CHANGE", "THRESHOLD_UPDATE"]
    assert [entry.resource for entry in entries] == [
        "governance:SENSITIVITY_WEIGHTS/rule",
        "governance:SENSITIVITY_THRESHOLDS/classification-phi",
    ]
    assert '"WEIGHT":0.3' in entries[0].before
    assert '"WEIGHT":0.05' in entries[0].after


def test_history_is_of_all_of_a_table_or_of_a_row(catalog: Catalog) -> None:
    change(catalog, {"SENSITIVITY_WEIGHTS": [RULE, {"WEIGHT_ID": "ml", "WEIGHT": 0.2}]})
    change(catalog, {"MODEL_SETTINGS": [{"SETTING_ID": "semantic-model", "VALUE": "none"}]})
    with catalog.reading() as connection:
        assert len(store.history(connection)) == 3
        assert len(store.history(connection, "SENSITIVITY_WEIGHTS")) == 2
        assert [entry.change.row_id for entry in store.history(connection, "SENSITIVITY_WEIGHTS", "ml")] == ["ml"]


def test_what_is_as_it_ships_again_is_stored_no_more(catalog: Catalog) -> None:
    change(catalog, {"SENSITIVITY_WEIGHTS": [RULE]})
    change(catalog, {"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": "rule", "WEIGHT": 0.3}]})
    with catalog.reading() as connection:
        assert store.stored(connection) == (2, {})
    change(catalog, {"SENSITIVITY_WEIGHTS": [RULE]})
    before = of_catalog(catalog, shipped_identifiers())
    assert before.changes_to(before.reset("SENSITIVITY_WEIGHTS", "rule"))[0].after is None


def test_a_change_that_is_based_on_an_old_version_is_refused_whole(catalog: Catalog) -> None:
    change(catalog, {"SENSITIVITY_WEIGHTS": [RULE]})
    late = RowChange(table="SENSITIVITY_WEIGHTS", row_id="ml", before=None, after={"WEIGHT_ID": "ml"})
    with pytest.raises(CatalogError, match="changed meanwhile"), catalog.transaction() as connection:
        store.write(connection, [late], actor="bo", based_on=0)
    with catalog.reading() as connection:
        assert len(store.history(connection)) == 1


def test_of_two_changes_at_once_one_is_refused(catalog: Catalog) -> None:
    before = of_catalog(catalog, shipped_identifiers())
    refused: list[str] = []
    start = threading.Barrier(4)

    def write(weight: float) -> None:
        changes = before.changes_to(before.proposed({"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": "ml", "WEIGHT": weight}]}))
        start.wait()
        try:
            with catalog.transaction() as connection:
                store.write(connection, changes, actor="x", based_on=before.version)
        except CatalogError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=write, args=(number / 10,)) for number in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    with catalog.reading() as connection:
        assert store.version(connection) == 1
        assert len(store.history(connection)) == 1


def test_a_long_running_process_sees_what_another_one_changes(catalog: Catalog, place: str, tmp_path: Path) -> None:
    watched = Watched(catalog, shipped_identifiers())
    first = watched.current()
    assert watched.current() is first
    for weight in (0.6, 0.7):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, place, str(tmp_path / "keys"), str(weight)],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert watched.current().weights["rule"] == weight


def test_a_file_stands_in_where_the_catalog_has_no_rows(catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "rows.yaml"
    file.write_text("SENSITIVITY_WEIGHTS:\n  - {WEIGHT_ID: rule, WEIGHT: 0.9}\n")
    identifiers = shipped_identifiers()
    assert in_effect(identifiers, file=file, catalog=catalog).weights["rule"] == 0.9
    assert in_effect(identifiers, file=file, catalog=None) == of_file(file, identifiers).governance
    change(catalog, {"SENSITIVITY_WEIGHTS": [RULE]})
    with pytest.raises(ConfigError, match="one in .*rows.yaml; import the file"):
        in_effect(identifiers, file=file, catalog=catalog)
    assert in_effect(identifiers, file=None, catalog=catalog).weights["rule"] == 0.05


def tried(catalog: Catalog, rows: dict[str, list[dict[str, Any]]]) -> Replayed:
    before = of_catalog(catalog, shipped_identifiers())
    return replay(catalog, before.governance, before.proposed(rows).governance, shipped_identifiers())


@pytest.fixture
def filled(catalog: Catalog, compiled: Path) -> Catalog:
    """A catalog with one table, judged by what ships."""
    fill(catalog, defaults(shipped_identifiers()), {"patients": PATIENTS}, compiled)
    return catalog


def verdict(record: ColumnRecord) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in VERDICT)


@pytest.mark.parametrize(
    "rows",
    [
        {"SENSITIVITY_WEIGHTS": [RULE]},
        {"SENSITIVITY_THRESHOLDS": [{"THRESHOLD_ID": "detection", "VALUE": 0.85}]},
        {"SENSITIVITY_THRESHOLDS": [{"THRESHOLD_ID": "classification-pii", "VALUE": 0.95}]},
        {"SENSITIVE_KEYWORDS": [{"KEYWORD_ID": "c", "CATEGORY": "CUSTOM", "KEYWORD": "colour"}]},
    ],
)
def test_applying_a_change_changes_exactly_what_trying_it_showed(
    filled: Catalog, compiled: Path, rows: dict[str, list[dict[str, Any]]]
) -> None:
    shown = tried(filled, rows)
    assert shown.reread == []
    assert shown.columns != []
    resource = "file:///srv/patients.csv"
    before = judged(PATIENTS, "patients", resource, current(filled, shipped_identifiers()), compiled)[1]
    change(filled, rows)
    after = judged(PATIENTS, "patients", resource, current(filled, shipped_identifiers()), compiled)[1]
    really = {new.column: new for old, new in zip(before, after, strict=True) if verdict(old) != verdict(new)}
    assert {item.after.column: verdict(item.after) for item in shown.columns} == {
        name: verdict(record) for name, record in really.items()
    }
    assert all(item.certain for item in shown.columns)


def test_trying_writes_nothing(filled: Catalog) -> None:
    with filled.reading() as connection:
        before = connection.execute(audit_log.select()).all()
    tried(filled, {"SENSITIVITY_WEIGHTS": [RULE]})
    with filled.reading() as connection:
        assert connection.execute(audit_log.select()).all() == before
        assert store.version(connection) == 0


def test_what_stored_features_cannot_answer_is_to_be_read_again(filled: Catalog) -> None:
    badge = {"PATTERN_ID": "b", "CATEGORY": "PII", "NAME": "BADGE", "REGEX": r"BDG\d{6}"}
    everything = tried(filled, {"SENSITIVE_PATTERNS": [badge]}).reread
    assert [item.columns for item in everything] == [tuple(PATIENTS)]
    assert "new patterns of BADGE" in everything[0].because
    weaker = tried(filled, {"SENSITIVE_PATTERNS": [{"PATTERN_ID": "us/ssn#dashed", "WEIGHT": 0.5}]})
    assert [item.columns for item in weaker.reread] == [("mbr_ssn",)]
    word = {"KEYWORD_ID": "k", "CATEGORY": "PII", "KEYWORD": "kartenblatt", "IDENTIFIER": "SSN"}
    assert [item.columns for item in tried(filled, {"SENSITIVE_KEYWORDS": [word]}).reread] == [("kartenblatt",)]


def test_past_reviews_that_would_be_contradicted_are_told(filled: Catalog) -> None:
    def item(column: str, identifier: str | None, state: State) -> QueueItem:
        subject = Subject(
            kind="column", resource="file:///srv/patients.csv", table="patients", column=column, identifier=identifier
        )
        asked = Question(
            subject=subject,
            level=Level.CONFIDENTIAL,
            categories=(),
            confidence=0.7,
            evidence="e",
            reasons=(),
            risk=1.0,
            uncertainty=1.0,
            reach=1.0,
            priority=1.0,
            because="",
        )
        return QueueItem(question=asked, state=state, version=2, queued_at=NOW, decided_at=NOW)

    fresh = [item("phone", "PHONE", State.APPROVED), item("contact", "EMAIL", State.APPROVED)]
    with filled.transaction() as connection:
        reviews.add(connection, fresh)
    found = tried(filled, {"SENSITIVITY_THRESHOLDS": [{"THRESHOLD_ID": "detection", "VALUE": 0.85}]})
    assert [(each.column, each.said, each.before, each.after) for each in found.contradicted] == [
        ("phone", "approved PHONE", "PHONE", None)
    ]
    assert found.agreed == 0
