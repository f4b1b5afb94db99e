"""A bare `name` in a table of places is theirs; beside data of persons, or above persons' whole names, it is a person's."""

from __future__ import annotations

from pathlib import Path

import pytest

import assay

COUNTIES = ("Madison", "Jackson", "Franklin", "Stanly", "Mitchell", "Gates", "Warren", "Harnett", "Wilson", "Henderson")
PEOPLE = ("Lena Schneider", "Maria Lopez", "Peter Miller", "Sarah Johnson", "Paul Weber", "Anna Rossi", "John Carter")


def names(tmp_path: Path, text: str) -> int:
    """How many names of persons are found."""
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    return sum(isinstance(each, assay.Finding) and each.identifier == "PERSON_NAME" for each in assay.scan(str(path)))


@pytest.mark.parametrize("code", ["FIPS", "geoid", "iso_a2", "the_geom", "latitude", "iata_code"])
def test_names_beside_what_only_places_have_are_no_persons(tmp_path: Path, code: str) -> None:
    rows = "".join(f"{number},{name},{37000 + number}\n" for number, name in enumerate(COUNTIES))
    assert names(tmp_path, f"area,NAME,{code}\n{rows}") == 0


@pytest.mark.parametrize("beside", ["email", "birth_date", "gender", "phone", "last_name"])
def test_data_of_persons_beside_them_make_them_persons(tmp_path: Path, beside: str) -> None:
    rows = "".join(f"{name},{37000 + number},x\n" for number, name in enumerate(COUNTIES))
    assert names(tmp_path, f"name,latitude,{beside}\n{rows}") >= len(COUNTIES) // 2


def test_whole_names_of_persons_are_found_wherever_they_live(tmp_path: Path) -> None:
    rows = "".join(f"{number},{name},5{number}.13,8.{number}1\n" for number, name in enumerate(PEOPLE))
    assert names(tmp_path, f"id,name,latitude,longitude\n{rows}") == len(PEOPLE)


def test_counties_without_such_a_column_are_told_as_before(tmp_path: Path) -> None:
    rows = "".join(f"{number},{name}\n" for number, name in enumerate(COUNTIES))
    assert names(tmp_path, f"id,name\n{rows}") >= len(COUNTIES) // 2
