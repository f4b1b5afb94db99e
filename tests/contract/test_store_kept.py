"""What is read out of a catalog, taken out of it, and copied: history, numbers, exports, purges, backups."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from unit import records_for_tests as made

from assay.app.governing.measuring import measure
from assay.app.scan.recording import begin
from assay.errors import UsageError
from assay.model import Coverage, Gap, Level
from assay.store import audit, outbox
from assay.store.activity import Consumer, events
from assay.store.backup import backup
from assay.store.engine import Catalog, open_catalog
from assay.store.history import EXPORTS, exported, versions
from assay.store.metrics import Metrics, metrics
from assay.store.proof import verify
from assay.store.purging import purge
from assay.store.schema import catalog as schema
from assay.store.schema import whole
from assay.store.texts import moment

SHOP = "postgresql://db.example.org/shop"
FILE = "file:///srv/data/customers.csv"
DATED = ((schema.readings, "at"), (schema.runs, "started_at"), (schema.outbox, "at"), (schema.column_versions, "at"),
         (schema.table_versions, "at"), (schema.classification_versions, "at"))  # fmt: skip


def record(catalog: Catalog, confidence: float = 90.0, level: Level = Level.RESTRICTED, *, gap: bool = False) -> str:
    recording = begin(catalog, [SHOP], ruleset="r")
    recording.unchanged(SHOP, "people", None)
    recording.take(made.finding(resource=SHOP, confidence=confidence / 100))
    columns = [made.column(resource=SHOP, table="people", column="ssn", confidence=confidence)]
    recording.table(SHOP, None, (), columns, made.table(resource=SHOP, table_name="people"))
    covered = Coverage(bytes_read=10, bytes_total=20, rows_read=3, rows_total=4, complete=False)
    recording.take(made.classification(resource=SHOP, level=level, confidence=confidence / 100, coverage=covered))
    if gap:
        recording.take(Gap(resource=FILE, reason="unreadable", detail="no right"))
    recording.take(made.classification(resource=FILE, level=Level.PUBLIC, identifiers={}, needs_review=True))
    recording.finish(made.summary())
    return recording.run


def grow_old(catalog: Catalog, days: int) -> None:
    """Everything that is there now happened so many days ago."""
    long_ago = moment(datetime.now(UTC) - timedelta(days=days))
    with catalog.transaction() as connection:
        for table, name in DATED:
            connection.execute(update(table).where(table.c[name] > long_ago).values({name: long_ago}))


def number_of(catalog: Catalog, table: Any) -> int:
    with catalog.reading() as connection:
        return len(connection.execute(select(table)).all())


class TestMetrics:
    def measured(self, catalog: Catalog, **period: str) -> Metrics:
        with catalog.reading() as connection:
            return metrics(connection, **period)

    def test_all_of_it(self, catalog: Catalog) -> None:
        record(catalog, gap=True)
        found = self.measured(catalog)
        assert found.runs == {"finished": 1}
        assert (found.resources_known, found.resources_seen, found.level_changes) == (2, 2, 2)
        assert (found.bytes_read, found.bytes_total, found.rows_read, found.rows_total) == (4_106, 4_116, 6, 7)
        assert found.read_completely == 1
        assert found.gaps == {"unreadable": 1}
        assert dict(found.resources.by_level) == {"restricted": 1, "public": 1}
        assert dict(found.resources.by_band) == {"high": 1}
        assert found.resources.by_framework["GDPR"] == 2
        assert found.resources.waiting_for_review == 1
        assert found.resources.average_confidence == pytest.approx(0.9)
        assert (found.columns.number, dict(found.columns.by_type)) == (1, {"SSN": 1})

    def test_the_state_is_that_at_the_end_of_the_period(self, catalog: Catalog) -> None:
        record(catalog, confidence=60.0, level=Level.INTERNAL)
        grow_old(catalog, 30)
        record(catalog)
        week = moment(datetime.now(UTC) - timedelta(days=7))
        before, after = self.measured(catalog, until=week), self.measured(catalog, since=week)
        assert dict(before.resources.by_level) == {"internal": 1, "public": 1}
        assert dict(after.resources.by_level) == {"restricted": 1, "public": 1}
        assert (before.columns.average_confidence, after.columns.average_confidence) == (0.6, 0.9)
        assert (before.level_changes, after.level_changes) == (2, 1)

    def test_confidences_are_compared_with_the_period_before(self, catalog: Catalog) -> None:
        record(catalog, confidence=60.0)
        grow_old(catalog, 10)
        record(catalog, confidence=90.0)
        week = moment(datetime.now(UTC) - timedelta(days=7))
        with catalog.reading() as connection:
            compared = measure(connection, since=week).compared
            without = measure(connection).compared
        assert compared is not None
        assert (compared.columns.before, compared.columns.after) == (1, 1)
        assert compared.columns.index is not None
        assert compared.columns.verdict == "unknown"
        assert without is None

    def test_events_by_kind_hour_and_consumer(self, catalog: Catalog) -> None:
        record(catalog, level=Level.INTERNAL)
        grow_old(catalog, 1)
        record(catalog, level=Level.RESTRICTED)
        record(catalog, level=Level.CONFIDENTIAL)
        with catalog.transaction() as connection:
            claim = outbox.claim(connection, "planner", 1)
            outbox.done(connection, claim)
            outbox.claim(connection, "planner", 1)
        with catalog.reading() as connection:
            found = events(connection)
            today = events(connection, since=moment(datetime.now(UTC) - timedelta(hours=1)))
        assert (found.number, dict(found.by_type)) == (4, {"first": 2, "raised": 1, "lowered": 1})
        assert dict(found.by_level) == {"internal": 1, "public": 1, "restricted": 1, "confidential": 1}
        assert sum(found.by_hour.values()) == 4
        assert len(found.by_hour) == 2
        assert found.by_consumer["planner"] == Consumer(done=1, taken=1, waiting=2)
        assert (today.number, dict(today.by_consumer)) == (2, {})

    def test_a_period_without_anything(self, catalog: Catalog) -> None:
        record(catalog)
        found = self.measured(catalog, since="2100-01-01")
        assert (found.resources_seen, found.resources.number, found.resources.average_confidence) == (0, 0, None)


class TestHistory:
    def test_versions_of_a_resource_its_tables_and_columns(self, catalog: Catalog) -> None:
        first, second = record(catalog, confidence=60.0, level=Level.INTERNAL), record(catalog)
        with catalog.reading() as connection:
            told = [(item.kind, item.table, item.column, item.version, item.run) for item in versions(connection, SHOP)]
            only = versions(connection, SHOP, column="ssn")
        assert told == [
            ("resource", None, None, 1, first), ("table", "people", None, 1, first), ("column", "people", "ssn", 1, first),
            ("resource", None, None, 2, second), ("column", "people", "ssn", 2, second),
        ]  # fmt: skip
        assert [item.record["confidence"] for item in only if item.record is not None] == [60.0, 90.0]

    @pytest.mark.parametrize("what", EXPORTS)
    @pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet"])
    def test_exports_hold_every_row(self, catalog: Catalog, tmp_path: Path, what: str, file_format: str) -> None:
        from assay.cli.history import exported_kinds
        from assay.sinks.output import open_output
        from assay.sinks.rowfiles import write_rows

        record(catalog, gap=True)
        target = tmp_path / "rows"
        output = open_output(str(target))
        with catalog.reading() as connection:
            number = write_rows(exported(connection, what), output, file_format, exported_kinds(what))
        output.commit()
        assert number == {"classifications": 2}.get(what, 1)
        if file_format == "jsonl":
            rows = [json.loads(line) for line in target.read_text().splitlines()]
        elif file_format == "csv":
            rows = list(csv.DictReader(io.StringIO(target.read_text())))
        else:
            import pyarrow.parquet as pq

            rows = pq.read_table(target).to_pylist()
        assert len(rows) == number
        # Whatever the format, it has the same columns.
        assert set(rows[0]) == set(exported_kinds(what))

    def test_a_spreadsheet_takes_no_cell_for_a_formula(self, tmp_path: Path) -> None:
        from assay.sinks.output import open_output
        from assay.sinks.rowfiles import write_rows

        output = open_output(str(tmp_path / "rows.csv"))
        write_rows([{"column": "=1+1", "number": -1.5}, {"column": "@x", "number": None}], output, "csv", {"column": str, "number": float})  # fmt: skip
        output.commit()
        assert (tmp_path / "rows.csv").read_text() == "column,number\n'=1+1,-1.5\n'@x,\n"


class TestPurge:
    def test_what_is_old_goes_and_the_state_stays(self, catalog: Catalog) -> None:
        for confidence in (50.0, 60.0, 70.0):
            record(catalog, confidence)
            grow_old(catalog, 100)
        record(catalog)
        before = {table.name: number_of(catalog, table) for table in whole().sorted_tables}
        given = {"findings_days": 30, "history_days": 0, "actor": "tess"}
        assert purge(catalog, **given, dry_run=True) == {"findings": 3}
        assert {table.name: number_of(catalog, table) for table in whole().sorted_tables} == before
        assert purge(catalog, **given, dry_run=False) == {"findings": 3}
        assert number_of(catalog, schema.findings) == 1
        assert purge(catalog, **given, dry_run=False) == {}
        gone = purge(catalog, findings_days=30, history_days=30, actor="tess", dry_run=False)
        # The version that held when the time was up stays, with its run.
        assert gone["column_versions"] == 2
        assert number_of(catalog, schema.column_versions) == 2
        assert number_of(catalog, schema.columns) == 1
        assert number_of(catalog, schema.runs) < 4
        assert verify(catalog).holds
        with catalog.reading() as connection:
            entries = connection.execute(select(audit.audit_log.c.action)).scalars().all()
        assert entries.count("CATALOG_PURGED") == 3

    def test_findings_that_still_hold_stay(self, catalog: Catalog) -> None:
        record(catalog)
        grow_old(catalog, 100)
        record(catalog)
        assert purge(catalog, findings_days=1, history_days=1, actor="tess", dry_run=False).get("findings") is None
        assert number_of(catalog, schema.findings) == 1
        recording = begin(catalog, [SHOP], ruleset="r")
        assert recording.unchanged(SHOP, "people", None) is None


class TestBackup:
    def test_the_copy_is_a_catalog_with_the_same_rows(self, catalog: Catalog, tmp_path: Path) -> None:
        for confidence in (60.0, 70.0):
            record(catalog, confidence, gap=True)
        target = tmp_path / "copy.db"
        assert backup(catalog, target, actor="tess").holds
        assert target.stat().st_mode & 0o777 == 0o600
        assert not list(tmp_path.glob(".copy*"))
        with open_catalog(str(target)) as copy, copy.reading() as there, catalog.reading() as here:
            assert copy.id == catalog.id
            # A row's code is of how its own engine tells it.
            same = catalog.engine.dialect.name == "sqlite"
            for table in (each for each in whole().sorted_tables if same or not each.name.startswith("record_")):
                by_key = [*table.primary_key]
                rows = [[tuple(row) for row in at.execute(select(table).order_by(*by_key))] for at in (here, there)]
                assert rows[0] == rows[1], table.name
        with open_catalog(str(target)) as copy:
            record(copy, 80.0)
            assert verify(copy).holds

    def test_nothing_is_overwritten(self, catalog: Catalog, tmp_path: Path) -> None:
        target = tmp_path / "copy.db"
        target.write_text("mine")
        with pytest.raises(UsageError, match="there already"):
            backup(catalog, target, actor="tess")
        assert target.read_text() == "mine"
