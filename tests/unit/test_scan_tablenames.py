"""Tables of one resource that are called alike."""

from __future__ import annotations

from unit.records_for_tests import column, table

from assay.app.scan.tablenames import TableNames


def test_the_second_of_a_name_gets_one_of_its_own() -> None:
    names = TableNames()
    told = []
    for called in ("staff", "staff", "staff (2)", "staff", "other"):
        columns, record = names.apart([column(table=called)], table(table_name=called))
        assert [each.table for each in columns] == [record.table_name]
        told.append(record.table_name)
    assert told == ["staff", "staff (2)", "staff (2) (2)", "staff (3)", "other"]


def test_the_next_resource_has_names_of_its_own() -> None:
    names = TableNames()
    names.apart([], table(table_name="staff"))
    names.end()
    _, record = names.apart([], table(table_name="staff"))
    assert record.table_name == "staff"
