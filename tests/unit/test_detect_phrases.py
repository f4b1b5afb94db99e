"""What columns are called: what their names say of identifiers, and whether they tell what the columns are about."""

from __future__ import annotations

import pytest

from assay.detect.cache import read_all
from assay.detect.names import NameIndex, index_of
from assay.detect.phrases import is_telling, phrase
from assay.model import Identifier

Said = tuple[list[Identifier], NameIndex]


@pytest.fixture(scope="module")
def shipped() -> Said:
    identifiers, _ = read_all([], cache=None, builtin=True)
    return identifiers, index_of(identifiers)


def said(shipped: Said, column: str, table: str = "") -> set[str]:
    identifiers, names = shipped
    return {identifiers[index].name for index in names.match(phrase(column, table, names).text)}


@pytest.mark.parametrize(
    ("column", "identifier"),
    [
        ("STRAS", "ADDRESS"),
        ("PTLASTNM", "PERSON_NAME"),
        ("no_cidadao", "PERSON_NAME"),
        ("CHAUFFEUR", "PERSON_NAME"),
        ("collected_by", "PERSON_NAME"),
        ("pan_exp", "CARD_EXPIRY"),
        ("token_rss", "API_KEY"),
        ("drug_desc", "MEDICATION"),
        ("nif_conj", "PT_NIF"),
        ("NR_DOWODU", "PL_ID_CARD"),
        ("PSTLZ", "POSTAL_CODE"),
        ("GBDAT", "DOB"),
        ("SMTP_ADDR", "EMAIL"),
        ("DbtrAcct", "BANK_ACCOUNT"),
        ("calling_party_number", "PHONE"),
        ("nro_cuenta", "BANK_ACCOUNT"),
        ("nm_cliente", "PERSON_NAME"),
        ("musteri_soyadi", "PERSON_NAME"),
        ("customer_last", "PERSON_NAME"),
        ("kön", "GENDER"),
        ("kon", "GENDER"),
    ],
)
def test_names_in_other_systems_and_languages(shipped: Said, column: str, identifier: str) -> None:
    assert identifier in said(shipped, column)


@pytest.mark.parametrize(
    "column",
    [
        *("last_update", "last_login", "last_seen", "first_seen", "last_visit", "last_access", "first_order"),
        *("ultimo_login", "letzter_Login", "nom_produit", "nombre_archivo", "nome_prodotto", "nazwa_produktu"),
        *("email_template", "phone_model", "is_email_bounced", "HasOptedOutOfFax", "card_issuer"),
        *("phone_type_code", "tipo_tarjeta", "memory_address", "base_address"),
    ],
)
def test_what_is_told_of_a_thing_is_not_the_thing(shipped: Said, column: str) -> None:
    assert said(shipped, column) == set()


@pytest.mark.parametrize("column", ["published", "release_date", "ward", "Kategorie", "brands", "chapter_3", "teams"])
def test_a_name_tells_what_a_column_is_about(column: str) -> None:
    assert is_telling(column, "")


@pytest.mark.parametrize(
    "column",
    ["author", "team_lead", "vendor_contact", "approved_by", "birth_date", "value", "note", "drug", "column_3"],
)
def test_a_name_leaves_open_what_a_column_is_about(column: str) -> None:
    assert not is_telling(column, "")


def test_a_table_tells_what_a_column_is_about_that_says_nothing_alone() -> None:
    assert is_telling("title", "books")
    assert not is_telling("title", "conditions")
    assert not is_telling("name", "people")


@pytest.mark.parametrize("column", ["", " ", "#", "%", "___", "😀", "123"])
def test_a_name_without_words_tells_nothing(column: str) -> None:
    assert not is_telling(column, "customers")
