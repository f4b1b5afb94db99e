"""Scans that are kept in a catalog: what has not changed is not read again, decisions hold, nothing is lost or doubled."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from calling import Assay, Done
from planting import of_kind, records
from running import running

from assay.app.governing.replay import VERDICT
from assay.sources.sql.filestate import state

NOTE = "order 536904399 shipped\nthe second order is 601553127\nplease call 020 7946 0958\n"
CLEAN = "lunch is at noon\n"
TORN = b"PK\x03\x04torn"

Records = list[dict[str, Any]]
Scan = Callable[..., Records]


def shop(path: Path, *, rows: int = 120, seed: int = 3) -> None:
    """A SQLite database of two tables, one of them about people."""
    dice = random.Random(seed)
    people = [
        (n, f"{dice.randint(100, 665)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}", f"user{n}@posteo.de")
        for n in range(rows)
    ]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE members (id INTEGER PRIMARY KEY, ssn TEXT, email TEXT)")
        database.executemany("INSERT INTO members VALUES (?, ?, ?)", people)
        database.execute("CREATE TABLE paint (id INTEGER PRIMARY KEY, colour TEXT)")
        database.executemany("INSERT INTO paint VALUES (?, ?)", [(n, "red") for n in range(rows)])
    # A file as fresh as this has no token of its state, and would be read twice.
    while state(str(path)) is None:
        time.sleep(0.02)


def folder(path: Path) -> None:
    """Text, a table, an archive that is torn, and what is left out."""
    path.mkdir()
    (path / "a-note.txt").write_text(NOTE)
    (path / "b-clean.txt").write_text(CLEAN)
    rows = "".join(f"{n},{536 + n}-21-{4399 + n},red\n" for n in range(40))
    (path / "c-staff.csv").write_text("entry,ssn,colour\n" + rows)
    (path / "d-torn.zip").write_bytes(TORN)
    (path / "e-picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))


@pytest.fixture
def there(assay: Assay) -> Path:
    """A catalog that `assay.toml` names."""
    Path("assay.toml").write_text('catalog = "team.db"\nmin_confidence = 0.3\njobs = 1\n')
    assert assay("catalog", "init").code == 0
    return Path("team.db").resolve()


@pytest.fixture
def scan(assay: Assay) -> Scan:
    """Records of a scan, which must end with `code`."""

    def call(*arguments: str, code: int = 0) -> Records:
        done = assay("scan", *arguments, "--format", "jsonl")
        assert done.code == code, done.err
        return records(done.out)

    return call


def rows(catalog: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def number(catalog: Path, table: str) -> int:
    return int(rows(catalog, f"SELECT count(*) FROM {table}")[0][0])


def told(found: Records) -> Records:
    """All but the summary."""
    return [record for record in found if record["kind"] != "summary"]


def summary(found: Records) -> dict[str, Any]:
    return found[-1]


def item(assay: Assay) -> dict[str, Any]:
    """The only open question."""
    (only,) = json.loads(assay("review", "list", "--format", "json").out)
    return dict(only)


class TestAgain:
    def test_an_unchanged_database_is_not_read_again(self, assay: Assay, scan: Scan, there: Path) -> None:
        shop(Path("shop.db"))
        first = scan("sqlite:///shop.db")
        assert [record["detected_type"] for record in of_kind(first, "column")[1:3]] == ["SSN", "EMAIL"]
        second = scan("sqlite:///shop.db")
        assert told(second) == told(first)
        assert summary(first)["bytes"] > 0
        assert summary(second)["bytes"] == 0
        same = (
            "level",
            "resources",
            "findings",
            "columns",
            "sensitive_columns",
            "gaps",
            "skips",
            "by_level",
            "by_identifier",
        )
        assert [summary(second)[name] for name in same] == [summary(first)[name] for name in same]
        assert rows(there, "SELECT name, version FROM tables ORDER BY name") == [("members", 1), ("paint", 1)]
        assert number(there, "columns") == number(there, "column_versions") == 5
        assert rows(there, "SELECT status FROM runs") == [("finished",), ("finished",)]
        assert assay("catalog", "history").out.count("finished") == 2
        shown = " ".join(assay("scan", "sqlite:///shop.db").out.split())
        assert "Nothing changed since " in shown
        assert ": 2 tables and 5 columns kept from run " in shown

    def test_tables_of_one_name_in_an_archive_are_all_kept(self, assay: Assay, scan: Scan, there: Path) -> None:
        with zipfile.ZipFile("packed.zip", "w") as packed:
            packed.writestr("2025/staff.csv", "name,ssn\n" + "".join(f"Bo Ek,536-90-{4399 + n}\n" for n in range(30)))
            packed.writestr("2026/staff.csv", "mail,colour\n" + "".join(f"u{n}@posteo.de,red\n" for n in range(30)))
        first = scan("packed.zip")
        kept = rows(there, "SELECT t.name, c.name FROM tables t JOIN columns c ON c.table_id = t.id ORDER BY 1, 2")
        assert kept == [("staff", "name"), ("staff", "ssn"), ("staff (2)", "colour"), ("staff (2)", "mail")]
        assert [(each["table"], each["column"]) for each in of_kind(first, "column")] == [
            ("staff", "name"),
            ("staff", "ssn"),
            ("staff (2)", "mail"),
            ("staff (2)", "colour"),
        ]
        assert "EMAIL" in assay("explain", "packed.zip:staff (2).mail").out
        assert told(scan("packed.zip")) == told(first)

    def test_a_database_that_was_written_is_read_again(self, scan: Scan, there: Path) -> None:
        shop(Path("shop.db"))
        scan("sqlite:///shop.db")
        with closing(sqlite3.connect("shop.db")) as database, database:
            database.execute("ALTER TABLE paint ADD COLUMN phone TEXT")
            database.execute("UPDATE paint SET phone = '+44 20 7946 ' || (1000 + id)")
            database.execute("DROP TABLE members")
        again = scan("sqlite:///shop.db")
        assert {record["table_name"] for record in of_kind(again, "table")} == {"paint"}
        assert summary(again)["bytes"] > 0
        assert rows(there, "SELECT name, version FROM tables") == [("paint", 2)]
        assert rows(there, "SELECT version, level FROM classification_versions ORDER BY version") == [
            (1, "restricted"),
            (2, "confidential"),
        ]
        gone = "SELECT count(*) FROM table_versions WHERE record IS NULL OR record = 'null'"
        assert rows(there, gone) == [(1,)]

    def test_of_a_sample_is_said_that_it_is_one_also_when_it_is_not_drawn_again(self, scan: Scan, there: Path) -> None:
        shop(Path("shop.db"), rows=900)
        first, second = (summary(scan("sqlite:///shop.db", "--rows", "50")) for _ in range(2))
        assert second["bytes"] == 0
        assert first["coverage"]["complete"] is second["coverage"]["complete"] is False
        # Another sample is another reading.
        assert summary(scan("sqlite:///shop.db", "--full"))["bytes"] > first["bytes"]

    def test_of_a_folder_only_what_changed_is_read(self, scan: Scan, there: Path) -> None:
        folder(Path("data"))
        first = scan("data", code=3)
        second = scan("data", code=3)
        assert told(second) == told(first)
        # Only what had a gap is read again.
        assert summary(second)["bytes"] == len(TORN)
        assert (summary(second)["gaps"], summary(second)["skips"]) == (1, 1)
        Path("data/b-clean.txt").write_text("mail ada.stone@posteo.de\n")
        third = scan("data", code=3)
        assert summary(third)["bytes"] == summary(second)["bytes"] + 25
        levels = {record["resource"][-11:]: record["level"] for record in of_kind(third, "classification")}
        assert levels["b-clean.txt"] == "internal"
        versions = "SELECT uri, max(version) FROM classification_versions v JOIN resources r ON r.id = v.resource_id GROUP BY 1"
        assert {uri[-11:]: version for uri, version in rows(there, versions)}["b-clean.txt"] == 2
        assert number(there, "classification_versions") == 6
        assert number(there, "outbox") == 6

    def test_other_rules_read_again(self, scan: Scan, there: Path) -> None:
        folder(Path("data"))
        whole = summary(scan("data", code=3))
        some = scan("data", "--identifier", "PHONE", code=3)
        assert {record["identifier"] for record in of_kind(some, "finding")} == {"PHONE"}
        assert summary(some)["bytes"] == whole["bytes"]

    def test_with_and_without_a_catalog_the_same_is_told(self, scan: Scan, there: Path) -> None:
        folder(Path("data"))
        shop(Path("shop.db"))
        for targets, code in ((("data",), 3), (("sqlite:///shop.db",), 0)):
            without = scan(*targets, "--no-catalog", code=code)
            kept = scan(*targets, code=code)
            assert told(kept) == told(without)
            assert {**summary(kept), "seconds": 0} == {**summary(without), "seconds": 0}

    def test_gaps_and_skips_are_kept_with_their_reasons(self, scan: Scan, there: Path) -> None:
        folder(Path("data"))
        scan("data", code=3)
        assert rows(there, "SELECT kind, reason FROM omissions ORDER BY kind") == [
            ("gap", "corrupt"),
            ("skip", "image"),
        ]
        assert rows(there, "SELECT level, count(*) FROM classifications GROUP BY 1 ORDER BY 1") == [
            ("public", 1),
            ("restricted", 2),
            ("unclassified", 2),
        ]


class TestDecisions:
    def test_what_was_rejected_counts_no_more_until_that_is_undone(self, assay: Assay, scan: Scan, there: Path) -> None:
        Path("note.txt").write_text(NOTE)
        assert summary(scan("note.txt"))["by_identifier"] == {"SSN": 2, "PHONE": 1}
        question = item(assay)
        assert assay("review", "reject", question["id"], "--reason", "order numbers").code == 0
        for _ in range(2):
            found = scan("note.txt")
            assert [record["identifier"] for record in of_kind(found, "finding")] == ["PHONE"]
            (level,) = of_kind(found, "classification")
            assert (level["level"], level["identifiers"]) == ("confidential", {"PHONE": 1})
            assert "SSN rejected by" in level["because"]
            assert (summary(found)["findings"], summary(found)["level"]) == (1, "confidential")
        assert summary(found)["bytes"] == 0
        assert rows(there, "SELECT level FROM classifications") == [("confidential",)]
        assert json.loads(assay("review", "list", "--format", "json").out) == []
        assert assay("review", "undo", question["id"]).code == 0
        assert summary(scan("note.txt"))["by_identifier"] == {"SSN": 2, "PHONE": 1}
        assert item(assay)["id"] == question["id"]

    def test_a_level_that_was_corrected_is_that_of_the_resource(self, assay: Assay, scan: Scan, there: Path) -> None:
        Path("note.txt").write_text(NOTE.splitlines()[0])
        scan("note.txt")
        decided = assay("review", "reclassify", item(assay)["id"], "--level", "internal", "--reason", "made up")
        assert decided.code == 0
        (level,) = of_kind(scan("note.txt"), "classification")
        assert (level["level"], level["identifiers"]) == ("internal", {"SSN": 1})

    @pytest.mark.parametrize("target", ["sqlite:///odd.db", "odd.csv"])
    def test_a_column_that_was_reclassified(self, assay: Assay, scan: Scan, there: Path, target: str) -> None:
        cells = [random.Random(n).choice(["A1", "B2", "blue"]) for n in range(60)]
        Path("odd.csv").write_text("number,passport_no\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
        with closing(sqlite3.connect("odd.db")) as database, database:
            database.execute("CREATE TABLE odd (number INTEGER, passport_no TEXT)")
            database.executemany("INSERT INTO odd VALUES (?, ?)", list(enumerate(cells)))
        before = scan(target)
        assert summary(before)["level"] == "public"
        question = item(assay)
        assert question["column"] == "passport_no"
        decided = assay("review", "reclassify", question["id"], "--identifier", "PASSPORT", "--reason", "they are")
        assert decided.code == 0
        for _ in range(2):
            after = scan(target)
            assert of_kind(after, "column")[1]["detected_type"] == "PASSPORT"
            assert of_kind(after, "table")[0]["level"] == of_kind(after, "classification")[0]["level"] == "restricted"
            assert (summary(after)["level"], summary(after)["sensitive_columns"]) == ("restricted", 1)
        assert "decided by people" in assay("explain", f"{target.rpartition('/')[2]}:passport_no").out
        assert assay("review", "undo", question["id"]).code == 0
        assert told(scan(target)) == told(before)


class TestGoverned:
    @pytest.mark.parametrize(
        "change",
        [
            ("SENSITIVITY_WEIGHTS", "pattern", "weight=0.05"),
            ("SENSITIVITY_THRESHOLDS", "detection", "value=1.0"),
        ],
        ids=lambda change: change[1],
    )
    def test_what_trying_a_change_shows_is_what_applying_it_changes(
        self, assay: Assay, scan: Scan, there: Path, change: tuple[str, ...]
    ) -> None:
        shop(Path("shop.db"))
        dice = random.Random(5)
        with closing(sqlite3.connect("shop.db")) as database, database:
            database.execute("CREATE TABLE patients (id INTEGER PRIMARY KEY, mbr_dob TEXT, holder TEXT)")
            database.executemany(
                "INSERT INTO patients VALUES (?, ?, ?)",
                [(n, f"19{dice.randint(30, 99)}-07-{dice.randint(10, 28)}", "Ada Stone") for n in range(150)],
            )
        Path("odd.csv").write_text("number,passport_no,colour\n" + "".join(f"{n},A{n % 3},red\n" for n in range(60)))
        targets = ("sqlite:///shop.db", "odd.csv")

        def verdicts(found: Records) -> dict[tuple[str, str], list[Any]]:
            return {
                (record["table"], record["column"]): [record[name] for name in VERDICT]
                for record in of_kind(found, "column")
            }

        before = verdicts(scan(*targets))
        tried = assay("governance", "try", "--set", *change, "--format", "json")
        assert tried.code == 0, tried.err
        changes = json.loads(tried.out)["changes"]
        assert verdicts(scan(*targets)) == before
        assert assay("governance", "set", *change, "--reason", "names are good").code == 0
        found = scan(*targets)
        assert summary(found)["bytes"] > 0
        after = verdicts(found)
        flipped = {key for key in before if before[key] != after[key]}
        assert flipped == {(each["table"], each["column"]) for each in changes}
        assert flipped
        assert summary(scan(*targets))["bytes"] == 0

    def test_a_column_is_explained_from_the_catalog(self, assay: Assay, scan: Scan, there: Path) -> None:
        shop(Path("shop.db"))
        scan("sqlite:///shop.db")
        done = assay("explain", "shop.db:ssn", "--format", "json")
        assert done.code == 0, done.err
        assert "SSN" in done.out
        assert assay("explain", "shop.db:colour").code == 0


class TestWhichCatalog:
    def test_none_is_kept_where_that_is_asked(self, assay: Assay, scan: Scan, there: Path) -> None:
        Path("note.txt").write_text(NOTE)
        scan("note.txt", "--no-catalog")
        assert number(there, "runs") == 0
        assert assay("catalog", "init", "--catalog", "other.db").code == 0
        scan("note.txt", "--catalog", "other.db")
        assert (number(there, "runs"), number(Path("other.db"), "runs")) == (0, 1)
        both = assay("scan", "note.txt", "--catalog", "other.db", "--no-catalog")
        assert both.code == 2
        assert "exclude each other" in both.err

    def test_a_wrong_one_is_an_error_before_anything_is_told(self, assay: Assay) -> None:
        Path("note.txt").write_text(NOTE)
        Path("words.txt").write_text("this is no database, and it is longer than a header of one\n" * 20)
        for name, words in (("none.db", "assay catalog init"), ("words.txt", "words.txt"), ("mysql://h/d", "mysql")):
            done = assay("scan", "note.txt", "--catalog", name)
            assert (done.code, done.out) == (2, ""), done
            assert words in done.err
            assert done.err.count("\n") == 1
        assert not Path("none.db").exists()
        alone = assay("scan", "note.txt", "--resume")
        assert alone.code == 2
        assert "give --catalog" in alone.err

    def test_another_key_of_fingerprints_is_an_error(
        self, assay: Assay, scan: Scan, there: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Path("note.txt").write_text(NOTE)
        scan("note.txt")
        monkeypatch.setenv("ASSAY_FINGERPRINT_KEY", "another-key-than-before")
        done = assay("scan", "note.txt")
        assert (done.code, done.out) == (2, "")
        assert "key" in done.err

    def test_its_own_files_are_no_data(self, scan: Scan, there: Path) -> None:
        Path("note.txt").write_text(NOTE)
        for _ in range(2):
            found = scan(".")
            assert {record["resource"][-8:] for record in of_kind(found, "classification")} >= {"note.txt"}
            its_own = [record for record in found if "team.db" in str(record.get("resource"))]
            assert {(record["kind"], record["reason"]) for record in its_own} == {("skip", "own catalog")}


@pytest.mark.slow
class TestStopped:
    FILES, VALUES = 400, 12

    @pytest.fixture
    def many(self) -> Path:
        path = Path("many")
        path.mkdir()
        dice = random.Random(9)
        for at in range(self.FILES):
            values = [
                f"{dice.randint(100, 665)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}"
                for _ in range(self.VALUES)
            ]
            (path / f"{at:04}.txt").write_text(
                "".join(f"SSN {value}\n" for value in values) + f"DL: {48_000_013 + 137 * at}\n"
            )
        return path

    @staticmethod
    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "assay", "scan", "many", "--format", "jsonl", *arguments]

    @staticmethod
    def state(catalog: Path) -> dict[str, int]:
        """How much there is of each kind now, whatever was found before."""
        current = "findings WHERE reading_id IN (SELECT reading_id FROM classifications)"
        names = ("resources", "classifications", "outbox", current)
        return {name.partition(" ")[0]: number(catalog, name) for name in names}

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
    @pytest.mark.parametrize("resume", [("--resume",), ()], ids=["resumed", "begun anew"])
    def test_nothing_is_lost_or_doubled(
        self, assay: Assay, there: Path, many: Path, how: signal.Signals, resume: tuple[str, ...]
    ) -> None:
        with running(self.command()) as process:
            assert process.stdout is not None
            # It waits for its reader, so that this is the middle.
            for _ in range(3_000):
                process.stdout.readline()
            process.send_signal(how)
            process.stdout.read()
            process.wait(timeout=300)
        assert 0 < self.state(there)["classifications"] < self.FILES
        with running(self.command("--jobs", "2", *resume)) as process:
            out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        found = records(out)
        assert len(of_kind(found, "finding")) == summary(found)["findings"]
        assert summary(found)["resources"] == self.FILES
        one_each = dict.fromkeys(("resources", "classifications"), self.FILES)
        state = self.state(there)
        events = state.pop("outbox")
        assert state == {**one_each, "findings": summary(found)["findings"]}
        # The one that was stopped in its middle may have had another level until then.
        assert rows(there, "SELECT count(*) FROM (SELECT DISTINCT resource_id, new_level FROM outbox)") == [(events,)]
        assert events - self.FILES in ((0, 1) if how == signal.SIGINT else (0,))
        with_all = [sum(record["identifiers"].values()) for record in of_kind(found, "classification")]
        assert sum(with_all) == summary(found)["findings"]
        statuses = sorted(row[0] for row in rows(there, "SELECT status FROM runs"))
        assert statuses == (["finished"] if resume else ["finished", "interrupted"])
        # What the first run had through was not read again.
        size = sum(path.stat().st_size for path in many.iterdir())
        assert summary(found)["bytes"] < size
        assert rows(there, "SELECT count(*) FROM readings WHERE state = 'open'") == [(0,)]
        assert assay("audit", "verify").code == 0
        # People are asked what they would have been without the stop; what was asked of the file in whose middle it came is
        # withdrawn when all of it is read.
        other = there.with_name("undisturbed.db")
        assert assay("catalog", "init", "--catalog", str(other)).code == 0
        with running(self.command("--catalog", str(other))) as process:
            _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        asked = (
            "SELECT kind, resource, identifier, state FROM review_items WHERE state <> 'withdrawn' "
            "ORDER BY resource, kind, identifier"
        )
        assert rows(there, asked) == rows(other, asked)
        assert len(rows(there, asked)) == self.FILES

    def test_two_scans_at_once(self, assay: Assay, there: Path, many: Path) -> None:
        with ExitStack() as stack:
            both = [stack.enter_context(running(self.command())) for _ in range(2)]
            for process in both:
                out, err = process.communicate(timeout=300)
                assert process.returncode == 0, err
                assert summary(records(out))["resources"] == self.FILES
        state = self.state(there)
        assert [state[name] for name in ("resources", "classifications", "outbox")] == [self.FILES] * 3
        assert number(there, "classification_versions") == self.FILES
        assert sorted(rows(there, "SELECT status FROM runs")) == [("finished",), ("finished",)]
        again = assay("scan", "many", "--format", "jsonl")
        assert summary(records(again.out))["bytes"] == 0
        assert summary(records(again.out))["findings"] == state["findings"]
        assert assay("audit", "verify").code == 0


def test_on_either_kind_of_database_the_same_holds(
    assay: Assay, scan: Scan, catalog_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", catalog_url)
    assert assay("catalog", "init").code == 0
    folder(Path("data"))
    shop(Path("shop.db"))
    targets = ("data", "sqlite:///shop.db", "--min-confidence", "0.3", "--jobs", "2")
    first, second = scan(*targets, code=3), scan(*targets, code=3)
    assert told(second) == told(first)
    assert summary(second)["bytes"] == len(TORN)
    questions = json.loads(assay("review", "list", "--format", "json").out)
    (question,) = [each for each in questions if each["identifier"] == "SSN"]
    assert assay("review", "reject", question["id"], "--reason", "order numbers").code == 0
    third = scan(*targets, code=3)
    assert len(of_kind(third, "finding")) == len(of_kind(first, "finding")) - 2
    assert summary(third)["bytes"] == len(TORN) + len(NOTE)
    assert assay("review", "undo", question["id"]).code == 0
    assert told(scan(*targets, code=3)) == told(first)
    assert assay("audit", "verify").code == 0


def test_a_changed_byte_of_the_database_is_found(assay: Assay, scan: Scan, there: Path) -> None:
    Path("note.txt").write_text(NOTE)
    scan("note.txt")
    verified: Done = assay("audit", "verify")
    assert verified.code == 0
    with closing(sqlite3.connect(there)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(there.read_bytes())
    at = data.rindex(b'"state":"finished"') + len(b'"state":"f')
    data[at] ^= 1
    there.write_bytes(data)
    verified = assay("audit", "verify")
    assert verified.code == 1
    assert "was changed" in verified.out
