"""Records of streams and topics → batches of columns, whatever their payloads are (`payload`)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from assay.formats.delimited import Dialect, sniff_dialect
from assay.formats.documents import DocumentColumns
from assay.formats.payload import SCHEMA, Part, parts
from assay.ports import TableBatch

_LOOKED_AT = 200
_MOST_SCHEMAS = 3
_VALUE = "value"


class Record(NamedTuple):
    """A record: its payload (`None`: none, which deletes a key), and what its stream has of it besides, by column.

    The values are clear; it stays within the process that read it.
    """

    data: bytes | None
    about: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        return "<record>"


class Records:
    """Records as columns of the fields that they were found to have; each is one row, or as many as it has documents.

    `left_out` counts what is no text, by the reason of the skip; `missed` says by the reason of the gap what could not be read.
    Whether text without a structure is rows of cells is told by the first ones together, as one line alone does not show it.
    """

    def __init__(self) -> None:
        self._columns = DocumentColumns()
        self._dialect: Dialect | None = None
        self._is_told = False
        self._failed: Counter[str] = Counter()
        self._details: dict[str, dict[str, None]] = {}
        self.left_out: Counter[str] = Counter()

    @property
    def missed(self) -> dict[str, str]:
        """What could not be read: the reason of a gap, and a sentence without content."""
        return {reason: self._sentence(reason, number) for reason, number in self._failed.items()}

    def restart(self) -> None:
        """Forgets what was counted: the same is read again."""
        self._failed.clear()
        self._details.clear()
        self.left_out.clear()

    def batch(self, records: Sequence[Record], cell: int) -> TableBatch:
        """Records as a batch, with no more than `cell` characters of each value."""
        opened = [
            (record.about, part)
            for record in records
            for part in ((Part(),) if record.data is None else parts(record.data))
        ]
        if not self._is_told:
            self._dialect = _dialect(part.text for _, part in opened)
            self._is_told = any(part.text for _, part in opened)
        return self._columns.batch((row for about, part in opened for row in self._rows(about, part)), cell)

    def _rows(self, about: Mapping[str, Any], part: Part) -> Iterable[Any]:
        if part.failed is not None:
            self._failed[part.failed.reason] += 1
            self._details.setdefault(part.failed.reason, {})[part.failed.detail] = None
        if part.skip is not None:
            self.left_out[part.skip] += 1
        if part.key is not None:
            about = {**about, "(key)": part.key}
        if part.documents:
            for document in part.documents:
                yield {**about, **document} if isinstance(document, dict) else {**about, _VALUE: document}
        elif part.text and self._dialect is not None:
            yield from ({**about, **row} for row in _cells(part.text, self._dialect))
        else:
            yield {**about, _VALUE: part.text}

    def _sentence(self, reason: str, number: int) -> str:
        details = list(self._details[reason])
        if reason != SCHEMA:
            return f"{number:,} records: {details[0]}"
        more = f" and {len(details) - _MOST_SCHEMAS} more" if len(details) > _MOST_SCHEMAS else ""
        return (
            f"{number:,} records can be read with their schema only ({', '.join(details[:_MOST_SCHEMAS])}{more}): "
            "Avro or Protocol Buffers of a schema registry cannot be read yet"
        )


def _dialect(texts: Iterable[str | None]) -> Dialect | None:
    """How the first texts, put behind one another, are delimited; `None` where they are not."""
    lines = [line for text in texts if text for line in text.splitlines() if line.strip()][:_LOOKED_AT]
    return sniff_dialect("".join(f"{line}\n" for line in lines).encode("utf-8", "replace")) if lines else None


def _cells(text: str, dialect: Dialect) -> Iterable[dict[str, str]]:
    names = dialect.header or ()
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter) if row]
    except csv.Error:
        yield {_VALUE: text}
        return
    for row in rows:
        # Every payload may begin with the names, as every file does.
        if names and tuple(cell.strip() for cell in row) == names:
            continue
        yield {names[at] if at < len(names) else f"column_{at + 1}": cell for at, cell in enumerate(row)}
