"""Check digits of health insurance and patients' numbers outside the United States."""

from __future__ import annotations

import re
from datetime import date

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_EHIC_COUNTRIES = frozenset(
    {"040", "056", "100", "191", "196", "203", "208", "233", "246", "250", "276", "300", "348", "352", "372", "380"}
    | {"428", "438", "440", "442", "470", "528", "578", "616", "620", "642", "703", "705", "724", "752", "756", "826"}
)


def au_healthcare_identifier(value: str) -> bool:
    """An Australian individual healthcare identifier (IHI): 8003 60, ten digits, the last by Luhn."""
    from stdnum import luhn

    digits = "".join(char for char in value if char in "0123456789")
    return len(digits) == 16 and digits.startswith("80036") and bool(luhn.is_valid(digits))


def de_health_insurance(value: str) -> bool:
    """A German Krankenversichertennummer: a letter as two digits and eight digits, by weights 1 and 2, modulo ten.

    Source: https://github.com/hl7germany/basisprofil-de-r4 (the form and an example).
    """
    if re.fullmatch(r"[A-Z][0-9]{9}", value) is None or len(set(value[1:])) < 3:
        return False
    digits = f"{ord(value[0]) - 64:02d}{value[1:9]}"
    total = sum(sum(divmod(int(digit) * (1, 2)[at % 2], 10)) for at, digit in enumerate(digits))
    return total % 10 == int(value[9])


def european_card(value: str) -> bool:
    """The logical number of a European (or global) health insurance card: 80, a country of the scheme, its issuer.

    Source: https://learn.microsoft.com/en-us/purview/sit-defn-finland-european-health-insurance-number (80, 246, …).
    """
    digits = re.sub(r"[ -]", "", value)
    return re.fullmatch(r"80[0-9]{18}", digits) is not None and digits[2:5] in _EHIC_COUNTRIES and len(set(digits)) > 3


def nz_nhi(value: str) -> bool:
    """A New Zealand NHI number, old (`AAANNNC`, modulo 11) or new (`AAANNAX`, modulo 23).

    Source: https://github.com/James-Ansley/python-nhi (after HISO 10046:2023).
    """
    text = value.upper()
    if re.fullmatch(r"[A-HJ-NP-Z]{3}[0-9]{2}(?:[0-9]{2}|[A-HJ-NP-Z]{2})", text) is None:
        return False
    total = sum(
        (int(char) if char.isdigit() else _LETTERS.index(char) + 1) * weight
        for char, weight in zip(text[:6], range(7, 1, -1), strict=True)
    )
    if text[6].isdigit():
        rest = total % 11
        return rest != 0 and str((11 - rest) % 10) == text[6]
    return _LETTERS[(23 - total % 23) - 1] == text[6]


def quebec_health_card(value: str) -> bool:
    """A health insurance number of Québec: four letters of the name, birth date (month + 50 for women), two digits."""
    text = re.sub(r"[ -]", "", value.upper())
    if re.fullmatch(r"[A-Z]{4}[0-9]{8}", text) is None:
        return False
    return _day(text[4:6], int(text[6:8]) % 50, int(text[8:10]))


def scottish_chi(value: str) -> bool:
    """A Scottish CHI number: birth date, serial, sex, a check digit modulo 11 as of the NHS number."""
    from stdnum.gb import nhs

    digits = re.sub(r"[ -]", "", value)
    if re.fullmatch(r"[0-9]{10}", digits) is None or not nhs.is_valid(digits):
        return False
    return _day(digits[4:6], int(digits[2:4]), int(digits[:2]))


def luhn_of_ten(value: str) -> bool:
    """Ten digits, the last by Luhn, as on health cards of Ontario."""
    from stdnum import luhn

    digits = "".join(char for char in value if char in "0123456789")
    return len(digits) == 10 and len(set(digits)) > 3 and bool(luhn.is_valid(digits))


def _day(year: str, month: int, day: int) -> bool:
    try:
        date(2000 + int(year), month, day)
    except ValueError:
        return False
    return True
