"""Who reads and writes is logged, beside what others have a trail log: planned, made, told and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from botocore.exceptions import ClientError
from protecting_for_tests import TABLE, URI, Guard, action, controls, make_key, make_table, make_trail, refused
from tagging_for_tests import outcomes

from assay.app.protection import protectapply as doing
from assay.aws import tablesettings
from assay.model import Level
from assay.model.action import Gate, Outcome
from assay.store.engine import open_catalog

TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/theirs"
OWN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/assay-data-events"
MANAGEMENT = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
THEIRS = {
    "Name": "functions",
    "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]},
    ],
}  # fmt: skip


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        guard = Guard(aws=aws, catalog=catalog)
        own = "policies: [{name: only, set: {backup: none, monitoring: none, cross_region: false}}]"
        guard.own_policy(tmp_path, own, is_apart=False)
        yield guard


def of_trails(guard: Guard, *targets: str) -> list[str]:
    return [each for each in controls(guard.plan(*targets)) if each in ("cloudtrail_trail", "data_events")]


def selectors_of(guard: Guard, trail: str = "theirs") -> tuple[Any, Any]:
    told = guard.aws.client("cloudtrail").get_event_selectors(TrailName=trail)
    return told.get("EventSelectors") or [], told.get("AdvancedEventSelectors") or []


class TestMerged:
    def test_beside_basic_selectors_of_others_and_taken_back(self, guard: Guard) -> None:
        theirs = {
            "ReadWriteType": "ReadOnly", "IncludeManagementEvents": True,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::other/"]}],
            "ExcludeManagementEventSources": ["kms.amazonaws.com"],
        }  # fmt: skip
        make_trail(guard, EventSelectors=[theirs])
        guard.make(level=Level.CONFIDENTIAL)
        guard.make("lake2", level=Level.RESTRICTED)
        make_key(guard.aws)
        before = selectors_of(guard)
        plan = guard.plan(URI, "s3://lake2")
        assert [each.action.resource for each in plan.actions if each.action.control == "data_events"] == [TRAIL, TRAIL]
        assert {each.gate for each in plan.actions if each.action.control == "data_events"} == {Gate.REVIEW}
        assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
        basic, advanced = selectors_of(guard)
        assert (basic[0], advanced) == (theirs, [])
        assert [(each["ReadWriteType"], each["DataResources"][0]["Values"]) for each in basic[1:]] == [
            ("WriteOnly", ["arn:aws:s3:::lake/"]),
            ("All", ["arn:aws:s3:::lake2/"]),
        ]
        assert of_trails(guard, URI, "s3://lake2") == []
        guard.undo(plan)
        assert selectors_of(guard) == before

    def test_beside_advanced_ones(self, guard: Guard) -> None:
        make_trail(guard, AdvancedEventSelectors=[THEIRS])
        make_table(guard)
        make_key(guard.aws)
        guard.make(level=Level.CONFIDENTIAL)
        plan = guard.plan(URI, TABLE)
        assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
        basic, advanced = selectors_of(guard)
        assert (basic, advanced[0]) == ([], THEIRS)
        assert {each["Name"] for each in advanced[1:]} == {
            "assay write AWS::S3::Object",
            "assay all AWS::DynamoDB::Table",
        }
        assert of_trails(guard, URI, TABLE) == []
        guard.undo(plan)
        assert selectors_of(guard) == ([], [THEIRS])

    def test_management_events_go_on_being_logged(self, guard: Guard) -> None:
        make_trail(guard)
        guard.make(level=Level.CONFIDENTIAL)
        plan = guard.plan()
        guard.apply(plan)
        (first, _), _ = selectors_of(guard)
        assert first["IncludeManagementEvents"] is True
        guard.undo(plan)
        assert selectors_of(guard) == ([MANAGEMENT], [])

    def test_what_is_added_meanwhile_stays(self, guard: Guard) -> None:
        client = make_trail(guard)
        guard.make(level=Level.CONFIDENTIAL)
        plan = guard.plan()
        more = {"ReadWriteType": "All", "IncludeManagementEvents": True,
                "DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}]}  # fmt: skip
        client.put_event_selectors(TrailName="theirs", EventSelectors=[more])
        guard.apply(plan)
        assert selectors_of(guard)[0][0]["DataResources"] == more["DataResources"]
        guard.undo(plan)
        assert len(selectors_of(guard)[0]) == 1

    def test_write_becomes_all_and_write_again(self, guard: Guard) -> None:
        make_trail(guard)
        guard.make(level=Level.CONFIDENTIAL)
        guard.apply(guard.plan())
        guard.know({f"{URI}/b.csv": _restricted()})
        make_key(guard.aws)
        plan = guard.plan()
        assert dict(action(plan, "data_events").before) == {f"data events of {URI}": "write"}
        guard.apply(plan)
        assert of_trails(guard) == []
        guard.undo(plan)
        assert [each["ReadWriteType"] for each in selectors_of(guard)[0]] == ["All", "WriteOnly"]


class TestCovered:
    @pytest.mark.parametrize(
        "selectors",
        [
            {"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]},
            {"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::"]}]}]},
            {"AdvancedEventSelectors": [{"FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            ]}]},
        ],
    )  # fmt: skip
    def test_by_what_logs_all_buckets(self, guard: Guard, selectors: dict[str, Any]) -> None:
        make_trail(guard, **selectors)
        guard.make(level=Level.CONFIDENTIAL)
        assert of_trails(guard) == []

    @pytest.mark.parametrize(
        "narrow",
        [
            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::lake2/"]},
            {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::other/"]},
            {"Field": "readOnly", "Equals": ["true"]},
            {"Field": "eventName", "Equals": ["DeleteObject"]},
        ],
    )
    def test_not_by_what_is_narrower(self, guard: Guard, narrow: dict[str, Any]) -> None:
        fields = [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            narrow,
        ]
        make_trail(guard, AdvancedEventSelectors=[{"Name": "theirs", "FieldSelectors": fields}])
        guard.make(level=Level.CONFIDENTIAL)
        assert of_trails(guard) == ["data_events"]

    def test_not_by_another_bucket_whose_name_goes_on(self, guard: Guard) -> None:
        data = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::lake-2/"]}]
        make_trail(guard, EventSelectors=[{"ReadWriteType": "All", "DataResources": data}])
        guard.make(level=Level.CONFIDENTIAL)
        assert of_trails(guard) == ["data_events"]

    def test_the_bucket_of_a_trail_is_not_logged_by_it(self, guard: Guard) -> None:
        make_trail(guard, name="lake")
        guard.know({"s3://lake-logs/a": _restricted()})
        make_key(guard.aws)
        assert of_trails(guard, "s3://lake-logs") == []


class TestOwn:
    def test_one_is_made_where_none_logs_and_stays(self, guard: Guard) -> None:
        make_trail(guard, logging=False)
        guard.make(level=Level.CONFIDENTIAL)
        plan = guard.plan()
        assert {"cloudtrail_trail", "data_events"} < set(controls(plan))
        receipts = guard.apply(plan)
        assert set(outcomes(receipts)) == {Outcome.APPLIED}, [each.detail for each in receipts]
        basic, _ = selectors_of(guard, "assay-data-events")
        assert [each["IncludeManagementEvents"] for each in basic] == [True, False]
        assert guard.aws.client("cloudtrail").get_trail_status(Name=OWN)["IsLogging"] is True
        assert of_trails(guard) == []
        # Theirs is as it was.
        assert selectors_of(guard) == ([MANAGEMENT], [])
        guard.undo(plan)
        assert selectors_of(guard, "assay-data-events") == ([MANAGEMENT], [])
        assert "cloudtrail_trail" in [each.control for each in doing.stays(guard.catalog, plan.id, plan)]

    def test_the_bucket_lets_cloudtrail_in_before_there_is_a_trail(self, guard: Guard) -> None:
        guard.make(level=Level.CONFIDENTIAL)
        guard.apply(guard.plan())
        made = [call.name for call in guard.aws.strict.calls]
        order = ["cloudtrail.CreateTrail", "cloudtrail.StartLogging", "cloudtrail.PutEventSelectors"]
        places = [made.index(name) for name in order]
        assert places == sorted(places)
        bucket = f"assay-trail-{ACCOUNT}-{REGION}"
        closed = guard.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert all(closed.values())
        # New buckets are closed as AWS makes them; that it stays so is asked for, by whom the bucket is.
        (asked,) = guard.aws.strict.calls.made("s3.PutPublicAccessBlock", bucket=bucket)
        assert asked.parameters["ExpectedBucketOwner"] == ACCOUNT

    def test_what_others_let_into_its_bucket_stays(self, guard: Guard) -> None:
        bucket = f"assay-trail-{ACCOUNT}-{REGION}"
        guard.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        theirs = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/auditor"},
                  "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}  # fmt: skip
        guard.put_policy(theirs, bucket=bucket)
        guard.make(level=Level.CONFIDENTIAL)
        receipts = guard.apply(guard.plan())
        assert set(outcomes(receipts)) == {Outcome.APPLIED}, [each.detail for each in receipts]
        assert guard.statements(bucket) == ["Theirs", "AssayTrailCheck", "AssayTrailWrite"]

    def test_one_of_an_organization_is_not_changed(self, guard: Guard) -> None:
        make_trail(guard)
        guard.aws.client("cloudtrail").update_trail(Name="theirs", IsOrganizationTrail=True)
        guard.make(level=Level.CONFIDENTIAL)
        assert of_trails(guard) == ["cloudtrail_trail", "data_events"]


class TestMishaps:
    def test_a_trail_that_is_full(self, guard: Guard) -> None:
        values = [f"arn:aws:s3:::other-{number}/" for number in range(250)]
        data = [{"Type": "AWS::S3::Object", "Values": values}]
        make_trail(guard, EventSelectors=[{"ReadWriteType": "All", "DataResources": data}])
        guard.make(level=Level.CONFIDENTIAL)
        assert "there is room for 5 with 250" in refused(guard.plan(), "no room")["data_events"]

    @pytest.mark.parametrize("call", ["DescribeTrails", "GetTrailStatus", "GetEventSelectors"])
    def test_what_may_not_be_read_is_unknown_and_makes_no_trail(self, guard: Guard, call: str) -> None:
        make_trail(guard)
        guard.make(level=Level.CONFIDENTIAL)
        guard.aws.strict.deny(f"cloudtrail.{call}")
        plan = guard.plan()
        assert not {"cloudtrail_trail", "data_events"} & set(controls(plan))
        assert list(refused(plan)) == ["data_events"]

    def test_two_people_for_restricted_where_that_is_asked_for(self, guard: Guard) -> None:
        make_trail(guard)
        guard.make()
        make_key(guard.aws)
        assert action(guard.plan(), "data_events").found["level"] == "restricted"


def test_the_layer_refuses_what_cloudtrail_refuses(aws: Aws) -> None:
    s3, client = aws.client("s3"), aws.client("cloudtrail")
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    with pytest.raises(ClientError, match="InsufficientS3BucketPolicy"):
        client.create_trail(Name="trail", S3BucketName="logs")
    with pytest.raises(ClientError, match="InvalidEventSelectors"):
        client.put_event_selectors(TrailName="trail", EventSelectors=[MANAGEMENT], AdvancedEventSelectors=[THEIRS])


def _restricted() -> Any:
    from tagging_for_tests import known

    return known(Level.RESTRICTED)
