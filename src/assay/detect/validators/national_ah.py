"""Forms of national numbers, countries A to H, that python-stdnum does not take as the authorities write them."""

from __future__ import annotations


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
