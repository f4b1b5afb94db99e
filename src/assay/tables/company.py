"""What the other columns of a table say of a column: a date of expiry is a card's beside a card, a code is a patient's
where something tells whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from assay.detect.names import tokens
from assay.detect.shapes import is_prose
from assay.model import ColumnSketch
from assay.tables.composite import Judged

PERSONAL = frozenset(("PERSON_NAME", "EMAIL", "SSN", "MRN", "DOB", "USERNAME", "PATIENT_ID"))
"""Identifiers of which each value is some person's own."""
OWN = PERSONAL - {"EMAIL", "USERNAME"}
"""Those that offices and machines do not have, too."""
_HELD = 0.5
_CARDS = frozenset(("CREDIT_CARD", "CVV", "CARD_PIN", "CARD_TRACK_DATA"))
_ONLY_OF_CARDS = frozenset(("CARD_EXPIRY",))
_CARD = frozenset(("card", "cards", "cc", "karte", "carte", "tarjeta", "cartao", "carta", "kaart", "kort"))
# What a patient has, and a reference table lists.
_LISTED = frozenset(
    [
        "DIAGNOSIS",
        "ICD_CODE",
        "LAB_CODE",
        "LAB_TEST",
        "MEDICAL_PROCEDURE",
        "MEDICATION",
        "MEDICATION_CODE",
        "NDC",
        "PROCEDURE_CODE",
        "SNOMED_CODE",
    ]
)
_WHOSE = PERSONAL | frozenset(
    ["PATIENT_ID", "ENCOUNTER_ID", "HEALTH_INSURANCE_ID", "MEDICARE_MBI", "HICN", "PHONE", "GENDER", "AGE"]
)
_HOMES = frozenset(("COUNTY",))
_LEAST, _ONCE = 20, 0.98


def plausible(held: Sequence[Sequence[Judged]], sketches: Sequence[ColumnSketch], table: str) -> list[list[Judged]]:
    """What is held of each column, without what its table makes implausible."""
    best = {judged[0].name for judged in held if judged and judged[0].score > _HELD}
    return [
        [
            item
            for item in judged
            if not _is_of_no_card(item, sketch.name, table, best) and not _is_of_nobody(item, sketch, best)
        ]
        for judged, sketch in zip(held, sketches, strict=True)
    ]


def at_home(
    held: Sequence[Sequence[Judged]],
    sketches: Sequence[ColumnSketch],
    written: Sequence[ColumnSketch],
    *,
    of_people: bool,
) -> list[list[Judged]]:
    """What is held of each column, without homes of nobody: of a place that only the other columns' names make somebody's
    home (`sketches`, which are called otherwise than `written`), values of the table have to say so, too, and where each
    place stands once, it is a list of them."""
    kept = []
    for judged, sketch, own in zip(held, sketches, written, strict=True):
        listed = sketch.features.cells >= _LEAST and sketch.features.distinct_values >= _ONCE * sketch.features.cells
        is_home = of_people and not listed
        kept.append([item for item in judged if is_home or item.name not in _HOMES or sketch.name == own.name])
    return kept


def _is_of_no_card(item: Judged, column: str, table: str, best: set[str]) -> bool:
    """Whether what expires is no card: neither a name says so nor another column."""
    if item.name not in _ONLY_OF_CARDS or not _CARD.isdisjoint((*tokens(column), *tokens(table))):
        return False
    return best.isdisjoint(_CARDS)


def _is_of_nobody(item: Judged, sketch: ColumnSketch, best: set[str]) -> bool:
    """Whether a code or a term is one of a list of all there are: each stands once, and no column says whose it is."""
    features = sketch.features
    if item.name not in _LISTED or features.cells < _LEAST or is_prose(features.length, features.cells):
        return False
    return features.distinct_values >= _ONCE * features.cells and best.isdisjoint(_WHOSE)
