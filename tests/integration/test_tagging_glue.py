"""Parameters and comments of Glue tables: the whole table is written, and only ours is another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gluetables_for_tests import COLUMNS, RESOURCE, TABLE, column, column_now, make_table, scanned, table_now
from tagging_for_tests import OURS, Desk, outcomes, without_time

from assay.model import Level
from assay.model.action import CHANGED, Outcome
from assay.model.columntags import LONGEST_COMMENT

TYPES = "SensitiveDataTypes"


def _write(desk: Desk, **changes: Any) -> None:
    """What somebody else does."""
    desk.aws.client("glue").update_table(DatabaseName="shop", TableInput={**table_now(desk.aws), **changes})


def test_applied_twice_and_undone(desk: Desk) -> None:
    make_table(desk.aws)
    scanned(desk.catalog, column("ssn"), column("home.zip", Level.CONFIDENTIAL, "ADDRESS"))
    plan = desk.plan(RESOURCE)
    assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
    now = table_now(desk.aws)
    assert without_time(now["Parameters"]) == {**TABLE["Parameters"], **OURS}
    assert column_now(desk.aws, "ssn") == {
        **COLUMNS[0],
        "Comment": "of the person [assay: restricted SSN]",
        "Parameters": {"owner": "hr", "DataClassification": "restricted", TYPES: "SSN"},
    }
    assert column_now(desk.aws, "home") == {
        **COLUMNS[1],
        "Comment": "[assay: confidential ADDRESS]",
        "Parameters": {"DataClassification": "confidential", TYPES: "ADDRESS"},
    }
    assert column_now(desk.aws, "amount") == COLUMNS[2]
    for name in ("Description", "Owner", "Retention", "TableType", "PartitionKeys"):
        assert now[name] == TABLE[name]
    assert desk.plan(RESOURCE).actions == ()
    assert outcomes(desk.undo(plan)) == [Outcome.UNDONE]
    assert table_now(desk.aws) == TABLE
    assert desk.audited() == [("TAG_APPLIED", RESOURCE), ("TAG_UNDONE", RESOURCE)]


def test_partitions_stay_and_columns_of_them_are_tagged(desk: Desk) -> None:
    make_table(desk.aws)
    glue = desk.aws.client("glue")

    def partitions() -> list[Any]:
        found: list[Any] = glue.get_partitions(DatabaseName="shop", TableName="people")["Partitions"]
        return [{key: value for key, value in each.items() if key != "CreationTime"} for each in found]

    before = partitions()
    assert before
    scanned(desk.catalog, column("day", Level.INTERNAL, "DATE"))
    assert outcomes(desk.tag(RESOURCE)) == [Outcome.APPLIED]
    assert column_now(desk.aws, "day")["Comment"] == "when [assay: internal DATE]"
    assert partitions() == before


def test_undo_leaves_what_others_wrote_meanwhile(desk: Desk) -> None:
    make_table(desk.aws)
    scanned(desk.catalog, column("ssn"))
    plan = desk.plan(RESOURCE)
    desk.apply(plan)
    stored = table_now(desk.aws)["StorageDescriptor"]
    first, *others = stored["Columns"]
    edited = {**first, "Comment": f"the number {first['Comment'].partition('person ')[2]}"}
    _write(desk, Parameters={**table_now(desk.aws)["Parameters"], "team": "data"},
           StorageDescriptor={**stored, "Columns": [edited, *others]})  # fmt: skip
    assert outcomes(desk.undo(plan)) == [Outcome.UNDONE]
    assert table_now(desk.aws)["Parameters"] == {**TABLE["Parameters"], "team": "data"}
    assert column_now(desk.aws, "ssn") == {**COLUMNS[0], "Comment": "the number"}


def test_a_table_that_was_written_since_it_was_read_is_not_written_over(desk: Desk) -> None:
    make_table(desk.aws)
    scanned(desk.catalog, column("ssn"))
    plan = desk.plan(RESOURCE)
    desk.aws.strict.before("glue.UpdateTable", lambda: _write(desk, Description="Theirs, written meanwhile"))
    (told,) = desk.apply(plan)
    assert (told.outcome, told.reason) == (Outcome.REFUSED, CHANGED)
    assert table_now(desk.aws) == {**TABLE, "Description": "Theirs, written meanwhile"}


def test_what_changed_since_it_was_planned_is_refused_and_the_rest_is_not(desk: Desk) -> None:
    make_table(desk.aws)
    scanned(desk.catalog, column("ssn"))
    plan = desk.plan(RESOURCE)
    _write(desk, Parameters={**TABLE["Parameters"], "recordCount": "4"})
    assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
    assert table_now(desk.aws)["Parameters"]["recordCount"] == "4"
    again = desk.plan(RESOURCE)
    desk.undo(plan)
    _write(desk, Parameters={**TABLE["Parameters"], "DataClassification": "internal"})
    (told,) = desk.apply(replace(plan, made_by="bob"))
    assert (again.actions, told.outcome, told.reason) == ((), Outcome.REFUSED, CHANGED)


def test_a_level_is_never_lowered_of_a_table_or_a_column(desk: Desk) -> None:
    columns = [{**COLUMNS[0], "Parameters": {"DataClassification": "restricted", TYPES: "SSN"}}, *COLUMNS[1:]]
    stored = {**TABLE["StorageDescriptor"], "Columns": columns}
    make_table(desk.aws, StorageDescriptor=stored, Parameters={"DataClassification": "restricted"})
    scanned(desk.catalog, column("ssn", Level.INTERNAL, "NAME"), level=Level.INTERNAL)
    assert outcomes(desk.tag(RESOURCE)) == [Outcome.APPLIED]
    assert table_now(desk.aws)["Parameters"]["DataClassification"] == "restricted"
    found = column_now(desk.aws, "ssn")
    assert found["Parameters"] == {"DataClassification": "restricted", TYPES: "NAME+SSN"}
    assert found["Comment"] == "of the person [assay: restricted NAME+SSN]"


def test_a_mark_is_replaced_not_repeated_and_a_full_comment_stays(desk: Desk) -> None:
    full = "x" * LONGEST_COMMENT
    columns = [{**COLUMNS[0], "Comment": "of the person [assay: internal NAME]"}, {**COLUMNS[1], "Comment": full}]
    make_table(desk.aws, StorageDescriptor={**TABLE["StorageDescriptor"], "Columns": columns})
    scanned(desk.catalog, column("ssn"), column("home"))
    plan = desk.plan(RESOURCE)
    assert "column home: its comment has no room" in plan.actions[0].action.note
    assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
    assert column_now(desk.aws, "ssn")["Comment"] == "of the person [assay: restricted SSN]"
    assert column_now(desk.aws, "home")["Comment"] == full
    assert column_now(desk.aws, "home")["Parameters"]["DataClassification"] == "restricted"


@pytest.mark.parametrize("level", [Level.PUBLIC, Level.UNCLASSIFIED])
def test_columns_without_anything_are_left_alone(desk: Desk, level: Level) -> None:
    make_table(desk.aws)
    scanned(desk.catalog, column("ssn", level, None), column("gone"))
    desk.tag(RESOURCE)
    assert column_now(desk.aws, "ssn") == COLUMNS[0]


def test_links_and_tables_that_are_not_there_or_cannot_be_read_are_refused(desk: Desk) -> None:
    make_table(desk.aws, TargetTable={"CatalogId": "210987654321", "DatabaseName": "shop", "Name": "people"})
    scanned(desk.catalog, column("ssn"))
    gone = RESOURCE.replace("people", "gone")
    (link, missing) = desk.plan(RESOURCE, gone).refusals
    assert (link.reason, missing.reason) == ("a link", "not found")
    desk.aws.strict.deny("glue.GetTable")
    (denied,) = desk.plan(RESOURCE).refusals
    assert denied.reason == "access denied"


def test_what_lies_elsewhere_is_none_of_it(desk: Desk) -> None:
    make_table(desk.aws, StorageDescriptor={**TABLE["StorageDescriptor"], "Location": "s3://lake/people2/"})
    scanned(desk.catalog, column("ssn"))
    (refusal,) = desk.plan(RESOURCE).refusals
    assert refusal.reason == "not classified"
