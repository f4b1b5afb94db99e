"""`assay demo`: the whole of what is done in an account, in one run."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from calling import Assay

from assay.app.cloud.demodata import objects


@pytest.mark.slow
def test_the_demonstration_shows_what_it_says(assay: Assay) -> None:
    done = assay("demo", "--keep", "kept")
    assert done.code == 0, done.err + done.out
    told = done.out
    # Tags.
    assert "s3://demo-exports/crm/customers 2026.csv: DataClassification=restricted" in told
    assert "s3://demo-exports/backup/site.zip: DataClassification=restricted, SensitiveDataTypes=AWS_ACCESS_KEY" in told
    assert "s3://demo-website/index.html: none" in told
    # Discovery, Security Hub, notifications, statistics, and a log that proves itself.
    assert "demo-customers" in told
    assert "HIGH   Restricted data (PII): arn:aws:s3:::demo-exports/crm/customers 2026.csv" in told
    assert "arn:aws:s3:::demo-exports/backup/site.zip is restricted." in told
    assert "by status: done 5" in told
    assert "the audit log holds" in told
    # No value of the made-up people is shown, or kept.
    people = next(content for _, key, content in objects() if key.endswith(".csv")).decode().splitlines()[1:]
    numbers = [line.rsplit(",", 1)[1] for line in people]
    kept = b"".join(file.read_bytes() for file in Path("kept").rglob("*") if file.is_file())
    assert not [number for number in numbers if number in told or number.encode() in kept]
    with closing(sqlite3.connect("kept/catalog.db")) as catalog:
        levels = dict(catalog.execute(
            "SELECT resources.uri, level FROM classifications JOIN resources ON resources.id = resource_id"
        ).fetchall())  # fmt: skip
    assert levels["s3://demo-exports/crm/customers%202026.csv"] == "restricted"
    assert levels["s3://demo-website/index.html"] == "public"


def test_a_folder_that_is_there_is_left_alone(assay: Assay) -> None:
    Path("mine").mkdir()
    Path("mine/note").write_text(json.dumps({"mine": True}), encoding="utf-8")
    done = assay("demo", "--keep", "mine")
    assert done.code == 2
    assert "name a folder that is not there yet" in done.err
    assert list(Path("mine").iterdir()) == [Path("mine/note")]


def test_what_is_missing_is_named(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto.moto_server.werkzeug_app", None)
    done = assay("demo")
    assert done.code == 2
    assert "pip install 'assay[demo]'" in done.err
