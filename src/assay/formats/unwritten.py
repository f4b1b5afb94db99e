"""Numbers and times as Arrow holds them: a column whose text is written where it is asked for, of what repeats once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, overload

import numpy as np
import pyarrow as pa
from pyarrow import types

from assay.formats import arrowcalls as pc
from assay.formats.textcolumn import QuotedText, TextColumn, are_most, fill_null, indexes, numbers_of

WIDEST = 1 << 20
"""How far apart the least and the greatest of whole numbers may be for all between them to have a place of their own."""
_WHOLE = 1e15
# From which on whole numbers are written with an exponent, and from which on others surely are.
_LARGE, _WITH_EXPONENT = 1e18, 2e10
_LARGEST = (1 << 63) - 1


class Wholes(NamedTuple):
    """Values that are whole numbers near one another: of each row with a value its number, which rows these are (`None`:
    all), the least and the greatest of them, and of how many of the column's own units each is a multiple."""

    numbers: Any
    valid: Any
    low: int
    high: int
    step: int = 1


class Digits(NamedTuple):
    """How many digits the numbers of a column have before the point at most, whether any may have some behind it, and how
    many numbers there are."""

    whole: int
    fraction: bool
    filled: int


class Unwritten(Sequence["str | None"]):
    """An array of values of which each has a text of its own; `write` gives the texts of such an array as another."""

    __slots__ = ("_text", "_write", "array")

    def __init__(self, array: pa.Array, write: Callable[[pa.Array], pa.Array]) -> None:
        self.array = array
        self._write = write
        self._text: TextColumn | None = None

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str | None]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str | None] | None:
        if self._text is None and isinstance(at, slice):
            start, stop, step = at.indices(len(self.array))
            if step == 1:
                return self._of(self.array.slice(start, max(0, stop - start))).values()
        return self.text[at]

    @property
    def text(self) -> TextColumn:
        """All of them, written."""
        if self._text is None:
            self._text = self._of(self.array)
        return self._text

    def _of(self, array: pa.Array) -> TextColumn:
        return TextColumn(self._write(array))

    def values(self) -> list[str | None]:
        """All of them as Python's."""
        return self.text.values()

    def picked(self, rows: Sequence[int]) -> list[str | None]:
        """The values of some rows."""
        return self._of(pc.take(self.array, indexes(rows))).values() if self._text is None else self._text.picked(rows)

    def quoted(self) -> tuple[QuotedText, Any] | None:
        """As `TextColumn.quoted`."""
        return self.text.quoted()

    def different(self) -> tuple[Sequence[str | None], Any] | None:
        """As `TextColumn.different`."""
        if types.is_float16(self.array.type):
            return self.text.different()
        encoded = pc.dictionary_encode(self.array)
        if are_most(len(encoded.dictionary), len(self.array)):
            return None
        texts = self._of(encoded.dictionary).values()
        places = numbers_of(fill_null(encoded.indices), np.int32).astype(np.int64)
        return alike(texts, places)

    def wholes(self) -> Wholes | None:
        """The values, if they are whole numbers, days, minutes or seconds of a range that is not too wide; `None` else."""
        if types.is_timestamp(self.array.type):
            return self._times()
        numbers, valid = self._numbers()
        if numbers is None or not len(numbers):
            return None
        if numbers.dtype.kind == "f" and not bool(
            (np.abs(numbers[:1]) < _WHOLE).all() and ((np.abs(numbers) < _WHOLE) & (np.floor(numbers) == numbers)).all()
        ):
            return None
        low, high = int(numbers.min()), int(numbers.max())
        if high - low >= WIDEST or high > _LARGEST:
            return None
        return Wholes(numbers.astype(np.int64), valid, low, high)

    def digits(self) -> Digits | None:
        """How long the numbers are; `None` of what is no number."""
        numbers, _ = self._numbers()
        if numbers is None or types.is_date(self.array.type):
            return None
        if not len(numbers):
            return Digits(0, False, 0)
        if numbers.dtype.kind != "f":
            return Digits(len(str(max(-int(numbers.min()), int(numbers.max())))), False, len(numbers))
        sizes = np.abs(numbers.astype(np.float64, copy=False))
        if not bool(np.isfinite(sizes).all()):
            return None
        whole = (np.floor(sizes) == sizes) & (sizes < _LARGE)
        fraction = not bool(whole.all())
        most = int(sizes[whole].max()) if whole.any() else 0
        if fraction:
            most = max(most, int(min(sizes[~whole].max(), _WITH_EXPONENT)))
        return Digits(len(str(most)), fraction, len(numbers))

    def _numbers(self) -> tuple[Any, Any]:
        """The numbers that are there, and of each row whether it has one (`None`: all have)."""
        held = _HELD.get(self.array.type.id)
        if held is None:
            return None, None
        numbers, valid = self._filled(held)
        if numbers.dtype.kind == "f":
            filled = ~np.isnan(numbers)
            if not filled.all():
                rows = np.ones(len(self.array), dtype=bool) if valid is None else valid.copy()
                rows[np.flatnonzero(rows)[~filled]] = False
                valid, numbers = rows, numbers[filled]
        return numbers, valid

    def _filled(self, held: Any) -> tuple[Any, Any]:
        """The same as they are held."""
        numbers = numbers_of(self.array, held)
        if not self.array.null_count:
            return numbers, None
        valid = np.asarray(pc.call("is_valid", self.array).to_numpy(zero_copy_only=False))
        return numbers[valid], valid

    def _times(self) -> Wholes | None:
        numbers, valid = self._filled(np.int64)
        if not len(numbers):
            return None
        low, high = int(numbers.min()), int(numbers.max())
        for step in (_UNITS[self.array.type.unit] * seconds for seconds in (60, 1)):
            if (high - low) // step >= WIDEST:
                return None
            if not bool((numbers % step).any()):
                return Wholes(numbers // step, valid, low // step, high // step, step)
        return None

    def of_wholes(self, numbers: Any, step: int = 1) -> list[str | None]:
        """The texts of such numbers."""
        kind = self.array.type
        held = np.int64 if types.is_timestamp(kind) else _HELD[kind.id]
        data = pa.py_buffer(np.ascontiguousarray(numbers * step, dtype=held))
        return self._of(pa.Array.from_buffers(kind, len(numbers), [None, data])).values()


def alike(texts: list[str | None], places: Any) -> tuple[list[str | None], Any]:
    """`texts` and, by row, which of them it has, each of them once; a text that is `None` is no text (-1)."""
    kept = dict.fromkeys(text for text in texts if text is not None)
    if len(kept) == len(texts):
        return texts, places
    numbers = {text: number for number, text in enumerate(kept)}
    renamed = np.fromiter((-1 if text is None else numbers[text] for text in [*texts, None]), np.int64, len(texts) + 1)
    return list(kept), renamed[places]


_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_HELD: dict[int, Any] = {
    pa.int8().id: np.int8,
    pa.int16().id: np.int16,
    pa.int32().id: np.int32,
    pa.int64().id: np.int64,
    pa.uint8().id: np.uint8,
    pa.uint16().id: np.uint16,
    pa.uint32().id: np.uint32,
    pa.uint64().id: np.uint64,
    pa.float32().id: np.float32,
    pa.float64().id: np.float64,
    pa.date32().id: np.int32,
}
