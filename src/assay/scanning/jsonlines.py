"""JSON Lines as a table: each document a row, each path of keys a column."""

from __future__ import annotations

from collections.abc import Iterator

from assay.detect.engine import Detector
from assay.formats.nested import documents, fields
from assay.formats.structure import Window
from assay.model import ColumnInfo, ColumnSketch
from assay.tables.judge import TableJudge
from assay.tables.sketch import counted, merge

_ALL_BITS, _OCTAVE_BITS = 8, 5
_LONGEST = 1024 * 1024


def is_looked_at(row: int) -> bool:
    """Whether a row (0-based) is looked at: all of the first 256, then 32 each time that their number doubles."""
    bits = row.bit_length()
    stride = 1 << (bits - 1 - _OCTAVE_BITS) if bits > _ALL_BITS else 1
    return row & (stride - 1) == 0


class DocumentTable:
    """The columns of a file of documents, from some of its lines."""

    def __init__(self, table: str, judge: TableJudge, detector: Detector) -> None:
        self._table = table
        self._judge = judge
        self._detector = detector
        self.columns: list[ColumnSketch] = []
        self.rows = 0

    def add(self, window: Window) -> None:
        """Looks at documents that begin in the window's core."""
        lines = list(_lines(window))
        if not lines:
            return
        held = [document for document in documents(lines) if document is not None]
        found, _ = fields(held)
        if not found:
            return
        names = list(found)
        meant = self._judge.meant(self._judge.meanings([(name, "") for name in names], self._table))
        counts = self._judge.scanner(self._detector).scan(
            self._judge.called(names, self._table), [found[name] for name in names], len(held), meant
        )
        part = [
            counted(ColumnInfo(name=self._detector.safe_name(name)), index, len(held), each)
            for index, (name, each) in enumerate(zip(names, counts, strict=True))
        ]
        self.columns = merge(self.columns, part) if self.columns else part
        self.rows += len(held)


def _lines(window: Window) -> Iterator[str]:
    data = window.data
    at = window.core_start
    number = window.line + data.count(b"\n", 0, at)
    if at and data[at - 1] != 10:
        # The line that begins before the core is the one of the window before.
        at = data.find(b"\n", at) + 1
        number += 1
        if not at:
            return
    while at < window.core_end:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        if is_looked_at(number) and end - at <= _LONGEST:
            yield data[at:end].decode("utf-8", "replace").strip()
        at, number = end + 1, number + 1
