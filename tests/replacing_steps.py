"""What tests of replacements share: their plans, what became of them, and how a run is killed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from protecting_for_tests import Guard, make_key

from assay.app.permissions import calls_of
from assay.app.protection.replacing import Replacing
from assay.aws.access import Access
from assay.aws.session import Session
from assay.model.action import Outcome, Plan
from assay.protectors import replacing
from assay.store import journal
from assay.store.engine import open_catalog

NOW, LATER = datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def planned(
    guard: Guard, resource: str, *, key: str = "alias/assay-restricted", retire: bool = False, at: datetime = NOW
) -> Plan:
    session = Session(Access(), calls_of("protect migration"))
    return Replacing(session=session, protection=guard.protection).plan(resource, key, retire=retire, at=at, by="ada")


def outcomes(guard: Guard, plan: Plan) -> list[Outcome]:
    receipts = guard.apply(plan)
    for receipt in receipts:
        print(receipt.outcome, receipt.reason, receipt.detail)  # what a failure is read by
    return [receipt.outcome for receipt in receipts]


def steps(plan: Plan) -> list[str]:
    return [next(iter(each.action.after)) for each in plan.actions]


class Killed(BaseException):
    """What nothing catches, as a kill."""


@contextmanager
def dying(guard: Guard, control: str, writes: Sequence[str], at: int, when: str) -> Iterator[None]:
    """The process is killed at its write number `at`: before it is sent, or once AWS has done it."""
    session, count = guard.maker.protectors[control]._session, iter(range(1000))  # type: ignore[attr-defined]
    client_of = session.client

    def client(*given: Any) -> Any:
        found = client_of(*given)

        class Dying:
            def __getattr__(self, name: str) -> Any:
                call = getattr(found, name)
                if name.replace("_", "") not in [each.lower() for each in writes]:
                    return call

                def made(**parameters: Any) -> Any:
                    number = next(count)
                    if number == at and when == "before":
                        raise Killed
                    answer = call(**parameters)
                    if number == at:
                        raise Killed
                    return answer

                return made

        return Dying()

    session.client = client
    try:
        yield
    finally:
        session.client = client_of


def taken_up(guard: Guard, plan: Plan) -> set[Outcome]:
    """What the next runs make of it; what is under way still when one looks is looked at again by the next."""
    for _ in range(3):
        list(guard.maker.settle())
        told = outcomes(guard, plan)
    return set(told)


def killed(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, plan: Plan, control: str, writes: Sequence[str], at: int, when: str
) -> set[Outcome]:
    """A plan is applied, and killed at a write; what the next runs make of it."""
    monkeypatch.setattr(journal, "is_running", lambda _: False)
    with dying(guard, control, writes, at, when), pytest.raises(Killed):
        guard.apply(plan)
    return taken_up(guard, plan)


def killed_back(guard: Guard, plan: Plan, control: str, writes: Sequence[str], at: int, when: str) -> None:
    """It is taken back, killed at a write if there are so many, and taken back to its end by the next runs."""
    with dying(guard, control, writes, at, when), suppress(Killed):
        guard.undo(plan)
    for _ in range(3):
        list(guard.maker.settle())
        guard.undo(plan)


def sent(guard: Guard, call: str) -> int:
    """How often a call was made that was not refused."""
    return sum(not each.code for each in guard.aws.strict.calls.made(call))


def a_protected_original_stays(guard: Guard, resource: str) -> None:
    """Once it is replaced, what is protected from being deleted is not."""
    make_key(guard.aws)
    guard.apply(planned(guard, resource))
    first, *_ = guard.apply(planned(guard, resource, retire=True))
    assert (first.outcome, "deletion protection is on" in first.detail) == (Outcome.REFUSED, True)


@contextmanager
def replacing_guard(aws: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    """Who replaces, and waits for nothing."""
    monkeypatch.setattr(replacing, "_PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr("time.sleep", lambda _: None)
    with open_catalog(f"sqlite:///{folder / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)
