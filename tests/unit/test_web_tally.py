"""Requests that are counted by several processes together."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.web import tally
from assay.web.limits import TALLIES, Bucket, Limits
from assay.web.tally import Own, Shared, shared_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes share memory by POSIX's means")


@pytest.fixture
def file() -> Iterator[int]:
    opened = shared_file(TALLIES)
    yield opened
    os.close(opened)


def test_all_of_several_processes_take_from_one_bucket(file: int) -> None:
    program = (
        "import sys; from assay.web.limits import Limits; limits = Limits.shared(int(sys.argv[1]))\n"
        "print(sum(limits.reveals.wait('ada') == 0 for _ in range(25)), limits.door.wait('ada')); limits.unserved.one_more()"
    )
    command = [sys.executable, "-c", program, str(file)]
    since = time.monotonic()
    started = [subprocess.Popen(command, pass_fds=[file], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [process.communicate(timeout=300)[0].split() for process in started]
    # One more may have a turn each twenty seconds that they take.
    assert 30 <= sum(int(number) for number, _ in told) <= 30 + (time.monotonic() - since) / 20
    assert [wait for _, wait in told] == ["0.0"] * 3, "what is counted of one thing is not counted of another"
    limits = Limits.shared(file)
    assert 0 < limits.reveals.wait("ada") <= 600
    assert limits.reveals.wait("bo") == 0
    assert [limits.unserved.number, limits.unserved.number] == [3, 3]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 30)), max_size=60))
@settings(max_examples=60, deadline=None)
def test_both_kinds_count_alike(asked: list[tuple[str, float]]) -> None:
    file, now = shared_file(1), [0.0]
    own = Bucket(most=3, seconds=30, clock=lambda: now[0], tally=Own())
    shared = Bucket(most=3, seconds=30, clock=lambda: now[0], tally=Shared(file, 0))
    for key, passed in asked:
        now[0] += passed
        assert own.wait(key) == shared.wait(key)
    os.close(file)


def test_of_more_keys_than_there_is_room_the_oldest_is_forgotten(file: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "_SLOTS", 16)
    now = [0.0]
    bucket = Bucket(most=1, seconds=1_000_000, clock=lambda: now[0], tally=Shared(file, 1))
    keys = [f"key {number}" for number in range(200)]
    for key in keys:
        now[0] += 1
        assert bucket.wait(key) == 0
    assert bucket.wait(keys[-1]) > 0
    assert bucket.wait(keys[0]) == 0


def test_a_clock_that_goes_back_gives_and_takes_nothing(file: int) -> None:
    now = [100.0]
    bucket = Bucket(most=2, seconds=10, clock=lambda: now[0], tally=Shared(file, 0))
    assert bucket.wait("ada") == 0
    now[0] = 1.0
    assert bucket.wait("ada") == 0
    assert bucket.wait("ada") > 0
