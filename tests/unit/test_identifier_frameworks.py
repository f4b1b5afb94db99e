"""Frameworks come from one controlled list: general ones by their usual names, a country's law by one name of its own.

An abbreviation that one country alone uses stands by itself (`KVKK`); one that several use, or a law that has only a
number, carries the country's ISO 3166 code (`PDPA_TH`, `LEY_1581_CO`).
"""

from __future__ import annotations

import re

from assay.detect.cache import read_all
from assay.model import DEFAULT_FRAMEWORKS, Category, Identifier, Sensitivity

GENERAL = {"GDPR", "CCPA", "LGPD", "HIPAA", "HITECH", "PCI_DSS", "SOX", "SOC2", "FERPA", "GLBA"}
NATIONAL = {
    "ad": "LQPD_AD",
    "ae": "PDPL_AE",
    "al": "LAW_124_AL",
    "ar": "LEY_25326_AR",
    "au": "PRIVACY_ACT_AU",
    "az": "LAW_998_AZ",
    "by": "LAW_99_BY",
    "ca": "PIPEDA",
    "ch": "FADP",
    "cl": "LEY_19628_CL",
    "cn": "PIPL",
    "co": "LEY_1581_CO",
    "cr": "LEY_8968_CR",
    "cu": "LEY_149_CU",
    "do": "LEY_172_13_DO",
    "dz": "LOI_18_07_DZ",
    "ec": "LOPDP_EC",
    "eg": "LAW_151_EG",
    "gb": "UK_GDPR",
    "gh": "DPA_GH",
    "hk": "PDPO_HK",
    "id": "UU_PDP",
    "il": "PPL_IL",
    "in": "DPDPA",
    "jp": "APPI",
    "ke": "DPA_KE",
    "kr": "PIPA",
    "kz": "LAW_94_KZ",
    "lk": "PDPA_LK",
    "ma": "LOI_09_08_MA",
    "md": "LAW_133_MD",
    "mk": "LPDP_MK",
    "mu": "DPA_MU",
    "mx": "LFPDPPP",
    "my": "PDPA_MY",
    "nz": "PRIVACY_ACT_NZ",
    "pe": "LEY_29733_PE",
    "rs": "ZZPL_RS",
    "ru": "FZ_152_RU",
    "sa": "PDPL_SA",
    "sg": "PDPA_SG",
    "sm": "LEGGE_171_SM",
    "sn": "LOI_2008_12_SN",
    "th": "PDPA_TH",
    "tn": "LOI_2004_63_TN",
    "tr": "KVKK",
    "tw": "PDPA_TW",
    "ua": "LAW_2297_UA",
    "uy": "LEY_18331_UY",
    "vn": "PDPL_VN",
    "za": "POPIA",
    "zw": "CDPA_ZW",
}
"""Country → the name of its privacy law. Where a law is not listed the general frameworks of the category stand."""


def builtin() -> list[Identifier]:
    found, _ = read_all((), cache=None, builtin=True)
    return list(found)


def test_every_framework_is_on_the_list() -> None:
    used = {framework for identifier in builtin() for framework in identifier.frameworks}
    assert used <= GENERAL | set(NATIONAL.values())
    assert {each for defaults in DEFAULT_FRAMEWORKS.values() for each in defaults} <= GENERAL


def test_every_listed_law_is_used() -> None:
    used = {framework for identifier in builtin() for framework in identifier.frameworks}
    assert set(NATIONAL.values()) <= used


def test_numbers_of_persons_fall_under_their_own_country_and_no_other() -> None:
    wrong = []
    for identifier in builtin():
        country = identifier.path.partition("/")[0]
        laws = set(identifier.frameworks) & set(NATIONAL.values())
        if laws - {NATIONAL.get(country)} and re.fullmatch("[a-z]{2}", country):
            wrong.append((identifier.path, laws))
        person = identifier.category is Category.PII and identifier.sensitivity is Sensitivity.CRITICAL
        if person and country in NATIONAL and not laws:
            wrong.append((identifier.path, laws))
    assert wrong == []


def test_numbers_that_persons_bear_restrict() -> None:
    """SPEC section 2: national and tax numbers are CRITICAL; those of companies alone stand in public registers."""
    named = {
        identifier.name: identifier.sensitivity
        for identifier in builtin()
        if re.fullmatch(r"(?!eu/)[a-z]{2}/.*", identifier.path)
    }
    for name in ("MX_RFC", "PT_NIF", "RU_INN", "DE_STNR", "NZ_IRD", "ZA_TIN", "ES_NIF", "CO_NIT", "PE_RUC", "GB_UTR"):
        assert named[name] is Sensitivity.CRITICAL, name
    for name in ("FR_SIREN", "AU_ABN", "BR_CNPJ", "GB_VAT"):
        assert named[name] in (Sensitivity.LOW, Sensitivity.MEDIUM), name
