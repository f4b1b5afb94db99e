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
