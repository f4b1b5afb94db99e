"""Words of medicine: found in many languages, and not in what is no medicine."""

from __future__ import annotations

import pytest

from assay.detect import medical
from assay.detect.shapes import _is_clinical
from assay.detect.validators import health


@pytest.mark.parametrize(
    "forms",
    [
        ("hypertension", "hipertensión", "hipertensão", "ipertensione", "Hypertension"),
        ("infection", "Infektion", "infección", "infecção", "infezione", "Infektionen"),
        ("carcinoma", "Karzinom", "carcinome"),
        ("pneumonia", "Pneumonie", "neumonía"),
        ("oedema", "edema", "Ödem", "œdème"),
        ("sclerosis", "Sklerose", "esclerosis", "sclérose"),
        ("amoxicillin", "amoxicilina", "amoxicilline"),
        ("hydrochlorothiazide", "hidroclorotiazida"),
        ("leukaemia", "leukemia", "Leukämie", "leucemia", "leucémie"),
    ],
)
def test_forms_of_one_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({medical.stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    "value",
    [
        "Nephrotic syndrome",
        "Congestive heart failure",
        "SHORTNESS OF BREATH",
        "Myasthenia gravis",
        "Harnwegsinfektion",
        "Kniegelenksentzündung",
        "Bandscheibenvorfall L5/S1",
        "Schilddrüsenunterfunktion",
        "Schilddruesenunterfunktion",
        "Insuffisance rénale",
        "Fièvre jaune",
        "Dolor abdominal",
        "Síndrome nefrótico",
        "Pressão alta",
        "Emicrania",
        "Longontsteking",
        "Niewydolność nerek",
        "Lunginflammation",
    ],
)
def test_clinical_text(value: str) -> None:
    assert health.clinical_text(value)


@pytest.mark.parametrize(
    "value",
    [
        "Ozempic",
        "Lisinopril 10 mg",
        "Euthyrox",
        "metformina",
        "Hidroclorotiazida",
        "Paracétamol",
        "Omeprazol",
        "adalimumab",
    ],
)
def test_medication_text(value: str) -> None:
    assert health.medication_text(value)


@pytest.mark.parametrize(
    "value",
    [
        "Laparoscopic cholecystectomy",
        "CT scan of head",
        "Magnetresonanztomographie",
        "Magenspiegelung",
        "Leistenbruch-OP",
        "Cirugía de cadera",
        "Échographie abdominale",
        "Colonoscopia",
        "Hemodiálise",
    ],
)
def test_procedure_text(value: str) -> None:
    assert health.procedure_text(value)


@pytest.mark.parametrize(
    "value", ["HbA1c", "SpO2", "eGFR", "TSH", "Blutzucker", "Presión arterial", "White blood cell count"]
)
def test_laboratory_text(value: str) -> None:
    assert health.laboratory_text(value)


@pytest.mark.parametrize(
    "value",
    [
        "Programmer",
        "Photography",
        "Data analysis",
        "Blood Orange Lemonade",
        "Academia",
        "Operation failed",
        "Datenspiegelung",
        "Betriebsstörung",
        "Pérdida de paquetes",
        "Cardiologist",
        "Department of Neurology",
        "Heart of Gold",
        "Anna Panner",
        "Memory pressure",
        "Cold storage",
        "Gravel bike",
        "Empathy",
        "Cholesterol-free spread",
        "Visit report",
        "Jekyll plugin",
        "Metadata",
        "Concert hall",
    ],
)
def test_what_is_no_medicine(value: str) -> None:
    assert not health.clinical_text(value)
    assert not health.medication_text(value)
    assert not health.procedure_text(value)


def test_packed_stems_are_stems_and_no_short_ones() -> None:
    for kind in ("clinical", "medicines"):
        stems = medical._stems()[kind]
        assert len(stems) > 3_000
        assert all(len(stem) >= 5 and stem.isascii() and stem.isalnum() for stem in stems)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("serum", "ser"), ("virus", "vir"), ("symptomen", "simptom"), ("radius", "radi"), ("arterie", "arter"),
        ("aus", "a"), ("een", ""), ("tumores", "tumor"), ("um", ""), ("asthma", "astm"),
    ],
)  # fmt: skip
def test_stems_go_without_the_last_of_these_endings(word: str, expected: str) -> None:
    assert medical.stem(word) == expected


@pytest.mark.parametrize(
    ("clinical", "others", "expected"),
    [
        (["Hypertension"] * 3, 42, True),  # each time that it stands there counts
        (["Hypertension", "(hypertension),", "HYPERTENSION."], 42, True),
        (["Hypertension"] * 3, 43, False),
        (["Hypertension"], 12, False),
        (["Hypertension", "Pneumonia"], 20, True),
        ([], 60, False),
    ],
)
def test_a_text_is_clinical_by_every_fifteenth_word(clinical: list[str], others: int, expected: bool) -> None:
    plain = ["the", "order", "was", "sent", "to", "our", "customer"]
    text = " ".join([*clinical, *(plain[at % len(plain)] for at in range(others))]) + " " * 60
    assert _is_clinical(text) is expected
    # The other way round: what is most frequent comes first in any case.
    assert _is_clinical(" ".join(reversed(text.split())) + " " * 60) is expected
