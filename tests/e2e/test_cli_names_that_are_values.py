"""Names and targets that are values themselves: none is kept or told, and what they name stays apart and is known again."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import Assay, Done
from planting import of_kind, records
from sqlalchemy import update

from assay.store.engine import open_catalog
from assay.store.schema.catalog import runs

ONE, OTHER = "536-90-4399", "521-48-4399"
"""Two numbers that look the same when they are masked."""


@pytest.fixture(autouse=True)
def _catalog(assay: Assay) -> None:
    Path("assay.toml").write_text('catalog = "team.db"\njobs = 1\n')
    assert assay("catalog", "init").code == 0


def tables(path: Path, *names: str, address: str = "city") -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for number, name in enumerate(names):
            database.execute(f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, email TEXT, "{address}" TEXT)')
            domain = "posteo.de" if number % 2 else "gmx.net"
            database.executemany(
                f'INSERT INTO "{name}" VALUES (?, ?, ?)', [(n, f"user{n}@{domain}", "Ulm") for n in range(30 + number)]
            )


def told(assay: Assay, *arguments: str) -> list[dict[str, Any]]:
    done = assay("scan", *arguments, "--format", "jsonl")
    assert done.code == 0, done.err
    return records(done.out)


def in_order(found: list[dict[str, Any]]) -> list[tuple[tuple[str, str], dict[str, Any]]]:
    """The columns by table and name."""
    return sorted(
        (((column["table"], column["column"]), column) for column in of_kind(found, "column")), key=lambda item: item[0]
    )


def kept(catalog: Path = Path("team.db")) -> bytes:
    """All that the catalog's files hold."""
    return b"".join(file.read_bytes() for file in catalog.parent.glob(f"{catalog.name}*"))


def rows(query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect("file:team.db?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def everything(assay: Assay) -> str:
    """What the command line shows of the catalog."""
    shown = [assay("catalog", "history"), assay("audit", "log"), assay("audit", "export")]
    shown += [
        assay("catalog", "export", what)
        for what in ("runs", "tables", "columns", "history", "omissions", "classifications")
    ]
    assert [done.code for done in shown] == [0] * len(shown), [done.err for done in shown]
    return "".join(done.out + done.err for done in shown)


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        (f"?table={ONE}", ()),
        ("?table=536%2D90%2D4399", ()),
        (f"?table=*,{ONE}", ("--exclude", f"*/{OTHER}")),
    ],
)
def test_a_target_that_names_a_value_is_kept_and_told_masked(
    assay: Assay, query: str, arguments: tuple[str, ...]
) -> None:
    tables(Path("x.db"), ONE, OTHER)
    target = f"sqlite:///{Path('x.db').resolve()}{query}"
    first = told(assay, target, *arguments)
    page = assay("scan", target, *arguments)
    shown = json.dumps(first) + page.out + page.err + everything(assay)
    for value in (ONE, OTHER, "536%2D90%2D4399"):
        assert value not in shown
        assert value.encode() not in kept()
    # The second run was the same and repeats the first, the third asks for something else.
    entries = [
        json.loads(details) for (details,) in rows("SELECT details FROM audit_log WHERE action = 'DETECTION_RUN'")
    ]
    (run,) = [entry["repeats"] for entry in entries if "repeats" in entry]
    assert [run] == [row[0] for row in rows("SELECT id FROM runs ORDER BY started_at LIMIT 1")]
    told(assay, f"sqlite:///{Path('x.db').resolve()}?table={OTHER}")
    started = [entry["targets"] for entry in (json.loads(row[0]) for row in rows("SELECT details FROM audit_log"))
               if entry.get("state") == "started"]  # fmt: skip
    assert started[0] == started[1] != started[2]
    assert len({row[0] for row in rows("SELECT asked FROM runs")}) == 2


def test_a_path_that_is_a_value_is_masked_as_a_target(assay: Assay) -> None:
    folder = Path(ONE)
    folder.mkdir()
    (folder / "2026-03-01").mkdir()
    (folder / "2026-03-01" / "note.txt").write_text("lunch is at noon\n")
    (summary,) = of_kind(told(assay, f"{ONE}/2026-03-01"), "summary")
    assert ONE not in summary["target"]
    assert summary["target"].endswith("/2026-03-01")  # days are no secret
    assert ONE not in "".join(row[0] for row in rows("SELECT targets FROM runs"))
    assert ONE not in "".join(row[0] for row in rows("SELECT details FROM audit_log"))


def test_a_target_that_names_no_table_is_not_repeated(assay: Assay) -> None:
    tables(Path("x.db"), "paint")
    done = assay("scan", f"sqlite:///{Path('x.db').resolve()}?table={ONE}")
    assert done.code == 2
    assert "none of its 1 tables is what table in the URL asks for" in done.err
    assert ONE not in done.out + done.err


def test_a_stopped_run_is_told_from_one_whose_masked_targets_are_the_same(assay: Assay) -> None:
    tables(Path("x.db"), ONE, OTHER)
    base = f"sqlite:///{Path('x.db').resolve()}?table="
    told(assay, base + ONE)
    with open_catalog("team.db") as catalog, catalog.transaction() as connection:
        connection.execute(update(runs).values(status="interrupted"))
    told(assay, base + OTHER, "--resume")
    assert rows("SELECT count(*) FROM runs") == [(2,)]
    told(assay, base + ONE, "--resume")
    assert rows("SELECT count(*) FROM runs") == [(2,)]


def test_tables_of_a_file_whose_masked_names_coincide_stay_apart(assay: Assay) -> None:
    tables(Path("x.db"), f"patients {ONE}", f"patients {OTHER}")
    target = f"sqlite:///{Path('x.db').resolve()}"
    first = told(assay, target)
    names = [table["table_name"] for table in of_kind(first, "table")]
    assert len(set(names)) == len(names) == 2
    assert {name.partition("~")[0] for name in names} == {"patients 5*********9"}
    columns = {(column["table"], column["column"]) for column in of_kind(first, "column")}
    assert len(columns) == 6
    assert rows("SELECT count(*), count(DISTINCT name) FROM tables") == [(2, 2)]
    assert rows("SELECT count(*) FROM columns") == [(6,)]
    assert rows("SELECT count(*) FROM column_versions") == [(6,)]
    # Again: nothing is new, and both are answered for.
    again = told(assay, target)
    assert in_order(again) == in_order(first)
    # One of them changes: it alone gets versions.
    with closing(sqlite3.connect("x.db")) as database, database:
        database.execute(f'ALTER TABLE "patients {ONE}" ADD COLUMN phone TEXT')
    changed = told(assay, target)
    assert sorted(table["table_name"] for table in of_kind(changed, "table")) == sorted(names)
    assert rows("SELECT count(*) FROM columns") == [(7,)]
    assert rows("SELECT count(DISTINCT table_id) FROM columns WHERE name = 'phone'") == [(1,)]
    with closing(sqlite3.connect("x.db")) as database, database:
        database.execute(f'DROP TABLE "patients {OTHER}"')
    assert len(of_kind(told(assay, target), "table")) == 1
    assert rows("SELECT count(*) FROM tables") == [(1,)]
    assert ONE.encode() not in kept()


def test_tables_whose_masked_names_coincide_are_judged_again_each_by_its_own_sketch(assay: Assay) -> None:
    tables(Path("x.db"), f"patients {ONE}", f"patients {OTHER}")
    target = f"sqlite:///{Path('x.db').resolve()}"
    first = told(assay, target)
    assert assay("governance", "set", "SENSITIVITY_WEIGHTS", "rule", "weight=0.35").code == 0
    again = told(assay, target)
    (summary,) = of_kind(again, "summary")
    assert summary["judged_again"]["tables"] == 2
    assert [key for key, _ in in_order(again)] == [key for key, _ in in_order(first)]


def as_csv(path: Path) -> None:
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(
            [["id", f"of {ONE}", f"of {OTHER}"], *([n, f"user{n}@posteo.de", "red"] for n in range(40))]
        )


def as_json_lines(path: Path) -> None:
    lines = [json.dumps({"id": n, f"of {ONE}": f"user{n}@posteo.de", f"of {OTHER}": "red"}) for n in range(40)]
    path.write_text("\n".join(lines) + "\n")


def as_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f'CREATE TABLE t (id INTEGER, "of {ONE}" TEXT, "of {OTHER}" TEXT)')
        database.executemany("INSERT INTO t VALUES (?, ?, ?)", [(n, f"user{n}@posteo.de", "red") for n in range(40)])


@pytest.mark.parametrize(("name", "write"), [("a.csv", as_csv), ("a.jsonl", as_json_lines), ("a.db", as_database)])
def test_columns_whose_masked_names_coincide_stay_apart(assay: Assay, name: str, write: Callable[[Path], None]) -> None:
    write(Path(name))
    target = f"sqlite:///{Path(name).resolve()}" if name == "a.db" else name
    found = {column["column"]: column["detected_type"] for column in of_kind(told(assay, target), "column")}
    assert len(found) == 3
    assert sorted(map(str, found.values())).count("EMAIL") == 1
    shown = [column for column in found if column != "id"]
    assert {column.partition("~")[0] for column in shown} == {"of 5*********9"}
    told(assay, target)
    assert rows("SELECT count(*), count(DISTINCT name) FROM columns") == [(3, 3)]
    assert rows("SELECT count(*) FROM column_versions") == [(3,)]
    (email,) = [column for column in shown if found[column] == "EMAIL"]
    history = assay("catalog", "history", f"{name}:{email}")
    assert (history.code, "EMAIL" in history.out) == (0, True), history.err
    assert ONE not in everything(assay)


def workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, name in enumerate((ONE, OTHER)):
        sheet = book.create_sheet(name)
        sheet.append(["id", "contact" if number else "colour"])
        for n in range(40):
            sheet.append([n, f"user{n}@posteo.de" if number else "red"])
    book.save(path)


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for number, name in enumerate((ONE, OTHER)):
            text = io.StringIO()
            csv.writer(text).writerows(
                [["id", "contact"], *([n, f"user{n}@posteo.de" if number else "red"] for n in range(40))]
            )
            made.writestr(f"{name}.csv", text.getvalue())


@pytest.mark.parametrize(("name", "write"), [("a.xlsx", workbook), ("a.zip", archive)])
def test_sheets_and_members_whose_masked_names_coincide_stay_apart(
    assay: Assay, name: str, write: Callable[[Path], None]
) -> None:
    write(Path(name))
    found = told(assay, name)
    assert len({table["table_name"] for table in of_kind(found, "table")}) == 2
    assert len({(column["table"], column["column"]) for column in of_kind(found, "column")}) == 4
    places = {finding["location"]["sheet"] or finding["location"]["member"] for finding in of_kind(found, "finding")}
    # The part of a workbook that names its sheets holds those values, too.
    assert places - {"xl/workbook.xml"} <= {
        table["table_name"] + (".csv" if name == "a.zip" else "") for table in of_kind(found, "table")
    }
    told(assay, name)
    assert rows("SELECT count(*) FROM tables") == [(2,)]
    assert rows("SELECT count(*) FROM columns") == [(4,)]


def refused(done: Done) -> None:
    assert done.code == 2
    assert "looks like a sensitive value" in done.err
    assert ONE not in done.err + done.out
    assert ONE.encode() not in kept()


@pytest.mark.parametrize(
    "change",
    [
        ("SENSITIVE_KEYWORDS", "own", "category=PII", f"keyword={ONE}"),
        ("SENSITIVE_PATTERNS", "own", "category=PII", "name=OUR_NUMBER", f"regex={ONE}"),
        ("SENSITIVE_PATTERNS", "own", "category=PII", "name=OUR_NUMBER", r"regex=\b536\-90\-4399\b"),
        ("SENSITIVE_PATTERNS", ONE, "category=PII", "name=OUR_NUMBER", "regex=OUR-[0-9]{6}"),
        ("SENSITIVITY_WEIGHTS", "rule", "weight=0.4", f"description=as {ONE} asked"),
    ],
)
def test_a_row_that_is_a_value_is_refused_and_not_repeated(assay: Assay, change: tuple[str, ...]) -> None:
    refused(assay("governance", "set", *change))
    table, row, *values = change
    Path("rows.json").write_text(
        json.dumps(
            {table: [{_key(table): row, **dict(value.split("=", 1) for value in values if "weight" not in value)}]}
        )
    )
    refused(assay("governance", "import", "rows.json"))
    refused(assay("governance", "try", "--file", "rows.json"))
    assert rows("SELECT count(*) FROM governance_versions") == [(0,)]


def _key(table: str) -> str:
    return {"SENSITIVE_KEYWORDS": "KEYWORD_ID", "SENSITIVE_PATTERNS": "PATTERN_ID"}.get(table, "WEIGHT_ID")


def test_what_ships_can_be_exported_and_imported_again(assay: Assay) -> None:
    assert assay("governance", "export", "--all", "--output", "all.yaml").code == 0
    done = assay("governance", "import", "all.yaml")
    assert (done.code, "Nothing to change" in done.out) == (0, True), done.err
