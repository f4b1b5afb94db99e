"""How far the bringing up of a catalog is, as it is told."""

from __future__ import annotations

import io

from assay.cli.upgrading import Upgrading


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(stream: io.StringIO, of: int) -> str:
    now = [0.0]
    with Upgrading(stream, clock=lambda: now[0]) as far:
        for done in range(0, of + 1, max(1, of // 4)):
            far(done, of)
            now[0] += 1
    return stream.getvalue()


def test_what_takes_minutes_is_said_before() -> None:
    said = told(io.StringIO(), 20_000_000)
    assert said == (
        "10,000,000 rows have to be proven and sealed anew, which takes about 4 minutes; nothing is changed if it is ended\n"
    )
    assert "about a minute;" in told(io.StringIO(), 1_000_000)
    assert told(io.StringIO(), 1_000) == told(io.StringIO(), 0) == ""


def test_a_terminal_shows_how_far_it_is() -> None:
    said = told(Terminal(), 1_000)
    assert "\r250 of 1,000 rows read (25%)\x1b[K" in said
    assert said.endswith("\r\x1b[K")
    assert told(Terminal(), 0) == ""
