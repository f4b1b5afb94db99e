"""One line on the terminal that tells how far a scan is."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple, TextIO

from assay.ports import Progress
from assay.report.printable import counted, duration, shorten, size, width

_EVERY_SECONDS = 0.1
_FIRST_SECONDS = 0.3
_BAR_CELLS = (20, 10, 6)
_RATE_NEEDS_SECONDS = 1.0
_RATE_OVER_SECONDS = 20.0
_NARROW = 24
_GAP = "  "


class Rate(NamedTuple):
    """Bytes and files a second."""

    bytes: float
    files: float


class ProgressLine:
    """Draws over itself on `stream`; `clear` takes it away before anything else is printed."""

    def __init__(
        self, stream: TextIO, *, clock: Callable[[], float] = monotonic, columns: Callable[[], int] | None = None
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._columns = columns or self._terminal_columns
        self._started = clock()
        self._due = self._started + _FIRST_SECONDS
        self._drawn = False
        self._seen: deque[tuple[float, int, int]] = deque([(self._started, 0, 0)])

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if now < self._due:
            return
        self._due = now + _EVERY_SECONDS
        text = describe(progress, self._rate(progress, now), max(self._columns() - 1, _NARROW))
        self._stream.write(f"\r{text}\x1b[K")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False

    def _rate(self, progress: Progress, now: float) -> Rate | None:
        """Over the last seconds, since what is left may be of another kind than what was first."""
        self._seen.append((now, progress.bytes_done, progress.files_done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _RATE_OVER_SECONDS:
            self._seen.popleft()
        then, done, files = self._seen[0]
        if now - then < _RATE_NEEDS_SECONDS:
            return None
        return Rate((progress.bytes_done - done) / (now - then), (progress.files_done - files) / (now - then))

    def _terminal_columns(self) -> int:
        # Of the terminal that is drawn on: standard output may be a file, or another one.
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            import shutil  # loads codecs; a terminal that knows its size does not need it

            return shutil.get_terminal_size().columns


def describe(progress: Progress, rate: Rate | None, cells: int) -> str:
    """The line for `progress` in at most `cells` cells: share, time left, bytes, rates, findings; less where it is narrow.

    While the listing goes on there is no share and no time left: the totals are marked with a plus.
    """
    more = "+" if progress.listing else ""
    share = min(progress.bytes_done / progress.bytes_total, 1.0) if progress.bytes_total else 0.0
    left = ""
    if progress.bytes_total and not progress.listing and rate is not None and rate.bytes >= 1:
        seconds = max(progress.bytes_total - progress.bytes_done, 0) / rate.bytes
        left = f"{duration(seconds) if seconds >= 60 else f'{seconds:.0f} s'} left"
    bytes_done = f"{size(progress.bytes_done)} of {size(progress.bytes_total)}{more}"
    files = f"{progress.files_done:,}/{progress.files_total:,}{more} files"
    speed = f"{size(int(rate.bytes))}/s" if rate is not None else ""
    pace = f"{rate.files:,.0f} files/s" if rate is not None else ""
    found = counted(progress.findings, "finding")
    # In the order of the line; the number says how soon it goes where there is no room (the lowest first).
    parts = [(bytes_done, 4), (speed, 5), (pace, 3), (left, 6), (files, 1), (found, 2)]
    parts = [(text, weight) for text, weight in parts if text]
    for bar in (*(_bar(share, length) for length in _BAR_CELLS),) if not progress.listing else ("listing",):
        kept = list(parts)
        while len(kept) > 1 and width(_GAP.join((bar, *(text for text, _ in kept)))) > cells:
            kept.remove(min(kept, key=lambda part: part[1]))
        line = _GAP.join((bar, *(text for text, _ in kept)))
        # A shorter bar is worth it if it leaves room for the rates and the time left.
        if len(kept) == len(parts) or (width(line) <= cells and all(part in kept for part in parts if part[1] > 2)):
            return line
    return shorten(line, cells)


def _bar(share: float, cells: int) -> str:
    filled = int(share * cells)
    # Rounded down: all is read when it is.
    return f"[{'#' * filled}{'.' * (cells - filled)}] {int(share * 100):3d}%"
