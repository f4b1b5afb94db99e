"""National numbers of countries A to H that python-stdnum does not know, or not as the authorities write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_MEDICARE_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9)


def es_dni_dotted(value: str) -> bool:
    """A Spanish DNI whose digits are grouped by points, e.g. `12.345.678-Z`.

    Source: Real Decreto 1553/2005; the letter is the number modulo 23 in a table of 23 letters.
    """
    from stdnum.es import dni

    return dni.is_valid(value.replace(".", ""))


def hu_tax_number(value: str) -> bool:
    """A Hungarian tax number in its domestic form: eight digits, VAT kind (1-5), region, e.g. `12345676-2-42`.

    Only the first eight digits carry a check digit. Source: Act CL of 2017 on the rules of taxation, annex.
    """
    from stdnum.hu import anum

    base, _, rest = value.partition("-")
    return len(base) == 8 and bool(rest) and anum.is_valid(base)


def au_medicare(value: str) -> bool:
    """Australia's Medicare card number, ten digits or eleven with the holder's place; the first is 2 to 6.

    Source: https://clearwater.com.au/code/medicare (after "Use of Healthcare Identifiers in Health Software Systems").
    """
    digits = "".join(char for char in value if char in "0123456789")
    if len(digits) not in (10, 11) or digits[0] not in "23456" or len(set(digits)) < 3:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _MEDICARE_WEIGHTS, strict=False))
    return total % 10 == int(digits[8])


def ae_emirates_id(value: str) -> bool:
    """The number of an Emirates identity card: 784, the year of birth, seven digits, and a Luhn digit.

    Source: https://github.com/identique/idnumbers (are/emirates_id.py).
    """
    from stdnum import luhn

    digits = _digits(value)
    return len(digits) == 15 and digits[:3] == "784" and "1900" <= digits[3:7] <= "2099" and bool(luhn.is_valid(digits))


def by_personal_number(value: str) -> bool:
    """A Belarusian identification number: weights 7, 3, 1 over digits and letters (A is 10), modulo ten.

    Source: https://github.com/kirit0s/belarus-passport-personal-number-validator.
    """
    return (
        re.fullmatch(r"[1-6][0-3][0-9][01][0-9]{3}[ABCHKEM][0-9]{3}(?:PB|BA|BI)[0-9]", value) is not None
        and _alphanumeric(value[:13]) == int(value[13])
        and _date(value[5:7], value[3:5], value[1:3])
    )


def br_pis(value: str) -> bool:
    """A Brazilian PIS, PASEP, NIS or NIT: weights 3, 2, 9 … 2 modulo 11.

    Source: https://github.com/alvarofpp/validate-docbr.
    """
    digits = _digits(value)
    if len(digits) != 11 or len(set(digits)) < 3:
        return False
    rest = _weighted(digits, (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(digits[10]) == (0 if rest < 2 else 11 - rest)


def br_voter(value: str) -> bool:
    """A Brazilian voter's number (título de eleitor): eight digits, a state from 01 to 28, two check digits.

    Source: https://github.com/alvarofpp/validate-docbr.
    """
    digits = _digits(value)
    if len(digits) != 12 or not 1 <= int(digits[8:10]) <= 28 or len(set(digits)) < 3:
        return False
    first = _weighted(digits, range(2, 10)) % 11 % 10
    second = (int(digits[8]) * 7 + int(digits[9]) * 8 + first * 9) % 11 % 10
    return digits[10:] == f"{first}{second}"


def br_health_card(value: str) -> bool:
    """A Brazilian health card (CNS): fifteen digits whose sum, weighted by 15 to 1, is a multiple of 11.

    Source: https://github.com/alvarofpp/validate-docbr.
    """
    digits = _digits(value)
    if len(digits) != 15 or digits[0] not in "12789" or len(set(digits)) < 3:
        return False
    return _weighted(digits, range(15, 0, -1)) % 11 == 0 and (digits[0] in "789" or digits[11:14] in ("000", "001"))


def br_driver(value: str) -> bool:
    """A Brazilian driving licence (CNH): nine digits and two check digits modulo 11.

    Source: https://github.com/alvarofpp/validate-docbr.
    """
    digits = _digits(value)
    if len(digits) != 11 or len(set(digits)) < 3:
        return False
    first, less = _weighted(digits, range(9, 0, -1)) % 11, 0
    if first == 10:
        first, less = 0, 2
    second = (_weighted(digits, range(1, 10)) % 11 - less) % 11
    return digits[9:] == f"{first}{0 if second == 10 else second}"


def de_driver(value: str) -> bool:
    """A German driving licence: the tenth of its eleven characters is the sum by weights 9 to 1 modulo 11, X for ten.

    Source: https://learn.microsoft.com/en-us/purview/sit-defn-germany-drivers-license-number (the places).
    """
    text = value.upper().replace(" ", "")
    if re.fullmatch(r"[A-Z0-9][0-9]{2}[A-Z0-9]{6}[0-9X][A-Z0-9]", text) is None or len(set(text)) < 4:
        return False
    rest = sum(_VALUES[char] * weight for char, weight in zip(text[:9], range(9, 0, -1), strict=True)) % 11
    return text[9] == "0123456789X"[rest]


def de_document(value: str) -> bool:
    """The number of a German passport or identity card: nine characters of a set without vowels, with or without its
    check digit by weights 7, 3, 1.

    Source: https://github.com/emanueljacob/identity-germany.
    """
    text = value.upper().replace(" ", "")
    if re.fullmatch(r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}[0-9]?", text) is None:
        return False
    if sum(char.isdigit() for char in text) < 2:
        return False
    return len(text) == 9 or _alphanumeric(text[:9]) == int(text[9])


def eg_national_id(value: str) -> bool:
    """An Egyptian national number: century, birth date, governorate; what makes its last digit is not published.

    Source: https://tools.gera.services/egypt-national-id-decoder.
    """
    governorates = [
        "01",
        "02",
        "03",
        "04",
        "11",
        "12",
        "13",
        "14",
        "15",
        "16",
        "17",
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
        "31",
        "32",
        "33",
        "34",
        "35",
        "88",
    ]
    if re.fullmatch(r"[23][0-9]{13}", value) is None or value[7:9] not in governorates:
        return False
    return _date(("19" if value[0] == "2" else "20") + value[1:3], value[3:5], value[5:7])


def es_social_security(value: str) -> bool:
    """A Spanish social security number (NAF): province, seven or eight digits, the whole modulo 97 in two digits.

    Source: https://learn.microsoft.com/en-us/purview/sit-defn-spain-social-security-number (the form).
    """
    digits = _digits(value)
    if len(digits) not in (11, 12) or not (1 <= int(digits[:2]) <= 53 or digits[:2] == "66"):
        return False
    number = int(digits[2:-2])
    # Numbers below ten million are put behind the province in seven digits.
    whole = int(digits[:2]) * 10_000_000 + number if number < 10_000_000 else int(digits[:-2])
    return whole % 97 == int(digits[-2:]) and len(set(digits)) > 3


def hk_identity_card(value: str) -> bool:
    """A Hong Kong identity card: one or two letters, six digits and a check character, modulo 11.

    Source: https://github.com/validatorjs/validator.js (isIdentityCard), and Purview's definition.
    """
    found = re.fullmatch(r"([A-Z]{1,2})([0-9]{6}) ?\(?([0-9A])\)?", value.upper())
    if found is None or len(set(found[2])) < 3:
        return False
    # A blank before a single letter counts as 36.
    total = sum(
        (36 if char == " " else _VALUES[char]) * weight
        for char, weight in zip(found[1].rjust(2) + found[2], range(9, 1, -1), strict=True)
    )
    return found[3] == "0A987654321"[total % 11]


def hu_taj(value: str) -> bool:
    """A Hungarian social security number (TAJ): eight digits by weights 3 and 7, modulo ten.

    Source: https://matek.fazekas.hu/solo/hraskoandras_kodok/ellenorzojegy.html.
    """
    digits = _digits(value)
    return (
        len(digits) == 9 and len(set(digits)) > 2 and _weighted(digits, (3, 7, 3, 7, 3, 7, 3, 7)) % 10 == int(digits[8])
    )


def hu_personal_tax(value: str) -> bool:
    """A Hungarian tax number of a person: 8, days from 1867 to birth, three digits, a check digit modulo 11.

    Source: https://muzso.hu/node/4794.
    """
    return (
        re.fullmatch(r"8[0-9]{9}", value) is not None
        # From 1890 on.
        and 8_400 <= int(value[1:6]) <= 75_000
        and _weighted(value, range(1, 10)) % 11 == int(value[9])
    )


def hu_personal_number(value: str) -> bool:
    """A Hungarian personal number: sex and century, birth date, serial, a check digit modulo 11.

    The weights run 1 to 10 for those born before 1997, 10 to 1 after that.
    Source: https://matek.fazekas.hu/solo/hraskoandras_kodok/ellenorzojegy.html.
    """
    digits = _digits(value)
    if len(digits) != 11 or digits[0] not in "12345678":
        return False
    year = ("20" if digits[0] in "34" else "18" if digits[0] in "78" else "19") + digits[1:3]
    weights = range(1, 11) if year < "1997" else range(10, 0, -1)
    return _date(year, digits[3:5], digits[5:7]) and _weighted(digits, weights) % 11 == int(digits[10])


_VALUES = {char: index for index, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def _digits(value: str) -> str:
    return "".join(char for char in value if char in "0123456789")


def _weighted(digits: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _alphanumeric(text: str) -> int:
    """The check digit of travel documents."""
    return sum(_VALUES[char] * (7, 3, 1)[at % 3] for at, char in enumerate(text)) % 10


def _date(year: str, month: str, day: str) -> bool:
    """Whether there is such a day; of years of two digits, in either century."""
    full = int(year) + (1900 if len(year) == 2 else 0)
    try:
        date(full, int(month), int(day))
    except ValueError:
        return len(year) == 2 and (month, day) == ("02", "29") and full == 1900
    return True
