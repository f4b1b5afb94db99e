"""Buckets as AWS has them: versions, archives, owners, payers; what is refused; what has not changed."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from cutting import cutting

import assay
from assay.app.permissions import calls_of
from assay.aws.access import Access
from assay.errors import AwsError, UsageError
from assay.model import Classification, Finding, Gap, Skip, Summary
from assay.sources.s3 import opener, stream
from assay.sources.s3.options import S3Options
from assay.store.engine import open_catalog

SSN = b"The SSN is 512-44-7100\n"
MAIL = b"Write to wren1.halloway@posteo.de\n"


@pytest.fixture
def bucket(aws: Aws) -> str:
    return made(aws, "orders")


def made(aws: Aws, name: str) -> str:
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def put(aws: Aws, bucket: str, **objects: bytes) -> None:
    """Objects by key; `__` stands for a slash."""
    for key, body in objects.items():
        aws.client("s3").put_object(Bucket=bucket, Key=key.replace("__", "/"), Body=body)


def scan(target: str, **options: Any) -> list[Any]:
    return list(assay.scan(target, jobs=1, **options))


def gaps(records: list[Any]) -> dict[str, str]:
    return {record.resource: record.reason for record in records if isinstance(record, Gap)}


def levels(records: list[Any]) -> dict[str, str]:
    return {record.resource: str(record.level) for record in records if isinstance(record, Classification)}


def test_one_object_that_may_not_be_read_leaves_the_others(aws: Aws, bucket: str) -> None:
    put(aws, bucket, a=SSN, b=SSN, c=MAIL)
    aws.strict.deny("s3.GetObject", bucket=bucket, key="b")
    found = scan("s3://orders")
    assert gaps(found) == {"s3://orders/b": "access denied"}
    assert levels(found) == {
        "s3://orders/a": "restricted",
        "s3://orders/b": "unclassified",
        "s3://orders/c": "internal",
    }
    (gap,) = [record for record in found if isinstance(record, Gap)]
    assert "s3:GetObject" in gap.detail


def test_a_bucket_that_may_not_be_listed_is_a_gap(aws: Aws, bucket: str) -> None:
    aws.strict.deny("s3.ListObjectsV2")
    found = scan("s3://orders")
    assert gaps(found) == {"s3://orders/": "access denied"}
    assert levels(found) == {"s3://orders/": "unclassified"}


def test_what_cannot_be_listed_on_is_a_gap_and_what_was_listed_is_read(aws: Aws, bucket: str) -> None:
    put(aws, bucket, **{f"k{number}": MAIL for number in range(6)})
    aws.strict.pages(2)
    aws.strict.deny("s3.ListObjectsV2", ContinuationToken=lambda token: token is not None)
    found = scan("s3://orders")
    assert gaps(found) == {"s3://orders/": "access denied"}
    assert len(levels(found)) == 3


def test_every_page_of_every_folder_is_listed_once_and_in_order(aws: Aws, bucket: str) -> None:
    keys = [f"{top}/{sub}/{number}" for top in ("a", "b", "c") for sub in ("x", "y") for number in range(5)]
    keys += ["a-", "a.txt", "b", "z"]
    put(aws, bucket, **{key.replace("/", "__"): b"" for key in keys})
    aws.strict.pages(2)
    found = scan("s3://orders")
    assert list(levels(found)) == [f"s3://orders/{key}" for key in sorted(keys)]
    assert not gaps(found)


def test_a_folder_that_may_not_be_listed_leaves_the_others(aws: Aws, bucket: str) -> None:
    put(aws, bucket, **{f"{top}__{number}": b"" for top in "abc" for number in range(5)})
    aws.strict.pages(3)
    aws.strict.deny("s3.ListObjectsV2", Prefix="b/")
    found = scan("s3://orders")
    assert gaps(found) == {"s3://orders/b/": "access denied"}
    assert len(levels(found)) == 11


def test_a_key_that_may_not_be_used(aws: Aws, bucket: str) -> None:
    made_key = aws.client("kms").create_key()["KeyMetadata"]
    key = made_key["Arn"]
    aws.client("s3").put_object(Bucket=bucket, Key="locked", Body=SSN, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    put(aws, bucket, open=MAIL)
    aws.strict.deny_key(key)
    found = scan("s3://orders")
    assert gaps(found) == {"s3://orders/locked": "key denied"}
    assert levels(found)["s3://orders/open"] == "internal"
    aws.client("kms").disable_key(KeyId=made_key["KeyId"])
    assert gaps(scan("s3://orders")) == {"s3://orders/locked": "key denied"}


def test_throttling_is_waited_for_and_then_a_gap(aws: Aws, bucket: str) -> None:
    put(aws, bucket, a=SSN, b=SSN)
    met = aws.strict.throttle("s3.GetObject", key="a", times=2)
    assert levels(scan("s3://orders"))["s3://orders/a"] == "restricted"
    assert met.met == 2
    aws.strict.throttle("s3.GetObject", key="b")
    found = scan("s3://orders")
    assert gaps(found) == {"s3://orders/b": "throttled"}
    assert levels(found)["s3://orders/a"] == "restricted"


def test_credentials_that_expire_leave_gaps(aws: Aws, bucket: str) -> None:
    put(aws, bucket, a=SSN, b=SSN, c=SSN)
    aws.strict.expire("s3.GetObject", key=lambda key: key in "bc")
    found = scan("s3://orders")
    assert gaps(found) == {"s3://orders/b": "credentials expired", "s3://orders/c": "credentials expired"}
    assert "--resume" in next(record.detail for record in found if isinstance(record, Gap))
    assert levels(found)["s3://orders/a"] == "restricted"


def test_credentials_that_are_expired_or_unknown_are_told_before_anything_else(aws: Aws, bucket: str) -> None:
    aws.strict.expire()
    with pytest.raises(AwsError, match="ExpiredToken"):
        scan("s3://orders")
    aws.strict.reset()
    aws.strict.disable_region(REGION)
    with pytest.raises(AwsError, match="InvalidToken"):
        scan("s3://orders")


def test_a_bucket_or_a_prefix_that_is_not_there(aws: Aws, bucket: str) -> None:
    put(aws, bucket, data__a=MAIL, database=MAIL)
    with pytest.raises(UsageError, match="no bucket 'nothing-here'"):
        scan("s3://nothing-here")
    with pytest.raises(UsageError, match="no object of this name"):
        scan("s3://orders/dat")
    assert list(levels(scan("s3://orders/data"))) == ["s3://orders/data/a"]
    assert list(levels(scan("s3://orders/dat*"))) == ["s3://orders/data/a", "s3://orders/database"]
    assert list(levels(scan("s3://orders/database"))) == ["s3://orders/database"]


def test_an_empty_bucket_is_no_mistake(aws: Aws, bucket: str) -> None:
    (summary,) = scan("s3://orders")
    assert isinstance(summary, Summary)
    assert summary.resources == 0


def test_an_object_that_is_deleted_or_changed_after_it_was_listed(aws: Aws, bucket: str) -> None:
    put(aws, bucket, a=SSN, b=SSN, c=SSN)
    aws.strict.before("s3.GetObject", lambda: aws.client("s3").delete_object(Bucket=bucket, Key="a"), key="a")
    aws.strict.before("s3.GetObject", lambda: put(aws, bucket, b=MAIL), key="b")
    found = scan("s3://orders")
    assert gaps(found) == {"s3://orders/a": "vanished", "s3://orders/b": "changed"}
    assert levels(found)["s3://orders/c"] == "restricted"


def test_an_object_that_changes_between_two_ranges_is_a_gap_and_no_mix(
    aws: Aws, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranged(monkeypatch)
    put(aws, bucket, a=SSN * 20_000)
    changed = aws.strict.before(
        "s3.GetObject", lambda: put(aws, bucket, a=MAIL * 20_000), Range=lambda asked: not asked.startswith("bytes=0-")
    )
    found = scan("s3://orders")
    assert changed.met == 1
    assert gaps(found) == {"s3://orders/a": "changed"}
    assert {record.identifier for record in found if isinstance(record, Finding)} <= {"SSN"}


def ranged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects are read by ranges as large ones are, with ranges that are shorter."""
    monkeypatch.setattr(opener, "SMALL", 0)
    for name, size in {"_FIRST": 70_000, "_LEAST": 10_000, "MOST": 100_000}.items():
        monkeypatch.setattr(stream, name, size)


@pytest.mark.parametrize("how", ["whole", "by ranges"])
def test_a_body_that_breaks_off_is_gone_on_with_where_it_did(
    aws: Aws, bucket: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "by ranges":
        ranged(monkeypatch)
    body = b"".join(b"line %d, 512-44-7%03d\n" % (number, number % 1000) for number in range(20_000))
    put(aws, bucket, a=body)
    wanted = [record for record in scan("s3://orders") if isinstance(record, Finding)]
    with cutting(aws.url) as proxy:
        proxy.cuts, proxy.after = 3, 40_000
        found = scan("s3://orders", s3=S3Options(access=Access(endpoint_url=proxy.url)))
        assert proxy.cuts == 0
    assert not gaps(found)
    assert [record for record in found if isinstance(record, Finding)] == wanted
    again = aws.strict.calls.made("s3.GetObject", Range=lambda asked: asked is not None)
    assert len(again) >= 3


def test_a_body_that_breaks_off_again_and_again_is_a_gap(
    aws: Aws, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "_WAITS", (0.0, 0.0))
    put(aws, bucket, a=SSN * 20_000)
    with cutting(aws.url) as proxy:
        proxy.cuts, proxy.after = 100, 20_000
        found = scan("s3://orders", s3=S3Options(access=Access(endpoint_url=proxy.url)))
    assert gaps(found) == {"s3://orders/a": "incomplete"}


def test_nobody_listens(aws: Aws, bucket: str) -> None:
    with pytest.raises(AwsError, match="--endpoint-url"):
        scan("s3://orders", s3=S3Options(access=Access(endpoint_url="http://127.0.0.1:9")))


def test_objects_in_archives_are_skipped(aws: Aws, bucket: str) -> None:
    for key, storage in (("a", "GLACIER"), ("b", "DEEP_ARCHIVE"), ("c", "GLACIER_IR"), ("d", "STANDARD_IA")):
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=SSN, StorageClass=storage)
    found = scan("s3://orders")
    skips = {record.resource: record.reason for record in found if isinstance(record, Skip)}
    assert skips == {"s3://orders/a": "archived", "s3://orders/b": "archived"}
    assert not aws.strict.calls.made("s3.GetObject", key="a")
    told = levels(found)
    assert (told["s3://orders/a"], told["s3://orders/c"], told["s3://orders/d"]) == (
        "unclassified",
        "restricted",
        "restricted",
    )


def test_folders_and_empty_objects_are_not_asked_for(aws: Aws, bucket: str) -> None:
    put(aws, bucket, folder__=b"", folder__empty=b"", folder__a=MAIL)
    assert levels(scan("s3://orders")) == {"s3://orders/folder/a": "internal", "s3://orders/folder/empty": "public"}
    assert [call.parameters["Key"] for call in aws.strict.calls.made("s3.GetObject")] == ["folder/a"]


def test_versions(aws: Aws, bucket: str) -> None:
    client = aws.client("s3")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    versions = [client.put_object(Bucket=bucket, Key="a", Body=body)["VersionId"] for body in (SSN, MAIL)]
    put(aws, bucket, a2=MAIL, gone=SSN)
    client.delete_object(Bucket=bucket, Key="gone")
    assert levels(scan("s3://orders")) == {"s3://orders/a": "internal", "s3://orders/a2": "internal"}
    found = levels(scan("s3://orders", s3=S3Options(versions=True)))
    assert found[f"s3://orders/a?versionId={versions[0]}"] == "restricted"
    assert found[f"s3://orders/a?versionId={versions[1]}"] == "internal"
    assert len(found) == 4
    one = f"s3://orders/a?versionId={versions[0]}"
    assert levels(scan(one)) == {one: "restricted"}
    aws.strict.pages(1)
    assert len(levels(scan("s3://orders/a", s3=S3Options(versions=True)))) == 2


def test_who_pays_and_whose_bucket_it_is(aws: Aws, bucket: str) -> None:
    put(aws, bucket, a=SSN)
    found = scan("s3://orders", s3=S3Options(request_payer=True, owner=ACCOUNT))
    assert levels(found) == {"s3://orders/a": "restricted"}
    for name in ("s3.ListObjectsV2", "s3.GetObject"):
        assert aws.strict.calls.made(name, RequestPayer="requester", ExpectedBucketOwner=ACCOUNT)
    assert gaps(scan("s3://orders", s3=S3Options(owner="210987654321"))) == {"s3://orders/": "access denied"}
    (gap,) = [each for each in scan("s3://orders", s3=S3Options(owner="210987654321")) if isinstance(each, Gap)]
    assert gap.detail.endswith("on the bucket, and look whether the bucket is of account 210987654321")


def test_patterns_leave_out_keys_below_the_target(aws: Aws, bucket: str) -> None:
    put(aws, bucket, data__a=SSN, data__old__b=SSN)
    found = scan("s3://orders/data/", exclude=("/old/",))
    assert list(levels(found)) == ["s3://orders/data/a", "s3://orders/data/old/b"]
    assert [record.reason for record in found if isinstance(record, Skip)] == ["excluded"]


def test_what_has_not_changed_is_not_fetched(aws: Aws, bucket: str, tmp_path: Path) -> None:
    put(aws, bucket, a=SSN, b=MAIL, c=b"email,ssn\nwren1.halloway@posteo.de,512-44-7100\n" * 3)
    catalog = str(tmp_path / "catalog.sqlite")
    open_catalog(catalog, create=True).close()
    first = scan("s3://orders", catalog=catalog)
    aws.strict.calls.clear()
    again = scan("s3://orders", catalog=catalog)
    assert set(aws.strict.calls.names()) == {"s3.ListObjectsV2"}
    assert levels(again) == levels(first)
    assert [record for record in again if isinstance(record, Finding)] == [
        record for record in first if isinstance(record, Finding)
    ]
    put(aws, bucket, b=SSN)
    aws.client("s3").delete_object(Bucket=bucket, Key="a")
    aws.strict.calls.clear()
    third = levels(scan("s3://orders", catalog=catalog))
    assert third == {"s3://orders/b": "restricted", "s3://orders/c": "restricted"}
    assert [call.parameters["Key"] for call in aws.strict.calls.made("s3.GetObject")] == ["b"]


def test_targets_that_lie_in_each_other_are_read_once(aws: Aws, bucket: str) -> None:
    from assay.app.config.settings import load_settings
    from assay.app.scan.line import scan as line
    from assay.model.options import ScanOptions

    put(aws, bucket, data__a=SSN, b=SSN)
    found = list(line(["s3://orders", "s3://orders/data/"], ScanOptions(jobs=1), settings=load_settings()))
    assert list(levels(found)) == ["s3://orders/b", "s3://orders/data/a"]


def test_an_inventory_takes_the_place_of_the_list(aws: Aws, bucket: str, tmp_path: Path) -> None:
    put(aws, bucket, data__a=SSN, other=MAIL, stale=SSN)
    client = aws.client("s3")
    client.put_object(Bucket=bucket, Key="data/a b+ü.txt", Body=MAIL)
    rows = inventoried(client, bucket)
    put(aws, bucket, stale=MAIL + MAIL, later=SSN)
    in_csv = csv_inventory(tmp_path, bucket, rows)
    in_bucket = parquet_inventory(aws, bucket, rows)
    wanted = {
        "s3://orders/data/a": "restricted",
        "s3://orders/data/a%20b%2B%C3%BC.txt": "internal",
        "s3://orders/other": "internal",
        "s3://orders/stale": "unclassified",
    }
    for place in (in_csv, in_bucket):
        aws.strict.calls.clear()
        found = scan("s3://orders", s3=S3Options(inventory=place))
        assert levels(found) == wanted
        assert gaps(found) == {"s3://orders/stale": "changed"}
        assert "s3.ListObjectsV2" not in aws.strict.calls.names()
        assert len(levels(scan("s3://orders/data", s3=S3Options(inventory=place)))) == 2


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ("{", "is no manifest"),
        ('{"sourceBucket": "orders"}', "is no manifest"),
        ('{"sourceBucket": "other", "fileFormat": "CSV", "fileSchema": "Key, Size", "files": []}', "of the bucket 'other'"),
        ('{"sourceBucket": "orders", "fileFormat": "ORC", "files": []}', "CSV and Parquet"),
        ('{"sourceBucket": "orders", "fileFormat": "CSV", "fileSchema": "Bucket, Key", "files": []}', "add Size"),
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be_used(aws: Aws, bucket: str, tmp_path: Path, manifest: str, told: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(UsageError, match=told):
        scan("s3://orders", s3=S3Options(inventory=str(tmp_path / "manifest.json")))


def test_a_list_of_an_inventory_that_is_not_there_is_a_gap(aws: Aws, bucket: str, tmp_path: Path) -> None:
    place = csv_inventory(tmp_path, bucket, [])
    (tmp_path / "list.csv.gz").unlink()
    assert gaps(scan("s3://orders", s3=S3Options(inventory=place))) == {"s3://orders/": "unreadable"}


def inventoried(client: Any, bucket: str) -> list[dict[str, Any]]:
    return [
        {"Bucket": bucket, "Key": item["Key"], "Size": item["Size"], "ETag": item["ETag"].strip('"')}
        for item in client.list_objects_v2(Bucket=bucket)["Contents"]
    ]


def csv_inventory(folder: Path, bucket: str, rows: list[dict[str, Any]]) -> str:
    from urllib.parse import quote_plus

    lines = [f'"{bucket}","{quote_plus(row["Key"])}","{row["Size"]}","{row["ETag"]}"\n' for row in rows]
    (folder / "list.csv.gz").write_bytes(gzip.compress("".join(lines).encode()))
    manifest = {
        "sourceBucket": bucket,
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, ETag",
        "files": [{"key": "inventories/orders/all/data/list.csv.gz"}],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return str(folder / "manifest.json")


def parquet_inventory(aws: Aws, bucket: str, rows: list[dict[str, Any]]) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made(aws, "inventories")
    names = {"Bucket": "bucket", "Key": "key", "Size": "size", "ETag": "e_tag"}
    packed = io.BytesIO()
    pq.write_table(pa.table({names[name]: [row[name] for row in rows] for name in names}), packed)
    manifest = {
        "sourceBucket": bucket,
        "destinationBucket": "arn:aws:s3:::inventories",
        "fileFormat": "Parquet",
        "fileSchema": "message s3.inventory { required binary bucket (UTF8); }",
        "files": [{"key": "all/data/list.parquet"}],
    }
    client = aws.client("s3")
    client.put_object(Bucket="inventories", Key="all/data/list.parquet", Body=packed.getvalue())
    client.put_object(Bucket="inventories", Key="all/manifest.json", Body=json.dumps(manifest).encode())
    return "s3://inventories/all/manifest.json"


def test_calls_are_those_that_are_declared(aws: Aws, bucket: str) -> None:
    put(aws, bucket, a=SSN)
    aws.strict.calls.clear()
    scan("s3://orders")
    scan("s3://orders", s3=S3Options(versions=True))
    made_calls = set(aws.strict.calls.names())
    assert made_calls <= calls_of("scan")
    # Who calls is never asked; a bucket's region is only where S3 tells that it is another, which the emulator does not.
    declared = {name for name in calls_of("scan") if not name.startswith(("dynamodb.", "kinesis."))}
    assert declared - made_calls == {"sts.GetCallerIdentity", "s3.HeadBucket"}


def test_nothing_clear_is_told_of_what_fails(aws: Aws, bucket: str, caplog: pytest.LogCaptureFixture) -> None:
    put(aws, bucket, a=SSN, b=SSN, c=b"PK\x03\x04" + SSN * 3)
    aws.strict.fail("s3.GetObject", "InternalError", "of 512-44-7100", status=400, key="a")
    with caplog.at_level("DEBUG", logger="assay"):
        found = scan("s3://orders")
    assert gaps(found)["s3://orders/a"] == "refused"
    assert "512-44-7100" not in repr(found)
    assert "512-44-7100" not in caplog.text
