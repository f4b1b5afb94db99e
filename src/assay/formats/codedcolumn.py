"""A column that keeps its values in a dictionary: what was written once stays one text for all the rows that have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np
import pyarrow as pa
from pyarrow import types

from assay.formats import arrowcalls as pc
from assay.formats.textcolumn import QuotedText, TextColumn, are_most, fill_null, indexes, numbers_of
from assay.formats.unwritten import Unwritten, alike

_LOOKED_UP = 64 << 20
"""Bytes of text that are written out of a dictionary; what is more stays one text for all the rows that have it."""


class Dictionary:
    """The texts of a dictionary. What is told of all of them is found out once."""

    __slots__ = ("_is_plain", "_list", "array", "texts")

    def __init__(self, array: pa.Array, texts: Sequence[str | None]) -> None:
        self.array = array
        self.texts = texts
        self._list: list[str | None] | None = None
        self._is_plain: bool | None = None

    def __len__(self) -> int:
        return len(self.array)

    def values(self) -> list[str | None]:
        """All of them."""
        if self._list is None:
            self._list = self.texts if isinstance(self.texts, list) else list(self.texts)
        return self._list

    @property
    def is_plain(self) -> bool:
        """Whether each is a text, and none is there twice."""
        if self._is_plain is None:
            different = set(self.values())
            self._is_plain = len(different) == len(self) and None not in different
        return self._is_plain


class Dictionaries:
    """The dictionaries of a table's columns, batch by batch: one that comes again is the same as before."""

    def __init__(self) -> None:
        self._held: list[Dictionary] = []
        self._at = 0

    def begin(self) -> None:
        """What is asked for next is that of the first column again."""
        self._at = 0

    def of(self, array: pa.Array, texts: Callable[[pa.Array], Sequence[str | None]]) -> Dictionary:
        """The dictionary of the next column that has one."""
        at = self._at
        self._at += 1
        held = self._held[at] if at < len(self._held) else None
        # Readers make it anew for each batch. To compare bytes takes less than to write them as text again.
        if held is not None and types.is_string(array.type) and held.array.equals(array):
            return held
        made = Dictionary(array, texts(array))
        self._held[at : at + 1] = [made]
        return made


class CodedColumn(Sequence["str | None"]):
    """The texts of a dictionary, and of each row which of them it has (an array of integers; null: none)."""

    __slots__ = ("_dictionary", "_rows", "places")

    def __init__(self, dictionary: Dictionary, places: pa.Array) -> None:
        self._dictionary = dictionary
        self.places = places
        self._rows: Sequence[str | None] | None = None

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.rows)

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str | None]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str | None] | None:
        if self._rows is None and isinstance(at, slice):
            start, stop, step = at.indices(len(self.places))
            if step == 1:
                return self._picked(self.places.slice(start, max(0, stop - start)))
        return self.rows[at]

    @property
    def rows(self) -> Sequence[str | None]:
        """The text of each row."""
        if self._rows is None:
            self._rows = self._written()
        return self._rows

    def _written(self) -> Sequence[str | None]:
        held = self._dictionary.texts
        values = held.text if isinstance(held, Unwritten) else held
        if isinstance(values, TextColumn):
            lengths = pc.take(pc.call("binary_length", values.array), self.places)
            if (pc.call("sum", lengths).as_py() or 0) <= _LOOKED_UP:
                return TextColumn(pc.take(values.array, self.places))
        return self._picked(self.places)

    def _picked(self, places: pa.Array) -> list[str | None]:
        values = self._dictionary.values()
        return [None if index < 0 else values[index] for index in _codes(places).tolist()]

    def picked(self, rows: Sequence[int]) -> list[str | None]:
        """The values of some rows."""
        return self._picked(pc.take(self.places, indexes(rows)))

    def quoted(self) -> tuple[QuotedText, Any] | None:
        """As `TextColumn.quoted`."""
        rows = self.rows
        return rows.quoted() if isinstance(rows, TextColumn) else None

    def codes(self) -> tuple[Dictionary, Any] | None:
        """The dictionary, if each of its texts is there once, and of each row which of them it has (int64, -1: null)."""
        held = self._dictionary
        return (held, _codes(self.places)) if held.is_plain else None

    def different(self) -> tuple[list[str | None], Any] | None:
        """As `TextColumn.different`."""
        places = _codes(self.places)
        count = len(self._dictionary)
        if not count:
            return [], places
        used = np.bincount(places + 1, minlength=count + 1)[1:] > 0
        number = int(used.sum())
        if are_most(number, len(places)):
            return None
        texts = self._dictionary.values()
        if number < count:
            renamed = np.full(count + 1, -1, dtype=np.int64)
            renamed[np.flatnonzero(used)] = np.arange(number)
            texts, places = [texts[at] for at in np.flatnonzero(used).tolist()], renamed[places]
        return alike(texts, places)


def _codes(places: pa.Array) -> Any:
    if not types.is_int32(places.type):
        places = pc.cast(places, pa.int32())
    return numbers_of(fill_null(places) if places.null_count else places, np.int32).astype(np.int64)
