"""Tags of objects and buckets are merged, checked, read back and taken back, where AWS refuses what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from awsservers import ACCOUNT
from tagging_for_tests import OURS, Desk, Lake, classify, known, outcomes, without_time

from assay.app.cloud.tagging import protectors
from assay.app.protection.applying import DIFFERS, UNSEEN
from assay.model import Level
from assay.model.action import CHANGED, Outcome
from assay.store import plans


def written(desk: Desk) -> list[str]:
    """The calls that change something."""
    return [call.name for call in desk.aws.strict.calls if call.name.startswith(("s3.Put", "s3control."))]


class TestObjects:
    KEYS = ("plain.csv", "with space/ü+%2F&=.csv", "a/b?c#d.csv")

    def test_tags_are_merged_with_those_of_others(self, desk: Desk, lake: Lake) -> None:
        from urllib.parse import quote

        changes = {f"s3://lake/{quote(key)}": lake.put(key, {"Owner": "hr"}) for key in self.KEYS}
        classify(desk.catalog, dict.fromkeys(changes, known()), changes)
        told = desk.tag("s3://lake", include_objects=True)
        assert outcomes(told) == [Outcome.APPLIED] * 4
        for key in self.KEYS:
            assert without_time(lake.tags(key)) == {"Owner": "hr", **OURS}
        assert desk.audited() == [("TAG_APPLIED", uri) for uri in ("s3://lake", *sorted(changes))]

    def test_each_write_comes_after_a_read_and_before_another(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")
        desk.aws.strict.calls.clear()
        desk.apply(plan)
        assert [call.name for call in desk.aws.strict.calls] == [
            "s3.GetObjectTagging", "s3.PutObjectTagging", "s3.GetObjectTagging",
        ]  # fmt: skip

    def test_twice_is_once(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv", {"Owner": "hr"})
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        desk.tag("s3://lake")
        desk.aws.strict.calls.clear()
        assert desk.plan("s3://lake").actions == ()
        assert desk.tag("s3://lake") == []
        assert written(desk) == []

    def test_what_changed_since_it_was_planned_is_not_written_over(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known(Level.INTERNAL)})
        plan = desk.plan("s3://lake/a.csv")
        lake.tag("a.csv", {"DataClassification": "restricted"})
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.REFUSED, CHANGED)
        assert lake.tags("a.csv") == {"DataClassification": "restricted"}
        assert desk.audited() == []
        # Planned anew, what is there is taken into account.
        assert outcomes(desk.tag("s3://lake/a.csv")) == [Outcome.APPLIED]
        assert lake.tags("a.csv")["DataClassification"] == "restricted"

    def test_others_tags_that_came_since_stay(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")
        lake.tag("a.csv", {"Owner": "hr"})
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
        assert without_time(lake.tags("a.csv")) == {"Owner": "hr", **OURS}

    def test_more_than_ten_are_not_sent(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")
        others = {f"theirs{number}": "x" for number in range(4)}
        lake.tag("a.csv", others)
        desk.aws.strict.calls.clear()
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.REFUSED, "no room")
        assert written(desk) == []
        assert lake.tags("a.csv") == others

    def test_an_object_that_was_replaced_is_not_tagged_for_what_it_was(self, desk: Desk, lake: Lake) -> None:
        change = lake.put("a.csv", body=b"harmless")
        classify(desk.catalog, {"s3://lake/a.csv": known(Level.INTERNAL)}, {"s3://lake/a.csv": change})
        lake.put("a.csv", body=b"123-45-6789")
        (told,) = desk.tag("s3://lake/a.csv")
        assert (told.outcome, told.reason) == (Outcome.REFUSED, CHANGED)
        assert "scan it again" in told.detail
        assert lake.tags("a.csv") == {}

    def test_the_version_that_was_read_is_tagged_not_one_that_came_since(self, desk: Desk, lake: Lake) -> None:
        lake.s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        lake.put("a.csv", body=b"one")
        first = lake.s3.head_object(Bucket="lake", Key="a.csv")["VersionId"]
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")
        desk.aws.strict.before("s3.PutObjectTagging", lambda: lake.put("a.csv", body=b"two"))
        desk.apply(plan)
        assert lake.s3.head_object(Bucket="lake", Key="a.csv")["VersionId"] != first
        assert lake.tags("a.csv") == {}
        assert without_time(lake.tags("a.csv", first)) == OURS

    def test_a_newer_version_since_the_plan_is_another_object(self, desk: Desk, lake: Lake) -> None:
        lake.s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        lake.put("a.csv", body=b"one")
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")
        lake.put("a.csv", body=b"two")
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.REFUSED, CHANGED)
        assert lake.tags("a.csv") == {}

    def test_a_version_that_was_scanned_by_itself(self, desk: Desk, lake: Lake) -> None:
        lake.s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        lake.put("a.csv", body=b"one")
        first = lake.s3.head_object(Bucket="lake", Key="a.csv")["VersionId"]
        lake.put("a.csv", body=b"two")
        classify(desk.catalog, {f"s3://lake/a.csv?versionId={first}": known()})
        assert outcomes(desk.tag("s3://lake/a.csv")) == [Outcome.APPLIED]
        assert lake.tags("a.csv") == {}
        assert without_time(lake.tags("a.csv", first)) == OURS

    def test_a_bucket_of_somebody_else_is_left_alone(self, desk: Desk, lake: Lake) -> None:
        change = lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known()}, {"s3://lake/a.csv": change})
        plan = desk.plan("s3://lake")
        # The same name in other hands: every call says whose bucket it is to be.
        theirs = protectors(desk.session, "210987654321")
        stranger = replace(desk.maker, protectors=theirs)
        with desk.catalog.transaction() as connection:
            plan_id = plans.keep(connection, plan)
        told = list(stranger.apply(plan_id, plan.actions))
        assert outcomes(told) == [Outcome.FAILED, Outcome.FAILED]
        assert {receipt.reason for receipt in told} == {"access denied"}
        assert (lake.tags("a.csv"), lake.bucket_tags()) == ({}, {})
        desk.aws.strict.calls.clear()
        desk.tag("s3://lake")
        of_s3 = [call for call in desk.aws.strict.calls if call.name.startswith("s3.")]
        assert {call.name for call in of_s3} == {
            "s3.GetObjectTagging", "s3.PutObjectTagging", "s3.ListObjectsV2", "s3.GetBucketTagging", "s3.PutBucketTagging",
            "s3.GetBucketAbac",
        }  # fmt: skip
        for call in of_s3:
            assert call.parameters.get("ExpectedBucketOwner") == ACCOUNT, call.name

    def test_tags_that_cannot_be_read_are_not_taken_for_none(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv", {"Owner": "hr"})
        lake.put("b.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known(), "s3://lake/b.csv": known()})
        desk.aws.strict.deny("s3.GetObjectTagging", Key="a.csv")
        desk.aws.strict.throttle("s3.GetBucketTagging")
        plan = desk.plan("s3://lake")
        assert [(each.resource, each.reason) for each in plan.refusals] == [
            ("s3://lake", "throttled"),
            ("s3://lake/a.csv", "access denied"),
        ]
        assert [each.action.resource for each in plan.actions] == ["s3://lake/b.csv"]
        desk.aws.strict.calls.clear()
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
        assert desk.aws.strict.calls.made("s3.PutObjectTagging", Key="a.csv") == []

    def test_one_that_is_gone_is_said_and_the_others_go_on(self, desk: Desk, lake: Lake) -> None:
        lake.put("b.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known(), "s3://lake/b.csv": known()})
        plan = desk.plan("s3://lake/*")
        assert [(each.resource, each.reason) for each in plan.refusals] == [("s3://lake/a.csv", "not found")]
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]

    def test_one_that_is_deleted_after_it_was_planned(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")
        lake.s3.delete_object(Bucket="lake", Key="a.csv")
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.FAILED, "not found")


class TestReadingBack:
    def test_a_write_that_did_not_hold_is_a_failure(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv", {"Owner": "hr"})
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")

        def somebody_else_writes() -> None:
            desk.aws.strict.before("s3.GetObjectTagging", lambda: lake.tag("a.csv", {"Owner": "hr"}))

        desk.aws.strict.before("s3.PutObjectTagging", somebody_else_writes)
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.FAILED, DIFFERS)
        assert told.after is not None
        assert told.after["DataClassification"] is None
        assert desk.audited() == []

    def test_what_takes_a_moment_to_show_is_waited_for(self, desk: Desk, lake: Lake) -> None:
        """Configurations of buckets are told late: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel"""
        lake.tag_bucket({"Team": "data"})
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake", include_objects=False)
        later: list[dict[str, str]] = []

        def hide() -> None:
            later.append(lake.bucket_tags())
            lake.tag_bucket({"Team": "data"})

        def show() -> None:
            lake.tag_bucket(later[0])

        def written() -> None:
            desk.aws.strict.before("s3.GetBucketTagging", hide)

        desk.aws.strict.before("s3.PutBucketTagging", written)
        waits: list[float] = []

        def pause(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                show()

        desk.maker = replace(desk.maker, pause=pause)
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
        assert len(waits) == 3
        assert lake.bucket_tags()["DataClassification"] == "restricted"

    def test_what_cannot_be_seen_is_unknown_until_it_is_seen(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")
        denied: list[Any] = []

        def deny() -> None:
            denied.append(desk.aws.strict.deny("s3.GetObjectTagging"))

        desk.aws.strict.before("s3.PutObjectTagging", deny)
        (told,) = desk.apply(plan)
        assert (told.outcome, told.reason) == (Outcome.UNKNOWN, UNSEEN)
        assert outcomes(list(desk.maker.settle())) == [Outcome.UNKNOWN]
        assert desk.audited() == []
        denied[0].left = 0
        (told,) = list(desk.maker.settle())
        assert told.outcome is Outcome.APPLIED
        assert desk.audited() == [("TAG_APPLIED", "s3://lake/a.csv")]
        assert list(desk.maker.settle()) == []

    def test_a_call_that_is_answered_with_an_error_and_made_all_the_same(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake/a.csv")
        made = dict(plan.actions[0].action.after)

        def arrive() -> None:
            failing.left = 0
            lake.tag("a.csv", made)
            failing.left = None

        desk.aws.strict.before("s3.PutObjectTagging", arrive)
        failing = desk.aws.strict.fail("s3.PutObjectTagging", "InternalError", status=500)
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
        assert desk.audited() == [("TAG_APPLIED", "s3://lake/a.csv")]

    def test_a_call_that_is_denied_failed(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        lake.put("b.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known(), "s3://lake/b.csv": known()})
        plan = desk.plan("s3://lake/*")
        desk.aws.strict.deny("s3.PutObjectTagging", Key="a.csv")
        first, second = desk.apply(plan)
        assert (first.outcome, first.reason) == (Outcome.FAILED, "access denied")
        assert second.outcome is Outcome.APPLIED


class TestUndo:
    def test_what_was_there_comes_back_and_what_came_since_stays(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv", {"Owner": "hr", "DataClassification": "internal"})
        lake.tag_bucket({"Team": "data"})
        classify(desk.catalog, {"s3://lake/a.csv": known()})
        plan = desk.plan("s3://lake")
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED] * 2
        lake.tag("a.csv", {**lake.tags("a.csv"), "Reviewed": "yes"})
        assert outcomes(desk.undo(plan)) == [Outcome.UNDONE] * 2
        assert lake.tags("a.csv") == {"Owner": "hr", "DataClassification": "internal", "Reviewed": "yes"}
        assert lake.bucket_tags() == {"Team": "data"}
        assert desk.undo(plan) == []
        assert desk.audited()[2:] == [("TAG_UNDONE", "s3://lake/a.csv"), ("TAG_UNDONE", "s3://lake")]

    def test_what_is_not_as_it_was_left_stays(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        classify(desk.catalog, {"s3://lake/a.csv": known(Level.INTERNAL)})
        plan = desk.plan("s3://lake/a.csv")
        desk.apply(plan)
        theirs = {**lake.tags("a.csv"), "DataClassification": "restricted"}
        lake.tag("a.csv", theirs)
        (told,) = desk.undo(plan)
        assert (told.outcome, told.reason) == (Outcome.UNDO_FAILED, CHANGED)
        assert told.detail == "DataClassification: no longer as it was left"
        assert lake.tags("a.csv") == theirs
        lake.tag("a.csv", {**theirs, "DataClassification": "internal"})
        assert outcomes(desk.undo(plan)) == [Outcome.UNDONE]
        assert lake.tags("a.csv") == {}


class TestBuckets:
    def test_the_level_is_the_highest_of_its_objects(self, desk: Desk, lake: Lake) -> None:
        lake.tag_bucket({"Team": "data"})
        levels = {"a": Level.INTERNAL, "b": Level.RESTRICTED, "c": Level.PUBLIC}
        classify(desk.catalog, {f"s3://lake/{key}": known(level) for key, level in levels.items()})
        classify(desk.catalog, {"s3://lake2/x": known(Level.RESTRICTED)})
        assert outcomes(desk.tag("s3://lake", include_objects=False)) == [Outcome.APPLIED]
        assert without_time(lake.bucket_tags()) == {"Team": "data", **OURS}

    def test_it_is_never_lowered(self, desk: Desk, lake: Lake) -> None:
        classify(desk.catalog, {"s3://lake/a": known(Level.RESTRICTED)})
        desk.tag("s3://lake", include_objects=False)
        classify(desk.catalog, {"s3://lake/a": known(Level.INTERNAL)}, {"s3://lake/a": "another"})
        plan = desk.plan("s3://lake", include_objects=False)
        assert plan.actions == ()
        assert "stays restricted" in plan.notes["s3://lake"]
        assert lake.bucket_tags()["DataClassification"] == "restricted"

    def test_nothing_found_in_it_does_not_make_it_public(self, desk: Desk, lake: Lake) -> None:
        classify(desk.catalog, {"s3://lake/a": known(Level.PUBLIC, confidence=1.0)})
        (planned,) = desk.plan("s3://lake", include_objects=False).actions
        assert planned.action.after["DataClassification"] == "unclassified"
        assert planned.gate == "review"

    def test_tags_of_aws_are_sent_back_as_they_are(self, desk: Desk, lake: Lake) -> None:
        desk.aws.strict.system_tags("lake", cloudformation_stack_name="shop", cloudformation_logical_id="Lake")
        system = lake.bucket_tags()
        assert len(system) == 2
        classify(desk.catalog, {"s3://lake/a": known()})
        plan = desk.plan("s3://lake", include_objects=False)
        assert not any(key.startswith("aws:") for key in plan.actions[0].action.after)
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
        assert without_time(lake.bucket_tags()) == {**system, **OURS}
        assert outcomes(desk.undo(plan)) == [Outcome.UNDONE]
        assert lake.bucket_tags() == system

    def test_where_tags_decide_on_access_they_are_written_one_by_one(self, desk: Desk, lake: Lake) -> None:
        lake.tag_bucket({"Team": "data", "DataClassification": "internal"})
        lake.s3.put_bucket_abac(Bucket="lake", AbacStatus={"Status": "Enabled"})
        classify(desk.catalog, {"s3://lake/a": known()})
        plan = desk.plan("s3://lake", include_objects=False)
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]
        assert without_time(lake.bucket_tags()) == {"Team": "data", **OURS}
        assert outcomes(desk.undo(plan)) == [Outcome.UNDONE]
        assert lake.bucket_tags() == {"Team": "data", "DataClassification": "internal"}

    def test_without_the_right_to_see_that_the_usual_call_is_made(self, desk: Desk, lake: Lake) -> None:
        desk.aws.strict.deny("s3.GetBucketAbac")
        classify(desk.catalog, {"s3://lake/a": known()})
        plan = desk.plan("s3://lake", include_objects=False)
        assert outcomes(desk.apply(plan)) == [Outcome.APPLIED]

    def test_a_bucket_that_is_not_there(self, desk: Desk) -> None:
        classify(desk.catalog, {"s3://lake/a": known()})
        plan = desk.plan("s3://lake", include_objects=False)
        assert [(each.resource, each.reason) for each in plan.refusals] == [("s3://lake", "not found")]

    def test_a_bucket_of_which_nothing_is_known(self, desk: Desk, lake: Lake) -> None:
        lake.put("a.csv")
        plan = desk.plan("s3://lake")
        assert [(each.resource, each.reason) for each in plan.refusals] == [("s3://lake", "not classified")]
