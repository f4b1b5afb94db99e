"""`assay worker --protect` over accounts: each resource is looked at and changed in the account that it is of, and what cannot be entered is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from calling import Assay, Done
from killing_for_tests import KilledError, Killing, dead, one_by_one
from protecting_for_tests import ask_apart
from sqlalchemy import update
from strictly import new_table
from tagging_for_tests import classify, known
from test_cli_protect_regions import OTHER, THIRD, theirs
from workers_for_tests import Queues, queues, set_phase

from assay.app.protection.protectapply import standing
from assay.app.protection.protecting import PROTECTORS
from assay.model import Level
from assay.model.review import Phase
from assay.store import tasks
from assay.store.engine import open_catalog
from assay.store.schema.events import tasks as rows

ROLE, THIRD_ROLE = (f"arn:aws:iam::{account}:role/see" for account in (OTHER, THIRD))
OURS, THEIRS = "s3://our-fresh", "s3://their-fresh"
ELSEWHERE = "eu-central-1"
LOGS = "assay-access-logs-"


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> Killing:
    return one_by_one(monkeypatch)


@pytest.fixture
def estate(killing: Killing, aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """An open bucket in each of two accounts, in two regions, and rollout that is automated."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    monkeypatch.setenv("ASSAY_PROTECTION", ask_apart(tmp_path))
    roles(ROLE)
    for client, bucket, region in ((aws.client("s3"), OURS, REGION), (theirs(aws, "s3", ELSEWHERE), THEIRS, ELSEWHERE)):
        name = bucket.removeprefix("s3://")
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        client.delete_public_access_block(Bucket=name)
    with open_catalog("catalog.db", create=True) as catalog:
        set_phase(catalog, "*", Phase.AUTOMATED)
    return aws


def roles(*named: str) -> None:
    Path("assay.toml").write_text(f"protect_roles = {json.dumps(named)}")


def level(*resources: str) -> None:
    """The catalog knows an object of each, or a table."""
    with open_catalog("catalog.db") as catalog:
        classify(catalog, {f"{each}/a.csv" if each.startswith("s3:") else each: known(Level.INTERNAL) for each in resources})  # fmt: skip


def created(bucket: str, account: str, region: str = REGION) -> dict[str, Any]:
    name = bucket.removeprefix("s3://")
    return {
        "version": "0", "id": name, "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": account,
        "time": "2026-03-02T08:15:00Z", "region": region,
        "detail": {"eventName": "CreateBucket", "eventID": name, "requestParameters": {"bucketName": name}},
    }  # fmt: skip


def work(assay: Assay, sent: Queues | None = None, verb: str = "apply") -> Done:
    queue = () if sent is None else ("--queue", sent.url)
    return assay("worker", *queue, "--until-empty", "--no-tags", "--protect", verb)


def is_closed(client: Any, bucket: str) -> bool:
    try:
        found = client.get_public_access_block(Bucket=bucket.removeprefix("s3://"))["PublicAccessBlockConfiguration"]
    except client.exceptions.ClientError:
        return False
    return all(found.values())


def changed(aws: Aws) -> set[tuple[str, str]]:
    """Which buckets were changed, in which account, but for those that logs go to."""
    return {
        (each.request.account, f"s3://{each.parameters['Bucket']}")
        for each in aws.strict.calls
        if each.name.startswith(("s3.Put", "s3.Delete")) and not each.code and LOGS not in each.parameters["Bucket"]
    }


def asked() -> dict[str, tuple[str, str]]:
    """What is asked for of protection: its status, and why it waits."""
    with open_catalog("catalog.db") as catalog, catalog.reading() as connection:
        return {
            each.resource: (each.status, each.reason)
            for each in connection.execute(rows.select().where(rows.c.kind == "protect"))
        }


def test_each_is_protected_where_it_is(estate: Aws, assay: Assay) -> None:
    sent = queues(estate)
    sent.send(created(OURS, ACCOUNT), created(THEIRS, OTHER, ELSEWHERE))
    level(OURS, THEIRS)
    estate.strict.calls.clear()
    done = work(assay, sent)
    assert (done.code, is_closed(estate.client("s3"), OURS), is_closed(theirs(estate, "s3"), THEIRS)) == (0, True, True), done.err  # fmt: skip
    assert f"{OTHER} applied: {THEIRS} s3_public_access_block" in done.err
    assert f"{ACCOUNT} applied: {OURS} s3_public_access_block" in done.err
    assert changed(estate) == {(ACCOUNT, OURS), (OTHER, THEIRS)}
    assert asked() == {OURS: ("done", ""), THEIRS: ("done", "")}
    # The same again changes nothing, and what was made there is taken back there.
    estate.strict.calls.clear()
    sent.send(created(OURS, ACCOUNT), created(THEIRS, OTHER, ELSEWHERE))
    assert (work(assay, sent).code, changed(estate)) == (0, set())
    with open_catalog("catalog.db") as catalog:
        plan = {each for each, action in standing(catalog, PROTECTORS, OTHER) if action.resource == THEIRS}
    assert assay("protect", "rollback", plan.pop(), "--execute").code in (0, 3)
    assert (is_closed(theirs(estate, "s3"), THEIRS), is_closed(estate.client("s3"), OURS)) == (False, True)


def test_with_plan_each_waits_for_its_own_account(estate: Aws, assay: Assay) -> None:
    level(OURS, THEIRS)
    estate.strict.calls.clear()
    done = work(assay, verb="plan")
    assert (done.code, changed(estate), f"{OTHER} waits: {THEIRS}" in done.err) == (0, set(), True), done.err


def test_what_changed_its_level_is_looked_at_where_it_is_alone(estate: Aws, assay: Assay) -> None:
    new_table(estate.client("dynamodb"), "ours")
    new_table(theirs(estate), "theirs")
    level(THEIRS, "dynamodb://theirs", "dynamodb://ours")
    estate.strict.calls.clear()
    done = work(assay)
    assert (done.code, "unknown: " in done.err) == (0, False), done.err
    assert set(asked()) == {
        THEIRS, f"arn:aws:dynamodb:{REGION}:{OTHER}:table/theirs", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ours",
    }  # fmt: skip
    changes = {each.request.account for each in estate.strict.calls.made("dynamodb.UpdateContinuousBackups")}
    assert (changed(estate), changes) == ({(OTHER, THEIRS)}, {ACCOUNT, OTHER})


def test_a_bucket_whose_event_names_no_account_or_the_wrong_one(estate: Aws, assay: Assay) -> None:
    with open_catalog("catalog.db") as catalog, catalog.transaction() as connection:
        tasks.ask(connection, tasks.Kind.PROTECT, THEIRS, because="its policy changed", account=ACCOUNT)
        tasks.ask(connection, tasks.Kind.PROTECT, OURS, because="its policy changed")
    estate.strict.calls.clear()
    done = work(assay, verb="plan")
    assert (done.code, {each[0] for each in asked().values()}) == (0, {"done"}), done.err
    assert (f"{OTHER} waits: {THEIRS}" in done.err, f"{ACCOUNT} waits: {OURS}" in done.err) == (True, True)


def test_of_an_account_that_nothing_leads_to_it_is_told_and_left(estate: Aws, assay: Assay) -> None:
    roles()
    sent = queues(estate)
    sent.send(created(OURS, ACCOUNT), created(THEIRS, OTHER, ELSEWHERE))
    level(OURS)
    estate.strict.calls.clear()
    done = work(assay, sent)
    told = " ".join(done.err.replace("assay: ", "").split())
    assert (done.code, is_closed(estate.client("s3"), OURS)) == (3, True), done.err
    assert f"unknown: {THEIRS} observe: of another account: it is of account {OTHER}" in told
    assert asked() == {OURS: ("done", ""), THEIRS: ("waiting", "of another account")}
    assert not [each for each in estate.strict.calls if each.name.startswith("s3.") and each.parameters.get("Bucket") == "their-fresh"]  # fmt: skip
    assert f"{THEIRS}: it is new; of another account" in assay("worker", "--statistics").out
    # Once a role leads there it is done.
    roles(ROLE)
    level(THEIRS)
    done = work(assay)
    assert (done.code, is_closed(theirs(estate, "s3"), THEIRS)) == (0, True), done.err


def test_an_account_that_cannot_be_entered_is_a_gap_and_stops_no_other(estate: Aws, assay: Assay) -> None:
    roles(THIRD_ROLE, ROLE)
    sent = queues(estate)
    sent.send(created("s3://third", THIRD), created(THEIRS, OTHER, ELSEWHERE), created("s3://third-too", THIRD))
    level(OURS, THEIRS)
    denied = estate.strict.deny("sts.AssumeRole", RoleArn=THIRD_ROLE)
    done = work(assay, sent)
    assert (done.code, is_closed(theirs(estate, "s3"), THEIRS), is_closed(estate.client("s3"), OURS)) == (3, True, True)
    told = " ".join(done.err.replace("assay: ", "").split())
    assert told.count(f"unknown: aws://{THIRD} observe: access denied: {THIRD_ROLE} cannot be assumed") == 1, done.err
    assert {name: each[0] for name, each in asked().items()} == {
        "s3://third": "waiting", "s3://third-too": "waiting", OURS: "done", THEIRS: "done",
    }  # fmt: skip
    # Nothing counts as a try: once it can be entered it is looked at.
    denied.end()
    with open_catalog("catalog.db") as catalog, catalog.transaction() as connection:
        connection.execute(update(rows).values(due_at="2026-01-01T00:00:00.000000Z"))
    work(assay)
    assert {each[0] for each in asked().values()} == {"done"}


@pytest.mark.parametrize("what", ["throttle", "expire"])
def test_what_passes_is_put_off_and_ends_the_run(
    estate: Aws, assay: Assay, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one account nothing can be asked for a while: it is not tried without end, nor given up, and the other is protected."""
    monkeypatch.setattr("assay.aws.session._ATTEMPTS", 1)
    level(OURS, THEIRS)
    estate.strict.calls.clear()
    getattr(estate.strict, what)("s3.*", account=OTHER)
    done = work(assay)
    assert (done.code, is_closed(estate.client("s3"), OURS), asked()[OURS]) == (3, True, ("done", "")), done.err
    assert asked()[THEIRS][0] == "waiting"
    assert changed(estate) == {(ACCOUNT, OURS)}


def test_killed_at_every_call_it_is_taken_up_where_it_is(estate: Aws, assay: Assay, killing: Killing) -> None:
    level(THEIRS)
    estate.strict.calls.clear()
    _until_done(assay, killing, lambda: work(assay))
    called = {name for name, _ in killing.at}
    assert {"s3.PutPublicAccessBlock", "s3.PutBucketPolicy"} <= called
    assert killing.at == {(name, after) for name in called for after in (False, True)}
    assert (is_closed(theirs(estate, "s3"), THEIRS), is_closed(estate.client("s3"), OURS)) == (True, False)
    assert {account for account, _ in changed(estate)} == {OTHER}
    assert {name for name, each in asked().items() if each[0] != "done"} == set()
    # Everything that it made is in the journal of that account, and can be taken back from there.
    with open_catalog("catalog.db") as catalog:
        made = dict.fromkeys(plan for plan, action in standing(catalog, PROTECTORS, OTHER) if action.resource == THEIRS)
    for plan in made:
        assert assay("protect", "rollback", plan, "--execute").code in (0, 3)
    assert not is_closed(theirs(estate, "s3"), THEIRS)


def _until_done(assay: Assay, killing: Killing, run: Callable[[], Done]) -> None:
    for _ in range(60):
        died = False
        for after in (False, True):
            with killing.once(after=after):
                try:
                    done = run()
                except KilledError:
                    died = True
            with open_catalog("catalog.db") as catalog:
                dead(catalog)
                with catalog.transaction() as connection:
                    connection.execute(
                        update(rows)
                        .where(rows.c.status == "working")
                        .values(process=0, until="2000-01-01T00:00:00.000000Z", attempts=0)
                    )
        if not died:
            assert done.code == 0, done.err
            return
    pytest.fail("it never ends")
