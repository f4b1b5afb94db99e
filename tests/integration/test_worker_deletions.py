"""What is deleted leaves the state of the catalog, in whichever order it is told of, and its history stays."""

from __future__ import annotations

import json
import random

import pytest
from awsservers import Aws
from sqlalchemy import select
from workers_for_tests import (
    SSN,
    Queues,
    audited,
    drain,
    levels,
    object_deleted,
    put,
    set_phase,
    statuses,
    tags,
)

from assay.model.review import Phase
from assay.store import history, metrics, reviews
from assay.store.engine import Catalog
from assay.store.schema.catalog import classification_versions, columns
from assay.store.schema.events import events

pytestmark = pytest.mark.usefixtures("intake")
URI = "s3://intake/a.csv"
COLOURS = b"colour\nblue\n"


def versions(catalog: Catalog, uri: str = URI) -> list[str | None]:
    """The level of each version, `None` for one that says that it is gone."""
    with catalog.reading() as connection:
        return [
            None if each.record is None else str(each.record["level"])
            for each in history.versions(connection, uri)
            if each.kind == "resource"
        ]


def delete(aws: Aws, key: str, **more: str) -> None:
    aws.client("s3").delete_object(Bucket="intake", Key=key, **more)


def versioned(aws: Aws) -> None:
    aws.client("s3").put_bucket_versioning(Bucket="intake", VersioningConfiguration={"Status": "Enabled"})


def gone(catalog: Catalog) -> list[str]:
    with catalog.reading() as connection:
        rows = connection.execute(select(events.c.resource).where(events.c.reason == "it was deleted"))
        return sorted(rows.scalars())


def test_an_object_that_was_deleted_leaves_state_export_and_metrics_and_keeps_its_history(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    inbox.send(put(aws, "a.csv"), put(aws, "b.csv"))
    drain(catalog, inbox)
    delete(aws, "a.csv")
    told = object_deleted("a.csv", "02")
    inbox.send(told, told)
    drain(catalog, inbox)
    assert levels(catalog) == {"s3://intake/b.csv": "restricted"}
    assert versions(catalog) == ["restricted", None]
    with catalog.reading() as connection:
        exported = list(history.exported(connection, "classifications"))
        found = list(history.exported(connection, "findings"))
        numbers = metrics.metrics(connection)
        assert connection.execute(select(columns.c.record)).scalars().all() != []
        told_columns = {record["resource"] for record in connection.execute(select(columns.c.record)).scalars()}
    assert [each["resource"] for each in exported] == ["s3://intake/b.csv"]
    assert {each["resource"] for each in found} == {"s3://intake/b.csv"}
    assert told_columns == {"s3://intake/b.csv"}
    assert (numbers.resources_known, numbers.resources.number) == (1, 1)
    entries = [entry for entry in audited(catalog) if entry["type"] == "deleted"]
    assert [(entry["outcome"], entry["reason"]) for entry in entries] == [("skipped", "it was deleted")]


def test_nobody_is_asked_about_it_any_more(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    def states() -> list[str]:
        with catalog.reading() as connection:
            return [str(item.state) for item in reviews.items(connection, resource=URI)]

    inbox.send(put(aws, "a.csv", b"The customer number 536904399 was here\n"))
    drain(catalog, inbox)
    assert states() == ["open"]
    delete(aws, "a.csv")
    inbox.send(object_deleted("a.csv", "02"))
    drain(catalog, inbox)
    assert states() == ["withdrawn"]


def test_one_that_is_written_again_goes_on_counting_its_versions(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    inbox.send(put(aws, "a.csv"))
    drain(catalog, inbox)
    delete(aws, "a.csv")
    inbox.send(object_deleted("a.csv", "02"))
    drain(catalog, inbox)
    inbox.send(put(aws, "a.csv", COLOURS, sequencer="03"))
    drain(catalog, inbox)
    assert versions(catalog) == ["restricted", None, "public"]
    assert levels(catalog) == {URI: "public"}


def test_a_deletion_that_comes_before_an_older_creation_holds(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    created = put(aws, "a.csv")
    delete(aws, "a.csv")
    inbox.send(object_deleted("a.csv", "02"))
    drain(catalog, inbox)
    inbox.send(created)
    drain(catalog, inbox)
    assert statuses(catalog) == {"skipped": 1, "stale": 1}
    assert levels(catalog) == {}


def test_a_deletion_that_comes_after_a_newer_creation_changes_nothing(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    inbox.send(put(aws, "a.csv", sequencer="03"))
    drain(catalog, inbox)
    inbox.send(object_deleted("a.csv", "02"))
    drain(catalog, inbox)
    assert statuses(catalog) == {"done": 1, "stale": 1}
    assert levels(catalog) == {URI: "restricted"}


def test_in_any_order_with_copies_the_last_that_happened_holds(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    draw = random.Random(5)
    told = []
    for at in range(6):
        key = f"k{at}.csv"
        told.append(put(aws, key, sequencer="01"))
        delete(aws, key)
        told.append(object_deleted(key, "02"))
        if at % 2:
            told.append(put(aws, key, COLOURS, sequencer="03"))
    told *= 2
    draw.shuffle(told)
    inbox.send(*told)
    drain(catalog, inbox)
    assert levels(catalog) == {f"s3://intake/k{at}.csv": "public" for at in (1, 3, 5)}
    entries = [entry["event"] for entry in audited(catalog)]
    assert len(entries) == len(set(entries)) == 15


def test_where_it_has_no_place_in_the_order_the_object_is_looked_at(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    put(aws, "there.csv")
    inbox.send(put(aws, "gone.csv"))
    drain(catalog, inbox)
    delete(aws, "gone.csv")
    inbox.send(object_deleted("there.csv", None), object_deleted("gone.csv", None))
    drain(catalog, inbox)
    assert levels(catalog) == {"s3://intake/there.csv": "restricted"}
    assert gone(catalog) == ["s3://intake/gone.csv"]


def test_a_scan_that_read_it_since_is_believed(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    # Created, deleted and created again; a scan saw the last, and nobody has told of that yet.
    inbox.send(put(aws, "a.csv", sequencer="01"))
    drain(catalog, inbox)
    inbox.send(object_deleted("a.csv", "02"))
    drain(catalog, inbox)
    assert levels(catalog) == {URI: "restricted"}
    assert [entry["outcome"] for entry in audited(catalog)] == ["done", "done"]


def test_a_delete_marker_hides_the_object_and_a_version_that_goes_may_bring_another_back(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    versioned(aws)
    s3 = aws.client("s3")
    first = s3.put_object(Bucket="intake", Key="a.csv", Body=b"colour\nblue\n")["VersionId"]
    inbox.send(put(aws, "a.csv", sequencer="02"))
    drain(catalog, inbox)
    assert levels(catalog) == {URI: "restricted"}
    second = next(
        each["VersionId"] for each in s3.list_object_versions(Bucket="intake")["Versions"] if each["IsLatest"]
    )
    delete(aws, "a.csv", VersionId=second)
    inbox.send(removed("Permanently Deleted", "a.csv", "03", second))
    drain(catalog, inbox)
    assert levels(catalog) == {URI: "public"}, "the first version is the object again"
    marker = s3.delete_object(Bucket="intake", Key="a.csv")["VersionId"]
    inbox.send(removed("Delete Marker Created", "a.csv", "04", marker))
    drain(catalog, inbox)
    assert levels(catalog) == {}
    delete(aws, "a.csv", VersionId=marker)
    inbox.send(removed("Permanently Deleted", "a.csv", "05", marker))
    drain(catalog, inbox)
    assert levels(catalog) == {URI: "public"}, "without its delete marker the object is there again"
    delete(aws, "a.csv", VersionId=first)
    inbox.send(removed("Permanently Deleted", "a.csv", "06", first))
    drain(catalog, inbox)
    assert levels(catalog) == {}
    assert versions(catalog) == ["restricted", "public", None, "public", None]


def removed(how: str, key: str, sequencer: str, version: str) -> dict[str, object]:
    event = object_deleted(key, sequencer, **{"version-id": version})
    event["detail"]["deletion-type"] = how
    return event


def test_one_that_is_gone_when_its_creation_is_read_leaves_the_state_too(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    inbox.send(put(aws, "a.csv", sequencer="01"))
    drain(catalog, inbox)
    inbox.send(put(aws, "a.csv", COLOURS, sequencer="02"))
    delete(aws, "a.csv")
    drain(catalog, inbox)
    assert levels(catalog) == {}
    assert versions(catalog) == ["restricted", None]


def test_what_expires_by_its_lifecycle_is_gone(catalog: Catalog, inbox: Queues, aws: Aws) -> None:
    inbox.send(put(aws, "a.csv"))
    drain(catalog, inbox)
    delete(aws, "a.csv")
    record = {
        "eventSource": "aws:s3", "eventName": "LifecycleExpiration:Delete", "eventTime": "2026-03-02T09:15:00Z",
        "s3": {"bucket": {"name": "intake"}, "object": {"key": "a.csv", "sequencer": "02"}},
    }  # fmt: skip
    inbox.send({"Records": [record]})
    drain(catalog, inbox)
    assert levels(catalog) == {}
    with catalog.reading() as connection:
        last = connection.execute(
            select(classification_versions.c.record).order_by(classification_versions.c.id.desc()).limit(1)
        ).scalar_one()
    assert last is None


def test_where_it_may_not_be_looked_at_it_is_tried_again_and_nothing_is_taken_for_gone(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    set_phase(catalog, "s3://intake/**", Phase.AUTOMATED)
    inbox.send(put(aws, "a.csv"))
    drain(catalog, inbox)
    assert tags(aws, "a.csv")["DataClassification"] == "restricted"
    aws.strict.deny("s3.ListObjectsV2")
    inbox.send(object_deleted("a.csv", None))
    drain(catalog, inbox, visible_after=600)
    assert levels(catalog) == {URI: "restricted"}
    assert statuses(catalog) == {"done": 1, "waiting": 1}
    assert SSN not in json.dumps(audited(catalog))
