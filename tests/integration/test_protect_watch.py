"""Protection is watched: drift is found, explained and healed as the phase allows; what is new or raised is looked at at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import LOGS, OF_TABLES, TABLE, URI, Guard, make_database, make_key, make_principal, make_table
from sqlalchemy import select, update
from strict import injections
from tagging_for_tests import known
from workers_for_tests import Queues, queues

from assay.app.permissions import calls_of
from assay.app.protection.granting import plan_grant
from assay.app.protection.protectwatch import Watch
from assay.app.protection.protectwatching import watch_of
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model import Level
from assay.model.review import Phase
from assay.observers.changes import Changes
from assay.protect.calendar import Calendar, hours_of
from assay.protect.plan import Limit
from assay.protect.statements import Grant
from assay.queues import sqs
from assay.store import plans, tasks
from assay.store.engine import open_catalog
from assay.store.leases import Holder
from assay.store.schema.audit import audit_log
from assay.store.schema.leases import leases as leases_table

MALLORY = "arn:aws:sts::123456789012:assumed-role/ops/mallory"


CALLS: list[tuple[str, str, str]] = []
"""What CloudTrail keeps: resource, call, who."""
DENIED = ("", "", "")
KEPT_AT: list[int] = [0]
"""When CloudTrail says that they were, half an hour from when a test begins: a suite may run for longer than that."""


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Iterator[Guard]:
    CALLS.clear()
    KEPT_AT[0] = int((datetime.now(UTC) + timedelta(minutes=30)).timestamp())
    aws.strict.answer("cloudtrail.LookupEvents", looked_up)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def looked_up(request: Any) -> dict[str, Any]:
    """What CloudTrail has of a resource."""
    if DENIED in CALLS:
        injections.denied(request)
    (attribute,) = request.parameters["LookupAttributes"]
    name = 0 if attribute["AttributeKey"] == "ResourceName" else 1
    found = [call for call in CALLS if call[name] == attribute["AttributeValue"]]
    return {
        "Events": [
            {
                "EventName": call,
                "EventTime": KEPT_AT[0],
                "ReadOnly": "false",
                "Username": "mallory",
                "CloudTrailEvent": json.dumps(
                    {"userIdentity": {"arn": who}, "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2"}
                ),
            }
            for _, call, who in found
        ]
    }


class Seeing:
    """A watch of one account, and what it tells."""

    def __init__(self, guard: Guard, **more: Any) -> None:
        self.guard = guard
        self.told: list[dict[str, Any]] = []
        self.notes: list[str] = []
        options: dict[str, Any] = {
            "execute": True,
            "limit": Limit(number=100),
            "calendar": Calendar(),
            "targets": (URI,),
        } | more
        calendar = options.pop("calendar")
        changes = Changes(session=Session(Access(), calls_of("protect watch")))
        self.watch: Watch = watch_of(
            guard.catalog, guard.maker, lambda: guard.protection, changes, calendar,
            tell=self.told.append, note=self.notes.append, **options,
        )  # fmt: skip

    def once(self) -> list[dict[str, Any]]:
        """What a round tells."""
        self.told.clear()
        assert self.watch.once() is None
        return list(self.told)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.told if each["kind"] == kind]


def opened(guard: Guard, bucket: str = "lake") -> None:
    """Somebody opens a bucket."""
    guard.s3.delete_public_access_block(Bucket=bucket)


def is_blocked(guard: Guard, bucket: str = "lake") -> bool:
    found = guard.observe(f"s3://{bucket}").get("public_access_block").value
    return bool(found) and all(found.values())


@pytest.fixture
def protected(guard: Guard) -> Guard:
    """A restricted bucket that is as it should be."""
    guard.make()
    make_key(guard.aws)
    guard.apply(guard.plan())
    return guard


class TestGrants:
    def test_what_is_over_is_taken_back_once_and_only_where_it_may(self, protected: Guard) -> None:
        now = datetime.now(UTC)
        who = f"arn:aws:iam::{ACCOUNT}:role/helper"
        make_principal(protected.aws, who)
        wanted = Grant(bucket="lake", partition="aws", principal=who, until=now + timedelta(hours=1))
        protected.apply(plan_grant(protected.protection, URI, wanted, at=now, by="ada", reason=""))
        before = protected.statements()
        assert len(before) == 3
        telling, seeing = Seeing(protected, execute=False), Seeing(protected)
        seeing.once()
        assert protected.statements() == before
        for each in (telling, seeing):
            each.watch.looks.now = lambda: now + timedelta(hours=2)
        telling.once()
        assert protected.statements() == before
        seeing.once()
        # Of the bucket and of its key.
        assert [each["outcome"] for each in seeing.of("receipt")] == ["undone"] * 2
        assert protected.statements() == ["AssayTlsOnly"]
        seeing.once()
        assert seeing.of("receipt") == seeing.of("drift") == []


class TestDrift:
    def test_it_is_told_who_did_it_and_healed(self, protected: Guard) -> None:
        opened(protected)
        CALLS.append(("lake", "PutBucketAcl", "arn:aws:iam::123456789012:user/eve"))
        CALLS.append(("lake", "DeleteBucketPublicAccessBlock", MALLORY))
        seeing = Seeing(protected)
        seeing.once()
        (drift,) = seeing.of("drift")
        assert (drift["resource"], drift["control"], drift["by"]) == (URI, "s3_public_access_block", MALLORY)
        assert drift["call"] == "DeleteBucketPublicAccessBlock"
        assert "from 198.51.100.7" in drift["detail"]
        assert [(each["control"], each["outcome"]) for each in seeing.of("receipt")] == [
            ("s3_public_access_block", "applied")
        ]
        assert is_blocked(protected)
        (round_,) = seeing.of("round")
        assert (round_["drifted"], round_["healed"], round_["unexplained"], round_["waiting"]) == (1, 1, 0, 0)
        with protected.catalog.reading() as connection:
            rows = connection.execute(select(audit_log.c.details).where(audit_log.c.action == "DRIFT_FOUND")).scalars()
            assert [MALLORY in details for details in rows] == [True]
        # The next round finds nothing, and tells nothing but that.
        seeing.once()
        assert [each["kind"] for each in seeing.told] == ["round"]

    def test_where_cloudtrail_is_not_read_nobody_is_named_and_it_is_healed_all_the_same(self, protected: Guard) -> None:
        opened(protected)
        CALLS.append(DENIED)
        seeing = Seeing(protected)
        seeing.once()
        (drift,) = seeing.of("drift")
        assert (drift["by"], drift["at"]) == (None, None)
        assert "CloudTrail could not be read" in drift["detail"]
        assert is_blocked(protected)

    def test_what_was_changed_in_the_catalog_since_ends_no_watch(self, protected: Guard) -> None:
        """An action that is no longer what was applied is told as drift of which nobody knows who it was."""
        from sqlalchemy import update

        from assay.store.schema.protect import actions

        with protected.catalog.transaction() as connection:
            row = connection.execute(select(actions).where(actions.c.control == "s3_public_access_block")).one()
            record = {**row.record, "after": {**row.record["after"], "BlockPublicAcls": "no"}}
            connection.execute(update(actions).where(actions.c.id == row.id).values(record=record))
        seeing = Seeing(protected)
        seeing.once()
        (drift,) = seeing.of("drift")
        assert (drift["by"], "it was changed there" in drift["detail"]) == (None, True)
        assert is_blocked(protected)

    def test_what_cloudtrail_tells_of_before_it_was_made_is_not_the_cause(self, protected: Guard) -> None:
        """Its own call is among them."""
        opened(protected)
        CALLS.append(("lake", "DeleteBucketPublicAccessBlock", MALLORY))
        changes = Changes(session=Session(Access(), calls_of("protect watch")))
        after = datetime.now(UTC)
        assert changes.last(URI, "s3_public_access_block", after=after, region=REGION) is not None
        later = after + timedelta(hours=2)
        assert changes.last(URI, "s3_public_access_block", after=later, region=REGION) is None
        assert changes.last(URI, "s3_encryption", after=after, region=REGION) is None

    def test_in_pilot_it_waits_for_a_person_and_is_applied_once_approved(self, protected: Guard) -> None:
        protected.phase = Phase.PILOT
        opened(protected)
        CALLS.append(("lake", "DeleteBucketPublicAccessBlock", MALLORY))
        seeing = Seeing(protected)
        seeing.once()
        assert not is_blocked(protected)
        (queued,) = seeing.of("queued")
        assert queued["changes"] == ["s3_public_access_block"]
        assert queued["because"] == ["in pilot nothing is applied without a person"]
        assert MALLORY in queued["note"]
        # It is kept once, however often it is looked at, and told once.
        seeing.once()
        assert [each["kind"] for each in seeing.told] == ["round"]
        with protected.catalog.transaction() as connection:
            kept = [each for each in plans.listed(connection, limit=50) if each.targets == (URI,) and not each.outcomes]
            assert [each.id for each in kept] == [queued["plan"]]
            plans.approve(connection, queued["plan"], by="grace", at=datetime.now(UTC), reason="")
        seeing.once()
        assert is_blocked(protected)
        assert seeing.of("round")[0]["healed"] == 1

    def test_without_execute_nothing_is_changed(self, protected: Guard) -> None:
        opened(protected)
        protected.aws.strict.calls.clear()
        seeing = Seeing(protected, execute=False)
        seeing.once()
        assert not is_blocked(protected)
        assert seeing.of("queued")[0]["because"] == ["nothing is changed without --execute"]
        assert [name for name in protected.aws.strict.calls.names() if ".Put" in name] == []

    def test_who_keeps_changing_it_back_has_a_person_look(self, protected: Guard) -> None:
        seeing = Seeing(protected)
        for _ in range(2):
            opened(protected)
            seeing.once()
            assert is_blocked(protected)
        opened(protected)
        seeing.once()
        assert not is_blocked(protected)
        assert "it was healed 3 times within a day" in seeing.of("queued")[0]["because"][0]

    def test_too_many_at_once_are_not_healed(self, protected: Guard) -> None:
        protected.make("b-lake")
        protected.apply(protected.plan("s3://b-lake"))
        for bucket in ("lake", "b-lake"):
            opened(protected, bucket)
        seeing = Seeing(protected, targets=(URI, "s3://b-lake"), limit=Limit(number=1))
        seeing.once()
        assert not is_blocked(protected)
        assert {each["resource"] for each in seeing.of("queued")} == {URI, "s3://b-lake"}
        assert "2 of" in seeing.of("queued")[0]["because"][0]
        # Nor are they one by one, since each of them is looked at for itself.
        for name in ("lake", "b-lake"):
            protected.know({f"s3://{name}/more.csv": known(Level.RESTRICTED)})
        assert seeing.watch.changes.take() == 2
        seeing.watch._work()
        assert not is_blocked(protected)
        Seeing(protected, targets=(URI, "s3://b-lake"), limit=Limit(number=2)).once()
        assert is_blocked(protected)
        assert is_blocked(protected, "b-lake")

    def test_what_fails_is_told_and_tried_again_later(self, protected: Guard) -> None:
        opened(protected)
        denied = protected.aws.strict.deny("s3.PutPublicAccessBlock")
        seeing = Seeing(protected)
        seeing.once()
        assert [each["outcome"] for each in seeing.of("receipt")] == ["failed"]
        # What was known of it is heard of after the round, and it is looked at again, but not tried.
        assert "failed 1 times" in seeing.of("queued")[0]["because"][0]
        met = denied.met
        seeing.once()
        assert denied.met == met
        seeing.watch.looks.now = lambda: datetime.now(UTC) + timedelta(hours=2)
        seeing.once()
        assert denied.met > met


class TestWhen:
    def test_outside_of_a_window_and_in_quiet_hours_it_waits(self, protected: Guard) -> None:
        opened(protected)
        monday = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
        calendar = Calendar(windows=[hours_of("mon-fri 09:00-17:00")], quiet=[hours_of("12:00-13:00")])
        seeing = Seeing(protected, calendar=calendar)
        for hour, because in ((3, "it waits for a change window (mon-fri 09:00-17:00)"), (12, "these are quiet hours")):
            seeing.watch.looks.now = lambda hour=hour: monday.replace(hour=hour)
            seeing.once()
            assert not is_blocked(protected)
            assert because in seeing.of("queued")[0]["because"][0]
        seeing.watch.looks.now = lambda: monday.replace(hour=10)
        seeing.once()
        assert is_blocked(protected)


class TestLeftAlone:
    def test_a_tag_says_so_and_that_is_told(self, protected: Guard) -> None:
        protected.s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "assay:protect", "Value": "off"}]})
        opened(protected)
        seeing = Seeing(protected)
        protected.leave_alone = ("assay:protect=off",)
        seeing.once()
        assert not is_blocked(protected)
        assert [each["resource"] for each in seeing.of("left_alone")] == [URI]
        assert [each["control"] for each in seeing.of("drift")] == ["s3_public_access_block"]

    def test_a_bucket_of_logs_gets_no_logs_of_its_own(self, protected: Guard) -> None:
        seeing = Seeing(protected, targets=())
        seeing.once()
        logs = protected.observe(LOGS)
        assert logs.get("tags").value["assay:purpose"] == "access-logs"
        assert logs.get("logging").value is None


def creates(bucket: str = "fresh", name: str = "CreateBucket", **asked: str) -> dict[str, Any]:
    """A call as CloudTrail tells it through EventBridge."""
    source = {"CreateBucket": "s3", "CreateTable": "dynamodb", "CreateDBInstance": "rds", "CreateVolume": "ec2"}[name]
    answered = {"CreateVolume": {"volumeId": bucket}}.get(name, {})
    return {
        "version": "0", "id": f"{name}-{bucket}", "detail-type": "AWS API Call via CloudTrail", "source": f"aws.{source}",
        "account": ACCOUNT, "time": "2026-03-02T08:15:00Z", "region": REGION,
        "detail": {
            "eventName": name, "eventSource": f"{source}.amazonaws.com", "eventID": f"{name}-{bucket}",
            "requestParameters": asked or {"bucketName": bucket}, "responseElements": answered,
        },
    }  # fmt: skip


def watched_queue(aws: Aws) -> tuple[Queues, sqs.SqsQueue]:
    made = queues(aws, "new-resources")
    reading = Session(Access(), calls_of("protect watch --queue"))
    return made, sqs.SqsQueue(reading, made.url, visible_after=60)


class TestAtOnce:
    def test_new_resources_are_looked_at_before_the_next_round(self, guard: Guard) -> None:
        sent, queue = watched_queue(guard.aws)
        seeing = Seeing(guard, targets=(), queue=queue)
        seeing.once()
        guard.make("fresh", level=None)
        make_table(guard, level=None)
        make_database(guard, level=None)
        volume = guard.aws.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
        sent.send(
            creates(),
            creates("orders", "CreateTable", tableName="orders"),
            creates("shop", "CreateDBInstance", dBInstanceIdentifier="shop"),
            creates(volume, "CreateVolume", size="1"),
            {**creates(), "detail-type": "Object Created", "source": "aws.s3",
             "detail": {"bucket": {"name": "fresh"}, "object": {"key": "a", "sequencer": "1", "size": 1}}},
            "no json",
        )  # fmt: skip
        seeing.told.clear()
        seeing.watch._take(wait=0)
        seeing.watch._work()
        looked = {each["resource"]: each["note"] for each in seeing.of("queued")}
        assert set(looked) == {"s3://fresh", TABLE, f"arn:aws:rds:{REGION}:{ACCOUNT}:db:shop", LOGS}
        assert "looked at since it is new" in looked["s3://fresh"]
        with guard.catalog.reading() as connection:
            assert tasks.numbers(connection) == {"protect": {"done": 4}}
        assert sent.waiting() == 0
        (dead,) = sent.dead_letters()
        assert dead["MessageAttributes"]["Reason"]["StringValue"] == "is no JSON"

    def test_a_table_that_is_being_made_is_looked_at_again(self, guard: Guard) -> None:
        sent, queue = watched_queue(guard.aws)
        seeing = Seeing(guard, targets=(), queue=queue)
        seeing.once()
        make_table(guard, level=Level.INTERNAL)
        guard.aws.strict.unsettled("orders", "CREATING", describes=3)
        sent.send(creates("orders", "CreateTable", tableName="orders"))
        seeing.watch._take(wait=0)
        seeing.watch._work()
        with guard.catalog.reading() as connection:
            (waiting,) = tasks.open_tasks(connection, 10)
            assert (waiting.resource, waiting.status) == (TABLE, "waiting")
        seeing.watch._work(until_done=True)
        with guard.catalog.reading() as connection:
            assert tasks.numbers(connection) == {"protect": {"done": 1}}
        assert [each["control"] for each in seeing.of("receipt")] == ["dynamodb_recovery"]

    def test_a_level_that_changed_is_looked_at_at_once_and_each_change_once(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        make_table(guard, level=None)
        make_key(guard.aws)
        seeing = Seeing(guard, targets=())
        seeing.once()
        assert seeing.watch.changes.take() == 0
        guard.know({
            f"{URI}/b.csv": known(Level.RESTRICTED), f"{URI}/c.csv": known(Level.RESTRICTED),
            "dynamodb://orders": known(Level.RESTRICTED), "s3://elsewhere/a.csv": known(Level.RESTRICTED),
            "file:///srv/a.csv": known(Level.RESTRICTED),
        })  # fmt: skip
        seeing.told.clear()
        # It is killed before it looks: what was heard of is kept.
        assert seeing.watch.changes.take() == 2
        again = Seeing(guard, targets=())
        again.watch.last.known = seeing.watch.last.known
        assert again.watch.changes.take() == 0
        again.watch._work()
        made = [each["control"] for each in again.of("receipt") if each["outcome"] == "applied"]
        assert set(made) >= {"s3_encryption", "s3_versioning"} | set(OF_TABLES)
        assert again.watch.changes.take() == 0

    def test_a_database_is_known_by_its_address(self, guard: Guard) -> None:
        arn = make_database(guard, level=Level.INTERNAL)
        seeing = Seeing(guard, targets=())
        seeing.once()
        address = guard.aws.client("rds").describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
        guard.know({f"postgresql://{address}:5432/shop/public/cards": known(Level.RESTRICTED)})
        assert seeing.watch.changes.take() == 1
        with guard.catalog.reading() as connection:
            assert [each.resource for each in tasks.open_tasks(connection, 10)] == [arn]


class TestSeveralWatchers:
    def test_one_works_and_the_other_waits_for_its_turn(self, protected: Guard) -> None:
        one, other = Seeing(protected), Seeing(protected)
        entered, go_on = threading.Event(), threading.Event()
        look = one.watch.looks.look

        def slow(*given: Any, **more: Any) -> Any:
            entered.set()
            assert go_on.wait(60)
            return look(*given, **more)

        one.watch.looks.look = slow  # type: ignore[method-assign]
        thread = threading.Thread(target=one.watch.once)
        thread.start()
        assert entered.wait(60)
        holder = other.watch.once()
        assert isinstance(holder, Holder)
        assert (holder.by, other.told) == ("ada", [])
        go_on.set()
        thread.join()
        assert one.of("round")
        assert other.watch.once() is None

    def test_who_has_lost_its_lease_changes_nothing_more(self, protected: Guard) -> None:
        opened(protected)
        seeing = Seeing(protected)
        seeing.watch.lasts = timedelta(seconds=0.03)
        protectors = protected.protection
        lost = threading.Event()

        def protecting() -> Any:
            # Another takes it while this one looks.
            with protected.catalog.transaction() as connection:
                connection.execute(update(leases_table).values(claim="another"))
            while not seeing.watch._is_lost():
                lost.wait(0.01)
            return protectors

        seeing.watch.looks.protecting = protecting
        seeing.once()
        assert seeing.of("drift")
        assert seeing.of("receipt") == []
        assert not is_blocked(protected)

    def test_it_goes_on_until_it_is_stopped(self, protected: Guard) -> None:
        seeing = Seeing(protected, interval=timedelta(seconds=0.01))
        rounds = threading.Semaphore(0)
        seeing.watch.looks.tell = lambda told: rounds.release() if told["kind"] == "round" else None
        thread = threading.Thread(target=seeing.watch.run)
        thread.start()
        for _ in range(2):
            assert rounds.acquire(timeout=60)
        seeing.watch.stop.set()
        thread.join(60)
        assert not thread.is_alive()
        with protected.catalog.reading() as connection:
            assert connection.execute(select(leases_table.c.claim)).scalar_one() is None

    def test_what_passes_does_not_end_it(self, protected: Guard) -> None:
        seeing = Seeing(protected, interval=timedelta(seconds=0.01))
        protected.aws.strict.expire("sts.GetCallerIdentity")
        look, tried = seeing.watch.looks.look, threading.Semaphore(0)

        def failing(*given: Any, **more: Any) -> Any:
            try:
                protected.protection.session.account()
            finally:
                tried.release()
            return look(*given, **more)

        seeing.watch.looks.look = failing  # type: ignore[method-assign]
        thread = threading.Thread(target=seeing.watch.run)
        thread.start()
        assert tried.acquire(timeout=60)
        protected.aws.strict._injections.clear()
        assert tried.acquire(timeout=60)
        seeing.watch.stop.set()
        thread.join(60)
        assert any("trying again" in note for note in seeing.notes)
