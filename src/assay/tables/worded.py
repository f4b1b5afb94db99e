"""Names of columns under which nothing else is written than words of one kind, whether a list has them or not."""

from __future__ import annotations

import re

from assay.model import Features

_PERSONS = frozenset(
    [
        "first name", "last name", "family name", "given name", "middle name", "maiden name", "full name", "surname",
        "firstname", "lastname", "fullname", "forename", "name first", "name last", "name family", "name given",
        "name middle", "first nm", "last nm", "fst nm", "lst nm", "fname", "lname", "mother maiden name",
        "patient name", "employee name", "person name", "member name", "subscriber name", "student name",
        "passenger name", "guest name", "doctor name", "physician name", "cardholder name", "card holder name", "cardholder",
        "contact person", "contact name", "next of kin", "driver name", "insured name",
        "vorname", "nachname", "familienname", "prenom", "prénom", "nom famille", "nom de famille", "apellido", "apellidos",
        "cognome", "sobrenome", "achternaam", "voornaam", "förnamn", "efternamn", "etternavn", "fornavn", "nazwisko", "imie",
        "imię", "jmeno", "jméno", "ad soyad", "фамилия", "фио", "sn:",
    ]
)  # fmt: skip
_STREETS = frozenset(
    [
        "street", "street name", "street address", "address line", "address line 1", "address 1", "address 2", "address1",
        "address2", "mailing address", "home address", "billing address", "shipping address", "residential address",
    ]
)  # fmt: skip
_MEDICAL = {
    "DIAGNOSIS": re.compile(
        r"diagn|\bdx\b|allerg|symptom|complaint|disease|illness|disorder|krank|malad|enferm|doen[cç]|malatt|chorob|"
        r"patholog|patolog|anamn|befund|aeterm|aedecod|mhterm|problem list"
    ),
    "MEDICATION": re.compile(
        r"medication|medicine|medikam|medicam|médicam|medica[cç]|\bmeds?\b|\bdrug\b|arznei|wirkstoff|vaccin|vacuna|impfstoff|"
        r"cmtrt|cmdecod|f[aá]rmaco|geneesmiddel|läkemedel|prescribed|substance"
    ),
    "MEDICAL_PROCEDURE": re.compile(
        r"procedure|surger|surgical|\bpx\b|eingriff|intervention chir|cirug|cirurg|procedim|prozedur|prtrt|prdecod|zabieg|"
        r"operation (?:name|text|description|performed)"
    ),
}  # fmt: skip
_NAMES, _TEXTS = ("word", "words"), ("word", "words", "text", "other")
_MOST = 0.8
_LEAST_DIFFERENT, _MOST_ASKED, _OF_CELLS, _LEAST_TERMS = 3, 12, 5, 4


def is_plain(name: str, hint: str | None) -> bool:
    """Whether a word of a column's name says by itself that what stands there are names of persons, or streets."""
    return hint in _PERSONS if name == "PERSON_NAME" else hint in _STREETS if name == "ADDRESS" else False


def of_words(name: str, hint: str, features: Features, *, among_people: bool) -> int:
    """How many cells are words under a name that says what they are; 0 where too few are, or it does not say so.

    Terms of medicine in a language that no list covers count in tables of people only: machines have diagnoses, too.
    """
    shapes: tuple[str, ...] = _NAMES
    different = max(_LEAST_DIFFERENT, min(_MOST_ASKED, features.cells // _OF_CELLS))
    if name in _MEDICAL:
        if not among_people or _MEDICAL[name].search(hint) is None:
            return 0
        shapes, different = _TEXTS, _LEAST_TERMS
    elif not is_plain(name, hint):
        return 0
    elif name == "ADDRESS":
        shapes = (*_TEXTS, "code")
    cells = sum(features.shapes.get(shape, 0) for shape in shapes)
    return cells if features.distinct_values >= different and cells >= _MOST * features.cells else 0
