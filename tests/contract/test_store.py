"""What every catalog does, whichever database it is kept in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select, text
from sqlalchemy.exc import DBAPIError
from unit import records_for_tests as made

from assay.app.scan.recording import Recording, begin
from assay.errors import CatalogError
from assay.model import (
    Classification,
    ColumnRecord,
    ColumnSketch,
    Coverage,
    Features,
    Gap,
    Level,
    Skip,
    TableRecord,
    ValueKind,
)
from assay.store import audit, outbox, runs, versions
from assay.store.engine import Catalog, open_catalog, upgrade_catalog
from assay.store.nouns import sketch_of
from assay.store.schema import audit as audit_schema
from assay.store.schema import catalog as schema
from assay.store.schema import whole

SHOP = "postgresql://db.example.org/shop"
FILE = "file:///srv/data/customers.csv"
ASKED = {"ruleset": "r1", "governance": "g1", "sampling": "200 rows", "options": {"full": False}}


def columns_of(table: str, *names: str, resource: str = SHOP, **changes: Any) -> list[ColumnRecord]:
    return [made.column(resource=resource, table=table, column=name, **changes) for name in names]


def table_of(table: str, *, resource: str = SHOP, **changes: Any) -> TableRecord:
    return made.table(resource=resource, table_name=table, **changes)


def sketch(name: str, index: int) -> ColumnSketch:
    return ColumnSketch(
        name=name, index=index, rows=200, filled=180, hits={"SSN": 3}, kind=ValueKind.TEXT, declared="varchar(11)",
        features=Features(cells=180, shapes={"digits": 180}, distinct=(5, 6, 7)),
    )  # fmt: skip


def level_of(resource: str, level: Level = Level.RESTRICTED, **changes: Any) -> Classification:
    return made.classification(resource=resource, level=level, **changes)


def record_table(
    recording: Recording, table: str, *names: str, change: str | None = "c1", resource: str = SHOP, **changes: Any
) -> None:
    assert recording.unchanged(resource, table, change) is None
    recording.take(made.finding(resource=resource))
    sketches = [sketch(name, index) for index, name in enumerate(names)]
    records = columns_of(table, *names, resource=resource, **changes)
    recording.table(resource, change, sketches, records, table_of(table, resource=resource))
    recording.take(level_of(resource))


def count(catalog: Catalog, table: Any, *where: Any) -> int:
    with catalog.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def rows(catalog: Catalog, table: Any) -> Sequence[Any]:
    with catalog.reading() as connection:
        return connection.execute(select(table)).all()


class TestOpening:
    def test_one_that_is_not_there_is_refused(self, catalog_url: str) -> None:
        with pytest.raises(CatalogError, match="assay catalog init"):
            open_catalog(catalog_url)

    def test_migrated_tables_are_those_of_the_schema(self, catalog: Catalog) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        with catalog.reading() as connection:
            options = {"compare_type": True, "target_metadata": whole()}
            differences = compare_metadata(MigrationContext.configure(connection, opts=options), whole())
        assert differences == []

    def test_made_twice_is_made_once(self, catalog: Catalog, catalog_url: str) -> None:
        with open_catalog(catalog_url, create=True) as again:
            assert again.id == catalog.id

    def test_a_newer_version_is_refused(self, catalog: Catalog, catalog_url: str) -> None:
        with catalog.transaction() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(CatalogError, match="newer version .9999."):
            open_catalog(catalog_url)
        with pytest.raises(CatalogError, match="newer version"):
            upgrade_catalog(catalog_url)

    def test_an_older_version_is_brought_up_when_asked(
        self, catalog: Catalog, catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        record_table(recording, "a", "x")
        recording.finish(made.summary())
        before = versions.known()[-1]
        folder = tmp_path / "migrations"
        shutil.copytree(versions._FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "9998_later.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f"revision = '9998'\ndown_revision = '{before}'\n\n\n"
            "def upgrade():\n    op.add_column('columns', sa.Column('later', sa.Text))\n"
        )
        monkeypatch.setattr(versions, "_FOLDER", folder)
        versions.known.cache_clear()
        try:
            with pytest.raises(CatalogError, match=f"older version .{before}; this assay needs 9998.*upgrade"):
                open_catalog(catalog_url)
            upgraded, was = upgrade_catalog(catalog_url)
            with upgraded, upgraded.reading() as connection:
                assert connection.execute(text("SELECT name, later FROM columns")).all() == [("x", None)]
            assert was == before
            assert upgrade_catalog(catalog_url)[1] is None
        finally:
            versions.known.cache_clear()

    def test_another_programs_database_is_refused(self, catalog_url: str) -> None:
        with open_catalog(catalog_url, create=True) as made_one, made_one.engine.begin() as connection:
            everything = MetaData()
            everything.reflect(connection)
            everything.drop_all(connection)
            connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
        for create in (False, True):
            with pytest.raises(CatalogError, match="no catalog of assay"):
                open_catalog(catalog_url, create=create)

    def test_nothing_of_a_transaction_that_fails_is_kept(self, catalog: Catalog) -> None:
        with pytest.raises(RuntimeError, match="stop"), catalog.transaction() as connection:
            audit.append(connection, actor="a", action="TEST", details={})
            raise RuntimeError("stop")
        assert count(catalog, audit_schema.audit_log) == 0
        assert catalog.seal.remembered() is None


class TestTables:
    def test_all_fields_come_back(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        columns = columns_of("customers", "ssn", "ssn", "名前", semantic_scores={"PII": 0.25}, related_columns=("dob",))
        assert recording.unchanged(SHOP, "customers", "c1") is None
        finding = made.finding(resource=SHOP, confidence=0.1 + 0.2)
        skip = Skip(resource=SHOP, reason="media", detail="a picture")
        recording.take(finding)
        recording.take(skip)
        recording.table(SHOP, "c1", [sketch("x", n) for n in range(3)], columns, table_of("customers"))
        recording.take(level_of(SHOP))
        recording.finish(made.summary())
        again = begin(catalog, [SHOP], **ASKED)
        assert again.unchanged(SHOP, "customers", "c1") == [
            finding, *columns, table_of("customers"), skip, level_of(SHOP),
        ]  # fmt: skip

    def test_sketches_keep_no_hashes(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        record_table(recording, "customers", "ssn")
        recording.finish(made.summary())
        (row,) = rows(catalog, schema.columns)
        assert "distinct" not in row.sketch["features"]
        kept = sketch_of(row.sketch)
        assert (kept.features.different, kept.features.shapes, kept.hits) == (3, {"digits": 180}, {"SSN": 3})
        assert kept.kind is ValueKind.TEXT

    def test_the_same_again_is_one_row_and_one_version(self, catalog: Catalog) -> None:
        for change in ("c1", "c2"):
            recording = begin(catalog, [SHOP], **ASKED)
            record_table(recording, "customers", "id", "ssn", change=change)
            recording.finish(made.summary())
        assert count(catalog, schema.columns) == 2
        assert count(catalog, schema.column_versions) == 2
        assert count(catalog, schema.findings) == 1
        assert count(catalog, schema.runs, schema.runs.c.status == "finished") == 2
        (table,) = rows(catalog, schema.tables)
        assert (table.change, table.version) == ("c2", 1)

    def test_a_change_is_a_new_version_and_the_old_stays(self, catalog: Catalog) -> None:
        for confidence in (60.0, 80.0):
            recording = begin(catalog, [SHOP], **ASKED)
            record_table(recording, "customers", "ssn", change=str(confidence), confidence=confidence)
            recording.finish(made.summary())
        (column,) = rows(catalog, schema.columns)
        versions = sorted(rows(catalog, schema.column_versions), key=lambda row: row.version)
        assert (column.confidence, column.version) == (80.0, 2)
        assert [row.record["confidence"] for row in versions] == [60.0, 80.0]

    def test_columns_and_tables_that_are_gone_end_and_may_return(self, catalog: Catalog) -> None:
        for number, tables in enumerate(
            ({"a": ("x", "y"), "b": ("z",)}, {"a": ("x",)}, {"a": ("x", "y"), "b": ("z",)})
        ):
            recording = begin(catalog, [SHOP], **ASKED)
            for table, names in tables.items():
                record_table(recording, table, *names, change=str(number))
            recording.finish(made.summary())
            assert count(catalog, schema.tables) == len(tables)
            assert count(catalog, schema.columns) == sum(map(len, tables.values()))
        with catalog.reading() as connection:
            found = connection.execute(
                select(schema.column_versions.c.version, schema.column_versions.c.record).order_by("version")
            ).all()
        assert [(row.version, row.record is None) for row in found].count((2, True)) == 2
        assert max(row.version for row in found) == 3

    @pytest.mark.parametrize("part", ["ruleset", "governance", "sampling"])
    def test_what_is_made_otherwise_is_read_again(self, catalog: Catalog, part: str) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        record_table(recording, "customers", "ssn")
        recording.finish(made.summary())
        assert begin(catalog, [SHOP], **{**ASKED, part: "other"}).unchanged(SHOP, "customers", "c1") is None
        assert begin(catalog, [SHOP], **{**ASKED, "options": {"jobs": 2}}).unchanged(SHOP, "customers", "c1")

    def test_a_scan_of_some_tables_leaves_the_others(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        record_table(recording, "a", "x")
        record_table(recording, "b", "x")
        recording.finish(made.summary())
        recording = begin(catalog, [SHOP], **ASKED)
        record_table(recording, "a", "x", change="c2")
        recording.finish(made.summary(), all_tables=False)
        assert count(catalog, schema.tables) == 2

    def test_what_another_scan_read_meanwhile_is_not_answered(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        record_table(recording, "a", "x")
        record_table(recording, "b", "x")
        recording.finish(made.summary())
        slow = begin(catalog, [SHOP], **ASKED)
        assert slow.unchanged(SHOP, "a", "c1") is not None
        other = begin(catalog, [SHOP], **ASKED)
        assert other.unchanged(SHOP, "b", "c2") is None
        other.take(made.finding(resource=SHOP, confidence=0.75))
        other.table(SHOP, "c2", (), columns_of("b", "x"), table_of("b"))
        other.finish(made.summary(), all_tables=False)
        assert slow.unchanged(SHOP, "b", "c1") is None

    def test_without_a_token_or_with_a_gap_it_is_read_again(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        record_table(recording, "plain", "ssn", change=None)
        assert recording.unchanged(SHOP, "torn", "c1") is None
        recording.take(Gap(resource=SHOP, reason="unreadable", detail="column 3"))
        recording.table(SHOP, "c1", [], columns_of("torn", "ssn"), table_of("torn"))
        recording.take(level_of(SHOP))
        recording.finish(made.summary())
        again = begin(catalog, [SHOP], **ASKED)
        assert again.unchanged(SHOP, "plain", None) is None
        assert again.unchanged(SHOP, "torn", "c1") is None

    def test_the_level_of_a_database_file_is_that_of_all_its_tables(self, catalog: Catalog) -> None:
        uri = "file:///srv/shop.db"
        levels = {"a": Level.INTERNAL, "b": Level.RESTRICTED, "c": Level.PUBLIC}
        for number in range(2):
            recording = begin(catalog, [uri], **ASKED)
            for table, level in levels.items():
                if recording.unchanged(uri, table, f"{table}{number if table == 'c' else ''}") is None:
                    recording.table(uri, None, [], columns_of(table, "x", resource=uri), table_of(table, resource=uri))
                    recording.take(level_of(uri, level, identifiers={table: 1}, coverage=Coverage(rows_read=5)))
            recording.finish(made.summary())
            (row,) = rows(catalog, schema.classifications)
            assert (row.level, row.record["identifiers"]) == ("restricted", {"a": 1, "b": 1, "c": 1})
            assert row.record["coverage"]["rows_read"] == 15
        assert count(catalog, schema.outbox) == 1
        assert count(catalog, schema.classification_versions) == 1

    def test_names_that_databases_refuse(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        names = ("nul\0nul", "lone\udcff", 'quo"te', "x" * 10_000)
        record_table(recording, "odd\0\udc80", *names)
        recording.finish(made.summary())
        assert [row.name for row in sorted(rows(catalog, schema.columns), key=lambda row: row.position)] == [
            "nul\\x00nul", "lone\\udcff", 'quo"te', "x" * 10_000,
        ]  # fmt: skip
        again = begin(catalog, [SHOP], **ASKED)
        assert again.unchanged(SHOP, "odd\0\udc80", "c1") is not None


class TestFiles:
    def test_findings_of_a_file_are_answered_with_its_tables(self, catalog: Catalog) -> None:
        recording = begin(catalog, ["/srv"], **ASKED)
        told = [made.finding(resource=FILE), *columns_of("customers", "ssn", resource=FILE)]
        told += [table_of("customers", resource=FILE), level_of(FILE)]
        assert recording.unchanged(FILE, None, "t1") is None
        recording.take(told[0])
        recording.table(FILE, None, [sketch("ssn", 0)], told[1:2], told[2])
        recording.take(told[3])
        recording.finish(made.summary())
        again = begin(catalog, ["/srv"], **ASKED)
        assert again.unchanged(FILE, None, "t1") == told
        assert begin(catalog, ["/srv"], **ASKED).unchanged(FILE, None, "t2") is None

    def test_encoded_lines_are_taken_too(self, catalog: Catalog) -> None:
        from assay.ports import Rendered
        from assay.report.jsonlines import encode

        recording = begin(catalog, ["/srv"], **ASKED)
        recording.take(Rendered(b"".join(map(encode, made.every_kind()[:-1]))))
        recording.finish(made.summary())
        assert count(catalog, schema.findings) == 1
        assert count(catalog, schema.columns) == 1
        assert count(catalog, schema.omissions) == 2
        (row,) = rows(catalog, schema.classifications)
        assert row.level == "restricted"

    def test_many_findings_show_only_when_the_file_is_through(
        self, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("assay.app.scan.recording._EARLY", 10)
        for token in ("t1", "t2"):
            recording = begin(catalog, ["/srv"], **ASKED)
            recording.unchanged(FILE, None, token)
            for _ in range(25):
                recording.take(made.finding(resource=FILE))
            assert count(catalog, schema.findings) == (20 if token == "t1" else 45)
            assert count(catalog, schema.readings, schema.readings.c.state == "open") == 1
            recording.take(level_of(FILE))
            recording.finish(made.summary())
            assert count(catalog, schema.findings) == 25
        recording = begin(catalog, ["/srv"], **ASKED)
        recording.unchanged(FILE, None, "t3")
        for _ in range(25):
            recording.take(made.finding(resource=FILE, confidence=0.7))
        recording.abandon()
        assert count(catalog, schema.findings) == 25
        assert count(catalog, schema.readings, schema.readings.c.state == "open") == 0


class TestRuns:
    def test_a_stopped_run_is_taken_up(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        record_table(recording, "a", "x", change=None)
        recording.finish(replace(made.summary(), interrupted=True))
        again = begin(catalog, [SHOP], **ASKED, resume=True)
        assert (again.run, again.resumed) == (recording.run, True)
        assert again.unchanged(SHOP, "a", None) is not None
        record_table(again, "b", "y", change=None)
        again.finish(made.summary())
        assert count(catalog, schema.runs) == 1
        assert count(catalog, schema.tables) == 2
        assert not begin(catalog, [SHOP], **ASKED, resume=True).resumed

    def test_one_that_is_going_on_is_not(self, catalog: Catalog) -> None:
        begin(catalog, [SHOP], **ASKED)
        with pytest.raises(CatalogError, match="still going on"):
            begin(catalog, [SHOP], **ASKED, resume=True)

    def test_one_whose_process_died_is_marked(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED)
        with catalog.transaction() as connection:
            connection.execute(schema.runs.update().values(process=2**22 + 1))
        begin(catalog, ["other"], **ASKED)
        with catalog.reading() as connection:
            states = {row.id: row.status for row in runs.listed(connection, limit=10)}
        assert states.pop(recording.run) == "interrupted"
        assert list(states.values()) == ["running"]

    def test_each_is_audited(self, catalog: Catalog) -> None:
        recording = begin(catalog, [SHOP], **ASKED, actor="tess")
        recording.finish(made.summary())
        entries = rows(catalog, audit_schema.audit_log)
        assert [(row.actor, row.action, row.run) for row in entries] == [("tess", "DETECTION_RUN", recording.run)] * 2
        assert [json.loads(row.details)["state"] for row in entries] == ["started", "finished"]

    def test_a_catalog_has_one_fingerprint_key(self, catalog: Catalog) -> None:
        begin(catalog, [SHOP], **ASKED, key_id="one")
        with pytest.raises(CatalogError, match="another fingerprint key"):
            begin(catalog, [SHOP], **ASKED, key_id="two")


class TestOutbox:
    @staticmethod
    def tell(catalog: Catalog, *levels: Level, resource: str = SHOP) -> None:
        for level in levels:
            recording = begin(catalog, [SHOP], **ASKED)
            recording.take(level_of(resource, level))
            recording.finish(made.summary())

    def test_each_change_once_in_order(self, catalog: Catalog) -> None:
        self.tell(catalog, Level.PUBLIC, Level.PUBLIC, Level.INTERNAL, Level.RESTRICTED)
        with catalog.transaction() as connection:
            claim = outbox.claim(connection, "planner", 10)
            assert [(event.old, event.new) for event in claim.events] == [
                (None, Level.PUBLIC), (Level.PUBLIC, Level.INTERNAL), (Level.INTERNAL, Level.RESTRICTED),
            ]  # fmt: skip
            outbox.done(connection, claim)
        with catalog.transaction() as connection:
            assert outbox.claim(connection, "planner", 10).events == ()
            assert len(outbox.claim(connection, "notifier", 10).events) == 3

    def test_what_is_claimed_is_nobody_elses_until_its_time_is_up(self, catalog: Catalog) -> None:
        from datetime import timedelta

        self.tell(catalog, Level.PUBLIC, Level.INTERNAL)
        self.tell(catalog, Level.PUBLIC, resource=FILE)
        with catalog.transaction() as connection:
            first = outbox.claim(connection, "planner", 1, lease=timedelta(seconds=-1))
            second = outbox.claim(connection, "planner", 1)
            assert first.events == second.events
            # The next of the same resource waits for the one that is claimed.
            third = outbox.claim(connection, "planner", 10)
            assert [event.resource for event in third.events] == [FILE]
        with pytest.raises(CatalogError, match="claimed again"), catalog.transaction() as connection:
            outbox.done(connection, first)
        with catalog.transaction() as connection:
            outbox.done(connection, second)
            outbox.release(connection, third)
            assert len(list(outbox.waiting(connection, "planner"))) == 2


class TestAuditLog:
    @pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
    def test_the_database_refuses_changes(self, catalog: Catalog, statement: str) -> None:
        with catalog.transaction() as connection:
            audit.append(connection, actor="a", action="TEST", details={})
        with pytest.raises((DBAPIError, CatalogError)), catalog.transaction() as connection:
            connection.execute(text(statement))
        assert count(catalog, audit_schema.audit_log) == 1
