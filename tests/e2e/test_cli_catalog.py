"""`assay catalog` and `assay audit` as they are called."""

from __future__ import annotations

import json
import logging
import sqlite3
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fakesnow
import pytest
from calling import Assay
from sqlalchemy import update
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.model import Level
from assay.store.engine import open_catalog
from assay.store.schema.catalog import column_versions
from assay.store.texts import moment

FILE = "file:///srv/data/customers.csv"


def scanned(url: str, confidence: float = 97.0) -> None:
    with open_catalog(url) as catalog:
        recording = begin(catalog, ["/srv/data"], ruleset="r", actor="tess@desk")
        recording.take(made.finding())
        recording.table(FILE, None, (), [made.column(confidence=confidence)], made.table())
        recording.take(made.classification())
        recording.take(made.gap())
        recording.take(made.classification(resource=made.gap().resource, level=Level.UNCLASSIFIED, identifiers={}))
        recording.finish(made.summary())


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assay: Assay) -> str:
    """A catalog that the settings name, with two runs in it."""
    path = str(tmp_path / "team.db")
    monkeypatch.setenv("ASSAY_CATALOG", path)
    assert assay("catalog", "init").code == 0
    scanned(path, 60.0)
    scanned(path)
    return path


def test_init_makes_a_file_of_ones_own_and_says_where_the_key_is(assay: Assay, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    done = assay("catalog", "init", "--catalog", f"sqlite:///{path}")
    assert done.code == 0
    assert f"{path}: made" in done.out
    key = Path(done.out.split("is in ")[1].split("; keep")[0])
    assert stat.S_IMODE(key.stat().st_mode) == stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "there already" in assay("catalog", "init", "--catalog", str(path)).out
    assert "of version 0" in assay("catalog", "upgrade", "--catalog", str(path)).out


def test_without_a_catalog_it_says_how_to_get_one(assay: Assay, tmp_path: Path) -> None:
    done = assay("catalog", "history")
    assert (done.code, done.out) == (2, "")
    assert "--catalog" in done.err
    done = assay("catalog", "history", "--catalog", str(tmp_path / "none.db"))
    assert done.code == 2
    assert "assay catalog init" in done.err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://host/db", "cannot be kept in 'mysql'"),
        ("sqlite://", "a catalog in SQLite is a file"),
        ("", "is empty"),
        ("postgresql://tess:hidden@127.0.0.1:1/db", "no server answers there"),
        ("postgresql://127.0.0.1:1/db?password=hidden", "no server answers there"),
        ("postgresql://tess:hidden@host:none/db", "cannot be read"),
    ],
)
def test_urls_that_cannot_be_used(assay: Assay, url: str, told: str) -> None:
    done = assay("catalog", "history", "--catalog", url)
    assert done.code == 2
    assert told in done.err
    assert "hidden" not in done.err


def test_a_file_that_is_none_is_left_alone(assay: Assay, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("my notes, which are long enough to be no SQLite header")
    for verb in ("init", "history", "upgrade"):
        done = assay("catalog", verb, "--catalog", str(other))
        assert done.code == 2
        assert "no SQLite database" in done.err
    assert other.read_text().startswith("my notes")


def test_a_catalog_of_a_newer_version_is_refused(assay: Assay, there: str) -> None:
    with sqlite3.connect(there) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    done = assay("catalog", "metrics")
    assert done.code == 2
    assert "newer version (9999)" in done.err


def test_the_password_of_a_setting_is_not_shown(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", "postgresql://tess:hidden@db/assay?sslpassword=hidden")
    for output_format in ("table", "json"):
        done = assay("config", "show", "--format", output_format)
        assert "postgresql://tess:***@db/assay" in done.out
        assert "hidden" not in done.out + done.err


def test_no_secret_of_a_catalog_is_told_in_an_error(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "postgresql://tess:hidden@127.0.0.1:1/x?sslpassword=hidden&oauth_client_secret=hidden&application_name=a;password=hidden"
    monkeypatch.setenv("ASSAY_CATALOG", address)
    done = assay("review", "list")
    assert done.code != 0
    assert "127.0.0.1:1" in done.err
    assert "hidden" not in done.out + done.err


class TestHistory:
    def test_runs(self, assay: Assay, there: str) -> None:
        done = assay("catalog", "history")
        assert done.code == 0
        assert [line.split()[1] for line in done.out.splitlines()[1:]] == ["finished", "finished"]
        told = json.loads(assay("catalog", "history", "--format", "json", "--limit", "1").out)
        assert [(row["status"], row["findings"], row["resources_read"]) for row in told] == [("finished", 1, 2)]

    def test_versions_of_a_column(self, assay: Assay, there: str) -> None:
        done = assay("catalog", "history", f"{FILE}:ssn")
        assert [line.split()[2:] for line in done.out.splitlines()[2:]] == [
            ["1", "ssn", "restricted", "SSN", "60"],
            ["2", "ssn", "restricted", "SSN", "97"],
        ]
        lines = assay("catalog", "history", FILE, "--table", "customers", "--format", "jsonl").out.splitlines()
        assert [json.loads(line)["kind"] for line in lines] == ["table", "column", "column"]

    def test_every_line_fits_a_terminal(self, assay: Assay, there: str) -> None:
        for arguments in (("history",), ("history", FILE), ("metrics",)):
            assert max(map(len, assay("catalog", *arguments).out.splitlines())) <= 80

    def test_one_that_is_not_known(self, assay: Assay, there: str) -> None:
        done = assay("catalog", "history", "file:///srv/data/customer.csv")
        assert done.code == 2
        assert "did you mean '/srv/data/customers.csv'?" in done.err
        assert "no column or table 'none'" in assay("catalog", "history", f"{FILE}:none").err


class TestMetrics:
    def test_for_people_and_machines(self, assay: Assay, there: str) -> None:
        done = assay("catalog", "metrics", "--since", "1h")
        assert "by level: restricted 1, unclassified 1" in done.out
        assert "Gaps: corrupt 1" in done.out
        told = json.loads(assay("catalog", "metrics", "--format", "json").out)
        assert (told["runs"], told["resources"]["by_level"]) == ({"finished": 2}, {"restricted": 1, "unclassified": 1})
        assert told["columns"]["average_confidence"] == 0.97

    def test_review_drift_and_events(self, assay: Assay, there: str) -> None:
        page = assay("catalog", "metrics").out
        assert "Drift: give --since" in page
        assert "Review: 0 questions asked, 0 answers given" in page
        assert "taken by nobody" in page
        page = assay("catalog", "metrics", "--since", "1h").out
        assert "Drift of confidences against the period before" in page
        assert "columns: cannot be told: 0 before, 1 now" in page
        told = json.loads(assay("catalog", "metrics", "--since", "1h", "--format", "json").out)
        assert told["drift"]["columns"]["verdict"] == "unknown"
        assert (told["review"]["median_hours"], told["review"]["waiting"]) == (None, 0)
        assert sum(told["events"]["by_hour"].values()) == told["events"]["number"] == told["level_changes"]
        assert sum(told["columns"]["scores"]) == told["columns"]["number"]

    @pytest.mark.parametrize("since", ["yesterday", "2024-13-01", "99999999d"])
    def test_times_that_are_none(self, assay: Assay, there: str, since: str) -> None:
        done = assay("catalog", "metrics", "--since", since)
        assert done.code == 2
        assert "is no time" in done.err

    def test_a_period_that_ends_before_it_begins(self, assay: Assay, there: str) -> None:
        assert assay("catalog", "metrics", "--since", "1h", "--until", "2h").code == 2


class TestExport:
    def test_to_standard_output_and_to_a_file(self, assay: Assay, there: str, tmp_path: Path) -> None:
        done = assay("catalog", "export", "findings")
        (finding,) = map(json.loads, done.out.splitlines())
        assert (finding["resource"], finding["redacted"]) == (FILE, "5*********9")
        target = tmp_path / "columns.csv"
        assert assay("catalog", "export", "columns", "--format", "csv", "--output", str(target)).code == 0
        assert target.read_text().splitlines()[1].startswith(f"{FILE},customers,ssn,restricted,")


def test_purge_says_what_it_takes(assay: Assay, there: str) -> None:
    long_ago = moment(datetime.now(UTC) - timedelta(days=500))
    with open_catalog(there) as catalog, catalog.transaction() as connection:
        for version, at in ((1, long_ago), (2, long_ago[:-2] + "9Z")):
            connection.execute(update(column_versions).where(column_versions.c.version == version).values(at=at))
    assert "nothing is past its time" in assay("catalog", "purge").out
    done = assay("catalog", "purge", "--history", "400", "--dry-run")
    assert "1  column versions would be taken out" in done.out
    assert "1  column versions taken out" in assay("catalog", "purge", "--history", "400").out
    assert "CATALOG_PURGED" in assay("audit", "log").out


def test_a_backup_is_proven(assay: Assay, there: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    nowhere = assay("catalog", "backup", str(tmp_path / "shelf" / "copy.db"))
    assert (nowhere.code, f"there is no folder {tmp_path / 'shelf'}; make it first" in nowhere.err) == (2, True)
    done = assay("catalog", "backup", str(target))
    assert done.code == 0
    # The one that did not come about is no entry.
    assert "opened and checked; 5 entries" in done.out
    assert assay("audit", "verify", "--catalog", str(target)).code == 0
    assert assay("catalog", "backup", str(target)).code == 2


class TestAudit:
    def test_log(self, assay: Assay, there: str) -> None:
        done = assay("audit", "log")
        assert "tess@desk  DETECTION_RUN" in done.out
        assert max(map(len, done.out.splitlines())) <= 80
        told = json.loads(assay("audit", "log", "--limit", "1", "--format", "json").out)
        assert [(row["seq"], row["details"]["state"]) for row in told] == [(4, "finished")]
        assert "no entry" in assay("audit", "log", "--actor", "nobody").out

    def test_verify(self, assay: Assay, there: str) -> None:
        done = assay("audit", "verify")
        assert done.code == 0
        checkpoint = done.out.split("checkpoint ")[1].strip()
        assert assay("audit", "verify", "--checkpoint", checkpoint).code == 0
        assert assay("audit", "verify", "--checkpoint", f"9:{'0' * 64}").code == 1
        assert assay("audit", "verify", "--checkpoint", "nine").code == 2

    def test_verify_fails_after_one_byte_is_changed(self, assay: Assay, there: str) -> None:
        with sqlite3.connect(there) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        data = bytearray(Path(there).read_bytes())
        at = data.index(b"tess@desk")
        data[at] = ord("b")
        Path(there).write_bytes(data)
        done = assay("audit", "verify")
        assert done.code == 1
        assert "entry " in done.out
        assert "was changed" in done.out
        told = json.loads(assay("audit", "verify", "--format", "json").out)
        assert told["holds"] is False

    def test_export_can_be_checked_without_assay(self, assay: Assay, there: str) -> None:
        import hashlib

        done = assay("audit", "export")
        entries = [json.loads(line) for line in done.out.splitlines()]
        previous = None
        for entry in entries:
            claimed = entry.pop("hash")
            told = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            assert hashlib.sha256(told.encode()).hexdigest() == claimed
            assert previous in (None, entry["previous"])
            previous = claimed
        assert f"checkpoint {len(entries)}:{previous}" in done.err


def test_to_snowflake(there: str, assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "hidden")
    url = "snowflake://tess@xy12345/GOV/RESULTS"
    with fakesnow.patch():
        missing = assay("catalog", "export", "--to", url)
        assert missing.code == 2
        assert "no such table" in missing.err
        done = assay("catalog", "export", "--to", url, "--create-tables")
        assert (done.code, done.err) == (0, "")
        assert "AI_ASSISTANT_SENSITIVE_ASSETS: 1 new, 0 changed, 0 gone" in done.out
        assert "AI_ASSISTANT_SENSITIVE_ASSETS_HISTORY: 2 new, 0 changed, 0 gone" in done.out
        again = assay("catalog", "export", "--to", url)
        assert "new" in again.out
        assert all(" 0 new, 0 changed, 0 gone" in line for line in again.out.splitlines())
        assert "hidden" not in missing.err + done.out + again.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("tables", "--to", "snowflake://u@a/D/S"), "leave out WHAT"),
        (("--to", "snowflake://u@a/D/S", "--format", "csv"), "leave out WHAT"),
        (("--create-tables",), "goes with --to"),
        (("--to", "snowflake://u@a/D/S"), "SNOWFLAKE_PASSWORD"),
        (("--to", ""), "Snowflake only"),
    ],
)
def test_to_snowflake_as_it_cannot_be_asked(there: str, assay: Assay, arguments: tuple[str, ...], told: str) -> None:
    done = assay("catalog", "export", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_without_the_connector_it_says_how_to_get_it(there: str, assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snowflake.connector", None)
    done = assay("catalog", "export", "--to", "snowflake://u:hidden@a/D/S")
    assert done.code == 2
    assert "pip install 'assay[snowflake]'" in done.err


def test_numbers_of_the_future_are_refused(assay: Assay) -> None:
    assert assay("catalog", "init", "--catalog", "future.db").code == 0
    done = assay("catalog", "metrics", "--since", "2999-01-01", "--catalog", "future.db")
    assert (done.code, done.err) == (2, "assay: error: --since is in the future; give a time before now\n")
