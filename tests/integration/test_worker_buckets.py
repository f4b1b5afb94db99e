"""Buckets and tables are tagged again when what is known of what lies in them changes: seldom, and under the same rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from awsservers import ACCOUNT, Aws
from sqlalchemy import select, update
from workers_for_tests import SSN, Queues, drain, put, row_changed, set_phase, worker

from assay.app.work.eventtags import BUCKETS
from assay.app.work.worker import Until
from assay.cli.__main__ import run
from assay.model.review import Phase
from assay.store import journal
from assay.store.engine import Catalog
from assay.store.schema.audit import audit_log
from assay.store.schema.events import tasks
from assay.store.texts import moment

BUCKET = "s3://intake"
MAIL = b"mail\nada.park@posteo.de\n"
COLOURS = b"colour\nblue\n"

pytestmark = pytest.mark.usefixtures("intake")


def bucket_tags(aws: Aws) -> dict[str, str]:
    client = aws.client("s3")
    try:
        found = client.get_bucket_tagging(Bucket="intake")["TagSet"]
    except client.exceptions.ClientError:
        return {}
    return {tag["Key"]: tag["Value"] for tag in found}


def applied(catalog: Catalog, resource: str = BUCKET) -> int:
    """Entries of the audit log about tags of a resource that were written."""
    with catalog.reading() as connection:
        wanted = select(audit_log.c.seq).where(audit_log.c.action == "TAG_APPLIED", audit_log.c.resource == resource)
        return len(connection.execute(wanted).all())


def test_a_bucket_has_the_level_of_its_most_sensitive_object_and_keeps_the_tags_of_others(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    set_phase(catalog, "s3://intake/**", Phase.AUTOMATED)
    set_phase(catalog, "s3://intake", Phase.AUTOMATED)
    aws.client("s3").put_bucket_tagging(Bucket="intake", Tagging={"TagSet": [{"Key": "Owner", "Value": "sales"}]})
    inbox.send(put(aws, "a.csv", MAIL), put(aws, "b.csv"))
    drain(catalog, inbox)
    found = bucket_tags(aws)
    assert (found["DataClassification"], found["Owner"]) == ("restricted", "sales")
    assert found["SensitiveDataTypes"] == "EMAIL+PERSON_NAME+SSN"
    assert applied(catalog) == 1
    with catalog.reading() as connection:
        assert len(journal.standing(connection, BUCKET, BUCKETS)) == 1


def test_many_objects_are_few_looks_and_fewer_writes(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    set_phase(catalog, "s3://**", Phase.AUTOMATED)
    inbox.send(*(put(aws, f"k{number}.csv", MAIL) for number in range(25)))
    drain(catalog, inbox)
    assert len(aws.strict.calls.made("s3.PutBucketTagging")) == 1
    looks = len(aws.strict.calls.made("s3.GetBucketTagging"))
    inbox.send(*(put(aws, f"k{number}.csv", MAIL, sequencer="02") for number in range(10)))
    drain(catalog, inbox)
    assert len(aws.strict.calls.made("s3.GetBucketTagging")) == looks, "nothing else is concluded: nobody looks"
    inbox.send(put(aws, "more.csv", MAIL))
    drain(catalog, inbox)
    assert len(aws.strict.calls.made("s3.GetBucketTagging")) > looks
    assert len(aws.strict.calls.made("s3.PutBucketTagging")) == 1, "the tags are as they have to be"
    assert applied(catalog) == 1


def test_while_it_works_on_events_they_are_gathered_for_a_while(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    set_phase(catalog, "s3://**", Phase.AUTOMATED)
    inbox.send(put(aws, "a.csv", MAIL))
    with worker(catalog, inbox) as made:
        made.run(Until.EMPTY)
        inbox.send(put(aws, "b.csv"))
        made.stop.clear()
        made.tasks.works = {}  # as if it were killed before the time is over
        made.run(Until.EMPTY)
    assert bucket_tags(aws)["DataClassification"] == "internal"
    with catalog.reading() as connection:
        (row,) = connection.execute(select(tasks).where(tasks.c.kind == "tags")).all()
    assert (row.status, row.resource) == ("waiting", BUCKET)
    assert row.due_at > moment(datetime.now(UTC) + timedelta(seconds=1))
    # Another worker makes up for it, in its own time.
    with catalog.transaction() as connection:
        connection.execute(update(tasks).values(due_at=moment()))
    with worker(catalog, inbox) as made:
        assert made.tasks.one(lambda: False)
        assert not made.tasks.one(lambda: False)
    assert bucket_tags(aws)["DataClassification"] == "restricted"
    assert applied(catalog) == 2


def test_it_is_never_lowered(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    set_phase(catalog, "s3://**", Phase.AUTOMATED)
    inbox.send(put(aws, "a.csv"))
    drain(catalog, inbox)
    inbox.send(put(aws, "a.csv", COLOURS, sequencer="02"))
    drain(catalog, inbox)
    assert bucket_tags(aws)["DataClassification"] == "restricted"
    assert applied(catalog) == 1


@pytest.mark.parametrize("phase", [None, Phase.SUPERVISED])
def test_the_phase_of_the_bucket_decides(phase: Phase | None, catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    set_phase(catalog, "s3://intake/**", Phase.AUTOMATED)
    if phase is not None:
        set_phase(catalog, "s3://intake", phase)
    inbox.send(put(aws, "a.csv"))
    drain(catalog, inbox)
    assert bool(bucket_tags(aws)) is (phase is not None)


def test_it_can_be_taken_back(
    catalog: Catalog, catalog_url: str, inbox: Queues, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    set_phase(catalog, "s3://**", Phase.AUTOMATED)
    inbox.send(put(aws, "a.csv"))
    drain(catalog, inbox)
    with catalog.reading() as connection:
        ((plan, _),) = journal.standing(connection, BUCKET, BUCKETS)
    assert run(["aws", "tag", "--undo", plan, "--catalog", catalog_url]) == 0, capsys.readouterr().err
    assert bucket_tags(aws) == {}


def test_a_table_is_tagged_for_many_records_at_once(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    set_phase(catalog, "**", Phase.AUTOMATED)
    client = aws.client("dynamodb")
    client.create_table(
        TableName="people",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    inbox.send(*(row_changed(number, ssn=SSN) for number in range(12)))
    drain(catalog, inbox)
    arn = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/people"
    found = {tag["Key"]: tag["Value"] for tag in client.list_tags_of_resource(ResourceArn=arn)["Tags"]}
    assert found["DataClassification"] == "restricted"
    assert len(aws.strict.calls.made("dynamodb.TagResource")) == 1
    assert applied(catalog, arn) == 1
