"""The catalog's rows are sealed: whatever changes one of them past assay is found, in either database."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from reviews_for_tests import item
from sqlalchemy import text, update
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.errors import CatalogError
from assay.store import audit, governance, reviews, versions
from assay.store.auditlog import Wanted, newest
from assay.store.backup import backup
from assay.store.engine import Catalog, _engine, _make, open_catalog, parsed, upgrade_catalog
from assay.store.governance import RowChange
from assay.store.keys import Seal
from assay.store.kinds import KINDS
from assay.store.proof import verify
from assay.store.purging import purge
from assay.store.schema import whole
from assay.store.schema.catalog import catalog_info, classifications, findings, readings, runs
from assay.store.sealing import MODULUS
from assay.store.texts import canonical, moment

FILE = "file:///srv/data/customers.csv"
Later = Callable[..., None]
UNSEALED = {
    *(
        "audit_log",
        "audit_head",
        "findings",
        "omissions",
        "action_claims",
        "outbox_claims",
        "leases",
        "asked_executions",
        "plan_runs",
    ),
    *(
        "sessions",
        "one_time_links",
        "signin_failures",
        "desk_scans",
        "kept_answers",
        "learn_documents",
        "learn_runs",
        "enrichments",
    ),
}


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


def test_sums_that_were_made_to_fit_are_never_signed(full: Catalog) -> None:
    """A row goes with its code and out of the sums: all of it fits, but nobody without the key can sign it."""
    with full.engine.begin() as connection:
        key, code = connection.execute(
            text("SELECT key, code FROM record_codes WHERE kind = 'classification_versions' ORDER BY key LIMIT 1")
        ).one()
        sums = json.loads(connection.execute(text("SELECT sums FROM record_seal")).scalar_one())
        number, total = sums["kinds"]["classification_versions"]
        sums["kinds"]["classification_versions"] = [number - 1, f"{(int(total, 16) - int(code, 16)) % MODULUS:064x}"]
        connection.execute(text("DELETE FROM classification_versions WHERE id = :key"), {"key": int(key)})
        connection.execute(
            text("DELETE FROM record_codes WHERE kind = 'classification_versions' AND key = :key"), {"key": key}
        )
        connection.execute(text("UPDATE record_seal SET sums = :sums"), {"sums": canonical(sums)})
        connection.execute(text("DELETE FROM record_touched"))
    assert any("signature of the records" in problem for problem in problems(full))
    scanned(full, 50.0)
    scanned(full)
    assert any("signature of the records" in problem for problem in problems(full))


@pytest.mark.parametrize("sums", ["{}", "[]", "x", '{"kinds": {"runs": 1}, "broken": []}'])
def test_a_seal_that_is_none_ends_no_scan_and_stays_told(full: Catalog, sums: str) -> None:
    with full.engine.begin() as connection:
        connection.execute(text("UPDATE record_seal SET sums = :sums"), {"sums": sums})
    assert any("signature of the records" in problem for problem in problems(full))
    scanned(full, 50.0)
    assert any("signature of the records" in problem for problem in problems(full))
    with full.engine.begin() as connection:
        connection.execute(text("DELETE FROM record_seal"))
    scanned(full)
    assert "the seal of the records is missing" in problems(full)


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Later]:
    """A version of assay that comes after this one, called in the middle of a test."""
    before = versions.known()[-1]
    folder = tmp_path / "migrations"
    shutil.copytree(versions._FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))

    def come(does: str = "op.add_column('columns', sa.Column('later', sa.Text))") -> None:
        (folder / "versions" / "9998_later.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f"revision = '9998'\ndown_revision = '{before}'\n\n\n"
            f"def upgrade():\n    {does}\n"
        )
        monkeypatch.setattr(versions, "_FOLDER", folder)
        versions.known.cache_clear()

    yield come
    monkeypatch.undo()
    versions.known.cache_clear()


def upgraded(url: str) -> list[str]:
    """What is wrong with a catalog after it was brought up, and again after one more scan."""
    with upgrade_catalog(url)[0] as catalog:
        found = problems(catalog)
        assert upgrade_catalog(url)[1] is None
        scanned(catalog, 50.0)
        assert set(found) <= set(problems(catalog))
        assert bool(found) == bool(problems(catalog))
        return found


def test_a_catalog_that_holds_does_after_it_is_brought_up(full: Catalog, catalog_url: str, later: Later) -> None:
    later()
    assert upgraded(catalog_url) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE columns SET level = 'public'", "columns '"),
        ("DELETE FROM column_versions WHERE version = 1", "column_versions '1' was taken out"),
        ("UPDATE findings SET level = 'public'", "the findings of reading"),
        ("DELETE FROM record_seal", "the seal of the records is missing"),
        ("UPDATE record_seal SET sums = '{}'", "the signature of the records"),
    ],
)
def test_bringing_a_catalog_up_makes_no_change_good(
    full: Catalog, catalog_url: str, later: Later, statement: str, what: str
) -> None:
    behind(full, statement)
    later()
    found = upgraded(catalog_url)
    assert any(what in problem for problem in found), found


@pytest.mark.parametrize(
    ("does", "read"),
    [
        ("op.create_table('more', sa.Column('id', sa.Integer, primary_key=True))", ()),
        ("op.create_index('ix_later', 'columns', ['name'])", ()),
        ("op.add_column('columns', sa.Column('later', sa.Text))", ("columns",)),
        ("op.execute(\"UPDATE runs SET host = 'elsewhere'\")", ("runs",)),
        ("op.execute('DELETE FROM outbox')", ("outbox",)),
    ],
)
def test_only_rows_of_tables_that_change_are_read(
    full: Catalog, catalog_url: str, later: Later, does: str, read: tuple[str, ...]
) -> None:
    with full.reading() as connection:
        rows = sum(connection.scalar(text(f"SELECT COUNT(*) FROM {name}")) for name in read)
        codes = set(connection.execute(text("SELECT kind, key, code FROM record_codes")).all())
    assert bool(rows) == bool(read)
    later(does)
    told: list[tuple[int, int]] = []
    with upgrade_catalog(catalog_url, far=lambda done, of: told.append((done, of)))[0] as catalog:
        assert told == [(0, 2 * rows)]
        assert problems(catalog) == []
        with catalog.reading() as connection:
            after = set(connection.execute(text("SELECT kind, key, code FROM record_codes")).all())
        assert {row for row in codes if row[0] not in read} <= after
        assert {kind for kind, _, _ in codes ^ after} <= set(read)
        scanned(catalog, 50.0)
        assert problems(catalog) == []


def test_where_the_seal_does_not_hold_all_rows_are_read(full: Catalog, catalog_url: str, later: Later) -> None:
    with full.engine.begin() as connection:
        connection.execute(text("INSERT INTO record_touched (kind, key, tx) VALUES ('runs', 'x', 0)"))
    later("op.create_table('more', sa.Column('id', sa.Integer, primary_key=True))")
    told: list[int] = []
    with upgrade_catalog(catalog_url, far=lambda _, of: told.append(of))[0] as catalog:
        assert told[0] > 20
        assert "1 writes to runs were not made by assay" in problems(catalog)


def test_a_seal_that_is_changed_meanwhile_is_not_signed(
    full: Catalog, catalog_url: str, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    later("op.execute(\"UPDATE record_seal SET sums = '{}'\")")
    with pytest.raises(CatalogError, match="its seal was changed while it was brought up"):
        upgrade_catalog(catalog_url)


def test_rows_of_a_version_without_a_seal_are_never_believed(catalog_url: str) -> None:
    """However often the catalog is brought up: by itself, by another process at the same time, or by a later version."""
    engine = _engine(parsed(catalog_url))
    if catalog_url.startswith("sqlite"):
        Path(catalog_url.removeprefix("sqlite:///")).touch(mode=0o600)
    with engine.begin() as connection:
        versions.upgrade(connection, "0006")
        seal = Seal(secrets.token_hex(8))
        seal.make_key()
        connection.execute(
            catalog_info.insert(), [{"name": "id", "value": seal.catalog_id}, {"name": "made_at", "value": moment()}]
        )
        audit.begin(connection, seal)
        connection.execute(
            text(
                "INSERT INTO runs (id, targets, asked, status, started_at, beat_at, ruleset, governance, sampling, options, host, process)"
                " VALUES ('r', '[]', 'a', 'finished', :at, :at, 'r', 0, '{}', '{}', 'eve', 1)"
            ),
            {"at": moment()},
        )
    engine.dispose()
    with pytest.raises(CatalogError, match="older version .0006."):
        open_catalog(catalog_url)
    found = upgraded(catalog_url)
    assert len(found) == 1
    assert "rows are of version 0006 of the catalog, in which rows were not sealed yet: nothing proves" in found[0]
    _make(_engine(parsed(catalog_url)), None)
    with open_catalog(catalog_url) as catalog:
        assert problems(catalog) == found
        with catalog.reading() as connection:
            (entry,) = newest(connection, Wanted(action="CATALOG_UPGRADED"), 9)
    assert entry["details"] == {"from": "0006", "to": versions.known()[-1], "not_proven": found}


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
