"""What a column repeats is scanned once, whichever way it is known by: of the rows that have it nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats.arrowtext import batches, texts_of
from assay.formats.codedcolumn import CodedColumn, Dictionaries
from assay.formats.textcolumn import TextColumn
from assay.model.columns import DISTINCT, Features
from assay.scanning.cellpages import quoted
from assay.scanning.distinct import _INLINE, Distinct, Room, Values
from assay.scanning.lookedat import _are_chosen, chosen_rows

HELD = ["ada", "bob b", 'say "so"', "größer", "日本", " ", "", None, "p q", "x\\y"]
WORDS = ["", " ", "a", "a ", "b", "ü" * 9, "0451", f"x {_INLINE}", *(f"word {n}" for n in range(30))]


def coded(words: Sequence[str | None], rows: Sequence[int | None]) -> pa.RecordBatch:
    array = pa.DictionaryArray.from_arrays(pa.array(rows, pa.int32()), pa.array(words, pa.string()))
    return pa.record_batch([array], ["c"])


def by_text(values: Values, rows: Sequence[str | None]) -> dict[str | None, list[int]]:
    """Of each text that is to be scanned the rows that have it."""
    if not values.is_repeated:
        return {text: [row for row, each in enumerate(rows) if each == text] for text in set(values.texts)}
    return {text: values.rows(number).tolist() for number, text in enumerate(values.texts)}


BATCH = st.tuples(
    st.integers(0, 2),
    st.lists(st.none() | st.integers(0, 9), min_size=5, max_size=20),
    st.frozensets(st.sampled_from(WORDS), max_size=4),
)


@settings(max_examples=100, deadline=None)
@given(
    dictionaries=st.lists(
        st.lists(st.sampled_from(WORDS), min_size=10, max_size=20, unique=True), min_size=3, max_size=3
    ),
    parts=st.lists(BATCH, min_size=1, max_size=6),
    room=st.sampled_from([1 << 20, 0]),
)
def test_a_dictionary_tells_what_its_texts_do(
    dictionaries: list[list[str]], parts: list[tuple[int, list[int | None], frozenset[str]]], room: int
) -> None:
    """Batches of a column with a dictionary, as their texts are: the same texts are scanned, and stand in the same rows."""
    known = Dictionaries()
    by_code, by_value = Distinct(Room(room)), Distinct(Room(room))
    for which, some, loud in parts:
        (column,) = texts_of(coded(dictionaries[which], [*some * 13]), known)
        assert isinstance(column, CodedColumn)
        texts = list(column)
        found, wanted = by_code.of(column), by_value.of(texts)
        assert (found.filled, found.is_repeated) == (wanted.filled, wanted.is_repeated)
        assert by_text(found, texts) == by_text(wanted, texts)
        for each, values in ((by_code, found), (by_value, wanted)):
            each.settle(values, [number for number, text in enumerate(values.texts) if text in loud])
        assert by_code._silent == by_value._silent


@given(
    batches_of=st.lists(st.lists(st.sampled_from(HELD), min_size=9, max_size=12), min_size=1, max_size=5),
    loud=st.frozensets(st.sampled_from(HELD)),
)
def test_what_arrow_holds_is_put_in_quotes_by_it(
    batches_of: list[list[str | None]], loud: frozenset[str | None]
) -> None:
    """Values of a column that come again: as of a list of them, what is new is scanned, in the same quotes."""
    by_arrow, by_list = Distinct(Room()), Distinct(Room())
    for some in batches_of:
        texts = [*some * 13]
        found, wanted = by_arrow.of(TextColumn(pa.array(texts, pa.string()))), by_list.of(texts)
        assert isinstance(found.texts, TextColumn)
        (data, sizes), (listed, lengths) = quoted(found.texts), quoted(wanted.texts)
        cells = bytes(data) if len(found.texts) else b""
        assert (sorted(cells.split(b"\n")), sorted(sizes.tolist())) == (
            sorted(bytes(listed).split(b"\n")),
            sorted(lengths.tolist()),
        )
        assert by_text(found, texts) == by_text(wanted, texts)
        assert found.filled == wanted.filled
        for each, values in ((by_arrow, found), (by_list, wanted)):
            each.settle(values, [number for number, text in enumerate(values.texts) if text in loud])
        assert by_arrow._silent == by_list._silent


def test_a_dictionary_with_a_text_twice_is_not_told_by_its_places() -> None:
    words = ["a", "b", "a", None]
    (column,) = texts_of(coded(words, [0, 1, 2, 3] * 30))
    assert isinstance(column, CodedColumn)
    assert column.codes() is None
    found = Distinct(Room()).of(column)
    assert {text: len(rows) for text, rows in by_text(found, list(column)).items()} == {"a": 60, "b": 30}


def test_a_dictionary_that_comes_again_is_written_once() -> None:
    """Readers make it anew with each batch; another one is another one, in whichever column it stands."""
    first, same, other = (coded(words, [0, 1] * 40) for words in (["a", "b"], ["a", "b"], ["a", "c"]))
    known = Dictionaries()
    columns = [texts_of(batch, known)[0] for batch in (first, same, other, first)]
    held = [column._dictionary for column in columns if isinstance(column, CodedColumn)]
    assert [held[0] is each for each in held] == [True, True, False, False]
    assert [list(column)[:2] for column in columns] == [["a", "b"], ["a", "b"], ["a", "c"], ["a", "b"]]
    two = pa.record_batch([first.column(0), other.column(0)], ["x", "y"])
    read = [[list(column)[:2] for column in batch.columns] for batch in batches(iter([two, two]))]
    assert read == [[["a", "b"], ["a", "c"]]] * 2


@given(first=st.integers(1, 5_000) | st.integers(1, 1 << 36), count=st.integers(0, 3_000))
def test_rows_that_are_looked_at_depend_on_their_number_alone(first: int, count: int) -> None:
    mask = _are_chosen(np.arange(first, first + count))
    assert chosen_rows(first, first + count) == (np.flatnonzero(mask) + first).tolist()


HASHES = st.frozensets(st.integers(0, 600)) | st.frozensets(st.integers(0, 2**32), max_size=3)


@given(left=HASHES, right=HASHES, last=HASHES)
def test_of_hashes_the_smallest_are_kept(left: frozenset[int], right: frozenset[int], last: frozenset[int]) -> None:
    parts = [Features(distinct=tuple(sorted(hashes)[:DISTINCT])) for hashes in (left, right, last)]
    both = parts[0].merge(parts[1])
    assert both.distinct == tuple(sorted(left | right)[:DISTINCT])
    assert both.merge(parts[2]).distinct == tuple(sorted(left | right | last)[:DISTINCT])
