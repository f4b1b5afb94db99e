"""The line that counts."""

from __future__ import annotations

import io

from assay.cli.counting import CountLine


def test_it_is_drawn_a_few_times_a_second_and_taken_away() -> None:
    stream, now = io.StringIO(), [0.0]
    line = CountLine(stream, lambda: now[0])
    for done in range(5):
        line.tell("looked at", done)
        now[0] += 0.1
    assert stream.getvalue() == "\rlooked at 2\x1b[K\rlooked at 4\x1b[K"
    now[0] += 1
    line.tell("applied", 1_200, 1_501)
    line.clear()
    line.clear()
    assert stream.getvalue().endswith("\rapplied 1,200 of 1,501\x1b[K\r\x1b[K")


def test_nothing_is_drawn_where_nobody_looks() -> None:
    line = CountLine(clock=lambda: 1e9)
    line.tell("looked at", 1)
    line.clear()
