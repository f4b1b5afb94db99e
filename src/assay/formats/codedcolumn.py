"""A column that keeps its values in a dictionary: what was written once stays one text for all the rows that have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assay.formats.textcolumn import TextColumn, are_most, fill_null, indexes, numbers_of
from assay.formats.unwritten import Unwritten, alike

_LOOKED_UP = 64 << 20
"""Bytes of text that are written out of a dictionary; what is more stays one text for all the rows that have it."""


class CodedColumn(Sequence["str | None"]):
    """The texts of a dictionary, and of each row which of them it has (an array of integers; null: none)."""

    __slots__ = ("_dictionary", "_rows", "places")

    def __init__(self, dictionary: Sequence[str | None], places: pa.Array) -> None:
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
        values = self._dictionary.text if isinstance(self._dictionary, Unwritten) else self._dictionary
        if isinstance(values, TextColumn):
            lengths = pc.binary_length(values.array).take(self.places)
            if (pc.sum(lengths).as_py() or 0) <= _LOOKED_UP:
                return TextColumn(values.array.take(self.places))
        return self._picked(self.places)

    def _picked(self, places: pa.Array) -> list[str | None]:
        values = self._texts()
        return [None if index < 0 else values[index] for index in _codes(places).tolist()]

    def _texts(self) -> list[str | None]:
        held = self._dictionary
        return held if isinstance(held, list) else list(held)

    def picked(self, rows: Sequence[int]) -> list[str | None]:
        """The values of some rows."""
        return self._picked(self.places.take(indexes(rows)))

    def quoted(self) -> tuple[bytes, Any] | None:
        """As `TextColumn.quoted`."""
        rows = self.rows
        return rows.quoted() if isinstance(rows, TextColumn) else None

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
        texts = self._texts()
        if number < count:
            renamed = np.full(count + 1, -1, dtype=np.int64)
            renamed[np.flatnonzero(used)] = np.arange(number)
            texts, places = [texts[at] for at in np.flatnonzero(used).tolist()], renamed[places]
        return alike(texts, places)


def _codes(places: pa.Array) -> Any:
    return numbers_of(fill_null(places.cast(pa.int32())), np.int32).astype(np.int64)
