"""Typed attributes of items → documents as JSON has them, and their fields → columns.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assay.formats.nested import MOST_FIELDS, Field, leaves
from assay.formats.values import bytes_text
from assay.model import ColumnInfo
from assay.ports import TableBatch

OTHERS = "(other attributes)"
"""The column of all values whose attributes are more than can be told apart."""

_LIST = "[]"


class Columns:
    """The attributes that a table was found to have, and items as columns of them.

    An item has the attributes that it has: a batch's columns are those of its items, null where one has not what others have,
    so that values of one item stand beside each other; those of lists do not. `binary` counts values that are no text.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self.binary = 0

    def batch(self, items: Iterable[Mapping[str, Any]], cell: int) -> TableBatch:
        """Items as a batch, with no more than `cell` characters of each value."""
        found: dict[str, Field] = {}
        cut: set[str] = set()
        rows = 0
        for item in items:
            rows += 1
            document = {name: self._plain(value) for name, value in item.items()}
            for path, text in leaves(document, most_items=None):
                name = self._named(path)
                value = text
                if value is not None and len(value) > cell:
                    value = value[:cell]
                    cut.add(name)
                column = found.setdefault(name, [])
                if _LIST not in name and name != OTHERS:
                    _fill(column, rows - 1)
                column.append(value)
        for name, column in found.items():
            if _LIST not in name and name != OTHERS:
                _fill(column, rows)
        places = {name: index for index, name in enumerate(found)}
        return TableBatch(
            list(found.values()),
            rows,
            cut={places[name]: cell for name in cut},
            infos=[ColumnInfo(name=name) for name in found],
        )

    def _named(self, path: str) -> str:
        if path not in self._known:
            if len(self._known) >= MOST_FIELDS:
                return OTHERS
            self._known.add(path)
        return path

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


def _fill(column: Field, rows: int) -> None:
    if len(column) < rows:
        column += [None] * (rows - len(column))
