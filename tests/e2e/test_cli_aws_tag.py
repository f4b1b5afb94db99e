"""`assay aws tag` and `assay aws plans`, as a user calls them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from calling import Assay, Done
from tagging_for_tests import OURS, Lake, classify, known, without_time
from unit.records_for_tests import summary

from assay.app.permissions import calls_of
from assay.app.scan import recording
from assay.model import ColumnRecord, Level, TableRecord
from assay.model.review import Phase, PhaseRow
from assay.store import auditlog, journal, plans
from assay.store import phases as stored_phases
from assay.store.engine import open_catalog

CATALOG = "catalog.db"


@pytest.fixture(autouse=True)
def _catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CATALOG", CATALOG)
    open_catalog(CATALOG, create=True).close()


@pytest.fixture
def lake(aws: Aws) -> Lake:
    """Three objects, of which somebody tagged one."""
    lake = Lake(aws=aws)
    changes = {f"s3://lake/{key}": lake.put(key) for key in ("a.csv", "b/c.csv")}
    changes["s3://lake/d.csv"] = lake.put("d.csv", {"Owner": "hr"})
    with open_catalog(CATALOG) as catalog:
        classify(catalog, dict.fromkeys(changes, known()), changes)
    return lake


def set_phase(phase: Phase, scope: str = "s3://lake") -> None:
    from tagging_for_tests import NOW

    with open_catalog(CATALOG) as catalog, catalog.transaction() as connection:
        row = PhaseRow(scope=scope, phase=phase, since=NOW, by="ada", reason="tests")
        stored_phases.set_phase(connection, row, None, {})


def lines(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def audited() -> list[str]:
    with open_catalog(CATALOG) as catalog, catalog.reading() as connection:
        entries = auditlog.newest(connection, auditlog.Wanted(), 1_000)
    return [f"{each['action']} {each['resource']}" for each in entries if each["action"].startswith(("TAG", "PLAN"))]


def test_in_pilot_it_is_shown_and_nothing_is_written(assay: Assay, lake: Lake) -> None:
    done = assay("aws", "tag", "s3://lake")
    assert (done.code, done.err) == (0, "")
    assert "DataClassification        – → restricted" in done.out
    assert "in pilot nothing is applied without a person" in done.out
    assert "4 changes of 4 resources looked at; nothing was applied." in done.out
    assert (lake.tags("a.csv"), lake.bucket_tags(), audited()) == ({}, {}, [])


def test_what_was_shown_is_applied_by_its_id_and_taken_back(assay: Assay, lake: Lake) -> None:
    *_, shown = lines(assay("aws", "tag", "s3://lake", "--format", "jsonl"))
    done = assay("aws", "tag", "--apply", shown["plan"][:8], "--by", "grace", "--reason", "agreed on 2026-11-29")
    assert (done.code, done.err) == (0, "")
    assert f"Take it back with: assay aws tag --undo {shown['plan'][:8]}" in done.out
    assert without_time(lake.tags("d.csv")) == {"Owner": "hr", **OURS}
    assert without_time(lake.bucket_tags()) == OURS
    assert audited() == [
        "PLAN_APPROVED None",
        "TAG_APPLIED s3://lake",
        "TAG_APPLIED s3://lake/a.csv",
        "TAG_APPLIED s3://lake/b/c.csv",
        "TAG_APPLIED s3://lake/d.csv",
    ]
    shown_plan = assay("aws", "plans", shown["plan"][:8]).out
    assert "by grace: agreed on" in shown_plan
    assert shown_plan.count("applied  ") == 4
    again = assay("aws", "tag", "--apply", shown["plan"], "--by", "grace")
    assert (again.code, len(audited())) == (0, 5)
    assert "4 as wanted already" in again.out

    rehearsed = assay("aws", "tag", "--undo", shown["plan"], "--dry-run")
    assert (rehearsed.code, lake.tags("d.csv")["DataClassification"]) == (0, "restricted")
    assert "4 changes would be taken back." in rehearsed.out
    undone = assay("aws", "tag", "--undo", shown["plan"])
    assert undone.code == 0
    assert "4 undone" in undone.out
    again = assay("aws", "tag", "--undo", shown["plan"])
    assert again.out == f"Plan {shown['plan'][:8]}: nothing that it wrote is left to be taken back.\n"
    assert (lake.tags("a.csv"), lake.tags("d.csv"), lake.bucket_tags()) == ({}, {"Owner": "hr"}, {})
    assert len(audited()) == 9
    assert "4 undone" in assay("aws", "plans").out


def test_an_undo_says_what_is_no_longer_as_it_was_left(assay: Assay, lake: Lake) -> None:
    *_, plan = lines(assay("aws", "tag", "s3://lake/", "--yes", "--format", "jsonl"))
    lake.tag("a.csv", {**lake.tags("a.csv"), "SensitiveDataTypes": "NONE"})
    done = assay("aws", "tag", "--undo", plan["plan"])
    assert done.code == 3
    assert "not undone: s3://lake/a.csv" in done.out
    assert "SensitiveDataTypes: no longer as it was left" in done.out
    assert "3 undone, 1 not undone" in done.out


def test_the_phase_of_a_scope_lets_it_be_applied(assay: Assay, lake: Lake) -> None:
    set_phase(Phase.SUPERVISED)
    told = lines(assay("aws", "tag", "s3://lake", "--format", "jsonl"))
    assert [each["outcome"] for each in told if each["kind"] == "receipt"] == ["applied"] * 4
    assert {each["gate"] for each in told if each["kind"] == "action"} == {"apply"}
    assert "PLAN_APPROVED None" not in audited()
    again = assay("aws", "tag", "s3://lake")
    assert (again.code, again.out) == (0, "Nothing to change: 4 resources looked at.\n")


def test_a_dry_run_applies_nothing_whatever_the_phase(assay: Assay, lake: Lake) -> None:
    set_phase(Phase.AUTOMATED)
    done = assay("aws", "tag", "s3://lake", "--dry-run")
    assert (done.code, lake.tags("a.csv"), audited()) == (0, {}, [])


@pytest.mark.parametrize(("limit", "fits"), [("3", False), ("4", True), ("99%", False), ("100%", True), ("0", False)])
def test_more_than_the_limit_is_not_begun(assay: Assay, lake: Lake, limit: str, fits: bool) -> None:
    done = assay("aws", "tag", "s3://lake", "--yes", "--max-actions", limit)
    if fits:
        assert done.code == 0
        return
    assert done.code == 2
    assert "would change 4 of 4 resources, and --max-actions is" in done.err
    assert (lake.tags("a.csv"), audited()) == ({}, [])


def test_the_bucket_alone_and_a_prefix_alone(assay: Assay, lake: Lake) -> None:
    assert assay("aws", "tag", "s3://lake", "--buckets-only", "--yes").code == 0
    assert (bool(lake.bucket_tags()), lake.tags("a.csv")) == (True, {})
    assert assay("aws", "tag", "s3://lake/b", "--yes").code == 0
    assert (bool(lake.tags("b/c.csv")), lake.tags("a.csv")) == (True, {})
    assert assay("aws", "tag", "arn:aws:s3:::lake/a.csv", "--yes").code == 0
    assert (bool(lake.tags("a.csv")), lake.tags("d.csv")) == (True, {"Owner": "hr"})


def test_the_owners_names(assay: Assay, lake: Lake, tmp_path: Path) -> None:
    settings = 'tag_prefix = "acme:"\ntag_levels = ["restricted=C4"]\ntag_write = ["DataClassification"]\n'
    Path("assay.toml").write_text(settings)
    assert assay("aws", "tag", "s3://lake/a.csv", "--yes").code == 0
    assert lake.tags("a.csv") == {"acme:DataClassification": "C4"}
    Path("assay.toml").write_text('catalog = "catalog.db"\n\ntag_separator = ","\n')
    done = assay("aws", "tag", "s3://lake")
    assert done.code == 2
    assert "assay.toml:3: tag_separator: must be one of + : /" in done.err
    assert "tag_separator" in assay("config", "check").err


def test_a_name_that_a_command_tells_is_tagged_where_it_is_held(assay: Assay, lake: Lake) -> None:
    """A column of an object stands for the object; of a table of DynamoDB the URI stands for its ARN."""
    with open_catalog(CATALOG) as catalog:
        run = recording.begin(catalog, ["s3://lake"], ruleset="rules", governance="rows")
        table = TableRecord(resource="s3://lake/a.csv", table_name="a", level=Level.RESTRICTED)
        column = ColumnRecord(resource="s3://lake/a.csv", table="a", column="e:mail", level=Level.RESTRICTED)
        run.table("s3://lake/a.csv", None, [], [column], table)
        run.finish(summary())
    shown = lines(assay("aws", "tag", "s3://lake/a.csv:e:mail", "--dry-run", "--format", "jsonl"))
    plain = lines(assay("aws", "tag", "s3://lake/a.csv", "--dry-run", "--format", "jsonl"))
    assert [line.get("resource") for line in shown] == [line.get("resource") for line in plain]
    assert shown[0]["resource"] == "s3://lake/a.csv"
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
    told = assay("aws", "tag", "dynamodb://orders", "--dry-run", "--region", "eu-west-1", "--format", "jsonl")
    assert arn in told.out, told.err
    assert "files of this machine have no tags" in local_column(assay)


def local_column(assay: Assay) -> str:
    """What is said where a column of a local file is to be tagged."""
    Path("staff.csv").write_text("ssn\n" + "".join(f"{536 + n}-21-{4399 + n}\n" for n in range(20)))
    assert assay("scan", "staff.csv", "--catalog", CATALOG, "--jobs", "1").code == 0
    done = assay("aws", "tag", "staff.csv:ssn", "--dry-run")
    assert done.code == 2
    return done.err


def test_what_could_not_be_done_is_listed(assay: Assay, lake: Lake) -> None:
    lake.aws.strict.deny("s3.GetObjectTagging", Key="a.csv")
    lake.aws.strict.deny("s3.PutObjectTagging", Key="d.csv")
    done = assay("aws", "tag", "s3://lake", "--yes")
    assert done.code == 3
    assert "s3://lake/a.csv\n  access denied: S3: GetObjectTagging: AccessDenied" in done.out
    assert "failed: s3://lake/d.csv\n  access denied: S3: PutObjectTagging: AccessDenied" in done.out
    assert "1 refused; 2 applied, 1 failed" in done.out


def test_a_failed_verification_counts_more_than_a_gap(assay: Assay, lake: Lake) -> None:
    lake.aws.strict.deny("s3.GetObjectTagging", Key="a.csv")

    def somebody_else_writes() -> None:
        lake.aws.strict.before("s3.GetObjectTagging", lambda: lake.tag("d.csv", {"Owner": "hr"}), Key="d.csv")

    lake.aws.strict.before("s3.PutObjectTagging", somebody_else_writes, Key="d.csv")
    done = assay("aws", "tag", "s3://lake", "--yes")
    assert done.code == 1
    assert "not as written when read back" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name what is to be tagged"),
        (("s3://lake", "--undo", "abcd1234"), "name what is to be tagged, or one plan"),
        (("--undo", "abcd1234", "--apply", "abcd1234"), "name what is to be tagged, or one plan"),
        (("s3://lake", "--yes", "--dry-run"), "--dry-run applies nothing"),
        (("--undo", "abcd1234", "--yes"), "leave out --yes"),
        (("--undo", "abcd1234"), "there is no plan 'abcd1234'"),
        (("/srv/data",), "cannot be tagged; give s3://bucket"),
        (("s3://",), "names no bucket"),
        (("s3://lake/a?versionId=x",), "%3F"),
        (("arn:aws:s3",), "is no ARN"),
        (("arn:aws:sqs:eu-west-1:123456789012:jobs",), "cannot be tagged; S3 buckets"),
        (("arn:aws:rds:::db:shop",), "lacks its region or account"),
        (("arn:aws:dynamodb:eu-west-1:123456789012:table/orders/index/x",), "cannot be tagged; S3 buckets"),
        (("s3://lake", "--max-actions", "many"), "is no limit"),
        (("s3://lake", "--max-actions", "120%"), "is no limit"),
        (("s3://lake", "--max-actions", "-1"), "is no limit"),
    ],
)
def test_wrong_usage_says_what_to_do(assay: Assay, lake: Lake, arguments: tuple[str, ...], said: str) -> None:
    done = assay("aws", "tag", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_without_a_catalog(assay: Assay, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_CATALOG")
    done = assay("aws", "tag", "s3://lake")
    assert (done.code, done.out) == (2, "")
    assert "no catalog is named" in done.err


def test_no_plans_yet(assay: Assay) -> None:
    done = assay("aws", "plans")
    assert (done.code, done.out) == (0, "No plans yet; 'assay aws tag s3://bucket' makes one.\n")
    assert assay("aws", "plans", "--format", "jsonl").out == ""
    assert assay("aws", "plans", "abcd1234").code == 2


def test_levels_never_go_down(assay: Assay, lake: Lake) -> None:
    lake.tag("a.csv", {"DataClassification": "restricted"})
    with open_catalog(CATALOG) as catalog:
        classify(catalog, {"s3://lake/a.csv": known(Level.INTERNAL)}, {"s3://lake/a.csv": "another"})
    done = assay("aws", "tag", "s3://lake/a.csv", "--yes")
    assert "stays restricted" in done.out
    assert lake.tags("a.csv")["DataClassification"] == "restricted"


@pytest.mark.parametrize("at", ["before", "after"])
def test_one_that_is_killed_is_completed_by_the_next(assay: Assay, lake: Lake, at: str) -> None:
    """Killed between what it wrote of its intention and the call, or between the call and what it writes of it."""
    for number in range(40):
        lake.put(f"many/{number:02}")
    with open_catalog(CATALOG) as catalog:
        classify(catalog, {f"s3://lake/many/{number:02}": known() for number in range(40)})
    # The one that is killed waits in its tenth write, or in the read that follows it.
    name = {"before": "s3.PutObjectTagging", "after": "s3.GetObjectTagging"}[at]
    waits = lake.aws.strict.delay(name, 300, Key="many/09")
    arguments = [sys.executable, "-m", "assay", "aws", "tag", "s3://lake/many/", "--yes"]
    if at == "after":
        waits.left = 0
        lake.aws.strict.before("s3.PutObjectTagging", lambda: setattr(waits, "left", None), Key="many/09")
    started = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(2_400):
            if waits.met or started.poll() is not None:
                break
            time.sleep(0.05)
    finally:
        started.kill()
        started.wait()
    assert (waits.met, started.returncode) == (1, -signal.SIGKILL)
    waits.left = 0
    with open_catalog(CATALOG) as catalog, catalog.reading() as connection:
        (plan,) = plans.listed(connection, limit=2)
        steps = [str(each.outcome) for each in journal.of_plan(connection, plan.id)]
    assert set(steps) == {"intended"}

    done = assay("aws", "tag", "s3://lake/many/", "--yes")
    assert done.code == 0
    assert "that an earlier run had left unfinished" in done.err
    assert all(without_time(lake.tags(f"many/{number:02}")) == OURS for number in range(40))
    applied = [entry for entry in audited() if entry.startswith("TAG_APPLIED")]
    assert sorted(applied) == [f"TAG_APPLIED s3://lake/many/{number:02}" for number in range(40)]
    again = assay("aws", "tag", "s3://lake/many/", "--yes")
    assert (again.out, again.err) == ("Nothing to change: 40 resources looked at.\n", "")


def test_its_policy_is_printed(assay: Assay) -> None:
    done = assay("aws", "iam-policy", "aws tag")
    assert done.code == 0
    document = json.loads(done.out)
    actions = {action for statement in document["Statement"] for action in statement["Action"]}
    assert {"s3:PutObjectTagging", "s3:PutBucketTagging", "s3:TagResource", "rds:AddTagsToResource"} <= actions
    assert "s3:GetObject" not in actions
    assert calls_of("aws tag")
