"""A file of one's own that holds no identifier: the rest is looked for, and nothing counts as clean."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from calling import Assay

STAFF = r"""name: STAFF_BADGE
title: Badge
category: CUSTOM
sensitivity: LOW
patterns:
  - {id: x, find: '\bSB-[0-9]{5}', regex: '\bSB-[0-9]{5}\b', confidence: 0.8}
finds:
  - {text: "SB-12345", value: SB-12345}
  - {text: "SB-12346", value: SB-12346}
  - {text: "SB-12347", value: SB-12347}
ignores:
  - {text: "SB-1234", because: too short}
  - {text: "SB-12", because: too short}
  - {text: "SB-", because: no number}
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own = tmp_path / "own"
    own.mkdir()
    (own / "badge.yaml").write_text(STAFF)
    (own / "broken.yaml").write_text('name: BROKEN\ntitle: "never closed\n')
    (own / "other.yaml").write_text("name: OTHER\ncategory: NOSUCH\n")
    monkeypatch.setenv("ASSAY_IDENTIFIERS", str(own))
    return own


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text("SB-12345 was here\n")
    (folder / "b.txt").write_text("nothing here\n")
    return folder


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_rest_is_looked_for_and_nothing_is_clean(assay: Assay, rules: Path, files: Path, jobs: str) -> None:
    done = assay("scan", str(files), "--format", "jsonl", "--jobs", jobs)
    assert done.code == 3
    records = [json.loads(line) for line in done.out.splitlines()]
    gaps = {record["resource"]: record for record in records if record["kind"] == "gap"}
    assert set(gaps) == {(rules / "broken.yaml").as_uri(), (rules / "other.yaml").as_uri()}
    assert {gap["reason"] for gap in gaps.values()} == {"identifier not loaded"}
    assert f"{rules / 'broken.yaml'}:3: " in gaps[(rules / "broken.yaml").as_uri()]["detail"]
    assert [record["identifier"] for record in records if record["kind"] == "finding"] == ["STAFF_BADGE"]
    levels = {Path(r["resource"]).name: r for r in records if r["kind"] == "classification"}
    assert levels["a.txt"]["level"] == "internal"
    assert levels["a.txt"]["needs_review"]
    assert levels["b.txt"]["level"] == "unclassified"
    assert "identifier not loaded" in levels["b.txt"]["because"]
    assert records[-1]["gaps"] == 2


def test_a_person_reads_which_file_and_line(assay: Assay, rules: Path, files: Path) -> None:
    done = assay("scan", str(files), "--jobs", "1")
    assert done.code == 3
    assert "identifier not loaded" in done.out
    assert "2 unclassified" not in done.out
    assert "1 unclassified" in done.out


def test_a_catalog_keeps_what_could_not_be_told(
    assay: Assay, rules: Path, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", f"sqlite:///{tmp_path / 'catalog.db'}")
    assert assay("catalog", "init").code == 0
    assert assay("scan", str(files), "--jobs", "1").code == 3
    (rules / "broken.yaml").unlink()
    (rules / "other.yaml").unlink()
    again = assay("scan", str(files), "--format", "jsonl", "--jobs", "1")
    assert again.code == 0
    levels = [json.loads(line) for line in again.out.splitlines()]
    assert {Path(r["resource"]).name: r["level"] for r in levels if r["kind"] == "classification"} == {
        "a.txt": "internal",
        "b.txt": "public",
    }


def test_a_text_is_told_with_a_warning(assay: Assay, rules: Path) -> None:
    done = assay("text", "SB-12345")
    assert done.code == 3
    assert "STAFF_BADGE" in done.out
    assert f"assay: warning: {rules / 'broken.yaml'}:3: " in done.err


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        (r"{id: x, find: '(?<=a)SC-[0-9]', regex: 'SC-[0-9]{5}', confidence: 0.8}", "pattern 'x': find cannot"),
        (r"{id: x, find: 'SC-[0-9]', regex: '(?<=a)SC-[0-9]{5}', confidence: 0.8}", "pattern 'x': regex cannot"),
    ],
    ids=["find", "regex"],
)
def test_an_expression_that_cannot_run_is_told_with_file_and_line(
    assay: Assay, rules: Path, files: Path, pattern: str, problem: str
) -> None:
    (rules / "broken.yaml").unlink()
    (rules / "other.yaml").write_text(
        re.sub(r"  - \{id: x.*", lambda _: f"  - {pattern}", STAFF.replace("STAFF_BADGE", "OTHER_BADGE"))
    )
    done = assay("scan", str(files), "--format", "jsonl", "--jobs", "1")
    assert done.code == 3
    records = [json.loads(line) for line in done.out.splitlines()]
    gap = next(record for record in records if record["kind"] == "gap")
    assert gap["resource"] == (rules / "other.yaml").as_uri()
    assert gap["detail"].startswith(f"{rules / 'other.yaml'}:6: {problem}")
    assert [record["identifier"] for record in records if record["kind"] == "finding"] == ["STAFF_BADGE"]
    text = assay("text", "SB-12345")
    assert text.code == 3
    assert "STAFF_BADGE" in text.out
    assert f"assay: warning: {rules / 'other.yaml'}:6: {problem}" in text.err


def test_a_file_that_is_named_itself_is_not_passed_over(
    assay: Assay, rules: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_IDENTIFIERS", str(rules / "broken.yaml"))
    done = assay("scan", str(files))
    assert done.code == 2
    assert f"{rules / 'broken.yaml'}:3: " in done.err


def test_checks_of_identifiers_still_refuse(assay: Assay, rules: Path) -> None:
    assert assay("identifiers", "list").code == 2
    assert assay("config", "check").code != 0
