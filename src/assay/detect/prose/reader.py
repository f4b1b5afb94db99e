"""What a language model says of the running text in a window, as candidates beside those of the patterns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from assay.detect.candidate import Candidate
from assay.detect.compiled import CompiledPattern, CompiledRule
from assay.detect.prose.addresses import addresses
from assay.detect.prose.lists import Lists
from assay.detect.prose.organisations import organisations
from assay.detect.prose.places import may_be_place, places, places_again
from assay.detect.prose.sentences import Sentence, is_prose, may_place, runs, sentences, small_words
from assay.detect.prose.spans import before_mail, persons
from assay.detect.prose.tagger import INSTALL, ModelMissingError, Tagger, why_missing
from assay.detect.prose.weighing import Span, Taken
from assay.detect.ruleset import RuleSet
from assay.detect.validators.person_names import is_no_name
from assay.errors import ReadError
from assay.formats.structure import PlainText, Structure, Window
from assay.formats.xml import Html
from assay.model import Evidence, Pattern

PERSON, ADDRESS, ORGANISATION, LOCATION = "PERSON_NAME", "ADDRESS", "ORGANISATION", "LOCATION"
_SURE = 0.9
_AGAIN = 0.8
_AGAIN_ALONE = 0.7
_LEAST = 0.2
_DOUBT = 0.3
_REFUSED = 2
_TOGETHER = 32
_EDGE = 2_048
_KEPT = 20_000
_MOST_NAMES = 500
_NEVER = "(?!)"
_SCRIPT = re.compile(rb"<(script|style)\b.*?(?:</\1>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(
    rb"</?(?:(p|div|li|ul|ol|dl|dd|dt|td|th|tr|table|h[1-6]|br|hr|title|option|section|article|pre|blockquote)\b)?[^<>]{0,4000}>",
    re.IGNORECASE,
)


class _Read(NamedTuple):
    """What was found in a sentence."""

    persons: tuple[Span, ...]
    addresses: tuple[Span, ...]
    places: tuple[Span, ...] = ()


class _Asked(NamedTuple):
    """A sentence that may be worth it, what in it may be a name, and whether an address may be in it."""

    sentence: Sentence
    named: tuple[str, ...]
    places: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Words that are nobody's name only because they have a capital: those of the language, and those that a text
    writes in small letters as well."""

    language: Container[str]
    small: Container[str]

    def __contains__(self, word: object, /) -> bool:
        return word in self.language or word in self.small


class _Known:
    """What a text has told so far of its capitalised words."""

    def __init__(self) -> None:
        self._settled: set[str] = set()
        self._refused: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()

    def answers(self, each: _Asked) -> bool:
        """Whether nothing in the sentence has to be asked about."""
        return not each.places and self._settled.issuperset(each.named)

    def awaits(self, each: _Asked) -> bool:
        """Whether all in it is being asked about as often as it may need."""
        return not each.places and all(
            run in self._settled or self._refused[run] + self._asked[run] >= _times(run) for run in each.named
        )

    def ask(self, each: _Asked) -> None:
        self._asked.update(set(each.named))

    def answered(self) -> None:
        """What was asked about is answered."""
        self._asked.clear()

    def learn(self, each: _Asked, persons: Sequence[Span]) -> None:
        """A name that was surely one is found by its words from here on."""
        text = each.sentence.text
        names = [
            (" ".join(text[span.start : span.end].split()), span.score) for span in persons if span.score >= _DOUBT
        ]
        for run in set(each.named):
            if any(run == name and score >= _SURE and " " in name for name, score in names):
                self._settled.add(run)
            elif not any(run in name or name in run for name, _ in names):
                self._refused[run] += 1
                if self._refused[run] >= _times(run):
                    self._settled.add(run)


def _times(run: str) -> int:
    """How often a word is asked about before it is no name: several words are more surely one if they are any."""
    return _REFUSED if " " in run else 1


class Prose:
    """Reads running text for one rule set. The model is loaded with the first sentence that needs it."""

    def __init__(self, rules: RuleSet) -> None:
        self._patterns = {
            identifier.name: _pattern(CompiledRule(index, identifier, untrusted=False))
            for index, identifier in enumerate(rules.identifiers)
            if identifier.name in (PERSON, ADDRESS, ORGANISATION, LOCATION)
        }
        self._needs_model = not {PERSON, ADDRESS, LOCATION}.isdisjoint(self._patterns)
        # Where the model is not installed lists stand in for it; who asked for it was told.
        self._tagger: Tagger | Lists | None = None if why_missing() is None else Lists()
        # By sentence: texts say the same again and again. Clear text stays in this process.
        self._read: dict[str, _Read] = {}
        self.judged = 0

    def candidates(self, data: bytes, window: Window, structure: Structure) -> Iterator[Candidate]:
        """Persons and addresses in the running text in and around a window's core, with their scores.

        `data` is the structure's view of the window; only plain text and HTML are running text.
        """
        if not self._patterns:
            return
        first, last = max(0, window.core_start - _EDGE), min(len(data), window.core_end + _EDGE)
        if isinstance(structure, Html):
            # Its view has no visible text, which the structure tells in parts of its own.
            text = _without_tags(window.data[first:last])
        elif isinstance(structure, PlainText):
            text = data[first:last].decode("utf-8", "surrogateescape")
        else:
            return
        spans = self._spans(text)
        at = _Bytes(text)
        for name, span in sorted(spans, key=lambda item: item[1].start):
            start, end = first + at.of(span.start), first + at.of(span.end)
            candidate = Candidate(start, end, start, text[span.start : span.end], self._patterns[name], None)
            if candidate.pattern.rule.ignore(candidate.value):
                continue
            candidate.score, candidate.evidence = span.score, list(span.evidence)
            candidate.test = candidate.pattern.rule.is_test(candidate.value)
            yield candidate

    def _spans(self, text: str) -> list[tuple[str, Span]]:
        found: list[tuple[str, Span]] = []
        if self._needs_model:
            for each, read in self._judged(text):
                for name, spans in ((PERSON, read.persons), (ADDRESS, read.addresses), (LOCATION, read.places)):
                    if name in self._patterns:
                        found += [(name, _moved(span, each.start)) for span in spans if span.score >= _LEAST]
        if PERSON in self._patterns:
            found += [(PERSON, span) for span in before_mail(text)]
            found = [*found, *_again(text, found)]
        if LOCATION in self._patterns:
            found = [*found, *((LOCATION, span) for span in places_again(text, _of(LOCATION, found)))]
            # The town of an address is told with it.
            found = [*_outside(_of(ADDRESS, found), found, LOCATION)]
        if ORGANISATION in self._patterns:
            firms = list(organisations(text))
            found = [*_outside(firms, found, PERSON, LOCATION), *((ORGANISATION, firm) for firm in firms)]
        return found

    def _judged(self, text: str) -> Iterator[tuple[Sentence, _Read]]:
        """The sentences that are worth it, with what is in them.

        What was no name in a text is not asked about again and again, nor who is known by now: most capitalised words
        of a text are always the same. A text's own words only, so that it does not matter what was read before it.
        """
        known = _Known()
        waiting: list[_Asked] = []
        put_off: list[_Asked] = []
        for each in self._asked(text):
            if known.answers(each):
                continue
            if known.awaits(each):
                put_off.append(each)
                continue
            known.ask(each)
            waiting.append(each)
            if len(waiting) >= _TOGETHER:
                yield from self._settled(waiting, known)
                waiting = [late for late in put_off if not known.answers(late)]
                put_off = []
        yield from self._settled(waiting, known)
        yield from self._settled([late for late in put_off if not known.answers(late)], known)

    def _asked(self, text: str) -> Iterator[_Asked]:
        """The sentences with something that may be a name or an address."""
        words: _Words | None = None
        for each in sentences(text):
            if not is_prose(each.text):
                continue
            places = may_place(each.text) or (LOCATION in self._patterns and may_be_place(each.text))
            if words is None:
                if self._tagger is None and not places and not runs(each.text, ()):
                    continue
                words = _Words(language=self._common(), small=small_words(text))
            named = runs(each.text, words)
            if places or named:
                yield _Asked(each, named, places)

    def _settled(self, waiting: Sequence[_Asked], known: _Known) -> Iterator[tuple[Sentence, _Read]]:
        self._judge(each.sentence.text for each in waiting)
        known.answered()
        for each in waiting:
            read = self._read[each.sentence.text]
            known.learn(each, read.persons)
            yield each.sentence, read

    def _common(self) -> Container[str]:
        return self._model().common

    def _model(self) -> Tagger | Lists:
        if self._tagger is None:
            try:
                self._tagger = Tagger()
            except ModelMissingError as error:
                raise ReadError("the language model cannot be read", f"{INSTALL} again: {error}") from None
        return self._tagger

    def _judge(self, texts: Iterable[str]) -> None:
        if len(self._read) > _KEPT:
            self._read.clear()
        new = list(dict.fromkeys(text for text in texts if text not in self._read))
        self.judged += sum(map(len, new))
        if not new:
            return
        model = self._model()
        for text, words in zip(new, model.words(new), strict=True):
            self._read[text] = _Read(
                tuple(persons(text, words, model.common, by_model=model.is_model)),
                tuple(addresses(text, words)),
                tuple(places(text, words)) if LOCATION in self._patterns else (),
            )


def _without_tags(data: bytes) -> str:
    """The text of HTML with as many bytes: paragraphs end where elements do that begin a line."""
    return _TAG.sub(_blank, _SCRIPT.sub(_spaces, data)).decode("utf-8", "surrogateescape")


def _spaces(match: re.Match[bytes]) -> bytes:
    return b" " * (match.end() - match.start())


def _blank(tag: re.Match[bytes]) -> bytes:
    size = tag.end() - tag.start()
    return (b"\n\n" + b" " * (size - 2)) if tag[1] else b" " * size


def _again(text: str, found: list[tuple[str, Span]]) -> Iterator[tuple[str, Span]]:
    """The same names where the text says them again: who was surely named once is named everywhere."""
    sure = {
        text[span.start : span.end]: span.score
        for name, span in found
        if name == PERSON and span.score >= _SURE and " " in text[span.start : span.end]
    }
    if not sure:
        return
    wanted: dict[str, float] = {}
    for shown, score in list(sure.items())[:_MOST_NAMES]:
        wanted[shown] = min(score, _AGAIN + 0.1)
        family = shown.split()[-1]
        if len(family) > 2 and family[0].isupper() and not is_no_name(family):
            wanted.setdefault(family, _AGAIN_ALONE)
    known = {(span.start, span.end): span.score for name, span in found if name == PERSON}
    forms = sorted(wanted, key=len, reverse=True)
    each = re.compile(rf"(?<![\w@./-])(?:{'|'.join(map(re.escape, forms))})(?![\w@/(-])")
    for match in each.finditer(text):
        score = wanted[match.group()]
        if known.get(match.span(), 0.0) >= score:
            continue
        evidence = (Evidence("learned", "a person who is named elsewhere in the text", round(score, 4)),)
        yield PERSON, Span(match.start(), match.end(), score, evidence)


def _of(kind: str, found: Sequence[tuple[str, Span]]) -> list[Span]:
    return [span for name, span in found if name == kind]


def _outside(wholes: Sequence[Span], found: Sequence[tuple[str, Span]], *kinds: str) -> Iterator[tuple[str, Span]]:
    """What is no part of a whole, of these kinds: `Lena Schneider GmbH` is nobody, `University of Leeds` no town."""
    sure = Taken((whole.start, whole.end) for whole in wholes if whole.score >= _AGAIN)
    for name, span in found:
        if name not in kinds or not sure.covers(span.start, span.end):
            yield name, span


def _moved(span: Span, by: int) -> Span:
    return span._replace(start=span.start + by, end=span.end + by)


def _pattern(rule: CompiledRule) -> CompiledPattern:
    return CompiledPattern(rule, Pattern(id="prose", regex=_NEVER, confidence=0.5), untrusted=False)


class _Bytes:
    """Places in a text → places in its UTF-8, for places that only go up but for a little."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._plain = text.isascii()
        self._char = self._byte = 0

    def of(self, char: int) -> int:
        if self._plain:
            return char
        if char < self._char:
            self._char = self._byte = 0
        self._byte += len(self._text[self._char : char].encode("utf-8", "surrogateescape"))
        self._char = char
        return self._byte
