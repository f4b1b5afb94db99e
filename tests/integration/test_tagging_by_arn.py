"""Tags of databases, tables and volumes, and the calls that each protector makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tagging_for_tests import (
    KINDS,
    OURS,
    RDS,
    Desk,
    Kind,
    Lake,
    arn,
    classify,
    database,
    known,
    outcomes,
    table,
    table_tags,
    without_time,
)

from assay.app.cloud.tagging import CONTROLS, OF_GLUE
from assay.app.protection.applying import DIFFERS
from assay.aws.tagsets import READS
from assay.model import Level
from assay.model.action import CHANGED, Outcome


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
class TestByArn:
    def test_applied_twice_and_undone(self, desk: Desk, kind: Kind) -> None:
        resource = kind.make(desk.aws)
        kind.tag(desk.aws, resource, {"Team": "data", "RetentionYears": "1", "DataClassification": "confidential"})
        before = kind.tags(desk.aws, resource)
        classify(desk.catalog, {resource: known()})
        plan = desk.plan(resource)
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
        assert without_time(kind.tags(desk.aws, resource)) == {"Team": "data", **OURS}
        assert desk.plan(resource).actions == ()
        assert outcomes(desk.undo(plan)) == [Outcome.UNDONE]
        assert kind.tags(desk.aws, resource) == before
        assert desk.audited() == [("TAG_APPLIED", resource), ("TAG_UNDONE", resource)]

    def test_every_page_of_its_tags_is_read(self, desk: Desk, kind: Kind) -> None:
        resource = kind.make(desk.aws)
        kind.tag(desk.aws, resource, {f"theirs{number:02}": "x" for number in range(30)})
        classify(desk.catalog, {resource: known()})
        desk.aws.strict.pages(2)
        assert outcomes(desk.tag(resource)) == [Outcome.APPLIED]
        assert desk.plan(resource).actions == ()
        kind.tag(desk.aws, resource, {"DataClassification": "Top Secret"})
        (refusal,) = desk.plan(resource).refusals
        assert refusal.reason == "not a known level"

    def test_what_changed_since_it_was_planned_is_not_written_over(self, desk: Desk, kind: Kind) -> None:
        resource = kind.make(desk.aws)
        classify(desk.catalog, {resource: known(Level.INTERNAL)})
        plan = desk.plan(resource)
        kind.tag(desk.aws, resource, {"DataClassification": "restricted"})
        desk.aws.strict.calls.clear()
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.REFUSED, CHANGED)
        assert desk.aws.strict.calls.made(kind.write) == []
        assert kind.tags(desk.aws, resource)["DataClassification"] == "restricted"

    def test_fifty_are_the_most(self, desk: Desk, kind: Kind) -> None:
        resource = kind.make(desk.aws)
        classify(desk.catalog, {resource: known()})
        plan = desk.plan(resource)
        kind.tag(desk.aws, resource, {f"theirs{number:02}": "x" for number in range(44)})
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.REFUSED, "no room")
        # Planned anew, the least important of ours is left out.
        assert outcomes(desk.tag(resource)) == [Outcome.APPLIED]
        assert len(kind.tags(desk.aws, resource)) == 50
        assert "ClassificationTimestamp" not in kind.tags(desk.aws, resource)

    def test_a_write_that_did_not_hold_is_a_failure(self, desk: Desk, kind: Kind) -> None:
        resource = kind.make(desk.aws)
        classify(desk.catalog, {resource: known()})
        plan = desk.plan(resource)
        (read,) = READS[kind.control][1]
        other = {"DataClassification": "internal"}

        def somebody_else_writes() -> None:
            desk.aws.strict.before(read, lambda: kind.tag(desk.aws, resource, other))

        desk.aws.strict.before(kind.write, somebody_else_writes)
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.FAILED, DIFFERS)
        assert told.detail.startswith("DataClassification:")

    def test_tags_that_cannot_be_read_are_not_taken_for_none(self, desk: Desk, kind: Kind) -> None:
        resource = kind.make(desk.aws)
        classify(desk.catalog, {resource: known()})
        desk.aws.strict.deny(min(READS[kind.control][1]))
        plan = desk.plan(resource)
        assert (plan.actions, [each.reason for each in plan.refusals]) == ((), ["access denied"])


class TestWhatIsKnownOfDatabases:
    def test_an_instance_is_known_by_where_it_is_reached(self, desk: Desk) -> None:
        resource = database(desk.aws)
        found = desk.aws.client("rds").describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"][0]["Endpoint"]
        where = f"postgresql://{found['Address'].lower()}:{found['Port']}"
        classify(
            desk.catalog,
            {
                f"{where}/public/orders": known(Level.CONFIDENTIAL, identifiers={"PHONE": 2}),
                f"{where}/public/people": known(),
                "postgresql://other.example.org:5432/public/x": known(identifiers={"IBAN": 1}),
            },
        )
        desk.tag(resource)
        tags = RDS.tags(desk.aws, resource)
        assert (tags["DataClassification"], tags["SensitiveDataTypes"]) == ("restricted", "EMAIL+PHONE+SSN")

    def test_a_table_is_known_by_its_name(self, desk: Desk) -> None:
        resource = table(desk.aws)
        classify(desk.catalog, {"dynamodb://orders": known(), "dynamodb://orders3": known(identifiers={"IBAN": 1})})
        desk.tag(resource)
        assert table_tags(desk.aws, resource)["SensitiveDataTypes"] == "EMAIL+SSN"

    def test_what_another_account_has_is_refused(self, desk: Desk) -> None:
        theirs = "arn:aws:rds:eu-west-1:210987654321:db:shop"
        classify(desk.catalog, {theirs: known()})
        (refusal,) = desk.plan(theirs).refusals
        assert refusal.reason == "of another account"
        assert "--role-arn" in refusal.detail

    def test_one_that_is_not_there(self, desk: Desk) -> None:
        gone = arn("rds", "db:nothing")
        classify(desk.catalog, {gone: known()})
        (refusal,) = desk.plan(gone).refusals
        assert refusal.reason == "not found"


def test_calls_are_those_that_are_declared(desk: Desk, lake: Lake) -> None:
    """Each protector by itself, both ways."""
    lake.put("a.csv", {"DataClassification": "internal"})
    lake.tag_bucket({"Team": "data"})
    changes = {"s3://lake/a.csv": lake.put("a.csv")}
    targets = ["s3://lake", *(kind.make(desk.aws) for name, kind in KINDS.items() if name != "cluster")]
    classify(desk.catalog, {"s3://lake/a.csv": known(), **{each: known() for each in targets[1:]}}, changes)
    plan = desk.plan(*targets)
    for control in [name for name in CONTROLS if name not in OF_GLUE]:
        of_one = [planned for planned in plan.actions if planned.action.control == control]
        assert len(of_one) == 1
        desk.aws.strict.calls.clear()
        one = replace(plan, actions=tuple(of_one))
        assert outcomes(desk.apply(one)) == [Outcome.APPLIED]
        assert outcomes(desk.undo(one)) == [Outcome.UNDONE]
        if control == "s3_bucket_tags":
            lake.s3.put_bucket_abac(Bucket="lake", AbacStatus={"Status": "Enabled"})
            again = replace(one, made_at=datetime.now(UTC))
            assert outcomes(desk.apply(again)) == [Outcome.APPLIED]
            assert outcomes(desk.undo(again)) == [Outcome.UNDONE]
        made = set(desk.aws.strict.calls.names()) - {"s3.PutBucketAbac"}
        assert made == desk.maker.protectors[control].calls == of_one[0].action.calls
