"""What names of columns mean: told offline, the same each time, and not told of harmless names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.detect.cache import read_all
from assay.detect.yamlmarks import load_shipped, load_with_marks
from assay.tables import embedding
from assay.tables.semantic import ABSTAINS_BELOW, Semantic, load, why_not
from assay.tables.wording import LONGEST

_OFFLINE = """
import sys

def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        raise RuntimeError(f"the network was asked: {event}")

sys.addaudithook(refuse)
from assay.tables.semantic import load
semantic = load("wordllama")
print(semantic.types([("mbr_dob", "", "")])[0])
print(sorted({"wordllama", "requests", "urllib3", "huggingface_hub"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def semantic() -> Semantic:
    made = load("wordllama")
    assert made is not None
    return made


def types_of(semantic: Semantic, name: str, table: str = "", comment: str = "") -> dict[str, float]:
    return dict(semantic.types([(name, comment, table)])[0])


def scores_of(semantic: Semantic, name: str, table: str = "", comment: str = "") -> dict[str, float]:
    return dict(semantic.scores([(name, comment, table)])[0])


def test_no_network_no_home_no_cache(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _OFFLINE], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout.splitlines()[1:] == ["[]"], done.stderr
    assert "'DOB'" in done.stdout
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "email_verified", "class_name", "product_name", "message", "company", "shipping_method", "phone_type", "has_email",
        "password_changed_at", "card_type", "account_balance", "file_name", "event_name", "age_group", "shipping_pin",
        "address_count", "license_text", "unit_price", "stored_procedure", "diagnosis_count", "number_of_cards", "zip_file",
        "bank_name", "country_code", "created_at", "id", "uuid", "order_number", "datetime", "registration", "extension",
        "gift_card_value", "name", "", "_", "42",
    ],
)  # fmt: skip
def test_nothing_is_said_of_harmless_names(semantic: Semantic, name: str) -> None:
    assert scores_of(semantic, name) == {}
    assert types_of(semantic, name) == {}


@pytest.mark.parametrize(
    ("name", "category", "identifier"),
    [
        ("mbr_dob", "PII", "DOB"),
        ("cust_email_addr", "PII", "EMAIL"),
        ("emp_email", "PII", "EMAIL"),
        ("first_name", "PII", "PERSON_NAME"),
        ("drv_lic_no", "PII", "DRIVERS_LICENSE"),
        ("ssn_last4", "PII", "SSN"),
        ("home_lat", "PII", "GEO_COORDINATES"),
        ("pt_dx1", "PHI", "DIAGNOSIS"),
        ("prim_dx_cd", "PHI", "ICD_CODE"),
        ("rx_name", "PHI", "MEDICATION"),
        ("user_name", "PII", "USERNAME"),
        ("BENE_HIC_NUM", "PHI", "MEDICARE_MBI"),
        ("at_physn_npi", "PHI", "NPI"),
        ("cc_num", "PCI", "CREDIT_CARD"),
        ("card_exp_dt", "PCI", "CARD_EXPIRY"),
        ("bank_acct_nbr", "PCI", "BANK_ACCOUNT"),
        ("smtp_host_password", "SECRETS", "PASSWORD"),
        ("api_key", "SECRETS", "API_KEY"),
        ("Geburtsdatum", "PII", "DOB"),
        ("Reisepassnummer", "PII", "PASSPORT"),
        ("Krankenversicherungsnummer", "PHI", "HEALTH_INSURANCE_ID"),
        ("prénom", "PII", "PERSON_NAME"),
        ("numéro_de_téléphone", "PII", "PHONE"),
        ("apellido_materno", "PII", "PERSON_NAME"),
        ("contraseña", "SECRETS", "PASSWORD"),
        ("dt_nascimento", "PII", "DOB"),
        ("geslacht", "PII", "GENDER"),
        ("cognome", "PII", "PERSON_NAME"),
        ("дата_рождения", "PII", "DOB"),
        ("生年月日", "PII", "DOB"),
    ],
)
def test_what_names_mean(semantic: Semantic, name: str, category: str, identifier: str) -> None:
    scores, types = scores_of(semantic, name), types_of(semantic, name)
    assert max(scores, key=scores.__getitem__) == category
    assert max(types, key=types.__getitem__) == identifier


@pytest.mark.parametrize("name", ["religion", "salary", "marital_stat", "allergies", "lab_result", "client_secret"])
def test_a_category_without_an_identifier(semantic: Semantic, name: str) -> None:
    assert len(scores_of(semantic, name)) == 1
    assert types_of(semantic, name) == {}


def test_the_table_says_whose_it_is(semantic: Semantic) -> None:
    assert "PII" in scores_of(semantic, "phone", "customers")
    assert scores_of(semantic, "phone", "suppliers") == {}
    assert "PII" in scores_of(semantic, "city", "employees")
    assert scores_of(semantic, "city", "stores") == {}
    assert "PHI" in scores_of(semantic, "DESCRIPTION", "conditions")
    assert scores_of(semantic, "DESCRIPTION", "products") == {}


def test_a_comment_speaks_where_the_name_does_not(semantic: Semantic) -> None:
    assert types_of(semantic, "c17") == {}
    assert "DOB" in types_of(semantic, "c17", comment="Date of birth of the member")
    assert scores_of(semantic, "c17", comment="Whether the email is verified") == {}


def test_the_same_whatever_else_is_asked(semantic: Semantic) -> None:
    columns = [(name, "", "customers") for name in ("dob", "city", "email", "total", "dob")]
    together = semantic.meanings(columns)
    fresh = load("wordllama")
    assert fresh is not None
    for column, meaning in zip(columns, together, strict=True):
        (alone,) = fresh.meanings([column])
        assert alone == meaning
    assert together[0] == together[4]
    assert semantic.meanings([]) == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=40))
def test_total_on_any_text(semantic: Semantic, name: str, comment: str, table: str) -> None:
    (meaning,) = semantic.meanings([(name, comment, table)])
    for score in (*meaning.categories.values(), *meaning.types.values()):
        assert ABSTAINS_BELOW <= score <= 1


def test_long_texts_are_cut(semantic: Semantic) -> None:
    long = "date of birth " * 100_000
    assert semantic.wording.words(long) == semantic.wording.words(long[:LONGEST])
    assert types_of(semantic, "c17", comment=long) == {}


def test_a_model_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load("foo") is None
    assert "foo" in (why_not("foo") or "")
    assert load("none") is None
    assert why_not("none") == "switched off by the configuration"
    assert why_not("wordllama") is None
    monkeypatch.setattr(embedding, "find_spec", lambda name: None if name == "wordllama" else find_spec(name))
    assert load("wordllama") is None
    assert "pip install 'assay[nlp]'" in (why_not("wordllama") or "")


def test_files_of_the_model_that_are_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(embedding, "find_spec", lambda name: Spec() if name == "wordllama" else find_spec(name))
    assert "has no weights/" in (why_not("wordllama") or "")
    for folder, name in (
        ("weights", "l2_supercat_256.safetensors"),
        ("tokenizers", "l2_supercat_tokenizer_config.json"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(b"{")
    assert load("wordllama") is None
    assert "cannot be read" in (why_not("wordllama", thorough=True) or "")


_KNOWN = """
import sys
from pathlib import Path
from assay.tables.semantic import load
semantic = load("wordllama", Path(sys.argv[1]))
print(semantic.types([("patient_dob", "", "")])[0])
print("safetensors" in sys.modules)
print(semantic.types([("qzkv_dob", "", "")])[0])
print("safetensors" in sys.modules, "tokenizers" in sys.modules)
"""


def test_kept_words_are_read_without_the_model(tmp_path: Path, semantic: Semantic) -> None:
    columns = [("mbr_dob", "", ""), ("qzkv_dob", "date of birth of the member", "patients"), ("status", "", "orders")]
    first, second = load("wordllama", tmp_path), load("wordllama", tmp_path)
    assert first is not None
    assert second is not None
    assert semantic.meanings(columns) == first.meanings(columns) == second.meanings(columns)
    done = subprocess.run(
        [sys.executable, "-c", _KNOWN, str(tmp_path)], capture_output=True, text=True, check=True, timeout=300
    )
    kept, before, asked, after = done.stdout.splitlines()
    assert "'DOB'" in kept
    assert before == "False"
    assert "'DOB'" in asked
    # What cuts a plain word is kept, too.
    assert after == "True False"


def test_names_of_columns_are_not_kept(tmp_path: Path) -> None:
    made = load("wordllama", tmp_path)
    assert made is not None
    made.meanings([("zelverdan_dob", "", "")])
    load("wordllama", tmp_path)
    assert not any(b"zelverdan" in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.parametrize("body", [b"", b"0" * 64 + b"\n[]\n", b"cut"])
def test_damaged_kept_words_are_made_anew(tmp_path: Path, semantic: Semantic, body: bytes) -> None:
    load("wordllama", tmp_path)
    (file,) = tmp_path.glob("words-*")
    whole = file.read_bytes()
    file.write_bytes(body or whole[:-100])
    made = load("wordllama", tmp_path)
    assert made is not None
    assert made.types([("mbr_dob", "", "")]) == semantic.types([("mbr_dob", "", "")])
    assert file.read_bytes() == whole


@pytest.mark.parametrize("name", ["detect/abbreviations.yaml", "detect/telling.yaml", "tables/semantic.yaml"])
def test_shipped_words_hold_what_files_of_others_are_checked_for(name: str) -> None:
    file = Path(embedding.__file__).parents[1] / name
    found = load_shipped(file)
    assert found == load_with_marks(file.read_text(encoding="utf-8"))[0]
    # As the cache keeps it.
    assert found == json.loads(json.dumps(found))


def test_described_identifiers_exist() -> None:
    root = Path(embedding.__file__).parents[1]
    data: Any = load_with_marks((root / "tables" / "semantic.yaml").read_text(encoding="utf-8"))[0]
    identifiers, _ = read_all((), cache=None, builtin=True)
    known = {identifier.name: str(identifier.category) for identifier in identifiers}
    for category in ("PII", "PHI", "PCI", "SECRETS"):
        for name in data[category]:
            assert name == "ANY" or known[name] == category
