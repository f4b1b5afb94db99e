"""`assay scan --prose`: names in running text, found by a language model, in the same contract as everything else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from calling import Assay

from assay.detect.prose import tagger

LETTER = "Thank you for your visit.\n\nYesterday Lena Schneider called about her invoice.\nSie heißt Jürgen Müller, sagt er.\n"


def findings(out: str) -> list[dict[str, object]]:
    return [record for record in map(json.loads, out.splitlines()) if record["kind"] == "finding"]


def test_names_are_found_where_they_stand_and_never_shown(assay: Assay) -> None:
    Path("letter.txt").write_text(LETTER, encoding="utf-8")
    done = assay("scan", ".", "--prose", "--format", "jsonl")
    assert done.code == 0
    assert "Schneider" not in done.out + done.err
    found = [record for record in findings(done.out) if record["identifier"] == "PERSON_NAME"]
    places = [(LETTER[each["location"]["start"] : each["location"]["end"]], each["location"]["line"]) for each in found]  # type: ignore[index]
    assert places == [("Lena Schneider", 3), ("Jürgen Müller", 4)]


def test_nothing_is_asked_of_the_model_unless_it_is_wanted(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_self: tagger.Tagger) -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(tagger.Tagger, "__init__", load)
    Path("letter.txt").write_text(LETTER, encoding="utf-8")
    done = assay("scan", ".", "--format", "jsonl")
    assert (done.code, findings(done.out)) == (0, [])


def test_two_workers_find_the_same(assay: Assay) -> None:
    for number in range(4):
        Path(f"letter{number}.txt").write_text(LETTER * (number + 1), encoding="utf-8")
    one, two = (assay("scan", ".", "--prose", "--format", "jsonl", "--jobs", jobs) for jobs in ("1", "2"))
    assert findings(one.out) == findings(two.out)
    assert len(findings(one.out)) >= 2 * (1 + 2 + 3 + 4)


def test_the_settings_may_ask_for_it(assay: Assay) -> None:
    Path("assay.toml").write_text("prose = true\n", encoding="utf-8")
    Path("letter.txt").write_text(LETTER, encoding="utf-8")
    assert len(findings(assay("scan", "letter.txt", "--format", "jsonl").out)) == 2
    assert findings(assay("scan", "letter.txt", "--no-prose", "--format", "jsonl").out) == []


def test_without_the_extra_lists_read_and_one_line_says_how_to_get_it(
    assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("letter.txt").write_text(LETTER + "\nHer Name is Grimma Xylo, in Hand.\n", encoding="utf-8")
    with_model = findings(assay("scan", ".", "--prose", "--format", "jsonl").out)
    monkeypatch.setattr(tagger, "find_spec", lambda _name: None)
    done = assay("scan", ".", "--prose", "--format", "jsonl", "--jobs", "1")
    assert done.code == 0
    assert [line for line in done.err.splitlines() if "pip install 'assay[nlp]'" in line and "lower confidence" in line]
    assert done.err.count("pip install") == 1
    found = [each for each in findings(done.out) if each["identifier"] == "PERSON_NAME"]
    places = [LETTER[each["location"]["start"] : each["location"]["end"]] for each in found]  # type: ignore[index]
    assert places == ["Lena Schneider", "Jürgen Müller"]
    sure = {each["location"]["start"]: each["confidence"] for each in with_model}  # type: ignore[index]
    for each in found:
        assert 0.5 <= each["confidence"] < sure[each["location"]["start"]]  # type: ignore[index, operator]
        assert "no language model was asked" in {evidence["detail"] for evidence in each["evidence"]}  # type: ignore[attr-defined]
    # A text is read without it, too.
    assert assay("text", "Yesterday Lena Schneider called about her invoice.").code == 0


def test_a_sentence_on_the_command_line_is_read_by_the_model(assay: Assay) -> None:
    done = assay("text", "Yesterday Lena Schneider called about her invoice.", "--format", "jsonl")
    (found,) = findings(done.out)
    assert found["identifier"] == "PERSON_NAME"
    assert {each["signal"] for each in found["evidence"]} >= {"learned", "context"}  # type: ignore[attr-defined]


def test_a_broken_model_is_a_gap_that_says_what_to_do(
    assay: Assay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(tagger._folder() or "", tmp_path / "model")
    (tmp_path / "model" / "onnx" / "model_q4.onnx").write_bytes(b"no model" * 1_000)
    monkeypatch.setattr(tagger, "_folder", lambda: tmp_path / "model")
    Path("letter.txt").write_text(LETTER, encoding="utf-8")
    done = assay("scan", "letter.txt", "--prose", "--jobs", "1")
    assert done.code == 3
    assert "the language model cannot be read" in " ".join(done.out.split())
    assert "pip install 'assay[nlp]' again" in " ".join(done.out.split())
    assert "internal error" not in done.out
