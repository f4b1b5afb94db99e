"""Letters that a record format puts before all names of a table are left out where a name says nothing with them."""

from __future__ import annotations

import pytest

from assay.detect.prefixes import bare

KNOWN = {"DOB", "NINO", "SORT", "CUSNAM", "NAME"}


def says(name: str) -> bool:
    return name in KNOWN


def test_a_prefix_that_all_share_is_left_out_of_what_is_known_without_it() -> None:
    assert bare(["CMDOB", "CMNINO", "CMSTS", "CMBR"], says) == ["DOB", "NINO", "CMSTS", "CMBR"]


def test_a_name_that_is_known_as_it_stands_is_kept() -> None:
    assert bare(["CUSNAM", "CUSDOB", "CUSBAL", "CUSCD"], says) == ["CUSNAM", "DOB", "CUSBAL", "CUSCD"]


@pytest.mark.parametrize(
    "columns",
    [
        ["CMDOB", "CMNINO", "CMSTS"],  # three columns may begin alike by chance
        ["CMDOB", "BALANCE", "STATUS", "OPENED"],
        ["CmDob", "CmNino", "CmSort", "CmName"],  # words, told apart by their capitals
        ["cm_DOB", "cm_NINO", "cm_SORT", "cm_NAME"],
        [],
    ],
)
def test_names_without_a_shared_prefix_are_kept(columns: list[str]) -> None:
    assert bare(columns, says) == columns
