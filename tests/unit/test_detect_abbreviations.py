"""Abbreviations and foreign words in names of columns are written out, and other words are left as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.abbreviations import expand, plain
from assay.detect.names import tokens


def written_out(name: str) -> str:
    return " ".join(expand(tokens(plain(name))))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mbr_dob", "member date of birth"),
        ("CUST_ADDR_LN1", "customer address line 1"),
        ("fname", "first name"),
        ("emp_sal", "employee salary"),
        ("card_exp_dt", "card expiration date"),
        ("gebdat", "birth date"),
        ("Straße", "street"),
        ("prénom", "first name"),
        ("cp", "postal code"),
        ("ville", "city"),
        ("fecha_nacimiento", "birth date"),
        ("apellido1", "last name 1"),
        ("dt_nascimento", "birth date"),
        ("achternaam", "last name"),
        ("codice_fiscale", "tax id"),
        ("prov_npi", "provider npi number"),
        ("Kundennummer", "customer number"),
        ("Vereinsadresse", "club address"),
        ("CUSNAM", "customer name"),
        ("CRTUSR", "created by"),
        ("fødselsdato", "birth date"),
        ("data_urodzenia", "birth date"),
        ("doğum_tarihi", "birth date"),
        ("no_hp", "phone number"),
        ("denwa_bango", "phone number"),
    ],
)
def test_written_out(name: str, words: str) -> None:
    assert written_out(name) == words


@pytest.mark.parametrize(
    "name",
    [
        "company",
        "message",
        "class_name",
        "market_cap",
        "ship_via",
        "tx_hash",
        "cell_type",
        "land_area",
        "bypass",
        "filename",
        "gate_number",
        "platinum",
    ],
)
def test_words_that_are_not_abbreviated_stay(name: str) -> None:
    assert written_out(name) == name.replace("_", " ")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pt_tx", "patient treatment"),
        ("enc_id", "encounter id"),
        ("enc_pwd", "encrypted password"),
        ("cap_citta", "postal code city"),
    ],
)
def test_neighbours_decide_between_readings(name: str, words: str) -> None:
    assert written_out(name) == words


@given(st.lists(st.text(max_size=12), max_size=8))
def test_total_and_deterministic(words: list[str]) -> None:
    assert expand(words) == expand(words)
    assert bool(expand(words)) == bool(words)
