"""Mailboxes in one file (mbox, RFC 4155 and its relatives): one message after the other."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial

from assay.formats.encoding import detect
from assay.formats.kinds import Kind
from assay.formats.mail import Reading
from assay.formats.mailsource import Source
from assay.formats.mailtext import Written, as_written
from assay.formats.parts import Member, Unread, Within
from assay.formats.windows import Readable


def opened(stream: Readable, within: Within) -> Iterator[Member | Unread]:
    """The messages; files attached to the 17th are called `17/NAME`."""
    source = Source(stream)
    number = 0
    while not source.is_at_end:
        if source.at_message():
            number += 1
            start = source.at
            line = source.line()
            yield _line(line, within, start)
            yield from Reading(source, within, f"{number}/", mailbox=True).message((), 0)
        else:
            # The blank line between two messages.
            source.line()


def _line(line: bytes, within: Within, start: Written) -> Member:
    return Member(
        within.path, Kind.TEXT, line, io.BytesIO(), None, partial(as_written, start=start), None, detect(line)
    )
