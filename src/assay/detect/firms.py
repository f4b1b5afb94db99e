"""Names of firms, told by the legal form that they end with (https://en.wikipedia.org/wiki/List_of_legal_entity_types_by_country)."""

from __future__ import annotations

_DOTS = str.maketrans("", "", ".,()")
# What no family name ends with; of one or two letters only in capitals, or with dots or a stroke.
_FORMS = frozenset(
    [
        "inc", "incorporated", "llc", "ltd", "limited", "plc", "llp", "lllp", "corp", "corporation", "company", "group",
        "holding", "holdings", "partners", "associates", "enterprises", "industries", "solutions", "technologies", "systems",
        "services", "logistics", "consulting", "ventures", "foundation", "gmbh", "mbh", "ohg", "kgaa", "gbr", "ggmbh", "ug",
        "sarl", "sasu", "eurl", "sas", "spa", "srl", "srls", "snc", "ltda", "eireli", "sapi", "pty", "pte", "pvt", "bhd",
        "ooo", "oao", "zao", "kft", "zrt", "nyrt", "doo", "oyj", "aps", "asa", "bvba", "sprl", "zoo", "oo", "sro", "aş", "şti",
        "ag", "kg", "ev", "se", "sa", "bv", "nv", "oy", "ab", "as", "a/s", "sl", "cv", "kk", "co", "lp", "eg",
    ]
)  # fmt: skip
_TWO = 2


def is_firm(value: str) -> bool:
    """Whether a name of several words ends with a legal form, or with sons or brothers.

    >>> is_firm("Carter & Walsh Ltd."), is_firm("Nordwind AG"), is_firm("Becker and Sons"), is_firm("Lin Ag")
    (True, True, True, False)
    """
    before, _, last = value.rstrip().rpartition(" ")
    if not before:
        return False
    form = last.translate(_DOTS)
    if form.lower() in ("sons", "bros"):
        return before.endswith(("and", "&", "und", "et")) or form.lower() == "bros"
    if form.lower() not in _FORMS:
        return False
    return len(form) > _TWO or "." in last or (form.isupper() and not before.isupper())
