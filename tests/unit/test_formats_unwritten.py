"""Columns whose text is written where it is asked for: whoever asks, it is the text that each value has alone."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats import arrowtext
from assay.formats.codedcolumn import CodedColumn
from assay.formats.textcolumn import TextColumn
from assay.formats.unwritten import WIDEST, Unwritten
from assay.scanning.cellpages import quoted
from assay.scanning.distinct import Distinct, Room

ROWS = 2_000
SAID: dict[pa.DataType, tuple[Sequence[Any], Sequence[str | None]]] = {
    pa.int8(): ([-128, 127, 0, None], ["-128", "127", "0", None]),
    pa.int64(): ([-(2**63), 2**63 - 1, None], [str(-(2**63)), str(2**63 - 1), None]),
    pa.uint64(): ([2**64 - 1, 2**64 - 2], [str(2**64 - 1), str(2**64 - 2)]),
    pa.float16(): ([np.float16(1.5), np.float16(2)], ["1.5", "2"]),
    pa.float32(): ([1.1, 2.0, float("nan"), None], ["1.1", "2", None, None]),
    pa.float64(): ([-0.0, 0.0, 0.1, 1e20, float("inf")], ["0", "0", "0.1", "1e+20", "inf"]),
    pa.bool_(): ([True, False, None], ["true", "false", None]),
    pa.date32(): ([dt.date(1980, 5, 1), dt.date(1, 1, 1), None], ["1980-05-01", "0001-01-01", None]),
    pa.date64(): ([dt.date(1980, 5, 1)], ["1980-05-01"]),
    pa.time64("us"): ([dt.time(1, 2, 3), dt.time(1, 2, 3, 500_000)], ["01:02:03", "01:02:03.5"]),
    pa.timestamp("us"): (
        [dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 2, 3, 4, 5, 1)],  # noqa: DTZ001  # of no zone
        ["2020-01-02 00:00:00", "2020-01-02 03:04:05.000001"],
    ),
    pa.timestamp("ms", "Nowhere/Else"): ([0, None], ["1970-01-01 00:00:00Z", None]),
}


def repeated(kind: pa.DataType) -> tuple[pa.Array, list[str | None]]:
    values, said = SAID[kind]
    times = ROWS // len(values) + 1
    return pa.array([*values] * times, kind), [*said] * times


@pytest.mark.parametrize("kind", SAID, ids=str)
@pytest.mark.parametrize("coded", [False, True])
def test_it_is_the_text_of_each_value(kind: pa.DataType, coded: bool) -> None:
    array, said = repeated(kind)
    if coded:
        values = SAID[kind][0]
        places = pa.array([row % len(values) for row in range(len(array))], pa.int8())
        array = pa.DictionaryArray.from_arrays(places, pa.array(values, kind))
    for start in (0, 1):
        column = arrowtext.texts(array.slice(start))
        wanted = said[start:]
        assert isinstance(column, CodedColumn if coded else Unwritten)
        assert list(column[2:9]) == wanted[2:9]
        assert column.picked(range(0, 99, 7)) == wanted[0:99:7]
        assert list(arrowtext.texts(array.slice(start))) == wanted
        assert column[3] == wanted[3]
        data, sizes = quoted(column)
        assert (bytes(data), sizes.tolist()) == (quoted(wanted)[0], quoted(wanted)[1].tolist())
        found = column.different()
        assert found is not None
        texts, rows = found
        assert [None if row < 0 else texts[row] for row in rows.tolist()] == wanted
        assert len(set(texts)) == len(texts)
        assert None not in texts


def test_few_are_written_at_once() -> None:
    assert isinstance(arrowtext.texts(pa.array([1, 2])), TextColumn)


@pytest.mark.parametrize("kind", [pa.int32(), pa.float64(), pa.date32(), pa.uint64()], ids=str)
def test_whole_numbers_near_one_another(kind: pa.DataType) -> None:
    numbers = [n % 300 if n % 7 else None for n in range(ROWS)]
    column = arrowtext.texts(pa.array(numbers, pa.int32()).cast(kind))
    assert isinstance(column, Unwritten)
    found = column.wholes()
    assert found is not None
    assert (found.low, found.high) == (0, 299)
    texts = iter(column.of_wholes(found.numbers))
    assert [next(texts) if filled else None for filled in found.valid] == list(column)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
@pytest.mark.parametrize("seconds", [60, 1])
def test_times_of_whole_minutes_or_seconds(unit: str, zone: str | None, seconds: int) -> None:
    units = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit] * seconds
    numbers = [None if n % 7 == 0 else (n % 300 - 50) * units for n in range(ROWS)]
    column = arrowtext.texts(pa.array(numbers, pa.timestamp(unit, zone)))
    assert isinstance(column, Unwritten)
    found = column.wholes()
    assert found is not None
    assert (found.step, found.low, found.high) == (units, -50, 249)
    texts = iter(column.of_wholes(found.numbers, found.step))
    assert [next(texts) if filled else None for filled in found.valid] == list(column)


def test_minutes_and_then_seconds() -> None:
    """What is known by minutes says nothing of the same number of seconds."""
    known = Distinct(Room())
    for step, count in ((60, 3), (1, 3), (60, 0)):
        array = pa.array([n % 3 * step for n in range(ROWS)], pa.timestamp("s"))
        values = known.of(Unwritten(array, arrowtext._written))
        assert len(values.texts) == count, step
        known.settle(values, [])


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, 2**40] * ROWS, pa.timestamp("s")),
        pa.array([1, 2] * ROWS, pa.timestamp("ms")),
        pa.array([None] * ROWS, pa.timestamp("ms")),
        pa.array([0.5] * ROWS),
        pa.array([0, WIDEST] * ROWS),
        pa.array([2**64 - 1] * ROWS, pa.uint64()),
        pa.array([float("inf")] * ROWS),
        pa.array([1.0, float("inf")] * ROWS),
        pa.array([1e18] * ROWS),
        pa.array([None] * ROWS, pa.int32()),
        pa.array([float("nan")] * ROWS),
        pa.array([True] * ROWS),
    ],
    ids=str,
)
def test_what_is_none(array: pa.Array) -> None:
    column = arrowtext.texts(array)
    assert isinstance(column, Unwritten)
    assert column.wholes() is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 40), st.booleans()), min_size=1, max_size=4))
def test_rows_of_whole_numbers(batches: list[tuple[int, int, bool]]) -> None:
    """Whatever range comes after whichever: each number is given once until it is known to be quiet."""
    known, quiet = Distinct(Room()), set[str]()
    for low, width, floats in batches:
        draw = random.Random(low * 100 + width)
        numbers = [None if draw.random() < 0.1 else low * 10 + draw.randint(0, width) for _ in range(ROWS)]
        said = [None if number is None else str(number) for number in numbers]
        values = known.of(Unwritten(pa.array(numbers, pa.float64() if floats else pa.int64()), arrowtext._written))
        assert values.filled == sum(text is not None for text in said)
        assert set(values.texts) == {text for text in said if text is not None} - quiet
        for number, text in enumerate(values.texts):
            assert values.rows(number).tolist() == [row for row, each in enumerate(said) if each == text]
        told = [number for number, text in enumerate(values.texts) if text and text.endswith("3")]
        known.settle(values, told)
        quiet |= {text for text in values.texts if text and not text.endswith("3")}


def test_no_more_room() -> None:
    known = Distinct(Room(2))
    for _ in range(2):
        values = known.of(Unwritten(pa.array([5, 500] * ROWS), arrowtext._written))
        assert sorted(map(str, values.texts)) == ["5", "500"]
        known.settle(values, [0])


@pytest.mark.parametrize("places", [[0, 3], [-1, 0]])
def test_a_place_that_the_dictionary_has_not_is_told_at_once(places: list[int]) -> None:
    broken = pa.DictionaryArray.from_arrays(pa.array(places, pa.int8()), pa.array(["a", "b"]), safe=False)
    with pytest.raises(pa.ArrowIndexError):
        arrowtext.texts(broken)


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.none() | st.text(alphabet='a"ü\n,', max_size=5), min_size=1, max_size=12),
    start=st.integers(0, 11),
)
def test_text_is_quoted_as_one_by_one(values: list[str | None], start: int) -> None:
    left = values[start:] or values
    data, sizes = quoted(TextColumn(pa.array(values, pa.string()).slice(len(values) - len(left))))
    wanted, each = quoted(left)
    assert (bytes(data), sizes.tolist()) == (wanted, each.tolist())


@pytest.mark.parametrize("raw", [b"\xff", b"\xed\xa0\x80", b"\xc3", b"\xf4\x90\x80\x80"])
def test_text_that_is_no_utf8_is_quoted_one_by_one(raw: bytes) -> None:
    """Halves of a pair, a character that is cut, one beyond the last: what Python does not read, Arrow does not let pass."""
    array = pa.array([b"a", raw, b"b"], pa.binary())
    _, ends, data = array.buffers()
    text = pa.Array.from_buffers(pa.string(), 3, [None, ends, data])
    assert TextColumn(text).quoted() is None
    assert TextColumn(text.slice(2)).quoted() is not None
