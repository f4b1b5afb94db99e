"""The loop of learning: spot checks, decisions, a model of columns, a proposal, and a scan that errs less where nobody decided."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Assay

from benchmarks.learning.loop import SETTINGS, record

OWN = ("build date", "material request", "machine")
"""Words of the firm that are known elsewhere: few, so that few reviews tell of each."""


def test_reviews_lower_the_errors_of_columns_that_were_not_reviewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assay: Assay
) -> None:
    place = tmp_path / "firm"
    place.mkdir()
    monkeypatch.chdir(place)
    (place / "assay.toml").write_text(SETTINGS, encoding="utf-8")
    told: dict[str, str] = {}

    def run(*words: str) -> str:
        done = assay(*words)
        assert done.code in (0, 1), (words, done.err)
        told[" ".join(words[:2])] = done.out
        return done.out

    assert assay("catalog", "init").code == 0
    refused = assay("learn", "tune")
    assert refused.code == 2
    assert "0 columns were decided" in refused.err
    assert "nothing to ask" in assay("learn", "ask").out

    found = record(place, tables=28, reviews=60, seed=1, run=run, own=OWN, rounds=1)

    assert found.before >= 6
    assert found.less >= 0.3, found
    assert found.steps
    # A model of columns is one method beside others: it is measured by what scans tell with it.
    assert "what scans tell" in found.advice
    assert "reviews" in told["governance try"] or "column" in told["governance try"]
    # What is proposed is a proposal: only the import changed anything, and it is audited.
    history = assay("governance", "history", "SENSITIVITY_THRESHOLDS").out + assay("governance", "history").out
    assert "from reviews" in history


def test_a_spot_check_waits_until_it_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assay: Assay) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assay.toml").write_text(SETTINGS, encoding="utf-8")
    lines = "\n".join(f"{number},ann.b{number}@example.org" for number in range(40))
    (tmp_path / "people.csv").write_text(f"number,email\n{lines}\n", encoding="utf-8")
    assert assay("catalog", "init").code == 0
    assert assay("scan", ".").code == 0
    before = json.loads(assay("review", "list", "--format", "json").out)
    asked = json.loads(assay("learn", "ask", "--limit", "5", "--format", "json").out)
    assert [each["column"] for each in asked] == ["email"]
    assert "spot check" in asked[0]["why"]
    assert json.loads(assay("learn", "ask", "--format", "json").out) == []

    assert assay("scan", ".").code == 0
    waiting = json.loads(assay("review", "list", "--format", "json").out)
    assert len(waiting) == len(before) + 1
    [item] = [each for each in waiting if each not in before]
    assert "spot check" in json.dumps(item)
    assert assay("review", "approve", item["id"], "--reason", "yes, addresses").code == 0
    assert assay("scan", ".").code == 0
    assert json.loads(assay("review", "list", "--format", "json").out) == before


def test_what_is_asked_fits_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assay: Assay) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "assay.toml").write_text(SETTINGS, encoding="utf-8")
    file = tmp_path / "branches/northern/people-of-the-northern-branch.csv"
    file.parent.mkdir(parents=True)
    lines = "\n".join(f"{number},ann.b{number}@example.org" for number in range(40))
    file.write_text(f"number,email\n{lines}\n", encoding="utf-8")
    assert assay("catalog", "init").code == 0
    assert assay("scan", ".").code == 0
    asked = assay("learn", "ask").out.splitlines()
    assert not [line for line in asked if len(line) > 80]
    place = asked.index("branches/northern/people-of-the-northern-branch.csv:email")
    assert "spot check: columns told as EMAIL" in asked[place + 1]
    assert asked[-1] == "1 column is in the queue: assay review list"
