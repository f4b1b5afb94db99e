"""What a person sees while folders are watched: a line for each file that holds something, and one for how it stands."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assay.model import Classification, Gap, Level
from assay.report.people import Paint, plain
from assay.report.printable import counted, local_path, pad, printable, shorten, width

_LEVEL_CELLS = 12
_WIDE = 72
_LEAST_PATH = 12
_MOST_PATH = 48
_GAP = "  "
_ONE = {"findings": "finding", "gaps": "gap"}


@dataclass(frozen=True, kw_only=True)
class Live:
    """How lines are laid out: `columns()` wide, paths relative to `base`, times by `clock`."""

    columns: Callable[[], int]
    base: str = field(default_factory=os.getcwd)
    paint: Paint = plain
    clock: Callable[[], datetime] = datetime.now

    def classified(self, found: Classification, gate: str | None) -> str:
        """A file that was classified, what was found in it, and what may follow where a phase says so."""
        names = ", ".join(f"{name} {number:,}" for name, number in found.identifiers.items())
        held = names or printable(found.because.removeprefix(f"{found.level} because "))
        after = "" if gate is None else f"→ {gate.replace('_', ' ')}"
        return self._line(found.level.upper(), found.level, found.resource, held, after)

    def unread(self, gap: Gap) -> str:
        """A file that could not be read."""
        why = printable(f"{gap.reason}: {gap.detail}" if gap.detail else gap.reason)
        return self._line("NOT READ", "strong", gap.resource, why, "")

    def gone(self, path: str) -> str:
        """A file that is there no more."""
        return self._line("gone", "faint", path, "", "")

    def status(self, folders: int, counts: Mapping[str, int], columns: int) -> str:
        """How it stands, in one line of so many cells: what is counted, without what is none, and first what comes first."""
        parts = [f"watching {counted(folders, 'folder')}"]
        parts += [_told(number, name) for name, number in counts.items() if number]
        line = parts[0]
        for part in parts[1:]:
            if width(line) + len(_GAP) + width(part) < columns:
                line += _GAP + part
        return shorten(line, columns - 1)

    def _line(self, label: str, style: str, resource: str, text: str, after: str) -> str:
        columns = self.columns()
        at = f"{self.clock():%H:%M:%S}{_GAP}" if columns >= _WIDE else ""
        head = pad(label, _LEVEL_CELLS) + " "
        room = columns - len(at) - width(head)
        rest = width(after) + len(_GAP) if after and columns >= _WIDE else 0
        path = self._path(resource)
        # The name first: what was found in it can be looked up.
        cells = max(_LEAST_PATH, min(_MOST_PATH, width(path), room - rest if not text else (room - rest) * 3 // 5))
        shown = shorten(path, min(cells, room), keep_end=True)
        left = room - width(shown) - len(_GAP) - rest
        told = _GAP + shorten(text, left) if text and left >= _LEAST_PATH else ""
        line = self.paint(at, "faint") + self.paint(head, style) + self.paint(shown, "strong") + told
        return (line + (_GAP + self.paint(after, "faint") if rest else "")).rstrip()

    def _path(self, resource: str) -> str:
        path = local_path(resource)
        base = self.base.rstrip("/") + "/"
        return printable(path.removeprefix(base))


def _told(number: int, name: str) -> str:
    return f"{number:,} {_ONE.get(name, name) if number == 1 else name}"


def statistics(spent: str, counts: Mapping[str, int], by_level: Mapping[str, int], gates: Mapping[str, int]) -> str:
    """What was done in a time, in one line."""
    levels = ", ".join(f"{by_level[level]:,} {level}" for level in Level if by_level.get(level))
    files = counted(sum(by_level.values()), "file") + " classified" + (f" ({levels})" if levels else "")
    rest = [_told(number, name) for name, number in counts.items() if number]
    told = f"in {spent}: {', '.join([files, *rest])}"
    if gates:
        told += "; " + ", ".join(f"{number:,} to {gate.replace('_', ' ')}" for gate, number in sorted(gates.items()))
    return told
