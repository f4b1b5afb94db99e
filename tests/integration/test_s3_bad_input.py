"""What a scan of a bucket may meet that is bad: odd keys, regions that are off, objects of no bytes. The rest is read all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from awsservers import REGION, Aws
from planting import of_kind, records
from s3plane import S3Plane

from assay.cli.__main__ import run
from assay.sources.s3.address import uri_of

SSN = b"The SSN is 512-44-7100\n"
KEYS = (
    "with space.txt",
    "a+b.txt",
    "a%2Fb.txt",
    "line\nbreak.txt",
    "tab\there.txt",
    "größe/漢字 😀.txt",
    "a&b=c?d#e.txt",
    "quote'\"<x>.txt",
    " leading and trailing .txt ",
    "~(x)!*.txt",
)


def scan(*arguments: str) -> tuple[int, list[dict[str, object]]]:
    code = run(["scan", *arguments, "--jobs", "1", "--format", "jsonl", "--output", "told.jsonl"])
    return code, records(Path("told.jsonl").read_bytes())


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_key_is_read_and_what_is_told_of_it_can_be_scanned_again(s3_plane: S3Plane) -> None:
    bucket, client = s3_plane.new_bucket(), s3_plane.client()
    for key in KEYS:
        client.put_object(Bucket=bucket, Key=key, Body=SSN)
    code, told = scan(f"s3://{bucket}")
    assert code == 0
    wanted = {uri_of(bucket, key) for key in KEYS}
    assert {str(each["resource"]): each["level"] for each in of_kind(told, "classification")} == dict.fromkeys(
        wanted, "restricted"
    )
    assert {str(each["resource"]) for each in of_kind(told, "finding")} == wanted
    for uri in sorted(wanted):
        code, again = scan(uri)
        assert (code, [each["resource"] for each in of_kind(again, "finding")]) == (0, [uri])


@pytest.fixture
def orders(aws: Aws) -> Aws:
    client = aws.client("s3")
    client.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key, body in (("a", SSN), ("b", SSN), ("empty", b"")):
        client.put_object(Bucket="orders", Key=key, Body=body)
    return aws


@pytest.mark.parametrize("refused", ["s3.GetObject", "s3.ListObjectsV2"])
def test_a_region_that_is_off_is_a_gap_and_other_targets_are_read(orders: Aws, refused: str) -> None:
    Path("here.txt").write_bytes(SSN)
    where = {"key": "a"} if refused == "s3.GetObject" else {}
    orders.strict.fail(refused, "OptInRequired", status=403, **where)
    code, told = scan("s3://orders", "here.txt")
    assert code == 3
    (gap,) = of_kind(told, "gap")
    resource = "s3://orders/a" if where else "s3://orders/"
    assert (gap["resource"], gap["reason"]) == (resource, "region disabled")
    assert "enable the bucket's region" in str(gap["detail"])
    levels = {str(each["resource"]): each["level"] for each in of_kind(told, "classification")}
    assert levels[resource] == "unclassified"
    assert levels[(Path.cwd() / "here.txt").as_uri()] == "restricted"
    assert not where or levels["s3://orders/b"] == "restricted"


def test_an_object_of_no_bytes_is_read_without_a_request(orders: Aws) -> None:
    code, told = scan("s3://orders")
    assert code == 0
    levels = {str(each["resource"]): each["level"] for each in of_kind(told, "classification")}
    assert levels["s3://orders/empty"] == "public"
    assert not orders.strict.calls.made("s3.GetObject", key="empty")
