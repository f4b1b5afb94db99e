"""Typed attributes of items → documents as JSON has them, and their fields → columns.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.formats.documents import DocumentColumns
from assay.formats.values import bytes_text
from assay.ports import TableBatch


class Columns:
    """Items as columns of the attributes that their table was found to have. `binary` counts values that are no text."""

    def __init__(self) -> None:
        self._columns = DocumentColumns()
        self.binary = 0

    def batch(self, items: Iterable[Mapping[str, Any]], cell: int) -> TableBatch:
        """Items as a batch, with no more than `cell` characters of each value."""
        documents = ({name: self._plain(value) for name, value in item.items()} for item in items)
        return self._columns.batch(documents, cell)

    def _plain(self, value: Mapping[str, Any]) -> Any:
        """A typed attribute. Numbers are their digits: 38 of them are more than a float holds."""
        ((kind, held),) = value.items()
        if kind == "M":
            return {name: self._plain(inner) for name, inner in held.items()}
        if kind == "L":
            return [self._plain(inner) for inner in held]
        if kind == "B":
            return self._text(held)
        if kind == "BS":
            return [self._text(each) for each in held]
        if kind == "NULL":
            return None
        # Text, numbers, truth values, and sets of the first two.
        return sorted(held) if kind in ("SS", "NS") else held

    def _text(self, held: bytes) -> str | None:
        text = bytes_text(bytes(held)) or None
        if text is None and held:
            self.binary += 1
        return text
