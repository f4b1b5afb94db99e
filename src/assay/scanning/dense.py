"""Findings of dense columns, kept as columns of their own until someone wants them one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.detect.bulk import CellGroup
from assay.formats.encoding import Transcoder
from assay.formats.structure import Window
from assay.model import Evidence, Finding, Identifier, Locator

_HEX = 64


def _each(fingerprints: str) -> list[str]:
    return [fingerprints[at : at + _HEX] for at in range(0, len(fingerprints), _HEX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseFindings:
    """Findings of one identifier in one column with the same score and evidence, by start.

    Arrays (int64) and lists run in parallel; `fingerprints` stand behind one another. Of a table of a file, whose cells
    are no text with offsets, those are `None`: the findings are by row, and `sheet` or `table` says where it is.
    """

    resource: str
    member: str | None
    identifier: Identifier
    confidence: float
    evidence: tuple[Evidence, ...]
    ruleset: str
    field: str
    rows: Any
    redacted: list[str]
    fingerprints: str
    starts: Any = None
    ends: Any = None
    byte_starts: Any = None
    byte_ends: Any = None
    lines: Any = None
    columns: Any = None
    sheet: str | None = None
    table: str | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def order(self) -> Any:
        """What the findings are sorted by (int64)."""
        return self.rows if self.starts is None else self.starts

    def findings(self) -> Iterator[Finding]:
        """One by one."""
        identifier = self.identifier
        if self.starts is None:
            yield from self._by_row()
            return
        for start, end, byte_start, byte_end, line, column, row, redacted, fingerprint in zip(
            self.starts.tolist(),
            self.ends.tolist(),
            self.byte_starts.tolist(),
            self.byte_ends.tolist(),
            self.lines.tolist(),
            self.columns.tolist(),
            self.rows.tolist(),
            self.redacted,
            _each(self.fingerprints),
            strict=True,
        ):
            yield Finding(
                resource=self.resource,
                identifier=identifier.name,
                category=identifier.category,
                sensitivity=identifier.sensitivity,
                level=identifier.level,
                confidence=self.confidence,
                redacted=redacted,
                fingerprint=fingerprint,
                location=Locator(
                    start=start,
                    end=end,
                    byte_start=byte_start,
                    byte_end=byte_end,
                    line=line,
                    column=column,
                    row=row,
                    field=self.field,
                    member=self.member,
                ),
                evidence=self.evidence,
                ruleset=self.ruleset,
            )

    def _by_row(self) -> Iterator[Finding]:
        identifier = self.identifier
        for row, redacted, fingerprint in zip(self.rows.tolist(), self.redacted, _each(self.fingerprints), strict=True):
            yield Finding(
                resource=self.resource,
                identifier=identifier.name,
                category=identifier.category,
                sensitivity=identifier.sensitivity,
                level=identifier.level,
                confidence=self.confidence,
                redacted=redacted,
                fingerprint=fingerprint,
                location=Locator(sheet=self.sheet, table=self.table, row=row, field=self.field, member=self.member),
                evidence=self.evidence,
                ruleset=self.ruleset,
            )


class Rulers:
    """Positions of a window's offsets, many at a time; all arrays are int64."""

    def __init__(self, window: Window, transcoder: Transcoder, line_start: int) -> None:
        data = np.frombuffer(window.data, dtype=np.uint8)
        self._window = window
        self._transcoder = transcoder
        self._newlines = np.flatnonzero(data == 10)
        # Code points before each byte: all bytes but the continuation bytes of UTF-8.
        self._extra = None if window.data.isascii() else np.cumsum((data & 0xC0) == 0x80)
        starts = self._newlines + 1
        self._line_chars = np.concatenate(([line_start], self._chars(starts)))

    def _chars(self, offsets: np.ndarray) -> np.ndarray:
        if self._extra is None:
            return offsets + self._window.char
        before = np.where(offsets > 0, self._extra[np.maximum(offsets - 1, 0)], 0)
        return offsets - before + self._window.char

    def of(self, group: CellGroup) -> tuple[Any, ...]:
        """starts, ends, byte starts, byte ends, lines, columns."""
        starts, ends = self._chars(group.starts), self._chars(group.ends)
        line = np.searchsorted(self._newlines, group.starts)
        columns = starts - self._line_chars[line] + 1
        return (
            starts,
            ends,
            self._bytes(group.starts, starts, first=True),
            self._bytes(group.ends, ends),
            line + self._window.line + 1,
            columns,
        )

    def _bytes(self, offsets: np.ndarray, chars: np.ndarray, *, first: bool = False) -> np.ndarray:
        encoding = self._transcoder.encoding
        if encoding.name == "utf-8":
            return offsets + (self._window.byte + encoding.bom)
        original = self._transcoder.original_offset
        byte = self._window.byte
        found = [
            original(byte=byte + offset, char=char, first=first)
            for offset, char in zip(offsets.tolist(), chars.tolist(), strict=True)
        ]
        return np.array(found, dtype=np.int64)
