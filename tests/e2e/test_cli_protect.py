"""`assay protect`, as a user calls it: from observing to taking back."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from calling import Assay, Done
from protecting_for_tests import ALL, LOGS, PUBLIC, URI, Guard, ask_apart, make_key, make_volume
from tagging_for_tests import known

from assay.app.permissions import calls_of
from assay.model import Level
from assay.store.engine import open_catalog

CATALOG = "catalog.db"


@pytest.fixture
def guard(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", CATALOG)
    monkeypatch.setenv("ASSAY_PROTECTION", ask_apart(tmp_path))
    with open_catalog(CATALOG, create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def lines(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def planned(assay: Assay, *more: str) -> str:
    *_, last = lines(assay("protect", "plan", *more, "--format", "jsonl"))
    return str(last["plan"])


def test_from_observing_to_taking_back(assay: Assay, guard: Guard) -> None:
    guard.make()
    make_key(guard.aws)
    (state,) = lines(assay("protect", "observe", URI, "--format", "jsonl"))
    assert (state["resource"], state["unknown"], state["settings"]["public_access_block"]) == (URI, {}, None)
    shown = assay("protect", "plan", URI)
    assert shown.code == 0, shown.err
    assert "restricted: the catalog says so" in shown.out
    assert "may break: whoever asks by plain HTTP" in shown.out
    assert "waits for a person: in pilot nothing is applied without a person" in shown.out
    assert "by hand: mfa_delete: only the root user" in shown.out
    assert "Plan " in shown.out
    assert "Nothing was changed" in shown.out
    *told, plan = lines(assay("protect", "plan", URI, "--format", "jsonl"))
    first = next(each for each in told if each["control"] == "s3_tls_only")
    assert first["permissions"] == ["s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy"]
    assert (first["level"], first["control_ids"], first["reversible"]) == ("restricted", ["S3.5", "CIS 2.1.1"], True)
    assert (plan["actions"], plan["refusals"], plan["by_hand"]) == (len(ALL), 0, 2)
    # In pilot nothing goes without approval, and nothing without --execute.
    assert assay("protect", "apply", plan["plan"], "--execute").code == 3
    wrong = assay("protect", "approve", plan["plan"], "--digest", "0" * 64)
    assert (wrong.code, "has the digest" in wrong.err) == (2, True)
    assert assay("protect", "approve", plan["plan"], "--digest", plan["digest"], "--by", "grace").code == 0
    dry = assay("protect", "apply", plan["plan"])
    assert (dry.code, "Nothing was changed" in dry.out, guard.statements()) == (0, True, [])
    done = assay("protect", "apply", plan["plan"], "--execute")
    assert (done.code, done.err) == (0, "")
    assert f"{len(ALL)} applied" in done.out
    assert assay("protect", "verify", plan["plan"]).code == 0
    assert assay("protect", "drift").code == 0
    assert "there is nothing to compare" in assay("protect", "drift", "s3://another").err
    assert "Nothing to change" in assay("protect", "plan", URI).out
    guard.s3.delete_public_access_block(Bucket="lake")
    drifted = assay("protect", "drift", URI)
    assert (drifted.code, "differs: s3://lake s3_public_access_block" in drifted.out) == (1, True)
    back = assay("protect", "rollback", plan["plan"], "--execute")
    assert f"stays, and cannot be taken back: {LOGS}" in " ".join(back.out.split())
    assert guard.statements() == []
    again = assay("protect", "apply", plan["plan"], "--execute")
    assert (again.code, "was taken back" in again.err) == (2, True)
    assert "PLAN_APPROVED" in assay("audit", "log").out
    assert assay("audit", "verify").code == 0


def test_more_than_the_limit_changes_nothing(assay: Assay, guard: Guard) -> None:
    for name in ("a-lake", "b-lake"):
        guard.make(name, level=Level.INTERNAL)
    plan = planned(assay, "s3://a-lake", "s3://b-lake")
    assert assay("protect", "approve", plan).code == 0
    for limit in ("2", "100%"):
        done = assay("protect", "apply", plan, "--execute", "--max-resources", limit)
        told = "would change 3 resources, 1 of them made for the 2 that were looked at, and --max-resources is"
        assert (done.code, told in done.err) == (2, True)
    assert guard.statements("a-lake") == []


def test_what_cannot_be_seen_ends_with_three(assay: Assay, guard: Guard) -> None:
    guard.make(level=Level.INTERNAL)
    guard.aws.strict.deny("s3.GetBucketPolicy")
    observed = assay("protect", "observe")
    assert (observed.code, "policy: unknown: S3: GetBucketPolicy: AccessDenied" in observed.out) == (3, True)
    done = assay("protect", "plan", URI)
    assert (done.code, "refused: tls_only (access denied)" in done.out) == (3, True)
    guard.aws.strict.throttle("s3.GetBucketLogging")
    assert assay("protect", "policy", "explain", URI).code == 3


def test_what_is_not_there_was_not_looked_at(assay: Assay, guard: Guard) -> None:
    seen = assay("protect", "observe", "s3://nosuch")
    assert (seen.code, seen.out) == (3, "s3://nosuch: not found: s3://nosuch: GetBucketLocation: NoSuchBucket\n\n")
    done = assay("protect", "plan", "s3://nosuch")
    assert done.code == 3
    assert "Nothing is planned: no resource was looked at; 1 refused or unknown, 0 by hand.\n" in done.out
    assert "has to change" not in done.out


@pytest.mark.parametrize(
    "target", ["s3://lake/a.csv", "arn:aws:rds:eu-west-1:123456789012:og:x", "lake", "s3://", "ebs://"]
)
def test_what_cannot_be_protected(assay: Assay, guard: Guard, target: str) -> None:
    done = assay("protect", "plan", target)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert target in done.err


def test_a_bad_file_of_policies_is_used_in_no_part(assay: Assay, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_PROTECTION")
    Path("own.yaml").write_text("policies:\n  - name: a\n    set: {versionin: true}\n")
    Path("assay.toml").write_text('protection = "own.yaml"\n')
    for verb in (("policy", "check"), ("policy", "show"), ("plan", URI)):
        done = assay("protect", *verb)
        assert (done.code, "own.yaml:3: there is no control 'versionin'; did you mean 'versioning'?" in done.err) == (
            2,
            True,
        )
    assert not guard.aws.strict.calls.names()


def test_a_framework_that_there_is_not_is_refused(assay: Assay, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_PROTECTION")
    file = Path("own.yaml")
    entry = "policies:\n  - name: a\n    where: {framework: [%s]}\n    set: {versioning: true, frameworks: [%s]}\n"
    file.write_text(entry % ("HIPPA, gdpr", "UK_GDRP, OURS"))
    Path("assay.toml").write_text('protection = "own.yaml"\n')
    for verb in (("policy", "check"), ("plan", URI)):
        done = assay("protect", *verb)
        assert done.code == 2
        assert [text for text in ("'HIPPA'; did you mean 'HIPAA'?", "'gdpr'; did you mean 'GDPR'?", "'UK_GDRP'; did you mean 'UK_GDPR'?",
                                  "'OURS'; 'assay governance list COMPLIANCE_MAPPING' tells which") if f"own.yaml:2: there is no framework {text}" not in done.err] == []  # fmt: skip
    assert not guard.aws.strict.calls.names()
    # What a team's own configuration has is one.
    file.write_text(entry % ("OURS, HIPAA", "UK_GDPR"))
    assert assay("protect", "policy", "check").code == 2
    told = assay("governance", "set", "COMPLIANCE_MAPPING", "ours", "CATEGORY=PII", "STANDARD=OURS")
    assert told.code == 0, told
    done = assay("protect", "policy", "check")
    assert (done.code, done.out.endswith("own.yaml: 1 entry, nothing wrong\n")) == (0, True), done


def test_what_people_do_by_hand_is_not_told_as_refused(assay: Assay, guard: Guard) -> None:
    guard.make(level=Level.RESTRICTED)
    guard.aws.strict.deny("s3.GetBucketLogging")
    plan = planned(assay, URI)
    (listed,) = lines(assay("aws", "plans", "--format", "jsonl"))
    told = [
        each["reason"] for each in lines(assay("aws", "plans", plan, "--format", "jsonl")) if each["kind"] == "refusal"
    ]
    by_hand = told.count("by hand")
    assert by_hand >= 2
    assert (listed["by_hand"], listed["refusals"]) == (by_hand, len(told) - by_hand)
    assert listed["refusals"] >= 1
    shown = assay("aws", "plans", plan).out
    refused, _, rest = shown.partition("By hand")
    assert ("Refused" in refused, "mfa" in refused.partition("Refused")[2], "by hand" in rest) == (True, False, True)


def test_why_a_control_holds(assay: Assay, guard: Guard) -> None:
    guard.make(level=Level.CONFIDENTIAL)
    Path("own.yaml").write_text("policies:\n  - {name: shorter, where: {name: la*}, set: {noncurrent_days: 30}}\n")
    found = {each["control"]: each for each in lines(
        assay("protect", "policy", "explain", URI, "--policy", "own.yaml", "--format", "jsonl")
    )}  # fmt: skip
    told = found["noncurrent_days"]
    assert (told["value"], told["policy"], told["place"]) == (30, "shorter", "own.yaml:2")
    assert [each["value"] for each in told["instead_of"]] == [365]
    assert found["tls_only"]["verdict"] == "will change"
    shown = assay("protect", "policy", "explain", URI, "--policy", "own.yaml").out
    assert "instead of 365 of 'confidential and restricted buckets'" in shown


def test_what_does_not_hold_is_taken_back(assay: Assay, guard: Guard) -> None:
    guard.make(level=Level.INTERNAL)
    guard.put_policy(PUBLIC)
    plan = planned(assay, URI)
    assert assay("protect", "approve", plan).code == 0
    # Somebody takes the statement out again while the rest is made.
    guard.aws.strict.before("s3.PutBucketLogging", lambda: guard.s3.delete_bucket_policy(Bucket="lake"))
    done = assay("protect", "apply", plan, "--execute")
    assert done.code == 1
    assert "is taken back: s3://lake" in done.out
    assert guard.observe().get("public_access_block").value is None
    assert guard.observe().get("logging").value is None


def test_killed_while_it_applies_it_goes_on(assay: Assay, guard: Guard, tmp_path: Path) -> None:
    guard.make(level=Level.INTERNAL)
    plan = planned(assay, URI)
    assert assay("protect", "approve", plan).code == 0
    guard.aws.strict.delay("s3.PutPublicAccessBlock", 300, times=1)
    command = [sys.executable, "-m", "assay", "protect", "apply", plan, "--execute"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        for _ in range(4_800):
            if guard.statements():
                break
            time.sleep(0.05)
        time.sleep(0.3)
        running.send_signal(signal.SIGKILL)
    done = assay("protect", "apply", plan, "--execute")
    assert done.code == 0, done.out + done.err
    assert "an earlier run had left unfinished" in done.err
    assert assay("protect", "verify", plan).code == 0


_WRITES = ("Put", "Delete", "Create", "Update", "Modify", "Enable", "Disable", "Reset")


def test_who_plans_may_not_write_by_what_is_declared() -> None:
    for command in ("protect plan", "protect verify"):
        assert not [call for call in calls_of(command) if call.split(".")[1].startswith(_WRITES)]


def test_two_people_where_the_settings_ask_for_them(assay: Assay, guard: Guard) -> None:
    Path("assay.toml").write_text('second_approval = "restricted"\n')
    guard.make()
    make_key(guard.aws)
    plan = planned(assay, URI)
    first = assay("protect", "approve", plan, "--by", "ada")
    assert "needs two people, and one person has approved it" in first.out
    guard.know({f"{URI}/b.csv": known(Level.RESTRICTED)})
    assert assay("protect", "approve", plan, "--by", "ada").out.count("wait") == 1
    assert "wait" not in assay("protect", "approve", plan, "--by", "grace").out
    assert assay("protect", "apply", plan, "--execute").code == 0


class TestCanary:
    """What could be written and read before is so after, or it is taken back."""

    def applied(self, assay: Assay, *options: str, tls_only: bool = False) -> Done:
        Path("apart.yaml").write_text(
            f"policies: [{{name: apart, set: {{backup: none, data_events: none, monitoring: none, tls_only: {str(tls_only).lower()}}}}}]"
        )
        plan = planned(assay, URI)
        assert assay("protect", "approve", plan).code == 0
        return assay("protect", "apply", plan, "--execute", *options)

    def left(self, guard: Guard) -> list[str]:
        told = guard.s3.list_object_versions(Bucket="lake")
        return [each["Key"] for each in (*told.get("Versions", ()), *told.get("DeleteMarkers", ()))]

    def test_it_is_put_read_and_deleted_with_its_versions(self, assay: Assay, guard: Guard) -> None:
        guard.make()
        make_key(guard.aws)
        assert self.applied(assay, "--canary", "--canary-role", f"arn:aws:iam::{ACCOUNT}:role/reader").code == 0
        assert len(guard.aws.strict.calls.made("s3.PutObject", bucket="lake")) == 2
        assert guard.aws.strict.calls.made("sts.AssumeRole")
        assert self.left(guard) == []
        for call in ("PutObject", "GetObject", "DeleteObject"):
            for made in guard.aws.strict.calls.made(f"s3.{call}", bucket="lake"):
                assert made.parameters["ExpectedBucketOwner"] == ACCOUNT, call

    def test_what_is_read_is_what_was_put(self, assay: Assay, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        guard.aws.strict.answer("s3.GetObject", {"Body": b"another"})
        done = self.applied(assay, "--canary")
        assert (done.code, "read: it is not what was put" in " ".join(done.out.split())) == (3, True)

    def test_a_key_that_may_not_be_used_is_taken_back(self, assay: Assay, guard: Guard) -> None:
        guard.make()
        guard.aws.strict.deny_key(make_key(guard.aws))
        done = self.applied(assay, "--canary")
        assert done.code == 1
        assert "Does not hold, and is taken back: s3://lake: canary: put:" in " ".join(done.out.split())
        assert guard.observe().get("encryption").value["Rules"][0]["ApplyServerSideEncryptionByDefault"] == {
            "SSEAlgorithm": "AES256"
        }
        assert self.left(guard) == []

    def test_one_who_asks_by_plain_http_is_seen(self, assay: Assay, guard: Guard) -> None:
        # As this emulator is.
        guard.make(level=Level.INTERNAL)
        assert self.applied(assay, "--canary", tls_only=True).code == 1
        assert guard.statements() == []

    def test_what_did_not_go_before_tells_nothing(self, assay: Assay, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        guard.aws.strict.deny("s3.PutObject")
        done = self.applied(assay, "--canary")
        assert (done.code, "did not go well before anything was changed" in done.out) == (3, True)
        assert guard.observe().get("public_access_block").value["BlockPublicAcls"] is True

    def test_nothing_is_put_where_it_would_be_kept(self, assay: Assay, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        guard.aws.strict.answer(
            "s3.GetObjectLockConfiguration",
            {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule}},
        )
        assert self.applied(assay, "--canary").code == 3
        assert not guard.aws.strict.calls.made("s3.PutObject")

    def test_without_one_nothing_is_put(self, assay: Assay, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        assert self.applied(assay).code == 0
        assert not guard.aws.strict.calls.made("s3.PutObject", bucket="lake")
        wrong = assay("protect", "apply", "0" * 8, "--canary-role", "x")
        assert wrong.code == 2


def test_steps_and_alarms_are_told_apart_and_what_stays_is_not_offered_back(assay: Assay, guard: Guard) -> None:
    """Several actions of one control say which of them each is; a key's ARN in a command is not cut."""
    make_key(guard.aws)
    volume = make_volume(guard)
    told = assay("protect", "migration", volume, "--plan", "--format", "jsonl")
    plan = json.loads(told.out.splitlines()[-1])["plan"]
    assert assay("protect", "approve", plan).code == 0
    done = assay("protect", "apply", plan, "--execute")
    assert done.code == 0, done.out
    for step in ("snapshot", "encrypted copy", "replacement"):
        assert f"ebs_migration ({step})" in " ".join(done.out.split())
    assert "3 applied." in done.out
    assert "Take it back" not in done.out
    key = guard.aws.client("kms").describe_key(KeyId="alias/assay-restricted")["KeyMetadata"]["Arn"]
    assert key in assay("protect", "migration", volume).out


def test_how_many_wait_stands_in_the_last_line(assay: Assay, guard: Guard) -> None:
    guard.make()
    make_key(guard.aws)
    Path("assay.toml").write_text('second_approval = "restricted"\n')
    plan = planned(assay, URI)
    assert assay("protect", "approve", plan, "--by", "ada").code == 0
    done = assay("protect", "apply", plan, "--execute")
    assert done.code == 3
    assert re.search(r"Plan \w+: 1 applied; \d+ wait for a person\.", done.out), done.out


def test_what_is_deleted_since_is_gone_and_asks_nothing_of_anybody(assay: Assay, guard: Guard) -> None:
    """Neither ok nor unknown: nothing of it is left to protect, and it is said once who saw it."""
    guard.make(level=Level.INTERNAL)
    plan = planned(assay, URI)
    assert assay("protect", "approve", plan).code == 0
    assert assay("protect", "apply", plan, "--execute").code == 0
    guard.s3.delete_bucket(Bucket="lake")
    for verb in (("verify", plan), ("drift",), ("drift", URI)):
        done = assay("protect", *verb, "--format", "jsonl")
        *checks, counts = [each for each in lines(done) if each["kind"] in ("check", "checks")]
        gone = [each for each in checks if each["resource"] == URI]
        assert {each["check"] for each in gone} == {"gone"}, verb
        assert (counts["gone"], counts["unknown"], counts["differs"], done.code) == (len(gone), 0, 0, 0), verb
    told = assay("protect", "verify", plan)
    assert f"{len(gone)} gone." in told.out
    assert f"gone: {URI}" in told.out
    assert assay("audit", "log").out.count("PROTECTED_RESOURCE_GONE") == 1
    # Whoever may not ask whether it is there knows nothing of it.
    guard.aws.strict.deny("s3.GetBucketLocation")
    assert assay("protect", "verify", plan).code == 3
