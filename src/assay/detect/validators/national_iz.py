"""National numbers of countries I to Z that python-stdnum does not know, or not in all their forms."""

from __future__ import annotations

import re
from collections.abc import Iterable
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


def ir_national_code(value: str) -> bool:
    """An Iranian national code: nine digits by weights 10 to 2, modulo 11.

    Source: https://github.com/validatorjs/validator.js (isIdentityCard).
    """
    digits = _ascii_digits(value)
    if len(digits) != 10 or len(set(digits)) < 3:
        return False
    rest = _sum(digits, range(10, 1, -1)) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def jp_driver(value: str) -> bool:
    """A Japanese driving licence: prefecture, year, serial, a check digit at the eleventh place, count of reissues.

    Source: https://resource-sharing.co.jp/driver-license-number-check-digit/ and https://jiko0.com/bangou.html.
    """
    digits = _ascii_digits(value)
    if len(digits) != 12 or len(set(digits)) < 3 or int(digits[:2]) not in _JP_POLICE:
        return False
    rest = _sum(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(digits[10]) == (11 - rest) % 10


_JP_POLICE = frozenset(
    {*range(10, 15), *range(20, 26), 30, *range(40, 56), *range(60, 66), *range(70, 75), *range(80, 84), *range(90, 98)}
)


def kw_civil_id(value: str) -> bool:
    """A Kuwaiti civil number: century, birth date, serial, a check digit modulo 11.

    Source: https://prakhar.me/articles/kuwait-civil-id-checksum/.
    """
    if re.fullmatch(r"[23][0-9]{11}", value) is None:
        return False
    year = ("19" if value[0] == "2" else "20") + value[1:3]
    check = 11 - _sum(value, (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return _is_day(year, value[3:5], value[5:7]) and check == int(value[11])


def kz_iin(value: str) -> bool:
    """A Kazakh individual number (ЖСН, ИИН): birth date, century and sex, serial, a check digit modulo 11.

    Source: https://github.com/identique/idnumbers (kaz/util.py, after the OECD's sheet).
    """
    if re.fullmatch(r"[0-9]{12}", value) is None or value[6] not in "123456":
        return False
    year = ("18", "18", "19", "19", "20", "20")[int(value[6]) - 1] + value[:2]
    if not _is_day(year, value[2:4], value[4:6]):
        return False
    check = _sum(value, range(1, 12)) % 11
    if check == 10:
        check = _sum(value, (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return check == int(value[11])


def lk_nic(value: str) -> bool:
    """A Sri Lankan identity card: year and day of birth (500 more for women), serial; nine digits and V or X, or twelve.

    Source: https://github.com/identique/idnumbers (lka/national_id.py).
    """
    text = value.upper()
    if re.fullmatch(r"[0-9]{9}[VX]", text) is not None:
        return 1 <= int(text[2:5]) % 500 <= 366 and len(set(text)) > 3
    if re.fullmatch(r"(?:19|20)[0-9]{10}", text) is None:
        return False
    return int(text[:4]) <= datetime.now(tz=UTC).year and 1 <= int(text[4:7]) % 500 <= 366 and int(text[4:7]) <= 866


def lu_national_id(value: str) -> bool:
    """A Luxembourgish number: birth date, serial, a Luhn digit and a Verhoeff digit over the first eleven.

    Source: https://github.com/identique/idnumbers (lux/national_id.py, after the OECD's sheet).
    """
    from stdnum import luhn, verhoeff

    if re.fullmatch(r"(?:18|19|20)[0-9]{11}", value) is None or not _is_day(value[:4], value[4:6], value[6:8]):
        return False
    return bool(luhn.is_valid(value[:12])) and bool(verhoeff.is_valid(value[:11] + value[12]))


def mx_nss(value: str) -> bool:
    """A Mexican social security number (NSS): eleven digits, the last by Luhn."""
    from stdnum import luhn

    digits = _ascii_digits(value)
    return len(digits) == 11 and len(set(digits)) > 3 and digits[:2] != "00" and bool(luhn.is_valid(digits))


def pl_identity_card(value: str) -> bool:
    """A Polish identity card: three letters, a check digit, five digits; weights 7, 3, 1 modulo ten.

    Source: https://learn.microsoft.com/en-us/purview/sit-defn-poland-identity-card (the form).
    """
    return _polish(value, 3)


def pl_passport(value: str) -> bool:
    """A Polish passport: two letters, a check digit, six digits; weights 7, 3, 1 modulo ten."""
    return _polish(value, 2)


def _polish(value: str, letters: int) -> bool:
    text = value.upper().replace(" ", "")
    if re.fullmatch(rf"[A-Z]{{{letters}}}[0-9]{{{9 - letters}}}", text) is None or len(set(text[letters:])) < 3:
        return False
    rest = text[:letters] + text[letters + 1 :]
    total = sum(int(char, 36) * (7, 3, 1)[at % 3] for at, char in enumerate(rest))
    return total % 10 == int(text[letters])


def ru_snils(value: str) -> bool:
    """A Russian insurance number (СНИЛС): nine digits by weights 9 to 1, modulo 101, in two digits.

    Source: https://github.com/vasiunov/SNILS_CheckAndCount (after the order of the pension fund).
    """
    digits = _ascii_digits(value)
    if len(digits) != 11 or int(digits[:9]) <= 1_001_998 or len(set(digits[:9])) < 3:
        return False
    return _sum(digits, range(9, 0, -1)) % 101 % 100 == int(digits[9:])


def sa_national_id(value: str) -> bool:
    """A Saudi identity number (1…) or residence permit (iqama, 2…): ten digits, the last by Luhn."""
    from stdnum import luhn

    return re.fullmatch(r"[12][0-9]{9}", value) is not None and len(set(value)) > 3 and bool(luhn.is_valid(value))


_TW_LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))


def tw_national_id(value: str) -> bool:
    """A Taiwanese identity or resident number: a letter for the place, nine digits, the last a check digit.

    Source: https://github.com/validatorjs/validator.js (isIdentityCard).
    """
    text = value.upper()
    if re.fullmatch(r"[A-Z][1289][0-9]{8}", text) is None or len(set(text[2:])) < 3:
        return False
    tens, ones = divmod(_TW_LETTERS[text[0]], 10)
    return (tens + ones * 9 + _sum(text[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def uy_identity_card(value: str) -> bool:
    """A Uruguayan identity number: seven digits by weights 2, 9, 8, 7, 6, 3, 4, modulo ten.

    Source: https://github.com/picandocodigo/ci_uy.
    """
    digits = _ascii_digits(value).rjust(8, "0")
    if len(digits) != 8 or len(set(digits[:7])) < 3:
        return False
    return -_sum(digits, (2, 9, 8, 7, 6, 3, 4)) % 10 == int(digits[7])


_ZW_DISTRICTS = frozenset(
    [
        "02",
        "03",
        "04",
        "05",
        "06",
        "07",
        "08",
        "10",
        "11",
        "12",
        "13",
        "14",
        "15",
        "18",
        "19",
        "21",
        "22",
        "23",
        "24",
        "25",
        "26",
        "27",
        "28",
        "29",
        "32",
        "34",
        "35",
        "37",
        "38",
        "39",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "47",
        "48",
        "49",
        "50",
        "53",
        "54",
        "56",
        "58",
        "59",
        "61",
        "63",
        "66",
        "67",
        "68",
        "70",
        "71",
        "73",
        "75",
        "77",
        "79",
        "80",
        "83",
        "84",
        "85",
        "86",
    ]
)


def zw_national_id(value: str) -> bool:
    """A Zimbabwean identity number: office, serial, a letter (the number modulo 23), district of origin.

    Source: https://github.com/identique/idnumbers (zwe/national_id.py).
    """
    found = re.fullmatch(r"([0-9]{2})([0-9]{6,7})([A-Z])([0-9]{2})", re.sub(r"[ -]", "", value.upper()))
    if found is None or found[1] not in _ZW_DISTRICTS or found[4] not in _ZW_DISTRICTS | {"00"}:
        return False
    return "ZABCDEFGHJKLMNPQRSTVWXY"[int(found[1] + found[2]) % 23] == found[3]


def _ascii_digits(value: str) -> str:
    return "".join(char for char in value if char in "0123456789")


def _sum(digits: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
