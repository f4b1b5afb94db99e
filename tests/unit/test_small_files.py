"""Small files are read ahead, searched together and classified by the worker: nothing that is told changes by it."""

from __future__ import annotations

import gzip
import os
import pickle
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from planting import KEY
from test_scan_anywhere import asset_of, document_of, examples, text_of

from assay.app.config.settings import Settings, load_settings
from assay.app.scan import line
from assay.classify.resource import Tally, Totals, classify
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.engines.local import DetectorRecipe, Job, scan
from assay.engines.outcomes import Settled
from assay.formats import Window, structure_for
from assay.formats.kinds import Kind
from assay.formats.resumable import Resumable
from assay.formats.written import _IN_TEXT, _escape_in_text, blank_text
from assay.formats.yaml import Yaml, YamlState
from assay.model import AssetRef, Classification, Split, Summary
from assay.model.options import ScanOptions
from assay.ports import Rendered
from assay.report.jsonlines import encode
from assay.scanning import cut
from assay.scanning.report import Piece, SplitReport
from assay.scanning.split import SMALL, ScanSetup, look_ahead, scan_split
from assay.sources.file import FileSource


@pytest.fixture
def detector(rules: RuleSet) -> Detector:
    return Detector(rules, Fingerprinter(KEY.encode()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of every kind that a folder may hold, most of them small."""
    root = tmp_path / "tree"
    root.mkdir()
    dice = random.Random(11)
    for number in range(60):
        (root / f"{number:02}.txt").write_text(text_of(number, dice.randint(0, 4_000)))
    for name in ("people.json", "people.xml", "people.yaml", "people.csv", "people.sql"):
        (root / name).write_bytes(document_of(name, 3))
    (root / "bom.txt").write_bytes(b"\xef\xbb\xbf" + "SSN: 536-90-4399 für Ada\n".encode())
    (root / "wide.txt").write_bytes("mail ada@posteo.de\n".encode("utf-16"))
    (root / "odd\udcff.txt").write_text("card 4485 0118 3162 1647\n") if os.name == "posix" else None
    (root / "packed.gz").write_bytes(gzip.compress(b"SSN: 536-90-4399\n"))
    with zipfile.ZipFile(root / "packed.zip", "w") as archive:
        archive.writestr("in/a.csv", "email\nada@posteo.de\n")
    (root / "page.pdf").write_bytes(b"%PDF-1.7\n" + bytes(200))
    (root / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (root / "empty").write_bytes(b"")
    (root / "test.txt").write_text("card 4111 1111 1111 1111\n")
    (root / "large.txt").write_text(text_of(5, SMALL + 5_000))
    (root / ".gitignore").write_text("left.txt\n")
    (root / "left.txt").write_text("SSN: 536-90-4399\n")
    (root / "link").symlink_to("bom.txt")
    return root


def told(split: Split, detector: Detector, *, ahead: bool) -> tuple[list[Any], SplitReport]:
    known = look_ahead(split, detector) if ahead else None
    findings: list[Any] = []
    for part in scan_split(split, detector, ScanSetup(), known):
        if isinstance(part, Piece):
            findings += part.findings
        else:
            return findings, part
    raise AssertionError("no report")


def test_reading_ahead_changes_nothing(folder: Path, detector: Detector) -> None:
    ahead = 0
    for asset in FileSource(target=str(folder)).assets():
        if isinstance(asset, AssetRef):
            for split in cut.splits_of(asset):
                ahead += look_ahead(split, detector) is not None
                assert told(split, detector, ahead=True) == told(split, detector, ahead=False), split.asset.path
    assert ahead > 60


def test_what_changes_after_the_listing_is_not_read_ahead(tmp_path: Path, detector: Detector) -> None:
    file = tmp_path / "a.txt"
    file.write_text("SSN: 536-90-4399\n")
    split = Split(asset=asset_of(file))
    assert look_ahead(split, detector) is not None
    file.write_text("SSN: 536-90-4399\nmail ada@posteo.de\n")
    assert look_ahead(split, detector) is None
    assert [finding.identifier for finding in told(split, detector, ahead=True)[0]] == ["SSN", "EMAIL"]
    file.unlink()
    assert look_ahead(split, detector) is None
    assert [gap.reason for gap in told(split, detector, ahead=True)[1].gaps] == ["vanished"]
    os.mkfifo(file)
    assert look_ahead(split, detector) is None


def settings_in(tmp_path: Path, compiled: Path) -> Settings:
    return load_settings(environment={"ASSAY_CACHE_DIR": str(compiled)}, folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_lines_are_those_of_the_records(jobs: int, folder: Path, tmp_path: Path, compiled: Path) -> None:
    settings = settings_in(tmp_path, compiled)
    options = ScanOptions(jobs=jobs)
    one_by_one = list(line.scan([str(folder)], ScanOptions(jobs=1), settings=settings))
    summary = one_by_one[-1]
    assert isinstance(summary, Summary)
    assert summary.findings > 100
    expected = b"".join(encode(record) for record in one_by_one[:-1] if not isinstance(record, Rendered))
    rendered = list(line.scan([str(folder)], options, settings=settings, render=True))
    lines = b"".join(record.lines if isinstance(record, Rendered) else encode(record) for record in rendered[:-1])
    assert lines.splitlines() == expected.splitlines()
    last = rendered[-1]
    assert isinstance(last, Summary)
    same = ("resources", "findings", "gaps", "skips", "bytes_read", "by_level", "by_identifier", "test_values_ignored")
    assert [getattr(last, name) for name in same] == [getattr(summary, name) for name in same]


@pytest.mark.parametrize("jobs", [1, 2])
def test_small_resources_come_settled(jobs: int, folder: Path, detector: Detector, compiled: Path) -> None:
    recipe = DetectorRecipe(key=KEY.encode(), cache=compiled, made=detector)
    splits = (
        split
        for asset in FileSource(target=str(folder)).assets()
        if isinstance(asset, AssetRef)
        for split in cut.splits_of(asset)
    )
    outcomes = list(scan(splits, Job(recipe=recipe, setup=ScanSetup(), render=True, settle=True), jobs=jobs))
    assert all(isinstance(outcome, Settled) for outcome in outcomes)
    totals = Totals()
    for outcome in outcomes:
        assert isinstance(outcome, Settled)
        assert len(outcome.lines) == outcome.totals.resources
        totals.merge(outcome.totals)
    assert totals.resources == len(
        [path for path in folder.iterdir() if not path.is_symlink() and path.name != "left.txt"]
    )
    assert totals.gaps == 1
    assert totals.by_level.total() == totals.resources


@pytest.mark.parametrize("name", ["/a/b.txt", "/RESOURCE/10000001", 'say "x"\\n', "grün 10000002", "odd\udcff"])
def test_the_quick_line_of_a_clean_file(name: str) -> None:
    from assay.engines.local import _clean_line

    tally = Tally(resource=name, bytes_read=10_000_002, bytes_total=7)
    classification = classify(tally, {})
    assert isinstance(classification, Classification)
    assert _clean_line(name, 10_000_002, 7) == encode(classification)


@pytest.mark.parametrize(
    "split",
    [
        Split(asset=AssetRef(kind="file", uri="file:///a", path="/a", size=3)),
        Split(asset=AssetRef(kind="s3", uri="s3://b/a", account="1", region="eu"), sampled="some"),
        Split(
            asset=AssetRef(kind="file", uri="u"), part=2, parts=None, start=5, end=9, line=1, char=4, line_char=3, row=8
        ),
        Split(asset=AssetRef(kind="file", uri="u"), part=2, parts=3, start=5),
    ],
)
def test_splits_travel_whole(split: Split) -> None:
    assert pickle.loads(pickle.dumps(split, pickle.HIGHEST_PROTOCOL)) == split


def test_escapes_found_one_by_one_or_at_once() -> None:
    dice = random.Random(2)
    words = ["mail\\nada@posteo.de", "C:\\new\\table", "\\\\n", "\\u0041b", "\\x3a 5", "\\", "\\e[1m", "plain words "]
    different = 0
    for _ in range(400):
        sparse = dice.random() < 0.7
        data = "".join(
            dice.choice(words) + (" filler and more of it" * dice.randint(0, 40) if sparse else "")
            for _ in range(dice.randint(1, 12))
        ).encode()
        expected = _IN_TEXT.sub(_escape_in_text, data)
        assert blank_text(data) == expected
        different += expected != data
    assert different > 200


class _FromTheStart(Yaml):
    """Reads all that lies before an offset."""

    def places(self, window: Window, offsets: Any) -> Any:
        return Resumable.places(self, window, offsets)

    def _nearer(self, window: Window, position: int, state: YamlState, target: int) -> tuple[int, YamlState]:
        del window, target
        return position, state


def test_yaml_need_not_be_read_from_its_start() -> None:
    dice = random.Random(8)
    texts = [document_of("people.yaml", seed).decode() for seed in range(40)]
    texts += [f"a: |\n  b: {example}\nc:\n- d: {example}\n  e: [x, '{number}',\n   f]\ng: 'h'\n"
              for number, example in enumerate(examples()[:40]) if "\n" not in example]  # fmt: skip
    assert isinstance(structure_for(Kind.YAML), Yaml)
    for text in texts:
        data = text.encode()
        window = Window(data, 0, len(data), 0, 0, 0, True)
        words = [at for at in range(len(data)) if data[at : at + 1].isalnum()]
        offsets = sorted(dice.sample(words, min(8, len(words))))
        assert list(Yaml().places(window, offsets)) == list(_FromTheStart().places(window, offsets))
