"""Damaged files of every kind: what broke a reader once is read again, and a few new ones of each seed with it.

`ASSAY_FUZZ_TIMES=500 ./test tests/security/test_fuzzed.py` is the long form; `python tools/fuzz.py` keeps what it finds.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

for needed in (
    "pypdfium2",
    "py7zr",
    "reportlab",
    "pyarrow",
    "duckdb",
    "fastavro",
    "python_calamine",
    "openpyxl",
    "polars",
):
    pytest.importorskip(needed)

import fuzzing  # noqa: E402
from tablefiles import WRITERS  # noqa: E402

TIMES = int(os.environ.get("ASSAY_FUZZ_TIMES", "1"))
LISTED = fuzzing.BROKEN / "found.tsv"
NAMES = sorted({*(path.name for path in fuzzing.KEPT.iterdir() if path.is_file()), "form.pdf", "x.eml", *WRITERS})


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return fuzzing.seeds(tmp_path_factory.mktemp("seeds"))


def test_what_broke_once_breaks_no_more() -> None:
    rows = [line.split("\t") for line in LISTED.read_text(encoding="utf-8").splitlines()]
    assert {name for name, _ in rows} == {path.name for path in fuzzing.BROKEN.iterdir()} - {LISTED.name}
    for name, what in rows:
        seed = name.partition("-")[2]
        assert fuzzing.wrong(fuzzing.BROKEN / name, seed, is_cut=what.startswith("cut")) is None, name


@pytest.mark.parametrize("seed", NAMES)
def test_a_damaged_file_is_told_as_one(seed: str, seeds: dict[str, bytes], tmp_path: Path) -> None:
    whole = seeds[seed]
    cuts = list(fuzzing.cut(whole))
    path = tmp_path / "x"
    dice = random.Random(seed)
    cases = [(case, True) for case in dice.sample(cuts, min(TIMES, len(cuts)))]
    cases += [(fuzzing.damaged(whole, random.Random(f"{seed} {number}")), False) for number in range(TIMES)]
    for case, is_cut in cases:
        path.write_bytes(case)
        assert fuzzing.wrong(path, seed, is_cut=is_cut) is None


def test_a_mistake_and_what_seems_clean_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"nothing in it\n")
    assert fuzzing.wrong(path, "letter.docx") is None
    assert fuzzing.wrong(path, "letter.docx", is_cut=True) == "seems clean: cut short, 0 skips, no gap"

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("assay.scanning.split.scan_document", fails)
    assert (fuzzing.wrong(path, "letter.docx") or "").startswith("mistake: RuntimeError")
