"""Which identifiers are right for a kind of value, by the meaning of the number and the names of identifiers alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher

from benchmarks.identifiers.kinds_more import right_more

HARMLESS = frozenset(
    "stdnum:" + name
    for name in [
        "casrn",
        "cfi",
        "ean",
        "figi",
        "grid",
        "imo",
        "isan",
        "isbn",
        "isil",
        "ismn",
        "isni",
        "iso11649",
        "iso6346",
        "isrc",
        "issn",
        "be.ogm_vcs",
        "de.wkn",
        "do.ncf",
        "eu.banknote",
        "eu.ecnumber",
        "eu.nace",
        "it.aic",
        "nl.brin",
        "gs1_128",
    ]
) | {"faker:en_US.isbn13", "faker:en_US.uuid4", "faker:en_US.doi", "mimesis:isbn", "mimesis:ean", "npm-stdnum:gen.ean"}
"""Numbers of things, receipts and chemicals: hard negatives that others wrote."""

_VAT = {
    "AT": "AT_UID", "BE": "BE_VAT", "BG": "BG_VAT", "CY": "CY_VAT", "CZ": "CZ_DIC", "DE": "DE_VAT", "DK": "DK_CVR",
    "EE": "EE_KMKR", "GR": "GR_VAT", "ES": "ES_NIF ES_CIF ES_DNI", "FI": "FI_ALV", "FR": "FR_TVA", "GB": "GB_VAT",
    "HR": "HR_OIB", "HU": "HU_ANUM", "IE": "IE_VAT", "IT": "IT_IVA", "LT": "LT_PVM", "LU": "LU_TVA", "LV": "LV_PVN",
    "MT": "MT_VAT", "NL": "NL_BTW", "PL": "PL_NIP", "PT": "PT_NIF", "RO": "RO_CF RO_CUI", "SE": "SE_VAT", "SI": "SI_DDV",
    "SK": "SK_DPH",
}  # fmt: skip
_NUMBERS = {
    "be.ssn": "BE_NN BE_BIS",
    "bic": "SWIFT_BIC",
    "iso9362": "SWIFT_BIC",
    "bitcoin": "CRYPTO_WALLET",
    "cusip": "CUSIP",
    "gb.sedol": "SEDOL",
    "iban": "IBAN",
    "imei": "IMEI",
    "imsi": "IMSI",
    "isin": "ISIN",
    "jp.cn": "JP_CORPORATE_NUMBER",
    "jp.in_": "JP_MY_NUMBER",
    "lei": "LEI",
    "mac": "MAC_ADDRESS",
    "meid": "MEID",
    "us.rtn": "ROUTING_NUMBER",
    "us.ssn": "SSN",
    "th.tin": "TH_TIN TH_PIN TH_MOA",
    "it.codicefiscale": "IT_CODICE_FISCALE IT_IVA",
    "us.atin": "",
    "eu.vat": "EU_VAT " + " ".join(_VAT.values()),
    "at.postleitzahl": "POSTAL_CODE",
    "es.postal_code": "POSTAL_CODE",
    "nl.postcode": "POSTAL_CODE",
    "se.postnummer": "POSTAL_CODE",
    "ch.esr": "CH_QR_REFERENCE",
    "cz.rc": "CZ_RC SK_RC",
    "sk.rc": "CZ_RC SK_RC",
    "es.ccc": "ES_CCC BANK_ACCOUNT",
    "es.nif": "ES_NIF ES_DNI ES_NIE ES_CIF",
    "es.dni": "ES_DNI ES_NIF",
    "es.nie": "ES_NIE ES_NIF",
    "es.cif": "ES_CIF ES_NIF",
    "ro.cf": "RO_CF RO_CUI",
    "ro.cif": "RO_CF RO_CUI",
    "ro.cui": "RO_CUI RO_CF",
    "no.kontonr": "NO_KONTONR BANK_ACCOUNT",
    "nz.bank": "NZ_BANKACCOUNT BANK_ACCOUNT",
    "mx.clabe": "CLABE",
    "hr.oib": "HR_OIB",
    "rs.jmbg": "RS_JMBG",
    "ba.jmbg": "RS_JMBG SI_EMSO",
    "ma.ice9": "MA_ICE",
    "za.vat": "ZA_TIN",
    "tw.natid": "TW_NATIONAL_ID",
    "tw.ui": "TW_NATIONAL_ID",
    "cz.ico": "CZ_DIC",
    "uy.cedula": "UY_CI",
    "az.tin": "AZ_VOEN",
    "gb.nhs": "GB_NHS",
    "si.emso": "SI_EMSO RS_JMBG",
    "de.svnr": "",
    "za.idnr": "ZA_IDNR",
}
_IDNUMBERS = {
    "AE.EmiratesIDNumber": "AE_EMIRATES_ID",
    "AR.NationalID": "AR_DNI",
    "AU.MedicareNumber": "AU_MEDICARE",
    "AU.TaxFileNumber": "AU_TFN",
    "AU.DriverLicenseNumber": "DRIVERS_LICENSE",
    "AT.EntityTaxIDNumber": "AT_UID",
    "AT.TaxIDNumber": "AT_TIN",
    "BE.EntityVAT": "BE_VAT",
    "BE.NationalRegistrationNumber": "BE_NN",
    "BG.UnifiedIdCode": "BG_VAT",
    "BG.UniformCivilNumber": "BG_EGN",
    "BR.CPFNumber": "BR_CPF",
    "BR.RGNumber": "BR_RG",
    "CA.SocialInsuranceNumber": "CA_SIN",
    "CH.BusinessID": "CH_UID",
    "CH.SocialSecurityNumber": "CH_SSN",
    "CL.NationalID": "CL_RUT",
    "CN.ResidentID": "CN_RIC",
    "CR.NationalID": "CR_CPF",
    "CZ.BirthNumber": "CZ_RC SK_RC",
    "CZ.TaxNumber": "CZ_DIC",
    "DE.TaxID": "DE_IDNR",
    "DE.TaxNumber": "DE_STNR",
    "DK.EntityVAT": "DK_CVR",
    "DK.PersonalIdentityNumber": "DK_CPR",
    "DO.NationalID": "DO_CEDULA",
    "EC.NationalID": "EC_CI",
    "EG.NationalID": "EG_NATIONAL_ID",
    "ES.DNI": "ES_DNI ES_NIF",
    "EE.PersonalID": "EE_IK",
    "FI.PersonalIdentityCode": "FI_HETU",
    "FR.INSEE": "FR_NIR",
    "GB.NationalInsuranceNumber": "GB_NINO",
    "GR.TaxIdentityNumber": "GR_VAT",
    "HK.NationalID": "HK_HKID",
    "HR.PersonalID": "HR_OIB",
    "HU.PersonalID": "HU_PERSONAL_NUMBER",
    "ID.NIK": "ID_NIK",
    "IN.NationalID": "IN_AADHAAR",
    "IE.PersonalPublicServiceNumber": "IE_PPS",
    "IR.NationalID": "IR_NATIONAL_CODE",
    "IS.IcelandicID": "IS_KENNITALA",
    "IL.NationalID": "IL_IDNR",
    "IT.FiscalCode": "IT_CODICE_FISCALE",
    "JP.MyNumber": "JP_MY_NUMBER",
    "KZ.BusinessIDNumber": "KZ_IIN",
    "KZ.IndividualIDNumber": "KZ_IIN",
    "KR.OldResidentRegistration": "KR_RRN",
    "KR.ResidentRegistration": "KR_RRN",
    "KW.CivilNumber": "KW_CIVIL_ID",
    "LK.NationalID": "LK_NIC",
    "LK.OldNationalID": "LK_NIC",
    "LT.PersonalCode": "LT_ASMENS",
    "LU.NationalID": "LU_NIN",
    "LV.OldPersonalCode": "LV_PERSONAS_KODS",
    "LV.PersonalCode": "LV_PERSONAS_KODS",
    "MD.PersonalCode": "MD_IDNP",
    "MX.CURP": "MX_CURP",
    "MK.UniqueMasterCitizenNumber": "RS_JMBG",
    "ME.UniqueMasterCitizenNumber": "RS_JMBG",
    "BA.UniqueMasterCitizenNumber": "RS_JMBG",
    "RS.UniqueMasterCitizenNumber": "RS_JMBG",
    "SI.JMBG": "SI_EMSO RS_JMBG",
    "SI.UniqueMasterCitizenNumber": "SI_EMSO RS_JMBG",
    "MY.NRIC": "MY_NRIC",
    "NL.BSN": "NL_BSN",
    "NO.NationalID": "NO_FODSELSNUMMER",
    "NZ.DriverLicenseNumber": "DRIVERS_LICENSE",
    "NZ.NationalHealthIndexNumber": "NZ_NHI",
    "NZ.InlandRevenueDepartmentNumber": "NZ_IRD",
    "NZ.PassportNumber": "PASSPORT",
    "PK.NationalID": "PK_CNIC",
    "PL.PESEL": "PL_PESEL",
    "PT.CitizenCard": "PT_CC",
    "PT.TaxIDNumber": "PT_NIF",
    "RO.PersonalNumericalCode": "RO_CNP",
    "RU.NationalID": "RU_PASSPORT",
    "SA.NationalID": "SA_NATIONAL_ID",
    "SG.NationalID": "SG_NRIC",
    "SM.TaxRegistrationNumber": "SM_COE",
    "SK.BirthNumber": "CZ_RC SK_RC",
    "SE.CoordinationNumber": "SE_PERSONNUMMER",
    "SE.PersonalIdentityNumber": "SE_PERSONNUMMER",
    "TH.NationalID": "TH_PIN",
    "TR.NationalID": "TR_TCKIMLIK",
    "TW.NationalID": "TW_NATIONAL_ID",
    "UA.EntityIDNumber": "UA_EDRPOU",
    "UA.TaxpayerIDNumber": "UA_RNTRC",
    "US.SocialSecurityNumber": "SSN",
    "VE.FiscalInformationNumber": "VE_RIF",
    "VE.IDCardNumber": "VE_RIF NATIONAL_ID",
    "VN.NationalID": "VN_CCCD",
    "ZA.NationalID": "ZA_IDNR",
    "ZW.NationalID": "ZW_NATIONAL_ID",
}
_FAKER = {
    "en_US.ssn": "SSN",
    "en.ssn": "SSN",
    "credit_card_number": "CREDIT_CARD",
    "iban": "IBAN",
    "swift": "SWIFT_BIC",
    "swift11": "SWIFT_BIC",
    "aba": "ROUTING_NUMBER",
    "free_email": "EMAIL",
    "ipv4_public": "IP_ADDRESS",
    "ipv6": "IP_ADDRESS",
    "mac_address": "MAC_ADDRESS",
    "phone_number": "PHONE",
    "license_plate": "LICENSE_PLATE",
    "vin": "VEHICLE_ID",
    "name": "PERSON_NAME",
    "address": "ADDRESS",
    "postcode": "POSTAL_CODE",
    "date_of_birth": "DOB",
    "credit_card_security_code": "CVV",
    "credit_card_expire": "CARD_EXPIRY",
    "passport_number": "PASSPORT US_PASSPORT",
    "password": "PASSWORD",
    "itin": "US_ITIN",
    "ein": "US_EIN",
    "aadhaar_id": "IN_AADHAAR",
    "pan": "IN_PAN",
    "gstin": "IN_GSTIN",
    "dni": "AR_DNI",
    "cuil": "AR_CUIT",
    "cuit": "AR_CUIT",
    "person_rut": "CL_RUT",
    "natural_person_nit_with_check_digit": "CO_NIT",
    "nie": "ES_NIE ES_NIF",
    "nif": "ES_NIF ES_DNI",
    "cif": "ES_CIF ES_NIF",
    "nuss": "ES_NAF",
    "curp": "MX_CURP",
    "rfc": "MX_RFC",
    "rif": "VE_RIF",
    "cie": "IT_ID_CARD",
    "cpf": "BR_CPF",
    "rg": "BR_RG",
    "cnpj": "BR_CNPJ",
    "org_id": "SE_ORGNR",
    "clabe": "CLABE",
    "company_business_id": "FI_YTUNNUS",
    "uid": "CH_UID",
    "siren": "FR_SIREN",
    "siret": "FR_SIRET",
    "rcs_number": "FR_RCS",
    "regon": "PL_REGON",
    "businesses_inn": "RU_INN",
    "individuals_inn": "RU_INN",
    "businesses_ogrn": "RU_OGRN",
    "snils": "RU_SNILS",
    "umid": "PH_UMID",
    "el_GR.tin": "GR_VAT",
    "cs_CZ.birth_number": "CZ_RC SK_RC",
    "sk_SK.birth_number": "CZ_RC SK_RC",
}
SSN_BY_LOCALE = {
    "de_AT": ("AT_VNR", "SVNR", "Sozialversicherungsnummer"),
    "el_GR": ("GR_AMKA", "ΑΜΚΑ", "AMKA"),
    "en_CA": ("CA_SIN", "SIN", "social insurance number"),
    "en_GB": ("GB_NINO", "NI number", "National Insurance number"),
    "et_EE": ("EE_IK", "isikukood", "personal code"),
    "fi_FI": ("FI_HETU", "henkilötunnus", "HETU"),
    "fr_CH": ("CH_SSN", "AVS", "numéro AVS"),
    "fr_FR": ("FR_NIR", "numéro de sécurité sociale", "NIR"),
    "he_IL": ("IL_IDNR", "תעודת זהות", "Teudat Zehut"),
    "hr_HR": ("HR_OIB", "OIB", "osobni identifikacijski broj"),
    "it_IT": ("IT_CODICE_FISCALE", "codice fiscale", "C.F."),
    "lv_LV": ("LV_PERSONAS_KODS", "personas kods", "personal code"),
    "mk_MK": ("RS_JMBG", "ЕМБГ", "JMBG"),
    "nl_BE": ("BE_NN", "rijksregisternummer", "INSZ"),
    "nl_NL": ("NL_BSN", "BSN", "burgerservicenummer"),
    "no_NO": ("NO_FODSELSNUMMER", "fødselsnummer", "personnummer"),
    "pl_PL": ("PL_PESEL", "PESEL", "numer PESEL"),
    "pt_BR": ("BR_CPF", "CPF", "cpf"),
    "ro_RO": ("RO_CNP", "CNP", "cod numeric personal"),
    "sr_BA": ("RS_JMBG", "JMBG", "matični broj"),
    "sv_SE": ("SE_PERSONNUMMER", "personnummer", "pnr"),
    "th_TH": ("TH_PIN", "เลขประจำตัวประชาชน", "Thai national ID"),
    "tr_TR": ("TR_TCKIMLIK", "T.C. Kimlik No", "TCKN"),
    "uk_UA": ("UA_RNTRC", "РНОКПП", "ідентифікаційний номер"),
    "zh_CN": ("CN_RIC", "身份证号", "身份证号码"),
    "zh_TW": ("TW_NATIONAL_ID", "身分證字號", "身分證"),
    "es_MX": ("MX_NSS", "NSS", "número de seguridad social"),
    "es_AR": ("AR_CUIT", "CUIL", "CUIT"),
}
"""What the number that Faker calls `ssn` is in a locale, and how its people call it."""

_OTHER = {
    "phonenumbers:international": "PHONE",
    "phonenumbers:national": "PHONE",
    "niafaker:phone": "PHONE",
    "schwifty:iban": "IBAN",
    "schwifty:bic": "SWIFT_BIC",
    "mimesis:credit_card_number": "CREDIT_CARD",
    "mimesis:cvv": "CVV",
    "mimesis:imei": "IMEI",
    "mimesis:ip_v4": "IP_ADDRESS",
    "mimesis:ip_v6": "IP_ADDRESS",
    "mimesis:mac_address": "MAC_ADDRESS",
    "mimesis:email": "EMAIL",
    "mimesis:telephone": "PHONE",
    "mimesis:password": "PASSWORD",
    "mimesis:full_name": "PERSON_NAME",
    "presidio:CVV2": "CVV",
    "presidio:EmailAddress": "EMAIL",
    "presidio:TelephoneNumber": "PHONE",
    "presidio:Birthday": "DOB",
    "presidio:Password": "PASSWORD",
    "presidio:name": "PERSON_NAME",
    "presidio:address": "ADDRESS",
    "presidio:us_driver_license": "DRIVERS_LICENSE US_DRIVERS_LICENSE",
}
_PROVIDERS = {
    "1password": "ONEPASSWORD", "canadian": "GC_NOTIFY", "cisco": "MERAKI", "cockroachlabs": "COCKROACHDB",
    "datagov": "DATA_GOV", "datastax": "ASTRA", "droneci": "DRONE_CI", "gcp": "GOOGLE", "hashicorp": "TERRAFORM",
    "langchain": "LANGSMITH", "privateai": "PRIVATE_AI", "sendinblue": "BREVO", "togetherai": "TOGETHER",
    "travisci": "TRAVIS_CI", "voyageai": "VOYAGE", "weights": "WANDB", "new": "NEWRELIC", "adafruit": "ADAFRUIT",
}  # fmt: skip
_NO_SECRET = re.compile(
    r"client-id|instance-url|-host|-domain|account-name|tenant-id|cloud-name|-username|access-id$|project-url|server-|"
    r"rest-url|repository|application-id|-id$|auth-id|polymarket-address|account-id|key-id|jfrog-url|token-name|"
    r"public-key|pub-key|lob-pub|sensitive-url|credential-uri|connection-string|auth-user|auth-header|private-key|"
    r"kubernetes-secret|default-credentials|service-account$|session-cookie|webhook|hashicorp-tf-password|aws-amazon|"
    r"github|jwt|generic-api-key|nuget-config|curl|gitlab-session|client-sdk|age-secret|sidekiq|slack-legacy-workspace"
)
"""Rules whose expression is no credential by itself, needs what stands around it, or leaves out a checksum (GitHub's)."""


def right(kind: str, names: Collection[str], locale: str) -> tuple[str, ...] | None:
    """The identifiers that are right, none for what is harmless; `None` where nothing was decided."""
    if kind in HARMLESS:
        return ()
    maker, _, rest = kind.partition(":")
    if maker in ("stdnum", "npm-stdnum"):
        found = _NUMBERS.get(rest)
        if found is None:
            plain = rest.replace("_.", ".").upper().replace(".", "_").rstrip("_")
            found = plain if plain in names else None
    elif maker == "idnumbers":
        found = _IDNUMBERS.get(rest)
    elif maker == "faker":
        found = _faker(rest, locale)
    elif maker in ("gitleaks", "kingfisher"):
        return _credential(rest, names)
    elif kind in _OTHER:
        found = _OTHER[kind]
    else:
        return right_more(kind, names)
    known = tuple(name for name in (found or "").split() if name in names)
    return known or None


def _faker(rest: str, locale: str) -> str | None:
    method = rest.partition(".")[2]
    if method == "ssn" and locale in SSN_BY_LOCALE:
        return SSN_BY_LOCALE[locale][0]
    if method in ("vat_id", "company_vat"):
        country = {"EL": "GR", "DK": "DK"}.get(locale[-2:].upper(), locale[-2:].upper())
        return f"{_VAT[country]} EU_VAT" if country in _VAT else None
    return _FAKER.get(rest) or _FAKER.get(method)


def _credential(rule: str, names: Collection[str]) -> tuple[str, ...] | None:
    if rule.startswith("secrets/") or _NO_SECRET.search(rule):
        return None
    first = rule.partition("-")[0]
    provider = _PROVIDERS.get(first, first.upper())
    found = [name for name in names if name.startswith(provider)]
    # The nearest by name first: it is the one that is missed where none is told.
    told = rule.upper().replace("-", "_").replace("API_", "")
    return tuple(sorted(found, key=lambda name: (-SequenceMatcher(None, name, told).ratio(), name))) or None
