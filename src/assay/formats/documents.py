"""Documents → columns of their fields, batch by batch: of tables whose rows need not be alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assay.formats.nested import MOST_FIELDS, Field, leaves
from assay.model import ColumnInfo
from assay.ports import TableBatch

OTHERS = "(other attributes)"
"""The column of all values whose fields are more than can be told apart."""

_LIST = "[]"


class DocumentColumns:
    """The fields that documents were found to have, and documents as columns of them.

    A document has the fields that it has: a batch's columns are those of its documents, null where one has not what others
    have, so that values of one document stand beside each other; those of lists do not.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()

    def batch(self, documents: Iterable[Any], cell: int) -> TableBatch:
        """Documents as a batch, with no more than `cell` characters of each value. Their values are those of JSON."""
        found: dict[str, Field] = {}
        cut: set[str] = set()
        rows = 0
        for document in documents:
            rows += 1
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


def _fill(column: Field, rows: int) -> None:
    if len(column) < rows:
        column += [None] * (rows - len(column))
