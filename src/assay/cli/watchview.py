"""Tells what a watch finds: as JSON Lines or for people, and how it stands on standard error."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, TextIO

import click

from assay.classify.resource import Totals
from assay.model import Classification, ColumnRecord, Finding, Gap, Level, Skip
from assay.report.jsonlines import encode
from assay.report.live import Live, statistics
from assay.report.printable import duration, printable

if TYPE_CHECKING:
    from assay.app.watch.watching import Watching
    from assay.app.watch.watchrounds import Judged
    from assay.ports import Result
    from assay.sinks.output import Output

_DRAWN_SECONDS = 0.25
_FLUSHED_SECONDS = 0.2
_NARROWEST, _WIDEST, _PLAIN_CELLS = 36, 160, 100


class View:
    """Counts what is told, and passes it on. `lines` says that results are written as JSON Lines, else for people.

    `asked` makes the next `tick` tell the statistics, as every `every` seconds does. `quiet` says nothing besides results.
    """

    def __init__(
        self, output: Output, live: Live, *, lines: bool, every: float | None, quiet: bool, show_status: bool
    ) -> None:
        self.totals = Totals()
        self.asked = threading.Event()
        self._output = output
        self._live = live
        self._lines = lines
        self._every = every
        self._quiet = quiet
        self._shows = show_status
        self._watching: Watching | None = None
        self._started = self._told_at = monotonic()
        self._drawn_at = self._flushed_at = 0.0
        self._drawn = ""
        self._noted: set[str] = set()

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return monotonic() - self._started

    def of(self, watching: Watching) -> None:
        """Names what is watched."""
        self._watching = watching

    def result(self, result: Result) -> None:
        self._count(result)
        if self._lines:
            self._output.write(encode(result))
        elif isinstance(result, Gap):
            self._print(self._live.unread(result))

    def kept(self, judged: Sequence[Judged]) -> None:
        if self._lines:
            return
        for found, ruling in judged:
            if found.level not in (Level.PUBLIC, Level.UNCLASSIFIED):
                self._print(self._live.classified(found, None if ruling is None else str(ruling.gate)))

    def gone(self, path: str) -> None:
        if not self._lines:
            self._print(self._live.gone(path))

    def note(self, text: str) -> None:
        if not self._quiet and text not in self._noted:
            self._noted.add(text)
            self.say(text)

    def tick(self) -> None:
        now = monotonic()
        if now - self._flushed_at > _FLUSHED_SECONDS:
            self._flushed_at = now
            self._output.flush()
        if self.asked.is_set() or (self._every is not None and now - self._told_at >= self._every):
            self.asked.clear()
            self._told_at = now
            self.say(self.statistics())
        if self._shows and now - self._drawn_at > _DRAWN_SECONDS and self._watching is not None:
            self._drawn_at = now
            self._draw()

    def say(self, text: str) -> None:
        """Says something on standard error, in a line of its own."""
        self.clear()
        with suppress(OSError):
            click.echo(f"assay: {printable(text)}", err=True)

    def clear(self) -> None:
        """Takes the status away."""
        if self._drawn:
            self._drawn = ""
            with suppress(OSError):
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()

    def statistics(self) -> str:
        """What was done until now."""
        gates = {}
        if self._watching is not None:
            counts = self._watching.counts
            gates = {name.removeprefix("gate "): counts[name] for name in counts if name.startswith("gate ")}
        spent = duration(self.seconds)
        return statistics(spent, self._counts(), self.totals.by_level, gates)

    def _counts(self) -> dict[str, int]:
        watching = self._watching
        return {
            "gaps": self.totals.gaps,
            "waiting": watching.waiting if watching is not None else 0,
            "findings": self.totals.findings,
            "unchanged": watching.counts["unchanged"] if watching is not None else 0,
            "gone": watching.counts["gone"] if watching is not None else 0,
            "left out": self.totals.skips,
        }

    def _draw(self) -> None:
        assert self._watching is not None
        read = {"classified": self.totals.resources, **self._counts()}
        text = self._live.status(len(self._watching.roots), read, _cells(sys.stderr))
        if self._watching.is_looking:
            text = text.replace("watching", "looking through", 1)
        if text != self._drawn:
            self._drawn = text
            with suppress(OSError):
                sys.stderr.write(f"\r{text}\x1b[K")
                sys.stderr.flush()

    def _print(self, line: str) -> None:
        self.clear()
        self._output.write(line.encode("utf-8", "backslashreplace") + b"\n")
        if self._output.is_terminal:
            self._output.flush()

    def _count(self, result: Result) -> None:
        totals = self.totals
        if isinstance(result, Finding):
            totals.findings += not result.test_value
            totals.test_values += result.test_value
        elif isinstance(result, Gap):
            totals.gaps += 1
        elif isinstance(result, Skip):
            totals.skips += 1
        elif isinstance(result, ColumnRecord):
            totals.columns += 1
            totals.sensitive_columns += result.detected_type is not None
        elif isinstance(result, Classification):
            totals.resources += 1
            totals.by_level[result.level] += 1
            totals.by_identifier.update(dict(result.identifiers))
            totals.bytes_read += result.coverage.bytes_read
            totals.bytes_total += result.coverage.bytes_total


def columns_of(output: Output) -> Callable[[], int]:
    """How wide a line may be: as the terminal is now, and 100 cells for what is none."""
    if not output.is_terminal:
        return lambda: _PLAIN_CELLS
    return lambda: max(_NARROWEST, min(_cells(sys.stdout), _WIDEST))


def _cells(stream: TextIO) -> int:
    """Of the terminal that is written to: the two standard outputs may be different ones."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _PLAIN_CELLS
    except (OSError, ValueError):
        return _PLAIN_CELLS
