"""Checks of personal identifiers: social security, birth dates, travel documents, vehicles, e-mail addresses."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from assay.detect.validators.suffixes import below_public_suffix

NINE_DIGITS = re.compile(r"([0-9]{3})[^0-9]{0,3}([0-9]{2})[^0-9]{0,3}([0-9]{4})")
_RESERVED_DOMAINS = re.compile(r"(?:.+\.)?(?:test|example|invalid)")
_DOMAIN_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Country domains that are first of all the suffixes of source files: `a@module.py`.
_FILE_SUFFIXES = frozenset({"py", "so", "zip", "mov", "sh", "rs", "java", "app", "dot", "prof", "cab"})
# Nobody's mailbox: twenty characters and more with a long counter or a digest among them; counters joined by dots;
# a counter and a digest; seconds and a counter; a UUID; a queue id of capitals and digits that begins with a digit and changes between them thrice.
MESSAGE_ID = re.compile(
    r"(?=.{20})(?:[0-9A-Fa-f.$_-]*[0-9]{10}[\w.$+-]*|[\w.$+-]*[0-9a-f]{16}[\w.$+-]*)"
    r"|[0-9]{3,}(?:\.[0-9]{3,}){2,}"
    r"|[0-9]{1,10}\.(?=[0-9]*[A-F])[0-9A-F]{8,}"
    r"|[0-9A-Fa-f]{8}\.[0-9]{5,9}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|(?=.{30})[A-Z]*[0-9][A-Z0-9]*[0-9][A-Z0-9]*"
    r"|(?=.{11})[0-9]+[A-Z]+[0-9]+[A-Z]+[0-9][0-9A-Z]*"
)


def ssn(value: str) -> bool:
    """US Social Security number, any separators: area not 000, 666 or 9xx, group not 00, serial not 0000.

    Source: https://www.ssa.gov/employer/randomization.html
    """
    parts = NINE_DIGITS.fullmatch(value)
    if parts is None:
        return False
    area, group, serial = parts.groups()
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return len(set(area + group + serial)) > 1


def itin(value: str) -> bool:
    """US individual taxpayer number: 9xx and group 50–65, 70–88, 90–92 or 94–99. Source: https://www.irs.gov/itin."""
    parts = NINE_DIGITS.fullmatch(value)
    if parts is None or parts[1][0] != "9":
        return False
    group = int(parts[2])
    return 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99


def atin(value: str) -> bool:
    """US adoption taxpayer number: 9xx with group 93. Source: IRS Internal Revenue Manual 3.13.40."""
    parts = NINE_DIGITS.fullmatch(value)
    return parts is not None and parts[1][0] == "9" and parts[2] == "93"


def public_suffix_email(value: str) -> bool:
    """E-mail address whose domain has a real public suffix, or one that RFC 2606 reserves (`.test`, `.example`).

    A percent-encoded `@` counts. Message ids, file names with `@` and package versions do not.
    """
    if "@" not in value:
        value = value.replace("%40", "@")
    local, at, domain = value.rpartition("@")
    if not at or not 1 <= len(local.encode()) <= 64 or local[-1] == "." or ".." in local or MESSAGE_ID.fullmatch(local):
        return False
    return _mail_domain(domain.lower())


@lru_cache(maxsize=65_536)
def _mail_domain(domain: str) -> bool:
    if not domain.isascii():
        if any(label.startswith("-") or label.endswith("-") for label in domain.split(".")):
            return False
        try:
            # The form that name servers know; its codec loads the tables of RFC 3490.
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return False
    labels = domain.split(".")
    if not 2 <= len(labels) <= 10 or len(domain) > 253 or not all(map(_DOMAIN_LABEL.fullmatch, labels)):
        return False
    if labels[-1].isdigit() or (labels[0][0].isdigit() and labels[0][1:] in ("", "x")):
        return False
    if all(label.isdigit() for label in labels[:2]) or "self" in labels:
        return False
    if _RESERVED_DOMAINS.fullmatch(domain):
        return True
    if len(labels) == 2 and labels[1] in _FILE_SUFFIXES:
        return False
    return below_public_suffix(domain)


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero ene janeiro gennaio gen januari janv",
            "feb february februar fevrier fev febrero fevereiro febbraio februari fevr février févr",
            "mar march marz mars marzo marco maart mrt mär märz março",
            "apr april avril avr abril abr aprile",
            "may mai mayo maio maggio mei mag",
            "jun june juni juin junio junho giugno giu",
            "jul july juli juillet julio julho luglio lug juil",
            "aug august aout août agosto ago augustus augusti",
            "sep sept september septembre septiembre setembro settembre set",
            "oct october oktober okt octobre octubre outubro out ottobre ott",
            "nov november novembre noviembre novembro",
            "dec december dezember dez decembre diciembre dic dezembro dicembre déc décembre",
        ),
        start=1,
    )
    for name in names.split()
}
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})(?:[T ][0-9:.]{4,15}(?:Z|[+-][0-9:]{2,6})?)?")
_CJK = re.compile(r"([0-9]{4})[年년]\s?([0-9]{1,2})[月월]\s?([0-9]{1,2})[日일]")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/. ])\s?([0-9]{1,2})\2\s?([0-9]{4}|[0-9]{2})")
_DAY_WORD = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|er|\.)?[ -]?(?:of |de )?([^\W\d_]{3,10})\.?,?[ -]?(?:de )?([0-9]{4}|[0-9]{2})"
)
_WORD_DAY = re.compile(r"([^\W\d_]{3,10})\.?[ -]([0-9]{1,2})(?:st|nd|rd|th)?,?[ -]([0-9]{4})")


def plausible_birth_date(value: str) -> bool:
    """A date from 1900-01-01 to today: ISO, month-first, day-first, compact, or with the month in words.

    Years of two digits are taken of the current or the last century.
    """
    text = value.strip()
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _past(found[1], found[3], found[4])
    found = _CJK.fullmatch(text)
    if found:
        return _past(*found.groups())
    found = _YEAR_LAST.fullmatch(text)
    if found:
        return _past(found[4], found[1], found[3]) or _past(found[4], found[3], found[1])
    found = _DAY_WORD.fullmatch(text)
    if found:
        return _past(found[3], str(_MONTHS.get(found[2].lower(), 0)), found[1])
    found = _WORD_DAY.fullmatch(text)
    if found:
        return _past(found[3], str(_MONTHS.get(found[1].lower(), 0)), found[2])
    return False


def _past(year: str, month: str, day: str) -> bool:
    today = datetime.now(tz=UTC).date()
    full = int(year)
    if len(year) == 2:
        full += 2000 if full <= today.year % 100 else 1900
    try:
        born = date(full, int(month), int(day))
    except ValueError:
        return False
    return date(1900, 1, 1) <= born <= today


_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", map(int, "123456781234579234567890123456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin(value: str) -> bool:
    """Vehicle identification number with its check digit (49 CFR 565.15) and four digits at its end."""
    text = value.upper()
    if not vin_shape(text):
        return False
    remainder = sum(_VIN_VALUES[char] * weight for char, weight in zip(text, _VIN_WEIGHTS, strict=True)) % 11
    return text[8] == ("X" if remainder == 10 else str(remainder))


def vin_shape(value: str) -> bool:
    """The places of a vehicle identification number (ISO 3779) without the check digit, which Europe does not use."""
    text = value.upper()
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]{13}[0-9]{4}", text) or len(set(text)) < 6:
        return False
    return any(char.isalpha() for char in text) and any(char.isdigit() for char in text[:13]) and text[0] != "0"


_MRZ_WEIGHTS = (7, 3, 1)
_MRZ_VALUES = {char: index for index, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def _mrz_digit(field: str, digit: str) -> bool:
    if digit == "<":
        return not field.strip("<")
    total = sum(_MRZ_VALUES[char] * _MRZ_WEIGHTS[at % 3] for at, char in enumerate(field))
    return str(total % 10) == digit


def _mrz_birth(field: str) -> bool:
    month, day = field[2:4].replace("<", "0"), field[4:6].replace("<", "0")
    return field[:2].isdigit() and month.isdigit() and day.isdigit() and int(month) <= 12 and int(day) <= 31


def mrz(value: str) -> bool:
    """Machine-readable zone with all its check digits: TD1 (3 × 30), TD2 (2 × 36), TD3 (2 × 44).

    The second line of TD2 and TD3 counts alone, for it holds every number. Source: ICAO Doc 9303, parts 4 to 6.
    """
    lines = [line for line in re.split(r"(?:\\[rn]|\s)+", value.strip()) if line]
    if not lines or any(char not in _MRZ_VALUES for line in lines for char in line):
        return False
    sizes = [len(line) for line in lines]
    if sizes == [30, 30, 30]:
        return _td1(lines[0], lines[1])
    if sizes in ([44, 44], [44]):
        return _td3(lines[-1])
    return sizes in ([36, 36], [36]) and _td2(lines[-1])


def _td1(first: str, second: str) -> bool:
    # A document number of more than nine characters runs on into the optional field behind a filler.
    number = _mrz_digit(first[5:14], first[14])
    if first[14] == "<":
        rest = first[15:30].rstrip("<")
        number = len(rest) >= 2 and _mrz_digit(first[5:14] + rest[:-1], rest[-1])
    composite = first[5:30] + second[:7] + second[8:15] + second[18:29]
    dates = _mrz_digit(second[:6], second[6]) and _mrz_digit(second[8:14], second[14]) and _mrz_birth(second[:6])
    return number and dates and _mrz_digit(composite, second[29])


def _numbers(line: str) -> bool:
    dates = _mrz_digit(line[13:19], line[19]) and _mrz_digit(line[21:27], line[27]) and _mrz_birth(line[13:19])
    return _mrz_digit(line[:9], line[9]) and line[:9].strip("<0") != "" and dates


def _td2(line: str) -> bool:
    return _numbers(line) and _mrz_digit(line[:10] + line[13:20] + line[21:35], line[35])


def _td3(line: str) -> bool:
    composite = line[:10] + line[13:20] + line[21:43]
    return _numbers(line) and _mrz_digit(line[28:42], line[42]) and _mrz_digit(composite, line[43])


_UK_LICENCE = re.compile(r"([A-Z]{1,5})(9{0,4})([0-9])([0156][0-9])([0-3][0-9])([0-9])([A-Z9]{2})([A-Z0-9])([A-Z]{2})")


def uk_driving_licence(value: str) -> bool:
    """Driver number of Great Britain: five of the surname, birth date spread over six digits, initials, check letters.

    Source: https://www.gov.uk/government/publications/inf45-driving-licence-categories (layout of the driver number).
    """
    found = _UK_LICENCE.fullmatch(value.upper().replace(" ", ""))
    if found is None or len(found[1]) + len(found[2]) != 5:
        return False
    month = int(found[4]) % 50
    return 1 <= month <= 12 and 1 <= int(found[5]) <= 31


def letters_and_digits(value: str) -> bool:
    """At least one letter and three digits: numbers of documents, not words."""
    return any(char.isalpha() for char in value) and sum(char.isdigit() for char in value) >= 3


_NOT_DIGIT = re.compile(r"[^0-9]+")
_COMPACT_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")


def varied_digits(value: str) -> bool:
    """Digits that are neither one digit repeated nor a run such as 12345678: not a filler."""
    digits = _NOT_DIGIT.sub("", value)
    if len(set(digits)) < 3:
        return False
    return digits not in "01234567890123456789" and digits not in "98765432109876543210"


def document_number(value: str) -> bool:
    """A plausible number of an identity document: varied digits, no compact date, no round number."""
    if not varied_digits(value):
        return False
    return _COMPACT_DATE.fullmatch(value) is None and not value.endswith("00000")
