"""Baselines of columns, tables, databases and buckets: what is known of them is not told again, whatever rows they have."""

from __future__ import annotations

import io
import json
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from awsservers import REGION, Aws
from calling import Assay
from planting import of_kind, records
from sqltables import Shop

SSNS = [f"{area}-{group:02}-{area * 7 % 8999 + 1000}" for area in range(501, 560) for group in range(11, 60)]
SCAN = ("--no-catalog", "--format", "jsonl", "--quiet", "--jobs", "1")


def entries(file: str = "known") -> list[dict[str, str]]:
    return [json.loads(line) for line in Path(file).read_text().splitlines()[1:]]


def columns(file: str = "known") -> list[tuple[str, str, str]]:
    return [(entry["table"], entry["column"], entry["identifier"]) for entry in entries(file) if "column" in entry]


def told(assay: Assay, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    done = assay("scan", *arguments, *SCAN)
    assert done.code == code, done.err
    return records(done.out)


def sensitive(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(line["column"], line["detected_type"]) for line in of_kind(found, "column") if line["detected_type"]]


def flat(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What JSON tells by kind, as lines would."""
    return [
        each for found in told.values() for each in (found if isinstance(found, list) else [found]) if "kind" in each
    ]


def people(path: str, rows: int, *, mails: bool = False, seed: int = 0) -> None:
    """A table of SQLite, of which a third of the notes hold a number; every call gives other rows."""
    draw = random.Random(f"{path} {seed}")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE IF EXISTS people")
        database.execute(f"CREATE TABLE people (id INTEGER PRIMARY KEY, ssn TEXT, note TEXT{', mail TEXT' * mails})")
        for number in range(rows):
            ssn = draw.choice(SSNS)
            note = f"her ssn: {draw.choice(SSNS)}" if draw.random() < 0.33 else "called, nobody there"
            database.execute(
                f"INSERT INTO people VALUES (?, ?, ?{', ?' * mails})",
                (number, ssn, note, *([f"wren{number}.halloway@posteo.de"] * mails)),
            )


def test_a_column_of_a_database_is_known_whatever_rows_are_drawn(assay: Assay) -> None:
    people("shop.db", 2000)
    done = assay("baseline", "create", "known", "sqlite:///shop.db", "--rows", "100", "-j", "1")
    assert (done.code, done.err) == (0, "known: 2 known\n")
    assert columns() == [("people", "note", "SSN"), ("people", "ssn", "SSN")]
    assert [entry["place"] for entry in entries()] == ["shop.db"] * 2
    assert not any(ssn in Path("known").read_text() for ssn in SSNS)
    before = Path("known").read_text()

    for seed, rows in ((1, "100"), (2, "37"), (3, "500")):
        people("shop.db", 2000, seed=seed)
        found = told(assay, "sqlite:///shop.db", "--rows", rows, "--baseline", "known", "--fail-on", "restricted")
        assert sensitive(found) == []
        (column,) = [line for line in of_kind(found, "column") if line["column"] == "ssn"]
        assert column["detection_reason"].startswith("SSN (restricted) is known by the baseline; ")
        (summary,) = of_kind(found, "summary")
        assert (summary["known_columns"], summary["sensitive_columns"]) == (2, 0)
        assert assay("baseline", "update", "known", "sqlite:///shop.db", "--rows", rows, "-j", "1").code == 0
        assert Path("known").read_text() == before

    people("shop.db", 2000, mails=True)
    found = told(assay, "sqlite:///shop.db", "--baseline", "known", "--fail-on", "internal", code=1)
    assert sensitive(found) == [("mail", "EMAIL")]
    (table,) = of_kind(found, "table")
    assert (table["level"], table["sensitive_columns"]) == ("internal", ["mail"])
    (classified,) = of_kind(found, "classification")
    assert sorted(classified["identifiers"]) == ["EMAIL"]


def test_a_column_that_holds_something_else_is_new(assay: Assay) -> None:
    people("shop.db", 300)
    assay("baseline", "create", "known", "sqlite:///shop.db", "-j", "1")
    with closing(sqlite3.connect("shop.db")) as database, database:
        database.execute("UPDATE people SET note = 'wren' || id || '.halloway@posteo.de'")
    assert sensitive(told(assay, "sqlite:///shop.db", "--baseline", "known")) == [("note", "EMAIL")]


def test_values_in_known_columns_of_files_are_known_by_the_column(assay: Assay) -> None:
    Path("d").mkdir()
    rows = [f"{number},{ssn},plain" for number, ssn in enumerate(SSNS[:200])]
    rows[150] = f"150,{SSNS[150]},her ssn: {SSNS[900]}"
    Path("d/staff.csv").write_text("\n".join(["id,ssn,note", *rows, ""]))
    Path("d/lines.jsonl").write_text("".join(f'{{"who": {{"ids": [{{"ssn": "{ssn}"}}]}}}}\n' for ssn in SSNS[:30]))
    assert assay("baseline", "create", "known", "d", "-j", "1").code == 0
    # One value in a text is known by itself: another one there is new.
    assert columns() == [("lines", "who.ids[].ssn", "SSN"), ("staff", "ssn", "SSN")]
    assert len(entries()) == 3
    before = Path("known").read_text()
    assert assay("baseline", "update", "known", "d", "-j", "1").err == "known: 3 known, 0 new, 0 gone\n"
    assert Path("known").read_text() == before

    more = [f"{number},{ssn},plain" for number, ssn in enumerate(SSNS[200:900])]
    Path("d/staff.csv").write_text("\n".join(["id,ssn,note", *more, *rows, f"9,{SSNS[9]},his ssn: {SSNS[901]}", ""]))
    Path("d/lines.jsonl").write_text("".join(f'{{"who": {{"ids": [{{"ssn": "{ssn}"}}]}}}}\n' for ssn in SSNS[30:60]))
    for jobs, form in (("1", "jsonl"), ("2", "jsonl"), ("1", "json")):
        done = assay("scan", "d", "--baseline", "known", "--no-catalog", "--quiet", "--jobs", jobs, "--format", form)
        found = records(done.out) if form == "jsonl" else flat(json.loads(done.out))
        assert [
            (line["identifier"], line["location"]["field"], line["location"]["line"])
            for line in of_kind(found, "finding")
        ] == [("SSN", "note", 902)], (jobs, form)
        counts = {line["resource"].rsplit("/", 1)[-1]: line["identifiers"] for line in of_kind(found, "classification")}
        assert counts == {"lines.jsonl": {}, "staff.csv": {"SSN": 1}}
        (summary,) = of_kind(found, "summary")
        assert summary["findings"] == 1
        assert summary["known_columns"] == 2
        assert summary["suppressed"] == 900 + 1 + 1 + 30
        (clean,) = [line for line in of_kind(found, "classification") if not line["identifiers"]]
        assert (
            clean["because"]
            == "public because nothing was found but what is accepted or known (30 findings and 1 column)"
        )


def test_update_drops_what_is_gone_and_keeps_what_a_sample_did_not_show(assay: Assay) -> None:
    people("shop.db", 2000)
    with closing(sqlite3.connect("shop.db")) as database, database:
        database.execute("CREATE TABLE old (ssn TEXT)")
        database.execute("CREATE TABLE rare (id INTEGER PRIMARY KEY, remark TEXT)")
        database.executemany("INSERT INTO rare (remark) VALUES (?)", [("plain",)] * 3000)
        database.execute("UPDATE rare SET remark = ? WHERE id = 2917", (f"her ssn: {SSNS[0]}",))
    assay("baseline", "create", "known", "sqlite:///shop.db", "--full", "-j", "1")
    known = [("old", "ssn", "SSN"), ("people", "note", "SSN"), ("people", "ssn", "SSN"), ("rare", "remark", "SSN")]
    assert columns() == known

    # A sample that does not show it says nothing of it, nor does a target that leaves its table out.
    for target in ("sqlite:///shop.db", "sqlite:///shop.db?table=people"):
        assert assay("baseline", "update", "known", target, "--rows", "20", "-j", "1").code == 0
        assert columns() == known, target
    with closing(sqlite3.connect("shop.db")) as database, database:
        database.execute("DROP TABLE old")
        database.execute("ALTER TABLE people RENAME COLUMN note TO remarks")
    done = assay("baseline", "update", "known", "sqlite:///shop.db?table=people", "--rows", "100", "-j", "1")
    assert done.err == "known: 4 known, 1 new, 1 gone\n"
    assert columns() == [known[0], ("people", "remarks", "SSN"), known[2], known[3]]
    assay("baseline", "update", "known", "sqlite:///shop.db", "--rows", "100", "-j", "1")
    assert columns() == [("people", "remarks", "SSN"), known[2], known[3]]
    with closing(sqlite3.connect("shop.db")) as database, database:
        database.execute("UPDATE rare SET remark = 'plain'")
    assert (
        assay("baseline", "update", "known", "sqlite:///shop.db", "--full", "-j", "1").err
        == "known: 2 known, 0 new, 1 gone\n"
    )


def test_databases_of_servers(assay: Assay, postgres: Shop) -> None:
    postgres.run(
        "CREATE TABLE staff (ssn text, mail text)", "CREATE SCHEMA old", "CREATE TABLE old.staff (ssn text)",
        *(f"INSERT INTO staff VALUES ('{ssn}', 'wren{n}.halloway@posteo.de')" for n, ssn in enumerate(SSNS[:40])),
    )  # fmt: skip
    assert assay("baseline", "create", "known", postgres.url, "-j", "1").code == 0
    assert {entry["place"].rsplit("/", 2)[-2] for entry in entries()} == {"old", "public"}
    assert all(entry["place"].startswith("postgresql://") for entry in entries())
    assert "postgres:" not in Path("known").read_text()
    assert len(columns()) == 3
    assert sensitive(told(assay, postgres.url, "--baseline", "known")) == []
    postgres.run("DROP TABLE old.staff", "ALTER TABLE staff ADD COLUMN born_ssn text")
    narrowed = f"{postgres.url}{'&' if '?' in postgres.url else '?'}table=staff"
    for arguments, told_of in (
        ((narrowed, "--exclude", "old"), "4 known, 1 new, 0 gone"),
        ((postgres.url, "--exclude", "public"), "3 known, 0 new, 1 gone"),
        ((postgres.url,), "3 known, 0 new, 0 gone"),
    ):
        assert assay("baseline", "update", "known", *arguments, "-j", "1").err == f"known: {told_of}\n", arguments


def test_buckets(assay: Assay, aws: Aws) -> None:
    client = aws.client("s3")
    client.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_object(Bucket="exports", Key="in/staff.csv", Body=("ssn\n" + "\n".join(SSNS[:50])).encode())
    client.put_object(Bucket="exports", Key="in/note.txt", Body=f"her ssn: {SSNS[0]}\n".encode())
    client.put_object(Bucket="exports", Key="index.txt", Body=f"her ssn: {SSNS[1]}\n".encode())
    assert assay("baseline", "create", "known", "s3://exports", "-j", "1").code == 0
    assert [(entry["place"], "column" in entry) for entry in entries()] == [
        ("s3://exports/in/note.txt", False), ("s3://exports/in/staff.csv", True), ("s3://exports/index.txt", False)
    ]  # fmt: skip
    client.put_object(Bucket="exports", Key="in/staff.csv", Body=("ssn\n" + "\n".join(SSNS[50:99])).encode())
    client.put_object(Bucket="exports", Key="in/note.txt", Body=f"his ssn: {SSNS[2]}, her ssn: {SSNS[0]}\n".encode())
    found = told(assay, "s3://exports", "--baseline", "known")
    assert [(line["resource"], line["location"]["start"]) for line in of_kind(found, "finding")] == [
        ("s3://exports/in/note.txt", 9)
    ]
    client.delete_object(Bucket="exports", Key="in/note.txt")
    client.delete_object(Bucket="exports", Key="index.txt")
    # `s3://exports/in/` holds no `index.txt`.
    assert assay("baseline", "update", "known", "s3://exports/in/", "-j", "1").err == "known: 2 known, 0 new, 1 gone\n"
    aws.strict.deny("s3.GetObject", key="in/staff.csv")
    done = assay("baseline", "update", "known", "s3://exports", "-j", "1")
    assert (done.code, done.err.splitlines()) == (
        3,
        [
            "known: 1 known, 0 new, 1 gone",
            "assay: 1 gap: what is in there is not known, and is told once it can be read; 'assay scan' says what and why",
            "assay: 1 entry lies in what could not be read; it stays",
        ],
    )  # fmt: skip


def test_that_few_rows_are_alike_is_known_of_a_table(assay: Assay) -> None:
    draw = random.Random(4)
    rows = [(draw.choice(["60601", "10001"]), draw.choice(["male", "female"]), "nurse") for _ in range(200)]
    with closing(sqlite3.connect("staff.db")) as database, database:
        database.execute("CREATE TABLE staff (zip TEXT, sex TEXT, occupation TEXT)")
        database.executemany("INSERT INTO staff VALUES (?, ?, ?)", [*rows, ("73391", "female", "lighthouse keeper")])
    assay("baseline", "create", "known", "sqlite:///staff.db", "-j", "1")
    assert entries()[0] == {"place": "staff.db", "table": "staff", "identifier": "K_ANONYMITY", "verdict": "open"}
    found = told(assay, "sqlite:///staff.db", "--baseline", "known", "--fail-on", "confidential")
    (table,) = of_kind(found, "table")
    # What is known goes on being counted.
    assert (table["level"], table["k_anonymity"]["k"], table["k_anonymity"]["raised_from"]) == ("public", 1, None)
    before = Path("known").read_text()
    Path("known").write_text("".join(line for line in before.splitlines(keepends=True) if "K_ANON" not in line))
    found = told(assay, "sqlite:///staff.db", "--baseline", "known", "--fail-on", "confidential", code=1)
    (table,) = of_kind(found, "table")
    assert (table["level"], table["k_anonymity"]["raised_from"]) == ("confidential", "public")
    Path("known").write_text(before)
    with closing(sqlite3.connect("staff.db")) as database, database:
        database.execute("DELETE FROM staff WHERE zip = '73391'")
    assert ", 0 new, 1 gone" in assay("baseline", "update", "known", "sqlite:///staff.db", "-j", "1").err


def test_columns_are_judged_one_by_one(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    people("shop.db", 300)
    assay("baseline", "create", "known", "sqlite:///shop.db", "-j", "1")
    lines = Path("known").read_text()
    Path("known").write_text(
        lines + '{"place": "snowflake://b/k", "table": "k", "column": "x", "identifier": "SSN", "verdict": "open"}\n'
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\nneeded for payroll\n2031-05-01\ns\nr\nthey go in May\n\n"))
    done = assay("baseline", "audit", "known")
    assert done.code == 0, done.err
    assert "1 of 3: SSN in column people.note of shop.db" in done.out
    assert "values" in done.out.splitlines()[2]
    assert "3 of 3: SSN in column k.x of snowflake://b/k\n  lies elsewhere, and is not looked at now" in done.out
    assert not any(ssn in done.out for ssn in SSNS)
    assert [(entry["column"], entry["verdict"], entry.get("expires")) for entry in entries()] == [
        ("note", "accepted", "2031-05-01"), ("ssn", "open", None), ("x", "real", None)
    ]  # fmt: skip
    shown = assay("baseline", "show", "known").out
    assert (
        "accepted SSN                     column    shop.db:people.note until 2031-05-01: needed for payroll" in shown
    )

    said = lines.replace('"open"', '"accepted", "reason": "then", "expires": "2020-01-01"')
    Path("known").write_text(said)
    assert sorted(sensitive(told(assay, "sqlite:///shop.db", "--baseline", "known"))) == [
        ("note", "SSN"),
        ("ssn", "SSN"),
    ]


def test_what_expires_is_told_from_the_day_after_on(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import date

    from assay.app.scan import recipe

    people("shop.db", 300)
    assay("baseline", "create", "known", "sqlite:///shop.db", "-j", "1")
    text = Path("known").read_text()
    Path("known").write_text(text.replace('"open"', '"accepted", "reason": "then", "expires": "2031-05-01"'))
    scan = ("scan", "sqlite:///shop.db", "--baseline", "known", "--fail-on", "restricted")
    for day, code in ((date(2031, 4, 30), 0), (date(2031, 5, 1), 0), (date(2031, 5, 2), 1)):
        monkeypatch.setattr(recipe, "today", lambda day=day: day)
        assert assay(*scan).code == code, day


def test_nothing_of_a_scan_with_a_baseline_is_kept_in_a_catalog(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a database full of known values would be public in it, and protection is planned by that."""
    people("shop.db", 30)
    assay("baseline", "create", "known", "sqlite:///shop.db", "-j", "1")
    assert assay("catalog", "init", "--catalog", "cat.db").code == 0
    assert assay("scan", "sqlite:///shop.db", "--catalog", "cat.db", "--quiet").code == 0

    def levels() -> list[str]:
        done = assay("catalog", "export", "classifications", "--format", "jsonl", "--catalog", "cat.db")
        return [json.loads(line)["level"] for line in done.out.splitlines()]

    assert levels() == ["restricted"]
    scan = ("scan", "sqlite:///shop.db", "--baseline", "known", "--fail-on", "restricted")
    refused = assay(*scan, "--catalog", "cat.db")
    assert refused.code == 2
    assert "--baseline and --catalog exclude each other" in refused.err
    monkeypatch.setenv("ASSAY_CATALOG", "cat.db")
    done = assay(*scan)
    assert done.code == 0
    assert "nothing of this scan is kept in the catalog" in done.err
    assert levels() == ["restricted"]
    for more in ("--quiet", "--no-catalog"):
        assert "is kept in the catalog" not in assay(*scan, more).err
    resumed = assay(*scan, "--resume")
    assert resumed.code == 2


def git(*arguments: str, code: int = 0) -> str:
    settings = ("-c", "user.name=n", "-c", "user.email=e@x.org")
    done = subprocess.run(["git", *settings, *arguments], check=False, timeout=60, capture_output=True, text=True)
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


def branches(assay: Assay) -> None:
    """Two branches of a repository with a baseline: each adds columns at the same place, and drops one beside it."""

    def table(name: str, *more: str) -> None:
        rows = [",".join([ssn] * (1 + len(more))) for ssn in SSNS[:20]]
        Path(f"{name}.csv").write_text("\n".join([",".join(["ssn", *more]), *rows, ""]))

    for name in "bdf":
        table(name)
    git("init", "-q", "-b", "main")
    assay("baseline", "create", "known", ".", "-j", "1")
    git("add", "-A")
    git("commit", "-qm", "one")
    for branch, added, dropped in (("one", "c", "b"), ("two", "c2", "d")):
        git("checkout", "-q", "-b", branch, "main")
        table(added, "tax_ssn")
        Path(f"{dropped}.csv").unlink()
        assay("baseline", "update", "known", ".", "-j", "1")
        git("add", "-A")
        git("commit", "-qm", branch)


BOTH = [("c.csv", "ssn"), ("c.csv", "tax_ssn"), ("c2.csv", "ssn"), ("c2.csv", "tax_ssn"), ("f.csv", "ssn")]


def driver() -> None:
    """Has git call this assay for baselines."""
    git("config", "merge.assay-baseline.driver", f"{sys.executable} -m assay.cli.__main__ baseline merge %O %A %B")
    Path(".git/info/attributes").write_text("known merge=assay-baseline\n")


def test_git_merges_baselines_entry_by_entry(assay: Assay) -> None:
    branches(assay)
    git("merge", "-q", "one", "-m", "both", code=1)
    assert "<<<<<<<" in Path("known").read_text()
    git("merge", "--abort")
    driver()
    git("merge", "-q", "one", "-m", "both")
    assert [(entry["place"], entry["column"]) for entry in entries()] == BOTH
    assert sensitive(told(assay, ".", "--baseline", "known")) == []
    before = Path("known").read_text()
    assert assay("baseline", "update", "known", ".", "-j", "1").err == "known: 5 known, 0 new, 0 gone\n"
    assert Path("known").read_text() == before


def test_with_unions_of_lines_nothing_is_told_that_is_known(assay: Assay) -> None:
    branches(assay)
    Path(".git/info/attributes").write_text("known merge=union\n")
    git("merge", "-q", "one", "-m", "both")
    # What both dropped beside what both added comes back, and is gone with the next update.
    assert set(BOTH) < {(entry["place"], entry["column"]) for entry in entries()}
    assert sensitive(told(assay, ".", "--baseline", "known")) == []
    assay("baseline", "update", "known", ".", "-j", "1")
    assert [(entry["place"], entry["column"]) for entry in entries()] == BOTH


def test_what_both_branches_have_judged(assay: Assay) -> None:
    head = '{"baseline": 1, "key": "36099faf5861", "identifiers": [], "categories": [], "min_confidence": 0.5}'

    def file(name: str, **verdicts: str | None) -> Path:
        lines = [
            json.dumps({"place": place, "identifier": "SSN", "fingerprint": "f", "verdict": verdict.split(":")[0]}
                       | ({"reason": verdict.split(":")[1]} if ":" in verdict else {}))
            for place, verdict in verdicts.items()
            if verdict is not None
        ]  # fmt: skip
        Path(name).write_text("\n".join([head, *lines, ""]))
        return Path(name)

    said, other = "real:it goes", "false:a test"
    file("base", gone="open", judged="open", both="open", same="open", dropped="open", changed=said)
    file("ours", judged=said, both=said, same=said, new="open", dropped=None, changed=said)
    file("theirs", gone=said, judged="open", both=other, same=said, new="open", dropped="open", changed=other)
    done = assay("baseline", "merge", "base", "ours", "theirs")
    assert (done.code, done.err) == (1, "ours: judged in both branches, each otherwise: 1 of its entries\n")
    text = Path("ours").read_text()
    marked = text.partition("<<<<<<< ours\n")[2].splitlines()
    assert [json.loads(line)["verdict"] for line in (marked[0], marked[2])] == ["real", "false"]
    assert "a merge is not resolved" in assay("baseline", "show", "ours").err
    Path("ours").write_text(text.partition("<<<<<<<")[0])
    # A judgement counts more than that it is gone elsewhere.
    assert {entry["place"]: entry["verdict"] for entry in entries("ours")} == {
        "changed": "false", "gone": "real", "judged": "real", "new": "open", "same": "real"
    }  # fmt: skip

    Path("theirs").write_text(Path("theirs").read_text().replace("36099faf5861", "000000000000"))
    done = assay("baseline", "merge", "base", "ours", "theirs")
    assert (done.code, "was made with another key" in done.err) == (2, True)
    file("theirs", new=said)
    assert assay("baseline", "merge", "none", "ours", "theirs").code == 0
    assert {entry["place"]: entry["verdict"] for entry in entries("ours")}["new"] == "real"
    assert assay("baseline", "merge", "base", "ours", "none").code == 2


@pytest.mark.parametrize(
    "line",
    [
        '{"place": "a", "identifier": "SSN"}',
        '{"place": "a", "table": "t", "column": "c", "identifier": "SSN", "fingerprint": "f"}',
        '{"place": "a", "table": 1, "column": "c", "identifier": "SSN"}',
        '{"place": "a", "table": "t", "column": "c"}',
    ],
)
def test_an_entry_that_says_too_little_or_too_much_is_refused(assay: Assay, line: str) -> None:
    Path("a.txt").write_text("nothing\n")
    assay("baseline", "create", "known", "a.txt", "-j", "1")
    with Path("known").open("a") as file:
        file.write(line + "\n")
    done = assay("scan", "a.txt", "--baseline", "known", *SCAN)
    assert done.code == 2
    assert "known:2: an entry needs place, identifier, and fingerprint or table and column" in done.err


def test_what_cannot_be_a_target_is_refused(assay: Assay) -> None:
    people("shop.db", 3)
    for arguments, said in (
        (("-",), "a baseline is of what is there the next time, too"),
        (("sqlite:///shop.db", "--full", "--rows", "3"), "--full and --rows exclude each other"),
        (("sqlite:///shop.db", "--bucket-owner", "123456789012"), "--bucket-owner: is for buckets"),
        (("sqlite:///none.db",), "none.db"),
    ):
        done = assay("baseline", "create", "known", *arguments)
        assert (done.code, Path("known").exists()) == (2, False), done.err
        assert said in done.err
