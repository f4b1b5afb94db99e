"""Text → sentences, and which of them may name a person or an address."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import NamedTuple

from assay.detect.validators.column_names import family_name, given_name
from assay.detect.validators.person_names import is_listed, is_no_name

LONGEST = 400
_SHORT = 60

# A sentence ends with its mark before a capital, but not behind a title, an initial or an abbreviation of an address;
# with an empty line; and before what begins a list, a table or a quotation.
_END = re.compile(
    r"(?<!\b[A-Z]\.)(?<!\b(?i:Dr|Mr|Ms|St|Jr|Sr|Av|no)\.)(?<!\b(?i:Mrs|Dra|Mme|Avv|Ing|Lic|Rev|Ave|Apt|Sra|Ste|Hon|Col|Gen|Gov|Sen)\.)"
    r"(?<!\b(?i:Prof|Mlle|Srta|Mevr|Capt|Blvd|Dott)\.)(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[¿¡]*[A-Z\u00c0-\u00de\u0100-\u017f\u0218-\u021b\d])"
    r"|\n[ \t]*\r?\n\s*"
    r"|\n(?=[ \t]*(?:[-*•#|+]|\d{1,3}[.)])[ \t])"
)
_RUN = re.compile(
    r"(?<![\w@/.:#$%\\-])[A-Z\u00c0-\u00de\u0100-\u017f\u0218-\u021b][^\W\d_]*(?:['’-][^\W\d_]+)*\.?"
    r"(?:\s{1,2}(?:(?:van|von|de|der|den|del|della|da|dos|das|du|la|le|al|el|bin|ibn|ben|ter|ten|zu|y)\s){0,2}"
    r"[A-Z\u00c0-\u00de\u0100-\u017f\u0218-\u021b][^\W\d_]*(?:['’-][^\W\d_]+)*\.?)*(?![\w@(])"
)
_NO_STREET = (
    r"(?!\b(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*|(?i:chapter|section|version|table|figure|page|"
    r"part|step|level|release|appendix|article|clause|number|line)s?)\s)"
)
_ADDRESS = re.compile(
    r"(?<!apter\s)(?<!ction\s)(?<!rsion\s)(?<!endix\s)(?<!ticle\s)(?<!igure\s)(?<!elease\s)\b\d{1,5}[A-Za-z]?,?\s(?:[NSEW]\.?\s)?(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b)"
    r"[A-Z\u00c0-\u00de\u0100-\u017f\u0386-\u03ab\u0400-\u042f][a-z\u00df-\u00ff\u0100-\u017f\u03ac-\u03ce\u0430-\u045f]{2,}"
    rf"|\b{_NO_STREET}[^\W\d_]{{3,}}(?:\s{_NO_STREET}[^\W\d_]+)?\s\d{{1,4}}[a-z]?,\s[A-Z\u00c0-\u00de\u0100-\u017f\u0386-\u03ab\u0400-\u042f\d]"
    r"|\b(?:[Rr]ue|[Cc]alle|[Vv]ia|[Vv]iale|[Aa]venida|[Aa]venue|[Rr]ua|[Pp]laza|[Pp]iazza|[Cc]orso)\s(?:[a-z']{1,3}\s){0,2}[A-Z\u00c0-\u00de]"
    r"|\b(?:[Pp]ost[Bb]ox|[Pp]ostbus|[Pp]ostfach|P\.?O\.? Box)\b"
    r"|[^\W\d_]{3,}(?:straat|stra(?:ß|ss)e|str\.|laan|plein|gasse|weg|vägen|gatan|veien|gata)\s\d",
)
_COPYRIGHT = re.compile(r"(?:copyright|\(c\)|©)[\s\d,–-]*(?:19|20)\d\d,?\s", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_SYMBOLS = re.compile(r"[{}<>=\\|;$%^~_*+\[\]]")
_BLANKS = re.compile(r"\s+")
_CONTRACTION = re.compile(r"(?:n['’]t|['’](?:t|m|s|ll|re|ve|d))?\.?$")
_WORDS = re.compile(r"[^\W\d_]{2,}")


class Sentence(NamedTuple):
    """A sentence, or several short ones, and where it begins in its text, in code points."""

    start: int
    text: str


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text, none longer than the model reads at once; short ones stay with what stands before them."""
    begun = at = 0
    for end in _END.finditer(text):
        is_paragraph = "\n" in end.group()
        if is_paragraph or end.start() - begun >= _SHORT:
            yield from _cut(text, begun, end.start())
            begun = end.end()
        at = end.end()
    yield from _cut(text, min(begun, at), len(text))


def _cut(text: str, start: int, end: int) -> Iterator[Sentence]:
    while end - start > LONGEST:
        stop = max(text.rfind(" ", start + LONGEST // 2, start + LONGEST), text.rfind("\n", start, start + LONGEST))
        stop = stop if stop > start else start + LONGEST
        if text[start:stop].strip():
            yield Sentence(start, text[start:stop])
        start = stop
    if text[start:end].strip():
        yield Sentence(start, text[start:end])


def is_prose(text: str) -> bool:
    """Whether a person wrote this to be read: words, and few of the signs that programs are made of."""
    # Mail quotes what it answers, line by line.
    symbols = len(_SYMBOLS.findall(text)) - text.count("\n>") - text.startswith(">")
    return symbols * 25 <= len(text) and _WORDS.search(text) is not None


def runs(text: str, common: Container[str]) -> tuple[str, ...]:
    """The runs of capitalised words in a sentence that may name a person, each as it is compared with others. `common`
    are words of the language in small letters."""
    found = []
    for match in _RUN.finditer(text):
        words = [_CONTRACTION.sub("", word) for word in _BLANKS.split(match.group())]
        names = [word for word in words if word[:1].isupper()]
        if any(map(is_listed, names)) or (
            not any(map(is_no_name, names)) and any(_is_rare(word, common) for word in names)
        ):
            found.append(" ".join(words))
    return tuple(found)


_SMALL = re.compile(r"(?<![\w.'’-])[a-z\u00df-\u00ff]{3,}(?![\w])")


def small_words(text: str) -> frozenset[str]:
    """The words that a text writes in small letters: with a capital they are hardly anybody's name there."""
    return frozenset(_SMALL.findall(text))


_ABBREVIATED = re.compile(r"[A-Z]{2,}(?:e?s)?|[A-Z]")
_INNER = re.compile(r"(?<!\bMc)(?<!\bMac)(?<!\bDe)(?<!\bDi)(?<!\bLe)(?<!\bLa)(?<!\bVan)(?<!\bFitz)(?<=[a-z])[A-Z]")
_ENDINGS = (
    ("s", ""),
    ("es", ""),
    ("ies", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
    ("ally", ""),
)


def _is_rare(word: str, common: Container[str]) -> bool:
    """A word that the language does not have: no abbreviation, nothing written like a product, no form of another word."""
    if _ABBREVIATED.fullmatch(word) or _INNER.search(word):
        return False
    first, hyphen, last = word.rpartition("-")
    if hyphen:
        # `Unix-like` is said of things, `Xiao-ming` is a name.
        if last.islower() and last in common and not is_listed(last):
            return False
        return any(_is_rare(part, common) for part in (first, last) if part)
    lower = word.lower()
    if family_name(word) or given_name(word):
        return True
    return lower not in common and not any(
        lower.endswith(ending) and f"{lower[: -len(ending)]}{instead}" in common for ending, instead in _ENDINGS
    )


def may_place(text: str) -> bool:
    """Whether a sentence has what stands in an address: there is none without a number."""
    return _DIGIT.search(text) is not None and _ADDRESS.search(_COPYRIGHT.sub(" ", text)) is not None
