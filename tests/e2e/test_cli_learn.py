"""`assay learn` from the scan to the rollback, on documents of a type that the shipped model does not know."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import pytest
from calling import Assay

SECRETS = ("Zbigniew", "Qarthon", "536-22-8145", "4556737586899855")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("config", "cache"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    (tmp_path / "assay.toml").write_text('catalog = "c.db"\nmodels = "models"\n', encoding="utf-8")
    drawing = random.Random(7)
    words = ["pallet", "warehouse", "carrier", "driver", "unloading", "shipment", "gross weight", "consignee", "seal"]
    for number in range(90):
        folder = tmp_path / "docs" / f"d{number % 9}"
        folder.mkdir(parents=True, exist_ok=True)
        if number % 2:
            lines = [f"{drawing.choice(words)} {drawing.choice(words)} no {drawing.randrange(999)}" for _ in range(9)]
            text = f"Delivery note for Zbigniew Qarthon, {number}\n" + "\n".join(lines)
        else:
            parts = [
                "The tenant shall pay rent",
                "This agreement is governed by law",
                "Either party may terminate",
                "Notice in writing",
            ]
            text = f"Agreement {number}\n" + "\n".join(
                f"{drawing.choice(parts)} within {drawing.randrange(99)} days." for _ in range(9)
            )
        (folder / f"{number}.txt").write_text(text + "\nSSN: 536-22-8145, card 4556737586899855\n", encoding="utf-8")
    return tmp_path


def test_from_the_scan_to_the_rollback(place: Path, assay: Assay) -> None:
    assert assay("catalog", "init").code == 0
    assert assay("scan", "docs").code == 0
    assert assay("learn", "train").code == 2
    refused = assay("learn", "label", "docs/d0/none.txt", "delivery_note")
    assert refused.code == 2
    assert "nothing is kept of it" in refused.err
    assert assay("learn", "label", "docs/d1/1.txt", "Delivery Note!").code == 2
    for number in range(90):
        said = "delivery_note" if number % 2 else "contract"
        assert assay("learn", "label", f"docs/d{number % 9}/{number}.txt", said, "--by", "ann").code == 0
    proposed = json.loads(assay("learn", "propose", "--format", "json").out)
    assert proposed == []

    trained = assay("learn", "train", "--format", "json", "--html", "page.html")
    assert trained.code == 0, trained.err
    told = json.loads(trained.out)
    assert told["better"], told["advice"]
    assert told["against"] == "shipped"
    assert told["evaluation"]["classes"]["delivery_note"]["f1"] > 0.9
    assert told["provenance"] == {"review": told["samples"]}
    page = (place / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "prefers-color-scheme:dark" in page
    assert "delivery_note" in page

    assert told["cross_validated"]["samples"] > 40
    waited = assay("learn", "train", "--after", "1")
    assert (waited.code, waited.out) == (0, "")
    assert "0 new decisions, 1 are waited for" in waited.err

    version = told["version"]
    before = json.loads(assay("learn", "models", "--format", "json").out)
    assert before["in_use"]["document_type"]["current"] == "shipped"
    assert (before["drift"]["now"], before["drift"]["outcome"]) == (90, None)
    moved = sqlite3.connect("c.db")
    # Half of them were read long ago, and were told to be something else.
    moved.execute(
        "update learn_documents set seen_at = '2020-01-01T00:00:00Z', told = 'licence' where resource like '%1.txt' or "
        "resource like '%3.txt' or resource like '%5.txt' or resource like '%7.txt' or resource like '%9.txt'"
    )
    moved.commit()
    moved.close()
    drifted = json.loads(assay("learn", "models", "--format", "json").out)["drift"]
    assert (drifted["before"], drifted["now"]) == (45, 45)
    assert drifted["outcome"] > 0.25
    assert "those before: much drift" in assay("learn", "models").out
    assert json.loads(assay("learn", "drift", "--format", "json").out) == drifted
    numbers = json.loads(assay("catalog", "metrics", "--since", "30d", "--format", "json").out)["documents"]
    assert (numbers["outcome"], numbers["said"]) == (drifted["outcome"], drifted["said"])
    assert "documents: PSI of types" in assay("catalog", "metrics", "--since", "30d").out
    assert assay("learn", "evaluate", "--html", "drift.html").code == 0
    drawn = (place / "drift.html").read_text(encoding="utf-8")
    assert "Much drift" in drawn
    assert f"{drifted['outcome']:.3f}" in drawn
    assert assay("learn", "promote", version[:6], "--canary", "0.5", "--by", "ann").code == 0
    assert "tried on 50 %" in assay("learn", "models").out.replace("50%", "50 %")
    assert assay("learn", "promote", version, "--by", "ann").code == 0
    # Nothing has changed but the model, and what it tells is told.
    assert assay("scan", "docs").code == 0
    assert types(assay("scan", "docs", "--format", "jsonl").out)["delivery_note"] == 45
    assert "delivery note" in assay("learn", "why", "docs/d1/1.txt").out
    again = assay("learn", "promote", version, "--by", "ann")
    assert again.code == 2
    assert f"{version} is in use already" in again.err
    assert f"document_type {version}: in use; nothing was compared" in assay("learn", "evaluate").out

    assert assay("learn", "rollback", "--by", "ann").code == 0
    assert "delivery_note" not in types(assay("scan", "docs", "--format", "jsonl").out)
    assert assay("learn", "rollback").code == 2
    log = assay("audit", "log", "--format", "jsonl").out
    assert log.count('"model":"document_type"') == 3
    assert assay("audit", "verify").code == 0

    everything = b"".join(path.read_bytes() for path in (place / "models").rglob("*") if path.is_file())
    everything += "\n".join(sqlite3.connect("c.db").iterdump()).encode()
    for secret in SECRETS:
        assert secret.encode() not in everything
        assert secret.lower().encode() not in everything


def test_a_changed_version_ends_a_scan_with_one_line(place: Path, assay: Assay) -> None:
    assay("catalog", "init")
    assay("scan", "docs")
    for number in range(90):
        assay("learn", "label", f"docs/d{number % 9}/{number}.txt", "delivery_note" if number % 2 else "contract")
    version = json.loads(assay("learn", "train", "--format", "json").out)["version"]
    assay("learn", "promote", version)
    file = place / "models" / "document_type" / f"{version}.model"
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(bytes(data))
    refused = assay("scan", "docs")
    assert refused.code == 2
    assert "was changed, or signed with another key" in refused.err
    assert "Traceback" not in refused.err
    assert assay("scan", "docs", "--no-catalog").code == 2
    assert "refused" in assay("learn", "models").out


def types(lines: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines.splitlines():
        told = json.loads(line)
        if told["kind"] == "classification" and "document_type" in told:
            found[told["document_type"]["name"]] = found.get(told["document_type"]["name"], 0) + 1
    return found
