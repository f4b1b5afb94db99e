"""Names of organisations in running text: by their legal form, by the word that says what they are, and by what stands
around. No model of ours knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.detect.prose.weighing import CAPITAL, Span, Taken, weighed
from assay.detect.validators.person_names import is_no_name

# Of names: a word with a capital, initials, or an ampersand between.
_WORD = rf"[{CAPITAL}][\w'’.&-]{{0,38}}[\w&]|[{CAPITAL}]\.?"
_JOIN = r"(?:[ ]|[ ]?\n[ \t]*)"
_SMALL = r"(?:&|and|of|for|the|in|und|für|der|des|die|de|du|la|les|et|y|del|della|delle|di|e|da|do|dos|das|van|voor|en)"
_NAME = rf"(?:{_WORD})(?:{_JOIN}(?:{_SMALL}{_JOIN}){{0,3}}(?:{_WORD})){{0,6}}"
_BARE = rf"(?:{_WORD})(?:{_JOIN}(?:(?:&|and|und|et|y|e|en){_JOIN})?(?:{_WORD})){{0,5}}"

# https://en.wikipedia.org/wiki/List_of_legal_entity_types_by_country
_FORM = (
    r"(?:Inc(?:orporated)?|L\.?L\.?C|Ltd|Limited|P\.?L\.?C|L\.?L\.?P|Corp(?:oration)?|GmbH(?:[ ]&[ ]Co\.?[ ]KG)?|mbH|AG|KGaA|OHG|UG|e\.[ ]?V|"
    r"S\.A\.R\.L|SARL|SAS|S\.A\.S|S\.A|SA|S\.p\.A|SpA|S\.r\.l|Srl|S\.L\.U?|S\.L|Ltda|Lda|S/A|B\.V|BV|N\.V|NV|VOF|V\.O\.F|"
    r"Pty(?:\.?[ ]Ltd)?|Pvt(?:\.?[ ]Ltd)?|Oy|AB|A/S|ASA|Co\.(?=[ ,)\n]))"
)
_HEAD = (
    r"(?:University|Institute|College|Academy|Foundation|Corporation|Company|Association|Society|Council|Committee|"
    r"Commission|Consortium|Federation|Ministry|Agency|Authority|Bureau|Bank|Hospital|Clinic|Laborator(?:y|ies)|Labs|"
    r"Press|Publishing|Publishers|Holdings?|Industries|Technologies|Enterprises|Airlines|Centre|Center|House|Motors|Pharmaceuticals|Insurance|"
    r"Partners|Associates|Brothers|Bros|Union|Parliament|Senate|Congress|"
    r"Universität|Hochschule|Stiftung|Verein|Gesellschaft|Ministerium|Krankenhaus|Sparkasse|Universidad|Universidade|"
    r"Université|Università|Universiteit|Stichting|Vereniging|Ziekenhuis)"
)
_OF = (
    r"(?:Universit(?:y|ies)|Institute|College|Academy|School|Department|Ministry|Bank|Bureau|Council|Association|Society|"
    r"Republic[ ]Bank|Library|Hospital|Universität|Hochschule|Technische[ ]Universität|Ministerium|Universidad|Universidade|"
    r"Université|Università|Universiteit|Ministerio|Ministério|Ministère|Ministero|Ministerie|Banco|Banca|Banque|Fundación|Fundação|Fondation|"
    r"Fondazione|Instituto|Institut|Istituto|Instituut|Asociación|Associação|Associazione|Société|Sociedad|Compagnie|Compañía|"
    r"Ayuntamiento|Hôpital|Hospital|Ospedale|Clube?|Gemeente)"
)
_FORMS = re.compile(rf"(?<![\w@/.'’&-])(?P<name>(?P<bare>{_BARE}),?[ ]{_FORM}\.?)(?![\w@/-])")
_HEADS = re.compile(
    rf"(?<![\w@/.'’&-])(?P<name>{_BARE}{_JOIN}{_HEAD}(?:{_JOIN}(?:of|for|de|für|di){_JOIN}(?:the{_JOIN})?(?:{_BARE}))?)(?![\w@/-])"
)
_HEAD_FIRST = re.compile(
    rf"(?<![\w@/.'’&-])(?P<name>(?:(?:{_WORD}){_JOIN}){{0,2}}{_OF}{_JOIN}(?:of|for|de|do|da|del|della|di|des|du|für|van|zu)?{_JOIN}?"
    rf"(?:the{_JOIN}|la{_JOIN}|l['’])?(?:{_NAME}))(?![\w@/-])"
)
_KNOWN_BY = re.compile(
    rf"(?:\b(?:CEO|CTO|CFO|chairman|director|president|founder|employees?|subsidiary|division|shareholders?|customers) (?:of|at)|"
    rf"\b(?:works?|worked|working|employed|hired) (?:at|for|by)|published (?:\w+ )?by|\bacquired by|\b(?:sold|manufactured|developed|marketed) by|"
    rf"\b[Tt]he company) (?P<name>{_BARE})(?![\w@/-])"
)
_DOES = re.compile(
    rf"(?<![\w@/.'’&-])(?P<name>{_BARE})(?:['’]s (?:CEO|shareholders|headquarters|board|employees)|"
    rf" (?:announced|acquired|declared bankruptcy|went bankrupt|is headquartered|has its headquarters|sold its|employs|filed for|administrators)\b)"
)
_WITHOUT_DOT = re.compile(
    r"[ ](?:GmbH|[KO]?H?G|mbH|AG|KGaA|OHG|UG|LLC|PLC|LLP|SARL|SAS|SA|SpA|Srl|BV|NV|VOF|Oy|AB|A/S|ASA|KG|Limited)\Z"
)
_SHORT = re.compile(r"[ ]\((?:the[ ])?[\"“]?(?P<short>[A-Z][A-Za-z&]{1,9})[\"”]?\)")
_ARTICLES = re.compile(
    r"^(?:(?:The|A|An|This|That|Our|His|Her|Their|In|At|By|From|Of|Die|Der|Das|Le|La|Les|El|Los|Il|O|As|With|And|For|De|Het|See|If|When|While)\s+)+"
)
_LICENSES = re.compile(r"\b(?:License|Licence|Act|Agreement|Manual|Guide|Version|Public)\b")

_MOST = 500
_BY_FORM, _BY_HEAD, _BY_CUE, _SHORTENED = 2.6, 1.7, 0.5, 1.4
_SEVERAL, _ONE_WORD, _OF_TITLES = 0.6, -0.4, -2.5


def organisations(text: str) -> Iterator[Span]:
    """The organisations that a text names in full, and where it names the same again."""
    found: dict[tuple[int, int], Span] = {}
    taken = Taken()
    for pattern, detail, weight in (
        (_FORMS, "ends with a legal form", _BY_FORM),
        (_HEADS, "a word says what it is", _BY_HEAD),
        (_HEAD_FIRST, "a word says what it is", _BY_HEAD),
        (_KNOWN_BY, "behind a word that organisations follow", _BY_CUE),
        (_DOES, "does what organisations do", _BY_CUE),
    ):
        for match in pattern.finditer(text):
            start, end = match.span("name")
            led = _ARTICLES.match(text[start:end])
            start += led.end() if led is not None else 0
            if text[end - 1] == "." and _WITHOUT_DOT.search(text, start, end - 1):
                end -= 1
            if weight == _BY_HEAD and len(text[start:end].split()) < 2:
                # A bank, a company: any.
                continue
            if end - start < 3 or taken.meets(start, end):
                continue
            taken.add(start, end)
            found[start, end] = _organisation(text, start, end, detail, weight)
    yield from found.values()
    yield from _named_again(text, found, taken)


def _organisation(text: str, start: int, end: int, detail: str, weight: float) -> Span:
    shown = text[start:end].split()
    signs = [("several words", _SEVERAL)] if len(shown) > 1 else [("one word alone", _ONE_WORD)]
    if _LICENSES.search(text, start, end):
        signs.append(("words of a title or a licence", _OF_TITLES))
    return Span(start, end, *weighed(weight, detail, signs))


def _initials(name: str, letters: str) -> bool:
    """Whether letters are those that the words of a name begin with: of its words with capitals, at least."""
    first = [word[0] for word in name.replace("-", " ").split() if word[0].isalpha()]
    capitals = "".join(letter for letter in first if letter.isupper())
    wanted = letters.upper()
    return wanted in (capitals, "".join(first).upper())


def _named_again(text: str, found: dict[tuple[int, int], Span], taken: Taken) -> Iterator[Span]:
    """The same by its short name: the letters in brackets behind it, or its name without its form."""
    short: dict[str, float] = {}
    for (start, end), span in found.items():
        if span.score < 0.8:
            continue
        letters = _SHORT.match(text, end)
        if letters is not None and _initials(text[start:end], letters["short"]):
            short[letters["short"]] = span.score
        form = _FORMS.match(text, start)
        if form is not None and not all(map(is_no_name, form["bare"].split())):
            short[form["bare"]] = span.score
        short[text[start:end]] = span.score
    if not short:
        return
    names = "|".join(map(re.escape, sorted(short, key=len, reverse=True)[:_MOST]))
    for match in re.finditer(rf"(?<![\w@/.'’&-])(?:{names})(?![\w@/(-])", text):
        if not taken.meets(*match.span()):
            yield Span(
                match.start(),
                match.end(),
                *weighed(_SHORTENED, "an organisation that is named in full elsewhere in the text", ()),
            )
