"""`assay protect anomalies`, as a user calls it: files of a trail in a folder and in a bucket."""

from __future__ import annotations

import gzip
import json
import random
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from awsservers import REGION, Aws
from calling import Assay, Done
from tagging_for_tests import classify, known

from assay.model import Level
from assay.store.engine import open_catalog

START = date(2026, 1, 5).toordinal()
ACCOUNT = "123456789012"


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    with open_catalog("catalog.db", create=True) as catalog:
        classify(catalog, {"s3://lake/people/1.csv": known(Level.RESTRICTED)})
    return tmp_path


def of_day(day: int, attack: bool, r: random.Random) -> list[dict[str, Any]]:
    told = []
    for number in range(9):
        told += [
            (f"user{number}", r.randint(8, 16), "203.0.113.9", f"people/{r.randint(1, 40)}.csv", "eu-west-1")
            for _ in range(r.randint(5, 9))
        ]
    if attack:
        told += [("user4", 2, "198.51.100.7", f"people/{n}.csv", "sa-east-1") for n in range(60)]
    return [
        {
            "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/{who}", "accountId": ACCOUNT},
            "eventTime": f"{date.fromordinal(day)}T{hour:02}:15:00Z", "eventName": "GetObject", "awsRegion": region,
            "sourceIPAddress": address, "userAgent": "[aws-cli/2.15]", "eventID": f"{day}-{number}",
            "requestParameters": {"bucketName": "lake", "key": key},
        }
        for number, (who, hour, address, key, region) in enumerate(told)
    ]  # fmt: skip


def name_of(day: int, hour: str = "2355") -> str:
    when = date.fromordinal(day).strftime("%Y%m%d")
    return f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/{when[:4]}/{when[4:6]}/{when[6:]}/{ACCOUNT}_CloudTrail_eu-west-1_{when}T{hour}Z_Ab1.json.gz"


def write(folder: Path, name: str, records: list[Any]) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))


def lines(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_folder_read_in_parts(assay: Assay, place: Path) -> None:
    r = random.Random(4)
    days = [START + n for n in range(89) if n % 7 < 5]
    for day in days[:-1]:
        write(place / "logs", name_of(day), of_day(day, False, r))
    first = assay("protect", "anomalies", "logs", "--habits", "habits.json")
    assert first.code == 0, first.err
    assert f"{len(days) - 1} new files" in first.out
    assert (place / "habits.json").stat().st_mode & 0o777 == 0o600
    last = of_day(days[-1], True, r)
    write(place / "logs", name_of(days[-1]), [*last, *last[:3], {"eventName": 5}, 7])
    write(place / "logs", name_of(days[-1] + 1, "0400"), [])
    (place / "logs" / name_of(days[-1], "2357")).write_bytes(b"\x1f\x8b\x08broken")
    # What lies beside the logs of a trail is none of them.
    write(place / "logs", name_of(days[-1]).replace("CloudTrail", "CloudTrail-Digest"), [{}])
    found = assay("protect", "anomalies", "logs", "--habits", "habits.json", "--format", "jsonl")
    alert, gap, total = lines(found)
    assert found.code == 1
    assert (alert["kind"], alert["principal"]) == ("anomaly", f"arn:aws:iam::{ACCOUNT}:user/user4")
    assert (alert["level"], alert["places"][0]["resource"]) == ("restricted", "s3://lake")
    assert {"region", "network", "hour"} <= {reason["name"] for reason in alert["reasons"]}
    assert alert["in_words"][0].startswith(f"The user arn:aws:iam::{ACCOUNT}:user/user4 ")
    assert "and touched what is restricted" in alert["in_words"][0]
    assert (gap["kind"], "is damaged" in gap["detail"] or "cut off" in gap["detail"]) == ("gap", True)
    assert (total["files"], total["twice"], total["not_accesses"], total["alerts"]) == (2, 3, 2, 1)
    # Nothing new is nothing told, but for what could not be read.
    again = assay("protect", "anomalies", "logs", "--habits", "habits.json")
    assert (again.code, "0 new files" in again.out, "broken" in again.err) == (3, True, False)


def test_a_bucket_in_pages(assay: Assay, aws: Aws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": REGION})
    for day in range(START, START + 5):
        body = gzip.compress(json.dumps({"Records": of_day(day, False, random.Random(day))}).encode())
        s3.put_object(Bucket="trail", Key=name_of(day), Body=body)
    aws.strict.pages(2)
    (total,) = lines(assay("protect", "anomalies", "s3://trail", "--to-end", "--format", "jsonl"))
    assert (total["files"], total["principal_days"]) == (5, 45)
    aws.strict.deny("s3.GetObject", times=1)
    gap, total = lines(assay("protect", "anomalies", "s3://trail", "--format", "jsonl"))
    assert (gap["kind"], total["files"]) == ("gap", 4)
    typo = assay("protect", "anomalies", "s3://tral/AWSLogs/")
    assert (typo.code, "s3://tral/AWSLogs/: there is no bucket 'tral'; check its name" in typo.err) == (2, True)
    empty = assay("protect", "anomalies", "s3://trail/AWSLog/9")
    assert (empty.code, "no file of a trail is there; name the place that CloudTrail writes to" in empty.err) == (
        2,
        True,
    )
    aws.strict.deny("s3.ListObjectsV2")
    denied = assay("protect", "anomalies", "s3://trail")
    assert denied.code not in (0, 1)
    assert "Traceback" not in denied.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("nowhere",), "there is no such folder"),
        ((".",), ".: no file of a trail is there"),
        ((".", "--habits", "catalog.db"), "is no file of habits"),
    ],
)
def test_what_is_wrong_is_told(assay: Assay, given: tuple[str, ...], said: str) -> None:
    done = assay("protect", "anomalies", *given)
    assert (done.code, said in done.err) == (2, True)


def test_a_plan_names_who_accessed_lately(assay: Assay, place: Path, aws: Aws) -> None:
    """By the habits that were learnt, where something may break; who accessed it long ago is not among them."""
    r = random.Random(7)
    for day in range(2):
        write(place / "trail", name_of(START + day), of_day(START + day, attack=False, r=r))
    old = {**of_day(START - 200, attack=False, r=r)[0]}
    old["userIdentity"] = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/gone", "accountId": ACCOUNT}
    write(place / "trail", name_of(START - 200), [old])
    assert assay("protect", "anomalies", "trail", "--habits", "habits", "--to-end").code == 0
    aws.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    told = [
        json.loads(line)
        for line in assay("protect", "plan", "s3://lake", "--habits", "habits", "--format", "jsonl").out.splitlines()
    ]
    (tls,) = [each for each in told if each.get("control") == "s3_tls_only"]
    assert re.search(
        r"plain HTTP; accessed lately, by logs until 2026-01-06, by arn:aws:iam::\d+:user/user\d(, \S+){4} and 4 more$",
        tls["breaks"],
    ), tls
    assert "gone" not in tls["breaks"]
    versions = next(each for each in told if each.get("control") == "s3_versioning")
    assert versions["breaks"] == ""
    none = assay("protect", "plan", "s3://lake", "--habits", "nothing-here")
    assert (none.code, "no such file" in none.err) == (2, True)
