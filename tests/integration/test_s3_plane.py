"""Objects of a real S3 server, through the sessions that everything of AWS stands on."""

from __future__ import annotations

from typing import Any

import pytest
from s3plane import S3Plane

from assay.aws.access import Access
from assay.aws.failures import ACCESS_DENIED, NO_CREDENTIALS, NOT_FOUND, failure_of, refusals
from assay.aws.paging import items, pages
from assay.aws.session import Session

CALLS = frozenset(
    f"s3.{name}"
    for name in (
        "PutObject", "GetObject", "HeadObject", "ListObjectsV2", "PutObjectTagging", "GetObjectTagging", "ListBuckets",
        "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload",
    )
)  # fmt: skip
HARD_KEYS = [
    "a b.csv",
    "a+b.csv",
    "a%2Fb.csv",
    "a/b/c.csv",
    "größe/漢字.csv",
    "a&b=c?d#e.csv",
    "line\nbreak.csv",
]


@pytest.fixture
def bucket(s3_plane: S3Plane) -> str:
    return s3_plane.new_bucket()


@pytest.fixture
def s3(s3_plane: S3Plane) -> Any:
    return Session(Access(), CALLS).client("s3")


def test_what_is_put_is_got(s3: Any, bucket: str) -> None:
    body = bytes(range(256)) * 5_000
    tag = s3.put_object(Bucket=bucket, Key="data.bin", Body=body, ContentType="text/csv")["ETag"]
    got = s3.get_object(Bucket=bucket, Key="data.bin")
    assert got["Body"].read() == body
    head = s3.head_object(Bucket=bucket, Key="data.bin")
    assert (head["ContentLength"], head["ETag"], head["ContentType"]) == (len(body), tag, "text/csv")
    assert head["LastModified"].tzinfo is not None


@pytest.mark.parametrize(
    ("asked", "expected", "told"),
    [
        ("bytes=0-9", slice(0, 10), "bytes 0-9/100000"),
        ("bytes=99990-", slice(99_990, None), "bytes 99990-99999/100000"),
        ("bytes=-5", slice(-5, None), "bytes 99995-99999/100000"),
        ("bytes=50000-50999", slice(50_000, 51_000), "bytes 50000-50999/100000"),
    ],
)
def test_ranges(s3: Any, bucket: str, asked: str, expected: slice, told: str) -> None:
    body = bytes(number % 251 for number in range(100_000))
    s3.put_object(Bucket=bucket, Key="x", Body=body)
    got = s3.get_object(Bucket=bucket, Key="x", Range=asked)
    assert got["Body"].read() == body[expected]
    assert got["ContentRange"] == told


def test_a_range_behind_the_end(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"12345")
    with pytest.raises(refusals()) as caught:
        s3.get_object(Bucket=bucket, Key="x", Range="bytes=10-20")
    assert failure_of(caught.value).code == "InvalidRange"


def test_an_empty_object(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    assert s3.get_object(Bucket=bucket, Key="empty")["Body"].read() == b""
    assert s3.head_object(Bucket=bucket, Key="empty")["ContentLength"] == 0


@pytest.mark.parametrize("key", HARD_KEYS)
def test_keys_of_all_kinds(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"
    assert [one["Key"] for one in items(s3, "list_objects_v2", "Contents", Bucket=bucket)] == [key]


def test_lists_come_in_pages_in_order(s3: Any, bucket: str) -> None:
    keys = sorted(f"{folder}/{number:03}" for folder in "abc" for number in range(9))
    for key in reversed(keys):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    small = {"Bucket": bucket, "PaginationConfig": {"PageSize": 4}}
    found = list(pages(s3, "list_objects_v2", **small))
    assert [one["Key"] for page in found for one in page.get("Contents", ())] == keys
    assert len(found) >= 7
    some = items(s3, "list_objects_v2", "Contents", Prefix="b/", **small)
    assert [one["Key"] for one in some] == [key for key in keys if key.startswith("b/")]
    later = items(s3, "list_objects_v2", "Contents", StartAfter="b/004", **small)
    assert [one["Key"] for one in later] == [key for key in keys if key > "b/004"]


def test_objects_in_parts(s3: Any, bucket: str) -> None:
    part = b"a" * 5 * 1024 * 1024
    upload = s3.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"]
    here = {"Bucket": bucket, "Key": "large", "UploadId": upload}
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**here, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate([part, b"end"], start=1)
    ]
    s3.complete_multipart_upload(**here, MultipartUpload={"Parts": parts})
    assert s3.head_object(Bucket=bucket, Key="large")["ContentLength"] == len(part) + 3
    across = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={len(part) - 2}-{len(part) + 2}")
    assert across["Body"].read() == b"aaend"


def test_tags(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    tags = [{"Key": "level", "Value": "restricted"}]
    s3.put_object_tagging(Bucket=bucket, Key="x", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="x")["TagSet"] == tags


def test_failures_have_their_reasons(s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(refusals()) as caught:
        s3.get_object(Bucket=bucket, Key="none")
    assert failure_of(caught.value)[:2] == (NOT_FOUND, "NoSuchKey")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(refusals()) as caught:
        Session(Access(), CALLS).client("s3").get_object(Bucket=bucket, Key="none")
    assert failure_of(caught.value).reason in (NO_CREDENTIALS, ACCESS_DENIED)
