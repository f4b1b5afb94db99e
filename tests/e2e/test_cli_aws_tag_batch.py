"""`assay aws tag --batch-manifest`: jobs for S3 Batch Operations, as a user writes them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from awsservers import ACCOUNT, Aws
from calling import Assay
from tagging_for_tests import Lake, classify, known, plain

from assay.model import Level
from assay.store.engine import open_catalog

CATALOG = "catalog.db"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/batch"
OPTIONS = ("--batch-manifest", "jobs", "--batch-place", "s3://jobs/tags", "--batch-role", ROLE)
KEYS = ("a.csv", 'in/Q1 "x",+ü%2F.csv', "b c.csv")


@pytest.fixture(autouse=True)
def _catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", CATALOG)
    open_catalog(CATALOG, create=True).close()


def _put(lake: Lake, levels: dict[str, Level]) -> None:
    from assay.aws.uris import bucket

    uris = {key: bucket(lake.bucket, key) for key in levels}
    changes = {uris[key]: lake.put(key) for key in levels}
    with open_catalog(CATALOG) as catalog:
        classify(catalog, {uris[key]: known(level, confidence=0.9 + 0.01 * number)
                           for number, (key, level) in enumerate(levels.items())}, changes)  # fmt: skip


def _jobs(kind: str) -> list[tuple[dict[str, Any], list[list[str]]]]:
    found = []
    for request in sorted(Path("jobs").glob(f"{kind}-*.json")):
        with request.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
            found.append((json.loads(request.read_text(encoding="utf-8")), list(csv.reader(file))))
    return found


def _run(lake: Lake, kind: str) -> None:
    """What a job does: replaces all tags of each object that its manifest lists."""
    for request, rows in _jobs(kind):
        tags = request["Operation"].get("S3PutObjectTagging", {"TagSet": []})["TagSet"]
        for bucket, key, *version in rows:
            which = {"VersionId": version[0]} if version else {}
            lake.s3.put_object_tagging(Bucket=bucket, Key=unquote(key), Tagging={"TagSet": tags}, **which)


def test_one_job_for_each_whole_set_of_tags_and_one_back(aws: Aws, assay: Assay) -> None:
    lake = Lake(aws=aws)
    _put(lake, dict.fromkeys(KEYS, Level.RESTRICTED))
    lake.tag(KEYS[1], {"Team": "data"})
    aws.strict.calls.clear()
    done = assay("aws", "tag", "s3://lake", "--yes", *OPTIONS)
    assert done.code == 0
    assert "2 jobs for 3 objects, 0 as they should be." in done.out
    assert "Nothing was sent." in done.out
    assert set(aws.strict.calls.names()) == {"sts.GetCallerIdentity", "s3.GetObjectTagging"}
    jobs = _jobs("tag")
    assert sorted(len(rows) for _, rows in jobs) == [1, 2]
    assert sorted(unquote(row[1]) for _, rows in jobs for row in rows) == sorted(KEYS)
    _run(lake, "tag")
    assert lake.tags(KEYS[1])["Team"] == "data"
    assert {lake.tags(key)["DataClassification"] for key in KEYS} == {"restricted"}
    _run(lake, "back")
    assert [lake.tags(key) for key in KEYS] == [{}, {"Team": "data"}, {}]


def test_requests_are_what_the_service_takes(aws: Aws, assay: Assay) -> None:
    import hashlib

    from botocore.validate import validate_parameters

    lake = Lake(aws=aws)
    _put(lake, {"a.csv": Level.RESTRICTED})
    assert assay("aws", "tag", "s3://lake", "--yes", *OPTIONS).code == 0
    shape = aws.client("s3control").meta.service_model.operation_model("CreateJob").input_shape
    for kind in ("tag", "back"):
        ((request, _),) = _jobs(kind)
        validate_parameters(request, shape)
        assert set(shape.required_members) <= {*request, "ClientRequestToken"}
    ((request, _),) = _jobs("tag")
    tags = plain(request["Operation"]["S3PutObjectTagging"]["TagSet"])
    assert "ClassificationTimestamp" not in tags
    assert request["ConfirmationRequired"] is True
    where = request["Manifest"]["Location"]
    assert where["ObjectArn"] == "arn:aws:s3:::jobs/tags/tag-0001.csv"
    body = Path("jobs/tag-0001.csv").read_bytes()
    assert where["ETag"] == hashlib.md5(body, usedforsecurity=False).hexdigest()
    ((back, _),) = _jobs("back")
    assert back["Operation"] == {"S3DeleteObjectTagging": {}}


def test_a_version_that_was_read_is_the_one_that_is_tagged(aws: Aws, assay: Assay) -> None:
    lake = Lake(aws=aws)
    lake.s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    _put(lake, {"a.csv": Level.RESTRICTED})
    version = lake.s3.head_object(Bucket="lake", Key="a.csv")["VersionId"]
    assert assay("aws", "tag", "s3://lake", "--yes", *OPTIONS).code == 0
    ((request, rows),) = _jobs("tag")
    assert request["Manifest"]["Spec"]["Fields"] == ["Bucket", "Key", "VersionId"]
    assert rows == [["lake", "a.csv", version]]


def test_what_waits_what_is_higher_and_what_cannot_be_read(aws: Aws, assay: Assay) -> None:
    lake = Lake(aws=aws)
    _put(lake, {"a.csv": Level.INTERNAL, "b.csv": Level.INTERNAL, "c.csv": Level.INTERNAL})
    lake.tag("a.csv", {"DataClassification": "restricted"})
    aws.strict.deny("s3.GetObjectTagging", key="b.csv")
    done = assay("aws", "tag", "s3://lake", *OPTIONS)
    assert done.code == 3
    assert "waiting for a person" in done.out
    assert "access denied" in done.out
    assert _jobs("tag") == []
    done = assay("aws", "tag", "s3://lake", "--yes", *OPTIONS)
    assert done.code == 3
    levels = {unquote(row[1]): plain(request["Operation"]["S3PutObjectTagging"]["TagSet"])["DataClassification"]
              for request, rows in _jobs("tag") for row in rows}  # fmt: skip
    assert levels == {"a.csv": "restricted", "c.csv": "internal"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("s3://lake", "--batch-manifest", "jobs"), "needs --batch-place"),
        (("s3://lake", "--batch-role", ROLE), "goes with --batch-manifest"),
        (("s3://lake", *OPTIONS[:-1], "nobody"), "is no role"),
        (("s3://lake", *OPTIONS[:3], "jobs", *OPTIONS[4:]), "names no place in S3"),
        ((f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/x", *OPTIONS), "objects only"),
        (("--undo", "abc", *OPTIONS), "leave out"),
        (("s3://lake", *OPTIONS, "--format", "jsonl"), "leave out --format"),
    ],
)
def test_wrong_usage(aws: Aws, assay: Assay, given: tuple[str, ...], said: str) -> None:
    done = assay("aws", "tag", *given)
    assert done.code == 2
    assert said in done.err
    assert not Path("jobs").exists()


def test_a_folder_that_is_not_empty_is_left_alone(aws: Aws, assay: Assay) -> None:
    lake = Lake(aws=aws)
    _put(lake, {"a.csv": Level.RESTRICTED})
    Path("jobs").mkdir()
    Path("jobs/mine.csv").write_text("mine", encoding="utf-8")
    done = assay("aws", "tag", "s3://lake", "--yes", *OPTIONS)
    assert done.code == 2
    assert "is not empty" in done.err
    assert [each.name for each in Path("jobs").iterdir()] == ["mine.csv"]
