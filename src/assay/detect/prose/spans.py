"""Words that a model has judged → persons, with what speaks for and against each."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from assay.detect.prose.tagger import Word
from assay.detect.prose.weighing import CAPITAL, Span, logit, weighed
from assay.detect.validators.column_names import family_name, given_name
from assay.detect.validators.person_names import is_listed, is_no_name
from assay.detect.validators.place_names import country_name
from assay.model import Evidence

_SHORT = 2
_SHORTENED = frozenset(["Chas", "Geo", "Thos", "Jos", "Wm", "Fco", "Hon", "Rev", "Prof"])
_LIKELY = 0.25
_RARELY_LIKELY = 0.1
_LISTED_LIKELY = 0.02
# fmt: off
_PARTICLES = frozenset([
    "van", "von", "de", "der", "den", "del", "della", "da", "dos", "das", "du", "la", "le", "al", "el", "bin", "ibn", "ben",
    "ter", "ten", "zu", "y", "di", "af", "av", "st", "mac", "mc", "o'",
])
_PRONOUNS = frozenset([
    "lui", "lei", "loro", "noi", "voi", "egli", "ella", "essi", "er", "sie", "wir", "ihr", "ich", "es", "man", "elle", "ils", "elles",
    "nous", "vous", "on", "il", "él", "ellos", "ellas", "nosotros", "usted", "ustedes", "yo", "tú", "ele", "ela", "eles", "elas", "nós",
    "você", "vocês", "eu", "hij", "zij", "wij", "jij", "jullie", "ik", "u", "chi", "qui", "quien", "quem", "wie", "wer",
])
# fmt: on
_BETWEEN = re.compile(r"\.?[ \t]{0,2}(?:\r?\n[ \t#*>/]*)?")
_INITIAL = re.compile(rf"[{CAPITAL}]\.?(?:[.-]?[{CAPITAL}]\.?){{0,3}}")
_INITIALS_BEFORE = re.compile(rf"(?<![\w.@/-])(?:[{CAPITAL}]\.[ ]?-?){{1,4}}\s?\Z")
_ET_AL = re.compile(r",?\s+et\s+al\b|,?\s+\(?eds?\b")
_TITLE = re.compile(
    r"(?i:\b(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|lord|lady|rev|hon|judge|justice|senator|president|captain|"
    r"herrn?|frau|fräulein|monsieur|madame|mademoiselle|mme|mlle|maître|docteur|señor(?:a|ita)?|senhora?|signor(?:a|e|ina)?|sr|sra|"
    r"srta|don|doña|dona|dom|doutora?|doctora?|dott|dottor(?:e|essa)?|dra|avv|avvocato|ing|ingegnere|lic|licenciad[oa]|abogad[oa]|"
    r"dhr|mevr|mevrouw|meneer|mijnheer|drs|ir|jonkheer|bischof|kardinal|cardinale?|papst|papa|pape))\.?\s+$"
)
_CUE = re.compile(
    r"(?i:\b(?:my name is|i am|i'm|named|called|by|thanks to|thank you|contact|patient|customer|client|employee|manager|"
    r"colleague|husband|wife|son|daughter|brother|sister|mother|father|friend|doctor|nurse|attorney|author|signed|dear|"
    r"sincerely|regards|hi|hello|hey|"
    r"ich heiße|mein name ist|geschrieben von|verfasst von|liebe|lieber|sehr geehrter?|grüße|grüßen|patientin|kunde|kundin|ehefrau|"
    r"ehemann|tochter|sohn|bruder|schwester|mutter|vater|kollegin|kollege|"
    r"je m'appelle|je suis|écrit par|rédigé par|cher|chère|cordialement|épouse|mari|fille|fils|frère|sœur|mère|père|collègue|"
    r"me llamo|mi nombre es|soy|escrito por|estimad[oa]|querid[oa]|atentamente|saludos|paciente|cliente|espos[oa]|hij[oa]|herman[oa]|"
    r"madre|padre|mi chiamo|sono|scritto da|car[oa]|gentile|saluti|paziente|moglie|marito|figli[oa]|fratello|sorella|"
    r"meu nome é|chamo-me|escrito por|prezad[oa]|atenciosamente|marido|filh[oa]|irmão|irmã|mãe|pai|"
    r"mijn naam is|ik heet|ik ben|geschreven door|geachte|beste|groet(?:en)?|klant|echtgenote|echtgenoot|zoon|dochter|broer|zus|"
    r"moeder|vader))[,:]?\s+$"
)
_SAYS = re.compile(
    r"\s+(?:said|says|told|asked|wrote|writes|called|lives|lived|works|worked|was born|is a|has been|who|and his|and her|"
    r"met|joined|signed|agreed|replied|reported|visited|moved|"
    r"sagt|sagte|schrieb|schreibt|rief|wohnt|arbeitet|starb|fragte|a dit|a écrit|a appelé|habite|travaille|est mort|est née?|"
    r"dijo|dice|escribió|llamó|vive|trabaja|nació|murió|ha detto|ha scritto|ha chiamato|disse|scrisse|lavora|è nat[oa]|è mort[oa]|"
    r"escreveu|mora|trabalha|ligou|nasceu|morreu|zei|zegt|schreef|woont|werkt|belde|overleed)\b"
)
_ORGANISATION = re.compile(
    r"\s+(?:Inc|Ltd|Limited|Holdings?|Partners|Technologies|Systems|Energy|Industries|LLC|LLP|GmbH|AG|SA|Corp|Corporation|Company|Co|University|College|School|Hospital|Institute|"
    r"Foundation|Project|Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Drive|Square|Bridge|Park|Library|License|Licence|"
    r"Award|Prize|Airport|Station|Museum|Theorem|algorithm|Algorithm|method|equation|transform|filter|Group|Bank|Hotel)\b"
)

_SPEAKS = re.compile(r":[ \t]+\S")
_DASH = re.compile(r"(?:--|[–—―])\s+$")
_ATTACHED = re.compile(rf"[{CAPITAL}][\w-]+[ \t]$")
_OPENS = " \t\r\n\"'“‘(-*•#>"

# What the signs add, in log-odds: rounded from a logistic regression on development texts (benchmarks/prose.py), where
# the model's own log-odds count for little more than half of what they say.
_OWN = 0.6
_TITLED, _CUED, _SAID, _SIGNED = 1.0, 0.3, 0.9, 0.4
_TWO_LISTED, _ONE_LISTED, _RARELY_LISTED = 1.8, 1.5, 1.0
_WHOLE, _ALONE, _UNKNOWN_ALONE = 1.4, -0.1, -0.7
_RARE = 0.4
_OF_BUSINESS, _OF_ORGANISATION, _SHOUTED, _FIRST_WORD, _WITHIN = -1.8, -2.0, -2.5, -1.1, -1.8
_INITIALED, _CITED, _OF_COUNTRIES = 1.6, 1.2, -2.5
_SPOKEN = 1.0
_UNASKED = -2.2


def persons(text: str, words: Sequence[Word], common: Container[str] = (), *, by_model: bool = True) -> Iterator[Span]:
    """The names of persons among the words of a sentence; `common` are words of the language, in small letters. Without
    a model the chances of words are those of lists, and what is told is less sure."""
    for group in _groups(text, words):
        names = [word for word in group if not _INITIAL.fullmatch(text[word.start : word.end])]
        if not names or (len(names) == 1 and text[names[0].start : names[0].end].lower() in _PRONOUNS):
            continue
        initials = _INITIALS_BEFORE.search(text, max(0, group[0].start - 16), group[0].start)
        start = initials.start() if initials is not None else group[0].start
        yield _person(text, start, group[-1].end, names, common, by_model=by_model)


def _groups(text: str, words: Sequence[Word]) -> Iterator[list[Word]]:
    group: list[Word] = []
    for at, word in enumerate(words):
        if group and (not _joined(text, group[-1], word) or _next_of_list(text, group, word)):
            yield from _trimmed(text, group)
            group = []
        if _is_part(text, word) or (group and _links(text, words, at)):
            group.append(word)
        elif group:
            yield from _trimmed(text, group)
            group = []
    if group:
        yield from _trimmed(text, group)


def _next_of_list(text: str, group: Sequence[Word], word: Word) -> bool:
    """A line end within a name comes from wrapped text; behind a whole name the next of a list begins."""
    return len(group) > 1 and "\n" in text[group[-1].end : word.start]


def _is_part(text: str, word: Word) -> bool:
    shown = text[word.start : word.end]
    if not shown[0].isupper():
        return False
    if _INITIALS_BEFORE.search(text, max(0, word.start - 16), word.start) and not is_no_name(shown):
        return True
    if word.place > word.person:
        return False
    if is_listed(shown):
        return word.person >= _LISTED_LIKELY
    return word.person >= (_RARELY_LIKELY if given_name(shown) or family_name(shown) else _LIKELY)


def _links(text: str, words: Sequence[Word], at: int) -> bool:
    """Initials and small words stand within a name, and belong to it where another part of it follows."""
    shown = text[words[at].start : words[at].end]
    if not (shown.lower() in _PARTICLES or _INITIAL.fullmatch(shown)):
        return False
    following = words[at + 1 : at + 3]
    return (
        bool(following) and _joined(text, words[at], following[0]) and any(_is_part(text, each) for each in following)
    )


def _joined(text: str, before: Word, after: Word) -> bool:
    if _BETWEEN.fullmatch(text, before.end, after.start) is None:
        return False
    # A dot stands within a name behind initials and short forms only; elsewhere a sentence ends with it.
    shown = text[before.start : before.end]
    return text[before.end] != "." or len(shown) <= _SHORT or shown in _SHORTENED or bool(_INITIAL.fullmatch(shown))


def _trimmed(text: str, group: list[Word]) -> Iterator[list[Word]]:
    while group and not text[group[0].start].isupper() and text[group[0].start : group[0].end].lower() in _PARTICLES:
        group = group[1:]
    while group and text[group[-1].start : group[-1].end].lower() in _PARTICLES:
        group = group[:-1]
    if group:
        yield group


def _person(text: str, start: int, end: int, names: Sequence[Word], common: Container[str], *, by_model: bool) -> Span:
    chance = sum(word.person for word in names) / len(names)
    shown = [text[word.start : word.end] for word in names]
    said = f"reads like the name of a person ({chance:.2f})"
    initials = names[0].start > start
    signs = [*_around(text, start, end), *_itself(shown, common, initials=initials)]
    if len(names) == 1 and not initials and not text[:start].strip(_OPENS):
        signs.append(("first word of its sentence", _FIRST_WORD))
    if not by_model:
        return Span(start, end, *weighed(_UNASKED, "no language model was asked", signs))
    return Span(start, end, *weighed(_OWN * logit(chance), said, signs))


def _around(text: str, start: int, end: int) -> Iterator[tuple[str, float]]:
    """What stands before and behind a name, and what it adds."""
    before = text[max(0, start - 24) : start]
    if _TITLE.search(before):
        yield "behind a title", _TITLED
    elif _CUE.search(before):
        yield "behind a word that names follow", _CUED
    elif _DASH.search(before):
        yield "behind a dash, as who said it", _SIGNED
    elif _ATTACHED.search(before):
        yield "behind another word with a capital", _WITHIN
    if _SPEAKS.match(text, end) and text[max(0, text.rfind("\n", 0, start) + 1) : start].strip(_OPENS) == "":
        yield "as who speaks, before what is said", _SPOKEN
    elif _SAYS.match(text, end):
        yield "does what persons do", _SAID
    elif _ET_AL.match(text, end):
        yield "cited, with others or as an editor", _CITED
    if _ORGANISATION.match(text, end):
        yield "goes on like an organisation or a place", _OF_ORGANISATION


def _itself(shown: Sequence[str], common: Container[str], *, initials: bool) -> Iterator[tuple[str, float]]:
    """What the words of a name say themselves."""
    listed = sum(map(is_listed, shown))
    more = 0 if listed else sum(given_name(word) or family_name(word) for word in shown)
    if listed:
        yield ("listed names", _TWO_LISTED) if listed > 1 else ("a listed name", _ONE_LISTED)
    elif more:
        yield "a rare listed name, or ends like family names", _RARELY_LISTED
    if len(shown) > 1:
        yield "several words", _WHOLE
    elif not initials:
        yield "one word alone", _ALONE if listed or more else _UNKNOWN_ALONE
    if any(word.lower() not in common for word in shown):
        yield "no word of the language", _RARE
    if initials:
        yield "behind initials", _INITIALED
    if country_name(" ".join(shown)) and not any(map(is_listed, shown)):
        yield "a listed country", _OF_COUNTRIES
    if any(map(is_no_name, shown)):
        yield "a word of products or places", _OF_BUSINESS
    if all(word.isupper() and len(word) > 2 for word in shown):
        yield "all capitals", _SHOUTED


_MAIL_NAME = re.compile(
    r"(?<![\w@/.-])((?:[A-Z\u00c0-\u00de\u0100-\u017f\u0218-\u021b]\.|[A-Z\u00c0-\u00de\u0100-\u017f\u0218-\u021b][^\W\d_]+(?:['’-][^\W\d_]+)*)"
    r"(?:[ \t](?:(?:van|von|de|der|den|del|della|da|dos|das|du|la|le|al|el|bin|ibn|ter|ten|zu|y)[ \t]){0,2}"
    r"(?:[A-Z\u00c0-\u00de\u0100-\u017f\u0218-\u021b]\.|[A-Z\u00c0-\u00de\u0100-\u017f\u0218-\u021b][^\W\d_]+(?:['’-][^\W\d_]+)*)){1,4})[\"']?[ \t]{1,3}[<(]?[\w.+-]{1,64}@"
)
_BEFORE_MAIL = 0.9


def before_mail(text: str) -> Iterator[Span]:
    """Names before an address of mail: `Ada Lovelace <ada@…>`. No model needs to be asked."""
    if "@" not in text:
        return
    for match in _MAIL_NAME.finditer(text):
        words = [word for word in match.group(1).split() if len(word.rstrip(".")) > 1]
        if any(map(is_listed, words)) and not any(map(is_no_name, words)):
            evidence = (Evidence("context", "before an address of mail", _BEFORE_MAIL),)
            yield Span(*match.span(1), _BEFORE_MAIL, evidence)
