"""National numbers that python-stdnum does not know, on numbers from documentation and on ones made wrong by a digit."""

from __future__ import annotations

import pytest

from assay.detect.validators import national_ah, national_iz


@pytest.mark.parametrize("value", ["S1234567D", "s1234567d", "S2740116C", "F2346401L", "M4332674T", "T7572225C"])
def test_singapore_numbers_of_documentation(value: str) -> None:
    assert national_iz.sg_nric(value)


@pytest.mark.parametrize("value", ["S1234567A", "T1234567D", "A1234567D", "S0000000J", "S123456D", "", "S12345678"])
def test_not_of_singapore(value: str) -> None:
    assert not national_iz.sg_nric(value)


@pytest.mark.parametrize("value", ["2123 45670 1", "2123456701", "2123456701-2"])
def test_australian_health_card(value: str) -> None:
    assert national_ah.au_medicare(value)


@pytest.mark.parametrize("value", ["2123 25870 1", "1123456701", "2123456711", "212345670", "2222222222", ""])
def test_no_australian_health_card(value: str) -> None:
    assert not national_ah.au_medicare(value)


@pytest.mark.parametrize("value", ["201005-3123456", "2208173905716"])
def test_korean_number_since_2020(value: str) -> None:
    assert national_iz.kr_rrn_since_2020(value)


@pytest.mark.parametrize(
    "value", ["201004-3123456", "220817-1905716", "221317-3905716", "991231-4123456", "22081739057"]
)
def test_no_korean_number_since_2020(value: str) -> None:
    assert not national_iz.kr_rrn_since_2020(value)


@pytest.mark.parametrize("value", ["701063-2391", "19701063-2391"])
def test_swedish_coordination_number(value: str) -> None:
    assert national_iz.se_samordningsnummer(value)


@pytest.mark.parametrize("value", ["701063-2392", "811228-9874", "701093-2391", ""])
def test_no_swedish_coordination_number(value: str) -> None:
    assert not national_iz.se_samordningsnummer(value)
