"""Bundles: columns that are more together than alone (SPEC section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.detect.names import tokens

BOOST = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Each part is met by a column of one of these detected types, or whose name holds one of these words."""

    name: str
    parts: tuple[tuple[frozenset[str], frozenset[str]], ...]


def _part(types: str, words: str = "") -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(types.split()), frozenset(words.split())


BUNDLES = (
    Bundle(
        name="IDENTITY",
        parts=(_part("PERSON_NAME"), _part("DOB"), _part("ADDRESS POSTAL_CODE", "zip postal postcode zipcode")),
    ),
    Bundle(
        name="PAYMENT_CARD",
        parts=(_part("CREDIT_CARD"), _part("CARD_EXPIRY", "expiry expiration exp"), _part("CVV")),
    ),
    Bundle(name="CREDENTIALS", parts=(_part("EMAIL", "user username login"), _part("PASSWORD", "password passwd pwd"))),
    Bundle(
        name="PATIENT_DIAGNOSIS",
        parts=(_part("MRN PERSON_NAME HEALTH_INSURANCE_ID", "patient"), _part("ICD_CODE", "diagnosis dx")),
    ),
)


def bundles_of(types: Mapping[str, str | None]) -> list[tuple[str, tuple[str, ...]]]:
    """The bundles that a table's columns (name → detected type) make up, each with its columns in table order."""
    found = []
    for bundle in BUNDLES:
        members: list[str] = []
        for kinds, words in bundle.parts:
            column = _first(types, kinds, words, members)
            if column is None:
                break
            members.append(column)
        else:
            found.append((bundle.name, tuple(name for name in types if name in members)))
    return found


def _first(
    types: Mapping[str, str | None], kinds: frozenset[str], words: frozenset[str], taken: Sequence[str]
) -> str | None:
    for name, kind in types.items():
        if name not in taken and (kind in kinds or (words and not words.isdisjoint(tokens(name)))):
            return name
    return None
