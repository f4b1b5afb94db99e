"""Data frames of the three libraries, with what their columns may hold: all is read, nothing raises."""

from __future__ import annotations

import traceback
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import assay

SSN = "536-90-4399"
OTHER = "601-55-3127"
MAIL = "ada.stone@posteo.de"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"ssn": pd.array([SSN, OTHER, None], dtype="string")}),
        pd.DataFrame({"ssn": pd.array([536904399, None], dtype="Int64")}),
        pd.DataFrame({"ssn": pd.Series([SSN, pd.NA, pd.NaT, float("nan"), None], dtype=object)}),
        pd.DataFrame({"ssn": pd.Categorical([SSN, OTHER, None])}),
        pd.DataFrame({"ssn": pd.Series([SSN, Decimal("sNaN")], dtype=object)}),
        pd.DataFrame({"ssn": [np.array([SSN, OTHER]), np.array([])]}),
        pd.DataFrame({"ssn": pd.Series(["\ud800 " + SSN], dtype=object)}),
        pd.DataFrame({"ssn": pd.Series(["\0".join(SSN), SSN], dtype=object)}),
        pl.DataFrame({"ssn": [SSN, None]}, schema={"ssn": pl.Categorical}),
        pl.DataFrame({"ssn": [[SSN], [OTHER]]}),
        pa.table({"ssn": pa.array([SSN, None]).dictionary_encode()}),
        pa.table({"ssn": pa.array([SSN]), "at": pa.array([2**62], type=pa.timestamp("s"))}),
        pa.table({"ssn": pa.array([SSN]), "at": pa.array([1], type=pa.timestamp("ns"))}),
    ],
)
def test_odd_columns(frame: Any) -> None:
    record = assay.classify_table(frame)
    assert set(record.sensitive_columns) - {"ssn[]"} == {"ssn"}
    assert record.level == "restricted"


def test_a_long_array_in_a_cell_is_read_to_its_end() -> None:
    values = ["nothing"] * 3_000
    values[1_500] = MAIL
    assert assay.classify_table(pd.DataFrame({"x": [np.array(values)]})).sensitive_columns == ("x",)


def test_missing_values_are_no_values() -> None:
    frame = pd.DataFrame({"ssn": pd.array([None, None], dtype="string"), "n": pd.array([1, None], dtype="Int64")})
    ssn, number = assay.classify_columns(frame).columns
    # Its name is all that speaks for it.
    assert (ssn.detected_type, ssn.regex_hits, ssn.pattern_score) == ("SSN", 0, None)
    assert number.detected_type is None


@pytest.mark.parametrize("before", ["", "\ufeff", "\ud83d\ude00 \ud800 ", "é😀\r\n", "a\0b\0c\0d\0", "\ufffe\0"])
def test_offsets_of_a_text_are_the_strings_own(before: str) -> None:
    text = f"{before}ssn {SSN}"
    (found,) = assay.scan_text(text)
    assert found.location.start is not None
    assert text[found.location.start : found.location.end] == SSN


def test_a_value_that_cannot_be_written_is_an_error_that_does_not_quote_it() -> None:
    class Shy:
        def __str__(self) -> str:
            raise RuntimeError(f"not for you: {SSN}")

    with pytest.raises(assay.AssayError) as caught:
        assay.classify_table(pd.DataFrame({"x": [Shy()]}))
    assert SSN not in "".join(traceback.format_exception(caught.value))
    assert "Shy" in str(caught.value)
