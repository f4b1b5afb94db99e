"""Metrics and alarms by levels of monitoring: planned, made, told, and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import (
    TABLE,
    URI,
    Guard,
    action,
    controls,
    make_database,
    make_key,
    make_table,
    make_volume,
    refused,
)
from tagging_for_tests import outcomes

from assay.aws import rdssettings, tablesettings
from assay.model import Level
from assay.model.action import CHANGED, Gate, Outcome, Plan
from assay.store.engine import open_catalog

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
WATCHING = ("s3_request_metrics", "dynamodb_insights", "alarms")


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        guard = Guard(aws=aws, catalog=catalog)
        ask(guard, tmp_path)
        yield guard


def ask(guard: Guard, folder: Path, more: str = "") -> None:
    text = "policies: [{name: only, set: {backup: none, data_events: none, cross_region: false%s}}]"
    guard.own_policy(folder, text % (f", {more}" if more else ""), is_apart=False)


def of_watching(plan: Plan) -> list[str]:
    """Each once for each resource."""
    told = [(each.action.resource, each.action.control) for each in plan.actions if each.action.control in WATCHING]
    return [control for _, control in dict.fromkeys(told)]


def alarms(guard: Guard) -> dict[str, Any]:
    told = guard.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {each["AlarmName"]: each for each in told}


def by_hand(plan: Plan) -> str:
    return next((each.detail for each in plan.refusals if each.control == "monitoring"), "")


def test_a_restricted_bucket_and_table_and_back(guard: Guard, tmp_path: Path) -> None:
    ask(guard, tmp_path, f'alarm_topic: "{TOPIC}"')
    guard.make()
    make_table(guard)
    make_key(guard.aws)
    plan = guard.plan(URI, TABLE)
    assert of_watching(plan) == ["s3_request_metrics", "dynamodb_insights", "alarms", "alarms"]
    receipts = guard.apply(plan)
    assert set(outcomes(receipts)) == {Outcome.APPLIED}, [each.detail for each in receipts]
    made = alarms(guard)
    assert {name.partition("-")[2] for name in made} == {
        "s3_bucket-lake-4xxErrors", "s3_bucket-lake-5xxErrors", "dynamodb_table-orders-ReadThrottleEvents",
        "dynamodb_table-orders-WriteThrottleEvents", "dynamodb_table-orders-SystemErrors-GetItem",
        "dynamodb_table-orders-SystemErrors-PutItem", "dynamodb_table-orders-SystemErrors-Query",
    }  # fmt: skip
    assert {tuple(each["AlarmActions"]) for each in made.values()} == {(TOPIC,)}
    again = guard.plan(URI, TABLE)
    assert (of_watching(again), "GuardDuty" in by_hand(again)) == ([], True)
    assert set(outcomes(guard.undo(plan))) == {Outcome.UNDONE}
    assert alarms(guard) == {}
    assert of_watching(guard.plan(URI, TABLE)) == of_watching(plan)
    # An alarm is one step, which is made or not.
    assert {len(each.action.after) for each in plan.actions if each.action.control == "alarms"} == {1}


@pytest.mark.parametrize(
    ("level", "bucket", "table"),
    [
        (Level.INTERNAL, ["s3_request_metrics"], ["alarms"]),
        (Level.CONFIDENTIAL, ["s3_request_metrics", "alarms"], ["dynamodb_insights", "alarms"]),
    ],
)
def test_every_level_asks_for_its_own(guard: Guard, level: Level, bucket: list[str], table: list[str]) -> None:
    guard.make(level=level)
    make_table(guard, level)
    assert of_watching(guard.plan(URI)) == bucket
    assert of_watching(guard.plan(TABLE)) == table


def test_databases_and_volumes(guard: Guard) -> None:
    database, volume = make_database(guard, Level.INTERNAL), make_volume(guard, Level.INTERNAL)
    plan = guard.plan(database, volume)
    guard.apply(plan)
    made = alarms(guard)
    assert made["assay-rds_instance-shop-FreeStorageSpace"]["Threshold"] == 2 * 2**30
    assert made["assay-rds_instance-shop-FreeStorageSpace"]["ComparisonOperator"] == "LessThanThreshold"
    assert {each["MetricName"] for each in made.values()} == {
        "CPUUtilization",
        "FreeStorageSpace",
        "VolumeStalledIOCheck",
    }
    assert of_watching(guard.plan(database, volume)) == []
    assert "an alarm on connections" in by_hand(guard.plan(database))


class TestOthers:
    def test_metrics_of_everything_by_another_name_serve(self, guard: Guard) -> None:
        guard.make(level=Level.CONFIDENTIAL)
        guard.s3.put_bucket_metrics_configuration(Bucket="lake", Id="theirs", MetricsConfiguration={"Id": "theirs"})
        plan = guard.plan()
        assert of_watching(plan) == ["alarms"]
        (alarm,) = next(each.action.after.values() for each in plan.actions if each.action.control == "alarms")
        assert {"Name": "FilterId", "Value": "theirs"} in alarm["Dimensions"]

    def test_a_topic_that_somebody_added_stays(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        guard.apply(guard.plan(TABLE))
        name = "assay-dynamodb_table-orders-ReadThrottleEvents"
        found = alarms(guard)[name]
        fields = ("Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods", "Threshold",
                  "ComparisonOperator", "TreatMissingData")  # fmt: skip
        again = {key: found[key] for key in fields}
        guard.aws.client("cloudwatch").put_metric_alarm(AlarmName=name, AlarmActions=[TOPIC], **again)
        assert of_watching(guard.plan(TABLE)) == []

    def test_one_that_was_changed_is_set_right_and_taken_back(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        guard.apply(guard.plan(TABLE))
        name = "assay-dynamodb_table-orders-ReadThrottleEvents"
        client = guard.aws.client("cloudwatch")
        client.put_metric_alarm(
            AlarmName=name, Namespace="AWS/DynamoDB", MetricName="ReadThrottleEvents", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=9999.0, ComparisonOperator="GreaterThanOrEqualToThreshold",
            Dimensions=[{"Name": "TableName", "Value": "orders"}], TreatMissingData="notBreaching",
        )  # fmt: skip
        plan = guard.plan(TABLE)
        assert list(action(plan, "alarms").after) == [name]
        guard.apply(plan)
        assert alarms(guard)[name]["Threshold"] == 10.0
        guard.undo(plan)
        assert alarms(guard)[name]["Threshold"] == 9999.0

    def test_one_that_changes_meanwhile_is_not_written_over(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        plan = guard.plan(TABLE)
        guard.apply(plan)
        name = "assay-dynamodb_table-orders-ReadThrottleEvents"
        guard.aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name, Namespace="AWS/DynamoDB", MetricName="ReadThrottleEvents", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=9999.0, ComparisonOperator="GreaterThanOrEqualToThreshold",
        )  # fmt: skip
        assert (Outcome.UNDO_FAILED, CHANGED) in [(each.outcome, each.reason) for each in guard.undo(plan)]
        assert alarms(guard)[name]["Threshold"] == 9999.0

    def test_alarms_on_every_page(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        guard.apply(guard.plan(TABLE))
        guard.aws.strict.pages(1)
        assert of_watching(guard.plan(TABLE)) == []


@pytest.mark.parametrize("call", ["cloudwatch.DescribeAlarms", "s3.ListBucketMetricsConfigurations"])
def test_what_may_not_be_read_is_unknown(guard: Guard, call: str) -> None:
    guard.make(level=Level.CONFIDENTIAL)
    guard.aws.strict.deny(call)
    plan = guard.plan()
    assert ("alarms" in controls(plan), list(refused(plan))) == (False, ["monitoring"])


def test_keys_of_items_in_cloudwatch_are_for_people_to_decide(guard: Guard) -> None:
    make_table(guard, Level.CONFIDENTIAL)
    plan = guard.plan(TABLE)
    (insights,) = [each for each in plan.actions if each.action.control == "dynamodb_insights"]
    assert (insights.gate, "may be sensitive" in insights.because) == (Gate.REVIEW, True)
