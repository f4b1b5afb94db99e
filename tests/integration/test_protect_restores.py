"""A backup counts once a restore of it was tested: restored apart, compared, deleted, and kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import TABLE, URI, Guard, make_table
from sqlalchemy import update

from assay.app.permissions import calls_of
from assay.app.protection.restoretesting import RestoreTests
from assay.aws import tablesettings
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model import Level
from assay.model.action import Action, Outcome, Receipt
from assay.protectors.restored_table import RestoredTable
from assay.protectors.restoring import Compared
from assay.store.engine import open_catalog
from assay.store.schema.protect import action_claims

LATER = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        guard = Guard(aws=aws, catalog=catalog)
        own = "policies: [{name: only, set: {data_events: none, monitoring: none, tls_only: false}}]"
        guard.own_policy(tmp_path, own, is_apart=False)
        yield guard


def restoring(guard: Guard, **more: Any) -> RestoreTests:
    session = Session(Access(), calls_of("protect restore-test"))
    return RestoreTests(catalog=guard.catalog, session=session, account=ACCOUNT, by="ada", pause=lambda _: None, **more)


def attempt(guard: Guard, resource: str = TABLE, **more: Any) -> tuple[Action, Receipt, Compared | None]:
    tests = restoring(guard, **more)
    (told,) = tests.run(tests.plan([resource]))
    return told


def backed_up_table(guard: Guard, count: int = 5) -> Any:
    make_table(guard, Level.INTERNAL)
    client = guard.aws.client("dynamodb")
    for number in range(count):
        client.put_item(TableName="orders", Item={"id": {"S": str(number)}, "tags": {"SS": ["b", "a"]}})
    guard.apply(guard.plan(TABLE))
    assert guard.aws.strict.backs_up(at=LATER) == [TABLE]
    return client


def backed_up_bucket(guard: Guard, count: int = 3) -> None:
    guard.make(level=Level.CONFIDENTIAL)
    guard.apply(guard.plan())
    for number in range(count):
        guard.s3.put_object(Bucket="lake", Key=f"{number}.csv", Body=b"x" * (number + 1))
    assert guard.aws.strict.backs_up(at=LATER) == ["arn:aws:s3:::lake"]


def nothing_is_left(guard: Guard) -> bool:
    tables = guard.aws.client("dynamodb").list_tables()["TableNames"]
    buckets = [each["Name"] for each in guard.s3.list_buckets()["Buckets"]]
    return not [name for name in (*tables, *buckets) if "restore-test" in name]


class TestTables:
    def test_all_items_are_compared_and_the_copy_is_deleted(self, guard: Guard) -> None:
        backed_up_table(guard)
        guard.aws.strict.pages(2)
        assert any("was never tested" in each.detail for each in guard.plan(TABLE).refusals)
        _, receipt, compared = attempt(guard)
        assert receipt.outcome is Outcome.APPLIED
        assert compared == Compared(items=5, same=5, other=0, missing=0, since=0, read=5)
        assert nothing_is_left(guard)
        # From now on the backup counts.
        assert [each for each in guard.plan(TABLE).refusals if each.control == "backup"] == []

    def test_what_is_not_the_same_is_told_and_does_not_count(self, guard: Guard) -> None:
        client = backed_up_table(guard)
        client.put_item(TableName="orders", Item={"id": {"S": "0"}, "tags": {"SS": ["c"]}})
        client.put_item(TableName="orders", Item={"id": {"S": "9"}})
        client.delete_item(TableName="orders", Key={"id": {"S": "1"}})
        _, receipt, compared = attempt(guard)
        assert compared == Compared(items=5, same=3, other=1, missing=1, since=1, read=5)
        assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "not the same")
        assert any("was never tested" in each.detail for each in guard.plan(TABLE).refusals)
        # Unless so much may have been written since.
        _, receipt, _ = attempt(guard, changed=0.4)
        assert receipt.outcome is Outcome.APPLIED

    def test_an_empty_copy_of_what_is_not_empty_fails(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        guard.apply(guard.plan(TABLE))
        guard.aws.strict.backs_up(at=LATER)
        guard.aws.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "0"}})
        _, receipt, _ = attempt(guard, changed=1.0)
        assert receipt.outcome is Outcome.FAILED

    def test_the_newest_of_all_pages_is_restored(self, guard: Guard) -> None:
        client = backed_up_table(guard)
        client.put_item(TableName="orders", Item={"id": {"S": "new"}})
        guard.aws.strict.backs_up(at=LATER + timedelta(days=1))
        guard.aws.strict.backs_up(at=LATER - timedelta(days=30))
        guard.aws.strict.pages(1)
        _, _, compared = attempt(guard)
        assert compared is not None
        assert compared.items == 6


class TestBuckets:
    def test_objects_are_compared_with_the_versions_of_that_moment(self, guard: Guard) -> None:
        backed_up_bucket(guard)
        guard.aws.strict.pages(2)
        _, receipt, compared = attempt(guard, URI)
        assert (receipt.outcome, receipt.detail) == (
            Outcome.APPLIED,
            "3 items restored: 3 as in the source (3 by their content), 0 other, 0 missing, 0 written or deleted since",
        )
        assert nothing_is_left(guard)

    def test_it_is_closed_before_anything_is_in_it(self, guard: Guard) -> None:
        backed_up_bucket(guard)
        guard.aws.strict.calls.clear()
        attempt(guard, URI)
        names = [call.name for call in guard.aws.strict.calls]
        restored = names.index("backup.StartRestoreJob")
        for call in ("s3.PutPublicAccessBlock", "s3.PutBucketVersioning", "s3.PutBucketTagging"):
            assert names.index(call) < restored

    @pytest.mark.parametrize("lost", [True, False])
    def test_what_is_lost_or_another_is_seen(self, guard: Guard, lost: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        from assay.protectors.restored_bucket import RestoredBucket

        backed_up_bucket(guard)
        settle = RestoredBucket.settle

        def spoilt(self: RestoredBucket) -> None:
            settle(self)
            if lost:
                guard.s3.delete_object(Bucket=self.name, Key="1.csv")
            else:
                guard.s3.put_object(Bucket=self.name, Key="1.csv", Body=b"yy")

        monkeypatch.setattr(RestoredBucket, "settle", spoilt)
        _, receipt, compared = attempt(guard, URI)
        assert compared is not None
        assert (receipt.outcome, compared.missing, compared.other) == (Outcome.FAILED, int(lost), int(not lost))
        assert nothing_is_left(guard)

    def test_of_a_sample_the_content_is_read(self, guard: Guard) -> None:
        backed_up_bucket(guard)
        _, _, compared = attempt(guard, URI, sample=1)
        assert compared is not None
        assert (compared.same, compared.read) == (3, 1)

    def test_one_with_access_control_lists_is_restored_into_such_a_one(self, guard: Guard) -> None:
        backed_up_bucket(guard)
        guard.s3.put_bucket_ownership_controls(
            Bucket="lake", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
        guard.aws.strict.backs_up(at=LATER + timedelta(days=1))
        _, receipt, compared = attempt(guard, URI)
        assert (receipt.outcome, compared and compared.same) == (Outcome.APPLIED, 3), receipt.detail
        made = guard.aws.strict.calls.made("s3.CreateBucket")[-1].parameters
        assert made["ObjectOwnership"] == "BucketOwnerPreferred"
        # Switched off since, that backup cannot be restored so: it is told, and what was made for it is gone.
        guard.s3.put_bucket_ownership_controls(
            Bucket="lake", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        )
        _, receipt, _ = attempt(guard, URI)
        assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "not restored")
        assert nothing_is_left(guard)

    def test_another_bucket_is_not_emptied(self, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
        from assay.protectors import restored_bucket

        backed_up_bucket(guard)
        place = restored_bucket.RestoredBucket(
            restoring(guard).session, URI, "0", account=ACCOUNT, region=REGION, sample=0
        )
        place.name = "lake"
        place.clean()
        assert len(guard.s3.list_objects_v2(Bucket="lake")["Contents"]) == 3


class TestMishaps:
    def test_without_a_backup_nothing_is_restored(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        database = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:shop"
        plan = restoring(guard).plan([TABLE, database, "dynamodb://gone"])
        assert plan.actions == ()
        assert [each.reason for each in plan.refusals] == ["no backup", "not testable", "no backup"]

    def test_what_could_not_be_seen_is_unknown_and_nothing_is_left(self, guard: Guard) -> None:
        backed_up_table(guard)
        guard.aws.strict.deny("dynamodb.Scan", times=1)
        _, receipt, _ = attempt(guard)
        assert (receipt.outcome, receipt.reason) == (Outcome.UNKNOWN, "access denied")
        assert nothing_is_left(guard)
        (settled,) = restoring(guard).settle()
        assert settled.outcome is Outcome.FAILED
        assert attempt(guard)[1].outcome is Outcome.APPLIED

    def test_a_restore_that_fails_is_no_backup(self, guard: Guard) -> None:
        backed_up_table(guard)
        guard.aws.strict.answer(
            "backup.DescribeRestoreJob", {"RestoreJobId": "1", "Status": "FAILED", "StatusMessage": "no"}
        )
        _, receipt, _ = attempt(guard)
        assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "not restored")

    def test_one_that_never_ends_is_unknown(self, guard: Guard) -> None:
        backed_up_table(guard)
        guard.aws.strict.answer("backup.DescribeRestoreJob", {"RestoreJobId": "1", "Status": "RUNNING"})
        _, receipt, _ = attempt(guard, seconds=30.0)
        assert (receipt.outcome, receipt.reason) == (Outcome.UNKNOWN, "takes too long")

    @pytest.mark.parametrize("step", ["prepare", "settle", "compare", "clean"])
    def test_killed_at_every_step_the_copy_is_deleted_by_the_next(
        self, guard: Guard, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        backed_up_table(guard)

        def die(*_: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(RestoredTable, step, die)
            with pytest.raises(KeyboardInterrupt):
                attempt(guard)
        with guard.catalog.transaction() as connection:
            connection.execute(update(action_claims).values(process=0, until="2000-01-01T00:00:00.000000Z"))
        assert [each.outcome for each in restoring(guard).settle()] == [Outcome.FAILED]
        assert nothing_is_left(guard)
        assert attempt(guard)[1].outcome is Outcome.APPLIED


def test_values_are_in_no_receipt(guard: Guard) -> None:
    client = backed_up_table(guard)
    client.put_item(TableName="orders", Item={"id": {"S": "123-45-6789"}})
    assert "123-45-6789" not in repr(attempt(guard))
