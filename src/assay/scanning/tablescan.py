"""One table of a file on its way through the detector: what is found in its cells, told for each row that holds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from assay.detect.allow import Allowed
from assay.detect.bulk import CellGroup
from assay.detect.candidate import Hit
from assay.detect.engine import Detector
from assay.detect.numeric import Least
from assay.model import Evidence, Finding, Identifier, Locator, TableInfo
from assay.ports import TableBatch
from assay.scanning.cellpages import Cells, Page, Paged, pages, quoted
from assay.scanning.dense import DenseFindings
from assay.scanning.distinct import Distinct, Room, Values, quiet
from assay.scanning.lookedat import look_at
from assay.scanning.report import Piece, SplitReport, TableSketch, place_of
from assay.tables.judge import TableJudge
from assay.tables.sketch import CellHit, add_whole, merge, sketch

_FIRST_ROWS = 400
# Of a value in so many rows the findings are kept together.
_MANY = 16
# A finding by itself takes about a kilobyte.
_MOST_SINGLE = 20_000
_HEX = 64


class TableScan:
    """Scans the batches of one table; `done` gives the sketches of what was scanned."""

    def __init__(
        self,
        info: TableInfo,
        detector: Detector,
        report: SplitReport,
        *,
        judge: TableJudge,
        allowed: Allowed | None,
        member: str | None,
    ) -> None:
        self._info = info
        self._detector = detector
        self._report = report
        self._judge = judge
        self._allowed = allowed
        self._member = member
        self._table = detector.safe_name(info.table)
        self._sketch = TableSketch(table=self._table, columns=[], kind=info.kind, change=info.change)
        self._structure = Paged([column.name or f"column_{n + 1}" for n, column in enumerate(info.columns)])
        self._names = [detector.safe_name(name) for name in self._structure.names]
        room = Room()
        self._known = [Distinct(room) for _ in info.columns]
        self._needed: Sequence[Least] = ()
        self._meant: Sequence[dict[int, str]] = ()
        self._given = 0
        self._begun = False

    def batch(self, batch: TableBatch) -> Iterator[Piece]:
        """Findings of some rows, by row."""
        if not self._begun:
            yield from self._begin(batch)
        if not batch.rows:
            return
        # Rows that could not be read lie between some batches.
        first = batch.first_row or self._given + 1
        # What an allow list lets pass is counted wherever it stands.
        once = self._allowed is None
        values = [
            quiet(column, need) or (known.of(column) if once else Values(column))
            for known, column, need in zip(self._known, batch.columns, self._needed, strict=False)
        ]
        found = _Found(self, values, first)
        suppressed = self._detector.suppressed
        for page in pages(_cells(values)):
            found.take(page, *self._scanned(page))
            self._report.decoded += page.window.core_end - page.window.core_start
            if len(found.single) > _MOST_SINGLE:
                yield found.piece()
        if self._detector.suppressed == suppressed:
            for column, known in enumerate(self._known[: len(values)]):
                known.settle(values[column], found.told[column])
        self._add(found.sketches(self._names, batch.rows), batch)
        self._given += batch.rows
        if found.single or found.dense:
            yield found.piece()

    def names(self) -> Iterator[Piece]:
        """What is found in the names of columns, where no row was read."""
        if not self._begun:
            yield from self._begin(TableBatch([[] for _ in self._info.columns], 0))

    def done(self) -> TableSketch | None:
        """The sketches; `None` where there is no column."""
        return self._sketch if self._sketch.columns else None

    def _begin(self, batch: TableBatch) -> Iterator[Piece]:
        """Looks at the names: what the columns are called, and values among them."""
        self._begun = True
        structure, judge = self._structure, self._judge
        rows = zip(*(_first(column) for column in batch.columns), strict=True)
        structure.called = judge.called(structure.names, self._table, [list(row) for row in rows])
        self._needed = [self._detector.rules.numbers(name) for name in structure.called]
        self._meant = judge.meant(judge.meanings([(name, "") for name in structure.names], self._table))
        header = [quoted([name]) for name in structure.names]
        nothing = np.zeros(1, dtype=np.int64)
        found = _Found(self, [Values([]) for _ in structure.names], 0)
        for page in pages(Cells(column, *cell, nothing) for column, cell in enumerate(header)):
            found.take(page, *self._scanned(page))
        self._sketch.columns = sketch(self._names, np.zeros(0, dtype=int), np.zeros(0, dtype=bool), 0, ())
        self._report.rows = self._report.rows or 0
        if found.single:
            yield found.piece()

    def _scanned(self, page: Page) -> tuple[list[Hit], list[CellGroup]]:
        self._structure.show(page)
        return self._detector.detect_cells(page.window, self._structure, self._allowed)

    def _add(self, part: list[Any], batch: TableBatch) -> None:
        looked = look_at(
            self._judge.scanner(self._detector),
            batch.columns,
            self._given,
            batch.rows,
            self._structure.called,
            self._meant,
        )
        for column, counts in zip(part, looked, strict=False):
            column.features = counts.features
        self._sketch.columns = merge(self._sketch.columns, part)
        self._report.rows = (self._report.rows or 0) + batch.rows

    def locator(self, row: int | None, column: int) -> Locator:
        """Where a cell is. Of a name the column is not told, as it is the value."""
        sheet, table = (self._table, None) if self._info.kind == "sheet" else (None, self._table)
        field = None if row is None else self.name(column)
        return Locator(sheet=sheet, table=table, row=row, field=field, member=self._member)

    def name(self, column: int) -> str:
        """The name of a column as it may be shown."""
        return self._names[column] if column < len(self._names) else f"column_{column + 1}"

    def group(
        self,
        identifier: Identifier,
        confidence: float,
        evidence: tuple[Evidence, ...],
        column: int,
        rows: Any,
        redacted: list[str],
        fingerprints: str,
    ) -> DenseFindings:
        """Findings of one column that share all but rows, redacted values and fingerprints."""
        at = self.locator(1, column)
        return DenseFindings(
            resource=self._report.resource,
            member=self._member,
            identifier=identifier,
            confidence=confidence,
            evidence=evidence,
            ruleset=self._detector.rules.digest,
            field=self.name(column),
            sheet=at.sheet,
            table=at.table,
            rows=rows,
            redacted=redacted,
            fingerprints=fingerprints,
        )

    def single(self, hit: Hit, location: Locator) -> Finding:
        """A finding by itself."""
        identifier = hit.rule.identifier
        return Finding(
            resource=self._report.resource,
            identifier=identifier.name,
            category=identifier.category,
            sensitivity=identifier.sensitivity,
            level=identifier.level,
            confidence=hit.confidence,
            redacted=hit.redacted,
            fingerprint=hit.fingerprint,
            location=location,
            evidence=hit.evidence,
            ruleset=self._detector.rules.digest,
            test_value=hit.test,
        )

    def count(self, name: str, confidence: float, number: int) -> None:
        """Adds to the totals of the split."""
        before, best = self._report.counts.get(name, (0, 0.0))
        self._report.counts[name] = (before + number, max(best, confidence))
        self._report.findings += number

    def count_tests(self, number: int) -> None:
        """The same of documented test values."""
        self._report.test_values += number


class _Found:
    """What was found in a batch of rows, `first` of which has that number."""

    def __init__(self, scan: TableScan, values: Sequence[Values], first: int) -> None:
        self._scan = scan
        self._values = values
        self._first = first
        self.told: list[set[int]] = [set() for _ in values]
        """Of each column the texts in which something was found."""
        self.single: list[Finding] = []
        self.dense: list[DenseFindings] = []
        self._hits: list[CellHit] = []
        self._whole: list[tuple[CellGroup, int]] = []
        self._filled = [values.filled or 0 for values in values]

    def take(self, page: Page, hits: Sequence[Hit], groups: Sequence[CellGroup]) -> None:
        """What was found in a page of these values."""
        grid = page.grid
        if not page.begun:
            full = np.bincount(grid.columns[grid.filled(page.window.data)], minlength=len(self._filled)).tolist()
            for column, values in enumerate(self._values):
                if values.filled is None:
                    self._filled[column] += full[column]
        for hit, cell in zip(hits, grid.indexes([hit.start for hit in hits]) if hits else (), strict=True):
            self._hit(hit, int(grid.columns[cell]), int(grid.rows[cell]))
        for group in groups:
            self._group(group)

    def _hit(self, hit: Hit, column: int, row: int) -> None:
        scan, name = self._scan, hit.rule.name
        if not row:
            self.single.append(scan.single(hit, scan.locator(None, column)))
            if hit.test:
                scan.count_tests(1)
            else:
                scan.count(name, hit.confidence, 1)
            return
        self.told[column].add(row - 1)
        values = self._values[column]
        rows = values.rows(row - 1) + self._first if values.is_repeated else None
        number = 1 if rows is None else len(rows)
        path = f"{hit.rule.identifier.path}#{hit.pattern}"
        self._hits.append(CellHit(column, name, path, hit.confidence, hit.whole, hit.test, number))
        if hit.test:
            scan.count_tests(number)
        else:
            scan.count(name, hit.confidence, number)
        if rows is None:
            self.single.append(scan.single(hit, scan.locator(row - 1 + self._first, column)))
            return
        if number >= _MANY and not hit.test:
            redacted, fingerprints = [hit.redacted] * number, hit.fingerprint * number
            self.dense.append(
                scan.group(hit.rule.identifier, hit.confidence, hit.evidence, column, rows, redacted, fingerprints)
            )
            return
        self.single += [scan.single(hit, scan.locator(row, column)) for row in rows.tolist()]

    def _group(self, group: CellGroup) -> None:
        column, values = group.column, self._values[group.column]
        numbers = group.rows - 1
        redacted, fingerprints = group.redacted, group.fingerprints
        rows = numbers
        if values.is_repeated:
            self.told[column].update(numbers.tolist())
            each = [values.rows(number) for number in numbers.tolist()]
            rows = np.concatenate(each)
            order = np.argsort(rows, kind="stable")
            source = np.repeat(np.arange(len(each)), [len(found) for found in each])[order].tolist()
            rows = rows[order]
            redacted = [redacted[number] for number in source]
            fingerprints = "".join([fingerprints[number * _HEX : (number + 1) * _HEX] for number in source])
        self._scan.count(group.identifier.name, group.confidence, len(rows))
        self._whole.append((group, len(rows)))
        self.dense.append(
            self._scan.group(
                group.identifier, group.confidence, group.evidence, column, rows + self._first, redacted, fingerprints
            )
        )

    def piece(self) -> Piece:
        """What was found since the last one."""
        single = sorted(self.single, key=place_of)
        piece = Piece(single=single, dense=self.dense)
        self.single, self.dense = [], []
        return piece

    def sketches(self, names: Sequence[str], rows: int) -> list[Any]:
        """The sketches of the columns in these rows."""
        part = sketch(names, np.zeros(0, dtype=int), np.zeros(0, dtype=bool), rows, self._hits)
        for column, filled in zip(part, self._filled, strict=False):
            column.filled = filled
        for group, number in self._whole:
            pattern = f"{group.identifier.path}#{group.compiled.pattern.id}"
            add_whole(part[group.column], group.identifier.name, pattern, group.confidence, number)
        return part


def _cells(values: Sequence[Values]) -> Iterator[Cells]:
    for column, each in enumerate(values):
        count = len(each.texts)
        if count:
            yield Cells(column, *quoted(each.texts), np.arange(1, count + 1))


def _first(column: Sequence[str | None]) -> Iterator[str]:
    return chain("" if value is None else value for value in column[:_FIRST_ROWS])
