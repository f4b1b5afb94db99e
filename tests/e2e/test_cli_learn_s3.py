"""`assay learn` and scans with versions of models in a bucket of a real S3 server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Assay
from s3plane import S3Plane
from unit.test_learn_models import CARD, model

from assay.app.config.settings import load_settings
from assay.app.learning.models import versions_of
from assay.errors import AwsError


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_plane: S3Plane) -> str:
    monkeypatch.chdir(tmp_path)
    for name in ("config", "cache"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    uri = f"s3://{s3_plane.new_bucket()}/models"
    (tmp_path / "assay.toml").write_text(f'catalog = "c.db"\nmodels = "{uri}"\n', encoding="utf-8")
    (tmp_path / "note.txt").write_text(
        "This agreement is governed by law. The tenant shall pay rent.\n" * 9, encoding="utf-8"
    )
    return uri


def test_from_the_command_line(at: str, assay: Assay, s3_plane: S3Plane) -> None:
    assert assay("catalog", "init").code == 0
    assert "document_type: shipped" in assay("learn", "models").out
    assert assay("scan", "note.txt").code in (0, 1)
    one = versions_of(load_settings()).add(model(), CARD)
    forced = assay("learn", "promote", one[:8], "--force", "--by", "ann")
    assert forced.code == 0, forced.err
    told = json.loads(assay("learn", "models", "--format", "json").out)
    assert told["in_use"]["document_type"]["current"] == one
    assert assay("scan", "note.txt").code in (0, 1)
    s3, bucket = s3_plane.client(), at.split("/")[2]
    key = f"models/document_type/{one}.model"
    data = bytearray(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    data[-50] ^= 1
    s3.put_object(Bucket=bucket, Key=key, Body=bytes(data))
    refused = assay("scan", "note.txt")
    assert (refused.code, "was changed, or signed with another key" in refused.err) == (2, True)
    assert "refused" in assay("learn", "models").out
    assert assay("learn", "rollback", "--by", "ann").code == 0
    assert assay("scan", "note.txt").code in (0, 1)
    assert assay("audit", "verify").code == 0


def test_a_bucket_that_is_not_there(at: str, assay: Assay, tmp_path: Path) -> None:
    (tmp_path / "assay.toml").write_text(
        'catalog = "c.db"\nmodels = "s3://assay-is-not-there/models"\n', encoding="utf-8"
    )
    assert assay("catalog", "init").code == 0
    for command in (("learn", "models"), ("scan", "note.txt")):
        refused = assay(*command)
        assert refused.code == 2
        assert "s3://assay-is-not-there/models/document_type/current.json" in refused.err
        assert "look whether the bucket is there" in refused.err
        assert len(refused.err.strip().splitlines()) == 1
    with pytest.raises(AwsError):
        versions_of(load_settings()).add(model(), CARD)
