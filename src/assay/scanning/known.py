"""Findings in columns that a baseline knows: they are dropped, and no more counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from assay.model import Locator
from assay.scanning.report import Piece, SplitReport

if TYPE_CHECKING:
    from assay.detect.baseline import KnownColumns
    from assay.scanning.dense import DenseFindings

_INDEX = re.compile(r"\[\d+\]")


def column_of(at: Locator, uri: str) -> tuple[str, str] | None:
    """The table and the column that a place in a resource lies in; `None` for one that lies in none.

    The table in a delimited file is called as the file is. Of lines of JSON a column is the way to a value, whichever
    element of a list it is.

    >>> column_of(Locator(row=2, field="mail"), "file:///srv/in/the%20staff.csv")
    ('the staff', 'mail')
    >>> column_of(Locator(json_path="$.user.ids[0].ssn", field="ssn"), "s3://b/j.jsonl?versionId=3")
    ('j', 'user.ids[].ssn')
    """
    if at.field is None:
        return None
    table = at.sheet if at.sheet is not None else at.table
    if table is None:
        table = _called(at.member) if at.member is not None else _called(unquote(uri.partition("?")[0]))
    if at.json_path is None:
        return table, at.field
    return table, _INDEX.sub("[]", at.json_path.removeprefix("$").removeprefix("."))


def _called(name: str) -> str:
    last = name.rsplit("/", 1)[-1]
    return last.rsplit(".", 1)[0] or last


class NotKnown:
    """Lets findings pass that are not in known columns of a resource; `number` counts the others."""

    def __init__(self, known: KnownColumns, uri: str) -> None:
        self._known = known
        self._uri = uri
        self.number = 0

    def of(self, pieces: Iterator[Piece], report: SplitReport) -> Iterator[Piece]:
        """What is left of the pieces. The report counts what is left, as if the rest had not been found."""
        told: dict[str, tuple[int, float]] = {}
        for piece in pieces:
            single = [
                each for each in piece.single if each.test_value or not self._drops(each.location, each.identifier)
            ]
            dense = [each for each in piece.dense if not self._drops(_place_of(each), each.identifier.name, len(each))]
            for finding in single:
                if not finding.test_value:
                    _count(told, finding.identifier, finding.confidence, 1)
            for group in dense:
                _count(told, group.identifier.name, group.confidence, len(group))
            # Whatever is counted of a piece is counted before it comes.
            report.counts, report.findings = dict(told), sum(count for count, _ in told.values())
            if single or dense:
                yield Piece(single=single, dense=dense)

    def _drops(self, at: Locator, identifier: str, number: int = 1) -> bool:
        column = column_of(at, self._uri)
        if column is None or (*column, identifier) not in self._known:
            return False
        self.number += number
        return True


def _place_of(group: DenseFindings) -> Locator:
    return Locator(sheet=group.sheet, table=group.table, field=group.field, member=group.member)


def _count(told: dict[str, tuple[int, float]], name: str, confidence: float, number: int) -> None:
    before, best = told.get(name, (0, 0.0))
    told[name] = (before + number, max(best, confidence))
