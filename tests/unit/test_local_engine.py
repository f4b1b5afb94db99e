"""The local engine: the same results in the same order whatever the number of workers, and what is lost is told."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from planting import KEY
from test_scan_anywhere import text_of

from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.engines import local
from assay.engines.local import DetectorRecipe, Job, scan
from assay.model import AssetRef, Finding, Gap, Skip, Split
from assay.scanning import cut
from assay.scanning.report import SplitReport
from assay.scanning.split import ScanSetup
from assay.sources.file import FileSource


@pytest.fixture
def job(rules: RuleSet) -> Job:
    recipe = DetectorRecipe(key=KEY.encode(), made=Detector(rules, Fingerprinter(KEY.encode())))
    return Job(recipe=recipe, setup=ScanSetup())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Many small files and some that are cut."""
    dice = random.Random(3)
    for number in range(150):
        place = tmp_path / f"d{number % 7}"
        place.mkdir(exist_ok=True)
        length = 60_000 if number % 50 == 7 else dice.randint(0, 3_000)
        name = dice.choice(["a.txt", "b.log", "c.md"])
        (place / f"{number:03}{name}").write_bytes(text_of(number, length).encode())
    rows = "".join(f"u{number}@posteo.de,536-90-{1000 + number}\n" for number in range(4_000))
    (tmp_path / "people.csv").write_text("email,ssn\n" + rows)
    return tmp_path


def splits(folder: Path) -> Iterator[Split]:
    for asset in FileSource(target=str(folder)).assets():
        assert isinstance(asset, AssetRef)
        yield from cut.splits_of(asset)


@pytest.fixture
def _parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LARGE", "PART", "TABLE_PART"):
        monkeypatch.setattr(cut, name, 20_000)


def joined(outcomes: Iterator[Any]) -> list[Any]:
    """Outcomes with neighbouring pieces put together: how they are bundled on the way is not part of the contract."""
    out: list[Any] = []
    for item in outcomes:
        if out and not isinstance(item, SplitReport) and type(item) is type(out[-1]):
            out[-1] = out[-1] + item
        else:
            out.append(item)
    return out


@pytest.mark.usefixtures("_parts")
@pytest.mark.parametrize("render", [False, True])
def test_one_worker_or_many(render: bool, folder: Path, job: Job) -> None:
    job = Job(recipe=job.recipe, setup=job.setup, render=render)
    single = joined(scan(splits(folder), job, jobs=1))
    reports = [item for item in single if isinstance(item, SplitReport)]
    assert len(reports) > 155
    assert sum(report.findings for report in reports) > 8_000
    for jobs in (2, 3):
        assert joined(scan(splits(folder), job, jobs=jobs)) == single


@pytest.mark.usefixtures("_parts")
def test_each_resource_is_told_once_and_in_order(folder: Path, job: Job) -> None:
    seen: list[str] = []
    for item in scan(splits(folder), job, jobs=2):
        if isinstance(item, SplitReport):
            if not seen or seen[-1] != item.resource:
                seen.append(item.resource)
    assert seen == sorted(set(seen), key=seen.index)
    assert len(seen) == 151


def _dying(original: Any, how: signal.Signals) -> Any:
    def scan_split(split: Split, detector: Detector, setup: ScanSetup) -> Iterator[Any]:
        if split.asset.path is not None and "poison" in split.asset.path:
            os.kill(os.getpid(), how)
        yield from original(split, detector, setup)

    return scan_split


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
@pytest.mark.parametrize("poisons", [1, 5])
def test_a_worker_that_dies_is_a_gap_and_the_rest_goes_on(
    how: signal.Signals, poisons: int, tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(400):
        (tmp_path / f"{number:04}.txt").write_text(f"write to ada{number}@posteo.de\n")
    for number in range(poisons):
        (tmp_path / f"{number * 80:04}poison.txt").write_text("SSN 536-90-4399\n")
    monkeypatch.setattr(local, "scan_split", _dying(local.scan_split, how))
    monkeypatch.setattr(local, "_BATCH_FILES", 8)
    found: list[Finding] = []
    gaps: list[Gap | Skip] = []
    resources: list[str] = []
    for item in scan(splits(tmp_path), job, jobs=2):
        if isinstance(item, SplitReport):
            resources.append(item.resource)
            gaps += item.gaps
        elif isinstance(item, list):
            found += item
    assert len(resources) == len(set(resources)) == 400 + poisons
    assert resources == sorted(resources)
    lost = {gap.resource for gap in gaps}
    assert {gap.reason for gap in gaps} == {"worker died"}
    assert sum("poison" in resource for resource in lost) == poisons
    assert len(lost) <= poisons * 8
    assert all(str(-how) in gap.detail for gap in gaps)
    assert {finding.resource for finding in found} == set(resources) - lost
    assert len(found) == 400 + poisons - len(lost)


def test_stopping_early_ends_the_workers(tmp_path: Path, job: Job) -> None:
    for number in range(200):
        (tmp_path / f"{number:04}.txt").write_text("write to ada@posteo.de\n" * 500)
    results = scan(splits(tmp_path), job, jobs=2)
    next(results)
    before = children()
    assert len(before) >= 2
    results.close()  # type: ignore[attr-defined]
    assert not (before & children())


def children() -> set[int]:
    own = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return {int(number) for number in own.read_text().split()}


def test_a_recipe_travels_without_its_detector(job: Job) -> None:
    import pickle

    again = pickle.loads(pickle.dumps(job.recipe))
    assert again.made is None
    assert again.key == job.recipe.key
    assert KEY not in repr(job.recipe)
