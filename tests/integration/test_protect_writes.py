"""What holds for everything that writes in protection, one control after the other: what changed since it was planned is not written over, what may
not be read is not taken for something else, a call that is refused is told and leaves what is described, twice is once, and what is taken back is
as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, TESTS, Aws
from mutations import is_write
from protecting_for_tests import Guard
from writes_for_tests import SCENES

from assay.app.protection.protecting import PROTECTORS
from assay.aws import rdssettings, tablesettings
from assay.aws.failures import ACCESS_DENIED, KEY_DENIED
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, UNCHANGED, Action, Outcome
from assay.store.engine import open_catalog

_FINAL_AT = {"rds_backups"}
"""Some of whose actions cannot be taken back, by what was there."""
_NOT_NEEDED = {"s3.GetBucketAbac"}
"""What need not be read: of the two calls there are for tags, S3 refuses that of the buckets with ABAC to those without, and the other way round."""


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def test_there_are_some_for_each_control_with_all_that_it_calls(guard: Guard) -> None:
    told: dict[str, set[str]] = {}
    for name, each in SCENES.items():
        told.setdefault(name.partition("+")[0], set()).update(each.writes)
    declared = {name: {call for call in guard.maker.protectors[name].calls if is_write(call)} for name in PROTECTORS}
    assert told == declared


@pytest.fixture
def planned(guard: Guard, tmp_path: Path, request: pytest.FixtureRequest) -> Action:
    """An action of a control, with all made that comes before it."""
    control = request.param.partition("+")[0]
    plan = SCENES[request.param].scene(guard, tmp_path)
    place = next(number for number, each in enumerate(plan.actions) if each.action.control == control)
    before = plan.actions[:place]
    receipts = guard.apply(plan, before)
    assert {each.outcome for each in receipts} <= {Outcome.APPLIED}, [each.detail for each in receipts]
    return plan.actions[place].action


def own(guard: Guard, *, writes: bool = True) -> list[Any]:
    """The calls that assay made, those that change something or those that read."""
    return [
        call
        for call in guard.aws.strict.calls
        if is_write(call.name) == writes and TESTS not in call.request.environ.get("HTTP_USER_AGENT", "")
    ]


@contextmanager
def nothing_written(guard: Guard) -> Iterator[None]:
    before = len(own(guard))
    yield
    assert [call.name for call in own(guard)[before:]] == []


def _other(state: Mapping[str, Any]) -> dict[str, Any]:
    """What nothing is."""
    return dict.fromkeys(state, "something else")


@pytest.mark.parametrize("planned", SCENES, indirect=True)
def test_it_is_written_safely(guard: Guard, planned: Action, request: pytest.FixtureRequest) -> None:
    at = len(own(guard))
    protector = guard.maker.protectors[planned.control]
    _not_over_what_changed_since(guard, planned)
    _not_without_what_may_not_be_read(guard, planned)
    # Each call that writes is refused once, in the order in which they come.
    action = _made_at_last(guard, planned)
    assert dict(protector.read_back(action)) == dict(action.after)
    with nothing_written(guard):
        with pytest.raises(ActionError) as caught:
            protector.apply(action)
        assert caught.value.reason == UNCHANGED
    if action.reversible:
        with nothing_written(guard):
            with pytest.raises(ActionError) as caught:
                protector.undo(replace(action, after=_other(action.after)))
            assert caught.value.reason in (CHANGED, UNCHANGED)
        _until_done(guard, action, lambda: protector.undo(action))
        assert dict(protector.read_back(action)) == dict(action.before)
    elif action.control not in _FINAL_AT:
        with nothing_written(guard), pytest.raises(ActionError):
            protector.undo(action)
    _of_its_owner(guard)
    assert {call.name for call in own(guard)[at:]} == SCENES[request.node.callspec.id].writes


def _not_over_what_changed_since(guard: Guard, planned: Action) -> None:
    protector = guard.maker.protectors[planned.control]
    judged_by = {"policy", "acl", "website", "key_policy"} & set(planned.found)
    others = [replace(planned, found={**planned.found, name: "another"}) for name in judged_by]
    for other in (replace(planned, before=_other(planned.before)), *others):
        with nothing_written(guard):
            with pytest.raises(ActionError) as caught:
                protector.apply(other)
            assert caught.value.reason == CHANGED


def _not_without_what_may_not_be_read(guard: Guard, planned: Action) -> None:
    """It is not taken for something else, and nothing is written in its place. All that is read before the first write counts: what is
    changed, and what it was judged by."""
    protector = guard.maker.protectors[planned.control]
    at = len(own(guard, writes=False))
    refusing = [guard.aws.strict.deny(name) for name in protector.calls if is_write(name)]
    with pytest.raises(AwsError):
        protector.apply(planned)
    for each in refusing:
        each.end()
    reads = sorted({call.name for call in own(guard, writes=False)[at:]} - _NOT_NEEDED)
    assert reads
    for name in reads:
        refusing = guard.aws.strict.deny(name)
        with nothing_written(guard), pytest.raises(AwsError) as caught:
            protector.apply(planned)
        assert caught.value.reason in (ACCESS_DENIED, KEY_DENIED), name
        refusing.end()


def _made_at_last(guard: Guard, action: Action) -> Action:
    """Where a part was made it is planned anew: the action is that of the newest plan."""
    protector = guard.maker.protectors[action.control]
    now: list[Action] = [action]

    def make() -> None:
        try:
            protector.apply(now[0])
        except ActionError as error:
            assert error.reason == CHANGED  # noqa: PT017  # anything else is a failure
            now[0] = replace(action, before=protector.read_back(action))
            protector.apply(now[0])

    _until_done(guard, action, make)
    return now[0]


def _until_done(guard: Guard, action: Action, make: Callable[[], Any]) -> None:
    protector = guard.maker.protectors[action.control]
    writes = {name for name in protector.calls if is_write(name)}
    allowed: set[str] = set()
    while True:
        refusing = {name: guard.aws.strict.deny(name) for name in writes - allowed}
        try:
            make()
        except AwsError as error:
            assert error.reason == ACCESS_DENIED  # noqa: PT017  # anything else is a failure
        else:
            assert not any(each.met for each in refusing.values())
            for each in refusing.values():
                each.end()
            assert allowed, "nothing was written"
            return
        (met,) = [name for name, each in refusing.items() if each.met]
        allowed.add(met)
        for each in refusing.values():
            each.end()


def _of_its_owner(guard: Guard) -> None:
    """S3 is told with each call whose bucket it has to be, but where one is made."""
    for writes in (False, True):
        for call in own(guard, writes=writes):
            if call.name.startswith("s3.") and call.name not in ("s3.CreateBucket", "s3.ListBuckets"):
                assert call.parameters.get("ExpectedBucketOwner") == ACCOUNT, call.name
