"""`assay governance`: list, set, import, export, history, try."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from calling import Assay
from governance_for_tests import PATIENTS, fill, shipped_identifiers

from assay.model import Level
from assay.report.printable import width
from assay.store.engine import open_catalog
from assay.tables.configuration import TABLES
from assay.tables.defaults import defaults


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty catalog, which the environment names."""
    path = Path("catalog.db").resolve()
    open_catalog(str(path), create=True).close()
    monkeypatch.setenv("ASSAY_CATALOG", str(path))
    return path


def test_list_shows_the_tables_and_their_rows_without_a_catalog(assay: Assay) -> None:
    done = assay("governance", "list")
    assert done.code == 0
    assert all(name in done.out for name in TABLES)
    done = assay("governance", "list", "sensitivity_weights")
    assert "pattern    pattern   0.4     shipped" in done.out
    rows = json.loads(assay("governance", "list", "SENSITIVITY_WEIGHTS", "--format", "json").out)
    assert [row["WEIGHT"] for row in rows] == [0.3, 0.4, 0.2, 0.1]


def test_list_fits_a_narrow_terminal(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.cli.governance._columns", lambda: 80)
    for name in TABLES:
        lines = assay("governance", "list", name).out.splitlines()
        assert max(map(width, lines)) <= 80


def test_set_changes_a_row_and_history_tells(assay: Assay, catalog: Path) -> None:
    done = assay("governance", "set", "SENSITIVITY_WEIGHTS", "rule", "weight=0.5", "--reason", "names are good")
    assert (done.code, done.err) == (0, "")
    assert "WEIGHT: 0.3 -> 0.5" in done.out
    assert "0.5     changed" in assay("governance", "list", "SENSITIVITY_WEIGHTS").out
    history = assay("governance", "history", "SENSITIVITY_WEIGHTS", "rule")
    assert "because: names are good" in history.out
    assert "WEIGHT: 0.3 -> 0.5" in history.out
    entries = json.loads(assay("governance", "history", "--format", "json").out)
    assert (entries[0]["change"]["before"]["WEIGHT"], entries[0]["change"]["after"]["WEIGHT"]) == (0.3, 0.5)
    assert "so already" in assay("governance", "set", "SENSITIVITY_WEIGHTS", "rule", "weight=0.5").out
    assert assay("governance", "set", "SENSITIVITY_WEIGHTS", "rule", "--reset").code == 0
    assert assay("governance", "export").out == "{}\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("SENSITIVITY_WEIGHTS", "rule", "weight=2"), "WEIGHT must be a number from 0 to 1, not 2"),
        (("SENSITIVITY_WEIGHTS", "rule", "weight=half"), "WEIGHT must be a number, not 'half'"),
        (("SENSITIVITY_WEIGHTS", "rule", "wieght=0.2"), "did you mean 'WEIGHT'?"),
        (("SENSITIVITY_WEIGHTS", "rule", "weight"), "is no change; write KEY=VALUE"),
        (("SENSITIVITY_WEIGHTS", "rule", "weight=0.1", "WEIGHT=0.2"), "is given twice"),
        (("SENSITIVITY_WEIGHTS", "rule"), "give KEY=VALUE"),
        (("SENSITIVITY_WEIGHTS", "rule", "--reset"), "nothing to take back"),
        (("SENSITIVITY_WEIGHT", "rule", "weight=0.1"), "did you mean 'SENSITIVITY_WEIGHTS'?"),
        (("SENSITIVE_PATTERNS", "b", "name=BADGE", "category=PII", "regex=(a+)+$"), "REGEX is catastrophically slow"),
        (("SENSITIVE_PATTERNS", "b", "name=BADGE", "category=PII", "regex=(a"), "is not a regular expression"),
        (("SENSITIVE_KEYWORDS", "k", "keyword=x", "category=HR"), "unknown category 'HR'"),
    ],
)
def test_set_refuses_a_bad_row(assay: Assay, catalog: Path, arguments: tuple[str, ...], reason: str) -> None:
    done = assay("governance", "set", *arguments)
    assert done.code == 2
    assert reason in done.err
    assert "No row was ever changed" in assay("governance", "history").out


def test_what_needs_a_catalog_says_so(assay: Assay) -> None:
    for arguments in (("set", "SENSITIVITY_WEIGHTS", "rule", "weight=0.5"), ("history",)):
        done = assay("governance", *arguments)
        assert (done.code, done.out) == (2, "")
        assert "no catalog is named; give --catalog PATH" in done.err


ROWS = """\
SENSITIVE_CATEGORIES:
  - {CATEGORY_ID: hr, NAME: HR, CONFIDENTIALITY: 2, INTEGRITY: 2, AVAILABILITY: 1, POLICIES: [MASKING, RETENTION]}
SENSITIVE_KEYWORDS:
  - {KEYWORD_ID: grade, CATEGORY: HR, KEYWORD: pay grade, DESCRIPTION: "=cmd()|'x'"}
  - {KEYWORD_ID: "SSN:soc", IS_ACTIVE: false}
SENSITIVE_PATTERNS:
  - {PATTERN_ID: badge, CATEGORY: PII, NAME: BADGE, REGEX: '-BDG\\d{6}', WEIGHT: 0.8}
SENSITIVE_BUNDLES:
  - {BUNDLE_ID: badges, NAME: BADGES, CATEGORY: PII, PARTS: [[BADGE], [PERSON_NAME, "name:owner"]]}
"""


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_exported_is_the_same_when_imported_elsewhere(assay: Assay, catalog: Path, form: str) -> None:
    Path("rows.yaml").write_text(ROWS)
    assert assay("governance", "import", "rows.yaml").code == 0
    assert assay("governance", "export", "--format", form, "--output", f"out.{form}").code == 0
    before = assay("governance", "export").out
    open_catalog("other.db", create=True).close()
    assert assay("governance", "import", f"out.{form}", "--catalog", "other.db").code == 0
    assert assay("governance", "export", "--catalog", "other.db").out == before
    assert "so already" in assay("governance", "import", f"out.{form}").out


def test_csv_of_each_table_round_trips_and_runs_no_formula(assay: Assay, catalog: Path) -> None:
    Path("rows.yaml").write_text(ROWS)
    assert assay("governance", "import", "rows.yaml").code == 0
    for name in TABLES:
        assert assay("governance", "export", name, "--all", "--format", "csv", "--output", "out.csv").code == 0
        cells = [cell for line in Path("out.csv").read_text().splitlines() for cell in line.split(",")]
        assert [cell for cell in cells if cell.startswith(("=", "@", '"='))] == []
        assert "so already" in assay("governance", "import", "out.csv").out
    several = assay("governance", "export", "--all", "--format", "csv")
    assert "CSV holds the rows of one table" in several.err


def test_import_tells_of_every_bad_row_and_stores_none(assay: Assay, catalog: Path) -> None:
    Path("bad.yaml").write_text(
        "SENSITIVITY_WEIGHTS:\n  - {WEIGHT_ID: rule, WEIGHT: 0.5}\n  - {WEIGHT_ID: ml, WEIGHT: 5}\n"
        "SENSITIVE_KEYWORDS:\n  - {KEYWORD_ID: a, CATEGORY: PIX, KEYWORD: x}\n  - {KEYWORD_ID: b}\n"
    )
    done = assay("governance", "import", "bad.yaml")
    assert done.code == 2
    assert done.err.splitlines() == [
        "bad.yaml:3: SENSITIVITY_WEIGHTS row 2 (ml): WEIGHT must be a number from 0 to 1, not 5",
        "bad.yaml:5: SENSITIVE_KEYWORDS row 1 (a): unknown category 'PIX'; did you mean 'PII'? (SENSITIVE_CATEGORIES)",
        "bad.yaml:6: SENSITIVE_KEYWORDS row 2 (b): CATEGORY is missing of the new row 'b': Name of a row of SENSITIVE_CATEGORIES.",
        "assay: error: bad.yaml: 3 problems, nothing of it is used",
    ]
    Path("bad.csv").write_text("WEIGHT_ID,WEIGHT\nrule,0.5\nml,five\npattern\n")
    done = assay("governance", "import", "bad.csv")
    assert [line.split(": ", 2)[0] for line in done.err.splitlines()[:2]] == ["bad.csv:3", "bad.csv:4"]
    assert assay("governance", "export").out == "{}\n"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.yaml", "- 1\n", "holds no tables"),
        ("a.yaml", "SENSITIVE_KEYWORD: []\n", "did you mean 'SENSITIVE_KEYWORDS'?"),
        ("a.yaml", "SENSITIVE_KEYWORDS: {a: 1}\n", "must be a list of rows"),
        ("a.yaml", "SENSITIVE_KEYWORDS: [\n", "a.yaml:2:"),
        ("a.json", "{", "a.json:1: not valid JSON"),
        ("a.csv", "a,b\n1,2\n", "a.csv:1: the first line must name the columns"),
        ("a.csv", "", "a.csv:1: the first line must name the columns"),
        ("a.txt", "x", "its kind is not known"),
    ],
)
def test_import_refuses_what_are_no_rows(assay: Assay, catalog: Path, name: str, text: str, reason: str) -> None:
    Path(name).write_text(text)
    done = assay("governance", "import", name)
    assert done.code == 2
    assert reason in done.err


def test_a_file_named_in_the_settings_is_in_effect_without_a_catalog(assay: Assay) -> None:
    Path("rows.yaml").write_text("SENSITIVITY_WEIGHTS:\n  - {WEIGHT_ID: rule, WEIGHT: 0.5}\n")
    Path("assay.toml").write_text('governance = "rows.yaml"\n')
    assert "0.5     changed" in assay("governance", "list", "SENSITIVITY_WEIGHTS").out
    Path("rows.yaml").write_text("SENSITIVITY_WEIGHTS:\n  - {WEIGHT_ID: rule, WEIGHT: 9}\n")
    done = assay("governance", "list", "SENSITIVITY_WEIGHTS")
    assert done.code == 2
    assert "rows.yaml:2: SENSITIVITY_WEIGHTS row 1 (rule)" in done.err


def scanned(assay: Assay, *arguments: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Columns by name, and findings, of a scan, whose resource is of the level of its columns."""
    done = assay("scan", "staff.csv", "--format", "jsonl", *arguments)
    assert done.code == 0
    lines = [json.loads(line) for line in done.out.splitlines()]
    columns = {line["column"]: line for line in lines if line["kind"] == "column"}
    (whole,) = [line for line in lines if line["kind"] == "classification"]
    assert whole["level"] == str(
        max((Level(column["level"]) for column in columns.values()), key=lambda level: level.rank)
    )
    held = {column["detected_type"] for column in columns.values()} - {None}
    assert set(whole["identifiers"]) >= held
    return columns, [line for line in lines if line["kind"] == "finding"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_scan_is_made_under_the_configuration_of_the_settings(assay: Assay, jobs: str) -> None:
    rows = "".join(f"BDG{204817 + 7 * n},{536 + n}-21-{4399 + n},band {n % 7},red\n" for n in range(40))
    Path("staff.csv").write_text("entry_code,ssn,pay_grade,colour\n" + rows)
    columns, found = scanned(assay, "--jobs", jobs)
    assert (columns["entry_code"]["detected_type"], columns["pay_grade"]["detected_type"]) == (None, None)
    assert columns["ssn"]["detected_type"] == "SSN"
    Path("assay.toml").write_text('governance = "rows.yaml"\n')
    Path("rows.yaml").write_text(
        "SENSITIVE_PATTERNS:\n"
        "  - {PATTERN_ID: badge, CATEGORY: PHI, NAME: BADGE, REGEX: '\\bBDG\\d{6}\\b', WEIGHT: 0.95}\n"
        "SENSITIVE_CATEGORIES:\n"
        "  - {CATEGORY_ID: hr, NAME: HR, CONFIDENTIALITY: 2, INTEGRITY: 2, AVAILABILITY: 1, POLICIES: [MASKING]}\n"
        "  - {CATEGORY_ID: pii, IS_ACTIVE: false}\n"
        "SENSITIVE_KEYWORDS:\n"
        "  - {KEYWORD_ID: grade, CATEGORY: HR, KEYWORD: pay grade}\n"
        "COMPLIANCE_MAPPING:\n"
        "  - {MAPPING_ID: hr, CATEGORY: HR, STANDARD: WORKS_COUNCIL}\n"
    )
    columns, found = scanned(assay, "--jobs", jobs)
    badge, grade = columns["entry_code"], columns["pay_grade"]
    assert (badge["detected_type"], badge["categories"], badge["level"]) == ("BADGE", ["PHI"], "restricted")
    assert {item["identifier"] for item in found} == {"BADGE"}
    assert (grade["categories"], grade["suggested_cia"], grade["recommended_policies"]) == (
        ["HR"],
        "C:2/I:2/A:1",
        ["MASKING"],
    )
    assert grade["compliance_frameworks"] == ["WORKS_COUNCIL"]
    assert columns["ssn"]["detected_type"] is None
    assert columns["colour"]["detected_type"] is None


def test_the_settings_check_covers_the_rows(assay: Assay) -> None:
    Path("assay.toml").write_text('governance = "rows.yaml"\n')
    Path("rows.yaml").write_text("SENSITIVITY_WEIGHTS:\n  - {WEIGHT_ID: rule, WEIGHT: 0.5}\n")
    assert assay("config", "check").code == 0
    Path("rows.yaml").write_text("SENSITIVITY_WEIGHTS:\n  - {WEIGHT_ID: rule, WEIGHT: 5}\n")
    for arguments in (("config", "check"), ("scan", ".")):
        done = assay(*arguments)
        assert done.code == 2
        assert "rows.yaml:2: SENSITIVITY_WEIGHTS row 1 (rule): WEIGHT must be" in done.err


def test_try_shows_what_would_change_and_changes_nothing(assay: Assay, catalog: Path) -> None:
    with open_catalog(str(catalog)) as opened:
        fill(opened, defaults(shipped_identifiers()), {"patients": PATIENTS}, Path("compiled"))
    done = assay("governance", "try", "--set", "SENSITIVITY_THRESHOLDS", "detection", "value=0.85")
    assert done.code == 0
    assert "1 column of 7 would be judged otherwise:" in done.out
    assert "/srv/patients.csv:phone" in done.out
    assert "-> not sensitive, confidence 7" in done.out
    Path("rows.yaml").write_text("SENSITIVITY_THRESHOLDS:\n  - {THRESHOLD_ID: detection, VALUE: 0.85}\n")
    data = json.loads(assay("governance", "try", "--file", "rows.yaml", "--format", "json").out)
    assert [change["column"] for change in data["changes"]] == ["phone"]
    assert data["changes"][0]["after"]["detected_type"] is None
    again = assay(
        "governance", "try", *("--set", "SENSITIVE_PATTERNS", "b", "name=BADGE"),
        *("--set", "SENSITIVE_PATTERNS", "b", "category=PII"), *("--set", "SENSITIVE_PATTERNS", "b", r"regex=BDG\d{6}"),
    )  # fmt: skip
    assert "7 columns would have to be read again to know:" in again.out
    assert "No row was ever changed" in assay("governance", "history").out
    assert "give the change to try" in assay("governance", "try").err


def test_a_reason_is_kept_without_values(assay: Assay, catalog: Path) -> None:
    reason = "asked for by the holder of SSN 536-90-4399"
    assert assay("governance", "set", "SENSITIVITY_WEIGHTS", "rule", "weight=0.5", "--reason", reason).code == 0
    told = assay("governance", "history").out + assay("audit", "log", "--format", "jsonl").out
    assert "asked for by the holder of" in told
    assert "536-90-4399" not in told
    assert b"536-90-4399" not in catalog.read_bytes()


def test_a_folder_that_is_not_there_is_named(assay: Assay) -> None:
    done = assay("governance", "export", "--output", "nowhere/rows.yaml")
    assert done.code == 2
    assert "nowhere/rows.yaml: cannot be written: there is no folder nowhere; make it first" in done.err
