"""Identifiers with check digits, made by the rules of those who issue them."""

from __future__ import annotations

import random
from datetime import date

from stdnum.it import codicefiscale

_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
_MONTHS = "ABCDEHLMPRST"
#: Length of the account part of an IBAN that is digits throughout.
_BBAN = {"DE": 18, "CH": 17, "AT": 16, "PL": 24, "FI": 14, "DK": 14, "ES": 20, "PT": 21, "CZ": 20, "SE": 20}
_DUTCH_BANKS = ("ABNA", "INGB", "RABO", "TRIO", "SNSB")


def _digits(rng: random.Random, count: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def _letters_to_digits(text: str) -> int:
    return int("".join(str(int(c, 36)) for c in text))


def _bban(rng: random.Random, country: str) -> str:
    match country:
        case "FR":
            bank, branch, account = _digits(rng, 5), _digits(rng, 5), _digits(rng, 11)
            return f"{bank}{branch}{account}{97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97:02d}"
        case "BE":
            body = _digits(rng, 10)
            return f"{body}{int(body) % 97 or 97:02d}"
        case "NL":
            return rng.choice(_DUTCH_BANKS) + "0" + _digits(rng, 9)
        case "IT":
            return rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + _digits(rng, 22)
        case "GB":
            return rng.choice(("BARC", "HBUK", "NWBK")) + _digits(rng, 14)
        case "ES":
            head, account = _digits(rng, 8), _digits(rng, 10)
            return head + _spanish("00" + head) + _spanish(account) + account
    return _digits(rng, _BBAN[country])


def _spanish(digits: str) -> str:
    check = 11 - sum(int(d) * 2**n for n, d in enumerate(digits)) % 11
    return {10: "1", 11: "0"}.get(check, str(check))


def iban(rng: random.Random, country: str) -> str:
    """An account number of a country (ISO 13616), with national check digits where FR, BE and ES have them."""
    bban = _bban(rng, country)
    return f"{country}{98 - _letters_to_digits(bban + country + '00') % 97:02d}{bban}"


def vin(rng: random.Random) -> str:
    """A vehicle identification number with the North American check digit (49 CFR 565)."""
    letters = "".join(_VIN_VALUES) + "0123456789"
    body = rng.choice(("1FT", "WVW", "3VW", "JTD", "ZFA", "VF1")) + "".join(rng.choice(letters) for _ in range(14))
    total = sum((_VIN_VALUES.get(c) or int(c)) * w for c, w in zip(body, _VIN_WEIGHTS, strict=True))
    return f"{body[:8]}{'0123456789X'[total % 11]}{body[9:]}"


def mbi(rng: random.Random) -> str:
    """A Medicare beneficiary identifier (CMS)."""
    kinds = {"C": "123456789", "N": "0123456789", "A": _MBI_LETTERS, "X": _MBI_LETTERS + "0123456789"}
    return "".join(rng.choice(kinds[k]) for k in "CAXNAXNAANN")


def dea(rng: random.Random, surname: str) -> str:
    """A registration number of the US Drug Enforcement Administration."""
    digits = [rng.randrange(10) for _ in range(6)]
    check = (sum(digits[0::2]) + 2 * sum(digits[1::2])) % 10
    initial = surname[:1].upper() if surname[:1].isascii() else "X"
    return f"{rng.choice('ABFM')}{initial}{''.join(map(str, digits))}{check}"


def nhs(rng: random.Random) -> str:
    """A number of the National Health Service of England, in groups of 3, 3 and 4."""
    while True:
        body = "4" + _digits(rng, 8)
        check = 11 - sum(int(d) * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return f"{body[:3]} {body[3:6]} {body[6:]}{check % 11}"


def nino(rng: random.Random) -> str:
    """A British National Insurance number; it has no check digit."""
    return f"{rng.choice('ABCEGHJKLMPRSTWXYZ')}{rng.choice('ABCEHJKLMPRSTWXYZ')}{_digits(rng, 6)}{rng.choice('ABCD')}"


def dowod(rng: random.Random) -> str:
    """The number of a Polish identity card: three letters, a check digit, five digits."""
    letters = rng.choice("ACD") + "".join(rng.choice("ABCDEFGHIJKLMNPRSTUVWXYZ") for _ in range(2))
    digits = _digits(rng, 5)
    values = [ord(c) - 55 for c in letters] + [int(d) for d in digits]
    check = sum(v * w for v, w in zip(values, (7, 3, 1, 7, 3, 1, 7, 3), strict=True)) % 10
    return f"{letters}{check}{digits}"


def kvnr(rng: random.Random) -> str:
    """The part for life of a German health insurance number: a letter, eight digits, a check digit."""
    letter, body = rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), _digits(rng, 8)
    digits = f"{ord(letter) - 64:02d}{body}"
    products = (int(d) * (1 + n % 2) for n, d in enumerate(digits))
    return f"{letter}{body}{sum(p // 10 + p % 10 for p in products) % 10}"


def codice_fiscale(last: str, first: str, birth: date, *, female: bool, town: str) -> str:
    """An Italian fiscal code from a person's data and the code of the town of birth."""

    def part(name: str, *, given: bool = False) -> str:
        letters = [c for c in name.upper() if "A" <= c <= "Z"]
        consonants = [c for c in letters if c not in "AEIOU"]
        if given and len(consonants) > 3:
            consonants = [consonants[0], consonants[2], consonants[3]]
        return "".join([*consonants, *(c for c in letters if c in "AEIOU"), "X", "X", "X"])[:3]

    day = birth.day + (40 if female else 0)
    body = f"{part(last)}{part(first, given=True)}{birth:%y}{_MONTHS[birth.month - 1]}{day:02d}{town}"
    return body + codicefiscale.calc_check_digit(body)
