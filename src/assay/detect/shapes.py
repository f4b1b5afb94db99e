"""What a value looks like: its shape, its mask, and what it is a sign of. None of the three tells the value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from functools import lru_cache

from assay.detect.firms import is_firm
from assay.detect.validators.column_names import both_names, family_name, full_name, given_name
from assay.detect.validators.health import clinical_text, icd10_listed, medication_text, procedure_text
from assay.detect.validators.logins import login_name

_SHAPE = re.compile(
    r"""
    (?P<boolean>(?i:true|false|yes|no|t|f|y|n|[01]))
  | (?P<integer>[+-]?\d+)
  | (?P<decimal>[+-]?(?:\d+\.\d*|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?:[eE][+-]?\d+)?|[$€£]\s?\d[\d.,]*)
  | (?P<timestamp>\d{4}[-/.]\d\d?[-/.]\d\d?[T ]\d\d?:\d\d[^a-z]{0,24}|\d\d?[-/.]\d\d?[-/.]\d{2,4},?[ ]\d\d?:\d\d(?::\d\d)?(?:[ ]?[APap][Mm])?)
  | (?P<date>\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.](?:\d\d|\d{4})|\d\d?[- ][A-Za-z]{3,9}\.?,?[- ]\d{2,4}|[A-Z][a-z]{2,8}\.?[ ]\d\d?,?[ ]\d{4})
  | (?P<time>\d\d?:\d\d(?::\d\d(?:\.\d+)?)?(?:[ ]?[APap][Mm])?)
  | (?P<uuid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})
  | (?P<hex>(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])(?:[0-9a-fA-F]{2}){8,})
  | (?P<email>[^\s@]+@[^\s@]+\.[^\s@]+)
  | (?P<url>[A-Za-z][A-Za-z0-9+.-]{1,12}://\S+|www\.\S+)
  | (?P<json>\{.*\}|\[.*\])
  | (?P<word>[^\W\d_][^\W\d_'’.-]*(?:['’-][^\W\d_]+)*\.?)
  | (?P<words>[^\W\d_](?:[^\W\d_]|['’.,/&-])*(?:[ ]+(?:[^\W\d_]|['’.,/&()-])+){1,4})
  | (?P<code>[\w./#:+-]+)
  | (?P<text>.*\s.*\s.*\s.*)
  | (?P<other>.*)
    """,
    re.VERBOSE | re.DOTALL,
)
_LONG = 256
_DIGITS = str.maketrans("0123456789", "9999999999")
_UPPER = re.compile(r"[A-Z]")
_LOWER = re.compile(r"[a-z]")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.]?(\d\d?)[-/.]?(\d\d?)")
_YEAR_LAST = re.compile(r"\b((?:19|20)\d\d)\b")
_SHORT_TEXT, _WORDS_TO_ONE = 90, 15
_BESIDE = "".join(chr(code) for code in range(33, 127) if not chr(code).isalnum())
# ISO 3779: seventeen letters and digits without I, O and Q.
_VIN = re.compile(r"(?=[A-Z]*\d)(?=\d*[A-Z])[A-HJ-NPR-Z0-9]{17}")
# A word takes all of its letters: the ways to part them into several are more than can be tried.
_STREET = re.compile(
    r"\d{1,6}[A-Za-z]?,? (?:[^\W\d_][\w.'’-]*+,? ?){1,6}.{0,40}|(?:[^\W\d_][\w.'’-]*,? ){1,6}\d{1,5}[a-z]?(?:[ ,].{0,8}[^\W\d_]{2}.{0,32})?"
)
_NUMBERED = re.compile(r"(?:(?:Mrs?|Ms|Dr)\. )?(?:[^\W\d_a-z][^\W\d_A-Z]+['’-]?[^\W\d_]*\d{1,3}(?: |$)){1,3}")
_NUMBERS = re.compile(r"\d+")
STREET = "street"
"""The sign of a value that is written as a street and a house number are."""
_FEW_STREETS, _HOUSES_A_STREET = 4, 8
_SEX = frozenset(
    [
        "m",
        "f",
        "male",
        "female",
        "man",
        "woman",
        "männlich",
        "weiblich",
        "masculin",
        "féminin",
        "hombre",
        "mujer",
        "h",
        "homme",
        "femme",
        "w",
    ]
)


@lru_cache(maxsize=65_536)
def shape_of(value: str) -> str:
    """`integer`, `date`, `words` …: one of the names in the expression above.

    >>> [shape_of(value) for value in ("12", "1.50", "1984-02-29", "Ada", "Ada Park", "A-12", "yes")]
    ['integer', 'decimal', 'date', 'word', 'words', 'code', 'boolean']
    """
    if len(value) > _LONG:
        return "json" if value[0] in "[{" and value[-1] in "]}" else "text"
    match = _SHAPE.fullmatch(value.strip())
    return (match and match.lastgroup) or "other"


@lru_cache(maxsize=65_536)
def mask_of(value: str) -> str:
    """The value with its digits, capitals and small letters made alike; at most 48 characters.

    >>> mask_of("AB-536 x")
    'AA-999 a'
    """
    return _LOWER.sub("a", _UPPER.sub("A", value[:48].translate(_DIGITS)))


SIGNED = frozenset(("word", "words", "date", "timestamp", "boolean", "code", "other"))
"""Shapes whose values can be signs of something."""


def signs_of(value: str, shape: str, today: date) -> Iterator[str]:
    """What a value of that shape is a sign of: part of a name, a date long past, one to come …"""
    if shape == "word":
        if value.lower() in _SEX:
            yield "sex"
        if given_name(value):
            yield "given_name"
        if family_name(value):
            yield "family_name"
    elif shape == "words":
        yield from _named(value)
    elif shape in ("date", "timestamp"):
        yield from _dated(value, today)
    elif shape == "boolean" and value.lower() in _SEX:
        yield "sex"
    elif shape in ("code", "other") and _NUMBERED.fullmatch(value):
        # Generators of patients who do not exist write digits behind names: `Adan632 Sanches190`.
        plain = _NUMBERS.sub("", value)
        yield from signs_of(plain, shape_of(plain), today)


def further_signs_of(value: str, shape: str) -> Iterator[str]:
    """What a value is a sign of by its words, for columns that have no name: too dear, and too often wrong, for others."""
    if shape in ("word", "code") and login_name(value):
        yield "login"
    if shape in ("word", "words", "text", "other"):
        if _is_clinical(value):
            yield "clinical"
        if medication_text(value):
            yield "medicine"
        if procedure_text(value):
            yield "procedure"
        if _STREET.fullmatch(value):
            yield STREET
    elif shape == "code":
        if icd10_listed(value):
            yield "icd"
        if _VIN.fullmatch(value):
            yield "vin"


def are_many_streets(values: Collection[str]) -> bool:
    """Whether the words beside the numbers differ as names of streets do: `step 17` and `step 18` count one thing.

    >>> are_many_streets([f"step {at}" for at in range(9)]), are_many_streets(["Hauptstr. 3", "Am Wehr 11", "Zur Furt 7"])
    (False, True)
    """
    different = {_NUMBERS.sub("", value).strip(" ,").casefold() for value in values}
    return len(different) >= min(len(values), max(_FEW_STREETS, len(values) // _HOUSES_A_STREET))


def _is_clinical(value: str) -> bool:
    """Of many words one is always like one of medicine: a text needs several."""
    if len(value) <= _SHORT_TEXT:
        return clinical_text(value)
    words = Counter(value.split())
    left = words.total()
    need = max(2, left / _WORDS_TO_ONE)
    # The most frequent words are of no art, and behind them there are soon too few left.
    for word, number in words.most_common():
        if left < need:
            return False
        left -= number
        if clinical_text(_bare(word)):
            need -= number
            if need <= 0:
                return True
    return False


def _bare(word: str) -> str:
    """A word without what stands beside it in a sentence, which is asked about once however it is written."""
    if len(word) > _LONG or not word.isascii():
        return word
    return word.strip(_BESIDE).lower()


def _named(value: str) -> Iterator[str]:
    if family_name(value):
        yield "family_name"
    if full_name(value):
        yield "full_name"
        if both_names(value):
            yield "both_names"
    if is_firm(value):
        yield "firm"


def _dated(value: str, today: date) -> Iterator[str]:
    match = _YEAR_FIRST.match(value) or _YEAR_LAST.search(value)
    if match is None:
        return
    age = today.year - int(match[1])
    if age < 0:
        yield "date_to_come"
    elif age <= 1:
        yield "date_recent"
    elif age > 120:
        yield "date_ancient"
    elif age >= 16:
        yield "date_of_adult"
    if 0 <= age <= 120:
        yield f"decade_{int(match[1]) // 10}"


def is_prose(lengths: int, cells: int) -> bool:
    """Whether cells are long enough, on average, to be sentences."""
    return cells > 0 and lengths / cells > 60
