"""Machine-readable zones besides passports': identity cards, visas, driving licences."""

from __future__ import annotations

import re

from assay.detect.validators.personal import mrz

_VALUES = {char: index for index, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def _check(field: str) -> str:
    return str(sum(_VALUES[char] * (7, 3, 1)[at % 3] for at, char in enumerate(field)) % 10)


def _lines(value: str) -> list[str]:
    lines = [line for line in re.split(r"(?:\\[rn]|\s)+", value.strip()) if line]
    return lines if all(char in _VALUES for line in lines for char in line) else []


def identity_card_zone(value: str) -> bool:
    """TD1 or TD2 with all its check digits. Source: ICAO Doc 9303, parts 5 and 6."""
    return [len(line) for line in _lines(value)] in ([30, 30, 30], [36, 36], [36]) and mrz(value)


def visa_zone(value: str) -> bool:
    """MRV-A (2 × 44) or MRV-B (2 × 36): the check digits of number, birth and end; there is none over all.

    The second line counts alone. Source: ICAO Doc 9303, part 7.
    """
    lines = _lines(value)
    if not lines or [len(line) for line in lines] not in ([44, 44], [36, 36], [44], [36]):
        return False
    line = lines[-1]
    if len(lines) == 2 and lines[0][0] != "V":
        return False
    number, birth, end = line[:9], line[13:19], line[21:27]
    if not number.strip("<0") or not birth.isdigit() or not end.isdigit() or line[20] not in "MFX<":
        return False
    right = (_check(number), _check(birth), _check(end)) == (line[9], line[19], line[27])
    return right and 1 <= int(birth[2:4]) <= 12 and 1 <= int(birth[4:]) <= 31


def licence_zone(value: str) -> bool:
    """The one line of a driving licence as in ISO/IEC 18013: D, a version, the country, and a check digit at the end.

    Source: https://github.com/datacheckerbv/MRZParser (an example of the Netherlands).
    """
    text = value.upper()
    if re.fullmatch(r"D[A-Z0-9<][A-Z]{3}[A-Z0-9<]{24}[0-9]", text) is None or sum(map(str.isdigit, text)) < 8:
        return False
    return _check(text[:29]) == text[29]
