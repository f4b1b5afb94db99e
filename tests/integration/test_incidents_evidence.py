"""What an incident keeps and closes beyond its buckets: snapshots, logs, the files of a trail, Object Lock; and how one comes out of it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import (
    CLUSTER,
    DATABASE,
    ROLE,
    TABLE,
    URI,
    Guard,
    make_cluster,
    make_database,
    make_people,
    make_table,
    make_volume,
)
from test_incidents import GUARDDUTY, incident

from assay.app.permissions import calls_of
from assay.app.protection.incidents import Known, close_incident, listed, open_incident, plan_incident
from assay.app.protection.preserving import Keeping
from assay.app.protection.recovering import left_of, tell
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model.action import Outcome, Plan
from assay.protect.incidents import incident_of
from assay.protectors import evidence, replacing
from assay.store import journal
from assay.store.engine import open_catalog

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TRAIL = "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/{:02}/x.json.gz"
PLACE = f"assay-evidence-{ACCOUNT}-{REGION}"
APPLIED = Outcome.APPLIED


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(replacing, "_PAUSES", (0.0, 0.0, 0.0))
    with open_catalog(str(tmp_path / "catalog.db"), create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def planned(
    guard: Guard, *resources: str, buckets: tuple[str, ...] = (), principals: tuple[str, ...] = (), **keeping: Any
) -> Plan:
    what = incident(buckets=buckets, principals=principals, resources=resources)
    return plan_incident(
        guard.protection, what, lock=False, spared=(), at=NOW, by="ada", keeping=Keeping(at=NOW, **keeping)
    )


def steps(plan: Plan) -> list[str]:
    return [next(iter(each.action.after)) for each in plan.actions]


def outcomes(guard: Guard, plan: Plan) -> list[Outcome]:
    receipts = guard.apply(plan)
    for receipt in receipts:
        print(receipt.outcome, receipt.reason, receipt.detail)  # what a failure is read by
    return [receipt.outcome for receipt in receipts]


def make_trail_files(guard: Guard) -> None:
    guard.s3.create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": REGION})
    for day in (20, 28, 29, 30):
        guard.s3.put_object(Bucket="trail", Key=TRAIL.format(day), Body=b"x" * day)
        digest = TRAIL.format(day).replace("CloudTrail/", "CloudTrail-Digest/")
        guard.s3.put_object(Bucket="trail", Key=digest, Body=b"d")


def test_copies_are_kept_and_a_database_is_closed(guard: Guard) -> None:
    make_database(guard)
    make_cluster(guard)
    make_table(guard)
    volume = make_volume(guard)
    plan = planned(guard, DATABASE, CLUSTER, TABLE, volume)
    assert steps(plan) == ["snapshot"] * 4 + ["public"]
    assert [each.action.reversible for each in plan.actions] == [False] * 4 + [True]
    assert {str(each.gate) for each in plan.actions} == {"review"}
    assert "preserve_copies" not in {each.control for each in plan.refusals}
    assert outcomes(guard, plan) == [APPLIED] * 5
    rds, ec2 = guard.aws.client("rds"), guard.aws.client("ec2")
    assert len(snapshots(guard)) == 1
    of_cluster = rds.describe_db_cluster_snapshots(DBClusterIdentifier="aurora")["DBClusterSnapshots"]
    assert len([each for each in of_cluster if each["DBClusterSnapshotIdentifier"].startswith("assay-")]) == 1
    assert (
        len(ec2.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [volume.rpartition("/")[2]]}])["Snapshots"])
        == 1
    )
    assert len(guard.aws.client("dynamodb").list_backups(TableName="orders")["BackupSummaries"]) == 1
    assert outcomes(guard, plan) == [Outcome.UNCHANGED] * 5
    assert [each.outcome for each in guard.undo(plan)] == [Outcome.UNDONE]
    assert len(snapshots(guard)) == 1


def snapshots(guard: Guard) -> list[str]:
    """Those of the database that assay made."""
    found = guard.aws.client("rds").describe_db_snapshots(DBInstanceIdentifier="shop")["DBSnapshots"]
    return [each["DBSnapshotIdentifier"] for each in found if each["DBSnapshotIdentifier"].startswith("assay-")]


def test_an_instance_of_ec2_is_meant_by_its_volumes(guard: Guard) -> None:
    ec2 = guard.aws.client("ec2")
    made = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    volume = make_volume(guard)
    ec2.attach_volume(VolumeId=volume.rpartition("/")[2], InstanceId=made, Device="/dev/sdf")
    plan = planned(guard, f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{made}")
    assert volume in [each.action.resource for each in plan.actions]
    assert len(plan.actions) == 2
    guard.aws.strict.deny("ec2.DescribeVolumes")
    assert [
        each.reason
        for each in planned(guard, f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{made}").refusals
        if each.control == "evidence"
    ] == ["access denied"]


def test_logs_and_files_of_the_trail_go_into_a_locked_bucket(guard: Guard) -> None:
    make_trail_files(guard)
    logs = guard.aws.client("logs")
    for name in ("/aws/lambda/shop", "plain"):
        logs.create_log_group(logGroupName=name)
    guard.make()
    plan = planned(guard, buckets=(URI,), trail="s3://trail/AWSLogs/", groups=("/aws/lambda/shop", "plain"), days=2)
    assert [each for each in steps(plan) if each in ("bucket of evidence", "files of the trail", "logs")] == [
        "bucket of evidence", "files of the trail", "logs", "logs"
    ]  # fmt: skip
    guard.aws.strict.pages(2)
    told = outcomes(guard, plan)
    # An account exports one group at a time: what was refused is made by the next run.
    for _ in range(3):
        list(guard.maker.settle())
        told = outcomes(guard, plan)
    assert set(told) <= {APPLIED, Outcome.UNCHANGED}
    lock = guard.s3.get_object_lock_configuration(Bucket=PLACE)["ObjectLockConfiguration"]
    kept = lock["Rule"]["DefaultRetention"]
    assert (kept["Mode"], kept["Days"]) == ("GOVERNANCE", 365)
    guard.aws.strict.pages(None)
    there = [each["Key"] for each in guard.s3.list_objects_v2(Bucket=PLACE)["Contents"] if "/trail/" in each["Key"]]
    assert len(there) == 6
    assert not [key for key in there if "/11/20/" in key]
    tasks = [each for each in logs.describe_export_tasks()["exportTasks"] if each["status"]["code"] == "COMPLETED"]
    assert len({each["logGroupName"] for each in tasks}) == len(tasks) == 2
    assert not [each for each in guard.undo(plan) if each.outcome is not Outcome.UNDONE]
    assert guard.s3.get_object_lock_configuration(Bucket=PLACE)


def test_object_lock_once_versions_are_kept(guard: Guard) -> None:
    guard.make()
    plan = planned(guard, buckets=(URI,), lock=True)
    assert steps(plan)[-1] == "object lock"
    assert (plan.actions[-1].action.reversible, "never" in plan.actions[-1].action.note) == (False, True)
    # By hand still: what is there is held one by one.
    assert "object_lock" in {each.control for each in plan.refusals}
    assert outcomes(guard, plan) == [APPLIED] * len(plan.actions)
    assert guard.s3.get_object_lock_configuration(Bucket="lake")["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled"
    }


def test_object_lock_without_versions_is_refused(guard: Guard) -> None:
    guard.make()
    plan = planned(guard, buckets=(URI,), lock=True)
    (receipt,) = guard.apply(plan, plan.actions[-1:])
    assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, "not ready")
    assert guard.aws.strict.calls.made("s3.PutObjectLockConfiguration") == []


class Killed(BaseException):
    """What nothing catches, as a kill."""


WRITES = ("s3.CreateBucket", "s3.PutObjectLockConfiguration", "s3.PutBucketPolicy", "s3.CopyObject", "rds.CreateDBSnapshot", "logs.CreateExportTask",
          "rds.CreateDBClusterSnapshot", "ec2.CreateSnapshot", "dynamodb.CreateBackup")  # fmt: skip


def test_every_write_is_killed() -> None:
    assert set(WRITES) == evidence.CALLS - evidence.READS


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", WRITES)
def test_killed_at_every_write_nothing_is_made_twice(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    make_trail_files(guard)
    guard.aws.client("logs").create_log_group(logGroupName="plain")
    make_database(guard)
    make_cluster(guard)
    make_table(guard)
    volume = make_volume(guard)
    plan = planned(guard, DATABASE, CLUSTER, TABLE, volume, trail="s3://trail/AWSLogs/", groups=("plain",), days=1)
    monkeypatch.setattr(journal, "is_running", lambda _: False)
    sessions = [guard.maker.protectors[each]._session for each in ("evidence", "evidence_bucket")]  # type: ignore[attr-defined]
    client_of = sessions[0].client
    service, _, operation = name.partition(".")

    def client(*given: Any) -> Any:
        found = client_of(*given)
        if given[0] != service:
            return found

        class Dying:
            def __getattr__(self, method: str) -> Any:
                call = getattr(found, method)
                if method.replace("_", "") != operation.lower():
                    return call

                def made(**parameters: Any) -> Any:
                    if when == "after":
                        call(**parameters)
                    raise Killed

                return made

        return Dying()

    for session in sessions:
        session.client = client
    with suppress(Killed):
        guard.apply(plan)
    for session in sessions:
        session.client = client_of
    for _ in range(2):
        list(guard.maker.settle())
        told = outcomes(guard, plan)
    assert set(told) <= {APPLIED, Outcome.UNCHANGED}
    for each in (
        "rds.CreateDBSnapshot",
        "rds.CreateDBClusterSnapshot",
        "ec2.CreateSnapshot",
        "dynamodb.CreateBackup",
        "logs.CreateExportTask",
    ):
        assert len([call for call in guard.aws.strict.calls.made(each) if not call.code]) == 1, each


def known_of(guard: Guard, *resources: str) -> Known:
    guard.make()
    make_people(guard.aws)
    what = incident(principals=(ROLE,), resources=resources)
    plan = plan_incident(guard.protection, what, lock=False, spared=(), at=NOW, by="ada")
    open_incident(guard.catalog, what, plan, by="ada", reason="r")
    guard.apply(plan)
    return listed(guard.catalog)[0]


def test_who_is_told_is_told_once(guard: Guard) -> None:
    known = known_of(guard)
    queue = guard.aws.client("sqs")
    url = queue.create_queue(QueueName="seen")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns = guard.aws.client("sns")
    topic = sns.create_topic(Name="alarm")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    session = Session(Access(), calls_of("protect incident notify"))
    guard.aws.strict.deny("events.PutEvents", times=1)
    sent = tell(session, guard.catalog, known, topic=topic, bus="default", by="ada")
    assert [(each.is_new, bool(each.problem)) for each in sent] == [(True, False), (False, True)]
    sent = tell(session, guard.catalog, known, topic=topic, bus="default", by="ada")
    assert [(each.is_new, bool(each.problem)) for each in sent] == [(False, False), (True, False)]
    assert len(guard.aws.strict.calls.made("sns.Publish")) == 1
    (message,) = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert URI in json.loads(message["Body"])["Message"]
    close_incident(guard.catalog, known, by="ada", reason="done")
    assert all(not each.is_new for each in tell(session, guard.catalog, known, topic=topic, bus="default", by="ada"))


def test_how_to_come_out_of_it(guard: Guard) -> None:
    known = known_of(guard, DATABASE)
    session = Session(Access(), calls_of("protect incident recover"))
    told = [(each.name, each.stage) for each in left_of(session, guard.catalog, known)]
    assert told == [
        ("restore", "for a person"),
        ("restore", "for a person"),
        ("credentials", "for a person"),
        ("lift", "next"),
        ("close", "later"),
    ]
    guard.undo_of(known.plan)
    assert [each.stage for each in left_of(session, guard.catalog, known)][-2:] == ["done", "next"]
    guard.aws.strict.deny("backup.ListRecoveryPointsByResource")
    assert "could not be read" in left_of(session, guard.catalog, known)[0].what


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ({"resourceType": "RDSDBInstance", "rdsDbInstanceDetails": {"dbInstanceArn": DATABASE}}, DATABASE),
        ({"resourceType": "Instance", "instanceDetails": {"instanceId": "i-0123456789abcdef0"}},
         f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0123456789abcdef0"),
        ({"ebsVolumeDetails": {"scannedVolumeDetails": [{"volumeArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-0123456789abcdef0"}]}},
         f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-0123456789abcdef0"),
    ],
)  # fmt: skip
def test_what_else_a_finding_is_about(resource: dict[str, Any], told: str) -> None:
    assert incident_of({**GUARDDUTY, "resource": resource}).resources == (told,)
    assert (
        incident_of(
            {**GUARDDUTY, "resource": {**GUARDDUTY["resource"], "instanceDetails": {"instanceId": "i-x; drop"}}}
        ).resources
        == ()
    )


def test_an_instance_of_a_cluster_is_kept_by_its_cluster(guard: Guard) -> None:
    """Findings name instances of Aurora, of which there is no snapshot but that of the cluster."""
    make_cluster(guard)
    rds = guard.aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="writes", DBClusterIdentifier="aurora", Engine="aurora-postgresql", DBInstanceClass="db.r6g.large",
        PubliclyAccessible=True,
    )  # fmt: skip
    member = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:writes"
    plan = planned(guard, member)
    assert [(each.action.resource, each.action.control) for each in plan.actions] == [
        (CLUSTER, "evidence"), (member, "rds_private"),
    ]  # fmt: skip
    assert "preserve_copies" not in {each.control for each in plan.refusals}
    assert outcomes(guard, plan) == [APPLIED] * 2
    found = rds.describe_db_cluster_snapshots(DBClusterIdentifier="aurora")["DBClusterSnapshots"]
    assert [each["DBClusterSnapshotIdentifier"] for each in found if each["SnapshotType"] == "manual"] == [
        f"{plan.actions[0].action.found['name']}-aurora"
    ]
    # Named both ways it is kept once.
    assert steps(planned(guard, CLUSTER, member)).count("snapshot") == 1


def test_where_no_copy_is_planned_it_is_said_and_stays_by_hand(guard: Guard) -> None:
    """An instance of EC2 that another account has, one that nothing is attached to, and one that is gone: nothing is kept, and that is told."""
    theirs, gone = (f"arn:aws:ec2:{REGION}:{who}:instance/i-0123456789abcdef0" for who in ("999999999999", ACCOUNT))
    plan = planned(guard, theirs, gone)
    told = {each.resource: each.reason for each in plan.refusals if each.control == "evidence"}
    assert told == {theirs: "of another account", gone: "not found"}
    assert "preserve_copies" in {each.control for each in plan.refusals}


def test_logs_go_into_a_bucket_of_their_own_region(guard: Guard) -> None:
    elsewhere = "eu-central-1"
    guard.aws.client("rds", elsewhere).create_db_instance(
        DBInstanceIdentifier="far", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20, MasterUsername="admin",
        MasterUserPassword="not-a-secret", EnableCloudwatchLogsExports=["postgresql"],
    )  # fmt: skip
    guard.aws.client("logs", elsewhere).create_log_group(logGroupName="/aws/rds/instance/far/postgresql")
    make_trail_files(guard)
    plan = planned(guard, f"arn:aws:rds:{elsewhere}:{ACCOUNT}:db:far", trail="s3://trail/AWSLogs/", days=1)
    places = [each.action.resource for each in plan.actions if each.action.control == "evidence_bucket"]
    assert sorted(places) == [f"s3://assay-evidence-{ACCOUNT}-{elsewhere}", f"s3://{PLACE}"]
    assert set(outcomes(guard, plan)) == {APPLIED}
    (task,) = guard.aws.client("logs", elsewhere).describe_export_tasks()["exportTasks"]
    assert (task["logGroupName"], task["destination"]) == (
        "/aws/rds/instance/far/postgresql",
        f"assay-evidence-{ACCOUNT}-{elsewhere}",
    )


def test_a_snapshot_of_a_cluster_has_a_name_that_rds_takes(guard: Guard) -> None:
    name = f"a-cluster-{'of-a-long-name-' * 3}end"
    arn = make_cluster(guard, DBClusterIdentifier=name)
    assert len(name) > 44
    plan = planned(guard, arn)
    assert outcomes(guard, plan) == [APPLIED]
    found = guard.aws.client("rds").describe_db_cluster_snapshots(DBClusterIdentifier=name)["DBClusterSnapshots"]
    (own,) = [each["DBClusterSnapshotIdentifier"] for each in found if each["SnapshotType"] == "manual"]
    assert (own.startswith("assay-"), len(own) <= 63) == (True, True)
    assert outcomes(guard, plan) == [Outcome.UNCHANGED]
