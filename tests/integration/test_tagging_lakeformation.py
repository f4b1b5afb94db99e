"""LF-tags of tables and columns: added, never in place of others', and failures in an answer are failures."""

from __future__ import annotations

from typing import Any

from gluetables_for_tests import RESOURCE, column, make_table, scanned
from tagging_for_tests import Desk, outcomes

from assay.model import Level
from assay.model.action import Outcome

KEY = "dataclassification"
TABLE = {"DatabaseName": "shop", "Name": "people"}


def _client(desk: Desk) -> Any:
    return desk.aws.client("lakeformation")


def _plain(pairs: list[dict[str, Any]]) -> dict[str, str]:
    return {pair["TagKey"]: pair["TagValues"][0] for pair in pairs}


def _tags(desk: Desk) -> dict[str, str]:
    return _plain(_client(desk).get_resource_lf_tags(Resource={"Table": TABLE}).get("LFTagsOnTable", []))


def _columns(desk: Desk) -> dict[str, dict[str, str]]:
    wanted = {"TableWithColumns": {**TABLE, "ColumnNames": ["ssn", "home", "amount", "day"]}}
    told = _client(desk).get_resource_lf_tags(Resource=wanted).get("LFTagsOnColumns", [])
    return {each["Name"]: _plain(each["LFTags"]) for each in told}


def _given(desk: Desk, resource: dict[str, Any], **tags: str) -> None:
    """Somebody else's, in lists of values of their own."""
    client = _client(desk)
    for key, value in tags.items():
        client.create_lf_tag(TagKey=key, TagValues=[value])
        client.add_lf_tags_to_resource(Resource=resource, LFTags=[{"TagKey": key, "TagValues": [value]}])


def _values(desk: Desk, key: str = KEY) -> list[str]:
    return sorted(_client(desk).get_lf_tag(TagKey=key)["TagValues"])


def test_applied_twice_and_undone(desk: Desk) -> None:
    make_table(desk.aws)
    columns = {"TableWithColumns": {**TABLE, "ColumnNames": ["ssn"]}}
    _given(desk, {"Table": TABLE}, team="data")
    _given(desk, columns, owner="hr")
    scanned(desk.catalog, column("ssn"), column("home", Level.INTERNAL))
    plan = desk.plan(RESOURCE, lf_tags=True)
    assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
    assert _tags(desk) == {"team": "data", KEY: "restricted"}
    # What is below the table's level has the table's, as without a tag of its own.
    assert _columns(desk) == {"ssn": {"owner": "hr", KEY: "restricted"}}
    assert desk.plan(RESOURCE, lf_tags=True).actions == ()
    assert outcomes(desk.undo(plan)) == [Outcome.UNDONE]
    assert (_tags(desk), _columns(desk)) == ({"team": "data"}, {"ssn": {"owner": "hr"}})
    assert _values(desk) == ["restricted"]


def test_values_are_added_to_those_of_the_key_and_others_stay(desk: Desk) -> None:
    make_table(desk.aws)
    _given(desk, {"Table": TABLE}, **{KEY: "internal"})
    scanned(desk.catalog)
    plan = desk.plan(RESOURCE, lf_tags=True)
    assert dict(plan.actions[0].action.before) == {KEY: "internal"}
    assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
    assert (_tags(desk), _values(desk)) == ({KEY: "restricted"}, ["internal", "restricted"])
    assert outcomes(desk.undo(plan)) == [Outcome.UNDONE]
    assert _tags(desk) == {KEY: "internal"}


def test_what_a_table_has_of_its_database_is_not_lowered(desk: Desk) -> None:
    make_table(desk.aws)
    _given(desk, {"Database": {"Name": "shop"}}, **{KEY: "restricted"})
    scanned(desk.catalog, column("ssn", Level.INTERNAL), level=Level.INTERNAL)
    plan = desk.plan(RESOURCE, lf_tags=True)
    assert plan.actions == ()
    assert "says more than the catalog" in plan.notes[RESOURCE]


def test_a_column_that_was_set_below_is_raised_to_what_it_is(desk: Desk) -> None:
    make_table(desk.aws)
    columns = {"TableWithColumns": {**TABLE, "ColumnNames": ["home"]}}
    _given(desk, columns, **{KEY: "internal"})
    scanned(desk.catalog, column("ssn"), column("home", Level.CONFIDENTIAL))
    desk.tag(RESOURCE, lf_tags=True)
    assert _columns(desk) == {"ssn": {KEY: "restricted"}, "home": {KEY: "confidential"}}


def test_failures_in_an_answer_are_failures(desk: Desk) -> None:
    make_table(desk.aws)
    scanned(desk.catalog)
    plan = desk.plan(RESOURCE, lf_tags=True)
    pair = {"TagKey": KEY, "TagValues": ["restricted"]}
    failure = {"LFTag": pair, "Error": {"ErrorCode": "AccessDeniedException", "ErrorMessage": "No ASSOCIATE."}}
    desk.aws.strict.answer("lakeformation.AddLFTagsToResource", {"Failures": [failure]}, times=1)
    (told,) = desk.apply(plan)
    assert (told.outcome, told.reason) == (Outcome.FAILED, "access denied")
    assert told.detail == "Lake Formation: AccessDeniedException"
    assert _tags(desk) == {}


def test_tags_that_cannot_be_read_are_not_taken_for_none(desk: Desk) -> None:
    make_table(desk.aws)
    scanned(desk.catalog)
    desk.aws.strict.deny("lakeformation.GetResourceLFTags")
    (refusal,) = desk.plan(RESOURCE, lf_tags=True).refusals
    assert refusal.reason == "access denied"


def test_a_value_that_is_no_level_is_refused(desk: Desk) -> None:
    make_table(desk.aws)
    _given(desk, {"Table": TABLE}, **{KEY: "secret"})
    scanned(desk.catalog)
    (refusal,) = desk.plan(RESOURCE, lf_tags=True).refusals
    assert refusal.reason == "not a known level"
