"""Listing ahead: totals, order, what is left out; where allow lists' paths begin; an interrupt between any two records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assay.api import scan
from assay.app.config.settings import load_settings
from assay.app.scan import estimating, line, listing, running, summing
from assay.app.scan.listing import Listing
from assay.model import Classification, Finding, Gap, Skip, Summary
from assay.model.options import ScanOptions
from assay.ports import Progress
from assay.sources.file import FileSource

MAIL = "write to ada@posteo.de\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for number in range(300):
        folder = tmp_path / f"d{number % 3}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number:03}.txt").write_text("x" * number)
    (tmp_path / "d1" / "link").symlink_to("nowhere")
    return tmp_path


def test_listing_ahead_changes_nothing_but_when_totals_are_known(tree: Path) -> None:
    sources = [FileSource(target=str(tree))]
    lazy, ahead = (Listing(sources=sources, options=ScanOptions()) for _ in range(2))
    while ahead.ahead():
        pass
    assert ahead.complete
    assert (ahead.files, ahead.bytes) == (300, sum(range(300)))
    assert list(ahead.splits()) == list(lazy.splits())
    assert lazy.complete
    assert (lazy.files, lazy.bytes) == (300, sum(range(300)))
    assert list(ahead.left_out) == list(lazy.left_out)
    assert len(ahead.left_out) == 1


def test_no_more_is_kept_than_memory_allows(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_KEPT", 50)
    ahead = Listing(sources=[FileSource(target=str(tree))], options=ScanOptions())
    while ahead.ahead():
        pass
    assert (ahead.files, ahead.complete) == (50, False)
    splits = ahead.splits()
    for _ in range(20):
        next(splits)
    while ahead.ahead():
        pass
    assert ahead.files == 70
    assert len(list(splits)) == 280
    assert ahead.complete


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_ends_at_its_totals(jobs: int, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "mails.txt").write_text(MAIL * 10)
    monkeypatch.setattr(running, "_PROGRESS_EVERY", 0.0)
    told: list[Progress] = []
    *_, summary = line.scan([str(tree)], ScanOptions(jobs=jobs), settings=load_settings(), progress=told.append)
    assert isinstance(summary, Summary)
    last = told[-1]
    assert (last.bytes_done, last.files_done, last.findings) == (sum(range(300)) + len(MAIL) * 10, 301, 10)
    assert (last.bytes_total, last.files_total, last.listing) == (last.bytes_done, 301, False)
    for before, after in zip(told, told[1:], strict=False):
        assert before.bytes_done <= after.bytes_done <= after.bytes_total
        assert before.files_total <= after.files_total
        assert after.listing <= before.listing


def test_own_output_and_cache_are_told_and_cost_no_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    (data / ".cache").mkdir(parents=True)
    (data / ".cache" / "automaton.hs").write_bytes(b"\x00" * 100)
    (data / "out.jsonl").write_text("SSN 536-90-4399\n")
    (data / "notes.txt").write_text("nothing\n")
    monkeypatch.setenv("ASSAY_CACHE_DIR", str(data / ".cache"))
    (tmp_path / "link").symlink_to(data)
    target = str(tmp_path / "link")
    options = ScanOptions(jobs=1, identifiers=("SSN",))  # one of them compiles at once
    records = list(line.scan([target], options, settings=load_settings(), own=[data / "out.jsonl"]))
    skips = {record.resource.rsplit("/", 1)[-1]: record.reason for record in records if isinstance(record, Skip)}
    assert skips == {".cache": "own cache", "out.jsonl": "own output"}
    # What is written to until it is whole was not there before: nobody is told of it.
    partial = data / ".out.jsonl.17.partial"
    partial.write_text("SSN 536-90-4399\n")
    again = list(line.scan([target], options, settings=load_settings(), own=[data / "out.jsonl", partial]))
    assert again[-1].skips == 2
    assert not [record for record in again if getattr(record, "resource", "").endswith(".partial")]
    (classified,) = [record for record in records if isinstance(record, Classification)]
    assert classified.resource.endswith("/notes.txt")
    summary = records[-1]
    assert isinstance(summary, Summary)
    assert (summary.level, summary.resources, summary.gaps, summary.findings) == ("public", 1, 0, 0)
    assert summary.coverage.complete is True


def test_an_own_file_that_is_the_target_is_read(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("SSN 536-90-4399\n")
    records = list(line.scan([str(out)], ScanOptions(jobs=1), settings=load_settings(), own=[out]))
    assert [record.identifier for record in records if isinstance(record, Finding)] == ["SSN"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_paths_of_allow_lists_begin_at_the_target_of_each_file(jobs: int, tmp_path: Path) -> None:
    for folder in ("one", "two/inner", "three"):
        (tmp_path / folder / "seed").mkdir(parents=True)
        for name in ("a.txt", "b.txt"):
            (tmp_path / folder / "seed" / name).write_text(MAIL)
    (tmp_path / "alone.txt").write_text(MAIL)
    allow = tmp_path / "allow.yaml"
    allow.write_text("- path: /seed/a.txt\n  reason: made up\n- path: /alone.txt\n  reason: made up\n")
    targets = [str(tmp_path / name) for name in ("one", "two/inner", "three", "alone.txt")]
    options = ScanOptions(jobs=jobs, allow=str(allow))
    records = list(line.scan(targets, options, settings=load_settings()))
    found = {record.resource.split(tmp_path.name + "/", 1)[1] for record in records if isinstance(record, Finding)}
    assert found == {"one/seed/b.txt", "two/inner/seed/b.txt", "three/seed/b.txt"}
    summary = records[-1]
    assert isinstance(summary, Summary)
    assert summary.suppressed == 4


def test_of_targets_within_one_another_the_innermost_counts(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(MAIL)
    allow = tmp_path / "allow.yaml"
    allow.write_text("- path: /a.txt\n  reason: made up\n")
    targets = [str(tmp_path), str(tmp_path / "in")]
    records = list(line.scan(targets, ScanOptions(jobs=1, allow=str(allow)), settings=load_settings()))
    assert [record for record in records if isinstance(record, Finding)] == []


def test_an_interrupt_leaves_no_classification_out(tmp_path: Path) -> None:
    """Wherever it comes between two records, each resource that was told of is classified, and the counts agree."""
    (tmp_path / "a.csv").write_text("name,mail\n" + "".join(f"Ada,ada{number}@posteo.de\n" for number in range(5)))
    (tmp_path / "b.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    (tmp_path / "c.txt").write_text("write to ada@posteo.de, bob@posteo.de\n")
    (tmp_path / "d").symlink_to("nowhere")
    whole = list(scan(tmp_path, jobs=1))
    assert len(whole) > 12
    for stop in range(1, len(whole)):
        results = line.scan([str(tmp_path)], ScanOptions(jobs=1), settings=load_settings())
        records = [next(results) for _ in range(stop)]
        records.append(results.throw(KeyboardInterrupt))
        records += results
        summary = records[-1]
        assert isinstance(summary, Summary)
        assert summary.interrupted
        findings = [record for record in records if isinstance(record, Finding)]
        assert summary.findings == sum(summary.by_identifier.values()) == len(findings)
        classified = [record for record in records if isinstance(record, Classification)]
        names = [record.resource for record in classified]
        assert len(names) == len(set(names)) == summary.resources
        told = {record.resource for record in records if isinstance(record, Finding | Gap | Skip)}
        assert told <= set(names)
        assert sum(isinstance(record, Gap) for record in records) == summary.gaps
        for record in classified:
            if "interrupted" in record.because:
                assert record.level != "public"
                assert record.coverage.complete is False


def test_what_several_targets_share_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "data/sub").mkdir(parents=True)
    (tmp_path / "data2").mkdir()
    for name in ("data/a.txt", "data/sub/b.txt", "data/.env", "data2/c.txt"):
        (tmp_path / name).write_text("SSN: 536-90-4399\n")
    (tmp_path / "data/.gitignore").write_text(".env\n")
    data = str(tmp_path / "data")
    targets = [data, f"{data}/sub/../", f"{data}/a.txt", f"{data}/.env", f"{data}2", f"file://{data}"]
    for chosen, names in (
        (targets, [".env", ".gitignore", "a.txt", "b.txt", "c.txt"]),
        (targets[3:5], [".env", "c.txt"]),
    ):
        results = list(line.scan(chosen, ScanOptions(jobs=1), settings=load_settings()))
        told = sorted(each.resource.rsplit("/", 1)[-1] for each in results if isinstance(each, Finding))
        assert told == [name for name in names if name != ".gitignore"]
        summary = results[-1]
        assert isinstance(summary, Summary)
        assert summary.findings == len(told)
    assert estimating.estimate(targets, ScanOptions(), load_settings(environment={}, folder=tmp_path)).files == 5


@pytest.mark.parametrize("presses", [1, 2])
def test_an_interrupt_while_the_summary_is_made_is_told_in_it(
    presses: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.txt").write_text("write to ada@posteo.de, bob@posteo.de\n")
    whole = summing.summary_of
    left = presses

    def pressed(*given: Any, **more: Any) -> Summary:
        nonlocal left
        left -= 1
        if left >= 0:
            raise KeyboardInterrupt
        return whole(*given, **more)

    monkeypatch.setattr("assay.app.scan.running.summary_of", pressed)
    results = line.scan([str(tmp_path)], ScanOptions(jobs=1), settings=load_settings())
    if presses == 2:  # who presses again does not wait
        with pytest.raises(KeyboardInterrupt):
            list(results)
        return
    records = list(results)
    summary = records[-1]
    assert isinstance(summary, Summary)
    assert summary.interrupted
    assert (summary.findings, summary.resources) == (2, 1)
    assert sum(isinstance(record, Classification) for record in records) == 1


def test_an_interrupt_behind_the_summary_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("write to ada@posteo.de\n")
    results = line.scan([str(tmp_path)], ScanOptions(jobs=1), settings=load_settings())
    summary = next(record for record in results if isinstance(record, Summary))
    assert not summary.interrupted
    with pytest.raises(StopIteration):
        results.throw(KeyboardInterrupt)
