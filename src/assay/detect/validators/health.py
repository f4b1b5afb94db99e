"""Checks of health data: check digits, alphabets, the ICD-10-CM code list, words of diagnoses and medicines.

Every public function takes the text of a candidate and is total: it returns a `bool` and raises nothing.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from assay.detect.validators.financial import _luhn_sum

_MBI_LETTER = "[AC-HJKMNP-RT-Y]"
_MBI = re.compile(
    rf"[1-9]{_MBI_LETTER}(?:{_MBI_LETTER}|[0-9])[0-9]-?{_MBI_LETTER}(?:{_MBI_LETTER}|[0-9])[0-9]-?{_MBI_LETTER}{{2}}[0-9]{{2}}"
)
_NPI = re.compile(r"[12][0-9]{9}")
_DEA = re.compile(r"[A-HJ-MP-UX][A-Z9][0-9]{7}(?:-[A-Z0-9]{1,6})?")
_NDC = re.compile(r"([0-9]{4,5})-([0-9]{3,4})-([0-9]{1,2})")
_NDC_WIDTHS = frozenset(((5, 4, 2), (5, 3, 2), (4, 4, 2), (5, 4, 1)))
_ICD = re.compile(r"[A-Z][0-9][0-9AB](?:\.?[0-9A-Z]{1,4})?")
_HCPCS = re.compile(r"[A-CEGHJ-MP-TV][0-9]{4}")
_CPT = re.compile(r"[0-9]{4}[0-9FTUM]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_STRENGTH = re.compile(r"\d ?(?:mg|mcg|ug|µg|ml|iu|units?|%|g)\b", re.IGNORECASE)
_DOSE_FORMS = frozenset(
    [
        "tablet",
        "tablets",
        "tab",
        "capsule",
        "capsules",
        "cap",
        "oral",
        "injection",
        "injectable",
        "solution",
        "suspension",
        "cream",
        "ointment",
        "inhaler",
        "inhalation",
        "patch",
        "spray",
        "syrup",
        "drops",
        "vial",
        "pen",
        "syringe",
        "hr",
        "release",
        "extended",
        "topical",
        "actuat",
        "intravenous",
        "infusion",
        "tablette",
        "kapsel",
    ]
)
_CLINICAL_ENDINGS = (
    "itis",
    "osis",
    "emia",
    "aemia",
    "pathy",
    "algia",
    "plegia",
    "ectomy",
    "rrhea",
    "rrhoea",
    "carcinoma",
)
_MEDICINE_ENDINGS = (
    "pril",
    "sartan",
    "statin",
    "olol",
    "cillin",
    "mycin",
    "micin",
    "azole",
    "prazole",
    "tidine",
    "dipine",
    "oxacin",
    "cycline",
    "gliptin",
    "gliflozin",
    "glutide",
    "mab",
    "tinib",
    "vir",
    "lukast",
    "triptan",
    "setron",
    "zepam",
    "zolam",
    "barbital",
    "caine",
    "dronate",
    "parin",
    "xaban",
    "semide",
    "thiazide",
    "terol",
    "asone",
    "olone",
)
_PROCEDURE_ENDINGS = ("ectomy", "scopy", "plasty", "otomy", "ostomy", "graphy", "gram", "centesis", "therapy", "lysis")
_HICN = re.compile(r"(?!000|666|9)[0-9]{3}-?(?!00)[0-9]{2}-?(?!0000)[0-9]{4}-?[A-FHJKTW][0-9A-Z]?")


def mbi(value: str) -> bool:
    """Whether eleven characters, dashes apart, follow the Medicare beneficiary identifier's alphabet place by place.

    Source: https://www.cms.gov/medicare/new-medicare-card/understanding-the-mbi-format.pdf
    """
    return _MBI.fullmatch(value.upper()) is not None


def npi(value: str) -> bool:
    """Whether ten digits are a national provider identifier: 1 or 2 first, Luhn after 80840 (45 CFR 162.406)."""
    return _NPI.fullmatch(value) is not None and _luhn_sum(b"80840" + value.encode()) % 10 == 0


def dea_number(value: str) -> bool:
    """Whether two letters and seven digits end in the DEA's check digit: odd places plus twice the even ones."""
    compact = value.upper()
    if not _DEA.fullmatch(compact):
        return False
    digits = [int(char) for char in compact[2:9]]
    if not any(digits):
        return False
    return (digits[0] + digits[2] + digits[4] + 2 * (digits[1] + digits[3] + digits[5])) % 10 == digits[6]


@cache
def _icd10_codes() -> frozenset[str]:
    import lzma  # only where there is a code to look up

    packed = Path(__file__).with_name("icd10cm.txt.xz").read_bytes()
    return frozenset(lzma.decompress(packed).decode("ascii").split("\n"))


def icd10_listed(value: str) -> bool:
    """Whether an ICD-10-CM code, with or without its dot, in either case, stands in the code list of April 2026.

    Source: https://www.cdc.gov/nchs/icd/icd-10-cm/files.html (National Center for Health Statistics, public domain).
    """
    compact = value.upper()
    if not _ICD.fullmatch(compact):
        return False
    return compact.replace(".", "") in _icd10_codes()


def ndc_shape(value: str) -> bool:
    """Whether a drug code has the widths 5-4-2, 5-3-2, 4-4-2 or 5-4-1, or eleven digits; no part all zeros.

    Source: 21 CFR 207.33, https://www.fda.gov/drugs/drug-approvals-and-databases/national-drug-code-directory
    """
    match = _NDC.fullmatch(value)
    if match is None:
        if len(value) != 11 or not (value.isascii() and value.isdigit()):
            return False
        parts: tuple[str, ...] = (value[:5], value[5:9])
    elif tuple(map(len, match.groups())) in _NDC_WIDTHS:
        parts = (match[1], match[2])
    else:
        return False
    return all(part.strip("0") for part in parts)


def hcpcs(value: str) -> bool:
    """Whether text is a HCPCS level II code (letter, four digits) or a CPT code (four digits, one of 0-9FTUM).

    Source: https://www.cms.gov/medicare/coding-billing/healthcare-common-procedure-system
    """
    compact = value.upper()
    if _HCPCS.fullmatch(compact):
        return compact[1:] != "0000"
    return _CPT.fullmatch(compact) is not None and compact[:4].strip("0") != "" and len(set(compact)) > 1


def loinc(value: str) -> bool:
    """A LOINC code: up to seven digits, a hyphen and a check digit modulo 10 (LOINC Users' Guide).

    >>> loinc("2093-3"), loinc("2093-4")
    (True, False)
    """
    number, _, check = value.partition("-")
    if not (1 <= len(number) <= 7 and number.isascii() and number.isdigit() and len(check) == 1 and check.isdigit()):
        return False
    odd, even = number[::-1][::2][::-1], number[::-1][1::2][::-1]
    total = sum(map(int, even + str(int(odd) * 2)))
    return -total % 10 == int(check)


def snomed(value: str) -> bool:
    """A SNOMED CT identifier: 6 to 18 digits, of which the last is a Verhoeff check digit and two before it the partition."""
    from stdnum import verhoeff  # only where one is looked for

    if not (6 <= len(value) <= 18 and value.isascii() and value.isdigit()) or value[0] == "0":
        return False
    return value[-3:-1] in ("00", "01", "02", "10", "11", "12") and bool(verhoeff.is_valid(value))


def hicn(value: str) -> bool:
    """Whether a Medicare claim number of before 2020 is a possible Social Security number with a beneficiary code.

    Source: https://www.ssa.gov/policy/docs/statcomps/supplement/2007/apnc.html
    """
    return _HICN.fullmatch(value.upper()) is not None


@lru_cache(maxsize=65_536)
def clinical_text(value: str) -> bool:
    """Words of a diagnosis, a symptom or a finding, by their endings and by a list of common ones."""
    words = _letters(value)
    return any(word in _terms("clinical") or word.endswith(_CLINICAL_ENDINGS) for word in words)


@lru_cache(maxsize=65_536)
def medication_text(value: str) -> bool:
    """The name of a medicine, by a list of active substances, by usual endings of these, or by a dose form with a strength."""
    words = _letters(value)
    if any(word in _terms("medicines") or (len(word) > 6 and word.endswith(_MEDICINE_ENDINGS)) for word in words):
        return True
    return _STRENGTH.search(value) is not None and any(word in _DOSE_FORMS for word in words)


@lru_cache(maxsize=65_536)
def procedure_text(value: str) -> bool:
    """What is done to patients: an operation, an examination, a therapy."""
    words = _letters(value)
    return any(word in _terms("procedures") or word.endswith(_PROCEDURE_ENDINGS) for word in words)


@lru_cache(maxsize=65_536)
def laboratory_text(value: str) -> bool:
    """The name of a laboratory test or a vital sign."""
    words = _letters(value)
    return any(word in _terms("laboratory") for word in words)


def _letters(value: str) -> list[str]:
    return _WORD.findall(value.lower())[:40] if len(value) <= 2_000 else []


@cache
def _terms(kind: str) -> frozenset[str]:
    text = Path(__file__).with_name("medical_terms.txt").read_text(encoding="utf-8")
    section = text.split(f"[{kind}]\n", 1)[1].split("\n[", 1)[0]
    return frozenset(word for line in section.splitlines() if not line.startswith("#") for word in line.split())
