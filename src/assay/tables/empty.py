"""What is held of a column without values: only its name speaks, and a word may be short for many things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assay.detect.names import tokens
from assay.model import Identifier
from assay.tables.composite import Judged

_UNSURE = 0.5
_SHORT = 3
_SEVERAL = 2
# fmt: off
_UNMISTAKABLE = frozenset((
    "ssn", "dob", "cvv", "cvc", "mrn", "npi", "ndc", "mbi", "pwd", "tel", "fax", "gsm", "eml", "zip", "plz", "cep", "sex",
    "ip", "lat", "lon", "lng", "gps", "geo", "nom", "nev",
))
# fmt: on


def by_name_alone(found: Sequence[Judged], identifiers: Mapping[str, Identifier]) -> list[Judged]:
    """What the name of a column says, what it says most plainly first, and no more than a candidate where it is unsure."""
    judged = [
        _candidate(item)
        if item.hint is not None and item.name in identifiers and is_unsure(item.hint, identifiers[item.name])
        else item
        for item in found
    ]
    judged.sort(key=lambda item: (*_plainness(item, identifiers), -item.score, item.name))
    return _generic_first(judged, identifiers)


def is_unsure(hint: str, identifier: Identifier) -> bool:
    """Whether a word of a name may mean something else, too: a short one, or one that is only met near the identifier."""
    words = tokens(hint)
    word = "".join(words)
    is_short = word.isascii() and word.isalpha() and len(word) <= _SHORT and word not in _UNMISTAKABLE
    return is_short or (len(words) == 1 and hint not in identifier.names)


def named_alike(judged: Sequence[Judged]) -> list[Judged]:
    """What else the name of the first says as much of."""
    words = [(item.scores.get("rule"), len(tokens(item.hint or ""))) for item in judged]
    return [item for item, said in zip(judged[1:], words[1:], strict=True) if said == words[0]]


def _plainness(item: Judged, identifiers: Mapping[str, Identifier]) -> tuple[bool, float, int, bool, int]:
    """The smaller, the plainer: by whether it is sure, how much is said, how many words say so, whether these are its names,
    and its priority. What the words mean besides is known of some identifiers only and does not tell which one is named."""
    identifier = identifiers.get(item.name)
    said = -item.scores.get("rule", 0.0)
    if identifier is None or item.hint is None:
        return item.unsure, said, 0, True, 0
    return item.unsure, said, -len(tokens(item.hint)), item.hint not in identifier.names, -identifier.priority


def _generic_first(judged: list[Judged], identifiers: Mapping[str, Identifier]) -> list[Judged]:
    """Where several countries' identifiers are called the same, what is no country's comes first, and none is sure."""
    plainest = [item for item in judged if _plainness(item, identifiers) == _plainness(judged[0], identifiers)]
    countries = [item for item in plainest if item.name in identifiers and identifiers[item.name].regions]
    if len(countries) < _SEVERAL or set.intersection(*(set(identifiers[item.name].regions) for item in countries)):
        return judged
    generic = [
        item
        for item in judged
        if item.name in identifiers
        and not identifiers[item.name].regions
        and _plainness(item, identifiers)[:-1] == _plainness(judged[0], identifiers)[:-1]
    ]
    # Whose number it is, a person's or a firm's, only values will tell; and what is said less plainly is no surer.
    return [_candidate(item) for item in (*generic, *(item for item in judged if item not in generic))]


def _candidate(item: Judged) -> Judged:
    return replace(item, score=min(item.score, _UNSURE), unsure=True)
