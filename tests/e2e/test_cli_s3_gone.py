"""Objects that are not there any more leave the state of the catalog with a scan that listed all, and with no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from awsservers import REGION, Aws
from calling import Assay, Done
from planting import of_kind, records

from assay.model.options import ScanOptions

CSV = b"email,ssn\nada.park@posteo.de,512-44-7100\nlin.wren@posteo.de,512-44-7102\n"
UNSURE = b"The customer number 536904399 was here\n"
ALL = ("2026/a.csv", "2026/b c+d.csv", "2026/ü%2F.csv", "2027/e.csv", "f.csv", "unsure.txt")


@pytest.fixture
def lake(aws: Aws, assay: Assay) -> Aws:
    """A bucket whose objects a catalog has."""
    client = aws.client("s3")
    client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ALL[:-1]:
        client.put_object(Bucket="lake", Key=key, Body=CSV)
    client.put_object(Bucket="lake", Key="unsure.txt", Body=UNSURE)
    assert assay("catalog", "init", "--catalog", "kept.db").code == 0
    assert scan(assay).code == 0
    assert len(known(assay)) == len(ALL)
    return aws


def scan(assay: Assay, *arguments: str, target: str = "s3://lake") -> Done:
    return assay("scan", target, "--catalog", "kept.db", "--format", "jsonl", *arguments)


def known(assay: Assay, of: str = "classifications") -> list[str]:
    done = assay("catalog", "export", of, "--catalog", "kept.db", "--format", "jsonl")
    assert done.code == 0, done.err
    return sorted({json.loads(line)["resource"] for line in done.out.splitlines()})


def drop(aws: Aws, *keys: str) -> None:
    for key in keys:
        aws.client("s3").delete_object(Bucket="lake", Key=key)


def test_a_scan_of_the_bucket_ends_what_is_known_of_objects_that_are_gone(lake: Aws, assay: Assay) -> None:
    asked = assay("review", "list", "--catalog", "kept.db", "--format", "json")
    drop(lake, "2026/ü%2F.csv", "f.csv", "unsure.txt")
    done = scan(assay)
    assert done.code == 0
    assert "3 resources of the catalog not there any more" in done.err
    assert known(assay) == ["s3://lake/2026/a.csv", "s3://lake/2026/b%20c%2Bd.csv", "s3://lake/2027/e.csv"]
    assert known(assay, "columns") == known(assay)
    told = assay("catalog", "history", "s3://lake/f.csv", "--catalog", "kept.db", "--format", "json")
    of_object = [each for each in json.loads(told.out) if each["kind"] == "resource"]
    assert [(each["record"] or {}).get("level") for each in of_object] == ["restricted", None]
    left = assay("review", "list", "--catalog", "kept.db", "--format", "json")
    assert "s3://lake/unsure.txt" in asked.out
    assert "s3://lake/unsure.txt" not in left.out
    assert assay("audit", "verify", "--catalog", "kept.db").code == 0
    # Nothing is ended twice, and what comes back goes on.
    assert "not there any more" not in scan(assay).err
    lake.client("s3").put_object(Bucket="lake", Key="f.csv", Body=CSV)
    assert scan(assay).code == 0
    assert "s3://lake/f.csv" in known(assay)


def test_a_scan_of_a_part_ends_only_what_lay_in_it(lake: Aws, assay: Assay) -> None:
    drop(lake, "2026/a.csv", "2027/e.csv", "f.csv")
    assert scan(assay, target="s3://lake/2026/").code == 0
    assert [each for each in known(assay) if "/2026/" not in each] == [
        "s3://lake/2027/e.csv",
        "s3://lake/f.csv",
        "s3://lake/unsure.txt",
    ]
    assert "s3://lake/2026/a.csv" not in known(assay)
    lake.client("s3").put_object(Bucket="lake", Key="g.csv", Body=CSV)
    assert scan(assay, target="s3://lake/g.csv").code == 0
    assert "s3://lake/f.csv" in known(assay)


def test_what_is_left_out_by_a_pattern_is_there_nevertheless(lake: Aws, assay: Assay) -> None:
    drop(lake, "f.csv")
    assert scan(assay, "--exclude", "2026/").code == 0
    assert len(known(assay)) == len(ALL) - 1


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_list_that_breaks_off_says_nothing_of_the_rest(lake: Aws, assay: Assay, after: int) -> None:
    drop(lake, "2026/a.csv", "f.csv")
    lake.strict.pages(1)
    seen = 0

    def is_late(_: object) -> bool:
        nonlocal seen
        seen += 1
        return seen > after

    lake.strict.deny("s3.ListObjectsV2", bucket=is_late)
    assert scan(assay).code == 3
    kept = known(assay)
    # What could not be listed is a resource of its own, as long as it cannot be.
    assert (len(kept), kept[0]) == (len(ALL) + 1, "s3://lake/")
    lake.strict._injections.clear()
    assert scan(assay).code == 0
    assert known(assay) == sorted(set(kept) - {"s3://lake/", "s3://lake/2026/a.csv", "s3://lake/f.csv"})


def test_an_object_that_may_not_be_read_is_there(lake: Aws, assay: Assay) -> None:
    lake.client("s3").put_object(Bucket="lake", Key="f.csv", Body=CSV + b"x")
    lake.strict.deny("s3.GetObject", key="f.csv")
    done = scan(assay)
    assert done.code == 3
    assert [gap["reason"] for gap in of_kind(records(done.out), "gap")] == ["access denied"]
    assert len(known(assay)) == len(ALL)


def test_a_scan_that_was_interrupted_ends_nothing_and_goes_on(
    lake: Aws, assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(lake, "2026/a.csv")
    from assay.app.scan.tallying import Tallying

    with monkeypatch.context() as patch:

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(Tallying, "left_out", stop)
        assert scan(assay).code == 130
    assert len(known(assay)) == len(ALL)
    assert scan(assay, "--resume").code == 0
    assert len(known(assay)) == len(ALL) - 1


def test_objects_that_were_not_drawn_are_there(lake: Aws, assay: Assay) -> None:
    from assay.app.config.settings import load_settings
    from assay.app.scan.keeping import Wanted
    from assay.app.scan.line import scan as line

    drop(lake, "f.csv")
    options = ScanOptions(sample=40.0, sample_objects=2)
    for _ in line(["s3://lake"], options, settings=load_settings(), wanted=Wanted(url="kept.db")):
        pass
    assert len(known(assay)) == len(ALL)
    options = ScanOptions(sample=40.0, sample_objects=9)
    for _ in line(["s3://lake"], options, settings=load_settings(), wanted=Wanted(url="kept.db")):
        pass
    assert len(known(assay)) == len(ALL) - 1


def test_versions_and_objects_are_listed_by_scans_of_their_own(lake: Aws, assay: Assay) -> None:
    client = lake.client("s3")
    client.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    version = client.put_object(Bucket="lake", Key="h.csv", Body=CSV)["VersionId"]
    kept = client.put_object(Bucket="lake", Key="h.csv", Body=CSV + b"x")["VersionId"]
    assert scan(assay, "--versions").code == 0
    assert scan(assay).code == 0
    before = known(assay)
    client.delete_object(Bucket="lake", Key="h.csv")
    client.delete_object(Bucket="lake", Key="h.csv", VersionId=version)
    assert scan(assay).code == 0
    assert set(before) - set(known(assay)) == {"s3://lake/h.csv"}
    assert scan(assay, "--versions").code == 0
    assert set(before) - set(known(assay)) == {"s3://lake/h.csv", f"s3://lake/h.csv?versionId={version}"}
    assert f"s3://lake/h.csv?versionId={kept}" in known(assay)


def test_an_inventory_is_a_list_of_another_day(lake: Aws, assay: Assay, tmp_path: Path) -> None:
    import gzip

    manifest = tmp_path / "manifest.json"
    told = {
        "sourceBucket": "lake",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, ETag",
        "files": [{"key": "data/list.csv.gz"}],
    }
    manifest.write_text(json.dumps(told))
    etag = lake.client("s3").head_object(Bucket="lake", Key="f.csv")["ETag"].strip('"')
    (tmp_path / "list.csv.gz").write_bytes(gzip.compress(f'"lake","f.csv","{len(CSV)}","{etag}"\n'.encode()))
    assert scan(assay, "--inventory", str(manifest)).code == 0
    assert len(known(assay)) == len(ALL)


def test_a_bucket_that_was_emptied(lake: Aws, assay: Assay) -> None:
    drop(lake, *ALL)
    assert scan(assay).code == 0
    assert known(assay) == []
