"""Columns that only their names and few values tell: special categories, quasi-identifiers, codes of medicines."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.api import scan
from assay.model import ColumnRecord

TABLES = {
    "education": ("age,education,n\n39,HS-grad,1\n50,Bachelors,2\n28,Some-college,3\n", "EDUCATION"),
    "religion": ("age,religion,n\n39,Protestant,1\n50,Roman Catholic,2\n28,none,3\n", "RELIGION"),
    "rxnorm": ("patient,rxnorm,n\n17,860975,1\n18,314076,2\n19,1049221,3\n", "MEDICATION_CODE"),
    "county_of_residence": ("age,county_of_residence,n\n39,Kent,1\n50,Essex,2\n28,Surrey,3\n", "COUNTY"),
    "party_affiliation": (
        "age,party_affiliation,n\n39,Republican,1\n50,Democrat,2\n28,Independent,3\n",
        "POLITICAL_OPINION",
    ),
    "convicted": ("age,convicted,n\n39,Yes,1\n50,No,2\n28,Yes,3\n", "CRIMINAL_RECORD"),
}


_NAMES = ("Ada King", "Bob Miller", "Eve Smith", "Joan Baker", "Carl Jones")
_COUNTIES = ("Kent", "Essex", "Surrey", "Devon", "Dorset")


def _told(folder: Path, table: str) -> dict[str, str | None]:
    (folder / "t.csv").write_text(table, encoding="utf-8")
    return {one.column: one.detected_type for one in scan(folder, jobs=1) if isinstance(one, ColumnRecord)}


@pytest.mark.parametrize("column", TABLES)
def test_a_column_is_told_by_its_name_and_values(column: str, tmp_path: Path) -> None:
    table, wanted = TABLES[column]
    (tmp_path / "people.csv").write_text(table, encoding="utf-8")
    told = {one.column: one.detected_type for one in scan(tmp_path, jobs=1) if isinstance(one, ColumnRecord)}
    assert told[column] == wanted


def test_a_list_of_counties_is_no_ones_county(tmp_path: Path) -> None:
    (tmp_path / "counties.csv").write_text(
        "id,county,area\n1,Kent,3736\n2,Essex,3670\n3,Surrey,1663\n", encoding="utf-8"
    )
    told = {one.column: one.detected_type for one in scan(tmp_path, jobs=1) if isinstance(one, ColumnRecord)}
    assert told["county"] is None


def test_a_county_is_a_persons_where_the_table_is_of_persons(tmp_path: Path) -> None:
    rows = "".join(f"{name},{county},{n}\n" for n, (name, county) in enumerate(zip(_NAMES, _COUNTIES, strict=True)))
    assert _told(tmp_path, "full_name,county,n\n" + rows)["county"] == "COUNTY"


def test_a_county_is_nobodys_where_the_table_is_not_of_persons(tmp_path: Path) -> None:
    """Neither with an office's address beside it, nor where only a header speaks of persons."""
    offices = "".join(f"{county},info@{county.lower()}.gov.uk\n" for county in _COUNTIES)
    assert _told(tmp_path, "county,contact_email\n" + offices)["county"] is None
    parts = "".join(f"{county},M{n}\n" for n, county in enumerate(_COUNTIES))
    assert _told(tmp_path, "county,last_name\n" + parts)["county"] is None


def test_of_counties_that_stand_once_each_with_a_name_none_is_a_persons(tmp_path: Path) -> None:
    rows = [
        f"{one}{two.lower()},{_NAMES[(n + m) % 5]}\n"
        for n, one in enumerate(_COUNTIES)
        for m, two in enumerate(_COUNTIES)
    ]
    told = _told(tmp_path, "county,last_name\n" + "".join(rows))
    assert told["county"] is None
    again = _told(tmp_path, "county,last_name\n" + "".join(rows[:15] * 3))
    assert again["county"] == "COUNTY"
