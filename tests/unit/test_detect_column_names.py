"""Names of persons in whole columns: the ways in which records write them, and what only looks like one."""

from __future__ import annotations

from datetime import date

import pytest

from assay.detect import shapes
from assay.detect.validators import column_names

TODAY = date(2026, 3, 1)


def signs(value: str) -> set[str]:
    shape = shapes.shape_of(value)
    return set(shapes.signs_of(value, shape, TODAY)) if shape in shapes.SIGNED else set()


@pytest.mark.parametrize(
    "value",
    [
        "Ada Kowalczyk",
        "KOWALCZYK, ADA",
        "Łukasz Wiśniewski",
        "Mehmet Yılmazoğlu",
        "Pekka Hämäläinen",
        "Sanne van den Berg",
        "GARCIA LOPEZ MARIA",
        "O'Brien, Mary",
        "Jean-Luc Moreau",
        "Ekaterina Ivanova",
        "Adán632 Sanches190",
        "Mr. Adán632 Sanches190",
    ],
)
def test_given_and_family_name_together_are_a_stronger_sign(value: str) -> None:
    assert {"full_name", "both_names"} <= signs(value)


@pytest.mark.parametrize("value", ["J. Smith", "Smith J", "Smith, J.", "SMITH J", "M.-C. Durand", "Virtanen, K. P."])
def test_initials_and_a_family_name_are_a_full_name(value: str) -> None:
    assert "full_name" in signs(value)
    assert "both_names" not in signs(value)


@pytest.mark.parametrize(
    "value",
    [
        "Kowalewska",
        "Szymanowicz",
        "Lahtinen",
        "Zijlstra",
        "Gunnlaugsson",
        "Runolfsdottir",
        "Tkachenko",
        "Karamanoglu",
        "Anagnostopoulos",
        "Theodorakis",
        "Saakashvili",
        "Petrosyan",
        "Vasilescu",
        "Pirozzelli",
        "McLaughlin",
        "Smith71",
        "Nováková",
        "de Jong",
        "Al-Haddad",
    ],
)
def test_family_names_by_lists_and_endings(value: str) -> None:
    assert "family_name" in signs(value)


@pytest.mark.parametrize(
    "value",
    [
        "Alaska",
        "Orchestra",
        "Spaghetti",
        "Plan B",
        "Vitamin C",
        "Block 12",
        "AB12",
        "Item3",
        "New York",
        "Ada Street",
        "Visual Studio Code",
        "Blue Cotton Shirt",
        "ACME Holdings",
        "kowalczyk",
        "Maschinen",
        "Adán632-Sanches190",
    ],
)
def test_what_only_looks_like_a_name(value: str) -> None:
    assert not {"given_name", "family_name", "full_name", "both_names"} & signs(value)


def test_longer_lists_hold_what_the_shorter_lack() -> None:
    for file, least in (("given_names_more.txt.xz", 10_000), ("surnames_more.txt.xz", 20_000)):
        assert len(column_names._more(file)) > least


@pytest.mark.parametrize("word", ["Table", "Street", "Maison", "Ciudad", "Zwischen", "Chicago", "Marseille"])
def test_lists_hold_no_ordinary_words_and_no_cities(word: str) -> None:
    assert not column_names.given_name(word)
    assert not column_names.family_name(word)
