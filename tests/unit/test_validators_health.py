"""Health identifiers' checks against published examples and their near misses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.validators import health


@pytest.mark.parametrize(
    "code",
    ["E11.9", "E119", "C7A.00", "S72.001A", "U07.1", "I10", "M1A.0110", "z99.89", "J45.909", "O9A.111", "T36.0X1A"],
)
def test_icd10_listed_knows_letters_in_any_place(code: str) -> None:
    assert health.icd10_listed(code)


@pytest.mark.parametrize(
    "code", ["B12", "Q99.7X", "E11.99", "V1.2", "A1C", "E1", "E11.", "", "E11..9", "A00-A09", "\n", "E119\nE118"]
)
def test_icd10_listed_refuses_vitamins_versions_ranges_and_strangers(code: str) -> None:
    assert not health.icd10_listed(code)


def test_icd10_list_is_whole_and_read_once() -> None:
    codes = health._icd10_list().split()
    assert len(codes) == 98_166
    assert all(3 <= len(code) <= 7 for code in codes)
    assert health._icd10_list() is health._icd10_list()
    # Each category has its codes, and no other's.
    categories = {code[:3] for code in codes}
    assert sorted(code for category in categories for code in health._icd10_codes(category)) == codes
    assert all(code.startswith(category) for category in categories for code in health._icd10_codes(category))
    assert health._icd10_codes("A0Z") == frozenset()


def test_npi_follows_the_published_example() -> None:
    assert health.npi("1234567893")
    for last in "012456789":
        assert not health.npi("123456789" + last)
    assert not health.npi("3234567893")
    assert not health.npi("123456789")


@pytest.mark.parametrize("number", ["AB1234563", "BR5331018", "M94566444", "ak6876429", "AB1234563-7K"])
def test_dea_number(number: str) -> None:
    assert health.dea_number(number)


@pytest.mark.parametrize("number", ["AB1234564", "BR0000000", "IB1234563", "A1234563", "AB12345630", ""])
def test_dea_number_refuses(number: str) -> None:
    assert not health.dea_number(number)


@pytest.mark.parametrize("value", ["1EG4TE5MK72", "1EG4-TE5-MK72", "9mu3m46cu31"])
def test_mbi(value: str) -> None:
    assert health.mbi(value)


@pytest.mark.parametrize("letter", ["S", "L", "O", "I", "B", "Z"])
def test_mbi_refuses_letters_that_look_like_digits(letter: str) -> None:
    for at in (1, 4, 7, 8):
        value = "1EG4TE5MK72"
        assert not health.mbi(value[:at] + letter + value[at + 1 :])


def test_mbi_refuses_a_leading_zero_and_other_lengths() -> None:
    assert not health.mbi("0EG4TE5MK72")
    assert not health.mbi("1EG4TE5MK7")
    assert not health.mbi("1EG4TE5MK721")


@pytest.mark.parametrize("code", ["50580-0449-05", "50580-449-05", "0173-0682-20", "12345-6789-1", "00071015523"])
def test_ndc_shape(code: str) -> None:
    assert health.ndc_shape(code)


@pytest.mark.parametrize(
    "code",
    ["5058-449-05", "00000-0000-00", "50580-0000-05", "0071015523", "000000000001", "00000000000", "2024-01-31", ""],
)
def test_ndc_shape_refuses(code: str) -> None:
    assert not health.ndc_shape(code)


def test_hcpcs_and_cpt() -> None:
    assert health.hcpcs("J1885")
    assert health.hcpcs("99213")
    assert health.hcpcs("0001F")
    for wrong in ("F1885", "J0000", "00000", "9921", "992130", "J188A"):
        assert not health.hcpcs(wrong)


def test_hicn() -> None:
    assert health.hicn("536-90-4399A")
    assert health.hicn("536904399B6")
    for wrong in ("000-90-4399A", "536-00-4399A", "536-90-0000A", "536-90-4399", "536-90-4399Z"):
        assert not health.hicn(wrong)


_ALL = [
    function
    for name, function in vars(health).items()
    if not name.startswith("_") and callable(function) and getattr(function, "__module__", "") == health.__name__
]


@given(
    st.one_of(
        st.text(), st.from_regex(r"[0-9A-Za-z.\-]{0,16}", fullmatch=True), st.characters().map(lambda char: char * 10)
    )
)
def test_every_check_is_total(value: str) -> None:
    for function in _ALL:
        assert isinstance(function(value), bool)
