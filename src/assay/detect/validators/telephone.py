"""Telephone numbers, checked against numbering plans."""

from __future__ import annotations

import re
from functools import lru_cache

from assay.detect.numbering import FEWEST, MOST, international, plan_of, plans_of, varied

_EXTENSION = re.compile(r"\s*(?:;ext=|,?\s?(?:ext\.?|x|#|extension))\s?[0-9]{1,6}$", re.IGNORECASE)
_ALLOWED = re.compile(r"[+0-9()\[\] ./\u00a0\u2010-\u2015\u2212-]+")
_DATE = re.compile(r"[0-9]{4}([-/. ])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/. ])[0-9]{1,2}\2(?:19|20)?[0-9]{2}")
_OTHER = re.compile(r"[^0-9]+")
_DECIMAL = re.compile(r"\+?[0-9]{4,}\.[0-9]+")
# Numbers with one decimal place, or single noughts beside longer numbers, are coordinates of drawings.
_DRAWING = re.compile(r"\.[0-9](?![0-9.])|(?<![0-9])0[ -]0(?![0-9])")
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+)+")
# North America writes 3-3-4, France five pairs; everything else with dots only is a version or an address.
_DOTTED_PHONE = re.compile(
    r"(?:1\.)?[2-9][0-9]{2}\.[2-9][0-9]{2}\.[0-9]{4}|0[0-9](?:\.[0-9]{2}){4}|0[0-9]{2,4}\.[0-9]{5,8}"
)
# Regions whose national forms are recognised, the most populous and most connected first.
_REGIONS = (
    "US GB DE FR IN BR JP IT ES MX CN NL CA AU KR PL TR ID PH VN TH NG ZA EG KE GH PK BD UA RO SE BE AT CH PT GR CZ "
    "HU DK FI NO IE IL SA AE AR CL CO PE VE EC NZ SG MY HK TW RU KZ MA DZ TN ET TZ UG LK NP IR IQ SK SI HR RS BG "
    "LT LV EE IS LU MT CY"
)


def _north_american(digits: str) -> bool:
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if len(digits) != 10 or digits[3] in "01":
        return False
    # 555 is nobody's area code: documents write it, and the identifier lists it among the test values.
    return digits.startswith("555") or any(plan.national.fullmatch(digits) for plan in plans_of(1))


def _national(digits: str) -> bool:
    for region in _REGIONS.split():
        plan = plan_of(region)
        if plan is None:
            continue
        if plan.trunk and digits.startswith(plan.trunk) and plan.national.fullmatch(digits[len(plan.trunk) :]):
            return True
        if (not plan.trunk or digits[0] != "0") and plan.national.fullmatch(digits):
            return True
        if region == "IT" and digits[0] == "0" and plan.national.fullmatch(digits):
            return True
    return False


def _digits(value: str) -> str | None:
    """The digits of what may be a telephone number, with `+` kept; `None` for dates, versions and counters."""
    text = _EXTENSION.sub("", value.strip())
    if text.lower().startswith("tel:"):
        text = text[4:]
    if not _ALLOWED.fullmatch(text) or _DATE.fullmatch(text):
        return None
    if _DOTTED.fullmatch(text) and not _DOTTED_PHONE.fullmatch(text):
        return None
    if _DECIMAL.fullmatch(text) or _DRAWING.search(text):
        return None
    plus = text[0] == "+" or text.startswith("(+")
    digits = _OTHER.sub("", text.replace("(0)", ""))
    if not FEWEST <= len(digits) <= MOST or not varied(digits):
        return None
    return "+" + digits if plus else digits


@lru_cache(maxsize=65_536)
def international_phone(value: str) -> bool:
    """A number with its country code (`+`, `00` or `011` before it) that the country's numbering plan knows."""
    digits = _digits(value)
    if digits is None:
        return False
    if digits[0] == "+":
        return international(digits[1:])
    return any(digits.startswith(code) and international(digits[len(code) :]) for code in ("00", "011"))


@lru_cache(maxsize=65_536)
def country_code_phone(value: str) -> bool:
    """A number that begins with its country code, of which no sign says so, in a form that the country's plan knows."""
    digits = _digits(value)
    return digits is not None and digits[0] not in "+0" and international(digits)


@lru_cache(maxsize=65_536)
def plausible_phone(value: str) -> bool:
    """The shape of a telephone number that no plan need know: written in groups, or of 10 to 13 digits."""
    digits = _digits(value)
    if digits is None or (value.isdigit() and value[0] == "1" and len(value) in (10, 13)):
        return False
    return not value.isdigit() or 10 <= len(value) <= 13


@lru_cache(maxsize=65_536)
def nanp_phone(value: str) -> bool:
    """A number of the North American Numbering Plan, with or without its country code, not a counter of seconds."""
    digits = _digits(value)
    if digits is None:
        return False
    if value.isdigit() and (value[0] == "1" and len(value) == 10):
        return False
    return _north_american(digits.lstrip("+"))


@lru_cache(maxsize=65_536)
def phone_number(value: str) -> bool:
    """A telephone number in international form or in the national form of one of some eighty regions.

    Ten bare digits that begin with 1 (seconds since 1970), thirteen (milliseconds), dates and versions are refused.
    Numbering plans: the phonenumbers library, after https://github.com/google/libphonenumber.
    """
    digits = _digits(value)
    if digits is None:
        return False
    if digits[0] == "+":
        return international(digits[1:])
    if value.isdigit() and value[0] == "1" and len(value) in (10, 13):
        return False
    return international_phone(value) or _north_american(digits) or _national(digits)


def sim_card(value: str) -> bool:
    """The number of a SIM card (ICCID): 89, nineteen or twenty digits, the last of them, or the last but one, by Luhn.

    Networks that write twenty digits put the check digit before or at the end. Source: ITU-T E.118.
    """
    from stdnum import luhn

    digits = _OTHER.sub("", value)
    if len(digits) not in (19, 20) or not digits.startswith("89") or len(set(digits)) < 4:
        return False
    return bool(luhn.is_valid(digits)) or (len(digits) == 20 and bool(luhn.is_valid(digits[:19])))
