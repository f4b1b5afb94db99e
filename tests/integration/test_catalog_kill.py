"""Processes that write one catalog at once, and are killed in the middle: nothing that was through is lost or doubled."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from running import running
from sqlalchemy import func, select

from assay.model import Level
from assay.store import audit, outbox
from assay.store.engine import Catalog, open_catalog
from assay.store.proof import verify
from assay.store.schema import catalog as schema

WRITER = Path(__file__).parent / "recording_writer.py"
FINDINGS, COLUMNS = 30, 5
SHOP = "postgresql://db.example.org/shop"

Command = Callable[..., list[str]]


@pytest.fixture
def writer(catalog: Catalog, catalog_url: str) -> Command:
    def command(
        *, first: int = 0, count: int, pause_at: int = -1, resume: bool = False, prefix: str = SHOP
    ) -> list[str]:
        told = [catalog_url, str(first), str(count), str(pause_at), "resume" if resume else "new", prefix]
        return [sys.executable, str(WRITER), *told]

    return command


def counts(catalog: Catalog) -> dict[str, int]:
    everything = (
        schema.resources, schema.tables, schema.columns, schema.findings, schema.classifications,
        schema.table_versions, schema.column_versions, schema.classification_versions, schema.outbox,
    )  # fmt: skip
    with catalog.reading() as connection:
        return {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in everything
        }


def whole(tables: int) -> dict[str, int]:
    return {
        "resources": tables, "tables": tables, "columns": tables * COLUMNS, "findings": tables * FINDINGS,
        "classifications": tables, "table_versions": tables, "column_versions": tables * COLUMNS,
        "classification_versions": tables, "outbox": tables,
    }  # fmt: skip


def test_a_run_that_is_killed_is_taken_up_where_it_stopped(catalog: Catalog, writer: Command) -> None:
    with running(writer(count=60, pause_at=40), stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        run = process.stdout.readline().split()[1]
        assert process.stdout.readline() == b"middle\n"
        process.kill()
        process.wait(timeout=300)
    with catalog.reading() as connection:
        statuses = connection.execute(select(schema.runs.c.status)).scalars().all()
        open_ones = connection.execute(select(func.count()).where(schema.readings.c.state == "open")).scalar_one()
    assert statuses == ["running"]
    assert open_ones >= 1
    kept = counts(catalog)["tables"]
    assert 20 <= kept <= 40
    with running(writer(count=60, resume=True)) as process:
        out, err = process.communicate(timeout=300)
    assert out.split() == [b"resumed", run, b"answered", str(kept).encode()], err
    assert counts(catalog) == whole(60)
    with catalog.reading() as connection:
        assert connection.execute(select(schema.runs.c.status)).scalars().all() == ["finished"]
        assert connection.execute(select(func.count()).where(schema.readings.c.state == "open")).scalar_one() == 0
    assert verify(catalog).holds


def test_a_new_run_buries_what_was_killed(catalog: Catalog, writer: Command) -> None:
    with running(writer(count=60, pause_at=40), stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.stdout.readline() == b"middle\n"
        process.kill()
        process.wait(timeout=300)
    with running(writer(count=60)) as process:
        process.communicate(timeout=300)
    assert counts(catalog) == whole(60)
    with catalog.reading() as connection:
        assert sorted(connection.execute(select(schema.runs.c.status)).scalars()) == ["finished", "interrupted"]


@pytest.mark.parametrize("together", [True, False], ids=["same tables", "other tables"])
def test_processes_that_write_at_once(catalog: Catalog, writer: Command, together: bool) -> None:
    with ExitStack() as stack:
        processes = [
            stack.enter_context(running(writer(count=30, prefix=SHOP if together else f"{SHOP}{number}")))
            for number in range(3)
        ]
        for process in processes:
            _, err = process.communicate(timeout=300)
            assert process.returncode == 0, err
    assert counts(catalog) == whole(30 if together else 90)
    proof = verify(catalog)
    assert (proof.holds, proof.entries) == (True, 6)


_APPENDER = """
import sys
from assay.store import audit
from assay.store.engine import open_catalog
catalog = open_catalog(sys.argv[1])
for number in range(25):
    with catalog.transaction() as connection:
        audit.append(connection, actor=sys.argv[2], action="TEST", details={"number": number})
"""


def test_the_audit_log_has_no_gaps_under_concurrency(catalog: Catalog, catalog_url: str) -> None:
    with ExitStack() as stack:
        command = [sys.executable, "-c", _APPENDER, catalog_url]
        processes = [stack.enter_context(running([*command, f"actor{number}"])) for number in range(4)]
        for process in processes:
            _, err = process.communicate(timeout=300)
            assert process.returncode == 0, err
    proof = verify(catalog)
    assert (proof.holds, proof.entries, proof.end.seq) == (True, 100, 100)


_CONSUMER = """
import sys
from assay.store import outbox
from assay.store.engine import open_catalog
catalog = open_catalog(sys.argv[1])
crashes = int(sys.argv[2])
while True:
    with catalog.transaction() as connection:
        claim = outbox.claim(connection, "planner", 7)
    if not claim.events:
        break
    if crashes:
        with catalog.transaction() as connection:
            outbox.release(connection, claim)
        crashes -= 1
        continue
    with catalog.transaction() as connection:
        outbox.done(connection, claim)
        for event in claim.events:
            print(event.id, event.resource, event.new, flush=True)
"""


def test_each_event_goes_to_one_of_many_claimers(catalog: Catalog, catalog_url: str) -> None:
    from unit import records_for_tests as made

    from assay.app.scan.recording import begin

    for level in (Level.PUBLIC, Level.INTERNAL, Level.RESTRICTED):
        recording = begin(catalog, [SHOP], ruleset="r")
        for number in range(20):
            recording.take(made.classification(resource=f"{SHOP}/{number}", level=level))
        recording.finish(made.summary())
    told: Counter[str] = Counter()
    for _ in range(2):
        with ExitStack() as stack:
            command = [sys.executable, "-c", _CONSUMER, catalog_url]
            processes = [stack.enter_context(running([*command, str(number)])) for number in range(3)]
            for process in processes:
                out, err = process.communicate(timeout=300)
                assert process.returncode == 0, err
                told.update(out.decode().splitlines())
    assert len(told) == 60
    assert set(told.values()) == {1}
    with catalog.reading() as connection:
        assert not list(outbox.waiting(connection, "planner"))


def test_a_locked_catalog_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    from assay.errors import CatalogError

    monkeypatch.setattr("assay.store.engine._BUSY_SECONDS", 0)
    url = str(tmp_path / "catalog.db")
    open_catalog(url, create=True).close()
    other = sqlite3.connect(url, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_catalog(url) as catalog:
        with pytest.raises(CatalogError, match="locked by another process"), catalog.transaction() as connection:
            audit.append(connection, actor="a", action="TEST", details={})
        other.execute("ROLLBACK")
        with catalog.transaction() as connection:
            audit.append(connection, actor="a", action="TEST", details={})
    other.close()
