"""`assay scan s3://…` as it is called: workers, exit codes, messages, estimates."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from awsservers import REGION, Aws
from calling import Assay
from planting import of_kind, records

Process = Callable[..., subprocess.CompletedProcess[bytes]]
FILL = "and more that is nobody's, so that few rows make a large object: " + "x" * 30
ROWS = 360_000
ROW = "wren{0}.halloway@posteo.de,512-44-7{0:03}\n"


@pytest.fixture
def exports(aws: Aws) -> Aws:
    """A bucket with some objects of several kinds, one of which may not be read."""
    client = aws.client("s3")
    client.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": REGION})
    for number in range(150):
        body = "email,ssn\n" + ROW.format(number + 100) if number % 3 else "nothing here\n"
        client.put_object(Bucket="exports", Key=f"2026/{number:03}.csv", Body=body.encode())
    client.put_object(Bucket="exports", Key="locked.txt", Body=b"SSN 512-44-7100\n")
    client.put_object(Bucket="exports", Key="cold.txt", Body=b"SSN 512-44-7100\n", StorageClass="GLACIER")
    aws.strict.deny("s3.GetObject", key="locked.txt")
    return aws


def test_workers_read_a_bucket(exports: Aws, process: Process) -> None:
    done = process("scan", "s3://exports", "--format", "jsonl", "--jobs", "2", "--progress")
    assert done.returncode == 3, done.stderr
    found = records(done.stdout)
    assert len(of_kind(found, "classification")) == 152
    assert len([record for record in of_kind(found, "finding") if record["identifier"] == "SSN"]) == 100
    resources = [record["resource"] for record in of_kind(found, "classification")]
    assert sorted(resources) == resources
    (gap,) = of_kind(found, "gap")
    assert (gap["resource"], gap["reason"]) == ("s3://exports/locked.txt", "access denied")
    assert [record["resource"] for record in of_kind(found, "skip")] == ["s3://exports/cold.txt"]
    assert b"1 gap: not everything could be read" in done.stderr
    assert len(exports.strict.calls.made("s3.GetObject")) == 151
    for clear in (b"512-44-7100", b"wren100.halloway"):
        assert clear not in done.stdout + done.stderr


def test_a_large_object_is_cut_among_workers(aws: Aws, process: Process, tmp_path: Path) -> None:
    body = "email,ssn\n" + "".join(f"plain {number} {FILL},{number}\n" for number in range(ROWS))
    body += ROW.format(100)
    assert len(body) > 36_000_000
    (tmp_path / "large.csv").write_text(body)
    client = aws.client("s3")
    client.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_object(Bucket="exports", Key="large.csv", Body=body.encode())
    told = []
    for target in ("s3://exports", str(tmp_path)):
        done = process("scan", target, "--format", "jsonl", "--jobs", "2", "--no-k-anonymity")
        assert done.returncode == 0, done.stderr
        lines = records(done.stdout)
        told.append([record["location"] for record in of_kind(lines, "finding")])
        (level,) = of_kind(lines, "classification")
        assert level["coverage"]["rows_read"] == ROWS + 1
    assert told[0] == told[1]
    assert told[0][0]["row"] == ROWS + 1


def test_an_estimate_only_lists(exports: Aws, assay: Assay) -> None:
    exports.strict.calls.clear()
    done = assay("scan", "s3://exports", "--estimate")
    assert done.code == 0
    assert done.out.startswith("151 objects, ")
    assert "About 151 GET requests and 1 LIST request: less than 0.01 USD at" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    done = assay("scan", "s3://exports", "--estimate", "--format", "json")
    assert {"files": 151, "get_requests": 151, "list_requests": 1}.items() <= json.loads(done.out).items()
    assert set(exports.strict.calls.names()) == {"s3.ListObjectsV2"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("s3://",), "names no bucket"),
        (("s3://x",), "'x' is no name of a bucket"),
        (("s3://exports/a?b",), "write '?' as %3F"),
        (("s3://exports/2026/?versionId=1",), "a version is one of an object"),
        (("s3://exports/%FF",), "is no UTF-8"),
        (("s3://nothing-here",), "there is no bucket 'nothing-here'; check its name"),
        (("s3://exports/nothing",), "there is no object of this name"),
        (("s3://exports/2026/0.txt?versionId=3sL4k",), "there is no such version of an object"),
        (("s3://exports", "--bucket-owner", "me"), "write its 12 digits"),
        (("s3://exports", "--endpoint-url", "localhost"), "must begin with https://"),
        (("s3://exports", "--role-arn", "admin"), "is no ARN"),
        (("s3://exports", "--inventory", "nowhere.json"), "No such file"),
        (("s3://exports", "--inventory", "x", "--versions"), "exclude each other"),
        ((".", "--versions"), "is for buckets"),
        ((".", "--inventory", "x"), "is for buckets"),
    ],
)
def test_what_cannot_be_used_is_told(exports: Aws, assay: Assay, arguments: tuple[str, ...], told: str) -> None:
    done = assay("scan", *arguments)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""


def test_credentials_that_are_not_there(aws: Aws, assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    done = assay("scan", "s3://exports")
    assert done.code == 2
    assert "set AWS_PROFILE" in done.err


def test_a_scan_that_was_stopped_by_expired_credentials_is_gone_on_with(exports: Aws, assay: Assay) -> None:
    assert assay("catalog", "init", "--catalog", "kept.db").code == 0
    expired = exports.strict.expire("s3.GetObject", key=lambda key: key > "2026/100")
    done = assay("scan", "s3://exports", "--catalog", "kept.db", "--format", "jsonl", "--jobs", "1")
    assert done.code == 3
    # One more may not be read at all.
    assert len(of_kind(records(done.out), "gap")) == expired.met + 1
    exports.strict.calls.clear()
    exports.strict._injections.clear()
    done = assay("scan", "s3://exports", "--catalog", "kept.db", "--format", "jsonl", "--jobs", "1")
    assert done.code == 0
    assert len(exports.strict.calls.made("s3.GetObject")) == expired.met + 1
    assert len(of_kind(records(done.out), "classification")) == 152
