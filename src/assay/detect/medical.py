"""Words of medicine in any of several languages: how they are made alike, and which ones are known."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

_LISTS = Path(__file__).with_name("validators")
_TOKEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"}
)
_SOUNDS = str.maketrans({"y": "i", "k": "c", "z": "c", "w": "v", "j": "i", "h": None, "'": None, "-": None})
_DOUBLED = re.compile(r"(.)\1+")
_OF_NOUNS = re.compile(r"(?:c?[tc]ion|sion|cao|sao|coes|soes)(?:es|en|e|i|s)?$")
_LAST, _VOWELS = ("um", "us", "en"), "aeios"
_SHORTEST_STEM = 5
_MOST_TOKENS = 40
_LONGEST = 2_000


@lru_cache(maxsize=65_536)
def words(value: str) -> tuple[str, ...]:
    """The first words of a text in lower case, without diacritics; of words with hyphens their parts, too.

    >>> words("Fièvre Q, X-ray")
    ('fievre', 'q', 'x-ray', 'x', 'ray')
    """
    if _is_one(value):
        return (value.lower(),)
    found = [fold(word) for word in _raw(value)]
    return tuple(part for word in found for part in ((word, *word.split("-")) if "-" in word else (word,)))


def _is_one(value: str) -> bool:
    """Whether a text is one plain word, as most are that are asked about: that takes no taking apart."""
    return value.isascii() and value.isalnum() and len(value) <= _LONGEST


def _raw(value: str) -> list[str]:
    return _TOKEN.findall(value)[:_MOST_TOKENS] if len(value) <= _LONGEST else []


def fold(word: str) -> str:
    """Lower case without diacritics: `Entzündung` is `entzundung`."""
    lower = word.lower()
    if lower.isascii():
        return lower
    lower = lower.translate(_LETTERS)
    return "".join(char for char in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(char))


def stem(word: str) -> str:
    """What a learned word has in common with its forms in other languages.

    Greek and Latin words of medicine differ by their endings and by how sounds are spelt.

    >>> {stem(word) for word in ("Hypertension", "hipertensión", "hipertensão", "ipertensione")}
    {'ipertenC'}
    >>> {stem(word) for word in ("amoxicillin", "amoxicilina", "Amoxicilline")}
    {'amoxicilin'}
    """
    plain = fold(word.lower().translate(_UMLAUTS)).replace("ph", "f").replace("ae", "e").replace("oe", "e")
    spelt = _DOUBLED.sub(r"\1", plain.replace("qu", "c").translate(_SOUNDS))
    if spelt.startswith(("pn", "esc", "esp", "est")):
        spelt = spelt[1:]
    if "io" in spelt or "ao" in spelt or "oe" in spelt:
        noun = _OF_NOUNS.sub("C", spelt)
        if noun != spelt:
            return noun
    return spelt[:-2] if spelt.endswith(_LAST) else spelt.rstrip(_VOWELS)


@lru_cache(maxsize=65_536)
def known(kind: str, value: str) -> bool:
    """Whether one of the words of a text, or two or three of them together, are known words of that kind.

    Kinds are `clinical`, `medicines`, `laboratory` and `procedures`.
    """
    if _is_one(value):
        word = value.lower()
        if word in _plain(kind):
            return True
        stems = _stems().get(kind) if len(word) >= _SHORTEST_STEM else None
        return stems is not None and _stem(word) in stems
    if not _plain(kind).isdisjoint(_phrases(value)):
        return True
    stems = _stems().get(kind)
    return stems is not None and not stems.isdisjoint(_stems_in(value))


# A text is asked about for one kind after the other.
@lru_cache(maxsize=1_024)
def _phrases(value: str) -> tuple[str, ...]:
    found = words(value)
    pairs = [f"{first}_{second}" for first, second in pairwise(found)]
    triples = [f"{pair}_{word}" for pair, word in zip(pairs, found[2:], strict=False)]
    return (*found, *pairs, *triples)


@lru_cache(maxsize=1_024)
def _stems_in(value: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in _raw(value) if len(word) >= _SHORTEST_STEM)


_stem = lru_cache(maxsize=65_536)(stem)


@cache
def _plain(kind: str) -> frozenset[str]:
    text = (_LISTS / "medical_terms.txt").read_text(encoding="utf-8")
    section = text.split(f"[{kind}]\n", 1)[1].split("\n[", 1)[0]
    words = [word.lower() for word in section.split()]
    german = [word.translate(_UMLAUTS) for word in words if any(char in word for char in "äöü")]
    return frozenset(map(fold, (*words, *german)))


@cache
def _stems() -> dict[str, frozenset[str]]:
    import lzma  # only where there is a word to look up

    packed = (_LISTS / "medical_words.txt.xz").read_bytes()
    lines = lzma.decompress(packed).decode("ascii").split("\n")
    found: dict[str, frozenset[str]] = {}
    for line in lines:
        kind, _, words = line.partition(": ")
        if words and not kind.startswith("#"):
            found[kind] = frozenset(words.split(" "))
    return found
