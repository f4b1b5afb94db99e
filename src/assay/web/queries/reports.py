"""What the catalog holds now as the records of one run, so that whatever writes a scan's results writes those of many."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection

from assay.app.scan.summing import summary_of
from assay.classify.resource import Totals
from assay.model import Gap, Identifier
from assay.model.options import ScanOptions
from assay.ports import Result, Sink
from assay.report.webpage.document import WebPage
from assay.sinks.html import HtmlSink
from assay.sinks.output import Output
from assay.sinks.rows import RowsSink
from assay.sinks.sarif import SarifSink
from assay.store import lookups
from assay.web.queries import resources
from assay.web.queries.resources import Wanted
from assay.web.refusals import RefusedError

MOST = 5_000
"""Resources in one report."""

_FINDINGS = 200
_AT_ONCE = 200


def records(connection: Connection, wanted: Wanted, *, title: str) -> Iterator[Result]:
    """Everything of the resources that are wanted, and a summary at the end. Raises `RefusedError` where they are too many."""
    began = time.monotonic()
    rows = list(_rows(connection, wanted))
    totals = Totals()
    by_identifier: Counter[str] = Counter()
    for row in rows:
        about = row.classification
        yield from lookups.findings_of(connection, row.uri, limit=_FINDINGS)
        for column in lookups.columns_of(connection, row.uri):
            totals.columns += 1
            totals.sensitive_columns += column.record.level.rank > 0
            yield column.record
        yield from lookups.tables_of(connection, row.uri)
        for left in lookups.left_out_of(connection, row.uri):
            if isinstance(left, Gap):
                totals.gaps += 1
            else:
                totals.skips += 1
            yield left
        totals.resources += 1
        totals.by_level[str(about.level)] += 1
        totals.bytes_read += about.coverage.bytes_read
        totals.bytes_total += about.coverage.bytes_total or 0
        by_identifier.update(about.identifiers)
        yield about
    totals.findings = sum(by_identifier.values())
    totals.by_identifier.update(by_identifier)
    yield summary_of(totals, target=title, seconds=time.monotonic() - began, options=ScanOptions())


def sink(name: str, output: Output, *, version: str, identifiers: dict[str, Identifier]) -> Sink:
    """What writes a report of that format: `html`, `csv` or `sarif`."""
    if name == "html":
        return HtmlSink(output, WebPage(made=datetime.now(UTC), version=version, identifiers=identifiers))
    if name == "csv":
        return RowsSink(output, "csv")
    return SarifSink(output, version=version, identifiers=identifiers)


def _rows(connection: Connection, wanted: Wanted) -> Iterator[resources.Row]:
    after: str | None = None
    told = 0
    while True:
        page = resources.page(connection, wanted, after=after, limit=_AT_ONCE)
        told += len(page.rows)
        if told > MOST:
            raise RefusedError(
                f"a report is of at most {MOST:,} resources; narrow it by level, scheme or search, or use 'assay catalog export'"
            )
        yield from page.rows
        after = page.next
        if after is None:
            return
