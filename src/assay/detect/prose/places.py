"""Words that a model has judged, and lists of countries and towns → names of places."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from assay.detect.prose.tagger import Word
from assay.detect.prose.weighing import CAPITAL, Span, logit, weighed
from assay.detect.validators.person_names import is_listed, is_no_name
from assay.detect.validators.place_names import country_name, town_name
from assay.model import Evidence

_OWN = 0.6
_LIKELY = 0.5
_PART = frozenset({"CITY", "STATE"})
_MOST_WORDS, _MOST_UNLISTED = 5, 3
_COUNTRY, _TOWN, _LED, _PAIRED = 3.2, 1.4, 1.2, 1.8
_ALSO_A_NAME, _PERSON, _WITHIN, _SMALL, _OTHER, _SHOUTED = -0.8, -1.2, -1.6, -3.0, -3.0, -3.0

# What leads to a place in seven languages; words of time (`in May`) do as well, which no list has.
_LEADS = re.compile(
    r"(?:\b(?:[Ii]n|[Ff]rom|[Nn]ear|[Aa]t|[Tt]o|[Tt]owards?|[Aa]round|[Oo]utside|[Tt]hrough|(?:born|lives|living|based|located|held|moved|headquartered) in|"
    r"aus|nach|bei|en|à|au|aux|vers|près de|desde|hasta|hacia|a|em|na|no|para|nel|nella|ad|presso|uit|te|naar|bij|"
    r"(?:city|town|village|state|republic|province|kingdom|region|ville|ciudad|città|cidade|stad|Stadt) (?:of|de|di|van))"
    r"(?:\s(?:the|der|den|la|el|il|o|le|het))?\s+)\Z"
)
_CAPITALISED = rf"[{CAPITAL}](?:[\w'’-]|\.(?=\w))*"
_PAIR_BEHIND = re.compile(rf",\s(?:the\s)?(?P<next>{_CAPITALISED}(?:\s{_CAPITALISED}){{0,2}})")
_PAIR_BEFORE = re.compile(rf"[{CAPITAL}][\w'’-]+,\s(?:the\s)?\Z")
_GOES_ON = re.compile(
    rf"(?:['’]s)?[ \t]+(?!(?:and|or|und|et|y|e|en)\b)(?:[{CAPITAL}][\w-]+|University|Institute|Times|Post|Bank|Airlines?|Press|style)\b|[-/@]\w|\.[a-z]"
)
_ATTACHED = re.compile(rf"[{CAPITAL}][\w'’-]*[ \t]\Z|[-/@_]\Z")
_OF_A_PERSON = re.compile(rf"\b([{CAPITAL}][\w'’]+) (?:de|di|von|van|da|du|del)\s\Z")
_OPENS = " \t\r\n\"'“‘(-*•#>"
_PARTICLES = frozenset(
    [
        "of",
        "and",
        "de",
        "la",
        "del",
        "do",
        "da",
        "dos",
        "di",
        "du",
        "le",
        "les",
        "las",
        "los",
        "el",
        "the",
        "am",
        "an",
        "der",
        "den",
        "upon",
        "on",
        "y",
        "e",
        "und",
        "et",
    ]
)
_GAP = re.compile(r"[ \t]{1,2}|[ \t]?\r?\n[ \t]*|-")


def may_be_place(text: str) -> bool:
    """Whether a sentence has a listed place, or words that lead to one before a capital."""
    return any(_LEADS.search(text, max(0, at - 24), at) or _listed(text[at:end]) for at, end in _capitals(text))


_CAPITAL_WORD = re.compile(rf"(?<![\w@/.-])[{CAPITAL}][\w'’.-]*\w")


def _capitals(text: str) -> Iterator[tuple[int, int]]:
    for match in _CAPITAL_WORD.finditer(text):
        yield match.span()


def _listed(shown: str) -> bool:
    return country_name(shown) or town_name(shown)


def places(text: str, words: Sequence[Word], small: Container[str] = ()) -> Iterator[Span]:
    """The places among the words of a sentence; `small` are words that the text writes in small letters as well."""
    at = 0
    while at < len(words):
        size = _longest(text, words, at)
        if size == 0:
            at += 1
            continue
        yield _place(text, words[at : at + size], small)
        at += size


def _longest(text: str, words: Sequence[Word], at: int) -> int:
    """How many words from here on are one place: the longest that is listed, or that the model tells."""
    if not _shown(text, words[at])[0].isupper():
        return 0
    listed = told = 0
    for size in range(1, min(_MOST_WORDS, len(words) - at) + 1):
        word = words[at + size - 1]
        if size > 1 and _GAP.fullmatch(text, words[at + size - 2].end, word.start) is None:
            break
        shown = _shown(text, word)
        if not shown[0].isupper() and shown.lower() not in _PARTICLES:
            break
        if shown[0].isupper() and _listed(" ".join(text[words[at].start : word.end].split())):
            listed = size
        if told == size - 1 and shown[0].isupper() and word.part in _PART and _likely(word):
            told = size
    return max(listed, told) or _by_country(text, words, at)


def _by_country(text: str, words: Sequence[Word], at: int) -> int:
    """How many words stand where a place does: behind a word that leads to one, before the country that it is in."""
    start = words[at].start
    if not _LEADS.search(text, max(0, start - 24), start):
        return 0
    size = 1
    while (
        size < _MOST_UNLISTED
        and at + size < len(words)
        and text[words[at + size].start].isupper()
        and _GAP.fullmatch(text, words[at + size - 1].end, words[at + size].start)
    ):
        size += 1
    return size if _before_country(text, words[at + size - 1].end) else 0


def _before_country(text: str, end: int) -> bool:
    pair = _PAIR_BEHIND.match(text, end)
    return pair is not None and (country_name(pair["next"]) or country_name(pair["next"].split()[0]))


def _likely(word: Word) -> bool:
    return word.place >= _LIKELY and word.place > word.person


def _shown(text: str, word: Word) -> str:
    return text[word.start : word.end]


def _place(text: str, group: Sequence[Word], small: Container[str]) -> Span:
    start, end = group[0].start, group[-1].end
    shown = " ".join(text[start:end].split())
    chance = sum(word.place for word in group) / len(group)
    said = f"reads like a place ({chance:.2f})" if chance > 0 else "no language model was asked"
    return Span(
        start, end, *weighed(_OWN * logit(chance), said, [*_itself(shown, group, small), *_around(text, start, end)])
    )


def _itself(shown: str, group: Sequence[Word], small: Container[str]) -> Iterator[tuple[str, float]]:
    if country_name(shown):
        yield "a listed country or state", _COUNTRY
    elif town_name(shown):
        yield "a listed town", _TOWN
    elif any(map(is_no_name, shown.split())):
        yield "a word of products or organisations", _OTHER
    elif shown.isupper():
        yield "all capitals, and not listed", _SHOUTED
    if not country_name(shown) and is_listed(shown):
        yield "a listed name of persons as well", _ALSO_A_NAME
    if sum(word.person for word in group) > len(group) / 2 and (is_listed(shown) or not country_name(shown)):
        yield "reads like a person", _PERSON
    if shown.lower() in small:
        yield "written in small letters as well", _SMALL


def _around(text: str, start: int, end: int) -> Iterator[tuple[str, float]]:
    if _LEADS.search(text, max(0, start - 24), start):
        yield "behind a word that leads to places", _LED
    if _before_country(text, end):
        yield "before the country that it is in", _PAIRED
    elif country_name(text[start:end]) and _PAIR_BEFORE.search(text, max(0, start - 40), start):
        yield "behind a place in it", _PAIRED
    if _GOES_ON.match(text, end):
        yield "goes on like something else", _WITHIN
    named = _OF_A_PERSON.search(text, max(0, start - 30), start)
    if named is not None and is_listed(named[1]):
        yield "behind a name of persons", _WITHIN
    if _ATTACHED.search(text, max(0, start - 30), start) and text[:start].strip(_OPENS):
        yield "behind another word with a capital", _WITHIN


_SURE, _AGAIN = 0.65, 0.8
_MOST = 500


def places_again(text: str, found: Sequence[Span]) -> Iterator[Span]:
    """The same places where the text names them again."""
    names: dict[str, float] = {}
    for span in found:
        if span.score >= _SURE:
            shown = text[span.start : span.end]
            names[shown] = max(names.get(shown, 0.0), min(_AGAIN, span.score))
    if not names:
        return
    known = {(span.start, span.end): span.score for span in found}
    forms = "|".join(map(re.escape, sorted(names, key=len, reverse=True)[:_MOST]))
    for match in re.finditer(rf"(?<![\w@./-])(?:{forms})(?![\w@/(-]|[ \t]+[{CAPITAL}]\w)", text):
        score = names[match.group()]
        if known.get(match.span(), 0.0) < score and not _ATTACHED.search(
            text, max(0, match.start() - 30), match.start()
        ):
            evidence = (Evidence("learned", "a place that is named elsewhere in the text", round(score, 4)),)
            yield Span(match.start(), match.end(), score, evidence)
