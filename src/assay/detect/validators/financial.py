"""Checks of cards, bank and securities numbers: check digits, networks, countries and lengths.

Every public function takes the text of a candidate and is total: it returns a `bool` and raises nothing.
"""

from __future__ import annotations

import re
from functools import cache

_SEPARATORS = b" -./\t\xc2\xa0\xe2\x80\x82\x83\x89\x90\x91\x93\xaf"
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_ZERO = ord("0")

# Digits of the issuer's prefix, from, to, and the lengths issued under it (ISO/IEC 7812; networks' own BIN pages).
_NETWORKS: tuple[tuple[int, int, int, tuple[int, ...]], ...] = (
    (1, 4, 4, (13, 16, 19)),  # Visa
    (2, 51, 55, (16,)),  # Mastercard
    (4, 2221, 2720, (16,)),  # Mastercard
    (2, 34, 34, (15,)),  # American Express
    (2, 37, 37, (15,)),  # American Express
    (4, 6011, 6011, (16, 17, 18, 19)),  # Discover
    (3, 644, 649, (16, 17, 18, 19)),  # Discover
    (2, 65, 65, (16, 17, 18, 19)),  # Discover
    (3, 300, 305, (14, 16, 17, 18, 19)),  # Diners Club
    (4, 3095, 3095, (14, 16, 17, 18, 19)),  # Diners Club
    (2, 36, 36, (14, 15, 16, 17, 18, 19)),  # Diners Club
    (2, 38, 39, (14, 16, 17, 18, 19)),  # Diners Club
    (4, 3528, 3589, (16, 17, 18, 19)),  # JCB
    (2, 62, 62, (16, 17, 18, 19)),  # UnionPay
    (2, 81, 81, (16, 17, 18, 19)),  # UnionPay
    (2, 50, 50, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (2, 56, 58, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (2, 60, 69, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro and its siblings
)

# Country, then its BBAN as runs of digits (n), capitals (a) and either (c): SWIFT IBAN registry.
IBAN_COUNTRIES = """
AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c CR18n CY8n16c CZ20n
DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n GI4a15c GL14n GR7n16c
GT4c20c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c LC4a24c LI5n12c
LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD2c18c ME18n MK3n10c2n MN16n MR23n MT4a5n18c MU4a19n3a NI4a20n NL4a10n NO11n
OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n SE20n SI15n SK20n SM1a10n12c
SO19n ST21n SV4a20n TL19n TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n YE4a4n18c
"""

_ISO_3166 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
VN VU WF WS XK YE YT ZA ZM ZW
"""
_ISO_COUNTRIES = frozenset(_ISO_3166.split())

_BIC = re.compile(r"[A-Z]{4}([A-Z]{2})[A-Z2-9][A-NP-Z0-9](?:[A-WYZ0-9][A-Z0-9]{2}|XXX)?")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_TRACK_1 = re.compile(r"%?[Bb]([0-9 ]{12,23})\^[^^?\r\n]{2,26}\^([0-9]{2})([0-9]{2})[^?\r\n]{3,60}\??")
_TRACK_2 = re.compile(r";?([0-9]{12,19})[=D]([0-9]{2})([0-9]{2})[0-9]{3,24}F?\??")
_EXPIRY = re.compile(r"(0?[1-9]|1[0-2]) ?[/.\-] ?(?:20)?([0-9]{2})")
COUNTING_RUN = 8
_COUNTING = re.compile(
    b"|".join(run[at : at + COUNTING_RUN] for run in (b"01234567890123456", b"98765432109876543") for at in range(10))
)
_GROUPS = re.compile(r"(?<!\d)\d{4}(?!\d)")
# One card in four million has four groups as near to each other as that.
_LEAST_SPREAD = 32
IBAN_RUN = re.compile(r"(\d+)([nac])")
_IBAN_CLASS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}


def _digits(value: str) -> bytes:
    """The ASCII digits of `value` without the usual separators; empty when anything else stands among them."""
    digits = value.encode("utf-8", "surrogatepass").translate(None, _SEPARATORS)
    return digits if digits.isdigit() else b""


def _luhn_sum(digits: bytes) -> int:
    return sum(digits[-1::-2]) - _ZERO * ((len(digits) + 1) >> 1) + sum(digits[-2::-2].translate(_DOUBLED))


def luhn(value: str) -> bool:
    """Whether the digits, separators apart, satisfy ISO/IEC 7812-1 annex B. All zeros or one repeated digit do not."""
    digits = _digits(value)
    if len(digits) < 2 or digits.count(digits[0]) == len(digits):
        return False
    return _luhn_sum(digits) % 10 == 0


@cache
def _lengths(prefix: bytes) -> frozenset[int]:
    """Lengths issued under a four-digit prefix."""
    found: set[int] = set()
    for width, low, high, lengths in _NETWORKS:
        if low <= int(prefix[:width]) <= high:
            found.update(lengths)
    return frozenset(found)


def card_network(value: str) -> bool:
    """Whether prefix and length belong to a card network: Visa, Mastercard, American Express, Discover, Diners Club,
    JCB, UnionPay or Maestro (ISO/IEC 7812).
    """
    digits = _digits(value)
    return len(digits) >= 12 and len(digits) in _lengths(digits[:4])


def card_varied(value: str) -> bool:
    """Whether the digits are as varied as an issuer's: four different ones or more, no eight counting up or down.

    Of numbers in groups, the groups too: numbers of neighbours in a list (6445 6444 6446 6452) are no card.
    """
    digits = _digits(value)
    if len(set(digits)) < 4 or _COUNTING.search(digits):
        return False
    groups = _GROUPS.findall(value)
    return len(groups) < 4 or max(map(int, groups)) - min(map(int, groups)) > _LEAST_SPREAD


@cache
def _iban_structures() -> dict[str, re.Pattern[str]]:
    structures = {}
    for entry in IBAN_COUNTRIES.split():
        runs = "".join(f"{_IBAN_CLASS[kind]}{{{count}}}" for count, kind in IBAN_RUN.findall(entry[2:]))
        structures[entry[:2]] = re.compile("[0-9]{2}" + runs)
    return structures


def iban(value: str) -> bool:
    """Whether an IBAN, grouped or not, in either case, has its country's structure and its check digits (ISO 13616-1).

    Structures: https://www.swift.com/standards/data-standards/iban-international-bank-account-number
    """
    compact = "".join(value.split()).replace("-", "").upper()
    if not _IBAN_SHAPE.fullmatch(compact):
        return False
    structure = _iban_structures().get(compact[:2])
    if structure is None or not structure.fullmatch(compact, 2):
        return False
    if not compact[4:].strip("0"):
        return False
    return _mod_97(compact[4:] + compact[:4]) == 1 and 2 <= int(compact[2:4]) <= 98


_AS_NUMBER = {ord(char): str(number) for number, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", start=10)}


def _mod_97(text: str) -> int:
    """Remainder of ISO/IEC 7064 MOD 97-10, letters counting 10 to 35."""
    return int(text.translate(_AS_NUMBER)) % 97


def bic_country(value: str) -> bool:
    """Whether eight or eleven characters are a BIC (ISO 9362) with a country in fifth place (ISO 3166-1, and XK)."""
    match = _BIC.fullmatch(value)
    return match is not None and match[1] in _ISO_COUNTRIES


def aba_routing(value: str) -> bool:
    """Whether nine digits are an American routing number: a Federal Reserve prefix, check digit by 3, 7, 1.

    Source: https://www.aba.com/about-us/routing-number
    """
    digits = _digits(value)
    if len(digits) != 9:
        return False
    prefix = int(digits[:2])
    if not (1 <= prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80):
        return False
    total = 3 * sum(digits[0::3]) + 7 * sum(digits[1::3]) + sum(digits[2::3]) - 33 * _ZERO
    return total % 10 == 0


def clabe(value: str) -> bool:
    """Whether eighteen digits are a Mexican CLABE: check digit by the weights 3, 7, 1, each product modulo ten.

    Source: https://www.banxico.org.mx/
    """
    digits = _digits(value)
    if len(digits) != 18 or digits.count(digits[0]) == 18:
        return False
    total = sum((digit - _ZERO) * (3, 7, 1)[at % 3] % 10 for at, digit in enumerate(digits[:17]))
    return (10 - total % 10) % 10 == digits[17] - _ZERO


def track_data(value: str) -> bool:
    """Whether text is track 1 or track 2 of a magnetic stripe: a card number by Luhn and network, and an expiry month.

    Source: ISO/IEC 7813.
    """
    match = _TRACK_1.fullmatch(value) or _TRACK_2.fullmatch(value)
    if match is None:
        return False
    return 1 <= int(match[3]) <= 12 and luhn(match[1]) and card_network(match[1])


def card_expiry(value: str) -> bool:
    """Whether month and year could be those of a card: a month of the years 2010 to 2049."""
    match = _EXPIRY.fullmatch(value)
    return match is not None and 10 <= int(match[2]) <= 49


def account_digits(value: str) -> bool:
    """Whether a bank account number, separators apart, has 8 to 17 digits, not all the same."""
    digits = _digits(value)
    return 8 <= len(digits) <= 17 and digits.count(digits[0]) != len(digits)


def ifsc(value: str) -> bool:
    """Whether eleven characters are an Indian IFSC: four letters, a zero, six of the branch, not all zeros.

    Source: https://www.rbi.org.in/Scripts/IFSCMICRDetails.aspx
    """
    return re.fullmatch(r"[A-Z]{4}0[A-Z0-9]{6}", value.upper()) is not None and not value.endswith("000000")


def sort_code(value: str) -> bool:
    """Whether six digits may be a British sort code: not all the same, and a first pair that a clearing bank has.

    Source: https://www.vocalink.com/tools/modulus-checking/
    """
    digits = _digits(value)
    return len(digits) == 6 and digits.count(digits[0]) != 6 and digits[:2] not in (b"00", b"03", b"99")


def lei(value: str) -> bool:
    """Whether twenty characters are a legal entity identifier with its check digits (ISO 17442, MOD 97-10)."""
    return re.fullmatch(r"[A-Z0-9]{18}[0-9]{2}", value) is not None and _mod_97(value) == 1
