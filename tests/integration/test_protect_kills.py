"""Killed before and after every call that changes something, of every kind of resource: what is left is told, and the next run goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from killing_for_tests import KilledError, Killing, dead, one_by_one
from protecting_for_tests import (
    CLUSTER,
    DATABASE,
    SNAPSHOT,
    SNAPSHOT_OF_CLUSTER,
    TABLE,
    URI,
    VOLUMES,
    Guard,
    apart,
    controls,
    make_cluster,
    make_database,
    make_key,
    make_snapshots,
    make_table,
    make_volume,
    share_snapshot,
)

from assay.app.protection import protectapply as doing
from assay.aws.failures import NOT_FOUND
from assay.errors import AwsError
from assay.model import Level
from assay.model.action import Action, Outcome, Plan
from assay.model.backing import SCHEME
from assay.protect.protection import ORDER
from assay.store import journal
from assay.store.engine import open_catalog

_MEANS = ("kms_key", "s3_log_bucket", "backup_role", "backup_vault", "backup_plan", "cloudtrail_trail")


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> Killing:
    return one_by_one(monkeypatch)


@pytest.fixture
def guard(killing: Killing, aws: Aws, tmp_path: Path) -> Any:  # before any client is made
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        guard = Guard(aws=aws, catalog=catalog)
        guard.own_policy(tmp_path, "policies: [{name: only, set: {event_notifications: true}}, {name: who, where: {type: s3_bucket}, set: {key_tag_access: clearance}}]", is_apart=False)  # fmt: skip
        yield guard


def _bucket(guard: Guard) -> list[str]:
    guard.make()
    return [URI]


def _table(guard: Guard) -> list[str]:
    make_table(guard)
    return [TABLE]


def _databases(guard: Guard) -> list[str]:
    make_database(guard, Level.RESTRICTED, BackupRetentionPeriod=0)
    make_cluster(guard)
    make_snapshots(guard)
    return [DATABASE, CLUSTER, SNAPSHOT, SNAPSHOT_OF_CLUSTER]


def _volumes(guard: Guard) -> list[str]:
    volume = make_volume(guard)
    share_snapshot(guard, volume, groups=["all"])
    return [volume, VOLUMES]


def _key(guard: Guard) -> list[str]:
    """A table alone, whose level's key is there and is not rotated."""
    guard.policy = apart(guard.policy)
    make_table(guard)
    client = guard.aws.client("kms")
    client.disable_key_rotation(KeyId=make_key(guard.aws))
    return [TABLE]


KINDS: dict[str, Callable[[Guard], list[str]]] = {
    "bucket": _bucket,
    "table": _table,
    "databases": _databases,
    "volumes": _volumes,
    "key": _key,
}


def test_every_protector_is_killed(guard: Guard) -> None:
    """Between them the kinds have something to do for each, but for what incidents and grants alone do."""
    targets = [each for kind in ("bucket", "table", "databases", "volumes") for each in KINDS[kind](guard)]
    found = set(controls(guard.plan(*targets)))
    assert set(ORDER) - found == {"kms_rotation", "kms_statements", "iam_quarantine", "s3_statements"}
    client = guard.aws.client("kms")
    client.disable_key_rotation(KeyId=make_key(guard.aws))
    assert {"kms_rotation", "kms_statements"} <= set(controls(guard.plan(*targets)))


@pytest.mark.parametrize("kind", KINDS)
def test_at_every_call_it_is_taken_up_again(guard: Guard, killing: Killing, kind: str) -> None:
    targets = KINDS[kind](guard)
    before = _settings(guard, targets)
    made: list[Plan] = []
    for _ in range(20):
        plan = guard.plan(*targets)
        if not plan.actions:
            break
        made.append(plan)
        _until_done(guard, killing, plan, lambda plan=plan: guard.apply(plan))  # type: ignore[misc]
    assert controls(guard.plan(*targets)) == []
    called = {name for name, _ in killing.at}
    # Each was killed before it and after it.
    assert killing.at == {(name, after) for name in called for after in (False, True)}
    for plan in reversed(made):
        _until_done(guard, killing, plan, lambda plan=plan: guard.undo(plan))  # type: ignore[misc]
        assert doing.to_undo(guard.catalog, plan.id, plan) == []
    assert _settings(guard, targets) == before


@pytest.mark.parametrize("kind", ["bucket", "volumes"])
def test_whatever_call_credentials_expire_after_nothing_is_lost(guard: Guard, killing: Killing, kind: str) -> None:
    """From then on nothing can be read either: what was made is not told as not made, and the next run goes on."""
    targets = KINDS[kind](guard)
    before = _settings(guard, targets)
    made: list[Plan] = []
    for _ in range(20):
        plan = guard.plan(*targets)
        if not plan.actions:
            break
        made.append(plan)
        _until_done(guard, killing, plan, lambda plan=plan: guard.apply(plan), expire=True)  # type: ignore[misc]
    assert controls(guard.plan(*targets)) == []
    for plan in reversed(made):
        _until_done(guard, killing, plan, lambda plan=plan: guard.undo(plan), expire=True)  # type: ignore[misc]
        assert doing.to_undo(guard.catalog, plan.id, plan) == []
    assert _settings(guard, targets) == before


def _until_done(guard: Guard, killing: Killing, plan: Plan, run: Callable[[], Any], *, expire: bool = False) -> None:
    """Runs, and is killed at each call that changes something, once before it and once after it; or credentials expire after it."""
    for _ in range(200):
        died = False
        for after in (True,) if expire else (False, True):
            with killing.once(after=after, instead=guard.aws.strict.expire if expire else None) as killed:
                try:
                    run()
                except KilledError:
                    died = True
                died = died or killed()
            dead(guard.catalog)
            settled = list(guard.maker.settle())
            assert Outcome.UNKNOWN not in [each.outcome for each in settled]
            if after and died:
                _nothing_beside_the_journal(guard, plan)
        if not died:
            return
    pytest.fail("it never ends")


def _nothing_beside_the_journal(guard: Guard, plan: Plan) -> None:
    """What is as the plan wants it, and was not before, is in the journal."""
    with guard.catalog.reading() as connection:
        begun = {each.action for each in journal.of_plan(connection, plan.id)}
    for planned in plan.actions:
        action: Action = planned.action
        if action.id in begun:
            continue
        try:
            now = guard.maker.protectors[action.control].read_back(action)
        except AwsError as error:
            # Of a trail that is to be made nothing is there.
            assert error.reason == NOT_FOUND  # noqa: PT017  # a look-up, no expectation
            continue
        others = action.control in _MEANS or action.resource.startswith(SCHEME)
        assert others or dict(now) == dict(action.before), action.control


def _settings(guard: Guard, targets: list[str]) -> dict[str, Any]:
    """All that is set, but for what never becomes as it was: versioning is suspended, first backups stay."""
    told: dict[str, Any] = {}
    for target in targets:
        state = guard.observe(target)
        told[target] = {name: setting.value for name, setting in state.settings.items()}
        told[target].pop("backup_days", None)
        if "versioning" in told[target]:
            told[target]["versioning"] = (told[target]["versioning"] or {}).get("Status") == "Enabled"
    return told
