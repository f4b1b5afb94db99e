"""Watches over several accounts: one that cannot be entered, or that ends, stops no other; what stops that of the credentials stops all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from assay.app.protection.watchingmany import Watches
from assay.errors import AwsError

ROLES = ("there", "here")
DENIED = AwsError("access denied", "no")


class Watched:
    """A watch of an account that does what it is told to."""

    def __init__(self, account: str, run: Callable[[Watched], None]) -> None:
        self.changes = SimpleNamespace(account=account)
        self.last = SimpleNamespace(failed=0, drifted=0, healed=0, gaps=0)
        self.rounds = 0
        self.stop = threading.Event()
        self._run = run

    def run(self) -> None:
        self.rounds += 1
        self._run(self)

    once = run


def waits(watch: Watched) -> None:
    assert watch.stop.wait(60)


def watches(make: Callable[[str | None], Any], notes: list[str] | None = None) -> Watches:
    return Watches(roles=ROLES, make=make, note=([] if notes is None else notes).append, again=0.01)


def test_each_account_is_watched_once() -> None:
    running: list[str] = []
    both = threading.Barrier(2, timeout=60)

    def run(watch: Watched) -> None:
        running.append(watch.changes.account)
        both.wait()
        made.stop.set()

    made = watches(lambda role: Watched("2" if role == "there" else "1", run))
    made.run()
    assert sorted(running) == ["1", "2"]
    assert made.rounds == 2


def test_one_that_cannot_be_entered_is_tried_again() -> None:
    tries: list[str] = []
    notes: list[str] = []

    def make(role: str | None) -> Watched:
        if role == "there":
            tries.append(role)
            if len(tries) < 3:
                raise DENIED
            made.stop.set()
        return Watched(str(role), waits)

    made = watches(make, notes)
    made.run()
    assert (len(tries), made.has_gaps) == (3, True)
    assert notes == ["there cannot be assumed: access denied: no"] * 2


def test_one_that_ends_is_begun_again_and_stops_no_other() -> None:
    notes: list[str] = []

    def run(watch: Watched) -> None:
        if watch.changes.account == "there":
            if len(notes) < 2:
                raise DENIED
            made.stop.set()
        waits(watch)

    made = watches(lambda role: Watched(str(role), run), notes)
    made.run()
    assert notes == ["there: access denied: no; trying again"] * 2


def test_what_stops_that_of_the_credentials_stops_all() -> None:
    def run(watch: Watched) -> None:
        if watch.changes.account == "None":
            raise DENIED
        waits(watch)

    with pytest.raises(AwsError):
        watches(lambda role: Watched(str(role), run)).run()


def test_anything_else_stops_all_and_is_raised() -> None:
    def run(watch: Watched) -> None:
        if watch.changes.account == "there":
            raise ValueError("broken")
        waits(watch)

    with pytest.raises(ValueError, match="broken"):
        watches(lambda role: Watched(str(role), run)).run()


def test_that_of_the_credentials_is_entered_before_any_role_that_leads_there_too() -> None:
    """It alone hears of the queue: were a role first, nobody would."""
    begun: list[tuple[str | None, bool]] = []

    def make(role: str | None) -> Watched:
        begun.append((role, threading.current_thread() is caller))
        return Watched("2" if role == "there" else "1", lambda _watch: made.stop.set())

    caller = threading.current_thread()
    made = watches(make)
    made.run()
    assert begun[0] == (None, True)
    assert [role for role, _ in begun].count(None) == 1
