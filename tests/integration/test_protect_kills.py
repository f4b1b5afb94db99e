"""Killed before and after every call that changes something, of every kind of resource: what is left is told, and the next run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
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
from sqlalchemy import update

from assay.app.protection import applying
from assay.app.protection import protectapply as doing
from assay.aws import rdssettings, session, tablesettings
from assay.aws.failures import NOT_FOUND
from assay.errors import AwsError
from assay.model import Level
from assay.model.action import Action, Outcome, Plan
from assay.model.backing import SCHEME
from assay.protect.protection import ORDER
from assay.store import journal
from assay.store.engine import open_catalog
from assay.store.schema.protect import action_claims

_READS = ("Get", "List", "Describe", "Head", "Scan", "Query")
_MEANS = ("kms_key", "s3_log_bucket", "backup_role", "backup_vault", "backup_plan", "cloudtrail_trail")


class KilledError(BaseException):
    """As kill -9 comes: nothing is done, and nothing is written, after it."""


class Killing:
    """Kills at the next call that changes something, before it or after it; every later call of the process dies, too."""

    def __init__(self) -> None:
        self.after: bool | None = None
        self.is_dead = False
        self.at: set[tuple[str, bool]] = set()

    def watch(self, client: Any, service: str) -> Any:
        client.meta.events.register_first("before-call.*", lambda model, **_: self._before(f"{service}.{model.name}"))
        client.meta.events.register_last("after-call.*", lambda model, **_: self._after(f"{service}.{model.name}"))
        return client

    @contextmanager
    def once(self, *, after: bool) -> Iterator[None]:
        self.after, self.is_dead = after, False
        try:
            yield
        finally:
            self.after, self.is_dead = None, False

    def _before(self, name: str) -> None:
        if self.is_dead:
            raise KilledError
        if self.after is False and _changes(name):
            self._die(name)

    def _after(self, name: str) -> None:
        if self.after is True and not self.is_dead and _changes(name):
            self._die(name)

    def _die(self, name: str) -> None:
        self.is_dead = True
        self.at.add((name, bool(self.after)))
        raise KilledError


def _changes(name: str) -> bool:
    return not name.partition(".")[2].startswith(_READS)


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> Killing:
    made, whole = Killing(), session._client
    monkeypatch.setattr(
        session, "_client", lambda base, service, *more: made.watch(whole(base, service, *more), service)
    )
    # One after the other, so that each call is the one that is killed.
    monkeypatch.setattr(applying, "_THREADS", 1)
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    return made


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


def _until_done(guard: Guard, killing: Killing, plan: Plan, run: Callable[[], Any]) -> None:
    """Runs, and is killed at each call that changes something, once before it and once after it."""
    for _ in range(200):
        died = False
        for after in (False, True):
            with killing.once(after=after):
                try:
                    run()
                except KilledError:
                    died = True
            _dead(guard)
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


def _dead(guard: Guard) -> None:
    """The process that had the claims is no more."""
    with guard.catalog.transaction() as connection:
        connection.execute(update(action_claims).values(process=0, until="2000-01-01T00:00:00.000000Z"))


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
