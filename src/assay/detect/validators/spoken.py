"""Numbers that are said in words, as in transcripts of calls."""

from __future__ import annotations

import re

from assay.detect.validators.financial import card_network, luhn
from assay.detect.validators.personal import ssn

_ONES = dict(
    zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], range(10), strict=True)
) | {"oh": 0, "o": 0}
_TEENS = dict(
    zip(
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        range(10, 20),
        strict=True,
    )
)
_TENS = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
_TIMES = {"double": 2, "triple": 3}


def _digits_said(text: str) -> str:
    """The digits that words say: `five one two double four`, `forty five`; nothing for other words."""
    said: list[str] = []
    times = 1
    tens = 0
    for word in re.findall(r"[a-z]+|[0-9]+", text.lower()):
        if tens and word in _ONES and _ONES[word]:
            said[-1] = str(tens + _ONES[word])
            tens = 0
            continue
        tens = 0
        if word in _TIMES:
            times = _TIMES[word]
            continue
        if word in _ONES:
            said.append(str(_ONES[word]) * times)
        elif word in _TEENS:
            said.append(str(_TEENS[word]))
        elif word in _TENS:
            tens = _TENS[word]
            said.append(str(tens))
        elif word.isdigit():
            said.append(word)
        elif word not in ("dash", "hyphen", "space"):
            return ""
        times = 1
    return "".join(said)


def spoken_card(value: str) -> bool:
    """Whether the words say the number of a payment card."""
    digits = _digits_said(value)
    return 13 <= len(digits) <= 19 and luhn(digits) and card_network(digits)


def spoken_ssn(value: str) -> bool:
    """Whether the words say a US Social Security number."""
    digits = _digits_said(value)
    return len(digits) == 9 and ssn(digits)
