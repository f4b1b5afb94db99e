"""The pattern method: what the values of a column say, by themselves or under its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

from assay.detect.shapes import is_prose
from assay.model import ColumnSketch, Features, Identifier, ValueKind
from assay.tables.worded import is_plain, of_words

_THRESHOLDS = ((500, 0.05), (2_000, 0.10))
_THRESHOLD_ABOVE = 0.15
# Of any words, as many are on lists of names, or may be log-in names.
BACKGROUND = {"PERSON_NAME": 0.15, "USERNAME": 0.3}
# Addresses under a domain for documentation can be written to nobody, but the column is made for those that can; so are
# numbers that are kept for films.
_STILL_PERSONAL = frozenset(("EMAIL", "PHONE"))
_FICTITIOUS = 0.75
_FEWEST_TESTS, _SOME = 3, 0.03
_TEXTS = ("text", "other")
_Z = 1.96
SURE = 0.9
LOOSE = 0.75
"""Up to which confidence a form says little by itself: the column's name makes it what it is."""
_MOST_ALIKE = 0.9
_ENOUGH_ALIKE = 20
_DEVIATIONS = 3.0
_NAMES_BESIDE, _NAMES_FROM, _NAMES_SURE = 0.12, 0.36, 0.6
_MOSTLY = 0.52
_NAMES_WHATEVER = (0.55, 0.65)
_WORDS_WHATEVER = {"clinical": 0.8, "medicine": 0.55, "procedure": 0.8, "icd": 0.85, "vin": 0.9, "login": 0.8}
_FEWEST = 5
_UNSAID = 0.9
_EIGHTIES = "decade_198"
_ADULTS, _EARLY, _MEANT = 0.7, 0.25, 0.6
_STREETS = 0.7
_FIRMS = 0.2
# Of a column without a name: by which words its values are something, what share of them has to have one at least, and how
# many different values there have to be.
_BY_WORDS = {
    "clinical": ("DIAGNOSIS", 0.45, 4),
    "medicine": ("MEDICATION", 0.45, 4),
    "procedure": ("MEDICAL_PROCEDURE", 0.5, 4),
    "icd": ("ICD_CODE", 0.7, 10),
    "vin": ("VEHICLE_ID", 0.9, 12),
    "login": ("USERNAME", 0.4, 12),
}
_FEW_NAMES, _MOST_ASKED = 4, 12
_LEAST_CELLS = 12
_NUMBERS = frozenset(("integer", "decimal"))
_MEASURES = frozenset((ValueKind.FLOAT, ValueKind.DECIMAL))
_DATES = frozenset((ValueKind.DATE, ValueKind.TIME, ValueKind.TIMESTAMP, ValueKind.INTERVAL))
DATED = frozenset(("DOB", "CARD_EXPIRY", "AGE"))
MEASURED = frozenset(("GEO_COORDINATES", "SALARY", "LAB_RESULT"))
# Tables of reference have such codes too.
_CODES = frozenset(("LAB_CODE", "SNOMED_CODE", "MEDICATION_CODE"))
BINARY = frozenset(("GENDER",))


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueVote:
    """What values say of one identifier. `score` is 0–1, `None` where nothing can be said; `share` of the filled cells
    match; `certain` says that more rows would not change it; `sure` that single values prove themselves."""

    identifier: str
    score: float | None
    share: float = 0.0
    hits: int = 0
    certain: bool = True
    sure: bool = False
    because: str = ""


def threshold(rows: int) -> float:
    """The share of matching values from which a pattern is certain: 5 % below 500 rows, 10 % below 2,000, 15 % above."""
    return next((share for limit, share in _THRESHOLDS if rows < limit), _THRESHOLD_ABOVE)


def wilson(hits: float, of: int, z: float = _Z) -> tuple[float, float]:
    """The interval that holds the true share with 95 % confidence (Wilson 1927), for `hits` of `of`.

    >>> [round(bound, 3) for bound in wilson(10, 200)]
    [0.027, 0.09]
    """
    if of <= 0:
        return 0.0, 1.0
    share = min(1.0, hits / of)
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def votes(
    sketch: ColumnSketch,
    named: Mapping[str, str],
    identifiers: Mapping[str, Identifier],
    *,
    among_people: bool = False,
    is_unnamed: bool = True,
) -> dict[str, ValueVote]:
    """A vote for every identifier that values speak of, and for those that its name speaks of (`named`).

    `among_people` says that other columns of the table hold a person's data, `is_unnamed` that the column's name tells
    nothing, so that lists of names may. An identifier that has nothing to say abstains (`score` is `None`) where there are no values.
    """
    found = {}
    features = sketch.features
    for name in sorted({*sketch.hits, *features.hits, *(_STILL_PERSONAL & features.tests.keys()), *named}):
        if name in identifiers:
            found[name] = _matching(sketch, name, named.get(name))
    for name, hint in named.items():
        vote = found.get(name)
        if vote is None or vote.score is None or vote.score >= _MEANT:
            continue
        if cells := of_words(name, hint, features, among_people=among_people):
            share = cells / features.cells
            found[name] = ValueVote(identifier=name, score=share, share=share, hits=cells, because="letters")
    for name, (score, cells) in _by_lists(features, among_people, is_unnamed).items():
        if name in identifiers and (name not in found or (found[name].score or 0.0) < score):
            found[name] = ValueVote(
                identifier=name, score=score, share=cells / features.cells, hits=cells, because="lists"
            )
    for name, cells in features.pure.items():
        if not is_unnamed and name in _CODES:
            continue
        if name in identifiers and features.cells and _is_best_pure(name, features, identifiers):
            share = cells / features.cells
            # Where a name says something, too, that comes first.
            found[name] = ValueVote(
                identifier=name, score=_UNSAID * share, share=share, hits=cells, because="check digits"
            )
    if "PERSON_NAME" in found and _are_firms(features):
        found["PERSON_NAME"] = replace(found["PERSON_NAME"], score=0.0, certain=True, sure=False, because="firms")
    return {name: vote for name, vote in found.items() if _is_possible(sketch, name, vote)}


def _matching(sketch: ColumnSketch, name: str, hint: str | None) -> ValueVote:
    features = sketch.features
    named = hint is not None
    background = 0.0 if is_plain(name, hint) else BACKGROUND.get(name, 0.0)
    # A cell may hold several.
    hits = min(sketch.hits.get(name, 0), sketch.filled)
    whole = sketch.whole.get(name, 0)
    filled = sketch.filled
    sure = sketch.confidence.get(name, 0.0) >= SURE
    if features.cells and features.hits.get(name, 0) * filled > hits * features.cells:
        # Words that are understood from the column's meaning only were searched for in some of the rows.
        hits = whole = round(features.hits[name] * filled / features.cells)
    if not filled:
        return ValueVote(identifier=name, score=None)
    if name in _STILL_PERSONAL and (hits + features.tests.get(name, 0)) * 2 > features.cells > hits * 2:
        share = (features.hits.get(name, 0) + features.tests.get(name, 0)) / features.cells
        score = 1.0 if named else _FICTITIOUS
        if named or (share >= _MOST_ALIKE and features.distinct_values >= _FEWEST):
            return ValueVote(
                identifier=name, score=score, share=share, hits=round(share * filled), because="test values"
            )
    if name in _STILL_PERSONAL and (written := _written_of_nobody(features, name)):
        share = written / features.cells
        return ValueVote(
            identifier=name, score=_FICTITIOUS, share=share, hits=round(share * filled), because="test values"
        )
    if (
        name != "PERSON_NAME"
        and sketch.confidence.get(name, 0.0) <= LOOSE
        and not is_prose(features.length, features.cells)
    ):
        hits = min(hits, whole)  # of what only the name makes a value, a part of a cell says nothing
    if not named and whole * 2 < hits and not is_prose(features.length, features.cells):
        # Parts of codes and paths: what does not fill its cell says little, unless it proves itself.
        hits = hits if sure else whole
    if _is_chance(features, name, named) and not (named and hits * 2 > filled):
        return ValueVote(identifier=name, score=0.0, share=hits / filled, hits=hits, because="chance")
    share = hits / filled
    limit = threshold(sketch.rows)
    low, high = wilson(hits, filled)
    return ValueVote(
        identifier=name,
        score=min(1.0, max(0.0, share - background) / max(limit, background)),
        share=share,
        hits=hits,
        certain=not low < limit <= high,
        sure=sure and hits > 0,
    )


def _are_firms(features: Features) -> bool:
    """Whether names are those of firms, some of which are called after persons: a good part says what kind of firm it is, and
    fewer are a given and a family name."""
    firms = features.signs.get("firm", 0)
    return firms >= _FEWEST and firms >= _FIRMS * features.cells and features.signs.get("both_names", 0) * 2 < firms


def _written_of_nobody(features: Features, name: str) -> int:
    """How many cells of a text, or of a column that most of such stand in, hold what can be written to nobody, where hardly
    any holds another: where people write these, they write their own, too."""
    tests = features.tests.get(name, 0)
    if tests < _FEWEST_TESTS or features.hits.get(name, 0) * 2 > tests:
        return 0
    texts = sum(features.shapes.get(shape, 0) for shape in _TEXTS)
    is_text = texts * 2 > features.cells or is_prose(features.length, features.cells)
    least = _SOME if is_text else _MOSTLY
    return tests if tests >= least * features.cells and features.distinct_values >= _FEWEST else 0


def _is_chance(features: Features, name: str, named: bool) -> bool:
    """Whether no more values of the same mask match than would if they were random."""
    alike, expected = features.alike.get(name, 0), features.by_chance.get(name, 0.0)
    hits = features.hits.get(name, 0)
    if not named and alike >= _ENOUGH_ALIKE and hits * 2 < alike:
        return True  # what most of the values that are written alike are not
    if alike < _ENOUGH_ALIKE or not expected or hits >= _MOST_ALIKE * alike:
        return False
    share = min(1.0, expected / alike)
    return hits <= expected + _DEVIATIONS * sqrt(alike * share * (1 - share))


def _by_lists(features: Features, among_people: bool, is_unnamed: bool) -> dict[str, tuple[float, int]]:
    """Names of persons, birth dates, addresses and words of medicine, told by lists and by how values look, without any
    name of the column: a score for each, and how many cells it rests on.

    In a table that holds a person's data for certain (`among_people`) less is needed, and only there a date is a birth date;
    of a column whose name tells of something else, most have to be names.
    """
    if features.cells < _FEWEST or features.distinct_values < _FEW_NAMES:
        return {}
    found: dict[str, tuple[float, int]] = {}
    signs = features.signs
    # Where names of both kinds stand together seldom, firms that are called after persons are more likely.
    both, full = signs.get("both_names", 0), signs.get("full_name", 0)
    names = max(
        full if both * 2 >= full or full >= _MOSTLY * features.cells else both,
        signs.get("given_name", 0),
        signs.get("family_name", 0),
    )
    least = wilson(names, features.cells)[0]
    start, sure = (_NAMES_BESIDE, _NAMES_FROM) if among_people else (_NAMES_FROM, _NAMES_SURE)
    if not is_unnamed:
        start, sure = _NAMES_WHATEVER
    if least > start and features.distinct_values >= _least_different(features.cells):
        found["PERSON_NAME"] = min(1.0, (least - start) / (sure - start)), names
    for sign, (name, least, fewest) in _BY_WORDS.items():
        number = signs.get(sign, 0)
        # What a name tells of may be described in such words now and then.
        share = least if is_unnamed else max(least, _WORDS_WHATEVER[sign])
        different = fewest if is_unnamed else 2 * fewest
        if features.distinct_values >= different and wilson(number, features.cells)[0] >= share:
            found[name] = _MEANT, number
    if "DIAGNOSIS" in found and signs["clinical"] <= max(signs.get("medicine", 0), signs.get("procedure", 0)):
        del found["DIAGNOSIS"]
    if not is_unnamed:
        return found
    if among_people and _look_like_births(features):
        found["DOB"] = _MEANT, signs["date_of_adult"]
    if features.distinct_values < _least_different(features.cells):
        return found  # a few classes or accounts, each with a number
    if among_people and wilson(signs.get("street", 0), features.cells)[0] >= _STREETS:
        found["ADDRESS"] = _MEANT, signs["street"]
    return found


def _least_different(cells: int) -> int:
    """How many different names a column of persons has at least: of four brands in a hundred rows, some are names, too."""
    return max(_FEW_NAMES, min(_MOST_ASKED, cells // 5))


def _look_like_births(features: Features) -> bool:
    """Dates without a time of day, nearly all of adults, a good part of them before the eighties."""
    signs, cells = features.signs, features.cells
    adult = signs.get("date_of_adult", 0)
    early = sum(number for sign, number in signs.items() if sign.startswith("decade_") and sign < _EIGHTIES)
    later = signs.get("date_recent", 0) + signs.get("date_to_come", 0)
    return adult >= _ADULTS * cells and early >= _EARLY * cells and later <= (1 - _ADULTS) / 3 * cells


def _is_best_pure(name: str, features: Features, identifiers: Mapping[str, Identifier]) -> bool:
    """Whether no other identifier fits as well and comes first: one number may satisfy several countries' checks."""
    best = max(features.pure, key=lambda other: (features.pure[other], identifiers[other].priority, other))
    return name == best


def _is_possible(sketch: ColumnSketch, name: str, vote: ValueVote) -> bool:
    """Whether the column's type admits the identifier: a boolean is no e-mail address, an amount no number of a card."""
    kind, features = sketch.kind, sketch.features
    if kind is ValueKind.BOOLEAN:
        return name in BINARY
    if kind in _DATES:
        return name in DATED
    if kind in _MEASURES and features.shapes.get("decimal", 0) * 2 > features.cells:
        return name in MEASURED
    if features.cells >= _LEAST_CELLS and not vote.sure:
        boolean = features.shapes.get("boolean", 0) + features.shapes.get("integer", 0)
        if features.distinct_values <= 2 and boolean == features.cells and features.longest <= 1:
            return name in BINARY
    return True
