"""Text as Arrow holds it: a column whose values become Python's only where somebody asks for them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import pyarrow as pa
from pyarrow import types

from assay.formats import arrowcalls as pc
from assay.formats.values import declared_text

_LARGE = 1 << 31
_BETWEEN = b'"\n"'
_QUOTE = ord('"')
_ASCII = 128
_PIECE = 1 << 18


class TextColumn(Sequence["str | None"]):
    """An array of strings as the values of a column, `None` where it is null."""

    __slots__ = ("_list", "array")

    def __init__(self, array: pa.Array) -> None:
        # What can be done with views is little.
        self.array = pc.cast(array, pa.string()) if types.is_string_view(array.type) else array
        self._list: list[str | None] | None = None

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.values())

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str | None]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str | None] | None:
        if self._list is None and isinstance(at, slice):
            start, stop, step = at.indices(len(self.array))
            if step == 1:
                return TextColumn(self.array.slice(start, max(0, stop - start))).values()
        return self.values()[at]

    def values(self) -> list[str | None]:
        """All of them."""
        if self._list is None:
            try:
                self._list = self.array.to_pylist()
            except UnicodeDecodeError:
                large = types.is_large_string(self.array.type)
                raw = pc.cast(self.array, pa.large_binary() if large else pa.binary()).to_pylist()
                self._list = [None if value is None else declared_text(value) for value in raw]
        return self._list

    def picked(self, rows: Sequence[int]) -> list[str | None]:
        """The values of some rows."""
        if self._list is not None:
            return [self._list[row] for row in rows]
        return TextColumn(pc.take(self.array, indexes(rows))).values()

    def part(self, rows: Any, listed: list[str | None]) -> TextColumn:
        """Some rows (an array of their numbers, ascending), whose values are known to be those that are `listed`."""
        if len(rows) == len(self.array):
            return self
        found = TextColumn(pc.take(self.array, indexes(rows)))
        found._list = listed
        return found

    def different(self) -> tuple[Sequence[str | None], Any] | None:
        """The different values, and of each row which of them it has (int64, -1: null). `None` where most are different."""
        encoded = pc.dictionary_encode(self.array)
        if are_most(len(encoded.dictionary), len(self.array)):
            return None
        places = numbers_of(fill_null(encoded.indices), np.int32).astype(np.int64)
        return TextColumn(encoded.dictionary), places

    def quoted(self) -> tuple[QuotedText, Any] | None:
        """All values in quotes, a line each (null is an empty one), and how many bytes each takes between its quotes.

        `None` where that takes going through them one by one: text that is no UTF-8, more than 2 GB of it.
        """
        array = self.array
        if not types.is_string(array.type) or not len(array) or array.nbytes >= _LARGE // 2:
            return None
        if array.null_count:
            array = pc.fill_null(array, _text(b""))
        held = _held(array)
        if len(held) and int(held.max()) >= _ASCII:
            try:
                array.validate(full=True)
            except pa.ArrowInvalid:
                return None
        if any(_QUOTE in held[at : at + _PIECE] for at in range(0, len(held), _PIECE)):
            array = pc.replace_substring(array, '"', '""')
        return QuotedText(array), numbers_of(pc.call("binary_length", array), np.int32).astype(np.int64)


class QuotedText:
    """Values in quotes, a line each, that are written as far as somebody asks for them: a page of them after the other stays
    where a processor has it at hand."""

    __slots__ = ("_array",)

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def part(self, low: int, high: int) -> bytes:
        """Those from number `low` up to `high`."""
        return _joined(self._array.slice(low, high - low))

    def __bytes__(self) -> bytes:
        return _joined(self._array)


def _joined(array: pa.Array) -> bytes:
    offsets = pa.Array.from_buffers(pa.int32(), 2, [None, pa.py_buffer(np.array([0, len(array)], dtype=np.int32))])
    whole = pc.call("binary_join", pa.ListArray.from_arrays(offsets, array), _text(_BETWEEN))
    _, _, data = whole.buffers()
    return b"".join((b'"', b"" if data is None else memoryview(data), b'"\n'))


def _held(array: pa.Array) -> Any:
    """The bytes of all values (what stands where it is null among them), behind one another."""
    _, ends, data = array.buffers()
    ends = np.frombuffer(ends, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(b"" if data is None else data, dtype=np.uint8)[int(ends[0]) : int(ends[-1])]


def are_most(different: int, rows: int) -> bool:
    """Whether so many rows differ that it is not worth while to look for those that do not."""
    return different * 10 > rows * 7


def numbers_of(array: pa.Array, kind: Any) -> Any:
    """The numbers that an array of fixed width holds; what stands where it is null is anything."""
    found = np.frombuffer(array.buffers()[1], dtype=kind)
    return found[array.offset : array.offset + len(array)]


def fill_null(places: pa.Array) -> pa.Array:
    """Indexes of 32 bits with -1 for null."""
    return pc.fill_null(places, _number(-1))


def indexes(rows: Sequence[int]) -> pa.Array:
    """Numbers of rows, to take these."""
    # `pa.array` and `pa.scalar`, which take Python's values, load pandas where it is installed.
    return pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(np.array(rows, dtype=np.int64))])


def _text(value: bytes) -> pa.Scalar:
    ends = np.array([0, len(value)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(ends), pa.py_buffer(value)])[0]


def _number(value: int) -> pa.Scalar:
    return pa.Array.from_buffers(pa.int32(), 1, [None, pa.py_buffer(np.array([value], dtype=np.int32))])[0]
