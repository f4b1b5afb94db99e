"""What Arrow computes, by the names of `pyarrow.compute`, which is not loaded: it makes a function of Python for each of Arrow's
three hundred, with its documentation, and takes longer for that than most tables to read.

Methods of arrays that load it (`cast`, `take`, `is_valid`) are functions here.
"""

from __future__ import annotations

import importlib
from typing import Any

import pyarrow as pa

# What `pyarrow.compute` has these names from; it has none of its own.
_arrow: Any = importlib.import_module("pyarrow._compute")


def call(name: str, *values: Any, options: Any = None) -> Any:
    """One of Arrow's functions. Raises `pa.ArrowException`."""
    return _arrow.call_function(name, list(values), options)


def cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values as another type. Raises `pa.ArrowInvalid` where one of them has no place there."""
    return call("cast", array, options=_arrow.CastOptions.safe(kind))


def take(array: pa.Array, places: pa.Array) -> pa.Array:
    """The values of some places, null where the place is null."""
    return call("take", array, places)


def dictionary_encode(array: pa.Array) -> pa.DictionaryArray:
    """The different values, and the place of each."""
    return call("dictionary_encode", array)


def fill_null(array: pa.Array, value: pa.Scalar) -> pa.Array:
    """`value`, which is of the same type, where there was none."""
    return call("coalesce", array, value)


def replace_substring(array: pa.Array, old: str, new: str) -> pa.Array:
    """Texts with each `old` as `new`."""
    return call("replace_substring", array, options=_arrow.ReplaceSubstringOptions(old, new))


def replace_substring_regex(array: pa.Array, old: str, new: str) -> pa.Array:
    """The same of an expression (RE2's)."""
    return call("replace_substring_regex", array, options=_arrow.ReplaceSubstringOptions(old, new))
