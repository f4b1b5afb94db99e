"""National numbers of countries I to Z that python-stdnum does not know, or not in all their forms."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_NRIC = re.compile(r"([STFGM])([0-9]{7})([A-Z])")
_NRIC_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_NRIC_OFFSET = {"S": 0, "F": 0, "T": 4, "G": 4, "M": 3}
_CITIZENS, _FOREIGNERS, _FOREIGNERS_SINCE_2022 = "JZIHGFEDCBA", "XWUTRQPNMLK", "XWUTRQPNJLK"
_NRIC_LETTERS = {
    "S": _CITIZENS,
    "T": _CITIZENS,
    "F": _FOREIGNERS,
    "G": _FOREIGNERS,
    "M": _FOREIGNERS_SINCE_2022,
}


def sg_nric(value: str) -> bool:
    """Singapore's NRIC or FIN: the weighted digits and the series' offset modulo 11 give the letter.

    Source: https://garden.melvinzhang.net/posts/nric_checksum; series M since 2022 (ica.gov.sg).
    """
    found = _NRIC.fullmatch(value.upper())
    if found is None or len(set(found[2])) < 2:
        return False
    series = found[1]
    total = sum(int(digit) * weight for digit, weight in zip(found[2], _NRIC_WEIGHTS, strict=True))
    return _NRIC_LETTERS[series][(total + _NRIC_OFFSET[series]) % 11] == found[3]


def kr_rrn_since_2020(value: str) -> bool:
    """A South Korean resident registration number of someone born since 5 October 2020: random, without a check digit.

    Source: amended rules of the Resident Registration Act, see https://en.wikipedia.org/wiki/Resident_registration_number
    """
    digits = _digits(value)
    if len(digits) != 13 or digits[6] not in "3478":
        return False
    born = _date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    return born is not None and date(2020, 10, 5) <= born <= datetime.now(tz=UTC).date()


def se_samordningsnummer(value: str) -> bool:
    """A Swedish coordination number: a personal number whose day of birth is raised by 60, with its Luhn check digit.

    Source: https://en.wikipedia.org/wiki/Personal_identity_number_(Sweden)
    """
    from stdnum import luhn

    digits = _digits(value)[-10:]
    if len(digits) != 10 or not luhn.is_valid(digits):
        return False
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6]) - 60
    return any(_date(century + year, month, day) for century in (1900, 2000))


def _digits(value: str) -> str:
    return "".join(char for char in value if char in "0123456789")


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
