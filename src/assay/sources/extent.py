"""Where a value ends that was found in a local file: by line and column, which a finding tells of its beginning only."""

from __future__ import annotations

import codecs
import os
import re
from typing import IO, NamedTuple
from urllib.parse import unquote_to_bytes

from assay.errors import ReadError
from assay.formats.opening import open_file
from assay.model import Finding, Locator

_FILE = "file://"
_AROUND = 480
_BREAK = re.compile(r"[\r\n\u2028\u2029\x0b\x0c\x85]")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class End(NamedTuple):
    """The line of a value's last character, and the column after it; both 1-based, columns in code points."""

    line: int
    column: int


class Around(NamedTuple):
    """The line of a value: what stands before it, the value itself, what follows. `begins` and `ends` say whether the line does."""

    before: str
    value: str
    after: str
    begins: bool
    ends: bool


class Extents:
    """Reads values of local files again, and keeps nothing of them but where they end. One file is open at a time."""

    def __init__(self) -> None:
        self._resource = ""
        self._stream: IO[bytes] | None = None
        self._encodings: tuple[str, ...] = ()

    def end_of(self, finding: Finding) -> End | None:
        """The end of the finding; `None` where that cannot be known: standard input, members, a file that has changed."""
        at = finding.location
        found = self._value(finding.resource, at)
        if found is None or at.line is None or at.column is None:
            return None
        text, _ = found
        if "\n" not in text:
            text = text.replace("\r", "\n")  # a file in which carriage returns end lines
        breaks = text.count("\n")
        last = len(text) - (text.rfind("\n") + 1)
        return End(at.line + breaks, last + 1 if breaks else at.column + last)

    def around(self, resource: str, at: Locator) -> Around | None:
        """The line of a value at a place that is known by its bytes; `None` like `end_of`, and where lines are not told apart."""
        found = self._value(resource, at)
        if found is None or self._stream is None or at.byte_start is None or at.byte_end is None:
            return None
        value, encoding = found
        first = max(0, at.byte_start - _AROUND)
        try:
            self._stream.seek(first)
            left = self._stream.read(at.byte_start - first)
            self._stream.seek(at.byte_end)
            right = self._stream.read(_AROUND)
        except OSError:
            return None
        before, after = left.decode(encoding, "replace"), right.decode(encoding, "replace")
        lines = _BREAK.split(before)
        rest = _BREAK.split(after, maxsplit=1)
        is_start = first == 0 and len(lines) == 1
        is_end = len(right) < _AROUND and len(rest) == 1
        return Around(lines[-1].lstrip("\ufeff"), value, rest[0], len(lines) > 1 or is_start, len(rest) > 1 or is_end)

    def _value(self, resource: str, at: Locator) -> tuple[str, str] | None:
        """The text at a place, and how it is encoded."""
        if at.member is not None or at.page is not None or at.line is None or at.column is None:
            return None
        if at.start is None or at.end is None or at.byte_start is None or at.byte_end is None:
            return None
        if resource != self._resource:
            self._open(resource)
        if self._stream is None:
            return None
        try:
            self._stream.seek(at.byte_start)
            data = self._stream.read(at.byte_end - at.byte_start)
        except OSError:
            return None
        if len(data) < at.byte_end - at.byte_start:
            return None
        return self._decoded(data, at.end - at.start)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._resource, self._stream = "", None

    def _open(self, resource: str) -> None:
        self.close()
        self._resource = resource
        path = unquote_to_bytes(resource.removeprefix(_FILE))
        # Standard input and other devices cannot be read again, and a pipe would wait for its writer.
        if not resource.startswith(_FILE) or not os.path.isfile(path):
            return
        try:
            self._stream = open_file(os.fsdecode(path))  # closed when the next one is opened
            head = self._stream.read(4)
        except (OSError, ReadError):
            self.close()
            return
        marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
        # Without a mark: UTF-8, or one of those that take one byte a character, or UTF-16 by its length.
        self._encodings = (marked,) if marked else ("utf-8", "latin-1", "utf-16-le", "utf-16-be")

    def _decoded(self, data: bytes, characters: int) -> tuple[str, str] | None:
        for encoding in self._encodings:
            text = data.decode(encoding, "replace")
            if len(text) == characters:
                return text, encoding
        return None
