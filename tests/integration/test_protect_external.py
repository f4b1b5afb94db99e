"""What IAM Access Analyzer finds, in the plan and after it; and where it cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import BUCKET, PUBLIC, TABLE, URI, Guard, action, make_table

from assay.app.permissions import calls_of
from assay.app.protection.analyzing import became
from assay.aws.access import Access
from assay.aws.analyzers import findings_of
from assay.aws.session import Session
from assay.cli.__main__ import run
from assay.errors import AwsError
from assay.observers.external_access import EXTERNAL
from assay.store.engine import open_catalog

ARN = f"arn:aws:s3:::{BUCKET}"
OPEN = {"resource": ARN, "isPublic": True, "action": ["s3:GetObject"], "principal": {"AWS": "*"}}
PARTNER = {"resource": ARN, "isPublic": False, "action": ["s3:GetObject"], "principal": {"AWS": "999999999999"},
           "condition": {"aws:SourceVpc": "vpc-1"}}  # fmt: skip


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Any:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def session(command: str = "protect verify") -> Session:
    return Session(Access(), calls_of(command))


def test_it_stands_in_the_plan_and_says_who_would_lose_access(guard: Guard) -> None:
    guard.make()
    guard.put_policy(PUBLIC)
    guard.aws.strict.analyzes(
        OPEN, PARTNER, {**PARTNER, "resource": "arn:aws:s3:::other"}, {**OPEN, "status": "ARCHIVED"}
    )
    plan = guard.plan()
    assert (
        "finds external access: everybody (s3:GetObject); 999999999999 (s3:GetObject, where aws:SourceVpc is vpc-1)"
        in plan.notes[URI]
    )
    assert "Access Analyzer finds everybody (s3:GetObject)" in action(plan, "s3_public_access_block").breaks
    assert len(guard.observe().get(EXTERNAL).value) == 2


def test_every_page_is_read_and_one_region_once(guard: Guard) -> None:
    guard.make()
    guard.make("b-lake")
    make_table(guard)
    guard.aws.strict.analyzes(*[{**PARTNER, "id": f"f{number}"} for number in range(5)], {**PARTNER, "resource": TABLE})
    guard.aws.strict.pages(2)
    states = {each.resource: each for each in guard.protection.observe([URI, "s3://b-lake", TABLE])}  # type: ignore[union-attr]
    told = {name: len(each.get(EXTERNAL).value) for name, each in states.items()}  # type: ignore[union-attr]
    assert told == {URI: 5, "s3://b-lake": 0, TABLE: 1}
    assert len(guard.aws.strict.calls.made("accessanalyzer.ListFindings")) == 3


@pytest.mark.parametrize("name", ["accessanalyzer.ListAnalyzers", "accessanalyzer.ListFindings"])
def test_what_cannot_be_read_is_unknown_and_stops_nothing(guard: Guard, name: str) -> None:
    guard.make()
    guard.aws.strict.analyzes(OPEN)
    guard.aws.strict.deny(name)
    assert not guard.observe().get(EXTERNAL).is_known
    plan = guard.plan()
    assert "what Access Analyzer finds could not be read" in plan.notes[URI]
    assert plan.actions
    with pytest.raises(AwsError):
        findings_of(session(), REGION)
    assert became(session(), [URI], datetime.now(UTC))[1][0].startswith(f"in {REGION}")


def test_no_analyzer_is_not_nobody(guard: Guard) -> None:
    guard.make()
    assert (guard.observe().get(EXTERNAL).is_known, guard.observe().get(EXTERNAL).value) == (True, None)
    for status, kind in (("DISABLED", "ACCOUNT"), ("ACTIVE", "ACCOUNT_UNUSED_ACCESS")):
        guard.aws.strict.analyzes(OPEN, kind=kind, status=status)
    assert guard.observe().get(EXTERNAL).value is None


def test_what_became_of_it(guard: Guard) -> None:
    at = datetime.now(UTC)
    before, after = at - timedelta(hours=1), at + timedelta(hours=1)
    resolved = {**PARTNER, "status": "RESOLVED", "createdAt": before}
    guard.aws.strict.analyzes(
        {**OPEN, "createdAt": after}, {**PARTNER, "createdAt": before}, {**resolved, "updatedAt": after}, {**resolved, "updatedAt": before},
        {**PARTNER, "createdAt": before, "error": "ACCESS_DENIED", "resource": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"},
    )  # fmt: skip
    told, problems = became(session(), [URI, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k", f"ebs://{ACCOUNT}/{REGION}"], at)
    assert problems == []
    assert [each.word for each in told if each.resource == URI] == ["new", "resolved", "still"]
    assert "could not be analyzed" in told[0].told
    assert became(session(), [f"ebs://{ACCOUNT}/{REGION}"], at) == ([], [])


def test_verify_tells_it(
    guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", str(tmp_path / "catalog.db"))
    guard.make()
    plan = guard.plan()
    guard.apply(plan)
    guard.aws.strict.analyzes({**PARTNER, "createdAt": datetime.now(UTC) + timedelta(hours=1)})
    assert run(["protect", "verify", plan.id]) == 0
    told = capsys.readouterr().out
    assert f"Access Analyzer, new: {URI}: 999999999999" in told.replace("\n  ", " ")
    guard.aws.strict.deny("accessanalyzer.ListFindings")
    assert run(["protect", "verify", plan.id]) == 3
    assert "could not be read in eu-west-1" in capsys.readouterr().out.replace("\n  ", " ")
