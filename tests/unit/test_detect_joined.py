"""Names that are written without separators are taken apart, and words are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.abbreviations import expand


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("custlnm", "customer last name"),
        ("empfirstname", "employee first name"),
        ("hometel", "home phone"),
        ("policyno", "policy number"),
        ("numcpf", "number taxpayer id cpf"),
        ("coddiag", "code diagnosis"),
        ("dtnasc", "birth date"),
        ("fechanacim", "date birth"),
        ("geburtsdat", "birth date"),
        ("rechnungsadresse", "billing address"),
    ],
)
def test_joined_words_are_taken_apart_and_written_out(name: str, words: str) -> None:
    assert " ".join(expand([name])) == words


@pytest.mark.parametrize(
    "word",
    [
        "company",
        "message",
        "shipping",
        "passage",
        "cartel",
        "hotel",
        "voyage",
        "control",
        "update",
        "patent",
        "dtext",
        "special",
        "local",
        "public",
        "under",
        "enter",
        "assist",
        "infer",
        "discard",
        "conduct",
        "locator",
        "boilerplate",
    ],
)
def test_words_are_left_as_they_are(word: str) -> None:
    assert expand([word]) == [word]


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=40))
def test_any_word_gives_words(word: str) -> None:
    assert all(expand([word]))
