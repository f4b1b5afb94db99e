"""Names of persons, judged by lists of given and family names (see the head of each list for where it is from)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-]{1,2}(?=[^\W\d_]))*\.?")
_PARTICLE_WORDS = (
    "de del della der den di da das do dos du la le las los van von vom zu zur ter ten al el bin bint "
    "ibn abu ben mac mc y e i ap st af av"
)
_TITLE_WORDS = (
    "mr mrs ms miss mx dr prof professor sir dame herr frau hr fr mme mlle mm m sr sra srta don dona dott "
    "ing jr sig dra pani pan univ dipl univ.prof dipl.-ing mba iii ii iv phd md esq rev "
)
# Before another word these name a place or a language; behind one they are family names (Oliver North).
_DIRECTION_WORDS = (
    "north south east west northern southern eastern western central lower upper northeast northwest southeast "
    "southwest northeastern northwestern southeastern southwestern saint santa sant mount fort port cape cabo "
    "san villa fiesta jabal bahr puerto ciudad isla porto cerro barrio colonia ribeira"
)
_NOBODY = frozenset(
    [
        "unknown",
        "none",
        "null",
        "unidentified",
        "anonymous",
        "unspecified",
        "nobody",
        "unassigned",
        "refused",
        "withheld",
    ]
)
_DIRECTIONS = frozenset(_DIRECTION_WORDS.split())
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_TITLES = frozenset(_TITLE_WORDS.split())
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "e", "’": "'"}
)


@cache
def _listed(file: str) -> frozenset[str]:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=65_536)
def _fold(word: str) -> str:
    lower = word.lower().translate(_LETTERS)
    return "".join(char for char in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(char))


def _known(word: str) -> bool:
    given, family = _listed("given_names.txt"), _listed("surnames.txt")
    if word in given or word in family:
        return True
    parts = [part for part in re.split(r"[-']", word) if len(part) > 1]
    return len(parts) > 1 and any(part in given or part in family for part in parts)


def listed_name(word: str) -> bool:
    """A word in small letters that is listed as a given or a family name."""
    return (word in _listed("given_names.txt") or word in _listed("surnames.txt")) and word not in _listed(
        "not_names.txt"
    )


@lru_cache(maxsize=65_536)
def is_listed(word: str) -> bool:
    """A word of any case that is listed as a given or a family name, and not as a word of something else."""
    return listed_name(_fold(word).rstrip("."))


@lru_cache(maxsize=65_536)
def is_no_name(word: str) -> bool:
    """A word that names of products, organisations and places hold, and names of persons hardly ever."""
    return _fold(word).rstrip(".") in _listed("not_names.txt")


def _words(value: str) -> list[str] | None:
    """The folded words of what may be a name, without titles, initials and particles; `None` when it cannot be one."""
    raw = value.replace(",", " ").split()
    if not 1 <= len(raw) <= 7 or len(value) > 80:
        return None
    if len(raw) > 1 and "," not in value and (_fold(raw[0]) in _DIRECTIONS or _fold(value) in _listed("countries.txt")):
        return None
    kept = []
    for position, word in enumerate(raw):
        if not _TOKEN.fullmatch(word):
            return None
        folded = _fold(word).rstrip(".")
        if folded in _listed("not_names.txt"):
            return None
        if folded in _TITLES or len(folded) == 1 or (folded in _PARTICLES and position + 1 < len(raw)):
            continue
        kept.append(word)
    return kept


def _cased(words: list[str]) -> bool:
    """Capitalised or all capitals, the same way in every word; inner capitals as in McDonald pass."""
    upper = [word.isupper() for word in words]
    shouting = any(flag and len(word) > 2 for flag, word in zip(upper, words, strict=True))
    return all(upper) or (not shouting and all(word[0].isupper() for word in words))


@lru_cache(maxsize=65_536)
def person_name(value: str) -> bool:
    """Two or more capitalised words, one of them a listed given or family name, none of them a word of business."""
    words = _words(value)
    if not words or len(words) < 2 or not _cased(words):
        return False
    return any(_known(_fold(word).rstrip(".")) for word in words)


@lru_cache(maxsize=65_536)
def listed_person_name(value: str) -> bool:
    """Two or more capitalised words of which at least two are listed names: for weak cues such as `name:`."""
    words = _words(value)
    if not words or len(words) < 2 or not _cased(words):
        return False
    return sum(_known(_fold(word).rstrip(".")) for word in words) >= 2


@lru_cache(maxsize=65_536)
def person_surname(value: str) -> bool:
    """One or more capitalised words behind a title such as `Dr.`, the last of them a listed name."""
    words = _words(value)
    if not words or not _cased(words):
        return False
    return _known(_fold(words[-1]).rstrip(".")) or (len(words) > 1 and _known(_fold(words[0]).rstrip(".")))


@lru_cache(maxsize=65_536)
def declared_person_name(value: str) -> bool:
    """What stands where a person's name has to: words that say no more than that there is none are none."""
    words = [_fold(word).strip(".,'()-") for word in value.replace(",", " ").split()]
    return any(len(word) > 1 for word in words) and not any(word in _NOBODY for word in words)


@lru_cache(maxsize=65_536)
def person_name_value(value: str) -> bool:
    """A whole field that is a name: one listed word, or several of which one is listed, in any case.

    Names in other scripts than Latin pass by their letters: up to six ideographs, kana or hangul, else 2–4 words.
    """
    plain = value.replace(" ", "")
    if plain and all("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in plain):
        return len(plain) <= 6
    words = _words(value)
    if not words:
        return False
    if not any("a" <= char <= "z" for char in _fold(value)):
        return 2 <= len(words) <= 4
    if len(words) == 1 and len(words[0]) < 3 and not words[0][0].isupper():
        return False
    return any(_known(_fold(word).rstrip(".")) for word in words)
