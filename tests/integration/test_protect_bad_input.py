"""What goes wrong while protection looks and while it writes: each call that may not be made, throttling, what is deleted meanwhile, a clock that is
wrong. What it is about is told, nothing is planned of what was not seen, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from awsservers import TESTS, Aws
from mutations import is_write
from protecting_for_tests import (
    DATABASE,
    SNAPSHOT,
    TABLE,
    URI,
    VOLUMES,
    Guard,
    action,
    apart,
    controls,
    make_cluster,
    make_database,
    make_key,
    make_snapshots,
    make_table,
    make_trail,
    make_volume,
    refused,
    set_state,
)
from strictly import new_table
from tagging_for_tests import NOW

from assay.app.permissions import calls_of
from assay.app.protection import protectapply
from assay.app.protection.applying import NO_CONTROL
from assay.app.protection.protectapply import Check
from assay.aws import rdssettings, tablesettings
from assay.model.action import MANUAL, Outcome, Plan
from assay.model.protection import Setting
from assay.protect.protection import Assessed, plan_of
from assay.store.engine import open_catalog


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        guard = Guard(aws=aws, catalog=catalog)
        # All that ships is asked for, and what has to be.
        guard.own_policy(tmp_path, "policies: [{name: who, where: {type: s3_bucket}, set: {key_tag_access: clearance, event_notifications: true}}]", is_apart=False)  # fmt: skip
        yield guard


def _bucket(guard: Guard) -> list[str]:
    guard.make()
    guard.aws.strict.analyzes()
    make_key(guard.aws)
    make_trail(guard)
    return [URI]


def _table(guard: Guard) -> list[str]:
    make_key(guard.aws)
    return [make_table(guard)]


def _database(guard: Guard) -> list[str]:
    return [make_database(guard)]


def _snapshot(guard: Guard) -> list[str]:
    make_database(guard)
    make_cluster(guard)
    make_snapshots(guard)
    return [SNAPSHOT]


def _volume(guard: Guard) -> list[str]:
    return [make_volume(guard)]


def _volumes(guard: Guard) -> list[str]:
    make_key(guard.aws)
    make_volume(guard)
    return [VOLUMES]


MAKES: dict[str, Callable[[Guard], list[str]]] = {
    "bucket": _bucket, "table": _table, "database": _database, "snapshot": _snapshot, "volume": _volume, "volumes": _volumes,
}  # fmt: skip


def _some(guard: Guard) -> list[str]:
    return [*_bucket(guard), make_table(guard), make_database(guard)]


def _some_apart(guard: Guard) -> list[str]:
    guard.make()
    return [URI, make_table(guard), DATABASE]


def _planned(plan: Plan) -> set[tuple[str, str, str]]:
    """What would be changed, with what is there and what is wanted."""
    return {
        (each.action.resource, each.action.control, f"{dict(each.action.before)} {dict(each.action.after)}")
        for each in plan.actions
    }


def _said(plan: Plan) -> set[tuple[str, str, str]]:
    """What may break by each change, and why a person is asked."""
    return {(each.action.resource, each.action.breaks, each.because) for each in plan.actions}


def _reads(guard: Guard) -> list[str]:
    """The calls that assay makes, those that tests make for themselves apart."""
    return sorted(
        {
            call.name
            for call in guard.aws.strict.calls
            if TESTS not in call.request.environ.get("HTTP_USER_AGENT", "") and not is_write(call.name)
        }
    )


@pytest.mark.parametrize("kind", ["bucket", "table", "database", "snapshot", "volume", "volumes"])
def test_each_call_that_may_not_be_made_is_told_and_nothing_is_planned_of_what_was_not_seen(
    guard: Guard, kind: str
) -> None:
    """And so it is unknown in what is observed: what was not read is neither as it was, nor something else."""
    (target,) = MAKES[kind](guard)
    guard.aws.strict.calls.clear()
    plan, seen = _assessed(guard, target)
    whole, gaps = _planned(plan), {(each.resource, each.control, each.reason) for each in plan.refusals}
    reads = _reads(guard)
    assert set(reads) <= calls_of("protect plan")
    for name in reads:
        refusing = guard.aws.strict.deny(name)
        now, settings = _assessed(guard, target)
        refusing.end()
        assert _planned(now) <= whole, name
        more = {(each.resource, each.control, each.reason) for each in now.refusals} - gaps
        other = {each for each in settings if settings[each] != seen.get(each)}
        assert not any(settings[each].is_known for each in other), name
        # Nothing of a snapshot depends on the key of its level, which is looked for all the same.
        is_needed = kind != "snapshot" or not name.startswith("kms.")
        # Who uses a key is no setting of a resource: that it is not known stands where something may break.
        asked = _said(now) - _said(plan)
        assert more or other or asked or now.notes != plan.notes or not is_needed, name


def _assessed(guard: Guard, target: str) -> tuple[Plan, dict[str, Setting]]:
    """The plan for a resource, and all that was seen of it."""
    (found,) = guard.protection.assessed([target])
    plan = plan_of([found], {}, targets=[target], at=NOW, by="ada")
    return plan, dict(found.state.settings) if isinstance(found, Assessed) else {}


def test_what_is_throttled_is_asked_again(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = _some(guard)
    whole = _planned(guard.plan(*targets))
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    met = [guard.aws.strict.throttle(f"{service}.*", times=2) for service in ("s3", "dynamodb", "rds", "kms")]
    assert _planned(guard.plan(*targets)) == whole
    assert [each.met for each in met] == [2] * len(met)
    assert slept


def test_what_is_throttled_all_the_time_is_told(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = _some(guard)
    whole = _planned(guard.plan(*targets))
    monkeypatch.setattr("time.sleep", lambda _: None)
    guard.aws.strict.throttle("dynamodb.*")
    now = guard.plan(*targets)
    # What only the table would have needed is not planned either.
    assert _planned(now) <= whole
    assert {each for each in whole if each[0] in (URI, DATABASE)} <= _planned(now)
    assert TABLE not in {resource for resource, _, _ in _planned(now)}
    assert {each.reason for each in now.refusals if each.resource == TABLE} == {"throttled"}


def test_what_is_deleted_meanwhile_is_told_and_the_rest_is_made(guard: Guard) -> None:
    guard.policy = apart(guard.policy)
    targets = [*_snapshot(guard), *_some_apart(guard)]
    plan = guard.plan(*targets)
    guard.s3.delete_bucket(Bucket="lake")
    guard.aws.client("dynamodb").delete_table(TableName="orders")
    guard.aws.client("rds").delete_db_snapshot(DBSnapshotIdentifier="monday")
    told: dict[str, set[Outcome]] = {}
    for planned, receipt in zip(plan.actions, guard.apply(plan), strict=True):
        told.setdefault(planned.action.resource, set()).add(receipt.outcome)
    for gone in (URI, TABLE, SNAPSHOT):
        assert told[gone] <= {Outcome.FAILED, Outcome.REFUSED}, gone
        assert Outcome.FAILED in told[gone], gone
    assert told[DATABASE] == {Outcome.APPLIED}
    assert not guard.aws.strict.calls.made("s3.CreateBucket", bucket="lake")[1:]


def test_what_is_deleted_while_it_is_taken_back_is_told(guard: Guard) -> None:
    guard.make()
    make_table(guard)
    plan = guard.plan(URI, TABLE)
    guard.apply(plan)
    guard.aws.client("dynamodb").update_table(TableName="orders", DeletionProtectionEnabled=False)
    for _ in range(3):
        guard.aws.client("dynamodb").describe_table(TableName="orders")
    guard.aws.client("dynamodb").delete_table(TableName="orders")
    by_id = {each.action.id: each.action.resource for each in plan.actions}
    told: dict[str, set[Outcome]] = {}
    for receipt in guard.undo(plan):
        told.setdefault(by_id[receipt.action], set()).add(receipt.outcome)
    # Its alarms are there still, and go.
    assert Outcome.UNDO_FAILED in told[TABLE]
    assert told[URI] == {Outcome.UNDONE}


def test_a_control_that_this_version_does_not_know_stops_its_resource_alone(guard: Guard) -> None:
    guard.policy = apart(guard.policy)
    made = guard.plan(*_snapshot(guard), *_some_apart(guard))
    first = next(each for each in made.actions if each.action.resource == TABLE)
    other = replace(first, action=replace(first.action, control="of_next_year"))
    plan = replace(made, actions=tuple(other if each is first else each for each in made.actions))
    told: dict[str, set[tuple[Outcome, str]]] = {}
    for planned, receipt in zip(plan.actions, guard.apply(plan), strict=True):
        told.setdefault(planned.action.resource, set()).add((receipt.outcome, receipt.reason))
    assert (Outcome.REFUSED, NO_CONTROL) in told[TABLE]
    assert {outcome for outcome, _ in told[TABLE]} == {Outcome.REFUSED}
    assert told[URI] == told[DATABASE] == {(Outcome.APPLIED, "")}
    (checked,) = protectapply.verify(guard.maker, plan.id, [other.action])
    assert (checked.check, checked.detail) == (
        Check.UNKNOWN,
        "this version of assay knows no 'of_next_year'; use the version that planned it",
    )


@pytest.mark.parametrize(
    ("service", "code"),
    [("s3", "RequestTimeTooSkewed"), ("dynamodb", "InvalidSignatureException"), ("rds", "SignatureDoesNotMatch"), ("kms", "InvalidSignatureException")],
)  # fmt: skip
def test_a_clock_that_is_wrong_is_told_as_that(guard: Guard, service: str, code: str) -> None:
    targets = _some(guard)
    whole = _planned(guard.plan(*targets))
    guard.aws.strict.fail(f"{service}.*", code)
    plan = guard.plan(*targets)
    assert _planned(plan) < whole
    told = [each for each in plan.refusals if each.reason != MANUAL and code in each.detail]
    assert told
    assert any("clock" in each.detail for each in told)


def test_a_key_that_is_going_to_be_deleted_is_used_for_nothing(guard: Guard) -> None:
    targets = _some(guard)
    key = guard.aws.client("kms").describe_key(KeyId="alias/assay-restricted")["KeyMetadata"]["Arn"]
    set_state(key, "PendingDeletion")
    plan = guard.plan(*targets)
    assert not {"s3_encryption", "dynamodb_encryption", "ebs_default_key"} & set(controls(plan))
    assert "is PendingDeletion" in refused(plan)["encryption"]
    assert "s3_versioning" in controls(plan)
    receipts = guard.apply(plan)
    assert {each.outcome for each in receipts} == {Outcome.APPLIED}, [each.detail for each in receipts]
    assert not guard.aws.strict.calls.made("kms.CancelKeyDeletion")


def test_two_appliers_at_once_make_each_change_once(guard: Guard) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from dataclasses import replace

    guard.make()
    make_table(guard)
    plan = guard.plan(URI, TABLE)
    other = replace(guard.maker, by="bob")
    from assay.store import plans

    with guard.catalog.transaction() as connection:
        plan_id = plans.keep(connection, plan)
    with ThreadPoolExecutor(2) as threads:
        runs = [
            threads.submit(lambda each=each: list(each.apply(plan_id, plan.actions))) for each in (guard.maker, other)
        ]
    told = [receipt for run in runs for receipt in run.result()]
    # What needs what the other one is about to make fails, and is made by a later run.
    assert Outcome.UNKNOWN not in {each.outcome for each in told}
    last = [receipt for _ in range(3) for receipt in guard.maker.apply(plan_id, plan.actions)]
    # Each change is made by one of them, once.
    made = [each.action for each in (*told, *last) if each.outcome is Outcome.APPLIED]
    assert sorted(made) == sorted(each.action.id for each in plan.actions)
    # Who may use a key that this plan made is for the next one.
    assert set(controls(guard.plan(URI, TABLE))) <= {"kms_statements"}
    assert action(plan, "s3_versioning").id in made


def test_resources_are_looked_at_at_the_same_time(guard: Guard) -> None:
    """Each table's description waits until four are asked for at once; one after the other they never would be."""
    names = [f"orders-{number}" for number in range(8)]
    client = guard.aws.client("dynamodb")
    for name in names:
        new_table(client, name)
    arrived, four, alone = count(1), Event(), []

    def wait() -> None:
        if next(arrived) == 4:
            four.set()
        if not four.wait(60):
            alone.append(True)
            four.set()

    guard.aws.strict.before("dynamodb.DescribeTable", wait, times=None)
    plan = guard.plan(*(f"dynamodb://{name}" for name in names))
    assert alone == []
    assert {each.action.resource.rpartition("/")[2] for each in plan.actions} >= set(names)
