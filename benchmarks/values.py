"""Made-up sensitive values that pass the checks of their kind. Every function draws from the `Random` it is given.

Telephone numbers come from the ranges that the British regulator keeps free for drama, so that nobody answers them.
Source: https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from random import Random

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SYLLABLE_TEXT = (
    "bal ber bri cor dan del dor fal fen gar gil hal hol jor kel kir lan lor mar mel mor nal nor pel per quin ral rin "
    "sal sel sor tal tan tor val ver vin wal wen yor zan zel"
)
_SYLLABLES = tuple(_SYLLABLE_TEXT.split())
_SUFFIXES = ("com", "net", "org", "de", "co.uk", "fr", "nl", "ca")
_CARD_PREFIXES = (("4", 16), ("51", 16), ("53", 16), ("55", 16), ("2221", 16), ("37", 15), ("34", 15), ("6011", 16))
_DRAMA_NUMBERS = (
    "+44 20 7946 0{:03d}",
    "+44 113 496 0{:03d}",
    "+44 114 496 0{:03d}",
    "+44 121 496 0{:03d}",
    "+44 131 496 0{:03d}",
    "+44 141 496 0{:03d}",
    "+44 151 496 0{:03d}",
    "+44 161 496 0{:03d}",
    "+44 191 498 0{:03d}",
)


def name(rng: Random, syllables: int = 2) -> str:
    """A pronounceable lower-case word that means nothing."""
    return "".join(rng.choices(_SYLLABLES, k=syllables))


def email(rng: Random) -> str:
    """An address at a nonsense domain with a real public suffix."""
    return f"{name(rng)}.{name(rng)}@{name(rng)}{name(rng, 1)}.{rng.choice(_SUFFIXES)}"


def ssn(rng: Random) -> str:
    """Dashed; area, group and serial in the issued ranges."""
    area = rng.randrange(100, 890)
    area += area == 666
    return f"{area:03d}-{rng.randrange(10, 99):02d}-{rng.randrange(1001, 9999):04d}"


def credit_card(rng: Random) -> str:
    """Fifteen or sixteen digits of a network's range, with the Luhn digit (ISO/IEC 7812-1)."""
    prefix, length = rng.choice(_CARD_PREFIXES)
    body = prefix + "".join(rng.choices("0123456789", k=length - len(prefix) - 1))
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


def phone(rng: Random) -> str:
    """International form, from the drama ranges."""
    return rng.choice(_DRAMA_NUMBERS).format(rng.randrange(1000))


def iban(rng: Random) -> str:
    """German, 22 characters, with its check digits (ISO 13616, ISO 7064 mod 97-10)."""
    account = "".join(rng.choices("123456789", k=18))
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02d}{account}"


def ip_address(rng: Random) -> str:
    """IPv4, outside every private and reserved block."""
    return f"{rng.randrange(23, 99)}.{rng.randrange(128, 255)}.{rng.randrange(11, 255)}.{rng.randrange(11, 255)}"


def github_token(rng: Random) -> str:
    """Classic personal token with its CRC-32 in base 62."""
    body = "".join(rng.choices(_BASE62, k=30))
    number = zlib.crc32(body.encode())
    check = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = _BASE62[digit] + check
    return f"ghp_{body}{check}"


def aws_access_key(rng: Random) -> str:
    """Key id: `AKIA` and sixteen characters of base 32."""
    return "AKIA" + "".join(rng.sample(_BASE32, k=15)) + rng.choice("234567")


MAKERS: dict[str, Callable[[Random], str]] = {
    "EMAIL": email,
    "SSN": ssn,
    "CREDIT_CARD": credit_card,
    "PHONE": phone,
    "IBAN": iban,
    "IP_ADDRESS": ip_address,
    "GITHUB_TOKEN": github_token,
    "AWS_ACCESS_KEY": aws_access_key,
}
