"""Sketches of columns merge associatively; sampling is reproducible; a sample says what may have been missed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay import api
from assay.classify.bound import upper_bound
from assay.model import AssetRef, Classification, ColumnSketch, Finding, Summary
from assay.scanning.sampling import REGION, draw, priority, regions
from assay.tables.sketch import CellHit, merge, sketch

NAMES = st.sampled_from(["EMAIL", "SSN", "PHONE"])
COUNTS = st.dictionaries(NAMES, st.integers(0, 50), max_size=3)


@st.composite
def parts(draw_one: st.DrawFn) -> list[ColumnSketch]:
    """The columns of one part: all with the same number of rows."""
    rows = draw_one(st.integers(0, 100))
    return [
        ColumnSketch(
            name=f"c{index}",
            index=index,
            rows=rows,
            filled=draw_one(st.integers(0, rows)),
            hits=draw_one(COUNTS),
            whole=draw_one(COUNTS),
            patterns=draw_one(COUNTS),
            confidence=draw_one(st.dictionaries(NAMES, st.sampled_from([0.5, 0.7, 0.95]), max_size=3)),
            test_values=draw_one(st.integers(0, 5)),
        )
        for index in range(draw_one(st.integers(1, 4)))
    ]


@given(parts(), parts(), parts())
def test_merging_is_associative_and_commutative(
    one: list[ColumnSketch], two: list[ColumnSketch], three: list[ColumnSketch]
) -> None:
    left = merge(merge(one, two), three)
    assert left == merge(one, merge(two, three))
    assert left == merge(merge(three, one), two)
    assert {column.rows for column in left} == {one[0].rows + two[0].rows + three[0].rows}


@given(parts(), parts())
def test_merging_changes_neither_side(one: list[ColumnSketch], two: list[ColumnSketch]) -> None:
    before = repr((one, two))
    merge(one, two)
    assert repr((one, two)) == before


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), NAMES, st.booleans(), st.booleans()), max_size=30), st.integers(0, 30))
def test_the_sketch_of_a_whole_is_that_of_its_parts(hits: list[tuple[int, str, bool, bool]], cut: int) -> None:
    import numpy as np

    def of(some: list[tuple[int, str, bool, bool]], rows: int) -> list[ColumnSketch]:
        columns = np.tile(np.arange(4), rows)
        cells = [CellHit(column, name, f"x#{name}", 0.8, whole, test) for column, name, whole, test in some]
        return sketch(["a", "b", "c", "d"], columns, columns >= 0, rows, cells)

    assert merge(of(hits[:cut], 3), of(hits[cut:], 4)) == of(hits, 7)


@given(st.integers(0, 20 * REGION))
def test_regions_lie_in_the_file_and_do_not_overlap(size: int) -> None:
    found = regions(size)
    assert all(start >= 0 and start + length <= size for start, length in found)
    assert all(one[0] + one[1] <= other[0] for one, other in zip(found, found[1:], strict=False))
    assert sum(length for _, length in found) == min(size, 3 * REGION)


@given(st.permutations(range(40)), st.integers(0, 3), st.floats(1, 100))
def test_a_draw_depends_on_the_seed_and_not_on_the_order(order: list[int], seed: int, percent: float) -> None:
    names = [f"/d/{number}.{'csv' if number % 2 else 'png'}" for number in order]
    assets = [AssetRef(kind="file", uri=f"file://{name}", path=name) for name in names]
    drawn = draw(assets, percent, seed)
    assert drawn == draw(sorted(assets, key=lambda asset: asset.uri), percent, seed)
    assert len(drawn) == max(1, -(-len(assets) * percent // 100))
    assert [priority(asset.uri) for asset in drawn] == sorted(priority(asset.uri) for asset in drawn)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300) | st.integers(2_001, 10_000), st.data())
def test_the_bound_is_one(population: int, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(1, population))
    hits = data.draw(st.integers(0, drawn))
    bound = upper_bound(hits, drawn, population)
    assert hits / population <= bound + 1e-9 <= 1 + 1e-9
    if drawn == population:
        assert bound == pytest.approx(hits / population, abs=1e-4)


def test_a_sample_is_announced_with_its_bound(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number:02}.txt").write_text("nothing here\n")
    results = list(api.scan(tmp_path, jobs=1, sample=50.0, sample_objects=10))
    summary = results[-1]
    assert isinstance(summary, Summary)
    assert summary.sampling is not None
    assert "30 of 60 files drawn at random" in summary.sampling
    assert summary.coverage.complete is False
    assert summary.level == "unclassified"
    assert summary.coverage.missed_upper_bound is not None
    assert 0.02 < summary.coverage.missed_upper_bound < 0.2
    again = list(api.scan(tmp_path, jobs=1, sample=50.0, sample_objects=10))
    assert [each for each in again if isinstance(each, Classification)] == [
        each for each in results if isinstance(each, Classification)
    ]


def test_of_a_large_file_three_regions_are_read(tmp_path: Path) -> None:
    line = "nothing of note in this line of the text\n"
    many = line * (2 * REGION // len(line))
    mail = "write to ada{}@posteo.de\n"
    (tmp_path / "large.txt").write_text(
        mail.format(1) + many + mail.format(2) + many + mail.format(3) + many + mail.format(4) + many + mail.format(5)
    )
    results = list(api.scan(tmp_path, jobs=1, sample=100.0, sample_bytes=REGION))
    found = [each for each in results if isinstance(each, Finding)]
    raw = (tmp_path / "large.txt").read_bytes()
    assert [raw[each.location.byte_start : each.location.byte_end] for each in found] == [
        b"ada1@posteo.de",
        b"ada3@posteo.de",
        b"ada5@posteo.de",
    ]
    (level,) = [each for each in results if isinstance(each, Classification)]
    assert level.coverage.complete is False
    assert level.coverage.bytes_read == 3 * REGION
