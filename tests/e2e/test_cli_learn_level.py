"""`document_level` from reviews to a scan that asks: an opinion with true attributions, which lowers and raises nothing."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from calling import Assay

_MANY = 40


def _text(kind: str, number: int, drawing: random.Random) -> str:
    """Board papers, which hold no value that an identifier knows, and canteen menus, which hold addresses of mail."""
    if kind == "board":
        parts = [
            "merger",
            "acquisition target",
            "board approval",
            "valuation",
            "confidential negotiation",
            "share price",
        ]
        lines = [f"The {drawing.choice(parts)} and the {drawing.choice(parts)} were discussed." for _ in range(8)]
        return f"Board paper {number}\n" + "\n".join(lines)
    parts = ["water", "table", "time", "order", "service", "week", "house", "office", "list", "day", "place", "room"]
    lines = [f"Lunch is {drawing.choice(parts)} with {drawing.choice(parts)} today." for _ in range(8)]
    return f"Menu of day {number}, questions to kitchen{number}@canteen-meals.com\n" + "\n".join(lines)


def _write(folder: Path, kinds: dict[str, str], seed: int) -> None:
    drawing = random.Random(seed)
    for name, kind in kinds.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_text(kind, drawing.randrange(900), drawing) + "\n", encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("config", "cache"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    (tmp_path / "assay.toml").write_text('catalog = "c.db"\nmodels = "models"\n', encoding="utf-8")
    old = {f"d{at % 8}/{at}.txt": "board" if at % 2 else "menu" for at in range(2 * _MANY)}
    _write(tmp_path / "docs", old, 1)
    _write(tmp_path / "new", {"a.txt": "board", "b.txt": "menu", "c.txt": "menu"}, 2)
    with (tmp_path / "new" / "c.txt").open("a", encoding="utf-8") as file:
        file.write("The cook's SSN: 536-22-8145\n")
    return tmp_path


def _documents(assay: Assay, folder: str) -> dict[str, dict[str, Any]]:
    ran = assay("scan", folder, "--format", "jsonl")
    assert ran.code == 0, ran.err
    told = [json.loads(line) for line in ran.out.splitlines()]
    return {one["resource"].rsplit("/", 1)[1]: one for one in told if one["kind"] == "classification"}


def _questions(assay: Assay) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(assay("review", "list", "--limit", "500", "--format", "json").out)
    return found


def _decided(assay: Assay) -> None:
    """Every document is asked about, and a person says its level."""
    asked = assay("learn", "ask", "document_level", "--limit", "200")
    assert "80 documents are in the queue" in asked.out
    by_level: dict[str, list[str]] = {"restricted": [], "internal": []}
    for item in _questions(assay):
        number = int(item["resource"].rsplit("/", 1)[1].removesuffix(".txt"))
        by_level["restricted" if number % 2 else "internal"].append(item["id"])
    for level, ids in by_level.items():
        said = assay("review", "reclassify", *ids, "--level", level, "--reason", "as all of them", "--by", "ann")
        assert said.code == 0, said.err


def test_from_reviews_to_questions_and_back(place: Path, assay: Assay) -> None:
    assert assay("catalog", "init").code == 0
    assert assay("scan", "docs").code == 0
    _decided(assay)
    trained = json.loads(assay("learn", "train", "document_level", "--format", "json").out)
    assert trained["better"]
    before = _documents(assay, "new")
    assert before["a.txt"]["level"] == "public"
    assert "learned_level" not in before["a.txt"]
    version = trained["version"]
    assert assay("learn", "promote", version, "--by", "ann").code == 0

    after = _documents(assay, "new")
    told = after["a.txt"]
    assert (told["level"], told["needs_review"]) == ("public", True)
    assert told["learned_level"]["level"] == "restricted"
    assert "the learned model takes it for restricted" in told["because"]
    adds = {one["feature"]: one["adds"] for one in told["learned_level"]["why"]}
    assert len(adds) == 10
    assert adds["discussed"] > 0
    # What is found decides, whatever the model says: it raises nothing and lowers nothing.
    assert (after["b.txt"]["level"], after["b.txt"]["learned_level"]["level"]) == ("internal", "internal")
    assert (after["c.txt"]["level"], after["c.txt"]["learned_level"]["level"]) == ("restricted", "internal")
    assert after["c.txt"]["confidence"] == before["c.txt"]["confidence"]
    assert "learned model" not in after["c.txt"]["because"]
    (asked,) = [one for one in _questions(assay) if one["resource"].endswith("/new/a.txt")]
    assert asked["reasons"] == [told["learned_level"]["said"]]

    page = assay("explain", "new/a.txt").out
    assert "for it speak" in page
    assert "a person" in page
    assert f"{adds['discussed']:+.2f}  discussed" in page
    assert "no level is lowered by that" in assay("explain", "new/c.txt").out.replace("\n  ", " ")
    explained = json.loads(assay("explain", "new/a.txt", "--format", "json").out)
    assert explained["learned_level"]["level"] == "restricted"

    assert assay("learn", "rollback", "document_level", "--by", "ann").code == 0
    gone = _documents(assay, "new")
    assert gone == before
    assert not [one for one in _questions(assay) if one["resource"].endswith("/new/a.txt")]
    assert "\nlearned\n" not in assay("explain", "new/a.txt").out

    # Tried on a share of documents: the same ones each time.
    assert assay("learn", "promote", version, "--canary", "0.5", "--by", "ann").code == 0
    tried = {name for name, one in _documents(assay, "docs").items() if "learned_level" in one}
    assert 20 < len(tried) < 60
    assert tried == {name for name, one in _documents(assay, "docs").items() if "learned_level" in one}
    assert assay("audit", "verify").code == 0
