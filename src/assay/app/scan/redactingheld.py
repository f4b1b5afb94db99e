"""What a masked copy is made of, and what a scan has told of it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from assay.errors import ReadError
from assay.model import AssetRef, ColumnRecord, Finding, Gap, Skip, TableRecord
from assay.ports import Record
from assay.scanning.covers import Cover, Covers
from assay.scanning.maskedoffice import LEFT_OUT as PICTURES
from assay.tables.standing import is_sensitive_as_a_whole

STILL_THERE = "values were still found in its copy, which was deleted"


class OfItsKindError(ReadError):
    """No fault of the file: files of its kind are not copied."""


class _Afresh(io.RawIOBase):
    """An open file, read by itself from its beginning, wherever others read it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._at = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if size is None or size < 0:
            size = max(0, os.fstat(self._descriptor).st_size - self._at)
        data = os.pread(self._descriptor, size, self._at)
        self._at += len(data)
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An open file of which a copy is made: one that lies at the path `file`, or a member of that one, which lies in a file without a
    name. `name` is what its kind is told by."""

    source: IO[bytes]
    name: str
    resource: str
    file: str
    is_member: bool = False

    def again(self) -> io.RawIOBase:
        """The same, read once more beside."""
        return _Afresh(self.source.fileno())

    def size(self) -> int:
        """How many bytes it has."""
        return os.fstat(self.source.fileno()).st_size

    def asset(self, size: int, at: str | None = None) -> AssetRef:
        """What a scan is told of it, or of a copy of so many bytes that lies `at` a path, under the same name."""
        if self.is_member:
            return AssetRef(kind="object", uri=self.resource, size=size, name=("", self.name))
        return AssetRef(kind="file", uri=self.resource, path=at or self.file, size=size)


@dataclass(slots=True, kw_only=True)
class Held:
    """What was told of a resource, or of a member of one."""

    covers: Covers
    shown: Callable[[Finding], str]
    columns: dict[str, str] = field(default_factory=dict)
    by_table: dict[tuple[str, str], str] = field(default_factory=dict)
    by_field: dict[tuple[str, str], str] = field(default_factory=dict)
    untold: list[ColumnRecord] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    pictures: bool = False
    placeless: bool = False

    @property
    def is_as_it_was(self) -> bool:
        """Whether there is nothing in it that would be masked."""
        return not (self.covers.count or self.placeless or self.columns or self.pictures)

    def take(self, record: Record) -> None:
        """Takes what is told of it."""
        if isinstance(record, Finding):
            self._take_finding(record)
        elif isinstance(record, ColumnRecord):
            if record.detected_type is not None:
                self.untold.append(record)
        elif isinstance(record, TableRecord):
            for column in self.untold:
                if is_sensitive_as_a_whole(column, record.rows_read):
                    self.columns[column.column] = column.detected_type or ""
                    self.by_table[column.table, column.column] = column.detected_type or ""
            self.untold.clear()
        elif isinstance(record, Gap):
            self.missed.append(record.reason)
        elif isinstance(record, Skip):
            # Of pictures within a document nothing is left in its copy.
            if record.reason in PICTURES and record.detail:
                self.pictures = True
            else:
                self.left_out.append(record.reason)

    def _take_finding(self, finding: Finding) -> None:
        at = finding.location
        if at.byte_start is not None and at.byte_end is not None and at.member is None:
            self.covers.add(Cover(at.byte_start, at.byte_end, self.shown(finding)))
            return
        self.placeless = True
        if at.field is not None:
            self.fields[at.field] = finding.identifier
            if at.table is not None and at.member is None:
                self.by_field[at.table, at.field] = finding.identifier
