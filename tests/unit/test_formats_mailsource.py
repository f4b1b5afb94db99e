"""Where parts of mail end: at lines with a boundary, told as one expression of all of them would tell."""

from __future__ import annotations

import io
import random
import re

import pytest

from assay.formats.mailsource import Source, stop_at

SEPARATOR = rb"From [^\n]{1,200}?\d{1,2}:\d\d[^\n]{0,60}\n"
PIECES = (
    *(b"--a", b"--a--", b"--ab", b"--a \t", b"--", b"---a", b"--A", b"a", b"--a--x", b"--a----", b"--b--", b"--b--  "),
    *(
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\r\n\r\n",
        b"From x Mon Jan 5 10:00:00 2026\n",
        b"From x\n",
        b">From x 10:00\n",
        b"--b--\r\n",
    ),
)


def expected(boundaries: tuple[bytes, ...], mailbox: bool) -> re.Pattern[bytes]:
    lines = [rb"^--" + re.escape(boundary) + rb"(?:--)?[ \t]*\r?\n" for boundary in boundaries]
    lines += [rb"^\r?\n(?=" + SEPARATOR + rb")"] if mailbox else []
    return re.compile(rb"(?m)" + rb"|".join(lines) if lines else rb"(?!)")


@pytest.mark.parametrize("mailbox", [False, True])
@pytest.mark.parametrize("boundaries", [(), (b"a",), (b"a", b"b--"), (b"ab", b"a--")])
def test_a_part_ends_where_an_expression_of_its_boundaries_matches(
    boundaries: tuple[bytes, ...], mailbox: bool
) -> None:
    dice = random.Random(3)
    stop, pattern = stop_at(boundaries, mailbox=mailbox), expected(boundaries, mailbox)
    ended = 0
    for _ in range(3_000):
        text = b"".join(dice.choices(PIECES, k=dice.randint(1, 8))) + b"\n"
        for start in (0, 1, len(text) // 2):
            found = pattern.search(text, start)
            assert stop.at(text, start) == (found.start() if found else -1), (text, start)
            ended += found is not None
    assert (ended > 100) == bool(boundaries or mailbox)


class Slow(io.BytesIO):
    """Gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size if size is not None and size > 0 else 7, 7))


@pytest.mark.parametrize("stream", [io.BytesIO, Slow])
def test_lines_and_places_are_those_of_the_file(stream: type[io.BytesIO]) -> None:
    text = b"".join(b"line %d \xc3\xa9\r\n" % number for number in range(3_000)) + b"--end--\nrest\n\nlast"
    source = Source(stream(text))
    assert source.line() == b"line 0 \xc3\xa9\r\n"
    assert source.peek() == b"line 1 \xc3\xa9\r\n"
    part = b"".join(source.until(stop_at((b"end",), mailbox=False)))
    before = text.index(b"--end")
    assert b"line 0 \xc3\xa9\r\n" + part == text[:before]
    assert source.at == (before, len(text[:before].decode()), 3_000, len(text[:before].decode()))
    assert source.line() == b"--end--\n"
    assert b"".join(source.until(stop_at((b"end",), mailbox=False))) == b"rest\n\nlast"
    assert source.is_at_end
    assert source.at.byte == len(text)
