"""One line on the terminal that tells how far a scan is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from time import monotonic
from typing import TextIO

from assay.ports import Progress
from assay.report.printable import counted, duration, shorten, size

_EVERY_SECONDS = 0.1
_FIRST_SECONDS = 0.3
_BAR_CELLS = 20
_RATE_NEEDS_SECONDS = 1.0


class ProgressLine:
    """Draws over itself on `stream`; `clear` takes it away before anything else is printed."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._started = clock()
        self._due = self._started + _FIRST_SECONDS
        self._drawn = False

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if now < self._due:
            return
        self._due = now + _EVERY_SECONDS
        columns = shutil.get_terminal_size().columns
        text = shorten(describe(progress, now - self._started), columns - 1)
        self._stream.write(f"\r{text}\x1b[K")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False


def describe(progress: Progress, seconds: float) -> str:
    """The line for `progress` after `seconds`: share, bytes, rate, time left, files, findings."""
    parts = []
    total = progress.bytes_total
    rate = progress.bytes_done / seconds if seconds > 0 else 0.0
    if total:
        share = min(progress.bytes_done / total, 1.0)
        filled = int(share * _BAR_CELLS)
        parts.append(f"[{'#' * filled}{'.' * (_BAR_CELLS - filled)}] {share:4.0%}")
        parts.append(f"{size(progress.bytes_done)} of {size(total)}")
    else:
        parts.append(size(progress.bytes_done))
    if seconds >= _RATE_NEEDS_SECONDS and rate > 0:
        parts.append(f"{size(int(rate))}/s")
        if total and total > progress.bytes_done:
            parts.append(f"{duration((total - progress.bytes_done) / rate)} left")
    files = f"{progress.files_done:,}" + (f"/{progress.files_total:,}" if progress.files_total is not None else "")
    parts.append(f"{files} files")
    parts.append(counted(progress.findings, "finding"))
    return "  ".join(parts)
