"""Checks of health data: check digits, alphabets, the ICD-10-CM code list, words of diagnoses and medicines.

Every public function takes the text of a candidate and is total: it returns a `bool` and raises nothing.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from assay.detect import medical
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
_STRENGTH = re.compile(r"\d ?(?:mg|mcg|ug|µg|ml|iu|units?|%|g)\b", re.IGNORECASE)
_DOSE_FORMS_WORDS = (
    "actuat cap capsule capsules cream drops extended hr infusion inhalation inhaler injectable injection intravenous "
    "kapsel ointment oral patch pen release solution spray suspension syringe syrup tab tablet tablets tablette "
    "topical vial tabletten filmtablette filmtabletten kapseln retardtabletten tropfen salbe comprime comprimes "
    "gelule gelules comprimido comprimidos capsula capsulas compressa compresse jarabe xarope sirop solucion solucao "
    "soluzione ampolla ampola ampulle tabletka tabletki kapsulki"
)
_DOSE_FORMS = frozenset(_DOSE_FORMS_WORDS.split())
# Of words in lower case without accents, in English, German, French, Spanish, Portuguese, Italian, Dutch and Swedish.
_CLINICAL_ENDINGS_WORDS = (
    "itis osis emia aemia pathy pathie patia algia algie plegia plegie rrhea rrhoea carcinoma karzinom krankheit "
    "krankheiten erkrankung erkrankungen entzundung schmerz schmerzen insuffizienz infektion infektionen syndrom "
    "fraktur blutung tumor krebs lahmung allergie thrombose embolie vergiftung ziekte ontsteking kanker sjukdom "
    "inflammation"
)
_CLINICAL_ENDINGS = tuple(_CLINICAL_ENDINGS_WORDS.split())
_NOT_CLINICAL_WORDS = (
    "academia alquemia antipathie antipathy antipatia apatia apotheosis autopista blasfemia bohemia diagnosis dosis "
    "empathie empathy empatia euphemia galaxis gnosis homeopathy homeopatia hypnosis meiosis metamorphosis mitosis "
    "naturopathy naturopatia noemia nostalgia nostalgie osmosis osteopathy prognosis simpatia symbiosis sympathie "
    "sympathy telepathie telepathy telepatia"
)
_NOT_CLINICAL = frozenset(_NOT_CLINICAL_WORDS.split())
_MEDICINE_ENDINGS_WORDS = (
    "pril sartan statin olol cillin mycin micin azole azol prazole tidine dipine dipin oxacin cycline cyclin gliptin "
    "gliflozin glutide mab tinib navir buvir clovir tamivir gravir fovir asvir previr desivir lukast triptan setron "
    "zepam zolam barbital caine dronate parin xaban semide thiazide terol asone olone statina cilina micina oxacino "
    "dipino ciclina tidina sartana cilline mycine cortisona metasona"
)
_MEDICINE_ENDINGS = tuple(_MEDICINE_ENDINGS_WORDS.split())
_NOT_MEDICINE_WORDS = "aprovechar benzole cholesterol colesterol polizol reparin reservoir sparin"
_NOT_MEDICINE = frozenset(_NOT_MEDICINE_WORDS.split())
_LONGEST_WORD = 40
_PROCEDURE_PART = re.compile(
    r"tom|s[ck]op|gra[pfm]|plast|lys|d[iy]al|therap|terap|cent|spiegel|untersuch|transplant|impf|entnahm|strahl"
    r"|prothes|punktion|resekt|biops|narkos|entfern|-op"
)
_PROCEDURE = re.compile(
    r"\w*(?:"
    r"(?:ectom|ostom|(?<!dich)(?<!trich)otom)(?:y|ie|ia|ies|ias)|ectomy|ektomie|cent(?:esis|ese)|(?:^|(?<=o))therap(?:y|ie)|terapia|therapie"
    r"|(?:col|gastr|end|bronch|bronc|lapar|arthr|artr|cyst|cist|hyster|hister|laryng|laring|ot|rectosigmoid|sigmoid|proct|rect|thorac|torac|duoden|fibr|urethr|anal?)"
    r"[oi]?s[ck]op(?:y|ie|ia|ic)"
    r"|(?:angi|mamm|radi|tom|cardi|son|ven|arteri|myel|miel|ur|cholangi|colangi|scinti|szinti|cyst|hyster|hister|lymph|densit|somn|spir|ech|encephal|encefal|coronar|aort|ultras)"
    r"o?(?:gra(?:ph|f)(?:y|ie|ia|ien|ias)|gramm?a?e?s?)"
    r"|(?:angi|arthr|artr|rhin|rin|mamm|mam|blephar|blefar|valvul|hern|ot|kerat|abdomin|septr?|vagin|urethr|uretr|pyel|cyst|oste|vertebr|kyph|gingiv|tympan|timpan)"
    r"op?la(?:sty|stie|stia|stik)"
    r"|(?:haemo|hemo|peritoneal)?d[iy]al(?:ys|is|iz)(?:is|e|en|i)|(?:thrombo|adhesio)lys(?:is|e|en)"
    r"|(?:magen|darm|blasen|gelenk|kehlkopf|bauch|knie)spiegelung"
    r"|(?:blut|ultraschall|vorsorge|rontgen|urin|stuhl|augen|haut|herz|krebs)[a-z]{0,3}untersuchung"
    r"|\w{3,}(?:transplantation|transplantationen|impfung|entnahme|bestrahlung|prothese|punktion|resektion|biopsie|narkose|dialyse)"
    r"|(?:prostata|nieren|milz|magen|gallenblasen|mandel|blinddarm|brust|gebarmutter|schilddrusen|warzen|tumor|polypen|zahn)entfernung"
    r"|\w[\w-]{3,}-op"
    r")"
)
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
def _icd10_list() -> str:
    """A line each, in their order."""
    import lzma  # only where there is a code to look up

    packed = Path(__file__).with_name("icd10cm.txt.xz").read_bytes()
    return f"\n{lzma.decompress(packed).decode('ascii')}\n"


@cache
def _icd10_codes(category: str) -> frozenset[str]:
    """Those that begin with these three characters. Few of the 1,917 categories are asked about, and there are 98,166 codes."""
    listed = _icd10_list()
    first, last = listed.find(f"\n{category}"), listed.rfind(f"\n{category}")
    return frozenset(listed[first + 1 : listed.index("\n", last + 1)].split("\n")) if first >= 0 else frozenset()


def icd10_listed(value: str) -> bool:
    """Whether an ICD-10-CM code, with or without its dot, in either case, stands in the code list of April 2026.

    Source: https://www.cdc.gov/nchs/icd/icd-10-cm/files.html (National Center for Health Statistics, public domain).
    """
    compact = value.upper()
    if not _ICD.fullmatch(compact):
        return False
    code = compact.replace(".", "")
    return code in _icd10_codes(code[:3])


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
    """Words of a diagnosis, a symptom or a finding, by their endings and by lists of them."""
    if medical.known("clinical", value):
        return True
    return any(
        len(word) > 5 and word.endswith(_CLINICAL_ENDINGS) and word not in _NOT_CLINICAL
        for word in medical.words(value)
    )


@lru_cache(maxsize=65_536)
def medication_text(value: str) -> bool:
    """The name of a medicine, by lists of substances and of trade names, by usual endings, or by a dose form with a strength."""
    if medical.known("medicines", value):
        return True
    words = medical.words(value)
    if any(len(word) > 6 and word.endswith(_MEDICINE_ENDINGS) and word not in _NOT_MEDICINE for word in words):
        return True
    return _STRENGTH.search(value) is not None and any(word in _DOSE_FORMS for word in words)


@lru_cache(maxsize=65_536)
def procedure_text(value: str) -> bool:
    """What is done to patients: an operation, an examination, a therapy."""
    if medical.known("procedures", value):
        return True
    words = medical.words(value)
    # Few texts have a part of such words at all; that is quicker to see.
    return _PROCEDURE_PART.search(" ".join(words)) is not None and any(
        len(word) <= _LONGEST_WORD and _PROCEDURE.fullmatch(word) is not None for word in words
    )


@lru_cache(maxsize=65_536)
def laboratory_text(value: str) -> bool:
    """The name of a laboratory test or a vital sign."""
    return medical.known("laboratory", value)
