"""Names of persons in whole columns: longer lists, usual endings of family names, and the ways in which records write names.

A single value proves nothing here; what share of a column looks like names does. Texts are judged by `person_names`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from assay.detect.validators import person_names

_MORE = {"given_names.txt": "given_names_more.txt.xz", "surnames.txt": "surnames_more.txt.xz"}
# By language: Polish, Ukrainian and Russian, South Slavic, Finnish, Frisian, Nordic, Turkish, Greek, Armenian, Georgian,
# Romanian, Italian, Lithuanian, German, South Indian, Persian.
_ENDING = re.compile(
    r"""
    [a-z'-]{2,}(?:
        (?:[sc]k|dzk)(?:i|a|iego|iej)|wicz|czyk|czak
      | (?:[^aeiou]|[aeiou][^aeiou])(?:ova?|eva?)|enko|yshyn
      | [eo]vi[ct]h?|ovych|evych
      | (?:[^i][iauy]|[^is]o)nen | [kpt]{2}[aeiu]la
      | stra|sma|inga
      | sson|dottir|[aei](?:n|r)sen
      | oglu
      | opoulos|opoulou|[iy][ao]?dis|akis|ellis
      | [^aeiou][aeou]?yan
      | shvili|adze|idze
      | escu|[ei]anu
      | elli|etti|ucci|acci|azzi
      | auskas|avicius|evicius|aitis|auskiene
      | mann|m[ae][iy]er|mueller|hofer|huber
      | swamy|murthy|lingam|ratnam
      | zadeh|nejad|nezhad
    )
  | mc[a-z]{3,} | o'[a-z]{3,}
    """,
    re.VERBOSE,
)
_SHORTEST_BY_ENDING = 6
_NOT_NAME_WORDS = (
    "alaska nebraska polska orchestra palestra minestra fenestra prisma plasma charisma miasma schisma genova "
    "padova moldova geneva villanova supernova bossanova maschinen turbinen gardinen kabinen rosinen spaghetti "
    "confetti vermicelli fratelli mcafee banyan malayan himalayan hauptmann fachmann obmann amtmann landsmann "
    "seemann rostov saratov kharkov pavlova stroganov terranova"
)
_NOT_NAMES = frozenset(_NOT_NAME_WORDS.split())
_INITIAL = re.compile(r"(?:[^\W\d_]\.?-?){1,3}")
_ALONE = re.compile(r"\b[^\W\d_](?:\b|\.)")
_MOST_WORDS = 6
_LONGEST = 80


@lru_cache(maxsize=65_536)
def given_name(value: str) -> bool:
    """One capitalised word that is listed as a given name."""
    return _single(value) and _is_given(_folded(value))


@lru_cache(maxsize=65_536)
def family_name(value: str) -> bool:
    """A capitalised word that is listed as a family name, or ends as family names of a language do.

    A particle may stand before it: `van den Berg`, `de Jong`, `Al-Masri`.
    """
    first, blank, _ = value.partition(" ")
    if blank:
        if first.lower() not in person_names._PARTICLES:
            return False
        words = _words(value)
        return words is not None and len(words) == 1 and _single(words[0]) and _is_family(_folded(words[0]))
    return _single(value) and _is_family(_folded(value))


@lru_cache(maxsize=65_536)
def full_name(value: str) -> bool:
    """Two or more words that `person_names` takes for a name, or a listed family name with initials (`Smith, J.`)."""
    return both_names(value) or person_names.person_name(value) or _with_initials(value)


@lru_cache(maxsize=65_536)
def both_names(value: str) -> bool:
    """Two or more capitalised words in any order, of which one is a given name and another a family name.

    >>> [both_names(name) for name in ("Ada Kowalczyk", "KOWALCZYK, ADA", "Ada Street", "Ada")]
    [True, True, False, False]
    """
    # A hyphen apart, `_words` leaves no mark within a word but an apostrophe.
    words = _words(value)
    if not words or not 2 <= len(words) <= _MOST_WORDS or not person_names._cased(words):
        return False
    folded = [_folded(word) for word in words]
    given = {at for at, word in enumerate(folded) if _is_given(word)}
    family = {at for at, word in enumerate(folded) if _is_family(word)}
    return bool(given and family) and len(given | family) >= 2


def _with_initials(value: str) -> bool:
    if len(value) > _LONGEST or _ALONE.search(value) is None:
        return False
    parts = value.replace(",", " ").split()
    initials = [part for part in parts if _INITIAL.fullmatch(part) and part.replace(".", "").replace("-", "").isupper()]
    short = [part for part in initials if len(part.replace(".", "").replace("-", "")) == 1 or "." in part]
    others = [part for part in parts if part not in short]
    if not 1 <= len(short) <= 3 or not 1 <= len(others) <= 2 or not person_names._words(" ".join(others)):
        return False
    return person_names._cased(others) and all(_is_family(_folded(part)) for part in others)


_words = lru_cache(maxsize=64)(person_names._words)


def _single(value: str) -> bool:
    if len(value) < 2 or not value[0].isupper():
        return False
    return value[1:].islower() or value.isupper() or "-" in value or "'" in value or value[:2] == "Mc"


@lru_cache(maxsize=65_536)
def _folded(word: str) -> str:
    return person_names._fold(word).rstrip(".")


def _is_given(word: str) -> bool:
    return word not in person_names._listed("not_names.txt") and _in_either("given_names.txt", word)


def _is_family(word: str) -> bool:
    if word[:3] in ("al-", "el-"):
        word = word[3:]
    return _listed_family(word) or (
        len(word) >= _SHORTEST_BY_ENDING
        and _ENDING.fullmatch(word) is not None
        and word not in _NOT_NAMES
        and word not in person_names._listed("not_names.txt")
    )


def _listed_family(word: str) -> bool:
    return word not in person_names._listed("not_names.txt") and _in_either("surnames.txt", word)


def _in_either(file: str, word: str) -> bool:
    if word in person_names._listed(file) or word in _more(_MORE[file]):
        return True
    parts = word.split("-")
    return len(parts) > 1 and all(part in person_names._listed(file) or part in _more(_MORE[file]) for part in parts)


@cache
def _more(file: str) -> frozenset[str]:
    import lzma  # only where columns are looked at

    text = lzma.decompress(Path(__file__).with_name(file).read_bytes()).decode("ascii")
    # The lines of its head are no words, and so do no harm.
    return frozenset(text.split("\n"))
