"""What the fields of coded messages are called: HL7 v2.x (chapters 3, 6 and 2.A), ASC X12 (005010), vCard (RFC 6350), GEDCOM 5.5.1.

The names are those that identifiers know. `HL7` says of each segment: the number of a field, what type its components are of,
and its name.
"""

from __future__ import annotations

_HL7 = """
PID 2 id patient_id, 3 id mrn, 4 id patient_id, 5 person patient_name, 6 person mothers_maiden_name, 7 date birth_date, 8 id sex,
    9 person patient_name, 10 coded race, 11 address home_address, 13 phone home_phone, 14 phone work_phone, 17 coded religion,
    18 id hospital_account_id, 19 id ssn, 20 id drivers_license_number, 21 id mrn, 22 coded ethnicity, 23 text birth_place
PD1 4 provider physician_name
MRG 1 id mrn, 3 id hospital_account_id, 4 id patient_id, 7 person patient_name
NK1 2 person contact_name, 4 address home_address, 5 phone home_phone, 6 phone work_phone, 16 date birth_date, 30 person contact_name,
    31 phone phone, 32 address home_address, 37 id ssn
GT1 3 person guarantor_name, 4 person guarantor_name, 5 address home_address, 6 phone home_phone, 7 phone work_phone, 8 date birth_date,
    9 id sex, 12 id ssn, 17 address address, 18 phone phone
IN1 5 address address, 6 person contact_name, 7 phone phone, 16 person insured_name, 18 date birth_date, 19 address home_address,
    36 id policy_number, 43 id sex, 44 address address, 49 id insured_id
IN2 2 id ssn, 6 id medicare_number, 7 person insured_name, 8 id medicaid_number, 61 id member_id, 63 phone phone, 64 phone phone
PV1 7 provider physician_name, 8 provider physician_name, 9 provider physician_name, 17 provider physician_name, 19 id encounter_id,
    52 provider physician_name
EVN 5 provider operator_name
ORC 10 provider operator_name, 11 provider operator_name, 12 provider physician_name, 14 phone phone, 24 address address
OBR 10 provider operator_name, 16 provider physician_name, 17 phone phone, 28 provider physician_name, 32 provider physician_name
OBX 16 provider operator_name
ROL 4 provider physician_name, 11 address address, 12 phone phone
DG1 3 coded diagnosis, 4 text diagnosis, 16 provider physician_name
PR1 3 coded procedure, 8 provider physician_name, 11 provider physician_name
AL1 3 coded allergy
RXA 5 coded medication, 10 provider physician_name
RXE 2 coded medication
RXO 1 coded medication
RXD 2 coded medication
STF 3 person employee_name, 6 date birth_date, 10 phone phone, 11 address home_address, 15 text email
PRD 2 person physician_name, 3 address address, 5 phone phone
CTD 2 person contact_name, 3 address address, 5 phone phone
ACC 7 provider operator_name
"""


def _table(text: str) -> dict[bytes, tuple[tuple[int, str, str], ...]]:
    found: dict[bytes, tuple[tuple[int, str, str], ...]] = {}
    for line in text.strip().replace("\n    ", " ").splitlines():
        segment, _, listed = line.partition(" ")
        rows = (item.split() for item in listed.split(","))
        found[segment.encode()] = tuple((int(number), kind, name) for number, kind, name in rows)
    return found


HL7 = _table(_HL7)

IDS = {
    b"MI": "member_id", b"34": "ssn", b"SY": "ssn", b"XX": "npi", b"HPI": "npi", b"24": "ein", b"EI": "ein", b"FI": "ein", b"TJ": "ein",
    b"MR": "medicaid_number", b"HN": "medicare_number", b"1W": "member_id", b"0F": "subscriber_id", b"EA": "mrn", b"IG": "policy_number",
    b"Y4": "policy_number", b"F6": "medicare_number", b"II": "national_id",
}  # fmt: skip
"""By the qualifier of an identification (X12 elements 66 and 128): what the identification is called."""

PHONES = frozenset((b"TE", b"HP", b"WP", b"CP", b"FX", b"AP", b"BN"))
"""Qualifiers of numbers of communication (X12 element 365) that are telephones."""

DIAGNOSES = frozenset(
    (b"BK", b"BF", b"BJ", b"BN", b"PR", b"ABK", b"ABF", b"ABJ", b"ABN", b"APR", b"TC", b"LOI")
)  # fmt: skip
"""Lists of codes (X12 element 1270) whose codes are diagnoses."""

PROCEDURES = frozenset((b"BR", b"BQ", b"BP", b"BO", b"BBR", b"BBQ", b"HC", b"HP", b"CAH", b"AD", b"NU"))

CONTENT = {
    b"FN": "full_name", b"N": "full_name", b"NICKNAME": "nickname", b"BDAY": "birth_date", b"DEATHDATE": "death_date",
    b"ADR": "home_address", b"LABEL": "home_address", b"TEL": "phone", b"EMAIL": "email", b"GENDER": "gender",
    b"X-GENDER": "gender", b"X-MAIDENNAME": "maiden_name", b"X-SSN": "ssn", b"BIRTHPLACE": "birth_place",
}  # fmt: skip
"""Properties of vCard 2.1 to 4.0, and those of address books beside it."""

GEDCOM = {
    b"NAME": "full_name", b"SURN": "last_name", b"GIVN": "first_name", b"NICK": "nickname", b"_MARNM": "last_name", b"SEX": "sex",
    b"SSN": "ssn", b"IDNO": "national_id", b"PHON": "phone", b"EMAIL": "email", b"EMAI": "email", b"_EMAIL": "email",
    b"ADDR": "home_address", b"ADR1": "home_address", b"POST": "postal_code", b"CITY": "city", b"OCCU": "occupation", b"RELI": "religion",
    b"NATI": "nationality",
}  # fmt: skip
GEDCOM_BIRTH = {b"DATE": "birth_date", b"PLAC": "birth_place"}
"""What stands under BIRT, which says of whom it is."""
