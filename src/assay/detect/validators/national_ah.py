"""National numbers of countries A to H that python-stdnum does not know, or not as the authorities write them."""

from __future__ import annotations

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
