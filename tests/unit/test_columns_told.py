"""What columns are told by beside patterns: names under which little else stands, how values are written, other columns."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

import assay

FAMILY = ["Hernandez", "Kowalski", "Fischer", "Okafor", "Lindqvist", "Moreau", "Tanaka", "Novak", "Costa", "Reilly"]
GIVEN = ["Lena", "Mateo", "Priya", "Oluwaseun", "Ingrid", "Camille", "Hiroshi", "Jana", "Tiago", "Maeve"]


def told(
    folder: Path, columns: dict[str, Sequence[str]], *, name: str = "t", quoting: int = csv.QUOTE_MINIMAL
) -> dict[str, str | None]:
    """Column → what it is told to be."""
    path = folder / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, quoting=quoting)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    records = [record for record in assay.scan(str(path), jobs=1) if isinstance(record, assay.ColumnRecord)]
    assert [record.column for record in records] == list(columns)
    return {record.column: record.detected_type for record in records}


def people(rows: int) -> list[str]:
    return [f"{FAMILY[at % 10]}, {GIVEN[at * 7 // 10 % 10]}" for at in range(rows)]


def streets(rows: int) -> list[str]:
    return [
        f"{11 + 3 * at} {FAMILY[at % 10]} Road Suite {at}, {10234 + 61 * at} North {GIVEN[at % 10]}ville"
        for at in range(rows)
    ]


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_quoted_cells_are_what_they_are_without_quotes(tmp_path: Path, quoting: int) -> None:
    found = told(
        tmp_path,
        {"column_1": people(60), "column_2": streets(60), "column_3": [str(at) for at in range(60)]},
        quoting=quoting,
    )
    assert found == {"column_1": "PERSON_NAME", "column_2": "ADDRESS", "column_3": None}


def test_values_padded_to_a_width_are_stripped(tmp_path: Path) -> None:
    padded = [f"{name:<24}" for name in FAMILY * 3]
    assert told(tmp_path, {"id": [str(at) for at in range(30)], "LAST_NM": padded})["LAST_NM"] == "PERSON_NAME"


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("truck_plate", [f"KU-ZF-{100 + 7 * at}" for at in range(30)], "LICENSE_PLATE"),
        ("company_reg_no", [f"SC{412_300 + 7 * at}" for at in range(30)], None),
        ("bankgiro", [f"{5000 + 37 * at}-{1000 + 91 * at}" for at in range(30)], "BANK_ACCOUNT"),
        ("gl_account_no", [f"{40010000 + at}" for at in range(30)], None),
        ("userpassword", ["sprain", "bribery", "irrefutable", "gosling", "inflicted", "rulings"] * 5, "PASSWORD"),
        ("userpassword", ["true", "false"] * 15, None),
        ("totp_secret", [f"JV2WCZDFOVYDGYLOMRXW4Z{a}{b}" for a in "ABCDEF" for b in "HIJKL"], "TOTP_SECRET"),
        ("author", [f"{given.lower()}.{family.lower()}" for given in GIVEN for family in FAMILY[:3]], "USERNAME"),
        ("device_uid", [f"{0x3FBDFED1 + 7919 * at:08x}-{0x8C7 + at:04x}" for at in range(30)], None),
    ],
)
def test_a_name_under_which_little_else_stands_needs_the_form_only(
    tmp_path: Path, column: str, values: list[str], expected: str | None
) -> None:
    assert told(tmp_path, {"n": [str(at) for at in range(30)], column: values})[column] == expected


def test_names_that_no_list_has_are_told_under_a_name_for_them(tmp_path: Path) -> None:
    unlisted = [f"{a}{b}wuth" for a in ("Qor", "Zsal", "Mbey", "Xhol", "Ngwe") for b in ("a", "e", "io", "u")]
    found = told(tmp_path, {"family_name": unlisted, "title": unlisted, "n": [str(at) for at in range(20)]})
    assert found == {"family_name": "PERSON_NAME", "title": None, "n": None}


def test_telephone_numbers_for_films_are_telephone_numbers_of_a_column(tmp_path: Path) -> None:
    numbers = [f"555-01{10 + at}" if at % 2 else f"(212) 555-01{10 + at}" for at in range(40)]
    assert told(tmp_path, {"n": [str(at) for at in range(40)], "home_phone": numbers})["home_phone"] == "PHONE"


def test_random_numbers_in_the_form_of_a_social_security_number_are_none(tmp_path: Path) -> None:
    # A tenth of them have an area that is not given out, as of random numbers.
    parts = [f"{(at * 379 + 11) % 1000:03}-{(at * 31 + 7) % 100:02}-{(at * 7919 + 13) % 10000:04}" for at in range(150)]
    assert told(tmp_path, {"n": [str(at) for at in range(150)], "mfr_part": parts})["mfr_part"] is None


def test_what_expires_is_a_card_beside_a_card_only(tmp_path: Path) -> None:
    months = [f"{1 + at % 12:02}/{2026 + at % 5}" for at in range(40)]
    numbers = [str(at) for at in range(40)]
    assert told(tmp_path, {"n": numbers, "expiry_date": months}, name="formulary")["expiry_date"] is None
    assert (
        told(tmp_path, {"n": numbers, "card_expiry_date": months}, name="formulary")["card_expiry_date"]
        == "CARD_EXPIRY"
    )
    cvv = [f"{137 + 19 * at % 800:03}" for at in range(40)]
    assert told(tmp_path, {"n": numbers, "cvv": cvv, "exp": months}, name="plain")["exp"] == "CARD_EXPIRY"


def test_a_list_of_all_codes_is_nobodys(tmp_path: Path) -> None:
    codes = ["I10", "E11.9", "J45.909", "M54.5", "N39.0", "F32.9", "K21.9", "J06.9", "R51.9", "E78.5", "B20", "C50.911"]
    more = ["N18.30", "G43.909", "L40.0", "H25.9", "A09", "D64.9", "I48.91", "J18.9", "K80.20", "S72.001A"]
    listed = told(tmp_path, {"icd_code": codes + more, "rank": [str(at) for at in range(22)]}, name="dx_reference")
    assert listed["icd_code"] is None
    visits = {"patient_id": [f"P{1000 + 7 * at}" for at in range(22)], "icd_code": codes + more}
    assert told(tmp_path, visits, name="visits")["icd_code"] == "ICD_CODE"


def test_four_brands_that_are_also_names_are_no_persons(tmp_path: Path) -> None:
    brands = ["Mary Jane", "Hugo", "Wilson", "Taylor"] * 40
    assert told(tmp_path, {"n": [str(at) for at in range(160)], "BRND_NM": brands})["BRND_NM"] is None


@pytest.mark.parametrize(("named", "found"), [(3, 0), (40, 40)])
def test_the_first_values_tell_whose_names_a_column_called_name_holds(tmp_path: Path, named: int, found: int) -> None:
    things = [
        f"{a}-{b}"
        for a in ("http", "json", "yaml", "zip", "csv")
        for b in ("parse", "kit", "router", "cli", "io", "ng", "core")
    ]
    persons = [f"{given} {family}" for family in FAMILY for given in GIVEN]
    names = [*persons[:named], *(things * 3)[: 100 - named]]
    path = tmp_path / "t.csv"
    path.write_text("name,downloads\n" + "".join(f"{name},{at}\n" for at, name in enumerate(names)), encoding="utf-8")
    records = list(assay.scan(str(path), jobs=1))
    findings = [record for record in records if isinstance(record, assay.Finding)]
    assert len([record for record in findings if record.identifier == "PERSON_NAME"]) == found


def test_columns_of_a_file_with_two_letters_before_every_name(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        {
            "CMNO": [str(4000 + at) for at in range(40)],
            "CMDOB": [f"{at % 2}{(40 + at) % 100:02}0{1 + at % 9}1{at % 9}" for at in range(40)],
            "CMTELH": [f"0{1200 + 37 * at} {500000 + 991 * at}" for at in range(40)],
            "CMBRN": [str(100 + at % 7) for at in range(40)],
            "CMSTS": ["A", "C"] * 20,
        },
        name="CUSMAS",
    )
    assert found == {"CMNO": None, "CMDOB": "DOB", "CMTELH": "PHONE", "CMBRN": None, "CMSTS": None}


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("docs_dob", [f"{10 + at % 18}{('JAN', 'MAY', 'NOV')[at % 3]}{50 + at % 49}" for at in range(40)], "DOB"),
        ("card_exp", [f"2{6 + at % 4}{1 + at % 9:02}" for at in range(40)], "CARD_EXPIRY"),
        (
            "nr_konta",
            [f"{10 + at} 1020 5558 {1111 + 7 * at} 1300 {2222 + at} 3344" for at in range(40)],
            "BANK_ACCOUNT",
        ),
        (
            "patient_name",
            [f"{FAMILY[at % 10].upper()}^{GIVEN[at * 7 % 10].upper()}^M" for at in range(40)],
            "PERSON_NAME",
        ),
        ("pax_name", [f"{FAMILY[at % 10].upper()}/{GIVEN[at * 7 % 10].upper()} MR" for at in range(40)], "PERSON_NAME"),
        ("src_ip", [f"10.{at}.{3 * at}.{at + 1}" for at in range(40)], "IP_ADDRESS"),
        ("pw_old", ["$P$B" + f"{'aZ9bY8cX7dW6eV5fU4gT3hS2iR1':.27}{at:03}" for at in range(40)], "PASSWORD_HASH"),
        ("citizen_id", [f"{31 + at}-{4711 + 3 * at}-{18 + at}X" for at in range(40)], "NATIONAL_ID"),
    ],
)
def test_values_as_systems_write_them(tmp_path: Path, column: str, values: list[str], expected: str) -> None:
    card = {"card_no": [f"453201511283{at:04}" for at in range(40)]} if "card" in column else {}
    assert told(tmp_path, {"n": [f"{at}.5" for at in range(40)], **card, column: values})[column] == expected


def test_addresses_of_nobody_in_a_text_are_told(tmp_path: Path) -> None:
    texts = [f"The guest asked for a quiet room with a view of number {at}, and left early" for at in range(60)]
    harmless = told(tmp_path, {"n": [str(at) for at in range(60)], "remarks": texts}, name="a")
    assert harmless["remarks"] is None
    for at in (7, 21, 40, 55):
        texts[at] = f"Guest can be reached at guest{at}@example.com before ten"
    assert told(tmp_path, {"n": [str(at) for at in range(60)], "remarks": texts}, name="b")["remarks"] == "EMAIL"


FORMS = ["GmbH", "Inc.", "LLC", "Ltd", "AG", "S.A.", "B.V.", "& Co. KG", "Holdings", "Oy"]
AFTER_PERSONS = ["Hugo Boss", "Ralph Lauren", "Peter Hahn"]


@pytest.mark.parametrize("column", ["client_name", "customer_name", "account_name", "legal_name", "owner", "kunde"])
def test_firms_that_are_called_after_persons_are_none(tmp_path: Path, column: str) -> None:
    firms = [f"{FAMILY[at % 10]} {FORMS[at * 7 // 10 % 10]}" if at % 4 else AFTER_PERSONS[at % 3] for at in range(80)]
    mixed = [firms[at] if at % 2 else f"{GIVEN[at % 10]} {FAMILY[at * 3 % 10]}" for at in range(80)]
    assert told(tmp_path, {"n": [str(at) for at in range(80)], column: firms}) == {"n": None, column: None}
    assert told(tmp_path, {"n": [str(at) for at in range(80)], column: mixed})[column] == "PERSON_NAME"


def test_what_is_not_told_is_not_above_the_threshold(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"{at},{FAMILY[at % 10]} {FORMS[at * 7 // 10 % 10]}\n" for at in range(80))
    path.write_text(f"n,insured_name\n{rows}", encoding="utf-8")
    records = [record for record in assay.scan(str(path), jobs=1) if isinstance(record, assay.ColumnRecord)]
    assert [record.detected_type for record in records] == [None, None]
    assert all(record.confidence <= 50 for record in records)
    assert "names of firms" in records[1].detection_reason


def test_a_few_numbered_accounts_among_people_are_no_addresses(tmp_path: Path) -> None:
    accounts = ["4000 Revenue", "5000 Costs", "6100 Rent", "1200 Receivables"]
    found = told(tmp_path, {"account": [accounts[at % 4] for at in range(60)], "prepared_by": people(60)})
    assert found == {"account": None, "prepared_by": "PERSON_NAME"}


STEPS = ["step {}", "Chapter {}", "wave {} of rollout", "{} boxes left", "Table {}, upper deck"]


@pytest.mark.parametrize("of", STEPS)
@pytest.mark.parametrize("ends", ["csv", "db"])
def test_what_is_counted_beside_social_security_numbers_is_no_street(tmp_path: Path, of: str, ends: str) -> None:
    notes = [of.format(1 + at) for at in range(40)]
    assert beside_numbers(tmp_path, "note", notes, ends) == {"ssn": "SSN", "note": None}


@pytest.mark.parametrize("ends", ["csv", "db"])
def test_few_streets_with_many_houses_are_addresses(tmp_path: Path, ends: str) -> None:
    names = ["Lindenweg", "Am Anger", "Zur Furt", "Kirchgasse", "Brunnenhof", "Im Grund", "Hinterm Wehr", "Obere Zeile"]
    houses = [f"{names[at % 8]} {1 + at // 3}" for at in range(40)]
    assert beside_numbers(tmp_path, "column_2", houses, ends) == {"ssn": "SSN", "column_2": "ADDRESS"}


def beside_numbers(folder: Path, column: str, values: Sequence[str], ends: str) -> dict[str, str | None]:
    numbers = [f"{536 + at % 40}-{22 + at % 60}-{4071 + 13 * at}" for at in range(len(values))]
    if ends == "csv":
        return told(folder, {"ssn": numbers, column: values})
    path = folder / "t.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f'CREATE TABLE t (ssn TEXT, "{column}" TEXT)')
        database.executemany("INSERT INTO t VALUES (?, ?)", zip(numbers, values, strict=True))
    records = [record for record in assay.scan(str(path), jobs=1) if isinstance(record, assay.ColumnRecord)]
    return {record.column: record.detected_type for record in records}


def test_a_column_of_mail_addresses_holds_what_its_values_are(tmp_path: Path) -> None:
    mails = [f"{GIVEN[at % 10]}.{FAMILY[at // 10]}{at}@firma-nord.de".lower() for at in range(40)]
    assert told(tmp_path, {"mail_addr": [f"{11 + at} {FAMILY[at % 10]} Road" for at in range(40)]}) == {
        "mail_addr": "ADDRESS"
    }
    assert told(tmp_path, {"mail_addr": mails}) == {"mail_addr": "EMAIL"}
