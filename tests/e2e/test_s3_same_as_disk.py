"""The same files from a folder and from a bucket: the same findings, at the same places, and the same tables."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from s3plane import S3Plane
from tablefiles import WRITERS, written
from test_every_format import CASES, body_of

import assay
from assay.report.jsonlines import encode
from assay.sources.s3 import opener, stream

_PEOPLE = "wren{0}.halloway@posteo.de,512-44-7{0:03},Oslo {0}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of every format, planted; every kind of table file; and names that are hard to write."""
    place = tmp_path_factory.mktemp("corpus")
    for case in CASES:
        (place / case.name).write_bytes(case.pack(body_of(case)))
    for writer in WRITERS:
        at = place / "tables" / writer
        at.mkdir(parents=True)
        written(writer, at)
    for name in ("with space.txt", "ünï.txt", "a+b.txt", "a%2Fb.txt", "q?x#y.txt", "'\"&.txt", "empty.txt"):
        (place / name).write_text("" if name == "empty.txt" else "SSN 512-44-7100, wren1.halloway@posteo.de\n")
    rows = "mail,ssn,city\n" + "".join(_PEOPLE.format(number % 900 + 100) for number in range(20_000))
    (place / "many.csv").write_text(rows)
    with zipfile.ZipFile(place / "stored.zip", "w") as packed:
        packed.writestr("noise.bin", random.Random(1).randbytes(300_000))
        packed.writestr("in/many.csv", rows)
    return place


def uploaded(client: Any, bucket: str, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            client.put_object(Bucket=bucket, Key=str(path.relative_to(folder)), Body=path.read_bytes())


def told(target: str, **options: Any) -> dict[str, list[dict[str, Any]]]:
    """All records by the name below the target."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in assay.scan(target, jobs=1, gitignore=False, **options):
        line = json.loads(encode(record))
        if line["kind"] != "summary":
            found.setdefault(line.pop("resource").removeprefix(target).strip("/"), []).append(line)
    return found


@pytest.fixture(scope="module")
def from_disk(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found = told(folder.as_uri())
    assert sum(record["kind"] == "finding" for records in found.values() for record in records) > 80_000
    return found


@pytest.fixture(params=["whole", "by ranges"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small objects come whole; with these sizes all of them come as large ones do."""
    if request.param == "by ranges":
        monkeypatch.setattr(opener, "SMALL", 0)
        for name, size in {"_FIRST": 70_000, "_LEAST": 1_000, "MOST": 200_000, "_KEPT": 500_000}.items():
            monkeypatch.setattr(stream, name, size)
    return str(request.param)


def test_the_emulator_gives_what_the_disk_gives(aws: Aws, folder: Path, from_disk: Any, how: str) -> None:
    client = aws.client("s3")
    client.create_bucket(Bucket="corpus", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    uploaded(client, "corpus", folder)
    _same(told("s3://corpus"), from_disk)


def test_a_real_data_plane_gives_what_the_disk_gives(s3_plane: S3Plane, folder: Path, from_disk: Any, how: str) -> None:
    bucket = s3_plane.new_bucket()
    uploaded(s3_plane.client(), bucket, folder)
    _same(told(f"s3://{bucket}"), from_disk)


def test_samples_are_the_same(s3_plane: S3Plane, tmp_path: Path) -> None:
    text = "".join(f"line {number}: {'x' * (number % 97)}\n" for number in range(50_000))
    for at, name in ((0, "start.log"), (len(text) // 2, "middle.log"), (len(text), "end.log")):
        body = f"{text[:at]}\nSSN 512-44-7100, wren1.halloway@posteo.de\n{text[at:]}"
        (tmp_path / name).write_text(body)
    bucket = s3_plane.new_bucket()
    uploaded(s3_plane.client(), bucket, tmp_path)
    few: dict[str, Any] = {"sample": 100.0, "sample_bytes": 100_000}
    found = told(f"s3://{bucket}", **few)
    _same(found, told(tmp_path.as_uri(), **few))
    for records in found.values():
        *findings, whole = records
        assert {record["identifier"] for record in findings} == {"SSN", "EMAIL"}
        assert whole["coverage"]["bytes_read"] == 3 * 512 * 1024 < whole["coverage"]["bytes_total"]


def _same(found: dict[str, list[dict[str, Any]]], wanted: dict[str, list[dict[str, Any]]]) -> None:
    assert found.keys() == wanted.keys()
    for name, records in wanted.items():
        assert found[name] == records, name
