"""Ctrl-C between results."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from assay.cli.interrupt import Interrupts


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def scan(limit: int) -> Iterator[str]:
    """Ends early with what was finished, as the line does."""
    try:
        for number in range(limit):
            yield f"finding {number}"
    except KeyboardInterrupt:
        yield "finished before"
    with suppress(KeyboardInterrupt):
        yield "summary"


def test_a_result_is_written_whole_before_the_scan_ends() -> None:
    written: list[str] = []

    def write(result: str) -> None:
        if result == "finding 2":
            press()
        written.append(result)

    with Interrupts() as interrupts:
        interrupts.deliver(scan(1_000), write)
    assert written == ["finding 0", "finding 1", "finding 2", "finished before", "summary"]


def test_a_second_one_does_not_wait() -> None:
    written: list[str] = []

    def write(result: str) -> None:
        press()
        press()
        written.append(result)

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        interrupts.deliver(scan(10), write)
    assert written == []


def test_one_that_comes_while_the_scan_works_reaches_the_scan() -> None:
    def working() -> Iterator[str]:
        yield "finding"
        try:
            press()
            yield "not reached"
        except KeyboardInterrupt:
            yield "summary"

    written: list[str] = []
    with Interrupts() as interrupts:
        interrupts.deliver(working(), written.append)
    assert written == ["finding", "summary"]


def test_one_that_comes_between_two_results_reaches_the_scan_wherever_it_comes() -> None:
    at, steps = 0, 0

    def pressed_there(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal steps
        if frame.f_code is not Interrupts.deliver.__code__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            steps += 1
            if steps == at:
                # As the interpreter calls it there; what sends a signal from here would be interrupted itself.
                signal.getsignal(signal.SIGINT)(signal.SIGINT, frame)  # type: ignore[operator,misc]
        return pressed_there

    for at in range(1, 1_000):
        steps, written = 0, list[str]()
        with Interrupts() as interrupts:
            before = sys.gettrace()
            sys.settrace(pressed_there)
            try:
                interrupts.deliver(scan(3), written.append)
            except KeyboardInterrupt:
                # There is nothing to round off in a scan that has not begun.
                assert written == []
                continue
            finally:
                sys.settrace(before)
        if steps < at:
            break
        number = len([each for each in written if each.startswith("finding")])
        whole = [f"finding {each}" for each in range(number)]
        # Behind the last one there is nothing to end.
        assert written in ([*whole, "finished before", "summary"], [*whole, "summary"]), at
        assert interrupts.came
    assert at > 50


def test_the_handler_before_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_one_that_comes_within_a_destructor_is_not_lost() -> None:
    class Last:
        def __del__(self) -> None:
            press()
            time.sleep(0)

    def working() -> Iterator[str]:
        try:
            last = Last()
            del last
            for _ in range(1_000):
                time.sleep(0.01)
            yield "not reached"
        except KeyboardInterrupt:
            yield "summary"

    written: list[str] = []
    with Interrupts() as interrupts:
        interrupts.deliver(working(), written.append)
    assert written == ["summary"]


def test_a_hangup_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_exit_code_tells_which_signal_came_first(number: signal.Signals, code: int) -> None:
    def write(_result: str) -> None:
        os.kill(os.getpid(), number)

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt) as raised:
        interrupts.deliver(iter(["one", "two"]), write)
    assert interrupts.code == code
    assert getattr(raised.value, "code", None) == code
