"""Identifiers of the user's own, and the example pack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from planting import of_kind, records

import assay
from assay.errors import ConfigError, RuleError, UsageError

BADGE = """\
name: BADGE_NUMBER
title: Badge number
category: CUSTOM
sensitivity: HIGH
frameworks: [SOX]
keywords: [badge]
names: [badge number]
normalise: alnum
patterns:
  - id: badge
    regex: '\\bBDG-\\d{6}\\b'
    confidence: 0.8
    context_required: true
ignore:
  values: ["BDG-000000"]
  regexes: ['BDG-9{6}']
  words: [sample]
test_values:
  values: ["BDG-123456"]
finds:
  - {text: "badge BDG-204817", value: "BDG-204817"}
  - {text: "the badge is BDG-773102", value: "BDG-773102"}
  - {text: "badge_number,x\\nBDG-419035,1\\n", value: "BDG-419035"}
ignores:
  - {text: "badge BDG-20481", because: five digits}
  - {text: "BDG-204817", because: no word about a badge}
  - {text: "sample badge BDG-204817", because: a sample}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def cli(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "assay.cli", *arguments], capture_output=True, timeout=300)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("EMPLOYEE_NUMBER", "Employee EMP-204817 starts on Monday", "EMP-204817"),
        ("CUSTOMER_NUMBER", "the client is CUST-AB12345678 since May", "CUST-AB12345678"),
        ("PROJECT_CODE", "project PROJ-2041-KLM is late", "PROJ-2041-KLM"),
    ],
)
def test_the_example_pack_works_when_named(name: str, text: str, value: str) -> None:
    assert name not in {finding.identifier for finding in assay.scan_text(text)}
    (finding,) = assay.scan_text(text, identifiers=(name,))
    assert (finding.identifier, finding.category) == (name, "CUSTOM")
    assert text[finding.location.start : finding.location.end] == value
    for word in ("example", "sample", "test", "demo", "template"):
        assert assay.scan_text(f"{word} {text}", identifiers=(name,)) == []
    assert assay.scan_text(f"ticket {value}", identifiers=(name,)) == []


def test_by_the_command_line(tmp_path: Path) -> None:
    Path("staff.txt").write_text("Employee EMP-204817 starts on Monday; SSN 536-90-4399\n")
    done = cli("scan", "staff.txt", "-i", "EMPLOYEE_NUMBER", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    (finding,) = of_kind(records(done.stdout), "finding")
    assert finding["identifier"] == "EMPLOYEE_NUMBER"


def test_one_named_in_the_settings_runs_beside_the_built_in_ones() -> None:
    Path("rules").mkdir()
    Path("rules/badge.yaml").write_text(BADGE)
    Path("assay.toml").write_text('identifiers = ["rules"]\n')
    found = assay.scan_text("badge BDG-204817 of SSN 536-90-4399")
    assert [finding.identifier for finding in found] == ["BADGE_NUMBER", "SSN"]
    badge = found[0]
    assert (badge.level, badge.redacted) == ("restricted", "B********7")
    assert badge.evidence[-1].signal == "context"


def test_what_it_ignores_and_what_is_a_test_value() -> None:
    Path("badge.yaml").write_text(BADGE)
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\n')
    for text in ("badge BDG-000000", "badge BDG-999999", "sample badge BDG-204817", "BDG-204817", "badge BDG-123456"):
        assert assay.scan_text(text) == [], text
    (test,) = assay.scan_text("badge BDG-123456", include_test_values=True)
    assert test.test_value
    assert test.confidence < 0.5


def test_a_column_name_is_context() -> None:
    Path("badge.yaml").write_text(BADGE)
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\n')
    (finding,) = assay.scan_text("badge_number,x\nBDG-419035,1\n")
    assert finding.location.field == "badge_number"
    (nested,) = assay.scan_text('{"badge": {"value": "BDG-419035"}}')
    assert nested.location.json_path == "$.badge.value"


def test_mistakes_are_told_before_anything_is_read() -> None:
    Path("badge.yaml").write_text(BADGE.replace("'\\bBDG-\\d{6}\\b'", "'(?<!x)BDG-\\d{6}'"))
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\n')
    with pytest.raises(RuleError, match="linear time"):
        assay.scan_text("anything")
    done = cli("scan", ".")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"linear time" in done.stderr
    assert b"Traceback" not in done.stderr
    Path("assay.toml").write_text('identifiers = "badge.yaml"\n')
    with pytest.raises(ConfigError, match=r"assay\.toml:1"):
        assay.scan_text("anything")
    with pytest.raises(UsageError, match="did you mean EMPLOYEE_NUMBER"):
        Path("assay.toml").unlink()
        assay.scan_text("anything", identifiers=("EMPLOYE_NUMBER",))


def test_an_ignore_regex_that_would_backtrack_for_ever() -> None:
    """In a process of its own, which is ended if it does not end."""
    examples = "".join(f'  - {{text: "badge {text}", value: "{text}"}}\n' for text in ("aaaa", "aaaaa", "aaaaaa"))
    start = BADGE.index("finds:")
    stop = BADGE.index("ignores:")
    text = BADGE[:start] + "finds:\n" + examples + BADGE[stop:]
    text = text.replace("'\\bBDG-\\d{6}\\b'", "'\\ba{4,60}!'").replace("['BDG-9{6}']", "['(a+)+']")
    Path("badge.yaml").write_text(text)
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\n')
    done = subprocess.run(
        [sys.executable, "-m", "assay.cli", "text", "badge " + "a" * 50 + "!", "-i", "BADGE_NUMBER"],
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def test_a_category_of_ones_own_is_told_everywhere() -> None:
    Path("badge.yaml").write_text(BADGE.replace("category: CUSTOM", "category: HR"))
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\n')
    Path("staff.csv").write_text("badge_number,colour\n" + "".join(f"BDG-{419035 + n},red\n" for n in range(40)))
    done = cli("scan", "staff.csv", "--format", "jsonl")
    told = records(done.stdout)
    assert {finding["category"] for finding in of_kind(told, "finding")} == {"HR"}
    column = next(each for each in of_kind(told, "column") if each["column"] == "badge_number")
    assert (column["categories"], column["dominant_category"]) == (["HR"], "HR")
    assert (column["suggested_cia"], column["recommended_policies"]) == ("C:3/I:2/A:1", ["ACCESS_CONTROL"])
    (table,) = of_kind(told, "table")
    assert table["table_categories"] == ["HR"]
    (level,) = of_kind(told, "classification")
    assert (level["categories"], level["frameworks"]) == (["HR"], ["SOX"])
    assert b"BADGE_NUMBER" in cli("identifiers", "list", "--category", "hr").stdout
    assert (
        len(of_kind(records(cli("scan", "staff.csv", "--category", "HR", "--format", "jsonl").stdout), "finding")) == 40
    )
    assert of_kind(records(cli("scan", "staff.csv", "--category", "PII", "--format", "jsonl").stdout), "finding") == []
    assert assay.scan_text("badge BDG-204817", categories=("HR",))[0].category == "HR"
    with pytest.raises(UsageError, match="no identifier is of the category 'PIII'; did you mean PII"):
        assay.scan_text("badge BDG-204817", categories=("PIII",))


def test_the_categories_of_the_settings_own_identifiers_come_from_the_cache_alike() -> None:
    Path("badge.yaml").write_text(BADGE.replace("category: CUSTOM", "category: HR"))
    Path("assay.toml").write_text('identifiers = ["badge.yaml"]\ncache_dir = "cache"\n')
    for _ in range(2):
        (finding,) = of_kind(
            records(cli("scan", "badge.yaml", "-i", "BADGE_NUMBER", "--format", "jsonl").stdout), "finding"
        )[:1]
        assert finding["category"] == "HR"
