"""What columns are called for the purpose of judging them, where their headers alone do not say it.

The other headers tell what stands before all of them; the first values, whose names stand under a `name`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from assay.detect.names import BESIDE, NameIndex, tokens
from assay.detect.phrases import phrase
from assay.detect.prefixes import bare
from assay.detect.validators.person_names import listed_person_name, person_name_value
from assay.model import ColumnSketch
from assay.tables.values import BACKGROUND
from assay.tables.worded import is_plain

PERSON = "PERSON_NAME"
HOMES = {"county": "home county", "landkreis": "landkreis wohnort"}
"""Places that a table lists for their own sake, or as somebody's: the latter where its other columns are of persons."""
# What a table of places has beside their names: shapes on the globe, and codes that only places have.
_OF_PLACES = frozenset(
    (
        "geom", "geometry", "the geom", "wkt", "wkb", "wkb geometry", "geojson", "shape area", "shape leng", "shape length",
        "fips", "fips code", "fipsno", "state fips", "county fips", "statefp", "countyfp", "geoid", "geoid 10", "geoid 20", "geonameid",
        "iso a 2", "iso a 3", "iso 2", "iso 3", "iso 3166 1", "iso 3166 2", "iso 3166", "cca 2", "cca 3", "un locode", "locode",
        "admin 1", "admin 2", "adm 0", "adm 1", "adm 2", "iata", "icao", "iata code", "icao code", "lat", "latitude", "perimeter",
    )
)  # fmt: skip
_PERSONAL = frozenset(("EMAIL", "PHONE", "DOB", "SSN", "GENDER", "AGE", "USERNAME", "PATIENT_ID", "MRN"))
"""Of what a table that has it beside names is of persons, however it tells where they are."""
_PERSONS = 0.3
_LEAST = 40
_OF_A_THING = "item"


def bare_names(columns: Sequence[str], table: str, names: NameIndex) -> list[str]:
    """The columns' names without what a format of records puts before all of them."""

    def is_known(column: str) -> bool:
        text = phrase(column, table, names).text
        return bool(names.match(text) or names.against(text))

    return bare(columns, is_known)


def of_persons(columns: Sequence[str], table: str, names: NameIndex, personal: Collection[int]) -> list[str]:
    """The columns' names, a place being somebody's home where another column is named after data of persons (`personal`)."""
    homes = [HOMES.get(" ".join(tokens(column))) for column in columns]
    if not any(homes):
        return list(columns)
    said = [names.match(phrase(column, table, names).text) for column in columns]
    # A hint with a colon is a word that is as often of a thing or an office: `contact_email`, `product_name`.
    if not any(index in personal and not hint.endswith(":") for found in said for index, hint in found.items()):
        return list(columns)
    return [home or column for home, column in zip(homes, columns, strict=True)]


def renamed(sketches: Sequence[ColumnSketch], called: Sequence[str]) -> Sequence[ColumnSketch]:
    """The sketches under the names that they are judged by."""
    return [
        sketch if name == sketch.name else replace(sketch, name=name)
        for sketch, name in zip(sketches, called, strict=True)
    ]


def with_fields(sketches: Sequence[ColumnSketch]) -> list[ColumnSketch]:
    """The sketches, each that has no values of its own with how many other columns are fields of it.

    Of documents some have nothing under a key that has keys in others.
    """
    below: Counter[str] = Counter()
    for sketch in sketches:
        name = sketch.name
        below.update(name[:at] for at in range(1, len(name)) if name[at] in ".[")
    return [
        sketch if sketch.filled or sketch.fields else replace(sketch, fields=below[sketch.name]) for sketch in sketches
    ]


def of_places(columns: Sequence[str], said: Iterable[Mapping[str, str]]) -> bool:
    """Whether a table is one of places: a column is called as only places have it, and none after data of persons.

    `said` are, for each column, the identifiers that its name speaks of, each with its hint.
    """
    if not any(" ".join(tokens(column)) in _OF_PLACES for column in columns):
        return False
    return not any(
        name in _PERSONAL or (name == PERSON and not hint.endswith(":"))
        for found in said
        for name, hint in found.items()
    )


def settled_among_places(called: str, hint: str | None, values: Sequence[str]) -> str:
    """`settled` in a table of places: a bare name is theirs, unless a good part of the first values are whole names of persons."""
    if hint is None or " " in hint or is_plain(PERSON, hint):
        return called
    filled = [value for value in map(str.strip, values) if value]
    if filled and sum(map(listed_person_name, filled)) > _PERSONS * len(filled):
        return called
    return f"{_OF_A_THING}{BESIDE}{called.replace(BESIDE, ' ')}"


def settled(called: str, hint: str | None, values: Sequence[str]) -> str:
    """What a column is called for the search of persons' names: as it is, or as the name of a thing.

    `hint` is the word of the name that speaks for a person, `values` are the first values, of which few are names where the
    column holds packages, products or words: what any list of words gives.
    """
    if hint is None or " " in hint or is_plain(PERSON, hint):
        return called
    filled = [value for value in map(str.strip, values) if value]
    if len(filled) < _LEAST or sum(map(person_name_value, filled)) > BACKGROUND[PERSON] * len(filled):
        return called
    return f"{_OF_A_THING}{BESIDE}{called.replace(BESIDE, ' ')}"
