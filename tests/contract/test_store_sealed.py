"""The catalog's rows are sealed: whatever changes one of them past assay is found, in either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from reviews_for_tests import item
from sqlalchemy import text, update
from unit import records_for_tests as made

from assay.app.recording import begin
from assay.store import audit, governance, reviews
from assay.store.backup import backup
from assay.store.engine import Catalog, open_catalog
from assay.store.governance import RowChange
from assay.store.kinds import KINDS
from assay.store.proof import verify
from assay.store.purging import purge
from assay.store.schema import whole
from assay.store.schema.catalog import classifications, findings, readings, runs
from assay.store.texts import moment

FILE = "file:///srv/data/customers.csv"
UNSEALED = {"audit_log", "audit_head", "findings", "omissions", "action_claims", "outbox_claims"}


def scanned(catalog: Catalog, confidence: float = 97.0) -> None:
    recording = begin(catalog, ["/srv/data"], ruleset="r", actor="tess@desk")
    recording.take(made.finding())
    recording.take(made.finding(confidence=0.7))
    recording.table(FILE, None, (), [made.column(confidence=confidence)], made.table())
    recording.take(made.gap(resource=FILE))
    recording.take(made.classification(confidence=confidence / 100))
    recording.finish(made.summary())


@pytest.fixture
def full(catalog: Catalog) -> Catalog:
    """A catalog with rows of all that people and scans write."""
    scanned(catalog, 60.0)
    scanned(catalog)
    with catalog.transaction() as connection:
        reviews.add(connection, [item()])
    row = {"WEIGHT_ID": "rule", "WEIGHT": 0.4}
    with catalog.transaction() as connection:
        change = RowChange(table="SENSITIVITY_WEIGHTS", row_id="rule", before=None, after=row)
        governance.write(connection, [change], actor="tess", based_on=0, reason="tried")
    assert problems(catalog) == []
    return catalog


def problems(catalog: Catalog) -> list[str]:
    return [problem.what for problem in verify(catalog).problems]


def behind(catalog: Catalog, *statements: str) -> None:
    """Statements of someone who can write to the database, and knows that triggers note it."""
    with catalog.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.execute(text("DELETE FROM record_touched"))


def test_every_table_is_sealed_with_all_of_its_columns() -> None:
    tables = {name: table for name, table in whole().tables.items() if not name.startswith("record_")}
    assert set(tables) - UNSEALED == set(KINDS)
    for name, kind in KINDS.items():
        assert [column.name for column in tables[name].primary_key] == list(kind.key)
        assert list(kind.columns) == [column.name for column in tables[name].columns]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE columns SET level = 'public'", "columns '"),
        ("UPDATE columns SET position = position + 1", "columns '"),
        ("UPDATE tables SET level = 'public'", "tables '"),
        ("UPDATE classifications SET needs_review = NOT needs_review", "classifications '"),
        ("UPDATE resources SET seen_at = '2020-01-01T00:00:00.000000Z'", "resources '"),
        ("UPDATE column_versions SET level = 'public' WHERE version = 1", "column_versions '1' was changed"),
        ("UPDATE runs SET host = 'elsewhere'", "runs '"),
        ("UPDATE findings SET level = 'public'", "the findings of reading"),
        ("DELETE FROM findings WHERE id = (SELECT MIN(id) FROM findings)", "the findings of reading"),
        ("DELETE FROM findings", "the findings or omissions of reading"),
        ("UPDATE omissions SET detail = 'nothing'", "of reading"),
        ("DELETE FROM omissions", "of reading"),
        ("UPDATE governance_rows SET changed_by = 'nobody'", "governance_rows "),
        ("DELETE FROM governance_versions", "governance_versions '1' was taken out"),
        ("UPDATE review_items SET state = 'approved'", "review_items '"),
        ("UPDATE outbox SET new_level = 'public'", "outbox '1' was changed"),
        (
            "INSERT INTO rollout_phases VALUES ('*', 'automated', '2026-01-01', 'eve', '', 1)",
            "rollout_phases '*' was put in",
        ),
        ("UPDATE record_codes SET code = '00' WHERE kind = 'runs'", "the codes of runs were changed"),
        ("DELETE FROM record_seal", "the seal of the records is missing"),
        ("UPDATE record_seal SET sums = '{}'", "the signature of the records"),
    ],
)
def test_a_change_past_assay_is_found(full: Catalog, statement: str, what: str) -> None:
    behind(full, statement)
    found = problems(full)
    assert any(what in problem for problem in found), found
    # What assay writes later makes nothing good again.
    if "record_seal" not in statement:
        scanned(full)
        scanned(full, 50.0)
        assert problems(full) != []


def test_what_was_written_past_assay_is_told_and_stays_told(full: Catalog) -> None:
    with full.engine.begin() as connection:
        connection.execute(update(classifications).values(level="public"))
    assert any("writes to classifications were not made by assay" in problem for problem in problems(full))
    scanned(full, 50.0)
    assert any("writes to classifications were not made by assay" in problem for problem in problems(full))


def test_old_rows_with_their_seal_are_found_by_the_log(full: Catalog) -> None:
    """Everything but the log is put back to what it was."""
    kinds = [*KINDS, "record_codes", "record_seal"]
    with full.engine.begin() as connection:
        before = {name: connection.execute(whole().tables[name].select()).mappings().all() for name in kinds}
    with full.transaction() as connection:
        connection.execute(update(runs).values(host="elsewhere"))
        audit.append(connection, actor="tess", action="THRESHOLD_UPDATE")
    assert problems(full) == []
    with full.engine.begin() as connection:
        for row in before["runs"]:
            connection.execute(update(runs).where(runs.c.id == row["id"]).values(**row))
        for name in ("record_codes", "record_seal"):
            connection.execute(whole().tables[name].delete())
            connection.execute(whole().tables[name].insert(), [dict(row) for row in before[name]])
        connection.execute(text("DELETE FROM record_touched"))
    assert any("older ones were put back" in problem for problem in problems(full))


def test_a_transaction_that_fails_leaves_the_seal_as_it_was(full: Catalog) -> None:
    with pytest.raises(KeyError), full.transaction() as connection:
        connection.execute(update(classifications).values(level="public"))
        raise KeyError
    assert problems(full) == []


def test_purging_leaves_a_proof_that_holds(full: Catalog) -> None:
    scanned(full, 80.0)
    scanned(full, 81.0)
    long_ago = moment(datetime.now(UTC) - timedelta(days=400))
    with full.transaction() as connection:
        connection.execute(update(readings).values(at=long_ago))
        connection.execute(update(runs).values(started_at=long_ago))
    scanned(full, 82.0)
    with full.reading() as connection:
        before = len(connection.execute(findings.select()).all())
    purge(full, findings_days=365, history_days=0, actor="tess", dry_run=False)
    with full.reading() as connection:
        assert len(connection.execute(findings.select()).all()) <= before
    assert problems(full) == []
    purge(full, findings_days=0, history_days=30, actor="tess", dry_run=False)
    assert problems(full) == []


def test_a_backup_is_sealed_as_the_catalog_is(full: Catalog, tmp_path: object) -> None:
    from pathlib import Path

    target = Path(str(tmp_path)) / "copy.db"
    assert backup(full, target, actor="tess").holds
    with open_catalog(str(target), keys=full.seal.folder) as copy:
        behind(copy, "UPDATE columns SET level = 'public'")
        assert any("columns '" in problem for problem in problems(copy))


def test_two_that_write_at_once_seal_both(full: Catalog) -> None:
    import threading

    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for _ in range(5):
                scanned(full, 50.0 + number)
        except BaseException as error:  # noqa: BLE001  # told below
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert failed == []
    assert problems(full) == []
