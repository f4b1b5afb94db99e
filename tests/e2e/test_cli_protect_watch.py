"""`assay protect watch` and `assay worker --protect`, as a user calls them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from calling import Assay, Done
from protecting_for_tests import URI, Guard, ask_apart, make_key
from tagging_for_tests import known
from workers_for_tests import queues, set_phase

from assay.model import Level
from assay.model.review import Phase
from assay.store import leases, tasks
from assay.store.engine import open_catalog

CATALOG = "catalog.db"


@pytest.fixture
def guard(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", CATALOG)
    monkeypatch.setenv("ASSAY_PROTECTION", ask_apart(tmp_path))
    aws.strict.answer("cloudtrail.LookupEvents", {"Events": []})
    with open_catalog(CATALOG, create=True) as catalog:
        made = Guard(aws=aws, catalog=catalog)
        made.make()
        make_key(aws)
        made.apply(made.plan())
        yield made


def lines(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


def is_blocked(guard: Guard) -> bool:
    return bool(guard.observe().get("public_access_block").value)


def test_one_round_tells_heals_and_ends_with_a_code(assay: Assay, guard: Guard) -> None:
    done = assay("protect", "watch", URI, "--once")
    assert (done.code, done.out) == (0, "round: 1 resource looked at; all is as it was made\n"), done.err
    guard.s3.delete_public_access_block(Bucket="lake")
    done = assay("protect", "watch", URI, "--once", "--execute")
    assert done.code == 1
    assert "drifted: s3://lake s3_public_access_block: changed by nobody knows whom" in done.out
    assert "in pilot nothing is applied without a person" in " ".join(done.out.split())
    assert not is_blocked(guard)
    (queued,) = [each for each in lines(assay("protect", "watch", URI, "--once", "--format", "jsonl")) if each["kind"] == "queued"]  # fmt: skip
    assert assay("protect", "approve", queued["plan"]).code == 0
    done = assay("protect", "watch", URI, "--once", "--execute")
    assert (done.code, "applied: s3://lake s3_public_access_block" in done.out) == (0, True)
    assert is_blocked(guard)
    assert "DRIFT_FOUND" in assay("audit", "log").out
    assert assay("audit", "verify").code == 0


def test_another_watcher_and_wrong_settings_are_told(
    assay: Assay, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with guard.catalog.transaction() as connection:
        leases.take(connection, f"protect watch {ACCOUNT} {REGION}", timedelta(minutes=1), by="grace@desk")
    done = assay("protect", "watch", "--once")
    assert (done.code, "grace@desk watches already" in done.err) == (3, True)
    monkeypatch.setenv("ASSAY_CHANGE_WINDOWS", "mon-fri 09:00-17:00; 9 to 5")
    done = assay("protect", "watch", "--once")
    assert (done.code, "holds '9 to 5', which is no hours" in done.err) == (2, True)
    monkeypatch.delenv("ASSAY_CHANGE_WINDOWS")
    monkeypatch.setenv("ASSAY_TIME_ZONE", "Mars/Base")
    assert "must be a time zone such as Europe/Berlin" in assay("protect", "watch", "--once").err


def test_it_ends_in_order_when_it_is_told_to(guard: Guard) -> None:
    arguments = [sys.executable, "-m", "assay.cli", "protect", "watch", URI, "--execute", "--format", "jsonl"]
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["kind"] == "round"
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=300)
    assert (process.returncode, "1 rounds" in told) == (0, True), told
    with guard.catalog.transaction() as connection:
        assert isinstance(leases.take(connection, "protect watch", timedelta(minutes=1), by="x"), leases.Lease)


def test_a_killed_watcher_leaves_nothing_undescribed(assay: Assay, guard: Guard) -> None:
    """It dies while it heals; the next one takes its lease and what it began."""
    set_phase(guard.catalog, "*", Phase.AUTOMATED)
    guard.s3.delete_public_access_block(Bucket="lake")
    begun, go_on = threading.Event(), threading.Event()

    def stands_still() -> None:
        begun.set()
        go_on.wait(300)

    guard.aws.strict.before("s3.PutPublicAccessBlock", stands_still)
    arguments = [sys.executable, "-m", "assay.cli", "protect", "watch", URI, "--execute"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert begun.wait(300)
    process.kill()
    process.communicate()
    go_on.set()
    done = assay("protect", "watch", URI, "--once", "--execute")
    assert done.code == 0, done
    assert is_blocked(guard)
    assert assay("protect", "drift").code == 0


def test_a_worker_protects_what_is_new(assay: Assay, guard: Guard) -> None:
    sent = queues(guard.aws)
    guard.s3.create_bucket(Bucket="fresh", CreateBucketConfiguration={"LocationConstraint": REGION})
    guard.s3.delete_public_access_block(Bucket="fresh")
    guard.know({"s3://fresh/a.csv": known(Level.INTERNAL)})
    set_phase(guard.catalog, "*", Phase.AUTOMATED)
    sent.send(
        {
            "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": ACCOUNT,
            "time": "2026-03-02T08:15:00Z", "region": REGION,
            "detail": {"eventName": "CreateBucket", "eventID": "e1", "requestParameters": {"bucketName": "fresh"}},
        }
    )  # fmt: skip
    done = assay("worker", "--queue", sent.url, "--until-empty", "--no-tags", "--protect", "apply")
    assert done.code == 0, done.err
    assert "applied: s3://fresh s3_public_access_block" in done.err
    assert "protection of resources: 2 done" in done.err
    with guard.catalog.reading() as connection:
        assert tasks.numbers(connection) == {"protect": {"done": 2}, "rescan": {"waiting": 1}}
    assert all(guard.observe("s3://fresh").get("public_access_block").value.values())
